"""Gradient descent on a straight line: which learning rates reach the least-squares solution.

The loss is the mean squared error of w·x + b on N points, so its curvatures are the eigenvalues λ of
2XᵀX/N. Every rate of a fine grid is run until it arrives within 10⁻⁶ of the solution or is far away.

Values for prose: ``critical`` (largest rate that arrives, mean over replicates), ``limit`` (2/λ_max),
``condition`` (λ_max/λ_min), ``w`` and ``b`` (solution of the first replicate), ``steps.r_0_1`` … (updates
of the first replicate at 0.1, 0.5, 0.95 times its limit), ``best_ratio``, ``fewest_steps`` (the fastest rate
of the first replicate, over its limit, and its updates).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Figure, Text, variable
from reportgen.model import ClaimResult, Replicate, Words

FAR = 1e6  # a run this far from the solution, relative to the solution's size, has diverged
TOO_CLOSE = 0.002  # nearer to 2/λ_max than this share, a run is decided too slowly for the budget of updates
SHOWN = (0.1, 0.5, 0.95, 1.05)  # rates of the figure, over 2/λ_max

PARAMS = {
    "n_points": 100,
    "slope": 2.0,
    "intercept": 1.0,
    "noise": 0.3,
    "smallest_rate": 0.04,
    "largest_rate": 1.6,
    "grid_step": 1.005,
    "n_steps": 5000,
    "tolerance": 1e-6,
    "shown_start": (-1.5, 0.0),
    "n_shown": 40,
}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Run every learning rate on every replicate's points, and the four of the figure."""
    n_rates = round(np.log(params["largest_rate"] / params["smallest_rate"]) / np.log(params["grid_step"]))
    rates = params["smallest_rate"] * params["grid_step"] ** np.arange(n_rates + 1)
    parts = []
    for replicate in replicates:
        points = draw_points(params, replicate.generator("points"))
        start = replicate.generator("start").standard_normal(2)
        parts.append(measure_one(params, points, start, rates))
    dataset = xr.concat(parts, "replicate", join="exact")
    return dataset.assign_coords(replicate=[replicate.index for replicate in replicates])


def draw_points(params: Mapping[str, Any], generator: np.random.Generator) -> np.ndarray:
    """Return x, y of the points, (n_points, 2)."""
    x = generator.uniform(size=params["n_points"])
    noise = params["noise"] * generator.standard_normal(params["n_points"])
    return np.stack([x, params["slope"] * x + params["intercept"] + noise], axis=1)


def measure_one(
    params: Mapping[str, Any], points: np.ndarray, start: np.ndarray, rates: np.ndarray
) -> xr.Dataset:
    """Measure one replicate: updates until the solution at every rate, and a few paths."""
    inputs = np.stack([points[:, 0], np.ones(len(points))], axis=1)  # the bias is the weight of a constant 1
    solution = np.linalg.lstsq(inputs, points[:, 1], rcond=None)[0]
    curvature, directions = np.linalg.eigh(2 * inputs.T @ inputs / len(points))
    limit = 2 / curvature[-1]
    steps = steps_to_solution(inputs, points[:, 1], start, solution, rates, params)
    path = [np.tile(params["shown_start"], (len(SHOWN), 1))]
    for _ in range(params["n_shown"]):
        path.append(path[-1] - limit * np.array(SHOWN)[:, None] * gradient(inputs, points[:, 1], path[-1]))
    return xr.Dataset(
        {
            "steps": variable("rate", steps, "updates until the least-squares solution; inf if never"),
            "curvature": variable("direction", curvature, "eigenvalues of the Hessian"),
            "limit": variable((), limit, "2 / largest curvature"),
            "solution": variable("parameter", solution, "least-squares solution"),
            "apart": variable("direction", directions.T @ (start - solution), "start less solution"),
            "points": variable(("point", "coordinate"), points, "data"),
            "path": variable(("shown", "step", "parameter"), np.stack(path, axis=1), "parameters"),
        },
        coords={
            "rate": rates,
            "shown": list(SHOWN),
            "parameter": ["w", "b"],
            "coordinate": ["x", "y"],
        },
    )


def gradient(inputs: np.ndarray, y: np.ndarray, parameters: np.ndarray) -> np.ndarray:
    """Return the gradient of the mean squared error, (…, 2), at parameters (…, 2)."""
    error = parameters @ inputs.T - y
    return np.asarray(2 * error @ inputs / len(y))


def steps_to_solution(
    inputs: np.ndarray,
    y: np.ndarray,
    start: np.ndarray,
    solution: np.ndarray,
    rates: np.ndarray,
    params: Mapping[str, Any],
) -> np.ndarray:
    """Return, for each rate, the updates until the solution is reached; inf where it never is."""
    size = np.linalg.norm(solution)
    steps = np.full(rates.size, np.inf)
    running = np.arange(rates.size)
    current = np.repeat(start[None], rates.size, axis=0)
    for step in range(1, params["n_steps"] + 1):
        current = current - rates[running, None] * gradient(inputs, y, current)
        distance = np.linalg.norm(current - solution, axis=1) / size
        arrived = distance <= params["tolerance"]
        steps[running[arrived]] = step
        goes_on = ~arrived & (distance < FAR)
        running, current = running[goes_on], current[goes_on]
        if running.size == 0:
            break
    return steps


def summarize(dataset: xr.Dataset, params: Mapping[str, Any]) -> xr.Dataset:
    """Take the first replicate for the pictures; add the surface, theory, and means over replicates."""
    first = dataset.isel(replicate=0, drop=True)
    inputs = np.stack([first["points"].sel(coordinate="x"), np.ones(first.sizes["point"])], axis=1)
    w, b = np.linspace(-2.5, 6.5, 91), np.linspace(-2.5, 4, 81)
    residual = np.stack(np.meshgrid(w, b), axis=-1) @ inputs.T - first["points"].sel(coordinate="y").values
    factor: xr.DataArray = abs(1 - first["rate"] * first["curvature"])
    size = np.linalg.norm(first["solution"])
    alone = np.log(params["tolerance"] * size / abs(first["apart"])) / np.log(factor)  # one direction's steps
    return first.assign(
        surface=(("grid_b", "grid_w"), (residual**2).mean(-1)),
        ratio=first["rate"] / first["limit"],
        theory_steps=alone.max("direction").where((factor < 1).all("direction")),
        critical=critical_rate(dataset).mean(),
        mean_limit=dataset["limit"].mean(),
        condition=(dataset["curvature"].isel(direction=1) / dataset["curvature"].isel(direction=0)).mean(),
    ).assign_coords(grid_w=w, grid_b=b)


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the module's docstring lists."""
    fastest = int(np.argmin(summary["steps"].values))
    at = {ratio: int(np.argmin(abs(summary["ratio"].values - ratio))) for ratio in (0.1, 0.5, 0.95)}
    return {
        "critical": float(summary["critical"]),
        "limit": float(summary["mean_limit"]),
        "condition": float(summary["condition"]),
        "w": float(summary["solution"].sel(parameter="w")),
        "b": float(summary["solution"].sel(parameter="b")),
        "steps": {
            f"r_{ratio}".replace(".", "_"): float(summary["steps"][index]) for ratio, index in at.items()
        },
        "best_ratio": float(summary["ratio"][fastest]),
        "fewest_steps": float(summary["steps"][fastest]),
    }


# --- quantities ---


def critical_rate(dataset: xr.Dataset) -> xr.DataArray:
    """Return, per replicate, the rate midway (geometrically) between the last that arrives and the next."""
    arrives = np.isfinite(dataset["steps"])
    last: xr.DataArray = dataset["rate"].where(arrives).max("rate")
    following: xr.DataArray = dataset["rate"].where(dataset["rate"] > last).min("rate")
    middle: xr.DataArray = (last * following) ** 0.5
    return middle


def critical_ratio(dataset: xr.Dataset) -> np.ndarray:
    """Return the measured critical rate over 2/λ_max."""
    return np.asarray(critical_rate(dataset) / dataset["limit"])


def wrong_share(dataset: xr.Dataset) -> float:
    """Share of runs that arrive above 2/λ_max or do not below it; the closest rates are left out."""
    ratio = dataset["rate"] / dataset["limit"]
    judged = abs(ratio - 1) > TOO_CLOSE
    wrong = np.isfinite(dataset["steps"]) != (ratio < 1)
    return float((wrong & judged).sum() / judged.sum())


# --- figures ---


def draw_descent(summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Left: points and the line after some updates. Right: the same descent, and others, on the loss."""
    figure, (left, right) = style.subplots(1, 2, width="wide", height=70, wspace=16, right=4)
    points = summary["points"]
    left.plot(*points.values.T, "o", color=style.color("muted"), markersize=2.2, alpha=0.7, zorder=1)
    ends = np.array([0.0, 1.0])
    for step in (step for step in SHOWN_STEPS if step < summary.sizes["step"]):  # all, unless it plays
        w, b = summary["path"].sel(shown=0.5).isel(step=step).values
        left.plot(ends, w * ends + b, "-", color=style.color("accent"), linewidth=0.9)
        style.direct_label(left, 1.0, w + b, f"{step}", "accent")
    w, b = summary["solution"].values
    style.theory(left, ends, w * ends + b)
    left.set_xlim(0, 1)
    left.set_xlabel("x")
    left.set_ylabel("y")
    style.panel_title(left, words(LINES))
    levels = [0, 0.1, 0.2, 0.5, 1, 2, 4, 7, 11, 16, 22]
    style.contour(right, summary["grid_w"], summary["grid_b"], summary["surface"], levels=levels)
    for ratio, role in zip(summary["shown"].values, ("first", "third", "second", "fifth"), strict=True):
        path = summary["path"].sel(shown=ratio).values
        style.path(right, path[: STOPS.get(float(ratio), len(path))], role)
    handles = [
        right.plot([], [], style.marker(role), color=style.color(role), label=f"{ratio:g}")[0]
        for ratio, role in zip(SHOWN, ("first", "third", "second", "fifth"), strict=True)
    ]
    right.legend(handles=handles, title=words(RATIO_SHORT), loc="lower right", frameon=False, ncols=2)
    right.plot(w, b, "+", color=style.color("ink"), markersize=8, zorder=5)
    right.set_xlim(-2.5, 5.5)
    right.set_ylim(-2.5, 4)
    right.set_xlabel("w")
    right.set_ylabel("b")
    style.panel_title(right, words(PATHS))
    return figure


def draw_rates(summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Draw the updates needed against the rate, theory beside it, and the limit."""
    figure, axis = style.subplots(width="text", height=54, top=3)
    style.log_axis(axis, "both")
    arrived = np.isfinite(summary["steps"].values)
    axis.plot(
        summary["ratio"].values[arrived],
        summary["steps"].values[arrived],
        color=style.color("accent"),
        linestyle="-",
        linewidth=2.2,
        alpha=0.55,
    )
    style.theory(axis, summary["ratio"], summary["theory_steps"])
    style.bound(axis, 1.0, "x", "2/λₘₐₓ", at="start")
    axis.axvspan(1.0, 2.0, color=style.color("grid"), alpha=0.45, linewidth=0, zorder=0.3)
    axis.text(1.32, 300, words(NEVER), ha="center", color=style.color("ink"), fontsize=style.size())
    axis.set_xlim(0.05, 2.0)
    axis.set_ylim(10, 6000)
    axis.set_xticks([0.1, 0.2, 0.5, 1, 2], ["0.1", "0.2", "0.5", "1", "2"])
    axis.minorticks_off()
    axis.set_xlabel(words(RATIO))
    axis.set_ylabel(words(STEPS))
    return figure


SHOWN_STEPS = (0, 1, 3, 10, 40)
STOPS = {1.05: 5}  # the runaway path leaves the panel
LINES = Text(ko="직선이 맞아 가는 모습 (수: 갱신 횟수)", en="the line after so many updates")
PATHS = Text(ko="손실의 골짜기에서 내려가는 길", en="the way down the loss")
RATIO_SHORT = Text(ko="학습률 ÷ 한계", en="rate over limit")
RATIO = Text(ko="학습률 ÷ (2/λₘₐₓ)", en="learning rate over 2/λₘₐₓ")
STEPS = Text(ko="해에 이르기까지의 갱신 횟수", en="updates until the solution")
NEVER = Text(ko="이르지\n못함", en="never\narrives")

CLAIMS = (
    Claim(
        id="A01",
        says=Text(
            ko="경사 하강법으로 선형 회귀의 직선을 맞출 수 있다.",
            en="Gradient descent fits the line of a linear regression.",
        ),
        source="경사 하강법(Remind)",
        better=Text(
            ko="경사 하강법은 학습률이 $2/\\lambda_{\\max}$보다 작을 때에만 최소 제곱 해에 이른다.",
            en="Gradient descent reaches the least-squares solution if and only if the learning rate is "
            "below "
            "$2/\\lambda_{\\max}$.",
        ),
        checks=(
            Check(
                name="iff",
                label=Text(
                    ko="$2/\\lambda_{\\max}$ 아래에서 이르지 못하거나 위에서 이른 실행의 비율",
                    en="share of runs that fail below $2/\\lambda_{\\max}$ or arrive above it",
                ),
                quantity=wrong_share,
                estimator="exact",
                relation="<=",
                bound=0.0,
                because=Text(
                    ko="이차 함수에서는 예외가 없어야 한다. 한계에서 0.2 % 안쪽은 정해진 갱신 횟수로 가릴 "
                    "수 없어 뺐다.",
                    en="On a quadratic there is no exception; rates within 0.2 % of the limit are left out, "
                    "since the budget of updates cannot tell.",
                ),
            ),
            Check(
                name="critical",
                label=Text(
                    ko="잰 한계 ÷ $2/\\lambda_{\\max}$", en="measured limit over $2/\\lambda_{\\max}$"
                ),
                quantity=critical_ratio,
                estimator="mean",
                scale="log",
                relation="within",
                bound=(0.99, 1.01),
                because=Text(
                    ko="학습률을 0.5 %씩 바꾸며 쟀으므로 1 % 안에서 맞아야 한다.",
                    en="The rates are 0.5 % apart, so theory must agree to 1 %.",
                ),
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
            name="descent",
            width="wide",
            plays="step",
            caption=Text(
                ko="직선을 맞추는 일은 손실의 골짜기를 내려가는 일이다. 왼쪽: 학습률이 한계의 절반일 때의 "
                "직선과 갱신 횟수, 가는 선은 최소 제곱 해. 오른쪽: 네 학습률의 길. 한계 바로 아래에서는 "
                "골짜기를 가로지르며 내려가고, 5 % 위에서는 멀어진다. 첫 번째 반복.",
                en="Fitting a line is going down a valley of the loss. Left: the line after some "
                "updates at half "
                "the limiting rate; thin: least squares. Right: paths at four rates. Just below the "
                "limit the "
                "path crosses the valley on its way down; 5 % above, it leaves. First replicate.",
            ),
            alt=Text(
                ko="왼쪽: 점과 직선들. 직선은 갱신할수록 기울기 {linear_regression.w:.2f}, 절편 "
                "{linear_regression.b:.2f}인 최소 제곱 해에 다가간다. 오른쪽: w와 b의 평면에 그린 "
                "손실의 등고선과 "
                "네 길.",
                en="Left: points and lines, which approach the least-squares line with slope "
                "{linear_regression.w:.2f} and intercept {linear_regression.b:.2f}. Right: contours of the "
                "loss over w and b with four paths.",
            ),
            draw=draw_descent,
        ),
        Figure(
            name="rates",
            caption=Text(
                ko="한계 $2/\\lambda_{{\\max}}$에는 경고가 없다. 가장 빠른 학습률은 한계의 "
                "{linear_regression.best_ratio:.2f}배이고, 거기서 조금만 더 가면 절벽이다. 굵은 선: 해까지 "
                "거리 $10^{{-6}}$에 이르는 갱신 횟수. 가는 선: 이론. 첫 번째 반복.",
                en="The limit $2/\\lambda_{{\\max}}$ gives no warning: the fastest rate is "
                "{linear_regression.best_ratio:.2f} of it, and a little further on is the cliff. "
                "Thick: updates "
                "until within $10^{{-6}}$ of the solution; thin: theory. First replicate.",
            ),
            alt=Text(
                ko="학습률에 따른 갱신 횟수. 한계의 0.1배에서 {linear_regression.steps.r_0_1:.0f}번, "
                "0.5배에서 "
                "{linear_regression.steps.r_0_5:.0f}번, 0.95배에서 {linear_regression.steps.r_0_95:.0f}번. "
                "1배를 넘으면 이르지 못한다.",
                en="Updates by learning rate: {linear_regression.steps.r_0_1:.0f} at 0.1 of the limit, "
                "{linear_regression.steps.r_0_5:.0f} at 0.5, {linear_regression.steps.r_0_95:.0f} at 0.95; "
                "beyond 1 the solution is never reached.",
            ),
            draw=draw_rates,
        ),
    ),
)
