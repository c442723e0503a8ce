"""The map of learning rate × initial scale that trains: eleven rates, seven scales, with and without BN.

Digits, 5 × 50 ReLU, SGD, batch 100, 140 updates. Scales are multiples of He's standard deviation; a cell is *usable* if
the train accuracy after the budget is at least 0.9.

Values for prose: ``cells.<bn>`` (median number of usable cells of 77), ``ratio``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Figure, Text, nn
from reportgen.data import split
from reportgen.model import ClaimResult, Replicate, Words

NORMALIZATION: dict[str, nn.arms.Placement | None] = {"no_bn": None, "bn": "before"}

PARAMS = {
    "learning_rates": tuple(10 ** (k / 2) for k in range(-6, 5)),
    "scales": tuple(10 ** (k / 2) for k in range(-4, 3)),
    "width": 50,
    "n_hidden": 5,
    "batch_size": 100,
    "n_steps": 140,
    "usable_at": 0.9,
}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Train one network a cell, with and without BN, from the same normals and the same batches."""
    rates, scales = params["learning_rates"], params["scales"]
    arms = [
        nn.Arm(
            network=nn.Network(
                widths=(64, *[params["width"]] * params["n_hidden"], 10),
                initializer=nn.Xavier(gain=scale * np.sqrt(2)),
                batch_norm=place,
            ),
            learning_rate=rate,
            n_steps=params["n_steps"],
            batch_size=params["batch_size"],
        )
        for place in NORMALIZATION.values()
        for scale in scales
        for rate in rates
    ]
    data = [nn.Data(**split(replicate.generator("split")).fields()) for replicate in replicates]
    history = nn.train(arms, data, replicates)
    shape = (len(replicates), len(NORMALIZATION), len(scales), len(rates))
    dims = ("replicate", "normalization", "scale", "rate")
    return xr.Dataset(
        {
            "train_accuracy": (dims, history.train_accuracy[..., -1].reshape(shape), _meta("train accuracy", "1")),
            "diverged": (dims, history.diverged.reshape(shape), _meta("diverged", "1")),
        },
        coords={
            "replicate": [replicate.index for replicate in replicates],
            "normalization": list(NORMALIZATION),
            "scale": list(scales),
            "rate": list(rates),
        },
        attrs={"usable_at": params["usable_at"]},
    )


def usable_cells(dataset: xr.Dataset) -> xr.DataArray:
    """Number of usable cells, (replicate, normalization)."""
    return (dataset.train_accuracy >= dataset.attrs["usable_at"]).sum(("scale", "rate"))


def ratio(dataset: xr.Dataset) -> np.ndarray:
    """(Usable cells with BN + 1) / (usable cells without + 1), one per replicate."""
    cells = usable_cells(dataset) + 1
    return (cells.sel(normalization="bn") / cells.sel(normalization="no_bn")).values


def summarize(dataset: xr.Dataset, params: Mapping[str, Any]) -> xr.Dataset:
    """Median accuracy of each cell, and counts."""
    return xr.Dataset(
        {
            "accuracy": dataset.train_accuracy.median("replicate"),
            "diverged": dataset.diverged.mean("replicate"),
            "cells": usable_cells(dataset).median("replicate"),
            "ratio": ((), float(np.median(ratio(dataset)))),
        },
        attrs={"n": dataset.sizes["replicate"], "usable_at": params["usable_at"]},
    )


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the text quotes."""
    return {
        "cells": {place: float(summary.cells.sel(normalization=place)) for place in NORMALIZATION},
        "ratio": float(summary.ratio),
    }


def draw_maps(
    summary: xr.Dataset, results: Mapping[str, ClaimResult], words: Words, style: Any
) -> Any:
    """Draw both maps of accuracy over rate and scale, with the border of the usable cells."""
    figure, axes = style.subplots(1, 2, width="wide", height=64, sharex=True, sharey=True, right=14)
    for axis, (place, label) in zip(axes, (("no_bn", NO_BN), ("bn", BN)), strict=True):
        cells = summary.accuracy.sel(normalization=place).transpose("scale", "rate").values
        image = axis.imshow(cells, vmin=0, vmax=1, cmap=style.colormap("sequential"), aspect="auto", origin="lower")
        rows, columns = np.nonzero(cells >= summary.attrs["usable_at"])
        axis.plot(columns, rows, marker="o", markersize=2.2, color=style.color("bound"), linestyle="none")
        style.panel_title(axis, f"{words(label)}: {float(summary.cells.sel(normalization=place)):.0f} / {cells.size}")
        axis.set_xticks(range(0, summary.sizes["rate"], 2), ["10⁻³", "10⁻²", "10⁻¹", "1", "10", "10²"])
        axis.set_yticks(range(0, summary.sizes["scale"], 2), ["10⁻²", "10⁻¹", "1", "10"])
        axis.set_xlabel(words(RATE))
    axes[0].set_ylabel(words(SCALE))
    style.colorbar(figure, image, words(ACCURACY))
    return figure


def _meta(long_name: str, units: str) -> dict[str, str]:
    return {"long_name": long_name, "units": units}


RATE = Text(ko="학습률", en="learning rate")
SCALE = Text(ko="초깃값의 크기 / He", en="initial scale / He")
ACCURACY = Text(ko="훈련 정확도", en="train accuracy")
BN = Text(ko="배치 정규화", en="with BN")
NO_BN = Text(ko="정규화 없음", en="without BN")

experiment = Experiment(
    params=PARAMS,
    replicates=12,
    measure=measure,
    summarize=summarize,
    values=values,
    claims=(
        Claim(
            id="C10",
            says=Text(
                ko="배치 정규화의 효과: 하이퍼파라미터를 넓은 범위에서 고를 수 있다.",
                en="Effect of BN: hyper-parameters may be chosen from a wide range.",
            ),
            source="배치 정규화 적용 효과",
            better=Text(
                ko="배치 정규화는 학습률과 초깃값의 조합 가운데 쓸 수 있는 것을 늘린다. 몇 배인지는 잰 격자에 따라 다르다.",
                en="Batch normalization increases the combinations of rate and scale that work; by how much depends on the grid.",
            ),
            checks=(
                Check(
                    name="cells",
                    label=Text(ko="쓸 수 있는 칸의 수 + 1, 배치 정규화 / 없음", en="usable cells + 1, with BN / without"),
                    quantity=ratio,
                    estimator="median",
                    scale="log",
                    relation=">=",
                    bound=2.0,
                    because=Text(
                        ko="‘넓은 범위’라면 쓸 수 있는 조합이 적어도 두 배는 되어야 한다",
                        en="“a wide range” should at least double the combinations that work",
                    ),
                ),
            ),
        ),
    ),
    figures=(
        Figure(
            name="maps",
            width="wide",
            caption=Text(
                ko="학습되는 조합의 지도. 점은 훈련 정확도가 0.9 이상인 칸이며, 제목의 수는 그런 칸의 중앙값이다. 5 × 50 ReLU, 갱신 140번, n = {n}.",
                en="The map of what trains. Dots mark cells with a train accuracy of at least 0.9; titles give their median number. 5 × 50 ReLU, 140 updates, n = {n}.",
            ),
            alt=Text(
                ko="학습률과 초깃값의 지도 둘. 쓸 수 있는 칸은 77개 가운데 정규화 없이 {bn_rate_and_scale.cells.no_bn:.0f}개, 배치 정규화로 {bn_rate_and_scale.cells.bn:.0f}개이다.",
                en="Two maps over rate and scale. Of 77 cells, {bn_rate_and_scale.cells.no_bn:.0f} are usable without BN and {bn_rate_and_scale.cells.bn:.0f} with it.",
            ),
            draw=draw_maps,
        ),
    ),
)
