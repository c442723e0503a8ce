"""The ravine f(x, y) = x²/20 + y²: where SGD zigzags, and what the other optimizers change.

Deterministic, float64, from (−7, 2). Two comparisons stand side by side: the *usual* rates of the
reconstructed figure (SGD 0.95, Momentum and Nesterov 0.1, AdaGrad 1.5, RMSProp 0.1, Adam 0.3) over 30
updates, and rates *tuned* for each optimizer on one grid from 10⁻³ to 10. Updates are counted until f stays
below the target, so a passing dip does not count.

Values for prose, each by optimizer: ``path_length``, ``sum_dy``, ``flips`` (changes of sign of y),
``height`` (f after the last update) at the usual rates; ``steps_1e4``, ``steps_1e6``, ``best_rate_1e4``,
``best_rate_1e6`` at tuned rates. Single ones: ``rising_steps`` (of Momentum's along x), ``distance``
(straight, from start to optimum), ``millionfold`` (updates after which f under the first printing of
Nesterov exceeds a million times its start).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Erratum, Experiment, Figure, Text, name_of, nn, variable
from reportgen.model import ClaimResult, Replicate, Words

OPTIMIZERS = nn.optimizers.by_name()
LINEAR = ("sgd", "momentum", "nesterov")  # their update is a matrix on a quadratic
TARGETS = {"1e4": 1e-4, "1e6": 1e-6}

PARAMS = {
    "start": (-7.0, 2.0),
    "curvatures": (0.1, 2.0),
    "momentum": 0.9,
    "n_points": 30,
    "rate_sgd": 0.95,
    "rate_momentum": 0.1,
    "rate_nesterov": 0.1,
    "rate_adagrad": 1.5,
    "rate_rmsprop": 0.1,
    "rate_adam": 0.3,
    "n_steps_tuned": 2000,
    "rates_per_decade": 40,
}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Run every optimizer: its path at the usual rate, and the updates that it needs at every rate."""
    surface = nn.surfaces.Quadratic(curvatures=params["curvatures"])
    start = np.array(params["start"])
    rates = 10.0 ** (
        np.arange(-3 * params["rates_per_decade"], params["rates_per_decade"] + 1)
        / params["rates_per_decade"]
    )
    paths, steps = [], []
    for name, optimizer in optimizers(params).items():
        paths.append(
            nn.descend(optimizer, surface.gradient, start, params[f"rate_{name}"], params["n_points"])
        )
        sweep = nn.descend(optimizer, surface.gradient, start, rates, params["n_steps_tuned"])
        with np.errstate(over="ignore", invalid="ignore"):
            height = surface.value(sweep)
        steps.append([settling_step(height, target) for target in TARGETS.values()])
    return xr.Dataset(
        {
            "path": variable(("optimizer", "point", "axis"), np.array(paths), "position at the usual rates"),
            "steps": variable(
                ("optimizer", "target", "rate"), np.array(steps), "updates until f stays below"
            ),
            "modulus": variable(
                ("linear", "axis"), moduli(params), "largest modulus of an update's eigenvalues"
            ),
            "f_first_printing": variable(
                "point", first_printing(params), "f under the rule as first printed"
            ),
        },
        coords={
            "optimizer": list(OPTIMIZERS),
            "axis": ["x", "y"],
            "target": list(TARGETS),
            "rate": rates,
            "linear": list(LINEAR),
        },
    ).expand_dims(replicate=[replicate.index for replicate in replicates])


def optimizers(params: Mapping[str, Any]) -> dict[str, nn.Optimizer]:
    """Return the six, Momentum and Nesterov with the momentum of the settings."""
    momentum = params["momentum"]
    return OPTIMIZERS | {
        "momentum": nn.Momentum(momentum=momentum),
        "nesterov": nn.Nesterov(momentum=momentum),
    }


def settling_step(values: np.ndarray, target: float) -> np.ndarray:
    """Return the first step from which f stays below the target, (n_steps + 1, n) → (n,); inf if never.

    A passing dip does not count, so an optimizer that swings through the optimum is not flattered.
    """
    above = ~(values < target)  # NaN and inf count as above
    last_above = values.shape[0] - 1 - np.argmax(above[::-1], axis=0)
    settled = np.where(above.any(axis=0), last_above + 1.0, 0.0)
    return np.where(above[-1], np.inf, settled)


def moduli(params: Mapping[str, Any]) -> np.ndarray:
    """Return the largest modulus of the eigenvalues of one update of (x, v) at Momentum's rate, (rule, axis).

    Momentum: x' = x + v', v' = μv − ηλx. Nesterov: v' = μv − ηλ(x + μv).
    """
    mu = params["momentum"]
    found = []
    for a in params["rate_momentum"] * np.array(params["curvatures"]):
        matrices = ([[1 - a]], [[1 - a, mu], [-a, mu]], [[1 - a, mu * (1 - a)], [-a, mu * (1 - a)]])
        found.append([np.abs(np.linalg.eigvals(np.array(matrix))).max() for matrix in matrices])
    return np.array(found).T


def first_printing(params: Mapping[str, Any]) -> np.ndarray:
    """Run v ← ρv − αf(x + ρv), x ← x + v, the value of f where the gradient should stand; f at each point."""
    surface = nn.surfaces.Quadratic(curvatures=params["curvatures"])
    x, v, alpha, rho = np.array(params["start"]), np.zeros(2), params["rate_nesterov"], params["momentum"]
    values = [float(surface.value(x))]
    with np.errstate(over="ignore", invalid="ignore"):  # it runs away; inf is its honest answer
        for _ in range(params["n_points"]):
            v = rho * v - alpha * surface.value(x + rho * v)
            x = x + v
            values.append(float(surface.value(x)))
    return np.nan_to_num(values, nan=np.inf, posinf=np.inf)


def summarize(dataset: xr.Dataset, params: Mapping[str, Any]) -> xr.Dataset:
    """Take the one replicate, and add what the figures show: moves, lengths, and f on a grid."""
    summary = dataset.isel(replicate=0, drop=True)
    surface = nn.surfaces.Quadratic(curvatures=params["curvatures"])
    x, y = np.linspace(-8, 4, 121), np.linspace(-3, 3, 81)
    move: xr.DataArray = abs(summary["path"].diff("point")).rename(point="update")
    best = summary["steps"].argmin("rate")
    return summary.assign(
        surface=(("grid_y", "grid_x"), surface.value(np.stack(np.meshgrid(x, y), axis=-1))),
        move=move,
        sum_dy=move.sel(axis="y").sum("update"),
        path_length=((move**2).sum("axis") ** 0.5).sum("update"),
        height=("optimizer", surface.value(summary["path"].isel(point=-1))),
        flips=flips(summary["path"].sel(axis="y")),
        best_steps=summary["steps"].min("rate"),
        best_rate=summary["rate"][best].drop_vars("rate"),
        usual_rate=("optimizer", [params[f"rate_{name}"] for name in OPTIMIZERS]),
    ).assign_coords(grid_x=x, grid_y=y)


def flips(y: xr.DataArray) -> xr.DataArray:
    """Count the steps at which y changes its sign."""
    count: xr.DataArray = (y * y.shift(point=1) < 0).sum("point")
    return count


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the text quotes."""

    def table(array: xr.DataArray) -> dict[str, float]:
        return {name: float(array.sel(optimizer=name)) for name in OPTIMIZERS}

    tables: dict[str, float | dict[str, float]] = {
        name: table(summary[name]) for name in ("path_length", "sum_dy", "flips", "height")
    }
    for target in TARGETS:
        tables[f"steps_{target}"] = table(summary["best_steps"].sel(target=target))
        tables[f"best_rate_{target}"] = table(summary["best_rate"].sel(target=target))
    f = summary["f_first_printing"]
    above = (f > 1e6 * f[0]).values
    return {
        **tables,
        "rising_steps": rising_steps(summary["path"].sel(optimizer="momentum", axis="x").values),
        "distance": distance(summary["path"]),
        "millionfold": float(above.argmax()) if above.any() else np.inf,
    }


def distance(path: xr.DataArray) -> float:
    """Return the straight distance from the start to the optimum at the origin."""
    return float(np.sqrt((path.isel(point=0, optimizer=0) ** 2).sum()))


def rising_steps(x: np.ndarray) -> int:
    """Count how many steps in a row, from the first, are each longer than the one before."""
    lengths = np.abs(np.diff(x))
    rises = np.diff(lengths) > 0
    return int(np.argmin(rises)) + 1 if not rises.all() else lengths.size


# --- quantities ---


def flip_share(dataset: xr.Dataset) -> float:
    """Share of SGD's steps at which y changes its sign."""
    y = dataset["path"].isel(replicate=0).sel(optimizer="sgd", axis="y")
    return float(flips(y)) / (y.sizes["point"] - 1)


def detour(dataset: xr.Dataset) -> float:
    """Length of SGD's path over the straight distance to the optimum."""
    path = dataset["path"].isel(replicate=0)
    moves = path.sel(optimizer="sgd").diff("point")
    return float(np.sqrt((moves**2).sum("axis")).sum()) / distance(path)


def tuned_steps(dataset: xr.Dataset, target: str) -> xr.DataArray:
    """Updates needed by each optimizer at its best rate."""
    return dataset["steps"].isel(replicate=0).sel(target=target).min("rate")


def slowdown(dataset: xr.Dataset) -> float:
    """Updates of SGD over those of the fastest other optimizer, each at its best rate, to f < 1e-4."""
    best = tuned_steps(dataset, "1e4")
    return float(best.sel(optimizer="sgd") / best.drop_sel(optimizer="sgd").min())


def rising(dataset: xr.Dataset) -> float:
    """How many of Momentum's first steps along x are each longer than the one before."""
    return float(rising_steps(dataset["path"].isel(replicate=0).sel(optimizer="momentum", axis="x").values))


def sideways(dataset: xr.Dataset, optimizer: str, against: str) -> float:
    """Σ|Δy| of one optimizer over that of another, at the usual rates."""
    total = abs(dataset["path"].isel(replicate=0).sel(axis="y").diff("point")).sum("point")
    return float(total.sel(optimizer=optimizer) / total.sel(optimizer=against))


def speedup(dataset: xr.Dataset) -> float:
    """Updates of Momentum over those of SGD, each at its best rate, to f < 1e-6."""
    best = tuned_steps(dataset, "1e6")
    return float(best.sel(optimizer="momentum") / best.sel(optimizer="sgd"))


def modulus_ratio(dataset: xr.Dataset) -> float:
    """Nesterov's eigenvalue modulus over Momentum's, the larger ratio of both axes."""
    modulus = dataset["modulus"].isel(replicate=0)
    return float((modulus.sel(linear="nesterov") / modulus.sel(linear="momentum")).max())


def falls_as_first_printed(dataset: xr.Dataset) -> float:
    """1 if f is lower after the last step than at the start, under the rule as first printed, else 0."""
    f = dataset["f_first_printing"].isel(replicate=0).values
    return float(f[-1] < f[0])


# --- figures ---


def draw_paths(summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Draw the paths of four optimizers over the contours, as the lost picture compared them."""
    figure, axes = style.subplots(2, 2, width="wide", height=92, sharex=True, sharey=True, hspace=7)
    for axis, name in zip(axes.flat, ("sgd", "momentum", "adagrad", "adam"), strict=True):
        cut = summary.sel(optimizer=name)
        style.contour(
            axis, cut["grid_x"], cut["grid_y"], cut["surface"], levels=[0, 0.05, 0.3, 1, 2, 4, 6, 9, 12]
        )
        style.path(axis, cut["path"], name)
        axis.plot(0, 0, "+", color=style.color("ink"), markersize=7, zorder=5)
        rate, length = float(cut["usual_rate"]), float(cut["path_length"])
        style.panel_title(axis, f"{words(name_of(name))} ({rate:g}): {words(PATH_LENGTH)} {length:.1f}")
    for axis in axes[-1]:
        axis.set_xlabel("x")
    for axis in axes[:, 0]:
        axis.set_ylabel("y")
    return figure


def draw_rates(summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Draw the updates needed against the learning rate, and write each optimizer's best beside the panel."""
    figure, axis = style.subplots(width="text", height=70, right=24, top=3)
    style.log_axis(axis, "both")
    right = float(summary["rate"].max())
    for name in OPTIMIZERS:
        cut = summary.sel(optimizer=name, target="1e6")
        steps = cut["steps"].where(np.isfinite(cut["steps"]))
        color = style.color(name)
        axis.plot(summary["rate"], steps, color=color, linestyle=style.linestyle(name), linewidth=1.1)
        best, lowest = float(cut["best_rate"]), float(cut["best_steps"])
        if np.isfinite(lowest):
            axis.plot(best, lowest, style.marker(name), color=color, markersize=5, zorder=4)
            axis.plot([best, right], [lowest] * 2, color=color, linestyle=":", linewidth=0.5, zorder=1.5)
            style.direct_label(axis, right, lowest, f"{words(name_of(name))} {lowest:.0f}", name)
    axis.set_xlim(float(summary["rate"].min()), right)
    axis.set_xlabel(words(RATE))
    axis.set_ylabel(words(STEPS_NEEDED))
    return figure


def draw_step_sizes(
    summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any
) -> Any:
    """Draw how far x moves in each update, the first ten shaded."""
    figure, axis = style.subplots(width="text", height=52, right=19, top=3)
    axis.axvspan(0.5, 10.5, color=style.color("grid"), alpha=0.45, linewidth=0, zorder=0.3)
    for name in LINEAR:
        move = summary["move"].sel(optimizer=name, axis="x").values
        marks = {"marker": style.marker(name), "markersize": 3.0}
        style.line(axis, np.arange(1, move.size + 1), move, name, label=words(name_of(name)), **marks)
    axis.set_xlim(0.5, summary.sizes["update"] + 0.5)
    axis.set_xticks([1, 10, 20, 30])
    axis.set_ylim(bottom=0)
    axis.set_xlabel(words(STEP))
    axis.set_ylabel(words(MOVE_X))
    return figure


PATH_LENGTH = Text(ko="길이", en="length")
RATE = Text(ko="학습률", en="learning rate")
STEPS_NEEDED = Text(ko="f < 10⁻⁶까지의 갱신 횟수", en="updates until f < 10⁻⁶")
STEP = Text(ko="갱신", en="update")
MOVE_X = Text(ko="x 방향 이동 |Δx|", en="move along x, |Δx|")

HALF = Text(
    ko="절반 이상의 갱신에서 부호가 바뀌어야 진동이 예외가 아니라 움직임의 주된 모습이다.",
    en="At half the steps or more the swing is the rule of the movement and not the exception.",
)
FACTOR_TWO = Text(
    ko="두 배보다 작은 차이는 학습률을 조금만 달리 골라도 뒤집힌다.",
    en="A difference below a factor of two is undone by a slightly different learning rate.",
)
SMALLER = Text(ko="비가 1보다 작으면 더 작은 것이다.", en="A ratio below 1 means smaller.")
PRINTED_NESTEROV = "$v_{t+1} = \\rho v_t - \\alpha f(x_t + \\rho v_t)$"

CLAIMS = (
    Claim(
        id="E05",
        says=Text(
            ko="SGD는 지그재그로 움직여 비효율적이다.",
            en="SGD moves inefficiently: it zigzags.",
        ),
        source="SGD의 단점",
        kind="reconstructed",
        better=Text(
            ko="방향마다 곡률이 크게 다를 때, 학습률이 가파른 방향의 한계에 가까우면 SGD는 그 방향으로 "
            "진동하고, 그보다 훨씬 작으면 완만한 방향으로 느리게 나아간다.",
            en="Where curvatures differ between directions, SGD swings across the steep one if the "
            "learning rate is near that direction's limit, and crawls along the shallow one if it is "
            "far below.",
        ),
        checks=(
            Check(
                name="flips",
                label=Text(ko="y의 부호가 바뀌는 갱신의 비율", en="share of updates at which y changes sign"),
                quantity=flip_share,
                estimator="exact",
                relation=">=",
                bound=0.5,
                because=HALF,
            ),
            Check(
                name="detour",
                label=Text(ko="경로 길이 ÷ 직선 거리", en="path length over straight distance"),
                quantity=detour,
                estimator="exact",
                relation=">=",
                bound=2.0,
                because=Text(
                    ko="곧은 길의 두 배를 걸으면 누가 보아도 먼 길을 돌아간 것이다.",
                    en="Twice the straight way is a detour that nobody would call direct.",
                ),
            ),
            Check(
                name="slowdown",
                label=Text(
                    ko="f < 10⁻⁴까지의 갱신 횟수, 저마다 가장 좋은 학습률에서: SGD ÷ 가장 빠른 다른 방법",
                    en="updates until f < 10⁻⁴ at tuned rates, SGD over the fastest other optimizer",
                ),
                quantity=slowdown,
                estimator="exact",
                relation=">=",
                bound=2.0,
                because=FACTOR_TWO,
            ),
        ),
    ),
    Claim(
        id="F01",
        says=Text(
            ko="모멘텀은 공이 굴러가듯 x축 방향의 이동이 점점 커진다.",
            en="Momentum is like a rolling ball: the movement along x grows step by step.",
        ),
        source="Momentum update",
        kind="reconstructed",
        better=Text(
            ko="모멘텀의 x 방향 이동은 속도가 쌓이는 동안에만 커지고, 바닥에 가까워지면 다시 줄어든다.",
            en="Under momentum the movement along x grows only while velocity builds up, and shrinks "
            "again near the bottom.",
        ),
        checks=(
            Check(
                name="rising",
                label=Text(
                    ko="x 방향 이동이 잇달아 커지는 처음 갱신의 수",
                    en="first updates in a row with growing |Δx|",
                ),
                quantity=rising,
                estimator="exact",
                relation=">=",
                bound=10,
                because=Text(
                    ko="속도는 $1/(1-\\rho)=10$번의 갱신에 걸쳐 쌓인다.",
                    en="Velocity builds up over $1/(1-\\rho)=10$ updates.",
                ),
            ),
        ),
    ),
    Claim(
        id="F07",
        says=Text(
            ko="모멘텀은 지그재그를 줄이고 SGD를 빠르게 한다.",
            en="Momentum damps the zigzag and speeds SGD up.",
        ),
        source="SGD+Momentum",
        kind="reconstructed",
        better=Text(
            ko="모멘텀이 SGD보다 빠른지는 골짜기의 조건수에 달려 있다. 계수가 $\\rho$이면 오차는 길게 "
            "보아 갱신마다 $\\sqrt{\\rho}$배보다 더 줄어들 수 없다. 지그재그가 줄어드는지는 두 "
            "방법의 학습률에 달려 있다.",
            en="Whether momentum is faster than SGD depends on the ravine's condition number: in the "
            "long run no update with $\\rho$ shrinks the error by more than a factor "
            "$\\sqrt{\\rho}$. Whether the zigzag shrinks depends on both learning rates.",
        ),
        checks=(
            Check(
                name="sum_dy",
                label=Text(
                    ko="Σ|Δy|, 흔히 쓰는 학습률에서: 모멘텀 ÷ SGD",
                    en="Σ|Δy| at the usual rates, Momentum over SGD",
                ),
                quantity=lambda dataset: sideways(dataset, "momentum", "sgd"),
                estimator="exact",
                relation="<=",
                bound=0.5,
                because=Text(
                    ko="좌우로 흔들린 거리가 절반으로 줄어야 지그재그가 줄었다고 눈으로 알 수 있다.",
                    en="Half the sideways movement is what the eye sees as less zigzag.",
                ),
            ),
            Check(
                name="speedup",
                label=Text(
                    ko="f < 10⁻⁶까지의 갱신 횟수, 저마다 가장 좋은 학습률에서: 모멘텀 ÷ SGD",
                    en="updates until f < 10⁻⁶ at tuned rates, Momentum over SGD",
                ),
                quantity=speedup,
                estimator="exact",
                relation="<=",
                bound=0.5,
                because=FACTOR_TWO,
            ),
        ),
    ),
    Claim(
        id="F08",
        says=Text(
            ko="네스테로프 모멘텀은 모멘텀이 이동시킬 곳으로 먼저 가서 그곳의 기울기를 쓴다.",
            en="Nesterov momentum looks ahead to where the velocity leads and takes the gradient there.",
        ),
        source="Nesterov Momentum",
        better=Text(
            ko="$v \\leftarrow \\rho v - \\alpha \\nabla f(x+\\rho v),\\; x \\leftarrow x+v$. 곡률이 "
            "$\\lambda$인 방향의 진동은 갱신마다 모멘텀의 $\\sqrt{\\rho}$배가 아니라 "
            "$\\sqrt{\\rho(1-\\alpha\\lambda)}$배로 줄어든다.",
            en="$v \\leftarrow \\rho v - \\alpha \\nabla f(x+\\rho v),\\; x \\leftarrow x+v$. A swing "
            "along curvature $\\lambda$ shrinks by $\\sqrt{\\rho(1-\\alpha\\lambda)}$ at each "
            "update, not by momentum's $\\sqrt{\\rho}$.",
        ),
        checks=(
            Check(
                name="sum_dy",
                label=Text(
                    ko="Σ|Δy|, 같은 학습률에서: 네스테로프 ÷ 모멘텀",
                    en="Σ|Δy| at the same rate, Nesterov over Momentum",
                ),
                quantity=lambda dataset: sideways(dataset, "nesterov", "momentum"),
                estimator="exact",
                relation="<=",
                bound=1.0,
                because=SMALLER,
            ),
            Check(
                name="modulus",
                label=Text(
                    ko="고윳값의 절댓값: 네스테로프 ÷ 모멘텀 (두 방향 가운데 큰 비)",
                    en="eigenvalue modulus, Nesterov over Momentum (larger ratio of both axes)",
                ),
                quantity=modulus_ratio,
                estimator="exact",
                relation="<=",
                bound=1.0,
                because=SMALLER,
            ),
            Check(
                name="first_printing",
                label=Text(
                    ko="처음 인쇄된 식으로 30번 갱신하면 f가 줄어드는가 (1이면 그렇다)",
                    en="does f fall over 30 updates, as first printed? (1 = yes)",
                ),
                quantity=falls_as_first_printed,
                estimator="exact",
                relation=">=",
                bound=1.0,
                role="printed",
                because=Text(
                    ko="최소화하는 규칙이라면 f를 줄여야 한다.", en="A rule that minimizes must lower f."
                ),
                erratum=Erratum(
                    printed=Text(ko=PRINTED_NESTEROV, en=PRINTED_NESTEROV),
                    correct=Text(
                        ko="$v_{t+1} = \\rho v_t - \\alpha \\nabla f(x_t + \\rho v_t)$. 같은 강의에 두 "
                        "번째로 나오는 식이 이것이다.",
                        en="$v_{t+1} = \\rho v_t - \\alpha \\nabla f(x_t + \\rho v_t)$, as the lecture "
                        "itself prints it the second time.",
                    ),
                    evidence=Text(
                        ko="기울기가 있을 자리에 함숫값을 둔 채 그대로 갱신하면 $f$는 "
                        "{zigzag.millionfold:.0f}번 만에 처음의 백만 배를 넘는다.",
                        en="Run as printed, with the value of $f$ where the gradient belongs, $f$ "
                        "passes a million times its start after {zigzag.millionfold:.0f} updates.",
                    ),
                    severity="wrong",
                    transcribed=True,
                ),
            ),
        ),
    ),
)

experiment = Experiment(
    params=PARAMS,
    replicates=1,
    measure=measure,
    summarize=summarize,
    values=values,
    claims=CLAIMS,
    figures=(
        Figure(
            name="paths",
            width="wide",
            caption=Text(
                ko="골짜기 $f=x^2/20+y^2$를 내려가는 네 가지 길. 30번 갱신하는 동안 SGD의 $y$는 부호를 "
                "{zigzag.flips.sgd:.0f}번, 모멘텀의 $y$는 {zigzag.flips.momentum:.0f}번 바꾼다. "
                "동그라미는 출발점 (−7, 2), +는 최적점이고, 괄호 안은 흔히 쓰는 학습률이다.",
                en="Four ways down the ravine $f=x^2/20+y^2$. Over 30 updates the sign of $y$ changes "
                "{zigzag.flips.sgd:.0f} times under SGD and {zigzag.flips.momentum:.0f} times under "
                "Momentum. A ring marks the start (−7, 2), + the optimum; in brackets the usual "
                "learning rates.",
            ),
            alt=Text(
                ko="등고선 위의 네 경로. 길이는 SGD {zigzag.path_length.sgd:.1f}, 모멘텀 "
                "{zigzag.path_length.momentum:.1f}, AdaGrad {zigzag.path_length.adagrad:.1f}, Adam "
                "{zigzag.path_length.adam:.1f}이고, 최적점까지의 직선 거리는 "
                "{zigzag.distance:.1f}이다.",
                en="Four paths over contours. Lengths: SGD {zigzag.path_length.sgd:.1f}, Momentum "
                "{zigzag.path_length.momentum:.1f}, AdaGrad {zigzag.path_length.adagrad:.1f}, Adam "
                "{zigzag.path_length.adam:.1f}; the straight distance to the optimum is "
                "{zigzag.distance:.1f}.",
            ),
            draw=draw_paths,
            plays="point",
        ),
        Figure(
            name="rates",
            caption=Text(
                ko="학습률마다 $f<10^{{-6}}$에 이르기까지의 갱신 횟수. 방법마다 가장 좋은 학습률에 "
                "표식을 두고 그때의 횟수를 오른쪽에 적었다. $f$가 다시 $10^{{-6}}$을 넘지 않게 될 "
                "때까지 센다.",
                en="Updates until $f<10^{{-6}}$ at every learning rate. Marks show each optimizer's "
                "best rate, the numbers on the right its updates there; counted until $f$ stays "
                "below $10^{{-6}}$.",
            ),
            alt=Text(
                ko="가장 좋은 학습률에서 SGD {zigzag.steps_1e6.sgd:.0f}번, 모멘텀 "
                "{zigzag.steps_1e6.momentum:.0f}번, 네스테로프 {zigzag.steps_1e6.nesterov:.0f}번, "
                "AdaGrad {zigzag.steps_1e6.adagrad:.0f}번, RMSProp {zigzag.steps_1e6.rmsprop:.0f}번, "
                "Adam {zigzag.steps_1e6.adam:.0f}번.",
                en="At their best rates: SGD {zigzag.steps_1e6.sgd:.0f} updates, Momentum "
                "{zigzag.steps_1e6.momentum:.0f}, Nesterov {zigzag.steps_1e6.nesterov:.0f}, AdaGrad "
                "{zigzag.steps_1e6.adagrad:.0f}, RMSProp {zigzag.steps_1e6.rmsprop:.0f}, Adam "
                "{zigzag.steps_1e6.adam:.0f}.",
            ),
            draw=draw_rates,
        ),
        Figure(
            name="step_sizes",
            caption=Text(
                ko="갱신마다 x가 움직인 거리. 모멘텀에서는 처음 {zigzag.rising_steps}번의 이동이 잇달아 "
                "커진다. 음영은 처음 열 번의 갱신이다. 흔히 쓰는 학습률, (−7, 2)에서 출발.",
                en="How far x moves in each update. Under Momentum the first {zigzag.rising_steps} "
                "moves grow one after another; the first ten updates are shaded. Usual learning "
                "rates, from (−7, 2).",
            ),
            alt=Text(
                ko="갱신에 따른 x 방향 이동의 세 곡선: SGD, 모멘텀, 네스테로프. 모멘텀의 이동은 처음 "
                "{zigzag.rising_steps}번 동안 커진다.",
                en="Three curves of the move along x by update: SGD, Momentum, Nesterov. Momentum's "
                "grows over the first {zigzag.rising_steps} updates.",
            ),
            draw=draw_step_sizes,
        ),
    ),
)
