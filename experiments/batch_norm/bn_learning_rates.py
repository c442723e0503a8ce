"""Which learning rates work with batch normalization and which without: 5 × 100 ReLU-He, 10⁻³ to 10².

Digits, SGD, batch 100, 140 updates. A rate is *usable* if the train accuracy after the budget is at least
0.9.

Values for prose, each for ``bn`` and ``no_bn``: ``largest`` and ``smallest`` usable rate, ``n_usable`` (how
many of the eleven), medians over replicates; ``ratio`` (median of the ratio of the largest).
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
            "train_accuracy": variable(
                dims, history.train_accuracy[..., -1].reshape(shape), "train accuracy"
            ),
            "test_accuracy": variable(dims, history.test_accuracy.reshape(shape), "test accuracy"),
            "diverged": variable(dims, history.diverged.reshape(shape), "diverged"),
        },
        coords={
            "replicate": [replicate.index for replicate in replicates],
            "normalization": list(NORMALIZATION),
            "rate": list(rates),
        },
        attrs={"usable_at": params["usable_at"]},
    )


def usable_rates(dataset: xr.Dataset) -> xr.DataArray:
    """Return each rate where it is usable, else NaN; (replicate, normalization, rate)."""
    return dataset["rate"].where(dataset["train_accuracy"] >= dataset.attrs["usable_at"])


def largest_usable(dataset: xr.Dataset) -> xr.DataArray:
    """Return the largest usable rate, half a decade below all if none is; (replicate, normalization)."""
    below = float(dataset["rate"].min()) / np.sqrt(10)
    return usable_rates(dataset).max("rate").fillna(below)


def ratio(dataset: xr.Dataset) -> np.ndarray:
    """Largest usable rate with BN over that without, one per replicate."""
    largest = largest_usable(dataset)
    return np.asarray(largest.sel(normalization="bn") / largest.sel(normalization="no_bn"))


def summarize(dataset: xr.Dataset, params: Mapping[str, Any]) -> xr.Dataset:
    """Medians and ranges over replicates of the accuracies and of the usable rates."""
    accuracy, usable = dataset["train_accuracy"], usable_rates(dataset)
    return xr.Dataset(
        {
            "accuracy": accuracy.median("replicate"),
            "accuracy_low": accuracy.min("replicate"),
            "accuracy_high": accuracy.max("replicate"),
            "largest": largest_usable(dataset).median("replicate"),
            "smallest": usable.min("rate").median("replicate"),
            "n_usable": usable.notnull().sum("rate").median("replicate"),
            "ratio": ((), float(np.median(ratio(dataset)))),
        },
        attrs={"usable_at": params["usable_at"]},
    )


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the text quotes."""
    tables: dict[str, float | dict[str, float]] = {
        name: {place: float(summary[name].sel(normalization=place)) for place in NORMALIZATION}
        for name in ("largest", "smallest", "n_usable")
    }
    return {**tables, "ratio": float(summary["ratio"])}


def draw_rates(summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Draw train accuracy against the rate with and without BN, and mark the largest usable rates."""
    figure, axis = style.subplots(width="text", height=64, top=3)
    style.log_axis(axis, "x")
    style.bound(axis, summary.attrs["usable_at"], text=words(USABLE), at="start")
    first = summary["largest"].argmin("normalization")
    for index, place in enumerate(summary["normalization"].values):
        cut = summary.sel(normalization=place)
        style.band(axis, cut["rate"], cut["accuracy"], cut["accuracy_low"], cut["accuracy_high"], place)
        largest = float(cut["largest"])
        line = {"color": style.color(place), "linestyle": style.linestyle(place)}
        axis.plot([largest, largest], [0, 1.3], linewidth=0.7, zorder=1.5, **line)
        label = f"{words(name_of(place))}\n{words(UP_TO)} {largest:.2g}"
        style.direct_label(axis, largest, 1.17, label, place, side="left" if index == first else "right")
    axis.set_xticks(10.0 ** np.arange(-3, 3), ["10⁻³", "10⁻²", "10⁻¹", "1", "10", "10²"])
    axis.set_ylim(-0.03, 1.3)
    axis.set_yticks(np.arange(0, 1.1, 0.2))
    axis.set_xlabel(words(RATE))
    axis.set_ylabel(words(ACCURACY))
    return figure


RATE = Text(ko="학습률", en="learning rate")
ACCURACY = Text(ko="훈련 정확도", en="train accuracy")
USABLE = Text(ko="쓸 수 있음 (≥ 0.9)", en="usable (≥ 0.9)")
UP_TO = Text(ko="가장 큰 학습률", en="usable up to")

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
                ko="쓸 수 있는 학습률의 범위가 배치 정규화로 얼마나 넓어지는지는 망과 데이터, 갱신 "
                "횟수에 따라 다르다. 재어 보지 않고 ‘훨씬’이라고 할 수는 없다.",
                en="How much batch normalization widens the range of usable learning rates depends on "
                "network, data and number of updates; “much” has to be measured.",
            ),
            checks=(
                Check(
                    name="largest",
                    label=Text(
                        ko="쓸 수 있는 가장 큰 학습률: 배치 정규화 ÷ 없음",
                        en="largest usable rate, with BN over without",
                    ),
                    quantity=ratio,
                    estimator="median",
                    scale="log",
                    relation=">=",
                    bound=2.0,
                    because=Text(
                        ko="‘훨씬 넓은 범위’라면 적어도 두 배이다. 반 자릿수 간격의 격자에서 한 칸은 "
                        "3.2배이므로 한 칸은 더 넓어야 한다.",
                        en="“Much larger” is a factor of two at least. On a grid of half decades one "
                        "step is 3.2, so at least one must be gained.",
                    ),
                ),
            ),
        ),
        Claim(
            id="C09",
            says=Text(
                ko="배치 정규화의 효과: 더 높은 학습률을 쓸 수 있다.",
                en="Effect of batch normalization: higher learning rates are possible.",
            ),
            source="배치 정규화 적용 효과",
            better=Text(
                ko="얼마나 더 높은 학습률을 쓸 수 있는지는 망과 데이터에 따라 다르므로 재어 보아야 한다.",
                en="How much higher depends on network and data, and has to be measured.",
            ),
            follows=("C04",),
        ),
    ),
    figures=(
        Figure(
            name="rates",
            caption=Text(
                ko="쓸 수 있는 가장 큰 학습률은 배치 정규화를 쓰면 {bn_learning_rates.largest.bn:.2g}, "
                "쓰지 않으면 {bn_learning_rates.largest.no_bn:.2g}이다(중앙값, 세로선). 같은 "
                "가중치에서 시작해 같은 배치로 140번 갱신한 뒤의 훈련 정확도, 중앙값과 범위. 발산한 "
                "망의 정확도는 0으로 친다. 5 × 100 ReLU-He, 배치 100, n = {n}.",
                en="The largest usable learning rate is {bn_learning_rates.largest.bn:.2g} with batch "
                "normalization and {bn_learning_rates.largest.no_bn:.2g} without (medians, vertical "
                "lines). Train accuracy after 140 updates from the same weights and batches, median "
                "and range; a diverged network counts as 0. ReLU-He, 5 × 100, batch 100, n = {n}.",
            ),
            alt=Text(
                ko="학습률에 따른 훈련 정확도. 쓸 수 있는 학습률은 열한 가지 가운데 배치 정규화를 쓰면 "
                "{bn_learning_rates.n_usable.bn:.1f}가지, 쓰지 않으면 "
                "{bn_learning_rates.n_usable.no_bn:.1f}가지이고(중앙값), 가장 큰 것은 각각 "
                "{bn_learning_rates.largest.bn:.2g}, {bn_learning_rates.largest.no_bn:.2g}이다.",
                en="Train accuracy against the learning rate. Of eleven rates "
                "{bn_learning_rates.n_usable.bn:.1f} are usable with BN and "
                "{bn_learning_rates.n_usable.no_bn:.1f} without (medians); the largest are "
                "{bn_learning_rates.largest.bn:.2g} and {bn_learning_rates.largest.no_bn:.2g}.",
            ),
            draw=draw_rates,
        ),
    ),
)
