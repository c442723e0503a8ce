"""Train and test accuracy of one network on few and on many images: why the data are split.

A ReLU network with three hidden layers of 200 units learns from the first N training images, at batch 50,
the smallest N, so that only the number of images differs. The learning rate is chosen on the validation
images, for every N on its own; the test images are looked at once.

Values for prose, each by N (``n50`` … ``n1297``): ``train``, ``test``, ``gap`` (means over replicates, at the
chosen rate); ``n_weights`` (weights and biases of the network).
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Figure, Text, nn, variable
from reportgen.data import split
from reportgen.model import ClaimResult, Replicate, Words

PARAMS = {
    "sizes": (50, 100, 200, 1297),
    "width": 200,
    "n_hidden": 3,
    "learning_rates": (1e-3, 10**-2.5, 1e-2, 10**-1.5, 1e-1, 10**-0.5, 1.0),
    "batch_size": 50,
    "n_steps": 300,
}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Train the network on every number of images, at every learning rate."""
    widths = (64, *[params["width"]] * params["n_hidden"], 10)
    arms = [
        nn.Arm(
            network=nn.Network(widths=widths),
            learning_rate=rate,
            n_steps=params["n_steps"],
            batch_size=params["batch_size"],
            n_train=size,
        )
        for size in params["sizes"]
        for rate in params["learning_rates"]
    ]
    data = [nn.Data(**split(replicate.generator("split")).fields()) for replicate in replicates]
    history = nn.train(arms, data, replicates)
    dims = ("replicate", "size", "rate")
    shape = (len(replicates), len(params["sizes"]), len(params["learning_rates"]))
    accuracy = {
        "train": history.train_accuracy[..., -1],
        "validation": history.validation_accuracy,
        "test": history.test_accuracy,
    }
    return xr.Dataset(
        {
            f"{part}_accuracy": variable(dims, found.reshape(shape), f"{part} accuracy after the budget")
            for part, found in accuracy.items()
        },
        coords={
            "replicate": [replicate.index for replicate in replicates],
            "size": list(params["sizes"]),
            "rate": list(params["learning_rates"]),
        },
        attrs={"n_weights": sum((n + 1) * m for n, m in pairwise(widths))},
    )


def chosen(dataset: xr.Dataset) -> xr.Dataset:
    """Return train and test accuracy at the rate that is best on validation; (replicate, size)."""
    best = dataset["validation_accuracy"].argmax("rate")
    return dataset[["train_accuracy", "test_accuracy"]].isel(rate=best).drop_vars("rate")


def gap(dataset: xr.Dataset) -> xr.DataArray:
    """Return train minus test accuracy at the chosen rate; (replicate, size)."""
    at = chosen(dataset)
    difference: xr.DataArray = at["train_accuracy"] - at["test_accuracy"]
    return difference


def slope(dataset: xr.Dataset) -> np.ndarray:
    """Return, per replicate, the least-squares slope of the gap on log N."""
    log_size = np.log(dataset["size"].values)
    return np.asarray(np.polyfit(log_size, gap(dataset).transpose("size", "replicate").values, 1)[0])


def summarize(dataset: xr.Dataset, _params: Mapping[str, Any]) -> xr.Dataset:
    """Means and ranges over replicates."""
    at = chosen(dataset)
    parts = {}
    for name, found in (
        ("train", at["train_accuracy"]),
        ("test", at["test_accuracy"]),
        ("gap", gap(dataset)),
    ):
        parts[name] = found.mean("replicate")
        parts[f"{name}_low"], parts[f"{name}_high"] = found.min("replicate"), found.max("replicate")
    return xr.Dataset(parts, attrs=dataset.attrs)


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the module's docstring lists."""
    exported: dict[str, float | dict[str, float]] = {
        name: {f"n{size}": float(summary[name].sel(size=size)) for size in summary["size"].values}
        for name in ("train", "test", "gap")
    }
    return {**exported, "n_weights": float(summary.attrs["n_weights"])}


def draw_gap(summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Left: train and test accuracy over the number of images. Right: their gap, and its bound."""
    figure, (left, right) = style.subplots(1, 2, width="text", height=56, wspace=20, right=6)
    sizes = summary["size"].values
    for axis in (left, right):
        style.log_axis(axis, "x")
        axis.set_xticks(sizes, [str(size) for size in sizes])
        axis.minorticks_off()
        axis.set_xlim(40, 1600)
        axis.set_xlabel(words(SIZE))

    def band(axis: Any, name: str, role: str) -> None:
        low, high = summary[f"{name}_low"], summary[f"{name}_high"]
        style.band(axis, sizes, summary[name], low, high, role)

    for name, role, label, side in (("train", "second", TRAIN, "above"), ("test", "first", TEST, "below")):
        band(left, name, role)
        style.direct_label(left, 200, float(summary[name].sel(size=200)), words(label), role, side=side)
    left.set_ylim(top=1.04)
    band(right, "gap", "third")
    for size in sizes:
        gap = float(summary["gap"].sel(size=size))
        style.direct_label(right, size, gap, f"{gap:.3f}", "third")
    right.plot([140, 285], [0.02, 0.02], "-", color=style.color("bound"), linewidth=1.2)
    style.direct_label(right, 200, 0.02, words(BOUND), "bound", side="below")
    right.set_ylim(bottom=-0.03)
    style.panel_title(left, words(ACCURACY))
    style.panel_title(right, words(GAP))
    return figure


TRAIN = Text(ko="훈련 자료", en="train")
TEST = Text(ko="시험 자료", en="test")
SIZE = Text(ko="훈련 자료의 수 N", en="training images N")
ACCURACY = Text(ko="정확도", en="accuracy")
GAP = Text(ko="훈련 − 시험", en="train − test")
BOUND = Text(ko="기준 0.02", en="bound 0.02")

CLAIMS = (
    Claim(
        id="A07",
        says=Text(
            ko="오버피팅 때문에 훈련 데이터와 시험 데이터를 나눈다. 모의고사와 수능 같은 것이다.",
            en="Training and test data are kept apart because of overfitting, like mock exams and the "
            "real one.",
        ),
        source="훈련데이터와 시험데이터",
        better=Text(
            ko="훈련 정확도는 처음 보는 자료에서의 정확도보다 높게 나온다. 그 차이는 자료가 적을수록 "
            "크다. 학습률 같은 것을 "
            "고를 검증 자료도 따로 두어야 한다.",
            en="Train accuracy overstates the accuracy on unseen data, the more so the fewer the data. "
            "What chooses "
            "learning rates and the like needs a third part, validation data.",
        ),
        checks=(
            Check(
                name="gap",
                label=Text(
                    ko="N = 200일 때 훈련 정확도 − 시험 정확도", en="train minus test accuracy at N = 200"
                ),
                quantity=lambda dataset: gap(dataset).sel(size=200).values,
                estimator="mean",
                relation=">=",
                bound=0.02,
                because=Text(
                    ko="의미 있는 가장 작은 차이 0.01의 두 배이고, 시험 자료 250장 가운데 다섯 장이다.",
                    en="Twice the smallest difference of interest, .01, and five of the 250 test images.",
                ),
            ),
            Check(
                name="slope",
                label=Text(ko="차이를 $\\ln N$에 견준 기울기", en="slope of the gap on $\\ln N$"),
                quantity=slope,
                estimator="mean",
                relation="<=",
                bound=0.0,
                because=Text(
                    ko="오버피팅이라면 자료가 늘수록 차이가 줄어야 한다.",
                    en="If it is overfitting, the gap shrinks as data are added.",
                ),
            ),
        ),
    ),
)

experiment = Experiment(
    params=PARAMS,
    replicates=12,
    measure=measure,
    summarize=summarize,
    values=values,
    claims=CLAIMS,
    figures=(
        Figure(
            name="gap",
            caption=Text(
                ko="훈련 정확도는 자료가 적어도 1에 이르지만 시험 정확도는 그렇지 않다. 둘의 차이(오른쪽)는 "
                "N이 커지면 줄어든다. ReLU 3 × 200, 배치 50, 갱신 300번, 학습률은 검증 자료로 골랐다. "
                "평균과 범위, n = {n}.",
                en="Train accuracy reaches 1 on few images, test accuracy does not. Their gap (right) "
                "shrinks as N grows. ReLU 3 × 200, batch 50, 300 updates, rate chosen on validation. "
                "Mean and range, n = {n}.",
            ),
            alt=Text(
                ko="N = 50, 100, 200, 1297에서 훈련 정확도 {overfitting.train.n50:.3f}, "
                "{overfitting.train.n100:.3f}, "
                "{overfitting.train.n200:.3f}, {overfitting.train.n1297:.3f}, 시험 정확도 "
                "{overfitting.test.n50:.3f}, "
                "{overfitting.test.n100:.3f}, {overfitting.test.n200:.3f}, {overfitting.test.n1297:.3f}.",
                en="At N = 50, 100, 200 and 1297 train accuracy is {overfitting.train.n50:.3f}, "
                "{overfitting.train.n100:.3f}, {overfitting.train.n200:.3f} and "
                "{overfitting.train.n1297:.3f}, test "
                "accuracy {overfitting.test.n50:.3f}, {overfitting.test.n100:.3f}, "
                "{overfitting.test.n200:.3f} and "
                "{overfitting.test.n1297:.3f}.",
            ),
            draw=draw_gap,
        ),
    ),
)
