"""Which learning rates work with batch normalization and which without: 5 × 100 ReLU-He, rates from 10⁻³ to 10².

Digits, SGD, batch 100, 140 updates. A rate is *usable* if the train accuracy after the budget is at least 0.9.

Values for prose: ``largest.<bn>`` (median over replicates of the largest usable rate), ``smallest.<bn>``, ``n_usable.<bn>``
for ``bn`` and ``no_bn``; ``ratio`` (median of the ratio of the largest).
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
    "width": 100,
    "n_hidden": 5,
    "batch_size": 100,
    "n_steps": 140,
    "usable_at": 0.9,
}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Train with and without BN at every rate, from the same weights and the same batches."""
    rates = params["learning_rates"]
    arms = [
        nn.Arm(
            network=nn.Network(widths=(64, *[params["width"]] * params["n_hidden"], 10), batch_norm=place),
            learning_rate=rate,
            n_steps=params["n_steps"],
            batch_size=params["batch_size"],
        )
        for place in NORMALIZATION.values()
        for rate in rates
    ]
    data = [nn.Data(**split(replicate.generator("split")).fields()) for replicate in replicates]
    history = nn.train(arms, data, replicates)
    shape = (len(replicates), len(NORMALIZATION), len(rates))
    dims = ("replicate", "normalization", "rate")
    return xr.Dataset(
        {
            "train_accuracy": (dims, history.train_accuracy[..., -1].reshape(shape), _meta("train accuracy", "1")),
            "test_accuracy": (dims, history.test_accuracy.reshape(shape), _meta("test accuracy", "1")),
            "diverged": (dims, history.diverged.reshape(shape), _meta("diverged", "1")),
        },
        coords={
            "replicate": [replicate.index for replicate in replicates],
            "normalization": list(NORMALIZATION),
            "rate": list(rates),
        },
        attrs={"usable_at": params["usable_at"]},
    )


def largest_usable(dataset: xr.Dataset) -> xr.DataArray:
    """Largest usable rate, (replicate, normalization); where none is, half a decade below the smallest that was tried."""
    usable = dataset.train_accuracy >= dataset.attrs["usable_at"]
    below = float(dataset.rate.min()) / np.sqrt(10)
    return dataset.rate.where(usable).max("rate").fillna(below)


def ratio(dataset: xr.Dataset) -> np.ndarray:
    """Largest usable rate with BN over that without, one per replicate."""
    largest = largest_usable(dataset)
    return (largest.sel(normalization="bn") / largest.sel(normalization="no_bn")).values


def summarize(dataset: xr.Dataset, params: Mapping[str, Any]) -> xr.Dataset:
    """Medians and ranges over replicates of the accuracies and of the usable rates."""
    usable = dataset.train_accuracy >= params["usable_at"]
    largest = largest_usable(dataset)
    return xr.Dataset(
        {
            "accuracy": dataset.train_accuracy.median("replicate"),
            "accuracy_low": dataset.train_accuracy.min("replicate"),
            "accuracy_high": dataset.train_accuracy.max("replicate"),
            "diverged": dataset.diverged.mean("replicate"),
            "largest": largest.median("replicate"),
            "smallest": dataset.rate.where(usable).min("rate").median("replicate"),
            "n_usable": usable.sum("rate").median("replicate"),
            "ratio": ((), float(np.median(ratio(dataset)))),
        },
        attrs={"n": dataset.sizes["replicate"], "usable_at": params["usable_at"]},
    )


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the text quotes."""
    tables: dict[str, float | dict[str, float]] = {
        name: {place: float(summary[name].sel(normalization=place)) for place in NORMALIZATION}
        for name in ("largest", "smallest", "n_usable")
    }
    return {**tables, "ratio": float(summary.ratio)}


def draw_rates(
    summary: xr.Dataset, results: Mapping[str, ClaimResult], words: Words, style: Any
) -> Any:
    """Draw train accuracy against the rate with and without BN, and mark the largest usable rates."""
    figure, axis = style.subplots(width="text", height=62)
    for place, label in (("no_bn", NO_BN), ("bn", BN)):
        median = summary.accuracy.sel(normalization=place)
        style.band(
            axis,
            summary.rate,
            median,
            summary.accuracy_low.sel(normalization=place),
            summary.accuracy_high.sel(normalization=place),
            place,
        )
        axis.plot(summary.rate, median, color=style.color(place), marker=style.marker(place), markersize=4, linestyle="none", label=words(label))
        largest = float(summary.largest.sel(normalization=place))
        axis.axvline(largest, color=style.color(place), linewidth=0.7, linestyle=(0, (2, 2)))
    style.bound(axis, summary.attrs["usable_at"], axis="y", text=words(USABLE))
    style.log_axis(axis, "x")
    axis.set_ylim(0, 1.08)
    axis.set_xlabel(words(RATE))
    axis.set_ylabel(words(ACCURACY))
    axis.legend(loc="lower center")
    return figure


def _meta(long_name: str, units: str) -> dict[str, str]:
    return {"long_name": long_name, "units": units}


RATE = Text(ko="학습률", en="learning rate")
ACCURACY = Text(ko="훈련 정확도", en="train accuracy")
USABLE = Text(ko="쓸 수 있음 (≥ 0.9)", en="usable (≥ 0.9)")
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
            id="C04",
            says=Text(
                ko="배치 정규화를 쓰면 훨씬 넓은 범위의 하이퍼파라미터가 통한다.",
                en="With batch normalization a much larger range of hyper-parameters works.",
            ),
            source="BN: What do you get?",
            better=Text(
                ko="배치 정규화가 넓히는 것은 쓸 수 있는 학습률의 위쪽 끝이다. 얼마나 넓히는지는 망과 데이터에 따라 다르다.",
                en="What batch normalization widens is the upper end of the usable learning rates; by how much depends on the network and the data.",
            ),
            checks=(
                Check(
                    name="largest",
                    label=Text(
                        ko="쓸 수 있는 가장 큰 학습률, 배치 정규화 / 없음", en="largest usable rate, with BN / without"
                    ),
                    quantity=ratio,
                    estimator="median",
                    scale="log",
                    relation=">=",
                    bound=2.0,
                    because=Text(
                        ko="반 자릿수 격자에서 한 칸은 3.2배이다. 두 배를 넘으려면 적어도 한 칸은 더 넓어야 한다",
                        en="one step of the half-decade grid is a factor of 3.2; to pass 2, at least one step must be gained",
                    ),
                ),
            ),
        ),
        Claim(
            id="C09",
            says=Text(ko="배치 정규화의 효과: 더 높은 학습률을 쓸 수 있다.", en="Effect of BN: higher learning rates are possible."),
            source="배치 정규화 적용 효과",
            better=Text(
                ko="쓸 수 있는 가장 큰 학습률의 비는 C04에서 잰 값이다.",
                en="By how much is what C04 measures.",
            ),
            follows=("C04",),
        ),
    ),
    figures=(
        Figure(
            name="rates",
            caption=Text(
                ko="배치 정규화가 있으면 더 큰 학습률에서도 학습된다. 같은 가중치와 같은 배치로 140번 갱신한 뒤의 훈련 정확도, 중앙값과 범위. 세로 점선은 쓸 수 있는 가장 큰 학습률이다. 5 × 100 ReLU-He, n = {n}.",
                en="With batch normalization, larger rates still train. Train accuracy after 140 updates from the same weights and batches, median and range; dashed verticals mark the largest usable rates. 5 × 100 ReLU-He, n = {n}.",
            ),
            alt=Text(
                ko="학습률에 따른 훈련 정확도. 쓸 수 있는 가장 큰 학습률의 중앙값은 정규화 없이 {bn_learning_rates.largest.no_bn:.3g}, 배치 정규화로 {bn_learning_rates.largest.bn:.3g}이다.",
                en="Train accuracy against the rate. The median largest usable rate is {bn_learning_rates.largest.no_bn:.3g} without BN and {bn_learning_rates.largest.bn:.3g} with it.",
            ),
            draw=draw_rates,
        ),
    ),
)
