"""The saddle f(x, y) = x² − y²: how long each optimizer stays where the gradient is nearly zero.

Deterministic, float64. Every optimizer starts at (1, y0) with learning rate 0.01; it has escaped when |y| ≥
1.

Values for prose: ``steps.<optimizer>_<exponent>`` for y0 = 10⁻¹, 10⁻³, 10⁻⁶ (``steps.sgd_6``),
``theory.sgd_<exponent>``, ``slowdown`` (SGD's steps over the fastest other's, the smallest ratio of the
three starts).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Figure, Text, name_of, nn, variable
from reportgen.model import ClaimResult, Replicate, Words
from reportgen.theory import saddle_escape_steps

OPTIMIZERS = nn.optimizers.by_name()

PARAMS = {
    "learning_rate": 0.01,
    "x0": 1.0,
    "y0": (1e-1, 1e-3, 1e-6),
    "escaped_at": 1.0,
    "n_steps": 6000,
    "n_shown": 1300,
}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Descend from every starting height with every optimizer, and note when |y| has reached the rim."""
    y0 = np.array(params["y0"])
    starts = np.stack([np.full_like(y0, params["x0"]), y0], axis=-1)  # (n_starts, 2)
    steps, heights = [], []
    for optimizer in OPTIMIZERS.values():
        gradient = nn.surfaces.SADDLE.gradient
        path = nn.descend(optimizer, gradient, starts, params["learning_rate"], params["n_steps"])
        height = np.abs(path[..., 1])  # (n_steps + 1, n_starts)
        escaped = height >= params["escaped_at"]
        steps.append(np.where(escaped.any(axis=0), escaped.argmax(axis=0), np.inf))
        heights.append(height[: params["n_shown"] + 1].T)
    theory = saddle_escape_steps(y0, params["learning_rate"], params["escaped_at"])
    measured = xr.Dataset(
        {
            "steps": variable(("optimizer", "y0"), np.array(steps), "updates until |y| reaches the rim"),
            "height": variable(("optimizer", "y0", "step"), np.array(heights), "|y|"),
        },
        coords={"optimizer": list(OPTIMIZERS), "y0": y0, "step": np.arange(len(heights[0][0]))},
    ).expand_dims(replicate=[replicate.index for replicate in replicates])
    return measured.assign(theory_steps=variable("y0", theory, "ln(rim/y0)/ln(1 + 2η), SGD"))


def summarize(dataset: xr.Dataset, params: Mapping[str, Any]) -> xr.Dataset:
    """Take the one replicate; beyond the rim the path has left the saddle and is not shown."""
    height = dataset["height"]
    inside = (height.shift(step=1, fill_value=0.0) < params["escaped_at"]).cumprod("step").astype(bool)
    shown = height.where(inside).clip(max=params["escaped_at"])
    return dataset.assign(height=shown, slowdown=slowdown(dataset)).isel(replicate=0, drop=True)


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export the number of updates for each optimizer and starting height."""
    exponents = {f"{round(-np.log10(y0))}": y0 for y0 in summary["y0"].values}
    return {
        "steps": {
            f"{name}_{exponent}": float(summary["steps"].sel(optimizer=name, y0=y0))
            for name in OPTIMIZERS
            for exponent, y0 in exponents.items()
        },
        "theory": {
            f"sgd_{exponent}": float(summary["theory_steps"].sel(y0=y0)) for exponent, y0 in exponents.items()
        },
        "slowdown": float(summary["slowdown"]),
    }


def distance_from_theory(dataset: xr.Dataset) -> float:
    """Largest difference between SGD's steps and ln(1/y0)/ln(1 + 2η), over the starting heights."""
    steps = dataset["steps"].isel(replicate=0).sel(optimizer="sgd")
    return float(np.abs(steps - dataset["theory_steps"]).max())


def slowdown(dataset: xr.Dataset) -> float:
    """SGD's steps over the fastest other optimizer's, the smallest ratio of the starting heights."""
    steps = dataset["steps"].isel(replicate=0)
    return float((steps.sel(optimizer="sgd") / steps.drop_sel(optimizer="sgd").min("optimizer")).min())


def draw_heights(summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Draw |y| from the lowest start, straight where it grows exponentially, and the steps needed."""
    figure, (left, right) = style.subplots(1, 2, width="wide", height=58, right=22)
    lowest = summary.isel(y0=int(summary["y0"].argmin("y0")))
    for name in OPTIMIZERS:
        color = {"color": style.color(name), "linestyle": style.linestyle(name)}
        left.plot(summary["step"], lowest["height"].sel(optimizer=name), linewidth=1.1, **color)
        steps = summary["steps"].sel(optimizer=name)
        label = f"{words(name_of(name))} {float(lowest['steps'].sel(optimizer=name)):.0f}"
        style.line(right, -np.log10(summary["y0"]), steps, name, label=label)
    style.theory(right, -np.log10(summary["y0"]), summary["theory_steps"])
    exponent = round(float(np.log10(lowest["y0"])))
    style.panel_title(left, f"y₀ = 10{SUPERSCRIPTS[exponent]}")
    style.panel_title(right, words(FROM_EVERY_START))
    style.log_axis(left, "y")
    left.set_xlabel(words(STEP))
    left.set_ylabel("|y|")
    style.log_axis(right, "y")
    right.set_xlabel(words(START))
    right.set_xticks(
        -np.log10(summary["y0"].values),
        [f"10{SUPERSCRIPTS[round(np.log10(y0))]}" for y0 in summary["y0"].values],
    )
    right.set_ylabel(words(STEPS))
    return figure


SUPERSCRIPTS = {-exponent: "⁻" + "⁰¹²³⁴⁵⁶⁷⁸⁹"[exponent] for exponent in range(10)}
STEP = Text(ko="갱신 횟수", en="update")
START = Text(ko="출발 높이 y₀", en="starting height y₀")
STEPS = Text(ko="|y| = 1까지의 갱신 횟수", en="updates until |y| = 1")
FROM_EVERY_START = Text(ko="출발 높이마다 걸린 갱신 횟수", en="Updates needed from every start")

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
                ko="안장점 부근에서 SGD는 $\\ln(1/y_0)$에 비례하는 시간이 지나면 벗어난다. 등줄기에 "
                "가까이 설수록 오래 걸리지만 영원히 머물지는 않는다.",
                en="Near a saddle SGD gets away after a time that grows as $\\ln(1/y_0)$: longer the "
                "nearer it starts to the ridge, never forever.",
            ),
            checks=(
                Check(
                    name="growth",
                    label=Text(
                        ko="SGD의 갱신 횟수와 이론 $\\ln(1/y_0)/\\ln(1+2\\eta)$의 차이",
                        en="updates of SGD against $\\ln(1/y_0)/\\ln(1+2\\eta)$, difference",
                    ),
                    quantity=distance_from_theory,
                    estimator="exact",
                    relation="<=",
                    bound=1.0,
                    because=Text(
                        ko="갱신 횟수는 정수이므로 올림하면서 1까지 어긋날 수 있다.",
                        en="Updates are whole numbers; rounding up may add one.",
                    ),
                ),
                Check(
                    name="slowdown",
                    label=Text(
                        ko="갱신 횟수: SGD ÷ 가장 빠른 다른 방법, 출발 높이 가운데 가장 작은 비",
                        en="updates, SGD over the fastest other optimizer, smallest over starting heights",
                    ),
                    quantity=slowdown,
                    estimator="exact",
                    relation=">=",
                    bound=2.0,
                    because=Text(
                        ko="두 배보다 작은 차이는 학습률을 조금만 달리 골라도 뒤집힌다.",
                        en="A difference below a factor of two is undone by a slightly different "
                        "learning rate.",
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
                ko="안장에서 벗어나는 데 걸리는 갱신 횟수. 왼쪽은 가장 낮은 출발점에서 $|y|$가 커지는 "
                "모습으로, 로그 축에서 직선이면 지수적으로 벗어나는 것이다. 오른쪽은 출발 높이마다 "
                "$|y|=1$에 이르기까지의 횟수이고, 가는 검은 선은 SGD의 이론 "
                "$\\ln(1/y_0)/\\ln(1+2\\eta)$이다. $f=x^2-y^2$, $(1,y_0)$에서 출발, 학습률 0.01.",
                en="How many updates it takes to leave a saddle. Left, the growth of $|y|$ from the "
                "lowest start: straight on the logarithmic axis means exponential. Right, updates "
                "until $|y|=1$ from every start; the thin dark line is theory for SGD, "
                "$\\ln(1/y_0)/\\ln(1+2\\eta)$. $f=x^2-y^2$, start $(1,y_0)$, learning rate 0.01.",
            ),
            alt=Text(
                ko="출발 높이 10⁻¹, 10⁻³, 10⁻⁶에서 SGD는 {saddle.steps.sgd_1:.0f}, "
                "{saddle.steps.sgd_3:.0f}, {saddle.steps.sgd_6:.0f}번, 모멘텀은 "
                "{saddle.steps.momentum_1:.0f}, {saddle.steps.momentum_3:.0f}, "
                "{saddle.steps.momentum_6:.0f}번, Adam은 {saddle.steps.adam_1:.0f}, "
                "{saddle.steps.adam_3:.0f}, {saddle.steps.adam_6:.0f}번 만에 |y| = 1에 이른다.",
                en="From heights 10⁻¹, 10⁻³ and 10⁻⁶, SGD needs {saddle.steps.sgd_1:.0f}, "
                "{saddle.steps.sgd_3:.0f} and {saddle.steps.sgd_6:.0f} updates to reach |y| = 1; "
                "Momentum {saddle.steps.momentum_1:.0f}, {saddle.steps.momentum_3:.0f} and "
                "{saddle.steps.momentum_6:.0f}; Adam {saddle.steps.adam_1:.0f}, "
                "{saddle.steps.adam_3:.0f} and {saddle.steps.adam_6:.0f}.",
            ),
            draw=draw_heights,
        ),
    ),
)
