"""A deep tanh network trained from weights as large as the slide's 0.05, and from Xavier's.

The slide's 0.05 belongs to layers of 4096 units: σ_w = 0.05·√4096 = 3.2. The same σ_w is set up here in six
hidden layers of 256 units, and trained on the digits by SGD at seven learning rates, batch 100, 300
updates. A gain of a replicate that stays below 0.2 train accuracy at every rate is trained on to four times
the budget.

The claim that this decides (D12) stands with the signal-propagation experiments, which read the dataset.

Values for prose, each per gain (``small05`` is σ_w = 3.2): ``best`` (best train accuracy), ``test`` (test
accuracy at the rate chosen on validation), ``rate`` (that rate): medians over replicates; ``escalated``
(share of replicates that needed four budgets).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Experiment, Figure, Text, name_of, nn, variable
from reportgen.data import split
from reportgen.model import ClaimResult, Replicate, Words

PARAMS = {
    "gains": (3.2, 1.0),
    "width": 256,
    "n_hidden": 6,
    "learning_rates": (1e-3, 10**-2.5, 1e-2, 10**-1.5, 1e-1, 10**-0.5, 1.0),
    "batch_size": 100,
    "n_steps": 300,
    "escalation": 4,
    "learns_at": 0.2,
    "evaluate_every": 50,
}
GAINS = ("small05", "xavier")
ROLES = {"small05": "large", "xavier": "xavier"}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Train from both gains at every rate; let a gain go on, four times as long, that learned at none."""
    rates = params["learning_rates"]
    arms = [
        nn.Arm(
            network=nn.Network(
                widths=(64, *[params["width"]] * params["n_hidden"], 10),
                activation="tanh",
                initializer=nn.Xavier(gain=gain),
            ),
            learning_rate=rate,
            n_steps=params["n_steps"],
            batch_size=params["batch_size"],
        )
        for gain in params["gains"]
        for rate in rates
    ]
    longer = [replace(arm, n_steps=params["n_steps"] * params["escalation"]) for arm in arms]
    data = [nn.Data(**split(replicate.generator("split")).fields()) for replicate in replicates]
    first = nn.train(
        arms, data, replicates, evaluate_every=params["evaluate_every"], evaluate_at=(0,), keep_states=True
    )
    shape = (len(replicates), len(params["gains"]), len(rates))
    curves = first.train_accuracy.reshape(*shape, -1)
    failed = np.broadcast_to((curves[..., -1] < params["learns_at"]).all(axis=-1, keepdims=True), shape)
    second = nn.train(longer, data, replicates, pairs=failed.reshape(len(replicates), -1), resume=first)
    latest = np.where(failed, second.train_accuracy[..., -1].reshape(shape), curves[..., -1])
    chosen = first.validation_accuracy.reshape(shape).argmax(axis=-1)[..., None]

    def pick(array: np.ndarray) -> np.ndarray:
        return np.take_along_axis(array.reshape(shape), chosen, axis=-1)[..., 0]

    curve = np.take_along_axis(curves, chosen[..., None], axis=2)[:, :, 0]
    dims = ("replicate", "gain")
    return xr.Dataset(
        {
            "best_train_accuracy": variable(dims, latest.max(axis=-1), "best train accuracy over the rates"),
            "test_accuracy": variable(dims, pick(first.test_accuracy), "test accuracy at the chosen rate"),
            "chosen_rate": variable(dims, np.array(rates)[chosen[..., 0]], "rate chosen on validation"),
            "escalated": variable(dims, failed[..., 0], "went on to four budgets"),
            "curve": variable((*dims, "step"), curve, "train accuracy at the chosen rate"),
            "by_rate": variable((*dims, "rate"), curves[..., -1], "train accuracy after the budget"),
        },
        coords={
            "replicate": [replicate.index for replicate in replicates],
            "gain": list(GAINS),
            "rate": list(rates),
            "step": first.evaluation_steps,
        },
    )


def summarize(dataset: xr.Dataset, params: Mapping[str, Any]) -> xr.Dataset:
    """Medians over replicates, with ranges for what is drawn."""
    medians = dataset.drop_vars("escalated").median("replicate")
    return medians.assign(
        curve_low=dataset["curve"].min("replicate"),
        curve_high=dataset["curve"].max("replicate"),
        by_rate_low=dataset["by_rate"].min("replicate"),
        by_rate_high=dataset["by_rate"].max("replicate"),
        escalated=dataset["escalated"].mean("replicate"),
        sigma_w=("gain", list(params["gains"])),
    ).assign_attrs(learns_at=params["learns_at"])


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the text quotes."""
    names = {
        "best": "best_train_accuracy",
        "test": "test_accuracy",
        "rate": "chosen_rate",
        "escalated": "escalated",
    }
    return {
        short: {gain: float(summary[name].sel(gain=gain)) for gain in GAINS} for short, name in names.items()
    }


def draw_curves(summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Draw train accuracy at the chosen rate during training, and after the budget at every rate."""
    figure, (left, right) = style.subplots(1, 2, width="wide", height=58, sharey=True, wspace=27)
    for gain, role in ROLES.items():
        cut = summary.sel(gain=gain)
        name = f"{words(name_of(role))}, " if gain == "xavier" else ""
        label = f"{name}σ_w = {float(cut['sigma_w']):g}"
        style.band(left, cut["step"], cut["curve"], cut["curve_low"], cut["curve_high"], role, label=label)
        style.band(right, cut["rate"], cut["by_rate"], cut["by_rate_low"], cut["by_rate_high"], role)
    style.panel_title(left, words(CHOSEN))
    style.panel_title(right, words(ALL_RATES))
    style.bound(right, summary.attrs["learns_at"])
    style.note(right, words(NOT_LEARNED), y=0.03, role="bound")
    style.log_axis(right, "x")
    left.set_xlabel(words(STEP))
    right.set_xlabel(words(RATE))
    left.set_ylabel(words(ACCURACY))
    left.set_ylim(0, 1.05)
    return figure


STEP = Text(ko="갱신 횟수", en="updates")
RATE = Text(ko="학습률", en="learning rate")
ACCURACY = Text(ko="훈련 정확도", en="train accuracy")
CHOSEN = Text(ko="검증 자료로 고른 학습률에서", en="At the rate chosen on validation")
ALL_RATES = Text(ko="갱신을 마친 뒤, 학습률마다", en="After the budget, at every rate")
NOT_LEARNED = Text(ko="이보다 낮으면 학습되지 않은 것", en="below: not learned")

experiment = Experiment(
    params=PARAMS,
    replicates=12,
    measure=measure,
    summarize=summarize,
    values=values,
    figures=(
        Figure(
            name="curves",
            width="wide",
            caption=Text(
                ko="슬라이드의 0.05에 해당하는 $\\sigma_w=3.2$로 시작한 tanh 망의 시험 정확도는 "
                "{tanh_gains_trained.test.small05:.3f}, Xavier로 시작한 망은 "
                "{tanh_gains_trained.test.xavier:.3f}이다(중앙값). 왼쪽은 검증 자료로 고른 "
                "학습률에서의 학습 곡선, 오른쪽은 300번 갱신한 뒤의 훈련 정확도를 학습률마다 나타낸 "
                "것. 중앙값과 범위. 은닉층 6 × 256, SGD, 배치 100, n = {n}.",
                en="A tanh network started at $\\sigma_w=3.2$, the slide's 0.05, reaches a test "
                "accuracy of {tanh_gains_trained.test.small05:.3f}; started with Xavier, "
                "{tanh_gains_trained.test.xavier:.3f} (medians). Left, training at the rate chosen "
                "on validation; right, train accuracy after 300 updates at every rate. Median and "
                "range. Six hidden layers of 256 units, SGD, batch 100, n = {n}.",
            ),
            alt=Text(
                ko="가장 좋은 훈련 정확도는 σ_w = 3.2에서 {tanh_gains_trained.best.small05:.2f}, "
                "Xavier에서 {tanh_gains_trained.best.xavier:.2f}이고, 고른 학습률의 중앙값은 "
                "{tanh_gains_trained.rate.small05:.2g}, {tanh_gains_trained.rate.xavier:.2g}이며, "
                "시험 정확도는 {tanh_gains_trained.test.small05:.3f}, "
                "{tanh_gains_trained.test.xavier:.3f}이다.",
                en="Best train accuracy {tanh_gains_trained.best.small05:.2f} at σ_w = 3.2 and "
                "{tanh_gains_trained.best.xavier:.2f} with Xavier; median chosen rates "
                "{tanh_gains_trained.rate.small05:.2g} and {tanh_gains_trained.rate.xavier:.2g}; "
                "test accuracy {tanh_gains_trained.test.small05:.3f} and "
                "{tanh_gains_trained.test.xavier:.3f}.",
            ),
            draw=draw_curves,
            plays="step",
        ),
    ),
)
