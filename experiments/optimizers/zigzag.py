"""The ravine f(x, y) = x²/20 + y²: where SGD zigzags, and what momentum, look-ahead and adaptive rates change.

Deterministic, float64. Two comparisons stand side by side: the *usual* rates of the reconstructed figure (SGD 0.95,
Momentum and Nesterov 0.1, AdaGrad 1.5, RMSProp 0.1, Adam 0.3), and rates *tuned* for each optimizer on one grid.

Values for prose: ``path_length.<optimizer>``, ``sum_dy.<optimizer>``, ``flips.<optimizer>``, ``steps_1e4.<optimizer>``,
``steps_1e6.<optimizer>`` (at tuned rates), ``best_rate_1e4.<optimizer>``, ``best_rate_1e6.<optimizer>``,
``rising_steps``, ``distance``, ``millionfold`` (updates after which f under the first printing of Nesterov exceeds a
million times its start).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Erratum, Experiment, Figure, Text, nn
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
    "start": (-7.0, 2.0),
    "curvatures": (0.1, 2.0),
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
    """Run every optimizer from the same start: the paths at the usual rates, and the steps needed at every rate."""
    surface = nn.surfaces.Quadratic(curvatures=params["curvatures"])
    start = np.array(params["start"])
    rates = 10.0 ** np.arange(-3, 1 + 1e-9, 1 / params["rates_per_decade"])
    paths, steps = [], []
    for name, optimizer in OPTIMIZERS.items():
        rate = params[f"rate_{name}"]
        paths.append(nn.descend(optimizer, surface.gradient, start, rate, params["n_points"]))
        starts = np.broadcast_to(start, (rates.size, 2))
        with np.errstate(over="ignore", invalid="ignore"):
            sweep = nn.descend(optimizer, surface.gradient, starts, rates, params["n_steps_tuned"])
            steps.append([settling_step(surface.value(sweep), tolerance) for tolerance in (1e-4, 1e-6)])
    moduli = [[modulus(name, c * params["rate_momentum"]) for c in params["curvatures"]] for name in LINEAR]
    return xr.Dataset(
        {
            "path": (("optimizer", "point", "axis"), np.array(paths), _meta("position at the usual rates", "1")),
            "steps": (("optimizer", "target", "rate"), np.array(steps), _meta("updates until f stays below", "1")),
            "modulus": (("linear", "axis"), np.array(moduli), _meta("spectral radius of one update", "1")),
            "f_first_printing": (("point",), first_printing(params), _meta("f under the rule as first printed", "1")),
        },
        coords={
            "optimizer": list(OPTIMIZERS),
            "axis": ["x", "y"],
            "target": [1e-4, 1e-6],
            "rate": rates,
            "linear": list(LINEAR),
        },
    ).expand_dims(replicate=[replicate.index for replicate in replicates])


def settling_step(values: np.ndarray, tolerance: float) -> np.ndarray:
    """Return the first step from which f stays below the tolerance, (n_steps + 1, n) → (n,); inf if it never does.

    A passing dip does not count, so an optimizer that oscillates through the optimum is not flattered.
    """
    above = ~(values < tolerance)  # NaN and inf count as above
    last_above = values.shape[0] - 1 - np.argmax(above[::-1], axis=0)
    settled = np.where(above.any(axis=0), last_above + 1.0, 0.0)
    return np.where(above[-1], np.inf, settled)


def modulus(name: str, rate_times_curvature: float) -> float:
    """Return the spectral radius of one update of (x, v) on a quadratic; momentum 0.9, ηλ as given.

    Momentum: x' = x + v', v' = μv − ηλx. Nesterov: v' = μv − ηλ(x + μv).
    """
    mu, a = 0.9, rate_times_curvature
    matrices = {
        "sgd": [[1 - a]],
        "momentum": [[1 - a, mu], [-a, mu]],
        "nesterov": [[1 - a, mu * (1 - a)], [-a, mu * (1 - a)]],
    }
    return float(np.abs(np.linalg.eigvals(np.array(matrices[name]))).max())


LINEAR = ("sgd", "momentum", "nesterov")


def first_printing(params: Mapping[str, Any]) -> np.ndarray:
    """Run v ← ρv − αf(x + ρv), x ← x + v with the value of f where the gradient should stand; f at each point."""
    surface = nn.surfaces.Quadratic(curvatures=params["curvatures"])
    x, v, alpha, rho = np.array(params["start"]), np.zeros(2), params["rate_nesterov"], 0.9
    values = [float(surface.value(x))]
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(params["n_points"]):
            v = rho * v - alpha * surface.value(x + rho * v)
            x = x + v
            values.append(float(surface.value(x)))
    return np.nan_to_num(values, nan=np.inf, posinf=np.inf)


def summarize(dataset: xr.Dataset, params: Mapping[str, Any]) -> xr.Dataset:
    """Take the one replicate, and add what the figures show: step sizes, lengths, and f on a grid for the contours."""
    summary = dataset.isel(replicate=0, drop=True)
    surface = nn.surfaces.Quadratic(curvatures=params["curvatures"])
    x, y = np.linspace(-8, 4, 121), np.linspace(-3, 3, 81)
    grid = np.stack(np.meshgrid(x, y), axis=-1)
    move = np.abs(summary.path.diff("point")).rename(point="update")
    summary = summary.assign(
        surface=(("grid_y", "grid_x"), surface.value(grid), _meta("f", "1")),
        move=move,
        sum_dy=move.sel(axis="y").sum("update"),
        path_length=np.sqrt((move**2).sum("axis")).sum("update"),
        flips=flips(summary.path.sel(axis="y")),
        best_steps=summary.steps.min("rate"),
        best_rate=summary.rate[summary.steps.argmin("rate")].drop_vars("rate"),
    )
    return summary.assign_coords(grid_x=x, grid_y=y)


def flips(y: xr.DataArray) -> xr.DataArray:
    """Count the steps at which y changes its sign."""
    return (y * y.shift(point=1) < 0).sum("point")


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the text quotes."""

    def table(array: xr.DataArray) -> dict[str, float]:
        return {name: float(array.sel(optimizer=name)) for name in OPTIMIZERS}

    return {
        "path_length": table(summary.path_length),
        "sum_dy": table(summary.sum_dy),
        "flips": table(summary.flips),
        "steps_1e4": table(summary.best_steps.sel(target=1e-4)),
        "steps_1e6": table(summary.best_steps.sel(target=1e-6)),
        "best_rate_1e4": table(summary.best_rate.sel(target=1e-4)),
        "best_rate_1e6": table(summary.best_rate.sel(target=1e-6)),
        "rising_steps": float(rising_steps(summary.path.sel(optimizer="momentum", axis="x").values)),
        "distance": distance(summary.path),
        "millionfold": float((summary.f_first_printing > 1e6 * summary.f_first_printing[0]).values.argmax()),
    }


def distance(path: xr.DataArray) -> float:
    """Return the straight distance from the start to the optimum at the origin."""
    return float(np.sqrt((path.isel(point=0, optimizer=0) ** 2).sum()))


def rising_steps(x: np.ndarray) -> int:
    """Count how many steps in a row, from the first, are each longer than the one before."""
    lengths = np.abs(np.diff(x))
    rises = np.diff(lengths) > 0
    return int(np.argmin(rises)) + 1 if not rises.all() else lengths.size


def flip_share(dataset: xr.Dataset) -> float:
    """Share of SGD's steps at which y changes its sign."""
    path = dataset.path.isel(replicate=0).sel(optimizer="sgd", axis="y")
    return float(flips(path)) / (path.sizes["point"] - 1)


def detour(dataset: xr.Dataset) -> float:
    """Length of SGD's path over the straight distance to the optimum."""
    path = dataset.path.isel(replicate=0)
    moves = path.sel(optimizer="sgd").diff("point")
    return float(np.sqrt((moves**2).sum("axis")).sum()) / distance(path)


def slowdown(dataset: xr.Dataset) -> float:
    """Steps of SGD over steps of the fastest other optimizer, each at its best rate, to f < 1e-4."""
    best = dataset.steps.isel(replicate=0).sel(target=1e-4).min("rate")
    return float(best.sel(optimizer="sgd") / best.drop_sel(optimizer="sgd").min())


def rising(dataset: xr.Dataset) -> float:
    """How many of Momentum's first steps along x are each longer than the one before."""
    return float(rising_steps(dataset.path.isel(replicate=0).sel(optimizer="momentum", axis="x").values))


def sideways(dataset: xr.Dataset, optimizer: str, against: str) -> float:
    """Σ|Δy| of one optimizer over that of another, at the usual rates."""
    total = np.abs(dataset.path.isel(replicate=0).sel(axis="y").diff("point")).sum("point")
    return float(total.sel(optimizer=optimizer) / total.sel(optimizer=against))


def speedup(dataset: xr.Dataset) -> float:
    """Steps of Momentum over steps of SGD, each at its best rate, to f < 1e-6."""
    best = dataset.steps.isel(replicate=0).sel(target=1e-6).min("rate")
    return float(best.sel(optimizer="momentum") / best.sel(optimizer="sgd"))


def modulus_ratio(dataset: xr.Dataset) -> float:
    """Nesterov's spectral radius over Momentum's, the larger of both axes."""
    radius = dataset.modulus.isel(replicate=0)
    return float((radius.sel(linear="nesterov") / radius.sel(linear="momentum")).max())


def falls_as_first_printed(dataset: xr.Dataset) -> float:
    """1 if f is lower after the last step than at the start, under the rule as first printed, else 0."""
    f = dataset.f_first_printing.isel(replicate=0).values
    return float(f[-1] < f[0])


def draw_paths(
    summary: xr.Dataset, results: Mapping[str, ClaimResult], words: Words, style: Any
) -> Any:
    """Draw the paths of four optimizers over the contours, as the lost picture compared them."""
    figure, axes = style.subplots(2, 2, width="wide", height=88, sharex=True, sharey=True, hspace=7)
    for axis, name in zip(axes.flat, ("sgd", "momentum", "adagrad", "adam"), strict=True):
        path = summary.path.sel(optimizer=name)
        levels = [0.05, 0.3, 1, 2, 4, 6, 9]
        axis.contour(
            summary.grid_x, summary.grid_y, summary.surface, levels, colors=style.color("grid"), linewidths=0.6
        )
        axis.plot(
            path.sel(axis="x"),
            path.sel(axis="y"),
            color=style.color(name),
            marker=style.marker(name),
            markersize=2.4,
            linewidth=0.9,
        )
        axis.plot(0, 0, marker="+", color=style.color("ink"), markersize=6, linestyle="none")
        length = float(summary.path_length.sel(optimizer=name))
        style.panel_title(axis, f"{NAMES[name]}   {words(PATH_LENGTH)} {length:.1f}")
    for axis in axes[-1]:
        axis.set_xlabel("x")
    for axis in axes[:, 0]:
        axis.set_ylabel("y")
    return figure


def draw_rates(
    summary: xr.Dataset, results: Mapping[str, ClaimResult], words: Words, style: Any
) -> Any:
    """Draw the steps needed against the learning rate: the fair comparison, each optimizer at its best."""
    figure, axis = style.subplots(width="text", height=62)
    for name in OPTIMIZERS:
        steps = summary.steps.sel(optimizer=name, target=1e-6)
        finite = np.isfinite(steps)
        axis.plot(
            summary.rate[finite], steps[finite], color=style.color(name), linestyle=style.linestyle(name), linewidth=1.1
        )
        best = float(summary.best_rate.sel(optimizer=name, target=1e-6))
        lowest = float(summary.best_steps.sel(optimizer=name, target=1e-6))
        if np.isfinite(lowest):
            axis.plot(best, lowest, marker=style.marker(name), color=style.color(name), markersize=4.5, linestyle="none")
            style.direct_label(axis, best, lowest, f"{NAMES[name]} {lowest:.0f}", name)
    style.log_axis(axis, "x")
    style.log_axis(axis, "y")
    axis.set_xlabel(words(RATE))
    axis.set_ylabel(words(STEPS_NEEDED))
    return figure


def draw_step_sizes(
    summary: xr.Dataset, results: Mapping[str, ClaimResult], words: Words, style: Any
) -> Any:
    """Draw how far x moves in each step: the rolling ball gathers speed, SGD only slows down."""
    figure, axis = style.subplots(width="text", height=48)
    for name in ("sgd", "momentum", "nesterov"):
        move = summary.move.sel(optimizer=name, axis="x").values
        steps = np.arange(1, move.size + 1)
        axis.plot(
            steps, move, color=style.color(name), marker=style.marker(name), markersize=2.6, linewidth=1.0, label=NAMES[name]
        )
    axis.legend()
    axis.axvspan(1, 10, color=style.color("grid"), alpha=0.35, linewidth=0)
    axis.set_xlim(0.5, 30.5)
    axis.set_ylim(bottom=0)
    axis.set_xlabel(words(STEP))
    axis.set_ylabel(words(MOVE_X))
    return figure


def _meta(long_name: str, units: str) -> dict[str, str]:
    return {"long_name": long_name, "units": units}


PATH_LENGTH = Text(ko="경로 길이", en="path length")
RATE = Text(ko="학습률", en="learning rate")
STEPS_NEEDED = Text(ko="f < 10⁻⁶까지의 갱신 횟수", en="updates until f < 10⁻⁶")
STEP = Text(ko="갱신 횟수", en="update")
MOVE_X = Text(ko="x 방향 이동량 |Δx|", en="move along x, |Δx|")

HALF = Text(
    ko="절반 이상이어야 진동이 예외가 아니라 움직임의 주된 모습이라고 할 수 있다",
    en="at half the steps or more the swing is the rule of the movement and not an exception",
)
FACTOR_TWO = Text(
    ko="두 배보다 작은 차이는 학습률을 조금만 달리 골라도 뒤집힌다",
    en="a difference below a factor of two is undone by a slightly different choice of rate",
)
EXACT_RATIO = Text(ko="1보다 작으면 더 작은 것이다", en="a ratio below 1 means smaller")

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
            ko="방향마다 곡률이 크게 다를 때 학습률이 크면 SGD는 가파른 방향으로 진동한다. 학습률을 잘 고르면 진동은 사라지지만 완만한 방향의 진행이 느리다.",
            en="Where curvatures differ between directions, SGD with a large rate swings across the steep one. A well chosen rate removes the swing, and progress along the shallow direction stays slow.",
        ),
        checks=(
            Check(
                name="flips",
                label=Text(ko="y의 부호가 바뀌는 갱신의 비율", en="share of steps at which y changes sign"),
                quantity=flip_share,
                estimator="exact",
                relation=">=",
                bound=0.5,
                because=HALF,
            ),
            Check(
                name="detour",
                label=Text(ko="경로 길이 / 직선 거리", en="path length / straight distance"),
                quantity=detour,
                estimator="exact",
                relation=">=",
                bound=2.0,
                because=Text(
                    ko="곧은 길의 두 배를 걸어야 먼 길을 돌았다고 할 만하다",
                    en="twice the straight way is a detour that nobody would call direct",
                ),
            ),
            Check(
                name="slowdown",
                label=Text(
                    ko="각자 최선의 학습률에서 SGD의 갱신 횟수 / 가장 빠른 다른 방법의 횟수 (f < 10⁻⁴)",
                    en="updates of SGD / of the fastest other, each at its best rate (f < 10⁻⁴)",
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
            ko="모멘텀은 굴러가는 공과 같아서 x 방향의 이동이 점점 커진다.",
            en="Momentum is like a rolling ball: the movement along x grows step by step.",
        ),
        source="Momentum",
        kind="reconstructed",
        better=Text(
            ko="모멘텀의 x 방향 이동은 처음에만 커지고, 바닥에 가까워지면 다시 줄어든다.",
            en="Under momentum the movement along x grows at first and shrinks again near the bottom.",
        ),
        checks=(
            Check(
                name="rising",
                label=Text(ko="연달아 커지는 처음 갱신의 수", en="first steps in a row that grow"),
                quantity=rising,
                estimator="exact",
                relation=">=",
                bound=10,
                because=Text(
                    ko="속도가 쌓이는 시간은 1/(1 − ρ) = 10번의 갱신이다",
                    en="velocity builds up over 1/(1 − ρ) = 10 updates",
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
        source="Momentum",
        kind="reconstructed",
        better=Text(
            ko="모멘텀은 완만한 방향의 진행을 빠르게 한다. 가파른 방향의 진동이 줄어드는지는 학습률에 달려 있다.",
            en="Momentum speeds up progress along the shallow direction. Whether the swing across the steep one shrinks depends on the rate.",
        ),
        checks=(
            Check(
                name="sum_dy",
                label=Text(ko="Σ|Δy|, 모멘텀 / SGD (흔히 쓰는 학습률)", en="Σ|Δy|, Momentum / SGD (usual rates)"),
                quantity=lambda dataset: sideways(dataset, "momentum", "sgd"),
                estimator="exact",
                relation="<=",
                bound=0.5,
                because=Text(
                    ko="흔들림이 절반으로 줄어야 지그재그가 줄었다고 눈으로 알 수 있다",
                    en="half the sideways movement is what the eye sees as less zigzag",
                ),
            ),
            Check(
                name="speedup",
                label=Text(
                    ko="각자 최선의 학습률에서 갱신 횟수, 모멘텀 / SGD (f < 10⁻⁶)",
                    en="updates at the best rates, Momentum / SGD (f < 10⁻⁶)",
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
            ko="네스테로프 모멘텀은 속도가 데려갈 곳을 미리 보고 그곳의 기울기를 쓴다.",
            en="Nesterov momentum looks ahead to where the velocity leads and takes the gradient there.",
        ),
        source="Nesterov Momentum",
        better=Text(
            ko="$v \\leftarrow \\rho v - \\alpha \\nabla f(x + \\rho v),\\; x \\leftarrow x + v$. 미리 보기는 같은 학습률의 모멘텀보다 진동을 더 줄인다.",
            en="$v \\leftarrow \\rho v - \\alpha \\nabla f(x + \\rho v),\\; x \\leftarrow x + v$. Looking ahead damps the swing more than momentum at the same rate.",
        ),
        checks=(
            Check(
                name="sum_dy",
                label=Text(ko="Σ|Δy|, 네스테로프 / 모멘텀", en="Σ|Δy|, Nesterov / Momentum"),
                quantity=lambda dataset: sideways(dataset, "nesterov", "momentum"),
                estimator="exact",
                relation="<=",
                bound=1.0,
                because=EXACT_RATIO,
            ),
            Check(
                name="modulus",
                label=Text(ko="고윳값의 절댓값, 네스테로프 / 모멘텀", en="eigenvalue modulus, Nesterov / Momentum"),
                quantity=modulus_ratio,
                estimator="exact",
                relation="<=",
                bound=1.0,
                because=EXACT_RATIO,
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
                because=Text(ko="최소화하는 규칙이라면 f가 줄어야 한다", en="a rule that minimises must lower f"),
                erratum=Erratum(
                    printed=Text(
                        ko="$v_{t+1} = \\rho v_t - \\alpha f(x_t + \\rho v_t)$",
                        en="$v_{t+1} = \\rho v_t - \\alpha f(x_t + \\rho v_t)$",
                    ),
                    correct=Text(
                        ko="$v_{t+1} = \\rho v_t - \\alpha \\nabla f(x_t + \\rho v_t)$ (같은 강의의 두 번째 식과 같다)",
                        en="$v_{t+1} = \\rho v_t - \\alpha \\nabla f(x_t + \\rho v_t)$ (as the lecture itself prints it the second time)",
                    ),
                    evidence=Text(
                        ko="기울기 자리에 함숫값을 넣은 채 인쇄된 대로 갱신하면 f는 {zigzag.millionfold:.0f}번 만에 처음의 백만 배를 넘는다.",
                        en="Run as printed, with the value of f for the gradient, f passes a million times its start after {zigzag.millionfold:.0f} updates.",
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
                ko="같은 골짜기 $f = x^2/20 + y^2$를 내려가는 네 가지 길. (−7, 2)에서 출발해 30번 갱신했다. 학습률은 흔히 쓰이는 0.95, 0.1, 1.5, 0.3이고, +는 최적점이다.",
                en="Four ways down the same ravine $f = x^2/20 + y^2$. From (−7, 2), 30 updates, at the usual rates 0.95, 0.1, 1.5 and 0.3; + marks the optimum.",
            ),
            alt=Text(
                ko="등고선 위의 네 경로. SGD는 {zigzag.flips.sgd:.0f}번 부호를 바꾸며 지그재그로 움직이고 경로 길이는 {zigzag.path_length.sgd:.1f}이다. 모멘텀은 {zigzag.path_length.momentum:.1f}, AdaGrad는 {zigzag.path_length.adagrad:.1f}, Adam은 {zigzag.path_length.adam:.1f}이다.",
                en="Four paths over contours. SGD zigzags with {zigzag.flips.sgd:.0f} changes of sign and a path of length {zigzag.path_length.sgd:.1f}; Momentum {zigzag.path_length.momentum:.1f}, AdaGrad {zigzag.path_length.adagrad:.1f}, Adam {zigzag.path_length.adam:.1f}.",
            ),
            draw=draw_paths,
        ),
        Figure(
            name="rates",
            caption=Text(
                ko="학습률을 저마다 가장 좋은 값으로 고르면 순위가 달라진다. 표식은 각 방법의 최선이며, 옆의 수는 그때의 갱신 횟수이다. 한번 내려간 f가 다시 10⁻⁶을 넘지 않을 때까지 센다.",
                en="With the best rate for each, the order changes. Marks show each optimizer's best, with its number of updates; counted until f stays below 10⁻⁶.",
            ),
            alt=Text(
                ko="학습률에 따른 갱신 횟수. 최선에서 SGD {zigzag.steps_1e6.sgd:.0f}번, 모멘텀 {zigzag.steps_1e6.momentum:.0f}번, 네스테로프 {zigzag.steps_1e6.nesterov:.0f}번, AdaGrad {zigzag.steps_1e6.adagrad:.0f}번, Adam {zigzag.steps_1e6.adam:.0f}번.",
                en="Updates needed against the learning rate. At their best: SGD {zigzag.steps_1e6.sgd:.0f}, Momentum {zigzag.steps_1e6.momentum:.0f}, Nesterov {zigzag.steps_1e6.nesterov:.0f}, AdaGrad {zigzag.steps_1e6.adagrad:.0f}, Adam {zigzag.steps_1e6.adam:.0f}.",
            ),
            draw=draw_rates,
        ),
        Figure(
            name="step_sizes",
            caption=Text(
                ko="공은 구르면서 빨라졌다가 바닥에서 느려진다. 한 번의 갱신에서 x가 움직인 거리이며, 음영은 처음 열 번의 갱신이다.",
                en="The ball gathers speed and slows down again at the bottom. How far x moves in each update; the first ten are shaded.",
            ),
            alt=Text(
                ko="모멘텀의 x 이동량은 처음 {zigzag.rising_steps:.0f}번 동안 커지고 그 뒤로 줄어든다. SGD의 이동량은 처음부터 줄어든다.",
                en="Momentum's move along x grows for the first {zigzag.rising_steps:.0f} updates and shrinks after; SGD's shrinks from the start.",
            ),
            draw=draw_step_sizes,
        ),
    ),
)
