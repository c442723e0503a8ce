"""He et al. 2015 on digits: deep ReLU networks from Xavier's and from He's weights.

Measures nothing of its own: the paper's claim is held against ``relu_depth_trained``. The paper compares 22
and 30 layers; the nearest depths there are 20 and 30, and 50 is the depth beyond.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Text

BOTH_LEARN, ONLY_HE = 20, 50  # hidden layers


def fastest(dataset: xr.Dataset, depth: int, initializer: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the fewest updates to the mark over optimizers and rates, and a number they are not below.

    Infinite and the fewest updates that a network was given without getting there, where none got there.
    """
    runs = dataset[["updates_to_mark", "updates_done"]].sel(depth=depth, initializer=initializer)
    taken = runs["updates_to_mark"]
    at_least = taken.where(np.isfinite(taken), runs["updates_done"])  # infinite where it diverged
    axes = ("optimizer", "rate")
    return taken.min(axes).values, at_least.min(axes).values


def he_over_xavier(depth: int) -> Callable[[xr.Dataset], np.ndarray]:
    """Return a quantity: He's updates over Xavier's, or what they are at most where Xavier's are censored."""

    def quantity(dataset: xr.Dataset) -> np.ndarray:
        he, _ = fastest(dataset, depth, "he")
        _, xavier = fastest(dataset, depth, "xavier")
        return np.asarray(np.where(np.isfinite(he), he / xavier, np.inf))

    return quantity


def best_accuracy(depth: int, initializer: str) -> Callable[[xr.Dataset], np.ndarray]:
    """Return a quantity: the best train accuracy over optimizers and rates, after escalation."""

    def quantity(dataset: xr.Dataset) -> np.ndarray:
        latest = dataset["escalated_accuracy"].fillna(dataset["train_accuracy"])
        cut = latest.sel(depth=depth, initializer=initializer, drop=True)
        return np.asarray(cut.max(("optimizer", "rate")))

    return quantity


LEARNS = Text(
    ko="강의의 ReLU-Xavier 주장과 같은 기준이다. 열 가지 숫자를 찍어서 맞힐 확률의 두 배.",
    en="The bound of the lecture’s claim about ReLU with Xavier: twice the chance level of ten digits.",
)


def learns(name: str, depth: int, initializer: str, part: str | None, **options: Any) -> Check:
    """Ask whether networks of this depth learn (``>=``) or not (``<=``)."""
    label = {"he": "He", "xavier": "Xavier"}[initializer]
    return Check(
        name=name,
        label=Text(
            ko=f"{label}, 은닉층 {depth}개: 가장 좋은 훈련 정확도",
            en=f"{label}, {depth} hidden layers: best train accuracy",
        ),
        quantity=best_accuracy(depth, initializer),
        estimator="median",
        bound=0.2,
        because=LEARNS,
        part=part,
        **options,
    )


P02 = Claim(
    id="P02",
    says=Text(
        ko="ReLU 망이 꽤 깊으면 He와 Xavier 둘 다 학습되되 He가 먼저 수렴하고, 더 깊으면 He만 학습된다.",
        en="A deep ReLU network learns from He’s and from Xavier’s weights, He’s converging earlier; a "
        "deeper "
        "one learns from He’s only.",
    ),
    better=Text(
        ko="Xavier에서는 신호가 층마다 $1/\\sqrt{2}$배가 되므로 깊어질수록 시작이 늦어지고, 어느 깊이를 "
        "넘으면 "
        "정해 둔 갱신 횟수 안에 시작하지 못한다. 그 깊이는 너비와 학습률, 갱신 횟수에 따라 다르다.",
        en="From Xavier the signal shrinks to $1/\\sqrt{2}$ at each layer, so deeper networks start "
        "later and "
        "beyond some depth not within the budget; where that is depends on width, rates and budget.",
    ),
    source="He et al. 2015",
    data=("relu_depth_trained",),
    checks=(
        learns("xavier_20", BOTH_LEARN, "xavier", "both learn", relation=">="),
        learns("he_20", BOTH_LEARN, "he", "both learn", relation=">="),
        Check(
            name="updates",
            label=Text(
                ko="은닉층 20개에서 손실이 찍을 때의 절반이 될 때까지의 갱신: He ÷ Xavier",
                en="20 hidden layers, updates until the loss is half of guessing: He over Xavier",
            ),
            quantity=he_over_xavier(BOTH_LEARN),
            estimator="median",
            relation="<=",
            bound=0.5,
            because=Text(
                ko="‘먼저’라면 갱신이 절반은 줄어야 한다. Xavier가 끝내 이르지 못하면 그때까지 한 갱신의 "
                "수로 나누므로, 비는 실제보다 작을 수 없다.",
                en="Earlier means half the updates at most. Where Xavier never gets there the updates "
                "that it "
                "was given stand for it, so the ratio is not smaller than the true one.",
            ),
            part="both learn",
        ),
        learns("xavier_50", ONLY_HE, "xavier", "only He learns", relation="<="),
        learns("he_50", ONLY_HE, "he", "only He learns", relation=">="),
        learns("xavier_30", 30, "xavier", None, relation="<=", role="reports"),
        learns("he_30", 30, "he", None, relation=">=", role="reports"),
    ),
)

experiment = Experiment(params={}, replicates=0, claims=(P02,))
