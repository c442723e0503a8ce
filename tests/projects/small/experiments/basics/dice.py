"""A die, thrown beside the coin."""

# ruff: noqa: ARG001 - the engine says which arguments a function gets
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Figure, Text
from reportgen.model import ClaimResult, Replicate, Words


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Throw the die."""
    eyes = np.stack([r.generator("throws").integers(1, 7, params["n_throws"]) for r in replicates])
    return xr.Dataset(
        {"eyes": (("replicate", "throw"), eyes, {"units": "1", "long_name": "eyes"})},
        coords={"replicate": [r.index for r in replicates]},
    )


def more_eyes_than_heads(dice: xr.Dataset, coin: xr.Dataset) -> Any:
    """Return the ratio of mean eyes to the mean share of heads, one value per replicate."""
    heads = coin.heads.mean("throw").values[: dice.sizes["replicate"]]
    return dice.eyes.mean("throw").values / heads


def draw_eyes(summary: xr.Dataset, results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Draw how often each number came."""
    figure, axes = style.subplots(width="text", height=40)
    axes.hist(summary["eyes"].values.ravel(), bins=np.arange(0.5, 7), color=style.color("muted"))
    axes.set_xlabel(words(Text(ko="눈", en="eyes")))
    return figure


experiment = Experiment(
    params={"n_throws": 100},
    replicates=10,
    measure=measure,
    claims=(
        Claim(
            id="X03",
            says=Text(ko="주사위는 동전보다 큰 수를 낸다.", en="Dice give larger numbers than coins."),
            source="Dice",
            data=("coin",),
            checks=(
                Check(
                    name="ratio",
                    label=Text(ko="비", en="ratio"),
                    quantity=more_eyes_than_heads,
                    estimator="mean",
                    relation=">=",
                    bound=2.0,
                    because=Text(ko="두 배", en="twice as many"),
                ),
            ),
        ),
    ),
    figures=(
        Figure(
            name="eyes",
            caption=Text(ko="눈의 수.", en="Numbers of eyes."),
            alt=Text(ko="여섯 개의 막대.", en="Six bars."),
            draw=draw_eyes,
        ),
    ),
)
