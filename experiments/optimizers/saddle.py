"""The saddle f(x, y) = x² − y²: how long each optimizer stays where the gradient is nearly zero.

Deterministic, float64. Every optimizer starts at (1, y0) with learning rate 0.01; it has escaped when |y| ≥ 1.

Values for prose: ``steps.<optimizer>_<exponent>`` for y0 = 10⁻¹, 10⁻³, 10⁻⁶ (``steps.sgd_6``), ``theory.sgd_<exponent>``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Figure, Text, nn
from reportgen.model import ClaimResult, Replicate, Words

OPTIMIZERS: dict[str, nn.Optimizer] = {
    "sgd": nn.SGD(),
    "momentum": nn.Momentum(momentum=0.9),
    "nesterov": nn.Nesterov(momentum=0.9),
    "adagrad": nn.AdaGrad(),
    "rmsprop": nn.RMSProp(),
    "adam": nn.Adam(),
}
NAMES = {
    "sgd": "SGD",
    "momentum": "Momentum",
    "nesterov": "Nesterov",
    "adagrad": "AdaGrad",
    "rmsprop": "RMSProp",
    "adam": "Adam",
}

PARAMS = {
    "learning_rate": 0.01,
    "x0": 1.0,
    "y0": (1e-1, 1e-3, 1e-6),
    "escaped_at": 1.0,
    "n_steps": 6000,
    "n_shown": 900,
}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Descend from every starting height with every optimizer, and note when |y| has reached the rim."""
    y0 = np.array(params["y0"])
    starts = np.stack([np.full_like(y0, params["x0"]), y0], axis=-1)  # (n_starts, 2)
    steps, heights = [], []
    for optimizer in OPTIMIZERS.values():
        with np.errstate(over="ignore", invalid="ignore"):
            path = nn.descend(optimizer, nn.surfaces.SADDLE.gradient, starts, params["learning_rate"], params["n_steps"])
        height = np.abs(path[..., 1])  # (n_steps + 1, n_starts)
        escaped = height >= params["escaped_at"]
        steps.append(np.where(escaped.any(axis=0), escaped.argmax(axis=0), np.inf))
        heights.append(height[: params["n_shown"] + 1].T)
    theory = np.log(params["escaped_at"] / y0) / np.log1p(2 * params["learning_rate"])
    return xr.Dataset(
        {
            "steps": (("optimizer", "y0"), np.array(steps), _meta("updates until |y| ≥ 1", "1")),
            "height": (("optimizer", "y0", "step"), np.array(heights), _meta("|y|", "1")),
            "theory_steps": (("y0",), theory, _meta("ln(1/y0) / ln(1 + 2η), SGD", "1")),
        },
        coords={"optimizer": list(OPTIMIZERS), "y0": y0},
    ).expand_dims(replicate=[replicate.index for replicate in replicates])


def summarize(dataset: xr.Dataset, params: Mapping[str, Any]) -> xr.Dataset:
    """Take the one replicate; heights above the rim are cut off, since the path has left the saddle there."""
    summary = dataset.isel(replicate=0, drop=True)
    return summary.assign(height=summary.height.where(summary.height <= params["escaped_at"]))


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export the number of updates for each optimizer and starting height."""
    exponents = {f"{round(-np.log10(y0))}": y0 for y0 in summary.y0.values}
    return {
        "steps": {
            f"{name}_{exponent}": float(summary.steps.sel(optimizer=name, y0=y0))
            for name in OPTIMIZERS
            for exponent, y0 in exponents.items()
        },
        "theory": {f"sgd_{exponent}": float(summary.theory_steps.sel(y0=y0)) for exponent, y0 in exponents.items()},
    }


def distance_from_theory(dataset: xr.Dataset) -> float:
    """Largest difference between SGD's steps and ln(1/y0)/ln(1 + 2η), over the starting heights."""
    data = dataset.isel(replicate=0)
    return float(np.abs(data.steps.sel(optimizer="sgd") - data.theory_steps).max())


def slowdown(dataset: xr.Dataset) -> float:
    """SGD's steps over the fastest other optimizer's, the smallest ratio of the starting heights."""
    steps = dataset.steps.isel(replicate=0)
    return float((steps.sel(optimizer="sgd") / steps.drop_sel(optimizer="sgd").min("optimizer")).min())


def draw_heights(
    summary: xr.Dataset, results: Mapping[str, ClaimResult], words: Words, style: Any
) -> Any:
    """Draw |y| against the update: a straight line on the logarithmic axis is an exponential escape."""
    figure, axes = style.subplots(1, 3, width="wide", height=56, sharex=True, sharey=True)
    for axis, y0 in zip(axes, summary.y0.values, strict=True):
        for name in OPTIMIZERS:
            height = summary.height.sel(optimizer=name, y0=y0)
            axis.plot(summary.height.step if "step" in summary.coords else np.arange(height.size), height,
                      color=style.color(name), linestyle=style.linestyle(name), linewidth=1.1, label=NAMES[name])
        style.panel_title(axis, f"y₀ = 10⁻{'¹³⁶'['136'.index(str(round(-np.log10(y0))))]}")
        axis.set_xlabel(words(STEP))
    style.log_axis(axes[0], "y")
    axes[0].set_ylabel("|y|")
    axes[0].set_ylim(5e-7, 1.6)
    axes[-1].legend(loc="lower right")
    return figure


def _meta(long_name: str, units: str) -> dict[str, str]:
    return {"long_name": long_name, "units": units}


STEP = Text(ko="갱신 횟수", en="update")

experiment = Experiment(
    params=PARAMS,
    replicates=1,
    measure=measure,
    summarize=summarize,
    values=values,
    claims=(
        Claim(
            id="E06",
            says=Text(
                ko="안장점에서는 기울기가 0에 가까워 학습이 매우 느리다.",
                en="At a saddle the gradient is near 0 and learning is very slow.",
            ),
            source="SGD의 단점",
            kind="reconstructed",
            better=Text(
                ko="SGD가 안장점을 벗어나는 데 걸리는 갱신 횟수는 $\\ln(1/y_0)$에 비례한다. 출발점이 안장의 등줄기에 가까울수록 오래 걸리지만, 멈추지는 않는다.",
                en="The updates that SGD needs to leave a saddle grow as $\\ln(1/y_0)$: longer the nearer it starts to the ridge, never forever.",
            ),
            checks=(
                Check(
                    name="growth",
                    label=Text(
                        ko="이론 $\\ln(1/y_0)/\\ln(1 + 2\\eta)$과의 차이, 갱신 횟수", en="difference from $\\ln(1/y_0)/\\ln(1 + 2\\eta)$, updates"
                    ),
                    quantity=distance_from_theory,
                    estimator="exact",
                    relation="<=",
                    bound=1.0,
                    because=Text(
                        ko="갱신 횟수는 정수이므로 반올림에서 1까지 어긋날 수 있다",
                        en="updates are whole numbers, so rounding up may add one",
                    ),
                ),
                Check(
                    name="slowdown",
                    label=Text(ko="SGD의 갱신 횟수 / 가장 빠른 다른 방법의 횟수", en="updates of SGD / of the fastest other"),
                    quantity=slowdown,
                    estimator="exact",
                    relation=">=",
                    bound=2.0,
                    because=Text(
                        ko="두 배보다 작은 차이는 학습률을 조금만 달리 골라도 뒤집힌다",
                        en="a difference below a factor of two is undone by a slightly different choice of rate",
                    ),
                ),
            ),
        ),
    ),
    figures=(
        Figure(
            name="heights",
            width="wide",
            caption=Text(
                ko="안장을 벗어나는 데 걸리는 시간. SGD는 지수적으로, 곧 로그 축에서 직선으로 벗어나며 출발점이 등줄기에 가까울수록 오래 걸린다. $f = x^2 - y^2$, $(1, y_0)$에서 출발, 학습률 0.01.",
                en="How long it takes to leave a saddle. SGD escapes exponentially, a straight line on the logarithmic axis, and takes longer the nearer it starts to the ridge. $f = x^2 - y^2$, start $(1, y_0)$, learning rate 0.01.",
            ),
            alt=Text(
                ko="출발 높이 10⁻¹, 10⁻³, 10⁻⁶에서 SGD는 {saddle.steps.sgd_1:.0f}, {saddle.steps.sgd_3:.0f}, {saddle.steps.sgd_6:.0f}번, Adam은 {saddle.steps.adam_1:.0f}, {saddle.steps.adam_3:.0f}, {saddle.steps.adam_6:.0f}번 만에 |y| = 1에 이른다.",
                en="From heights 10⁻¹, 10⁻³ and 10⁻⁶, SGD needs {saddle.steps.sgd_1:.0f}, {saddle.steps.sgd_3:.0f} and {saddle.steps.sgd_6:.0f} updates to reach |y| = 1; Adam {saddle.steps.adam_1:.0f}, {saddle.steps.adam_3:.0f} and {saddle.steps.adam_6:.0f}.",
            ),
            draw=draw_heights,
        ),
    ),
)
