"""Deep ReLU networks, trained from Xavier and from He initial weights: at which depth does which stop learning?

Digits, hidden layers of 64 units, SGD and Momentum (0.9), batch 100, 300 updates at seven learning rates. An arm
(depth, initializer, optimizer) of a replicate that stays below 0.2 train accuracy at every rate is trained again
with four times the budget before it is said not to learn.

Values for prose: ``best.<initializer>_<depth>`` (median over replicates of the best train accuracy after escalation),
``test.<initializer>_<depth>`` (median test accuracy at the rate chosen on validation), ``escalated.<initializer>_<depth>``
(share of arms that needed escalation).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Figure, Text, nn
from reportgen.data import split
from reportgen.model import ClaimResult, Replicate, Words

INITIALIZERS = {"xavier": nn.Xavier(), "he": nn.He()}
OPTIMIZERS: dict[str, nn.Optimizer] = {"sgd": nn.SGD(), "momentum": nn.Momentum(momentum=0.9)}
AXES = ("depth", "initializer", "optimizer", "rate")

PARAMS = {
    "depths": (4, 10, 20, 30, 50),
    "width": 64,
    "learning_rates": (1e-3, 10**-2.5, 1e-2, 10**-1.5, 1e-1, 10**-0.5, 1.0),
    "batch_size": 100,
    "n_steps": 300,
    "escalation": 4,
    "learns_at": 0.2,
}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Train every arm; train those again, four times as long, that learnt at no rate."""
    coords = {
        "depth": list(params["depths"]),
        "initializer": list(INITIALIZERS),
        "optimizer": list(OPTIMIZERS),
        "rate": list(params["learning_rates"]),
    }
    arms = [
        nn.Arm(
            network=nn.Network(widths=(64, *[params["width"]] * depth, 10), initializer=INITIALIZERS[initializer]),
            optimizer=OPTIMIZERS[optimizer],
            learning_rate=rate,
            n_steps=params["n_steps"],
            batch_size=params["batch_size"],
        )
        for depth in coords["depth"]
        for initializer in coords["initializer"]
        for optimizer in coords["optimizer"]
        for rate in coords["rate"]
    ]
    data = [nn.Data(**split(replicate.generator("split")).fields()) for replicate in replicates]
    first = nn.train(arms, data, replicates)
    shape = (len(replicates), *(len(coords[axis]) for axis in AXES))
    accuracy = first.train_accuracy[..., -1].reshape(shape)
    failed = np.broadcast_to(accuracy.max(axis=-1, keepdims=True) < params["learns_at"], shape)
    longer = [replace(arm, n_steps=params["n_steps"] * params["escalation"]) for arm in arms]
    second = nn.train(longer, data, replicates, pairs=failed.reshape(len(replicates), len(arms)))
    escalated = np.where(failed, second.train_accuracy[..., -1].reshape(shape), np.nan)
    dims = ("replicate", *AXES)
    return xr.Dataset(
        {
            "train_accuracy": (dims, accuracy, _meta("train accuracy after the budget", "1")),
            "escalated_accuracy": (dims, escalated, _meta("train accuracy after four budgets", "1")),
            "validation_accuracy": (dims, first.validation_accuracy.reshape(shape), _meta("validation accuracy", "1")),
            "test_accuracy": (dims, first.test_accuracy.reshape(shape), _meta("test accuracy", "1")),
            "diverged": (dims, first.diverged.reshape(shape), _meta("diverged within the budget", "1")),
        },
        coords={"replicate": [replicate.index for replicate in replicates], **coords},
    )


def best_accuracy(dataset: xr.Dataset) -> xr.DataArray:
    """Best train accuracy over the rates, after escalation where an arm failed; (replicate, depth, init, optimizer)."""
    return dataset.escalated_accuracy.fillna(dataset.train_accuracy).max("rate")


def chosen_test_accuracy(dataset: xr.Dataset) -> xr.DataArray:
    """Test accuracy at the optimizer and rate that are best on validation; (replicate, depth, initializer)."""
    stacked = dataset[["validation_accuracy", "test_accuracy"]].stack(trial=("optimizer", "rate"))
    best = stacked.validation_accuracy.argmax("trial")
    return stacked.test_accuracy.isel(trial=best).drop_vars(("trial", "optimizer", "rate"), errors="ignore")


def summarize(dataset: xr.Dataset, params: Mapping[str, Any]) -> xr.Dataset:
    """Medians and ranges over replicates of the best train accuracy and of the chosen test accuracy."""
    best = best_accuracy(dataset).max("optimizer")
    by_optimizer = best_accuracy(dataset)
    test = chosen_test_accuracy(dataset)
    return xr.Dataset(
        {
            "best": best.median("replicate"),
            "best_low": best.min("replicate"),
            "best_high": best.max("replicate"),
            "by_optimizer": by_optimizer.median("replicate"),
            "by_rate": dataset.train_accuracy.median("replicate"),
            "test": test.median("replicate"),
            "escalated": dataset.escalated_accuracy.notnull().any("rate").mean(("replicate", "optimizer")),
        },
        attrs={"n": dataset.sizes["replicate"], "learns_at": params["learns_at"]},
    )


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the text quotes."""

    def table(array: xr.DataArray) -> dict[str, float]:
        return {
            f"{initializer}_{depth}": float(array.sel(initializer=initializer, depth=depth))
            for initializer in INITIALIZERS
            for depth in summary.depth.values
        }

    return {"best": table(summary.best), "test": table(summary.test), "escalated": table(summary.escalated)}


def best_at(depth: int) -> Any:
    """Return a quantity: the best train accuracy of a Xavier network of this depth, over optimizers and rates."""

    def quantity(dataset: xr.Dataset) -> np.ndarray:
        return best_accuracy(dataset).max("optimizer").sel(depth=depth, initializer="xavier").values

    return quantity


def draw_depth(
    summary: xr.Dataset, results: Mapping[str, ClaimResult], words: Words, style: Any
) -> Any:
    """Draw the best train accuracy against depth, Xavier and He, with the mark below which nothing is learnt."""
    figure, axis = style.subplots(width="text", height=62)
    for name, label in (("he", "He"), ("xavier", "Xavier")):
        median = summary.best.sel(initializer=name)
        style.band(
            axis,
            summary.depth,
            median,
            summary.best_low.sel(initializer=name),
            summary.best_high.sel(initializer=name),
            name,
        )
        axis.plot(summary.depth, median, color=style.color(name), marker=style.marker(name), markersize=4, linestyle="none")
        style.direct_label(axis, float(summary.depth[-1]), float(median[-1]), label, name)
    style.bound(axis, summary.attrs["learns_at"], axis="y", text=words(NOT_LEARNT))
    axis.set_ylim(0, 1.05)
    axis.set_xticks(summary.depth.values)
    axis.set_xlabel(words(DEPTH))
    axis.set_ylabel(words(ACCURACY))
    return figure


def draw_rates(
    summary: xr.Dataset, results: Mapping[str, ClaimResult], words: Words, style: Any
) -> Any:
    """Draw train accuracy over depth and learning rate for every initializer and optimizer, as four maps."""
    figure, axes = style.subplots(1, 4, width="wide", height=52, sharex=True, sharey=True, right=14)
    panels = [(i, o) for i in ("xavier", "he") for o in ("sgd", "momentum")]
    for axis, (initializer, optimizer) in zip(axes, panels, strict=True):
        cells = summary.by_rate.sel(initializer=initializer, optimizer=optimizer).transpose("depth", "rate").values
        image = axis.imshow(cells, vmin=0, vmax=1, cmap=style.colormap("sequential"), aspect="auto", origin="lower")
        style.panel_title(axis, f"{'Xavier' if initializer == 'xavier' else 'He'}, {'SGD' if optimizer == 'sgd' else 'Momentum'}")
        axis.set_xticks([0, 2, 4, 6], ["10⁻³", "10⁻²", "10⁻¹", "1"])
        axis.set_yticks(range(summary.sizes["depth"]), [str(depth) for depth in summary.depth.values])
        axis.set_xlabel(words(RATE))
    axes[0].set_ylabel(words(DEPTH))
    style.colorbar(figure, image, words(ACCURACY))
    return figure


def _meta(long_name: str, units: str) -> dict[str, str]:
    return {"long_name": long_name, "units": units}


DEPTH = Text(ko="은닉층의 수", en="hidden layers")
RATE = Text(ko="학습률", en="learning rate")
ACCURACY = Text(ko="훈련 정확도", en="train accuracy")
NOT_LEARNT = Text(ko="학습되지 않음 (< 0.2)", en="not learnt (< 0.2)")

LEARNS_AT = Text(
    ko="열 가지 숫자를 찍어서 맞힐 확률의 두 배이다. 모든 학습률에서 300번, 다시 1200번 갱신하고도 이에 못 미치면 ‘학습되지 않았다’고 한다",
    en="twice the chance level of ten digits; below it at every rate after 300 updates, and again after 1200, counts as not learnt",
)

experiment = Experiment(
    params=PARAMS,
    replicates=12,
    measure=measure,
    summarize=summarize,
    values=values,
    claims=(
        Claim(
            id="D16",
            says=Text(
                ko="ReLU에 Xavier 초깃값을 쓰면 값이 0으로 몰려 학습되지 않는다.",
                en="With Xavier initial values under ReLU, activations collapse to 0 and nothing is learnt.",
            ),
            source="활성화 함수가 ReLU라면?",
            better=Text(
                ko="ReLU에 Xavier를 쓰면 신호가 층마다 $1/\\sqrt{2}$배로 줄어든다. 얕은 망은 그래도 잘 학습되고, 층이 아주 깊어져야 학습이 멈춘다.",
                en="Under ReLU, Xavier shrinks the signal by $1/\\sqrt{2}$ a layer. Shallow networks learn all the same; only very deep ones stop.",
            ),
            checks=tuple(
                Check(
                    name=f"depth_{depth}",
                    label=Text(
                        ko=f"은닉층 {depth}개: 가장 좋은 훈련 정확도", en=f"{depth} hidden layers: best train accuracy"
                    ),
                    quantity=best_at(depth),
                    estimator="median",
                    relation="<=",
                    bound=0.2,
                    because=LEARNS_AT,
                )
                for depth in PARAMS["depths"]
            ),
        ),
    ),
    figures=(
        Figure(
            name="depth",
            caption=Text(
                ko="Xavier로 시작한 ReLU 망은 깊어져야 비로소 멈춘다. 두 최적화 방법과 일곱 학습률 가운데 가장 좋은 훈련 정확도의 중앙값과 범위. 너비 64, 갱신 300번(실패하면 1200번), n = {n}.",
                en="ReLU networks started with Xavier stop only when they are deep. Best train accuracy over two optimizers and seven rates, median and range. Width 64, 300 updates (1200 where they failed), n = {n}.",
            ),
            alt=Text(
                ko="은닉층 4, 10, 20, 30, 50개에서 Xavier의 정확도는 {relu_depth_trained.best.xavier_4:.2f}, {relu_depth_trained.best.xavier_10:.2f}, {relu_depth_trained.best.xavier_20:.2f}, {relu_depth_trained.best.xavier_30:.2f}, {relu_depth_trained.best.xavier_50:.2f}이고 He는 {relu_depth_trained.best.he_4:.2f}에서 {relu_depth_trained.best.he_50:.2f}까지이다.",
                en="At 4, 10, 20, 30 and 50 hidden layers Xavier reaches {relu_depth_trained.best.xavier_4:.2f}, {relu_depth_trained.best.xavier_10:.2f}, {relu_depth_trained.best.xavier_20:.2f}, {relu_depth_trained.best.xavier_30:.2f} and {relu_depth_trained.best.xavier_50:.2f}; He from {relu_depth_trained.best.he_4:.2f} to {relu_depth_trained.best.he_50:.2f}.",
            ),
            draw=draw_depth,
        ),
        Figure(
            name="rates",
            width="wide",
            caption=Text(
                ko="학습되는 학습률의 범위가 깊이에 따라 좁아진다. 칸은 300번 갱신한 뒤 훈련 정확도의 중앙값이다. n = {n}.",
                en="The range of usable rates narrows with depth. Each cell is the median train accuracy after 300 updates. n = {n}.",
            ),
            alt=Text(
                ko="네 지도: Xavier와 He, SGD와 모멘텀. 은닉층 50개에서 가장 좋은 정확도는 Xavier {relu_depth_trained.best.xavier_50:.2f}, He {relu_depth_trained.best.he_50:.2f}이다.",
                en="Four maps: Xavier and He, SGD and Momentum. At 50 hidden layers the best accuracy is {relu_depth_trained.best.xavier_50:.2f} with Xavier and {relu_depth_trained.best.he_50:.2f} with He.",
            ),
            draw=draw_rates,
        ),
    ),
)
