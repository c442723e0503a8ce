"""The update rules as the slides print them, run as printed: do they lower f, and are their two forms one rule?

Deterministic parts on the ravine f = x²/20 + y² from (−7, 2), and SGD on the same ravine with gradient noise.

Values for prose: ``floor.<rate>`` (median height above the optimum under noise, rate written ``lr_0_1``), ``after_30.<rule>``
(f after 30 updates over f before, for ``momentum_with_nabla``, ``momentum_corrected``), ``radius.<rule>`` (spectral radius),
``millionfold`` (updates after which f under the rule as printed exceeds a million times its start), ``under_schedule``
(difference of the two momentum forms under a step schedule).
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Erratum, Experiment, Figure, Text, nn
from reportgen.model import ClaimResult, Replicate, Words

PRINTED_SGD = "x == learning_rate * dx"  # quoted from the slide, as transcribed
START = (-7.0, 2.0)
RAVINE = nn.surfaces.Quadratic(curvatures=(0.1, 2.0))

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
    n = params["n_steps"]
    rule, mended = sgd_as_printed(params), nn.descend(nn.SGD(), RAVINE.gradient, np.array(START), 0.1, n)
    fixed = {
        "sgd_printed": (("step", "axis"), rule, _meta("SGD's path with the line as transcribed", "1")),
        "sgd_formula": (("step", "axis"), mended, _meta("SGD's path by the formula", "1")),
        "sgd_closed_form": (("step", "axis"), closed_form(params), _meta("(1 − ηλ)^t x₀", "1")),
        "momentum_f": (("rule", "step"), np.array([r(params) for r in MOMENTUM_RULES.values()]), _meta("f", "1")),
        "radius": (("rule",), np.array([radius(r, params) for r in MOMENTUM_RULES]), _meta("spectral radius", "1")),
        "forms": (("setting",), two_forms(params), _meta("largest difference of the two momentum forms", "1")),
        "rescaled": (("optimizer",), rescaled(params), _meta("path change when the loss is scaled", "1")),
    }
    floors = noisy_floor(params, [replicate.generator("noise") for replicate in replicates])
    once = xr.Dataset(
        fixed,
        coords={"rule": list(MOMENTUM_RULES), "setting": ["constant", "step"], "optimizer": ["adagrad", "sgd"]},
    ).expand_dims(replicate=[replicate.index for replicate in replicates])
    return once.assign(floor=(("replicate", "rate"), floors, _meta("mean f over the last updates", "1"))).assign_coords(
        rate=list(params["noisy_rates"])
    )


def sgd_as_printed(params: Mapping[str, Any]) -> np.ndarray:
    """Execute the loop of the slide with the line as transcribed, ``==`` where ``-=`` belongs; (n_steps + 1, 2)."""
    line = compile(ast.parse(PRINTED_SGD), "slide", "exec")
    x, path = np.array(START), [np.array(START)]
    for _ in range(params["n_steps"]):
        scope = {"x": x, "dx": RAVINE.gradient(x), "learning_rate": params["learning_rate"]}
        exec(line, {}, scope)  # a constant of this file
        x = np.asarray(scope["x"])
        path.append(x.copy())
    return np.array(path)


def closed_form(params: Mapping[str, Any]) -> np.ndarray:
    """Return x_t = (1 − ηλ)^t x₀ for each axis, (n_steps + 1, 2)."""
    steps = np.arange(params["n_steps"] + 1)[:, None]
    return (1 - params["learning_rate"] * np.array(RAVINE.curvatures)) ** steps * np.array(START)


def momentum_as_printed(params: Mapping[str, Any]) -> np.ndarray:
    """f along v ← ρv − αf(x), x ← x − αv: the value of f, two minus signs, two αs."""
    return run(params, lambda v, x: params["momentum"] * v - params["learning_rate"] * RAVINE.value(x), sign=-1)


def momentum_with_nabla(params: Mapping[str, Any]) -> np.ndarray:
    """f along v ← ρv − α∇f(x), x ← x − αv: the missing ∇ restored, the signs as printed."""
    return run(params, lambda v, x: params["momentum"] * v - params["learning_rate"] * RAVINE.gradient(x), sign=-1)


def momentum_corrected(params: Mapping[str, Any]) -> np.ndarray:
    """f along v ← ρv + ∇f(x), x ← x − αv: the form that the same lecture prints beside its code."""
    return run(params, lambda v, x: params["momentum"] * v + RAVINE.gradient(x), sign=-1)


def run(params: Mapping[str, Any], velocity: Any, sign: int) -> np.ndarray:
    """Iterate v ← velocity(v, x), x ← x + sign·α·v from rest; f at each of the n_steps + 1 points."""
    x, v = np.array(START), np.zeros(2)
    values = [float(RAVINE.value(x))]
    with np.errstate(over="ignore", invalid="ignore"):  # the printed rule runs away; inf is its honest answer
        for _ in range(params["n_steps"]):
            v = velocity(v, x)
            x = x + sign * params["learning_rate"] * v
            values.append(float(RAVINE.value(x)))
    return np.nan_to_num(values, nan=np.inf, posinf=np.inf)


MOMENTUM_RULES = {
    "momentum_as_printed": momentum_as_printed,
    "momentum_with_nabla": momentum_with_nabla,
    "momentum_corrected": momentum_corrected,
}


def radius(rule: str, params: Mapping[str, Any]) -> float:
    """Spectral radius of one update of (x, v), the larger axis; NaN for the rule that is not linear in x."""
    alpha, rho = params["learning_rate"], params["momentum"]
    if rule == "momentum_as_printed":
        return float("nan")
    gain = -alpha if rule == "momentum_with_nabla" else 1.0
    matrices = [
        np.array([[1 - alpha * gain * curvature, -alpha * rho], [gain * curvature, rho]])
        for curvature in RAVINE.curvatures
    ]
    return float(max(np.abs(np.linalg.eigvals(matrix)).max() for matrix in matrices))


def two_forms(params: Mapping[str, Any]) -> np.ndarray:
    """Largest difference between v ← ρv + ∇f, x ← x − αv and v ← ρv − α∇f, x ← x + v; constant α, then a step in α."""
    differences = []
    for factor in (1.0, 0.1):
        first, second = np.array(START), np.array(START)
        v, w, largest = np.zeros(2), np.zeros(2), 0.0
        for step in range(params["n_steps"]):
            alpha = params["learning_rate"] * (factor if step >= params["n_steps"] // 2 else 1.0)
            v = params["momentum"] * v + RAVINE.gradient(first)
            first = first - alpha * v
            w = params["momentum"] * w - alpha * RAVINE.gradient(second)
            second = second + w
            largest = max(largest, float(np.abs(first - second).max()))
        differences.append(largest)
    return np.array(differences)


def rescaled(params: Mapping[str, Any]) -> np.ndarray:
    """Largest change of the path over the start's norm when the loss is multiplied by a constant: AdaGrad, SGD."""
    changes = []
    for optimizer, rate in ((nn.AdaGrad(), params["rate_adagrad"]), (nn.SGD(), params["rate_sgd_scaled"])):
        plain, scaled = (
            nn.descend(optimizer, lambda x, k=k: k * RAVINE.gradient(x), np.array(START), rate, params["n_steps"])
            for k in (1.0, params["loss_scale"])
        )
        changes.append(np.abs(plain - scaled).max() / np.linalg.norm(START))
    return np.array(changes)


def noisy_floor(params: Mapping[str, Any], generators: list[np.random.Generator]) -> np.ndarray:
    """Mean f over the tail of SGD with N(0, noise²) added to the gradient; (n_replicates, n_rates)."""
    rates = np.array(params["noisy_rates"])[:, None]
    n_steps, tail = params["noisy_steps"], params["noisy_tail"]
    noise = params["noise"] * np.stack([g.standard_normal((n_steps, 2)) for g in generators], axis=1)[:, :, None]
    x = np.broadcast_to(np.array(START), (len(generators), rates.size, 2))
    total = np.zeros(x.shape[:-1])
    for step in range(n_steps):
        x = x - rates * (RAVINE.gradient(x) + noise[step])
        if step >= n_steps - tail:
            total += RAVINE.value(x)
    return total / tail


def theory_floor(rates: np.ndarray, noise: float) -> np.ndarray:
    """Stationary mean of f: the sum over axes of (λ/2)·Var(x), Var(x) = η·noise²/(λ(2 − ηλ))."""
    curvatures = np.array(RAVINE.curvatures)
    return (rates[:, None] * noise**2 / (2 * (2 - rates[:, None] * curvatures))).sum(axis=-1)


def summarize(dataset: xr.Dataset, params: Mapping[str, Any]) -> xr.Dataset:
    """Take the exact parts once, and the median and range of the noisy floor over replicates."""
    summary = dataset.drop_vars("floor").isel(replicate=0, drop=True)
    floor = dataset.floor
    return summary.assign(
        floor=floor.median("replicate"),
        floor_low=floor.min("replicate"),
        floor_high=floor.max("replicate"),
        floor_theory=(("rate",), theory_floor(dataset.rate.values, params["noise"])),
    ).assign_attrs(n=dataset.sizes["replicate"])


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the text quotes."""
    fall = summary.momentum_f.isel(step=-1) / summary.momentum_f.isel(step=0)
    finite = ("momentum_with_nabla", "momentum_corrected")
    return {
        "floor": {f"lr_{rate:g}".replace(".", "_"): float(summary.floor.sel(rate=rate)) for rate in summary.rate.values},
        "after_30": {rule: float(fall.sel(rule=rule)) for rule in finite},
        "radius": {rule: float(summary.radius.sel(rule=rule)) for rule in finite},
        "millionfold": updates_until_millionfold(summary.momentum_f.sel(rule="momentum_as_printed")),
        "under_schedule": float(summary.forms.sel(setting="step")),
    }


def formula_error(dataset: xr.Dataset) -> float:
    """Largest difference between SGD's path and (1 − ηλ)^t x₀, over the norm of the start."""
    data = dataset.isel(replicate=0)
    return float(np.abs(data.sgd_formula - data.sgd_closed_form).max()) / float(np.linalg.norm(START))


def approaching_share(dataset: xr.Dataset) -> float:
    """Share of SGD's updates that bring x closer to the optimum."""
    path = dataset.isel(replicate=0).sgd_formula
    return float((np.sqrt((path**2).sum("axis")).diff("step") < 0).mean())


def printed_line_moves(dataset: xr.Dataset) -> float:
    """Largest difference between the path of the printed line and that of the formula."""
    data = dataset.isel(replicate=0)
    return float(np.abs(data.sgd_printed - data.sgd_formula).max())


def falls(rule: str) -> Any:
    """Return a quantity: 1 if f is lower after the run than at its start, else 0, for one momentum rule."""

    def quantity(dataset: xr.Dataset) -> float:
        f = dataset.momentum_f.isel(replicate=0).sel(rule=rule)
        return float(f.isel(step=-1) < f.isel(step=0))

    return quantity


def updates_until_millionfold(f: xr.DataArray) -> float:
    """Return after how many updates f exceeds a million times its start; inf if it never does."""
    above = (f > 1e6 * f.isel(step=0)).values
    return float(above.argmax()) if above.any() else float("inf")


def draw_printed(
    summary: xr.Dataset, results: Mapping[str, ClaimResult], words: Words, style: Any
) -> Any:
    """Draw f along the run of each momentum rule: only the corrected one goes down."""
    figure, axis = style.subplots(width="text", height=52)
    roles = {"momentum_as_printed": "refuted", "momentum_with_nabla": "partly", "momentum_corrected": "momentum"}
    labels = {"momentum_as_printed": AS_PRINTED, "momentum_with_nabla": WITH_NABLA, "momentum_corrected": CORRECTED}
    for rule, role in roles.items():
        f = summary.momentum_f.sel(rule=rule).values
        f = f[f < 1e6]
        axis.plot(np.arange(f.size), f, color=style.color(role), linewidth=1.1)
        style.direct_label(axis, f.size - 1, f[-1], words(labels[rule]), role)
    style.log_axis(axis, "y")
    axis.set_xlabel(words(STEP))
    axis.set_ylabel("f")
    return figure


def draw_floor(
    summary: xr.Dataset, results: Mapping[str, ClaimResult], words: Words, style: Any
) -> Any:
    """Draw the height at which noisy SGD hovers against the learning rate, with the stationary theory."""
    figure, axis = style.subplots(width="text", height=52)
    style.theory(axis, summary.rate, summary.floor_theory)
    style.band(axis, summary.rate, summary.floor, summary.floor_low, summary.floor_high, "sgd")
    axis.plot(summary.rate, summary.floor, marker=style.marker("sgd"), color=style.color("sgd"), linestyle="none", markersize=4)
    style.log_axis(axis, "x")
    style.log_axis(axis, "y")
    axis.set_xlabel(words(RATE))
    axis.set_ylabel(words(FLOOR))
    return figure


def _meta(long_name: str, units: str) -> dict[str, str]:
    return {"long_name": long_name, "units": units}


STEP = Text(ko="갱신 횟수", en="update")
RATE = Text(ko="학습률", en="learning rate")
FLOOR = Text(ko="마지막 갱신들의 평균 f", en="mean f of the last updates")
AS_PRINTED = Text(ko="인쇄된 대로", en="as printed")
WITH_NABLA = Text(ko="∇만 넣으면", en="with ∇ alone")
CORRECTED = Text(ko="바로잡은 식", en="corrected")

MUST_FALL = Text(ko="최소화하는 규칙이라면 f가 줄어야 한다", en="a rule that minimises must lower f")
ROUNDING = Text(
    ko="64비트 부동소수점의 반올림이 쌓여도 이보다 작다", en="accumulated rounding of 64-bit numbers stays below this"
)

CLAIMS = (
    Claim(
        id="E04",
        says=Text(
            ko="SGD는 $W \\leftarrow W - \\eta\\, \\partial L/\\partial W$로 최적값에 한 걸음씩 다가간다.",
            en="SGD, $W \\leftarrow W - \\eta\\, \\partial L/\\partial W$, approaches the optimum step by step.",
        ),
        source="SGD(Stochastic Gradient Descent)",
        better=Text(
            ko="기울기에 잡음이 있으면 SGD는 최적값에 이르지 않고 학습률에 비례하는 높이에서 떠돈다. 코드의 대입은 `-=`이다.",
            en="With noisy gradients SGD does not reach the optimum but hovers at a height proportional to the learning rate. The assignment in the code is `-=`.",
        ),
        checks=(
            Check(
                name="formula",
                label=Text(ko="갱신식과 닫힌 꼴 $(1-\\eta\\lambda)^t x_0$의 차이", en="update rule against $(1-\\eta\\lambda)^t x_0$"),
                quantity=formula_error,
                estimator="exact",
                relation="<=",
                bound=1e-12,
                because=ROUNDING,
            ),
            Check(
                name="approaching",
                label=Text(ko="최적값에 가까워지는 갱신의 비율 (잡음 없음)", en="share of updates that come closer (no noise)"),
                quantity=approaching_share,
                estimator="exact",
                relation=">=",
                bound=1.0,
                because=Text(ko="‘한 걸음씩’이라면 모든 갱신이 가까워져야 한다", en="“step by step” means every update"),
            ),
            Check(
                name="floor",
                label=Text(ko="학습률 0.3과 0.03에서 떠도는 높이의 비", en="height of the floor, rate 0.3 over 0.03"),
                quantity=lambda dataset: (dataset.floor.sel(rate=0.3) / dataset.floor.sel(rate=0.03)).values,
                estimator="mean",
                scale="log",
                relation=">=",
                bound=1.0,
                role="reports",
                because=Text(ko="1보다 크면 학습률이 높을수록 더 높은 곳에서 떠돈다", en="above 1, larger rates hover higher"),
            ),
            Check(
                name="printed_line",
                label=Text(ko="전사된 코드 줄과 식의 경로 차이", en="path of the transcribed line against the formula"),
                quantity=printed_line_moves,
                estimator="exact",
                relation="<=",
                bound=1e-12,
                role="printed",
                because=ROUNDING,
                erratum=Erratum(
                    printed=Text(ko=f"`{PRINTED_SGD}`", en=f"`{PRINTED_SGD}`"),
                    correct=Text(ko="`x -= learning_rate * dx`", en="`x -= learning_rate * dx`"),
                    evidence=Text(
                        ko="전사된 줄을 실행하면 비교만 하고 x는 움직이지 않는다. 30번 뒤 식의 경로와 {E04.printed_line.estimate:.2f}만큼 떨어져 있다.",
                        en="Executed as transcribed, the line compares and x never moves; the path ends up {E04.printed_line.estimate:.2f} away from the formula's.",
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
            ko="$v \\leftarrow \\rho v - \\alpha \\nabla f(x),\\; x \\leftarrow x + v$, 또는 같은 뜻으로 $v \\leftarrow \\rho v + \\nabla f(x),\\; x \\leftarrow x - \\alpha v$이다.",
            en="$v \\leftarrow \\rho v - \\alpha \\nabla f(x),\\; x \\leftarrow x + v$, or equivalently $v \\leftarrow \\rho v + \\nabla f(x),\\; x \\leftarrow x - \\alpha v$.",
        ),
        checks=(
            Check(
                name="as_printed",
                label=Text(ko="인쇄된 대로 30번 갱신하면 f가 줄어드는가 (1이면 그렇다)", en="does f fall over 30 updates, as printed? (1 = yes)"),
                quantity=falls("momentum_as_printed"),
                estimator="exact",
                relation=">=",
                bound=1.0,
                role="printed",
                because=MUST_FALL,
                erratum=Erratum(
                    printed=Text(
                        ko="$v_{t+1} = \\rho v_t - \\alpha f(x_t),\\; x_{t+1} = x_t - \\alpha v_{t+1}$",
                        en="$v_{t+1} = \\rho v_t - \\alpha f(x_t),\\; x_{t+1} = x_t - \\alpha v_{t+1}$",
                    ),
                    correct=Text(
                        ko="$v_{t+1} = \\rho v_t - \\alpha \\nabla f(x_t),\\; x_{t+1} = x_t + v_{t+1}$",
                        en="$v_{t+1} = \\rho v_t - \\alpha \\nabla f(x_t),\\; x_{t+1} = x_t + v_{t+1}$",
                    ),
                    evidence=Text(
                        ko="인쇄된 대로 갱신하면 f는 {update_rules.millionfold:.0f}번 만에 처음의 백만 배를 넘는다. 빠진 ∇만 넣어도 부호가 어긋나 30번 뒤 {update_rules.after_30.momentum_with_nabla:.3g}배가 되고, 바로잡은 식으로는 {update_rules.after_30.momentum_corrected:.2g}배로 줄어든다.",
                        en="Run as printed, f passes a million times its start after {update_rules.millionfold:.0f} updates. With ∇ alone restored the sign is still wrong: 30 updates multiply f by {update_rules.after_30.momentum_with_nabla:.3g}; corrected, by {update_rules.after_30.momentum_corrected:.2g}.",
                    ),
                    severity="wrong",
                ),
            ),
            Check(
                name="with_nabla",
                label=Text(ko="빠진 ∇만 넣으면 f가 줄어드는가", en="the same with the missing ∇ restored"),
                quantity=falls("momentum_with_nabla"),
                estimator="exact",
                relation=">=",
                bound=1.0,
                role="reports",
                because=MUST_FALL,
            ),
            Check(
                name="corrected",
                label=Text(ko="바로잡은 식으로는 f가 줄어드는가", en="the same with the corrected rule"),
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
            ko="모멘텀은 $v \\leftarrow \\rho v + \\nabla f(x),\\; x \\leftarrow x - \\alpha v$이며 코드도 그러하다.",
            en="Momentum is $v \\leftarrow \\rho v + \\nabla f(x),\\; x \\leftarrow x - \\alpha v$, and so is its code.",
        ),
        source="SGD+Momentum",
        better=Text(
            ko="두 꼴은 학습률이 일정할 때에만 같다. 학습률을 바꾸면 쌓인 속도에 곱해지는 값이 달라진다.",
            en="The two forms agree at a constant rate only; when the rate changes, the accumulated velocity is scaled differently.",
        ),
        checks=(
            Check(
                name="constant",
                label=Text(ko="두 꼴의 경로 차이, 일정한 $\\alpha$", en="difference of the two forms, constant $\\alpha$"),
                quantity=lambda dataset: float(dataset.forms.isel(replicate=0).sel(setting="constant")),
                estimator="exact",
                relation="<=",
                bound=1e-12,
                because=ROUNDING,
            ),
            Check(
                name="schedule",
                label=Text(ko="두 꼴의 경로 차이, 중간에 $\\alpha$를 1/10로", en="difference when $\\alpha$ drops to a tenth half-way"),
                quantity=lambda dataset: float(dataset.forms.isel(replicate=0).sel(setting="step")),
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
            en="AdaGrad sets a rate per parameter from the historical sum of squares.",
        ),
        source="AdaGrad",
        better=Text(
            ko="제곱합으로 나누므로 손실에 상수를 곱해도 AdaGrad의 경로는 바뀌지 않는다. SGD의 경로는 바뀐다.",
            en="Dividing by the sum of squares makes AdaGrad's path indifferent to a constant factor in the loss; SGD's is not.",
        ),
        checks=(
            Check(
                name="adagrad",
                label=Text(ko="손실에 100을 곱할 때 AdaGrad 경로의 변화", en="change of AdaGrad's path when the loss is scaled by 100"),
                quantity=lambda dataset: float(dataset.rescaled.isel(replicate=0).sel(optimizer="adagrad")),
                estimator="exact",
                relation="<=",
                bound=1e-5,
                because=Text(
                    ko="분모에 더하는 ε = 10⁻⁷이 남기는 차이보다 크고, 눈에 띄는 변화보다 작다",
                    en="above what ε = 10⁻⁷ in the denominator leaves, below anything visible",
                ),
                part="invariance",
            ),
            Check(
                name="sgd",
                label=Text(ko="손실에 100을 곱할 때 SGD 경로의 변화", en="change of SGD's path when the loss is scaled by 100"),
                quantity=lambda dataset: float(dataset.rescaled.isel(replicate=0).sel(optimizer="sgd")),
                estimator="exact",
                relation=">=",
                bound=1e-5,
                because=Text(ko="AdaGrad와 같은 경계로 견준다", en="the same bound as for AdaGrad"),
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
                ko="인쇄된 모멘텀 식은 f를 줄이지 못한다. (−7, 2)에서 출발해 30번 갱신했고 $\\alpha = 0.1$, $\\rho = 0.9$이다.",
                en="Momentum as printed does not lower f. From (−7, 2), 30 updates, $\\alpha = 0.1$, $\\rho = 0.9$.",
            ),
            alt=Text(
                ko="갱신에 따른 f. 인쇄된 대로면 {update_rules.millionfold:.0f}번 만에 백만 배를 넘는다. 30번 뒤 ∇만 넣으면 {update_rules.after_30.momentum_with_nabla:.3g}배, 바로잡으면 {update_rules.after_30.momentum_corrected:.2g}배가 된다.",
                en="f along the run: above a million times its start after {update_rules.millionfold:.0f} updates as printed; after 30, multiplied by {update_rules.after_30.momentum_with_nabla:.3g} with ∇ alone and by {update_rules.after_30.momentum_corrected:.2g} when corrected.",
            ),
            draw=draw_printed,
        ),
        Figure(
            name="floor",
            caption=Text(
                ko="잡음이 있으면 SGD는 바닥에 닿지 않는다. 떠도는 높이는 학습률에 비례하며, 가는 선은 정상 상태의 이론값이다. 중앙값과 범위, n = {n}.",
                en="With noise SGD never reaches the floor. The height at which it hovers is proportional to the rate; the thin line is the stationary theory. Median and range, n = {n}.",
            ),
            alt=Text(
                ko="학습률 0.01에서 평균 f는 {update_rules.floor.lr_0_01:.3g}, 0.3에서는 {update_rules.floor.lr_0_3:.3g}이다.",
                en="The mean f is {update_rules.floor.lr_0_01:.3g} at a rate of 0.01 and {update_rules.floor.lr_0_3:.3g} at 0.3.",
            ),
            draw=draw_floor,
        ),
    ),
)
