"""Nesterov's O(1/k²): the gap to the optimum on an ill-conditioned convex quadratic, and the bound.

Deterministic, float64. f(x) = ½ Σ λᵢ xᵢ² in 200 dimensions, curvatures spaced evenly on the logarithmic
scale from 10⁻⁶ to L = 1, from x₀ = (1, …, 1), rate 1/L, 1000 updates. Nesterov's *schedule* of momentum is
μ_k = (t_k − 1)/t_{k+1}, t_{k+1} = (1 + √(1 + 4t_k²))/2, t₁ = 1; beside it Nesterov's and classical momentum
at a constant 0.9, and plain gradient descent.

Values for prose, each by ``scheduled``, ``constant``, ``classical``, ``plain``: ``gap`` (f − f* after the
last update), ``share`` (largest share of the bound that the gap takes), ``slope`` (of log gap on log k,
from k = 100 on); ``bound`` (after the last update).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Figure, Text, nn, variable
from reportgen.model import ClaimResult, Replicate, Words
from reportgen.theory import nesterov_bound

PARAMS = {
    "n_dimensions": 200,
    "smallest_curvature": 1e-6,
    "momentum": 0.9,
    "n_steps": 1000,
}
RULES = ("scheduled", "constant", "classical", "plain")
LATE = 100  # from here on the slope is taken


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Descend by each rule from the same start at the rate 1/L; f at each point."""
    surface = nn.surfaces.Quadratic(
        curvatures=tuple(np.geomspace(params["smallest_curvature"], 1.0, params["n_dimensions"]))
    )
    start, n_steps = np.ones(params["n_dimensions"]), params["n_steps"]
    constant = np.full(n_steps, params["momentum"])
    paths = {
        "scheduled": look_ahead(surface, start, scheduled_momentum(n_steps)),
        "constant": look_ahead(surface, start, constant),
        "classical": nn.descend(
            nn.Momentum(momentum=params["momentum"]), surface.gradient, start, 1.0, n_steps
        ),
        "plain": nn.descend(nn.SGD(), surface.gradient, start, 1.0, n_steps),
    }
    updates = np.arange(n_steps + 1)
    return xr.Dataset(
        {
            "gap": variable(
                ("rule", "update"), np.array([surface.value(paths[rule]) for rule in RULES]), "f − f*"
            ),
            "bound": variable(
                "update", nesterov_bound(1.0, float(np.linalg.norm(start)), updates), "2L‖x₀ − x*‖²/(k + 1)²"
            ),
        },
        coords={"rule": list(RULES), "update": updates},
    ).expand_dims(replicate=[replicate.index for replicate in replicates])


def scheduled_momentum(n_steps: int) -> np.ndarray:
    """Return Nesterov's momentum of updates 1 … n_steps: 0, then (t_k − 1)/t_{k+1}, towards 1."""
    t, momentum = 1.0, [0.0]
    for _ in range(n_steps - 1):
        following = (1 + np.sqrt(1 + 4 * t**2)) / 2
        momentum.append((t - 1) / following)
        t = following
    return np.array(momentum)


def look_ahead(surface: nn.surfaces.Quadratic, start: np.ndarray, momentum: np.ndarray) -> np.ndarray:
    """Return the path of v ← μ_k v − ∇f(x + μ_k v), x ← x + v: Nesterov's rule at the rate 1/L = 1."""
    x, v, path = start, np.zeros_like(start), [start]
    for mu in momentum:
        v = mu * v - surface.gradient(x + mu * v)
        x = x + v
        path.append(x)
    return np.array(path)


def summarize(dataset: xr.Dataset, _params: Mapping[str, Any]) -> xr.Dataset:
    """Take the one replicate."""
    summary = dataset.isel(replicate=0, drop=True)
    return summary.assign(
        share=("rule", [share_of_bound(rule)(dataset) for rule in RULES]),
        slope=("rule", [slope(rule)(dataset) for rule in RULES]),
    )


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the text quotes."""

    def table(array: xr.DataArray) -> dict[str, float]:
        return {rule: float(array.sel(rule=rule)) for rule in RULES}

    return {
        "gap": table(summary["gap"].isel(update=-1)),
        "share": table(summary["share"]),
        "slope": table(summary["slope"]),
        "bound": float(summary["bound"][-1]),
    }


# --- quantities ---


def share_of_bound(rule: str) -> Callable[[xr.Dataset], float]:
    """Return a quantity: the largest (f_k − f*)/(2L‖x₀ − x*‖²/(k + 1)²) over k = 1, 2, …"""

    def quantity(dataset: xr.Dataset) -> float:
        data = dataset.isel(replicate=0, update=slice(1, None))
        return float((data["gap"].sel(rule=rule) / data["bound"]).max())

    return quantity


def slope(rule: str) -> Callable[[xr.Dataset], float]:
    """Return a quantity: the least-squares slope of log(f_k − f*) on log k over the later updates."""

    def quantity(dataset: xr.Dataset) -> float:
        late = dataset.isel(replicate=0).sel(rule=rule, update=slice(LATE, None))
        return float(np.polyfit(np.log(late["update"]), np.log(late["gap"]), 1)[0])

    return quantity


# --- figure ---


def draw_gaps(summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Draw the gap to the optimum against the update, both logarithmic, and the bound."""
    figure, axis = style.subplots(width="text", height=66, right=36, top=3)
    style.log_axis(axis, "both")
    later = summary.isel(update=slice(1, None))
    for rule, (role, name, dashes) in LOOKS.items():
        options = {} if dashes is None else {"linestyle": dashes}
        label = f"{words(name)}: {float(summary['slope'].sel(rule=rule)):.1f}".replace("-", "−")
        style.line(axis, later["update"], later["gap"].sel(rule=rule), role, label=label, **options)
    style.line(axis, later["update"], later["bound"], "bound", label=words(BOUND), marker="")
    axis.set_xlim(1, float(later["update"][-1]))
    axis.set_xlabel("k")
    axis.set_ylabel("f(x_k) − f*".replace("_k", "ₖ"))
    return figure


BOUND = Text(ko="한계 2L‖x₀−x*‖²/(k+1)²", en="bound 2L‖x₀−x*‖²/(k+1)²")
LOOKS: dict[str, tuple[str, Text, Any]] = {
    "scheduled": ("nesterov", Text(ko="네스테로프, 스케줄", en="Nesterov, scheduled"), "-"),
    "constant": ("nesterov", Text(ko="네스테로프, 0.9", en="Nesterov, 0.9"), None),
    "classical": ("momentum", Text(ko="모멘텀, 0.9", en="Momentum, 0.9"), None),
    "plain": ("sgd", Text(ko="경사 하강법", en="gradient descent"), None),
}
SHOWN = Text(
    ko="판정에는 쓰지 않는다. 강의의 식에서는 $\\rho$가 일정하다.",
    en="Not judged; in the lecture's rule ρ is constant.",
)

experiment = Experiment(
    params=PARAMS,
    replicates=1,
    measure=measure,
    summarize=summarize,
    values=values,
    claims=(
        Claim(
            id="F09",
            says=Text(
                ko="네스테로프의 방법은 볼록 함수에서 $O(1/k^2)$으로 수렴한다(Nesterov 1983, 2004; "
                "Sutskever 외 "
                "2013).",
                en="Nesterov's method converges as $O(1/k^2)$ on convex functions (Nesterov 1983, 2004; "
                "Sutskever et al. 2013).",
            ),
            better=Text(
                ko="$O(1/k^2)$은 모멘텀이 1로 다가가는 네스테로프의 스케줄과 잡음 없는 볼록 함수에 대한 "
                "보장이다. 강의의 식처럼 $\\rho$가 일정하면 이 보장은 없다.",
                en="$O(1/k^2)$ is guaranteed for Nesterov's schedule, whose momentum goes to 1, and for "
                "convex "
                "functions without noise; not for the constant $\\rho$ of the lecture's rule.",
            ),
            source="Momentum update",
            checks=(
                Check(
                    name="scheduled",
                    label=Text(
                        ko="$k \\le 1000$에서 $(f_k - f^*)$ ÷ 한계의 최댓값, 네스테로프의 스케줄",
                        en="largest $(f_k - f^*)$ over bound, $k \\le 1000$, Nesterov's schedule",
                    ),
                    quantity=share_of_bound("scheduled"),
                    estimator="exact",
                    relation="<=",
                    bound=1.0,
                    because=Text(
                        ko="한계는 $2L\\lVert x_0-x^*\\rVert^2/(k+1)^2$이다. 정리는 모든 $k$에서 그 "
                        "아래라고 말한다.",
                        en="The bound is $2L\\lVert x_0-x^*\\rVert^2/(k+1)^2$; the theorem says below "
                        "it at every "
                        "$k$.",
                    ),
                ),
                *(
                    Check(
                        name=f"slope_{rule}",
                        label=Text(
                            ko=f"$\\log(f_k-f^*)$의 $\\log k$에 대한 기울기, $k \\ge 100$: "
                            f"{LOOKS[rule][1]['ko']}",
                            en=f"slope of $\\log(f_k-f^*)$ on $\\log k$, $k \\ge 100$: "
                            f"{LOOKS[rule][1]['en']}",
                        ),
                        quantity=slope(rule),
                        estimator="exact",
                        relation="<=",
                        bound=-2.0,
                        role="reports",
                        because=SHOWN,
                    )
                    for rule in RULES
                ),
                Check(
                    name="constant",
                    label=Text(
                        ko="$k \\le 1000$에서 $(f_k - f^*)$ ÷ 한계의 최댓값, $\\rho = 0.9$",
                        en="largest $(f_k - f^*)$ over bound, $k \\le 1000$, $\\rho = 0.9$",
                    ),
                    quantity=share_of_bound("constant"),
                    estimator="exact",
                    relation="<=",
                    bound=1.0,
                    role="reports",
                    because=SHOWN,
                ),
            ),
        ),
    ),
    figures=(
        Figure(
            name="gaps",
            caption=Text(
                ko="네스테로프의 스케줄은 한계 아래에 머물며 $k$의 {accelerated.slope.scheduled:.1f}제곱으로 "
                "떨어진다. $\\rho$가 0.9로 일정하면 {accelerated.slope.constant:.1f}제곱으로, 경사 하강법과 "
                "거의 나란하다. 두 축 모두 로그이며, 이름 옆의 지수는 $k \\ge 100$에서 잰 것이다. "
                "200차원 이차 함수, "
                "곡률 $10^{{-6}}$부터 1, 학습률 $1/L$.",
                en="Nesterov's schedule stays below the bound and falls as the power "
                "{accelerated.slope.scheduled:.1f} of $k$; at a constant $\\rho$ of 0.9 it is the power "
                "{accelerated.slope.constant:.1f}, almost parallel to gradient descent. Both axes "
                "logarithmic; beside the names the powers, fitted from $k = 100$ on. Quadratic in 200 "
                "dimensions, curvatures $10^{{-6}}$ to 1, rate $1/L$.",
            ),
            alt=Text(
                ko="1000번 갱신한 뒤 f − f*는 스케줄 {accelerated.gap.scheduled:.1e}, ρ = 0.9인 네스테로프 "
                "{accelerated.gap.constant:.1e}, ρ = 0.9인 모멘텀 {accelerated.gap.classical:.1e}, "
                "경사 하강법 "
                "{accelerated.gap.plain:.1e}이고 한계는 {accelerated.bound:.1e}이다.",
                en="After 1000 updates f − f* is {accelerated.gap.scheduled:.1e} with the schedule, "
                "{accelerated.gap.constant:.1e} for Nesterov and {accelerated.gap.classical:.1e} for "
                "momentum at "
                "0.9, {accelerated.gap.plain:.1e} for gradient descent; the bound is "
                "{accelerated.bound:.1e}.",
            ),
            draw=draw_gaps,
        ),
    ),
)
