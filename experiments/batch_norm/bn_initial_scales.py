"""Training with and without batch normalization from sixteen scales of initial weights, 1 down to 10⁻⁴.

The settings of the reconstructed figure: the first 1000 digits of each training split, 5 × 100 ReLU, SGD at 0.01,
batch 100, 20 epochs; and the one scale 0.0858 of its first picture, which stands on the same curve.

Values for prose: ``wins`` (median number of scales that BN wins), ``usable.<bn>`` (median number of scales whose final
train accuracy is at least 0.9), ``area.<bn>`` and ``final.<bn>`` at std 0.0858, ``area_gain``.
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
    "scales": tuple(float(s) for s in np.logspace(0, -4, 16)),
    "single_scale": 0.0858,
    "width": 100,
    "n_hidden": 5,
    "learning_rate": 0.01,
    "batch_size": 100,
    "n_train": 1000,
    "n_epochs": 20,
    "usable_at": 0.9,
}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Train from every scale with and without BN, and record the train accuracy after every epoch."""
    scales = (*params["scales"], params["single_scale"])
    per_epoch = params["n_train"] // params["batch_size"]
    arms = [
        nn.Arm(
            network=nn.Network(
                widths=(64, *[params["width"]] * params["n_hidden"], 10),
                initializer=nn.Normal(std=scale),
                batch_norm=place,
            ),
            learning_rate=params["learning_rate"],
            n_steps=params["n_epochs"] * per_epoch,
            batch_size=params["batch_size"],
            n_train=params["n_train"],
        )
        for place in NORMALIZATION.values()
        for scale in scales
    ]
    data = [nn.Data(**split(replicate.generator("split")).fields()) for replicate in replicates]
    history = nn.train(arms, data, replicates, evaluate_every=per_epoch)
    curves = history.train_accuracy.reshape(len(replicates), len(NORMALIZATION), len(scales), -1)
    grid, single = curves[:, :, :-1], curves[:, :, -1]
    dims = ("replicate", "normalization", "scale", "epoch")
    return xr.Dataset(
        {
            "train_accuracy": (dims, grid, _meta("train accuracy", "1")),
            "single": (("replicate", "normalization", "epoch"), single, _meta("train accuracy at std 0.0858", "1")),
        },
        coords={
            "replicate": [replicate.index for replicate in replicates],
            "normalization": list(NORMALIZATION),
            "scale": list(params["scales"]),
            "epoch": history.evaluation_steps // per_epoch,
        },
        attrs={"usable_at": params["usable_at"]},
    )


def area(accuracy: xr.DataArray) -> xr.DataArray:
    """Area under the train accuracy, as its mean over the epochs after the first update."""
    return accuracy.sel(epoch=slice(1, None)).mean("epoch")


def area_gain(dataset: xr.Dataset) -> np.ndarray:
    """Area with BN minus area without, at std 0.0858; one per replicate."""
    single = area(dataset.single)
    return (single.sel(normalization="bn") - single.sel(normalization="no_bn")).values


def scales_won(dataset: xr.Dataset) -> np.ndarray:
    """Number of the sixteen scales at which the area with BN is larger; one per replicate."""
    grid = area(dataset.train_accuracy)
    return (grid.sel(normalization="bn") > grid.sel(normalization="no_bn")).sum("scale").values.astype(float)


def usable(dataset: xr.Dataset) -> xr.DataArray:
    """Number of scales whose final train accuracy is at least 0.9; (replicate, normalization)."""
    return (dataset.train_accuracy.isel(epoch=-1) >= dataset.attrs["usable_at"]).sum("scale")


def usable_ratio(dataset: xr.Dataset) -> np.ndarray:
    """(Usable scales with BN + 1) / (usable scales without + 1); one per replicate."""
    count = usable(dataset) + 1
    return (count.sel(normalization="bn") / count.sel(normalization="no_bn")).values


def summarize(dataset: xr.Dataset, params: Mapping[str, Any]) -> xr.Dataset:
    """Medians and ranges over replicates."""
    return xr.Dataset(
        {
            "accuracy": dataset.train_accuracy.median("replicate"),
            "accuracy_low": dataset.train_accuracy.min("replicate"),
            "accuracy_high": dataset.train_accuracy.max("replicate"),
            "single": dataset.single.median("replicate"),
            "single_low": dataset.single.min("replicate"),
            "single_high": dataset.single.max("replicate"),
            "single_area": area(dataset.single).median("replicate"),
            "usable": usable(dataset).median("replicate"),
            "wins": ((), float(np.median(scales_won(dataset)))),
            "gain": ((), float(np.mean(area_gain(dataset)))),
        },
        attrs={"n": dataset.sizes["replicate"]},
    )


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the text quotes."""

    def table(array: xr.DataArray) -> dict[str, float]:
        return {place: float(array.sel(normalization=place)) for place in NORMALIZATION}

    return {
        "wins": float(summary.wins),
        "area_gain": float(summary.gain),
        "usable": table(summary.usable),
        "area": table(summary.single_area),
        "final": table(summary.single.isel(epoch=-1)),
    }


def draw_panels(
    summary: xr.Dataset, results: Mapping[str, ClaimResult], words: Words, style: Any
) -> Any:
    """Draw the sixteen panels of the lost picture: train accuracy by epoch, one scale a panel."""
    figure, axes = style.subplots(4, 4, width="wide", height=112, sharex=True, sharey=True, hspace=6, wspace=3)
    for axis, scale in zip(axes.flat, summary.scale.values, strict=True):
        for place in NORMALIZATION:
            cut = {"normalization": place, "scale": scale}
            style.band(
                axis,
                summary.epoch,
                summary.accuracy.sel(cut),
                summary.accuracy_low.sel(cut),
                summary.accuracy_high.sel(cut),
                place,
            )
        style.panel_title(axis, f"std {scale:.2g}")
        axis.set_ylim(0, 1.05)
        axis.set_yticks([0, 0.5, 1])
    final = {place: float(summary.accuracy.sel(normalization=place).isel(epoch=-1, scale=4)) for place in NORMALIZATION}
    for place, label in (("bn", BN), ("no_bn", NO_BN)):
        style.direct_label(axes[1, 0], float(summary.epoch[-1]), final[place], words(label), place)
    for axis in axes[-1]:
        axis.set_xlabel(words(EPOCH))
    for axis in axes[:, 0]:
        axis.set_ylabel(words(ACCURACY))
    return figure


def draw_single(
    summary: xr.Dataset, results: Mapping[str, ClaimResult], words: Words, style: Any
) -> Any:
    """Draw the train accuracy by epoch at std 0.0858, with and without BN."""
    figure, axis = style.subplots(width="text", height=54)
    for place, label in (("bn", BN), ("no_bn", NO_BN)):
        cut = summary.sel(normalization=place)
        style.band(axis, summary.epoch, cut.single, cut.single_low, cut.single_high, place)
        style.direct_label(axis, float(summary.epoch[-1]), float(cut.single[-1]), words(label), place)
    axis.set_ylim(0, 1.05)
    axis.set_xlabel(words(EPOCH))
    axis.set_ylabel(words(ACCURACY))
    return figure


def _meta(long_name: str, units: str) -> dict[str, str]:
    return {"long_name": long_name, "units": units}


EPOCH = Text(ko="에폭", en="epoch")
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
            id="C08",
            says=Text(
                ko="배치 정규화의 효과: 기울기가 안정되어 학습이 쉬워진다.",
                en="Effect of BN: gradients are stable and learning becomes easier.",
            ),
            source="배치 정규화 적용 효과",
            kind="reconstructed",
            better=Text(
                ko="초깃값이 알맞지 않을 때 배치 정규화는 학습을 눈에 띄게 앞당긴다.",
                en="Where the initial scale does not fit, batch normalization brings learning forward visibly.",
            ),
            checks=(
                Check(
                    name="area",
                    label=Text(
                        ko="훈련 정확도 곡선 아래 넓이의 차이, 배치 정규화 − 없음",
                        en="area under train accuracy, with BN − without",
                    ),
                    quantity=area_gain,
                    estimator="mean",
                    relation=">=",
                    bound=0.0,
                    because=Text(
                        ko="곡선이 더 일찍 오르면 넓이가 커진다. 0보다 크면 학습이 더 쉬운 것이다",
                        en="a curve that rises earlier has more area under it; above 0, learning is easier",
                    ),
                ),
            ),
        ),
        Claim(
            id="C11",
            says=Text(
                ko="배치 정규화의 효과: 초깃값에 덜 의존한다.",
                en="Effect of BN: less dependence on initial values.",
            ),
            source="배치 정규화 적용 효과",
            kind="reconstructed",
            better=Text(
                ko="배치 정규화는 통하는 초깃값의 범위를 넓히지만 없애지는 않는다. 아주 작은 초깃값에서는 배치 정규화로도 학습이 느리다.",
                en="Batch normalization widens the range of initial scales that work; it does not abolish it.",
            ),
            checks=(
                Check(
                    name="wins",
                    label=Text(ko="배치 정규화가 이기는 초깃값의 수 (16개 가운데)", en="scales won by BN, of 16"),
                    quantity=scales_won,
                    estimator="median",
                    relation=">=",
                    bound=8.5,
                    because=Text(
                        ko="열여섯 가운데 여덟보다 많아야 절반을 넘는다", en="more than eight of sixteen is more than half"
                    ),
                ),
                Check(
                    name="usable",
                    label=Text(
                        ko="쓸 수 있는 초깃값의 수 + 1, 배치 정규화 / 없음", en="usable scales + 1, with BN / without"
                    ),
                    quantity=usable_ratio,
                    estimator="median",
                    scale="log",
                    relation=">=",
                    bound=2.0,
                    because=Text(
                        ko="쓸 수 있는 범위가 적어도 두 배는 되어야 의존이 줄었다고 할 수 있다",
                        en="the usable range must at least double before dependence can be called smaller",
                    ),
                ),
            ),
        ),
    ),
    figures=(
        Figure(
            name="single",
            caption=Text(
                ko="초깃값의 표준편차 0.0858에서 훈련 정확도. 중앙값과 범위. 데이터 1000개, 5 × 100 ReLU, 학습률 0.01, n = {n}.",
                en="Train accuracy from initial weights of std 0.0858, median and range. 1000 digits, 5 × 100 ReLU, learning rate 0.01, n = {n}.",
            ),
            alt=Text(
                ko="20에폭 뒤 훈련 정확도는 배치 정규화로 {bn_initial_scales.final.bn:.2f}, 없이 {bn_initial_scales.final.no_bn:.2f}이다.",
                en="After 20 epochs train accuracy is {bn_initial_scales.final.bn:.2f} with BN and {bn_initial_scales.final.no_bn:.2f} without.",
            ),
            draw=draw_single,
        ),
        Figure(
            name="panels",
            width="wide",
            caption=Text(
                ko="초깃값의 크기 열여섯 가지에서 본 훈련 정확도. 배치 정규화는 열여섯 가운데 {bn_initial_scales.wins:.0f}가지(중앙값)에서 앞선다. 학습률 0.01, n = {n}.",
                en="Train accuracy from sixteen scales of initial weights. Batch normalization is ahead at {bn_initial_scales.wins:.0f} of them (median). Learning rate 0.01, n = {n}.",
            ),
            alt=Text(
                ko="열여섯 칸의 학습 곡선. 마지막 정확도가 0.9 이상인 칸은 배치 정규화로 {bn_initial_scales.usable.bn:.0f}개, 없이 {bn_initial_scales.usable.no_bn:.0f}개이다.",
                en="Sixteen panels of learning curves. {bn_initial_scales.usable.bn:.0f} scales end at 0.9 or more with BN, {bn_initial_scales.usable.no_bn:.0f} without.",
            ),
            draw=draw_panels,
        ),
    ),
)
