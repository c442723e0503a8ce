"""The map of learning rate × initial scale that trains: eleven rates, seven scales, with and without BN.

Digits, 5 × 50 ReLU, SGD, batch 100, 140 updates. Scales are multiples of He's standard deviation; a cell is
*usable* if the train accuracy after the budget is at least 0.9.

Values for prose: ``cells.bn``, ``cells.no_bn`` (median number of usable cells of 77), ``ratio`` (median).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Figure, Text, name_of, nn, variable
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
                initializer=nn.Xavier(gain=scale * np.sqrt(2)),  # He's times the scale
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
            "train_accuracy": variable(
                dims, history.train_accuracy[..., -1].reshape(shape), "train accuracy"
            ),
            "diverged": variable(dims, history.diverged.reshape(shape), "diverged"),
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
    cells: xr.DataArray = (dataset["train_accuracy"] >= dataset.attrs["usable_at"]).sum(("scale", "rate"))
    return cells


def ratio(dataset: xr.Dataset) -> np.ndarray:
    """(Usable cells with BN + 1) / (usable cells without + 1), one per replicate."""
    cells = usable_cells(dataset) + 1
    return np.asarray(cells.sel(normalization="bn") / cells.sel(normalization="no_bn"))


def summarize(dataset: xr.Dataset, params: Mapping[str, Any]) -> xr.Dataset:
    """Median accuracy of each cell, and counts."""
    return xr.Dataset(
        {
            "accuracy": dataset["train_accuracy"].median("replicate"),
            "cells": usable_cells(dataset).median("replicate"),
            "ratio": ((), float(np.median(ratio(dataset)))),
        },
        attrs={"usable_at": params["usable_at"]},
    )


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the text quotes."""
    return {
        "cells": {place: float(summary["cells"].sel(normalization=place)) for place in NORMALIZATION},
        "ratio": float(summary["ratio"]),
    }


def draw_maps(summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Draw both maps of accuracy over rate and scale, the usable cells dotted."""
    figure, axes = style.subplots(1, 2, width="wide", height=62, sharey=True, right=15, wspace=6)
    rates = [POWERS.get(round(float(np.log10(rate)), 2), "") for rate in summary["rate"].values]
    scales = [POWERS.get(round(float(np.log10(scale)), 2), "") for scale in summary["scale"].values[::-1]]
    for axis, place in zip(axes, NORMALIZATION, strict=True):
        cells = summary["accuracy"].sel(normalization=place).transpose("scale", "rate").values[::-1]
        image = style.heat(axis, cells, rows=scales, columns=rates, form=None, limits=(0, 1))
        rows, columns = np.nonzero(cells >= summary.attrs["usable_at"])
        axis.plot(columns + 0.5, rows + 0.5, "o", markersize=2.4, color="#fdfdfd")
        count = float(summary["cells"].sel(normalization=place))
        style.panel_title(axis, f"{words(name_of(place))}: {count:g} / {cells.size}")
        axis.set_xlabel(words(RATE))
    axes[0].set_ylabel(words(SCALE))
    style.colorbar(figure, image, words(ACCURACY))
    return figure


POWERS = {-3.0: "10⁻³", -2.0: "10⁻²", -1.0: "10⁻¹", 0.0: "1", 1.0: "10", 2.0: "10²"}
RATE = Text(ko="학습률", en="learning rate")
SCALE = Text(ko="초깃값의 크기 ÷ He", en="initial scale over He's")
ACCURACY = Text(ko="훈련 정확도", en="train accuracy")

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
                en="Effect of batch normalization: hyper-parameters may be chosen from a wide range.",
            ),
            source="배치 정규화 적용 효과",
            better=Text(
                ko="배치 정규화로 쓸 수 있게 되는 학습률과 초깃값의 조합이 얼마나 되는지는 망과 데이터, "
                "갱신 횟수에 따라 다르다.",
                en="How many combinations of learning rate and initial scale batch normalization makes "
                "usable depends on network, data and number of updates.",
            ),
            checks=(
                Check(
                    name="cells",
                    label=Text(
                        ko="쓸 수 있는 칸의 수 + 1: 배치 정규화 ÷ 없음",
                        en="usable cells + 1, with BN over without",
                    ),
                    quantity=ratio,
                    estimator="median",
                    scale="log",
                    relation=">=",
                    bound=2.0,
                    because=Text(
                        ko="‘넓은 범위’라면 쓸 수 있는 조합이 적어도 두 배는 되어야 한다. 1을 더하는 "
                        "것은 0칸일 때에도 비를 내기 위해서이다.",
                        en="“A wide range” should at least double the combinations that work. The 1 "
                        "gives a ratio where none does.",
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
                ko="학습률과 초깃값의 조합 77가지 가운데 배치 정규화를 쓰면 "
                "{bn_rate_and_scale.cells.bn:g}가지, 쓰지 않으면 "
                "{bn_rate_and_scale.cells.no_bn:g}가지를 쓸 수 있다(중앙값). 색은 140번 갱신한 뒤 "
                "훈련 정확도의 중앙값이고, 점은 그것이 0.9 이상인 칸이다. 5 × 50 ReLU, SGD, 배치 "
                "100, n = {n}.",
                en="Of 77 combinations of learning rate and initial scale, "
                "{bn_rate_and_scale.cells.bn:g} are usable with batch normalization and "
                "{bn_rate_and_scale.cells.no_bn:g} without (medians). Colors give the median train "
                "accuracy after 140 updates; dots mark cells where it is 0.9 or more. 5 × 50 ReLU, "
                "SGD, batch 100, n = {n}.",
            ),
            alt=Text(
                ko="학습률과 초깃값의 지도 둘. 쓸 수 있는 칸은 77개 가운데 정규화 없이 "
                "{bn_rate_and_scale.cells.no_bn:g}개, 배치 정규화로 "
                "{bn_rate_and_scale.cells.bn:g}개이다.",
                en="Two maps over learning rate and initial scale. Of 77 cells, "
                "{bn_rate_and_scale.cells.no_bn:g} are usable without BN and "
                "{bn_rate_and_scale.cells.bn:g} with it.",
            ),
            draw=draw_maps,
        ),
    ),
)
