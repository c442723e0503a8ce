"""The update rules as the slides print them, run as printed.

Deterministic parts on the ravine f = x²/20 + y² from (−7, 2), 30 updates; and SGD on the same ravine with
N(0, 1) noise added to the gradient, 12000 updates of which the second half counts, once per replicate.

Values for prose: ``floor.<rate>`` (median height above the optimum under noise, rate written ``lr_0_1``)
and ``floor_theory.<rate>``; ``after_30.<rule>`` (f after 30 updates over f before) and ``radius.<rule>``
(spectral radius of an update) for ``momentum_with_nabla`` and ``momentum_corrected``; ``millionfold``
(updates after which f under the rule as printed exceeds a million times its start); ``under_schedule``
(largest distance of the two momentum forms when the rate drops to a tenth half-way).
"""

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Erratum, Experiment, Figure, Text, nn, variable
from reportgen.model import ClaimResult, Replicate, Words

# Quoted from the slides, as transcribed.
PRINTED_SGD = "x == learning_rate * dx"
PRINTED_MOMENTUM = """\
vx = rho * vx + dx
x -= learning_rate * vx"""
RAVINE = nn.surfaces.BOWL  # x²/20 + y²
START = (-7.0, 2.0)

PARAMS = {
    "learning_rate": 0.1,
    "momentum": 0.9,
    "n_steps": 30,
    "loss_scale": 100.0,
    "rate_adagrad": 1.5,
    "rate_sgd_scaled": 0.005,
    "noise": 1.0,
    "noisy_rates": (0.01, 0.03, 0.1, 0.3),
    "noisy_steps": 12000,
    "noisy_tail": 6000,
}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Run the printed rules once, and noisy SGD once per replicate."""
    formula = nn.descend(nn.SGD(), RAVINE.gradient, START, params["learning_rate"], params["n_steps"])
    floors = noisy_floor(params, [replicate.generator("noise") for replicate in replicates])
    return xr.Dataset(
        {
            "floor": variable(("replicate", "rate"), floors, "mean f over the last updates, noisy SGD"),
            "theory_floor": variable("rate", theory_floor(params), "stationary mean of f, noisy SGD"),
            "sgd_printed": variable(
                ("step", "axis"), sgd_as_printed(params), "SGD's path, line as transcribed"
            ),
            "sgd_formula": variable(("step", "axis"), formula, "SGD's path by the formula"),
            "sgd_closed_form": variable(("step", "axis"), closed_form(params), "(1 − ηλ)^t x₀"),
            "momentum_f": variable(
                ("rule", "step"), momentum_f(params), "f along the run of a momentum rule"
            ),
            "radius": variable("rule", [radius(rule, params) for rule in MOMENTUM_RULES], "spectral radius"),
            "forms": variable("setting", list(two_forms(params).values()), "largest distance of two forms"),
            "rescaled": variable("optimizer", rescaled(params), "change of the path when the loss is scaled"),
        },
        coords={
            "replicate": [replicate.index for replicate in replicates],
            "rate": list(params["noisy_rates"]),
            "axis": ["x", "y"],
            "rule": list(MOMENTUM_RULES),
            "setting": list(two_forms(params)),
            "optimizer": ["adagrad", "sgd"],
        },
    )


# --- SGD ---


def sgd_as_printed(params: Mapping[str, Any]) -> np.ndarray:
    """Execute the slide's line as transcribed, ``==`` where ``-=`` belongs; path (n_steps + 1, 2)."""
    line = compile(ast.parse(PRINTED_SGD), "slide", "exec")
    path = [np.array(START)]
    for _ in range(params["n_steps"]):
        scope = {
            "x": path[-1].copy(),
            "dx": RAVINE.gradient(path[-1]),
            "learning_rate": params["learning_rate"],
        }
        exec(line, {}, scope)  # a constant of this file
        path.append(scope["x"])
    return np.array(path)


def closed_form(params: Mapping[str, Any]) -> np.ndarray:
    """Return x_t = (1 − ηλ)^t x₀ for each axis, (n_steps + 1, 2)."""
    steps = np.arange(params["n_steps"] + 1)[:, None]
    decay = 1 - params["learning_rate"] * np.array(RAVINE.curvatures)
    return np.asarray(decay**steps * np.array(START))


def noisy_floor(params: Mapping[str, Any], generators: Sequence[np.random.Generator]) -> np.ndarray:
    """Mean f over the tail of SGD with N(0, noise²) added to the gradient; (n_replicates, n_rates)."""
    rates = np.array(params["noisy_rates"])[:, None]
    n_steps, tail = params["noisy_steps"], params["noisy_tail"]
    noise = np.stack([generator.standard_normal((n_steps, 2)) for generator in generators], axis=1)
    noise = params["noise"] * noise[:, :, None]  # (n_steps, n_replicates, 1, 2)
    x = np.broadcast_to(np.array(START), (len(generators), rates.size, 2))
    total = np.zeros(x.shape[:-1])
    for step in range(n_steps):
        x = x - rates * (RAVINE.gradient(x) + noise[step])
        if step >= n_steps - tail:
            total += RAVINE.value(x)
    return np.asarray(total / tail)


def theory_floor(params: Mapping[str, Any]) -> np.ndarray:
    """Stationary mean of f: the sum over axes of (λ/2)·Var x, Var x = η·noise²/(λ(2 − ηλ))."""
    rates = np.array(params["noisy_rates"])[:, None]
    heights = rates * params["noise"] ** 2 / (2 * (2 - rates * np.array(RAVINE.curvatures)))
    return np.asarray(heights.sum(axis=-1))


# --- momentum ---

Velocity = Callable[[np.ndarray, np.ndarray, float, float], np.ndarray]  # (v, x, ρ, α) → v
MOMENTUM_RULES: dict[str, Velocity] = {  # each followed by x ← x − αv, as printed
    "momentum_as_printed": lambda v, x, rho, alpha: rho * v - alpha * RAVINE.value(x),
    "momentum_with_nabla": lambda v, x, rho, alpha: rho * v - alpha * RAVINE.gradient(x),
    "momentum_corrected": lambda v, x, rho, _alpha: rho * v + RAVINE.gradient(x),
}


def momentum_f(params: Mapping[str, Any]) -> np.ndarray:
    """Iterate each rule from rest; f at each point, (n_rules, n_steps + 1), inf where it ran away."""
    rho, alpha = params["momentum"], params["learning_rate"]
    found = []
    with np.errstate(over="ignore", invalid="ignore"):
        for velocity in MOMENTUM_RULES.values():
            x, v = np.array(START), np.zeros(2)
            values = [float(RAVINE.value(x))]
            for _ in range(params["n_steps"]):
                v = velocity(v, x, rho, alpha)
                x = x - alpha * v
                values.append(float(RAVINE.value(x)))
            found.append(values)
    return np.asarray(np.nan_to_num(np.array(found), nan=np.inf, posinf=np.inf))


def radius(rule: str, params: Mapping[str, Any]) -> float:
    """Spectral radius of one update of (x, v), the larger of both axes; NaN for the rule not linear in x."""
    if rule == "momentum_as_printed":
        return float("nan")
    rho, alpha = params["momentum"], params["learning_rate"]
    gain = -alpha if rule == "momentum_with_nabla" else 1.0  # v' = ρv + gain·λx, x' = x − αv'
    matrices = [
        np.array([[1 - alpha * gain * curvature, -alpha * rho], [gain * curvature, rho]])
        for curvature in RAVINE.curvatures
    ]
    return float(max(np.abs(np.linalg.eigvals(matrix)).max() for matrix in matrices))


def two_forms(params: Mapping[str, Any]) -> dict[str, float]:
    """Distance of v ← ρv + ∇f, x ← x − αv from v ← ρv − α∇f, x ← x + v, the largest along the path.

    At a constant α by the first form's formula and by the slide's code, and by its formula when α drops to a
    tenth half-way.
    """
    half = params["n_steps"] // 2
    constant = np.full(params["n_steps"], params["learning_rate"])
    dropping = np.where(np.arange(params["n_steps"]) < half, constant, constant / 10)
    rho = params["momentum"]
    pairs = {
        "constant": (first_form(constant, rho), second_form(constant, rho)),
        "code": (printed_momentum(constant, rho), second_form(constant, rho)),
        "step": (first_form(dropping, rho), second_form(dropping, rho)),
    }
    return {name: float(np.abs(one - other).max()) for name, (one, other) in pairs.items()}


def first_form(alphas: np.ndarray, rho: float) -> np.ndarray:
    """Return the path of v ← ρv + ∇f(x), x ← x − αv."""
    x, v, path = np.array(START), np.zeros(2), [np.array(START)]
    for alpha in alphas:
        v = rho * v + RAVINE.gradient(x)
        x = x - alpha * v
        path.append(x)
    return np.array(path)


def second_form(alphas: np.ndarray, rho: float) -> np.ndarray:
    """Return the path of v ← ρv − α∇f(x), x ← x + v."""
    x, v, path = np.array(START), np.zeros(2), [np.array(START)]
    for alpha in alphas:
        v = rho * v - alpha * RAVINE.gradient(x)
        x = x + v
        path.append(x)
    return np.array(path)


def printed_momentum(alphas: np.ndarray, rho: float) -> np.ndarray:
    """Execute the loop's body as the slide prints it; return the path."""
    body = compile(ast.parse(PRINTED_MOMENTUM), "slide", "exec")
    scope: dict[str, Any] = {"x": np.array(START), "vx": 0, "rho": rho}
    path = [np.array(START)]
    for alpha in alphas:
        scope |= {"dx": RAVINE.gradient(scope["x"]), "learning_rate": alpha}
        exec(body, {}, scope)  # a constant of this file
        path.append(scope["x"].copy())
    return np.array(path)


# --- AdaGrad ---


def rescaled(params: Mapping[str, Any]) -> np.ndarray:
    """Largest change of the path over the start's norm when the loss is scaled: AdaGrad, SGD."""
    changes = []
    for optimizer, rate in ((nn.AdaGrad(), params["rate_adagrad"]), (nn.SGD(), params["rate_sgd_scaled"])):
        plain, scaled = (
            nn.descend(optimizer, surface.gradient, START, rate, params["n_steps"])
            for surface in (RAVINE, times(RAVINE, params["loss_scale"]))
        )
        changes.append(np.abs(plain - scaled).max() / np.linalg.norm(START))
    return np.array(changes)


def times(surface: nn.surfaces.Quadratic, factor: float) -> nn.surfaces.Quadratic:
    """Return the surface times a factor."""
    return nn.surfaces.Quadratic(curvatures=tuple(factor * curvature for curvature in surface.curvatures))


# --- summary and values ---


def summarize(dataset: xr.Dataset, _params: Mapping[str, Any]) -> xr.Dataset:
    """The exact parts as they are, and the median and range of the noisy floor over replicates."""
    floor = dataset["floor"]
    return dataset.drop_dims("replicate").assign(
        floor=floor.median("replicate"),
        floor_low=floor.min("replicate"),
        floor_high=floor.max("replicate"),
    )


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the text quotes."""
    f = summary["momentum_f"]
    finite = ("momentum_with_nabla", "momentum_corrected")
    rates = {f"lr_{rate:g}".replace(".", "_"): rate for rate in summary["rate"].values}
    return {
        "floor": {name: float(summary["floor"].sel(rate=rate)) for name, rate in rates.items()},
        "floor_theory": {name: float(summary["theory_floor"].sel(rate=rate)) for name, rate in rates.items()},
        "after_30": {rule: float(f.sel(rule=rule)[-1] / f.sel(rule=rule)[0]) for rule in finite},
        "radius": {rule: float(summary["radius"].sel(rule=rule)) for rule in finite},
        "millionfold": updates_until_millionfold(f.sel(rule="momentum_as_printed")),
        "under_schedule": float(summary["forms"].sel(setting="step")),
    }


def updates_until_millionfold(f: xr.DataArray) -> float:
    """Return after how many updates f exceeds a million times its start; inf if it never does."""
    above = (f > 1e6 * f[0]).values
    return float(above.argmax()) if above.any() else float("inf")


# --- quantities ---


def formula_error(dataset: xr.Dataset) -> float:
    """Largest distance of SGD's path from (1 − ηλ)^t x₀, over the norm of the start."""
    distance = np.abs(dataset["sgd_formula"] - dataset["sgd_closed_form"])
    return float(distance.max()) / float(np.linalg.norm(START))


def approaching_share(dataset: xr.Dataset) -> float:
    """Share of SGD's updates that bring x closer to the optimum."""
    distance = np.linalg.norm(dataset["sgd_formula"], axis=-1)
    return float((np.diff(distance) < 0).mean())


def printed_line_error(dataset: xr.Dataset) -> float:
    """Largest distance along an axis of the path of the printed line from that of the formula."""
    return float(np.abs(dataset["sgd_printed"] - dataset["sgd_formula"]).max())


def forms_error(dataset: xr.Dataset, *settings: str) -> float:
    """Largest distance of the two momentum forms in these settings, over the norm of the start."""
    return float(dataset["forms"].sel(setting=list(settings)).max()) / float(np.linalg.norm(START))


def falls(rule: str) -> Callable[[xr.Dataset], float]:
    """Return a quantity: 1 if f is lower after the run than at its start, else 0, for one momentum rule."""

    def quantity(dataset: xr.Dataset) -> float:
        f = dataset["momentum_f"].sel(rule=rule)
        return float(f[-1] < f[0])

    return quantity


def rescaled_path(optimizer: str) -> Callable[[xr.Dataset], float]:
    """Return a quantity: the change of an optimizer's path when the loss is scaled."""
    return lambda dataset: float(dataset["rescaled"].sel(optimizer=optimizer))


# --- figures ---


def draw_printed(summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Draw f along the run of each momentum rule."""
    figure, axis = style.subplots(width="text", height=56, right=33, top=3)
    style.log_axis(axis, "y")
    for rule, (role, name) in RULE_LABELS.items():
        f = summary["momentum_f"].sel(rule=rule).values
        inside = f[: np.flatnonzero(f <= HIGHEST)[-1] + 2]  # and the step that leaves the panel
        factor = f" ×{f[-1] / f[0]:.3g}" if inside.size == f.size else ""
        style.line(axis, np.arange(inside.size), inside, role)
        end = min(float(inside[-1]), HIGHEST)
        style.direct_label(axis, inside.size - 1, end, words(name) + factor, role)
    axis.set_ylim(1e-3, HIGHEST)
    axis.set_xlim(0, summary.sizes["step"] - 1)
    axis.set_xlabel(words(STEP))
    axis.set_ylabel("f")
    return figure


def draw_floor(summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Draw the height at which noisy SGD hovers against the learning rate, with the stationary theory."""
    figure, axis = style.subplots(width="text", height=56, right=6, top=5)
    style.log_axis(axis, "both")
    style.theory(axis, summary["rate"], summary["theory_floor"])
    style.band(axis, summary["rate"], summary["floor"], summary["floor_low"], summary["floor_high"], "sgd")
    for rate in summary["rate"].values:
        floor = float(summary["floor"].sel(rate=rate))
        style.direct_label(axis, rate, floor, f"{floor:.2g}", "sgd", side="above")
    axis.set_xticks(summary["rate"].values, [f"{rate:g}" for rate in summary["rate"].values])
    axis.minorticks_off()
    axis.set_xlim(0.7 * summary["rate"].min(), 1.4 * summary["rate"].max())
    axis.set_xlabel(words(RATE))
    axis.set_ylabel(words(FLOOR))
    return figure


HIGHEST = 1e7  # above, the runaway rule is cut off
STEP = Text(ko="갱신 횟수", en="updates")
RATE = Text(ko="학습률", en="learning rate")
FLOOR = Text(ko="떠도는 높이: f의 평균", en="mean height f at which it hovers")
RULE_LABELS = {
    "momentum_as_printed": ("first", Text(ko="인쇄된 대로", en="as printed")),
    "momentum_with_nabla": ("second", Text(ko="∇만 채우면", en="with ∇ restored")),
    "momentum_corrected": ("third", Text(ko="바로잡은 식", en="corrected")),
}

MUST_FALL = Text(ko="최소화하는 규칙이라면 f를 줄여야 한다.", en="A rule that minimizes must lower f.")
ROUNDING = Text(
    ko="64비트 수의 반올림 오차는 쌓여도 이보다 작다.",
    en="Accumulated rounding of 64-bit numbers stays below this.",
)
PRINTED_RULE = "$v_{t+1} = \\rho v_t - \\alpha f(x_t),\\; x_{t+1} = x_t - \\alpha v_{t+1}$"
CORRECT_RULE = "$v_{t+1} = \\rho v_t - \\alpha \\nabla f(x_t),\\; x_{t+1} = x_t + v_{t+1}$"

CLAIMS = (
    Claim(
        id="E04",
        says=Text(
            ko="SGD는 $W \\leftarrow W - \\eta\\,\\partial L/\\partial W$로 최적값에 점점 가까워진다.",
            en="SGD, $W \\leftarrow W - \\eta\\,\\partial L/\\partial W$, comes closer and closer to "
            "the optimum.",
        ),
        source="SGD(Stochastic Gradient Descent)",
        better=Text(
            ko="기울기에 잡음이 있으면 SGD는 최적값에 이르지 않고, 학습률이 클수록 높은 곳에서 떠돈다. "
            "코드의 연산은 `-=`이다.",
            en="With noisy gradients SGD does not reach the optimum but hovers above it, the higher the "
            "larger the learning rate. The operator in the code is `-=`.",
        ),
        checks=(
            Check(
                name="formula",
                label=Text(
                    ko="식대로 30번 갱신한 경로와 $(1-\\eta\\lambda)^t x_0$의 차이",
                    en="30 updates by the formula against $(1-\\eta\\lambda)^t x_0$",
                ),
                quantity=formula_error,
                estimator="exact",
                relation="<=",
                bound=1e-12,
                because=ROUNDING,
            ),
            Check(
                name="approaching",
                label=Text(
                    ko="잡음이 없을 때, 최적값에 가까워지는 갱신의 비율",
                    en="without noise, share of updates that come closer",
                ),
                quantity=approaching_share,
                estimator="exact",
                relation=">=",
                bound=1.0,
                role="reports",
                because=Text(ko="1이면 모든 갱신이 가까워진다.", en="At 1 every update comes closer."),
            ),
            Check(
                name="floor",
                label=Text(
                    ko="잡음이 있을 때 떠도는 높이: 학습률 0.3 ÷ 0.03",
                    en="with noise, height of the floor, rate 0.3 over 0.03",
                ),
                quantity=lambda dataset: (
                    (dataset["floor"].sel(rate=0.3) / dataset["floor"].sel(rate=0.03)).values
                ),
                estimator="mean",
                scale="log",
                relation=">=",
                bound=1.0,
                role="reports",
                because=Text(
                    ko="1보다 크면 학습률이 클수록 높은 곳에서 떠돈다.",
                    en="Above 1, larger rates hover higher.",
                ),
            ),
            Check(
                name="printed_line",
                label=Text(
                    ko="전사된 코드를 실행한 경로와 식대로 갱신한 경로의 차이",
                    en="path of the transcribed line against the formula's",
                ),
                quantity=printed_line_error,
                estimator="exact",
                relation="<=",
                bound=1e-12,
                role="printed",
                because=ROUNDING,
                erratum=Erratum(
                    printed=Text(ko=f"`{PRINTED_SGD}`", en=f"`{PRINTED_SGD}`"),
                    correct=Text(ko="`x -= learning_rate * dx`", en="`x -= learning_rate * dx`"),
                    evidence=Text(
                        ko="전사된 줄은 비교만 하고 $x$를 바꾸지 않는다. 그대로 30번 실행하면 식대로 "
                        "갱신한 경로와 한 축에서 {E04.printed_line.estimate:.2f}까지 벌어진다.",
                        en="As transcribed the line compares and never moves $x$. Executed 30 times, "
                        "its path ends up to {E04.printed_line.estimate:.2f} away from the formula's "
                        "along one axis.",
                    ),
                    severity="wrong",
                    transcribed=True,
                ),
            ),
        ),
    ),
    Claim(
        id="F03",
        says=Text(
            ko="모멘텀은 $v \\leftarrow \\rho v - \\alpha f(x),\\; x \\leftarrow x - \\alpha v$이다.",
            en="Momentum is $v \\leftarrow \\rho v - \\alpha f(x),\\; x \\leftarrow x - \\alpha v$.",
        ),
        source="Momentum",
        better=Text(
            ko="$v \\leftarrow \\rho v - \\alpha \\nabla f(x),\\; x \\leftarrow x + v$이다. 학습률이 "
            "일정하면 $v \\leftarrow \\rho v + \\nabla f(x),\\; x \\leftarrow x - \\alpha v$도 같은 "
            "길을 그린다.",
            en="$v \\leftarrow \\rho v - \\alpha \\nabla f(x),\\; x \\leftarrow x + v$; at a constant "
            "rate $v \\leftarrow \\rho v + \\nabla f(x),\\; x \\leftarrow x - \\alpha v$ takes the "
            "same path.",
        ),
        checks=(
            Check(
                name="as_printed",
                label=Text(
                    ko="인쇄된 대로 30번 갱신하면 f가 줄어드는가 (1이면 그렇다)",
                    en="does f fall over 30 updates, as printed? (1 = yes)",
                ),
                quantity=falls("momentum_as_printed"),
                estimator="exact",
                relation=">=",
                bound=1.0,
                role="printed",
                because=MUST_FALL,
                erratum=Erratum(
                    printed=Text(ko=PRINTED_RULE, en=PRINTED_RULE),
                    correct=Text(ko=CORRECT_RULE, en=CORRECT_RULE),
                    evidence=Text(
                        ko="인쇄된 대로 갱신하면 $f$는 {update_rules.millionfold:.0f}번 만에 처음의 "
                        "백만 배를 넘는다. 빠진 $\\nabla$만 채우면 30번 뒤 "
                        "{update_rules.after_30.momentum_with_nabla:.3g}배가 되고 (스펙트럼 반지름 "
                        "{update_rules.radius.momentum_with_nabla:.3f}), 바로잡은 식으로는 "
                        "{update_rules.after_30.momentum_corrected:.2g}배가 된다 "
                        "({update_rules.radius.momentum_corrected:.3f}).",
                        en="Run as printed, $f$ passes a million times its start after "
                        "{update_rules.millionfold:.0f} updates. With the missing $\\nabla$ alone "
                        "restored, 30 updates multiply it by "
                        "{update_rules.after_30.momentum_with_nabla:.3g} (spectral radius "
                        "{update_rules.radius.momentum_with_nabla:.3f}); corrected, by "
                        "{update_rules.after_30.momentum_corrected:.2g} "
                        "({update_rules.radius.momentum_corrected:.3f}).",
                    ),
                    severity="wrong",
                    transcribed=True,
                ),
            ),
            Check(
                name="with_nabla",
                label=Text(
                    ko="빠진 ∇만 채우면 f가 줄어드는가 (1이면 그렇다)",
                    en="does f fall with the missing ∇ alone restored? (1 = yes)",
                ),
                quantity=falls("momentum_with_nabla"),
                estimator="exact",
                relation=">=",
                bound=1.0,
                role="reports",
                because=MUST_FALL,
            ),
            Check(
                name="corrected",
                label=Text(
                    ko="바로잡은 식으로는 f가 줄어드는가 (1이면 그렇다)",
                    en="does f fall as corrected? (1 = yes)",
                ),
                quantity=falls("momentum_corrected"),
                estimator="exact",
                relation=">=",
                bound=1.0,
                role="validates",
                because=MUST_FALL,
            ),
        ),
    ),
    Claim(
        id="F04",
        says=Text(
            ko="모멘텀은 $v \\leftarrow \\rho v + \\nabla f(x),\\; x \\leftarrow x - \\alpha v$이고, "
            "코드도 그러하다.",
            en="Momentum is $v \\leftarrow \\rho v + \\nabla f(x),\\; x \\leftarrow x - \\alpha v$, and "
            "so is its code.",
        ),
        source="SGD+Momentum",
        better=Text(
            ko="이 꼴은 학습률이 일정할 때에만 $v \\leftarrow \\rho v - \\alpha \\nabla f(x),\\; x "
            "\\leftarrow x + v$와 같은 길을 그린다. 학습률을 바꾸면 여기서는 쌓인 속도 전체가, "
            "저기서는 새로 더하는 몫만 달라진다.",
            en="This form takes the path of $v \\leftarrow \\rho v - \\alpha \\nabla f(x),\\; x "
            "\\leftarrow x + v$ at a constant rate only: a change of the rate rescales the whole "
            "accumulated velocity here, and only what is added from then on there.",
        ),
        checks=(
            Check(
                name="constant",
                label=Text(
                    ko="$\\alpha$가 일정할 때 식과 코드의 경로가 $v \\leftarrow \\rho v - "
                    "\\alpha\\nabla f,\\; x \\leftarrow x + v$와 벌어지는 정도",
                    en="formula and code against $v \\leftarrow \\rho v - \\alpha\\nabla f,\\; x "
                    "\\leftarrow x + v$, constant $\\alpha$",
                ),
                quantity=lambda dataset: forms_error(dataset, "constant", "code"),
                estimator="exact",
                relation="<=",
                bound=1e-12,
                because=ROUNDING,
            ),
            Check(
                name="schedule",
                label=Text(
                    ko="도중에 $\\alpha$를 1/10로 줄일 때 두 꼴이 벌어지는 정도 (출발점의 크기를 1로)",
                    en="distance of the two forms when $\\alpha$ drops to a tenth half-way, over the "
                    "start's norm",
                ),
                quantity=lambda dataset: forms_error(dataset, "step"),
                estimator="exact",
                relation="<=",
                bound=1e-12,
                role="reports",
                because=ROUNDING,
            ),
        ),
    ),
    Claim(
        id="G05",
        says=Text(
            ko="AdaGrad는 지난 기울기의 제곱합으로 매개변수마다 학습률을 정한다.",
            en="AdaGrad sets a learning rate per parameter from the historical sum of squares.",
        ),
        source="AdaGrad",
        better=Text(
            ko="AdaGrad는 기울기를 지난 제곱합의 제곱근으로 나누므로, 손실에 상수를 곱해도 경로가 "
            "바뀌지 않는다. SGD의 경로는 바뀐다.",
            en="AdaGrad divides the gradient by the root of the past sum of squares, so a constant "
            "factor in the loss does not change its path; it changes SGD's.",
        ),
        checks=(
            Check(
                name="adagrad",
                label=Text(
                    ko="손실에 100을 곱할 때 AdaGrad의 경로가 바뀌는 정도",
                    en="change of AdaGrad's path when the loss is scaled by 100",
                ),
                quantity=rescaled_path("adagrad"),
                estimator="exact",
                relation="<=",
                bound=1e-5,
                because=Text(
                    ko="분모에 더하는 $\\varepsilon=10^{-7}$이 남기는 차이보다 크고, 눈에 띄는 변화보다 "
                    "작다.",
                    en="Above what $\\varepsilon=10^{-7}$ in the denominator leaves, below anything visible.",
                ),
                part="invariance",
            ),
            Check(
                name="sgd",
                label=Text(
                    ko="손실에 100을 곱할 때 SGD의 경로가 바뀌는 정도",
                    en="change of SGD's path when the loss is scaled by 100",
                ),
                quantity=rescaled_path("sgd"),
                estimator="exact",
                relation=">=",
                bound=1e-5,
                because=Text(ko="AdaGrad와 같은 경계로 견준다.", en="The same bound as for AdaGrad."),
                part="invariance",
            ),
        ),
    ),
)

experiment = Experiment(
    params=PARAMS,
    replicates=20,
    measure=measure,
    summarize=summarize,
    values=values,
    claims=CLAIMS,
    figures=(
        Figure(
            name="printed",
            caption=Text(
                ko="모멘텀의 식을 인쇄된 대로, 빠진 ∇만 채워서, 바로잡아서 갱신한 $f$. 30번 뒤에는 "
                "처음의 {update_rules.after_30.momentum_with_nabla:.3g}배(∇만 채움)와 "
                "{update_rules.after_30.momentum_corrected:.2g}배(바로잡음)가 된다. (−7, 2)에서 "
                "출발, $\\alpha=0.1$, $\\rho=0.9$.",
                en="$f$ along momentum as printed, with the missing ∇ alone restored, and corrected. "
                "After 30 updates it is {update_rules.after_30.momentum_with_nabla:.3g} times its "
                "start with ∇ restored and {update_rules.after_30.momentum_corrected:.2g} times as "
                "corrected. From (−7, 2), $\\alpha=0.1$, $\\rho=0.9$.",
            ),
            alt=Text(
                ko="갱신에 따른 f의 세 곡선. 인쇄된 대로면 {update_rules.millionfold:.0f}번 만에 처음의 "
                "백만 배를 넘는다. 30번 뒤 ∇만 채우면 "
                "{update_rules.after_30.momentum_with_nabla:.3g}배, 바로잡으면 "
                "{update_rules.after_30.momentum_corrected:.2g}배가 된다.",
                en="Three curves of f by update. As printed it passes a million times its start after "
                "{update_rules.millionfold:.0f} updates; after 30, "
                "{update_rules.after_30.momentum_with_nabla:.3g} times with ∇ restored and "
                "{update_rules.after_30.momentum_corrected:.2g} times as corrected.",
            ),
            draw=draw_printed,
        ),
        Figure(
            name="floor",
            caption=Text(
                ko="잡음이 있는 SGD가 떠도는 높이. 기울기에 표준편차 1인 잡음을 더해 12000번 갱신하고, "
                "뒤의 절반에서 $f$를 평균하였다. 가는 선은 정상 상태의 이론값이다. 중앙값과 범위, n "
                "= {n}.",
                en="The height at which noisy SGD hovers. Noise of std 1 is added to the gradient for "
                "12000 updates, and $f$ averaged over the second half. The thin line is the "
                "stationary theory. Median and range, n = {n}.",
            ),
            alt=Text(
                ko="학습률 0.01, 0.03, 0.1, 0.3에서 f의 평균은 {update_rules.floor.lr_0_01:.2g}, "
                "{update_rules.floor.lr_0_03:.2g}, {update_rules.floor.lr_0_1:.2g}, "
                "{update_rules.floor.lr_0_3:.2g}이다.",
                en="At learning rates 0.01, 0.03, 0.1 and 0.3 the mean of f is "
                "{update_rules.floor.lr_0_01:.2g}, {update_rules.floor.lr_0_03:.2g}, "
                "{update_rules.floor.lr_0_1:.2g} and {update_rules.floor.lr_0_3:.2g}.",
            ),
            draw=draw_floor,
        ),
    ),
)
