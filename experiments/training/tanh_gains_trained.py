"""A deep tanh network trained from weights as large as the slide's 0.05, and from Xavier's.

The slide's 0.05 belongs to layers of 4096 units: σ_w = 0.05·√4096 = 3.2. The same σ_w is set up here in six hidden
layers of 256 units, and trained on the digits by SGD at seven learning rates. Arms that learn at no rate are trained
again with four times the budget.

The claim that this decides (D12) stands with the signal-propagation experiments, which read the dataset.

Values for prose: ``best.<gain>``, ``test.<gain>``, ``rate.<gain>`` (medians over replicates; the rate is the one
chosen on validation).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Experiment, Figure, Text, nn
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
    "evaluate_every": 30,
}
GAINS = ("small05", "xavier")


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Train from both gains at every rate; train again, four times as long, what learnt at no rate."""
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
    data = [nn.Data(**split(replicate.generator("split")).fields()) for replicate in replicates]
    first = nn.train(arms, data, replicates, evaluate_every=params["evaluate_every"])
    shape = (len(replicates), len(params["gains"]), len(rates))
    curves = first.train_accuracy.reshape(*shape, -1)
    failed = np.broadcast_to(curves[..., -1].max(axis=-1, keepdims=True) < params["learns_at"], shape)
    longer = [replace(arm, n_steps=params["n_steps"] * params["escalation"]) for arm in arms]
    second = nn.train(longer, data, replicates, pairs=failed.reshape(len(replicates), len(arms)))
    final = np.where(failed, second.train_accuracy[..., -1].reshape(shape), curves[..., -1])
    chosen = first.validation_accuracy.reshape(shape).argmax(axis=-1)[..., None]

    def pick(array: np.ndarray) -> np.ndarray:
        return np.take_along_axis(array.reshape(shape), chosen, axis=-1)[..., 0]

    dims = ("replicate", "gain")
    return xr.Dataset(
        {
            "best_train_accuracy": (dims, final.max(axis=-1), _meta("best train accuracy over the rates", "1")),
            "test_accuracy": (dims, pick(first.test_accuracy), _meta("test accuracy, rate chosen on validation", "1")),
            "chosen_rate": (dims, np.array(rates)[chosen[..., 0]], _meta("rate chosen on validation", "1")),
            "escalated": (dims, failed[..., 0], _meta("needed four budgets", "1")),
            "train_accuracy": (
                (*dims, "step"),
                np.take_along_axis(curves, chosen[..., None], axis=2)[:, :, 0],
                _meta("train accuracy at the chosen rate", "1"),
            ),
            "by_rate": ((*dims, "rate"), curves[..., -1], _meta("train accuracy after the budget", "1")),
        },
        coords={
            "replicate": [replicate.index for replicate in replicates],
            "gain": list(GAINS),
            "rate": list(rates),
            "step": first.evaluation_steps,
        },
    )


def summarize(dataset: xr.Dataset, params: Mapping[str, Any]) -> xr.Dataset:
    """Medians and ranges over replicates."""
    return xr.Dataset(
        {
            "best": dataset.best_train_accuracy.median("replicate"),
            "test": dataset.test_accuracy.median("replicate"),
            "rate_chosen": dataset.chosen_rate.median("replicate"),
            "curve": dataset.train_accuracy.median("replicate"),
            "curve_low": dataset.train_accuracy.min("replicate"),
            "curve_high": dataset.train_accuracy.max("replicate"),
            "by_rate": dataset.by_rate.median("replicate"),
            "by_rate_low": dataset.by_rate.min("replicate"),
            "by_rate_high": dataset.by_rate.max("replicate"),
        },
        attrs={"n": dataset.sizes["replicate"]},
    )


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the text quotes."""
    return {
        name: {gain: float(summary[variable].sel(gain=gain)) for gain in GAINS}
        for name, variable in (("best", "best"), ("test", "test"), ("rate", "rate_chosen"))
    }


def draw_curves(
    summary: xr.Dataset, results: Mapping[str, ClaimResult], words: Words, style: Any
) -> Any:
    """Draw train accuracy at the chosen rate during training, and at the end over all rates."""
    figure, (left, right) = style.subplots(1, 2, width="wide", height=58, sharey=True)
    for gain, label in (("xavier", "Xavier, σ_w = 1"), ("small05", "σ_w = 3.2")):
        role = "xavier" if gain == "xavier" else "large"
        style.band(
            left, summary.step, summary.curve.sel(gain=gain), summary.curve_low.sel(gain=gain), summary.curve_high.sel(gain=gain), role
        )
        style.direct_label(left, float(summary.step[-1]), float(summary.curve.sel(gain=gain)[-1]), label, role)
        style.band(
            right,
            summary.rate,
            summary.by_rate.sel(gain=gain),
            summary.by_rate_low.sel(gain=gain),
            summary.by_rate_high.sel(gain=gain),
            role,
        )
        right.plot(
            summary.rate, summary.by_rate.sel(gain=gain), color=style.color(role), marker=style.marker(role), markersize=3.5, linestyle="none"
        )
    style.panel_title(left, words(CHOSEN))
    style.panel_title(right, words(ALL_RATES))
    style.bound(right, 0.2, axis="y", text=words(NOT_LEARNT))
    style.log_axis(right, "x")
    left.set_xlabel(words(STEP))
    right.set_xlabel(words(RATE))
    left.set_ylabel(words(ACCURACY))
    left.set_ylim(0, 1.05)
    return figure


def _meta(long_name: str, units: str) -> dict[str, str]:
    return {"long_name": long_name, "units": units}


STEP = Text(ko="갱신 횟수", en="update")
RATE = Text(ko="학습률", en="learning rate")
ACCURACY = Text(ko="훈련 정확도", en="train accuracy")
CHOSEN = Text(ko="검증 자료로 고른 학습률에서", en="at the rate chosen on validation")
ALL_RATES = Text(ko="300번 갱신한 뒤, 학습률마다", en="after 300 updates, at every rate")
NOT_LEARNT = Text(ko="학습되지 않음 (< 0.2)", en="not learnt (< 0.2)")

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
                ko="σ_w = 3.2로 시작한 tanh 망도 학습된다. 다만 Xavier보다 작은 학습률이 필요하고 더 낮은 곳에 이른다. 은닉층 6 × 256, 중앙값과 범위, n = {n}.",
                en="A tanh network started at σ_w = 3.2 against Xavier's. Six hidden layers of 256 units, median and range, n = {n}.",
            ),
            alt=Text(
                ko="가장 좋은 훈련 정확도는 σ_w = 3.2에서 {tanh_gains_trained.best.small05:.2f}, Xavier에서 {tanh_gains_trained.best.xavier:.2f}이고, 시험 정확도는 {tanh_gains_trained.test.small05:.2f}와 {tanh_gains_trained.test.xavier:.2f}이다.",
                en="Best train accuracy {tanh_gains_trained.best.small05:.2f} at σ_w = 3.2 and {tanh_gains_trained.best.xavier:.2f} with Xavier; test accuracy {tanh_gains_trained.test.small05:.2f} and {tanh_gains_trained.test.xavier:.2f}.",
            ),
            draw=draw_curves,
        ),
    ),
)
