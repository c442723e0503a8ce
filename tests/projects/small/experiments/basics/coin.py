"""A coin that is thrown: does it fall on both sides equally often?"""

# ruff: noqa: ARG001 - the engine says which arguments a function gets
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Figure, Text
from reportgen.model import ClaimResult, Replicate, Words

PARAMS = {"n_throws": 400, "bias": 0.5}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Throw the coin and count heads."""
    throws = np.stack([throw(params, replicate) for replicate in replicates])
    return xr.Dataset(
        {
            "heads": (("replicate", "throw"), throws, {"units": "1", "long_name": "heads"}),
            "theory_heads": ((), params["bias"], {"units": "1", "long_name": "heads, expected"}),
        },
        coords={"replicate": [replicate.index for replicate in replicates]},
    )


def throw(params: Mapping[str, Any], replicate: Replicate) -> Any:
    """Throw one replicate's coin."""
    return replicate.generator("throws").random(params["n_throws"]) < params["bias"]


def summarize(dataset: xr.Dataset, params: Mapping[str, Any]) -> xr.Dataset:
    """Average over throws and replicates."""
    share = dataset.heads.mean("throw")
    return xr.Dataset({"share": share, "mean": share.mean()})


def share_of_heads(dataset: xr.Dataset) -> Any:
    """Return the share of heads, one value per replicate."""
    return dataset.heads.mean("throw").values


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export the mean share."""
    return {"mean": float(summary["mean"]), "of": {"first": float(summary["share"][0])}}


def draw_share(summary: xr.Dataset, results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Draw every replicate's share."""
    figure, axes = style.subplots(width="text", height=40)
    axes.plot(summary["replicate"], summary["share"], marker="o", color=style.color("ink"))
    axes.set_xlabel(words(Text(ko="반복", en="replicate")))
    axes.set_ylabel(words("share"))
    return figure


experiment = Experiment(
    params=PARAMS,
    replicates=10,
    measure=measure,
    summarize=summarize,
    values=values,
    claims=(
        Claim(
            id="X01",
            says=Text(ko="동전은 공평하다.", en="The coin is fair."),
            source="Coins",
            checks=(
                Check(
                    name="share",
                    label=Text(ko="앞면의 비율", en="share of heads"),
                    quantity=share_of_heads,
                    estimator="mean",
                    relation="within",
                    bound=(0.45, 0.55),
                    because=Text(ko="눈에 띄지 않는 차이", en="a difference that nobody sees"),
                ),
            ),
        ),
        Claim(
            id="X02",
            says=Text(ko="그러므로 내기는 공평하다.", en="So the bet is fair."),
            source="Bets",
            follows=("X01",),
        ),
    ),
    figures=(
        Figure(
            name="share",
            caption=Text(
                ko="비율은 {X01.share.estimate:.2f}에 모인다. n = {n}.",
                en="The share gathers at {X01.share.estimate:.2f}. n = {n}.",
            ),
            alt=Text(ko="앞면의 비율 {coin.mean:.2f}.", en="Share of heads {coin.mean:.2f}."),
            draw=draw_share,
        ),
    ),
)
