"""Training with and without batch normalization from sixteen scales of initial weights, 1 down to 10⁻⁴.

The settings of the reconstructed figure: the first 1000 digits of each training split, 5 × 100 ReLU, SGD at
0.01, batch 100, 20 epochs; and the one scale 0.0858 of its first picture. The *area* is the mean train
accuracy over the epochs after the first update.

Values for prose: ``wins`` (median number of the sixteen scales at which the area is larger with BN),
``usable.<bn>`` (median number of scales whose final train accuracy is at least 0.9), ``area.<bn>`` and
``final.<bn>`` (medians at std 0.0858), ``area_gain`` (mean difference of the areas there); ``<bn>`` is
``bn`` or ``no_bn``.
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
    "scales": tuple(float(scale) for scale in np.logspace(0, -4, 16)),
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
    dims = ("replicate", "normalization", "scale", "epoch")
    return xr.Dataset(
        {
            "train_accuracy": variable(dims, curves[:, :, :-1], "train accuracy"),
            "single": variable(
                ("replicate", "normalization", "epoch"),
                curves[:, :, -1],
                "train accuracy at the single scale",
            ),
        },
        coords={
            "replicate": [replicate.index for replicate in replicates],
            "normalization": list(NORMALIZATION),
            "scale": list(params["scales"]),
            "epoch": history.evaluation_steps // per_epoch,
        },
        attrs={"usable_at": params["usable_at"]},
    )


def with_minus_without(array: xr.DataArray) -> xr.DataArray:
    """Return the value with BN minus the value without."""
    return array.sel(normalization="bn", drop=True) - array.sel(normalization="no_bn", drop=True)


def area_gain(dataset: xr.Dataset) -> np.ndarray:
    """Area with BN minus area without, at the single scale; one per replicate."""
    return np.asarray(with_minus_without(dataset["single"]).mean("epoch"))


def scales_won(dataset: xr.Dataset) -> np.ndarray:
    """Number of the sixteen scales at which the area is larger with BN; one per replicate."""
    gains = with_minus_without(dataset["train_accuracy"]).mean("epoch")
    return np.asarray((gains > 0).sum("scale"), dtype=float)


def usable(dataset: xr.Dataset) -> xr.DataArray:
    """Number of scales whose final train accuracy is at least 0.9; (replicate, normalization)."""
    final = dataset["train_accuracy"].isel(epoch=-1)
    count: xr.DataArray = (final >= dataset.attrs["usable_at"]).sum("scale")
    return count


def usable_ratio(dataset: xr.Dataset) -> np.ndarray:
    """(Usable scales with BN + 1) / (usable scales without + 1); one per replicate."""
    count = usable(dataset) + 1
    return np.asarray(count.sel(normalization="bn") / count.sel(normalization="no_bn"))


def summarize(dataset: xr.Dataset, params: Mapping[str, Any]) -> xr.Dataset:
    """Medians and ranges over replicates."""
    accuracy, single = dataset["train_accuracy"], dataset["single"]
    return xr.Dataset(
        {
            "accuracy": accuracy.median("replicate"),
            "accuracy_low": accuracy.min("replicate"),
            "accuracy_high": accuracy.max("replicate"),
            "gain_by_scale": with_minus_without(accuracy).mean("epoch").median("replicate"),
            "single": single.median("replicate"),
            "single_low": single.min("replicate"),
            "single_high": single.max("replicate"),
            "single_area": single.mean("epoch").median("replicate"),
            "single_gain": ((), float(area_gain(dataset).mean())),
            "usable": usable(dataset).median("replicate"),
            "wins": ((), float(np.median(scales_won(dataset)))),
        },
        attrs={"usable_at": params["usable_at"]},
    )


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the text quotes."""

    def table(array: xr.DataArray) -> dict[str, float]:
        return {place: float(array.sel(normalization=place)) for place in NORMALIZATION}

    return {
        "wins": float(summary["wins"]),
        "area_gain": float(summary["single_gain"]),
        "usable": table(summary["usable"]),
        "area": table(summary["single_area"]),
        "final": table(summary["single"].isel(epoch=-1)),
    }


def draw_panels(summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Draw the sixteen panels of the lost picture: train accuracy by epoch, one scale a panel."""
    figure, axes = style.subplots(
        4, 4, width="wide", height=116, sharex=True, sharey=True, right=19, hspace=7
    )
    for axis, scale in zip(axes.flat, summary["scale"].values, strict=True):
        in_last_column = axis in axes[:, -1]
        for place in NORMALIZATION:
            cut = summary.sel(normalization=place, scale=scale)
            style.band(
                axis,
                cut["epoch"],
                cut["accuracy"],
                cut["accuracy_low"],
                cut["accuracy_high"],
                place,
                label=words(name_of(place)) if in_last_column else None,
            )
        gain = round(float(summary["gain_by_scale"].sel(scale=scale)), 2) + 0.0  # no −0.00
        style.panel_title(axis, f"std {scale:.2g}   {gain:+.2f}".replace("-", "−"))
        axis.set_ylim(-0.04, 1.06)  # a line at 0, where training diverged, is to be seen
        axis.set_yticks([0, 0.5, 1])
    for axis in axes[-1]:
        axis.set_xlabel(words(EPOCH))
    for axis in axes[:, 0]:
        axis.set_ylabel(words(ACCURACY))
    return figure


def draw_single(summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Draw the train accuracy by epoch at the single scale, with and without BN, and the areas."""
    figure, axis = style.subplots(width="text", height=54, right=21, top=3)
    for place in ("bn", "no_bn"):
        cut = summary.sel(normalization=place)
        name = words(name_of(place))
        label = f"{name}\n{words(AREA)} {float(cut['single_area']):.2f}"
        style.band(
            axis, cut["epoch"], cut["single"], cut["single_low"], cut["single_high"], place, label=label
        )
    axis.set_ylim(0, 1.05)
    axis.set_xticks(range(0, int(summary["epoch"][-1]) + 1, 5))
    axis.set_xlabel(words(EPOCH))
    axis.set_ylabel(words(ACCURACY))
    return figure


EPOCH = Text(ko="에폭", en="epoch")
ACCURACY = Text(ko="훈련 정확도", en="train accuracy")
AREA = Text(ko="넓이", en="area")
SOURCE = "배치 정규화 적용 효과"

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
                en="Effect of batch normalization: gradients are stable and learning becomes easier.",
            ),
            source=SOURCE,
            kind="reconstructed",
            better=Text(
                ko="배치 정규화가 학습을 쉽게 하는지, 얼마나 쉽게 하는지는 초깃값의 크기와 학습률에 "
                "달려 있다.",
                en="Whether batch normalization makes learning easier, and by how much, depends on the "
                "initial scale and on the learning rate.",
            ),
            checks=(
                Check(
                    name="area",
                    label=Text(
                        ko="훈련 정확도 곡선 아래 넓이: 배치 정규화 − 없음",
                        en="area under train accuracy, with BN − without",
                    ),
                    quantity=area_gain,
                    estimator="mean",
                    relation=">=",
                    bound=0.0,
                    sesoi=0.01,
                    because=Text(
                        ko="정확도가 더 일찍 오를수록 넓이가 크다. 0보다 크면 학습이 더 쉬운 것이고, "
                        "0.01 안쪽이면 차이가 없는 것으로 본다.",
                        en="The earlier accuracy rises, the larger the area. Above 0 learning is "
                        "easier; within 0.01 there is no difference worth the name.",
                    ),
                ),
            ),
        ),
        Claim(
            id="C11",
            says=Text(
                ko="배치 정규화의 효과: 초깃값에 대한 강한 의존이 줄어든다.",
                en="Effect of batch normalization: less of the strong dependence on initial values.",
            ),
            source=SOURCE,
            kind="reconstructed",
            better=Text(
                ko="배치 정규화를 써도 초깃값의 크기는 골라야 한다. 어느 범위가 통하는지는 학습률과 "
                "학습 시간에 달려 있다.",
                en="With batch normalization, too, the initial scale must be chosen. Which range works "
                "depends on the learning rate and on how long one trains.",
            ),
            checks=(
                Check(
                    name="wins",
                    label=Text(
                        ko="배치 정규화로 넓이가 더 큰 초깃값의 수 (16가지 가운데)",
                        en="scales, of 16, at which the area is larger with BN",
                    ),
                    quantity=scales_won,
                    estimator="median",
                    relation=">=",
                    bound=9.0,
                    because=Text(
                        ko="열여섯 가지의 절반을 넘으려면 아홉 가지는 되어야 한다.",
                        en="More than half of sixteen is nine at least.",
                    ),
                ),
                Check(
                    name="usable",
                    label=Text(
                        ko="쓸 수 있는 초깃값의 수 + 1: 배치 정규화 ÷ 없음",
                        en="usable scales + 1, with BN over without",
                    ),
                    quantity=usable_ratio,
                    estimator="median",
                    scale="log",
                    relation=">=",
                    bound=2.0,
                    because=Text(
                        ko="‘강한 의존이 줄었다’고 하려면 훈련 정확도가 0.9에 이르는 초깃값이 적어도 두 "
                        "배는 되어야 한다.",
                        en="For the strong dependence to be less, scales that reach a train accuracy of "
                        "0.9 should at least double.",
                    ),
                ),
            ),
        ),
    ),
    figures=(
        Figure(
            name="single",
            caption=Text(
                ko="초깃값의 표준편차가 0.0858일 때, 훈련 정확도 곡선 아래 넓이는 배치 정규화를 쓰면 "
                "{bn_initial_scales.area.bn:.2f}, 쓰지 않으면 "
                "{bn_initial_scales.area.no_bn:.2f}이다(중앙값). 곡선은 중앙값과 범위. 숫자 1000개, "
                "5 × 100 ReLU, SGD, 학습률 0.01, 배치 100, n = {n}.",
                en="From initial weights of std 0.0858 the area under train accuracy is "
                "{bn_initial_scales.area.bn:.2f} with batch normalization and "
                "{bn_initial_scales.area.no_bn:.2f} without (medians). Curves: median and range. "
                "1000 digits, 5 × 100 ReLU, SGD at 0.01, batch 100, n = {n}.",
            ),
            alt=Text(
                ko="에폭에 따른 훈련 정확도의 두 곡선. 20에폭 뒤의 중앙값은 배치 정규화를 쓰면 "
                "{bn_initial_scales.final.bn:.2f}, 쓰지 않으면 "
                "{bn_initial_scales.final.no_bn:.2f}이다.",
                en="Two curves of train accuracy by epoch. After 20 epochs the median is "
                "{bn_initial_scales.final.bn:.2f} with BN and {bn_initial_scales.final.no_bn:.2f} "
                "without.",
            ),
            draw=draw_single,
        ),
        Figure(
            name="panels",
            width="wide",
            caption=Text(
                ko="배치 정규화는 초깃값의 크기 열여섯 가지 가운데 {bn_initial_scales.wins:.0f}가지에서 "
                "넓이가 더 크다(중앙값). 칸마다 초깃값의 표준편차와 넓이의 차이(배치 정규화 − "
                "없음)를 적었다. 중앙값과 범위. 숫자 1000개, 5 × 100 ReLU, SGD, 학습률 0.01, 배치 "
                "100, n = {n}.",
                en="At {bn_initial_scales.wins:.0f} of sixteen initial scales the area is larger with "
                "batch normalization (median). Each panel is headed by the std of the initial "
                "weights and the gain in area. Median and range. 1000 digits, 5 × 100 ReLU, SGD at "
                "0.01, batch 100, n = {n}.",
            ),
            alt=Text(
                ko="열여섯 칸의 학습 곡선. 마지막 훈련 정확도가 0.9 이상인 초깃값은 배치 정규화를 쓰면 "
                "{bn_initial_scales.usable.bn:.0f}가지, 쓰지 않으면 "
                "{bn_initial_scales.usable.no_bn:.0f}가지이다(중앙값). 하나씩 더해 나눈 비는 "
                "{C11.usable.estimate:.1f}.",
                en="Sixteen panels of learning curves. {bn_initial_scales.usable.bn:.0f} scales end at "
                "a train accuracy of 0.9 or more with BN, {bn_initial_scales.usable.no_bn:.0f} "
                "without (medians); with one added to each, a ratio of {C11.usable.estimate:.1f}.",
            ),
            draw=draw_panels,
        ),
    ),
)
