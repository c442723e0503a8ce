"""Momentum as motion: velocity and gradient as arrows, what velocity adds up to, and what ρ does to a swing.

Deterministic, float64. Arrows: momentum on the ravine x²/20 + y² from (−7, 2), rate 0.1, ρ = 0.9, after five
updates; momentum's and Nesterov's next step from the same point with the same velocity. Velocity: v ← ρv + g
under a gradient that stays 1, and under one that alternates between 1 and −1. Damping: f = ½λx² from rest,
for every ρ from 0 to 0.99; updates until |x| stays below a millionth of its start.

Values for prose: ``velocity.constant`` (v∞/g), ``velocity.alternating`` (amplitude of v at the end over g),
``settling.shallow_0_9`` … (updates until settled; ``shallow`` λ = 0.1, ``steep`` λ = 2; ρ = 0, 0.9, 0.99),
``fastest.shallow``, ``fastest.steep`` (ρ that settles first), ``boundary.<direction>``,
``boundary_theory.<direction>`` (ρ from which on x swings), ``carried`` (length of ρv over that of the
gradient's part in the step shown), ``turn`` (degrees between momentum's and Nesterov's step there).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Figure, Text, name_of, nn, variable
from reportgen.model import ClaimResult, Replicate, Words
from reportgen.theory import momentum_velocity_gain, spectral_radius

RAVINE = nn.surfaces.BOWL  # x²/20 + y²
DIRECTIONS = {"shallow": 0.1, "steep": 2.0}  # its curvatures
GRADIENTS = ("constant", "alternating")
TYPICAL = (0.9, 0.99)  # the slide's values of ρ

PARAMS = {
    "start": (-7.0, 2.0),
    "learning_rate": 0.1,
    "momentum": 0.9,
    "shown_at": 5,
    "n_velocity": 1000,
    "n_velocity_shown": 50,
    "rho_step": 0.0005,
    "n_settling": 4000,
    "settled_at": 1e-6,
}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Take the arrows from a real path, pile up velocity, and let swings die out for every ρ."""
    path = nn.descend(
        nn.Momentum(momentum=params["momentum"]),
        RAVINE.gradient,
        params["start"],
        params["learning_rate"],
        params["shown_at"] + 1,
    )
    rho = np.arange(int(TYPICAL[-1] / params["rho_step"] + 1e-9) + 1) * params["rho_step"]
    settling, crossed = swings(rho, params)
    return xr.Dataset(
        {
            "path": variable(("point", "axis"), path, "position under momentum"),
            "step_part": variable(("rule", "arrow", "axis"), arrows(path, params), "part of the next step"),
            "velocity": variable(("gradient", "update"), velocities(params), "velocity over the gradient"),
            "settling": variable(("direction", "rho"), settling, "updates until |x| stays below the mark"),
            "crossed": variable(("direction", "rho"), crossed, "x changes its sign"),
            "theory_settling": variable(
                ("direction", "rho"), theory_settling(rho, params), "updates by the spectral radius"
            ),
            "theory_boundary": variable("direction", theory_boundary(params), "ρ from which on x swings"),
        },
        coords={
            "axis": ["x", "y"],
            "rule": ["momentum", "nesterov"],
            "arrow": ["carried", "pull"],
            "gradient": list(GRADIENTS),
            "direction": list(DIRECTIONS),
            "rho": rho,
        },
    ).expand_dims(replicate=[replicate.index for replicate in replicates])


def arrows(path: np.ndarray, params: Mapping[str, Any]) -> np.ndarray:
    """Return ρv and −α∇f of the step from the path's last but one point, (rule, arrow, axis).

    Both rules start there with momentum's velocity; Nesterov takes the gradient where ρv leads.
    """
    here, carried = path[-2], params["momentum"] * (path[-2] - path[-3])
    pulls = [-params["learning_rate"] * RAVINE.gradient(point) for point in (here, here + carried)]
    return np.array([[carried, pull] for pull in pulls])


def velocities(params: Mapping[str, Any]) -> np.ndarray:
    """Return v after each update of v ← ρv + g by the optimizer, g = 1, 1, 1, … and g = 1, −1, 1, …"""
    optimizer = nn.Momentum(momentum=params["momentum"])
    updates = np.arange(params["n_velocity"])
    gradients = np.stack([np.ones(updates.size), (-1.0) ** updates])
    x: np.ndarray = np.zeros(len(GRADIENTS))
    state, found = optimizer.init(x), []
    for gradient in gradients.T:
        x, state = optimizer.update(x, gradient, state, params["learning_rate"])
        found.append(state[0])
    return np.array(found).T


def swings(rho: np.ndarray, params: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """Iterate v ← ρv − αλx, x ← x + v from x = 1 at rest; updates until settled and whether x < 0, (λ, ρ)."""
    step = params["learning_rate"] * np.array(list(DIRECTIONS.values()))[:, None]
    x, v = np.ones((step.size, rho.size)), np.zeros((step.size, rho.size))
    last_above, crossed = np.zeros_like(x), np.zeros(x.shape, bool)
    for update in range(1, params["n_settling"] + 1):
        v = rho * v - step * x
        x = x + v
        last_above[np.abs(x) >= params["settled_at"]] = update
        crossed |= x < 0
    settled = last_above < params["n_settling"]
    return np.where(settled, last_above + 1, np.inf), crossed


def theory_settling(rho: np.ndarray, params: Mapping[str, Any]) -> np.ndarray:
    """Return ln(settled_at)/ln(spectral radius), (λ, ρ)."""
    radius = [
        [spectral_radius(curvature, params["learning_rate"], momentum=one) for one in rho]
        for curvature in DIRECTIONS.values()
    ]
    return np.asarray(np.log(params["settled_at"]) / np.log(radius))


def theory_boundary(params: Mapping[str, Any]) -> np.ndarray:
    """Return (1 − √(αλ))²: above it the eigenvalues of an update are complex and x swings."""
    step = params["learning_rate"] * np.array(list(DIRECTIONS.values()))
    return np.asarray((1 - np.sqrt(step)) ** 2)


# --- summary and values ---


def summarize(dataset: xr.Dataset, params: Mapping[str, Any]) -> xr.Dataset:
    """Take the one replicate, and add the ravine around the step that is shown."""
    summary = dataset.isel(replicate=0, drop=True)
    here = summary["path"].isel(point=-2)
    x, y = (np.linspace(float(here[axis]) - 1.5, float(here[axis]) + 2.5, 61) for axis in range(2))
    return summary.assign(
        surface=(("grid_y", "grid_x"), RAVINE.value(np.stack(np.meshgrid(x, y), axis=-1))),
        fastest=summary["rho"][summary["settling"].argmin("rho")].drop_vars("rho"),
        boundary=boundary(summary),
        velocity_shown=summary["velocity"]
        .isel(update=slice(params["n_velocity_shown"]))
        .rename(update="early"),
        gain=momentum_velocity_gain(params["momentum"]),
    ).assign_coords(grid_x=x, grid_y=y)


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the text quotes."""

    def table(array: xr.DataArray) -> dict[str, float]:
        return {direction: float(array.sel(direction=direction)) for direction in DIRECTIONS}

    settling = summary["settling"].sel(rho=[0.0, *TYPICAL], method="nearest")
    names = [f"{rho:g}".replace(".", "_") for rho in (0.0, *TYPICAL)]
    steps = summary["step_part"].sum("arrow")
    angles = np.degrees(np.arctan2(steps.sel(axis="y"), steps.sel(axis="x")))
    lengths = np.linalg.norm(summary["step_part"].sel(rule="momentum"), axis=-1)
    return {
        "velocity": {
            name: abs(float(summary["velocity"].sel(gradient=name).isel(update=-1))) for name in GRADIENTS
        },
        "settling": {
            f"{direction}_{name}": float(settling.sel(direction=direction)[index])
            for direction in DIRECTIONS
            for index, name in enumerate(names)
        },
        "fastest": table(summary["fastest"]),
        "boundary": table(summary["boundary"]),
        "boundary_theory": table(summary["theory_boundary"]),
        "carried": float(lengths[0] / lengths[1]),
        "turn": float(abs(angles[1] - angles[0])),
    }


# --- quantities ---


def sum_of_arrows(dataset: xr.Dataset) -> float:
    """Distance of momentum's real step from ρv − α∇f, over its length."""
    data = dataset.isel(replicate=0)
    step = data["path"].diff("point").isel(point=-1)
    parts = data["step_part"].sel(rule="momentum").sum("arrow")
    return float(np.linalg.norm(step - parts) / np.linalg.norm(step))


def final_velocity(dataset: xr.Dataset) -> float:
    """Velocity over the gradient, after many updates under a constant gradient."""
    return float(dataset["velocity"].isel(replicate=0, update=-1).sel(gradient="constant"))


def rescaled_velocity(dataset: xr.Dataset) -> float:
    """1 − ρ times that velocity, with the ρ for which the optimizer ran."""
    velocity = dataset["velocity"].isel(replicate=0).sel(gradient="constant")
    rho = float(velocity[1] - velocity[0])  # v₂ − v₁ = ρ under the gradient 1
    return (1 - rho) * final_velocity(dataset)


def damping_ratio(dataset: xr.Dataset) -> float:
    """Damping (one over the updates until settled) at the larger typical ρ over that at the smaller.

    The smaller ratio of both directions.
    """
    settling = dataset["settling"].isel(replicate=0).sel(rho=list(TYPICAL), method="nearest")
    return float((settling[:, 0] / settling[:, 1]).min())


def boundary(data: xr.Dataset) -> xr.DataArray:
    """Return the smallest ρ for which x changes its sign, by direction."""
    first: xr.DataArray = data["rho"].where(data["crossed"]).min("rho")
    return first


def boundary_ratio(direction: str) -> Callable[[xr.Dataset], float]:
    """Return a quantity: the measured boundary of swinging over (1 − √(αλ))²."""

    def quantity(dataset: xr.Dataset) -> float:
        data = dataset.isel(replicate=0).sel(direction=direction)
        return float(boundary(data) / data["theory_boundary"])

    return quantity


# --- figures ---


def draw_arrows(summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Draw one step of momentum and one of Nesterov as sums of arrows, from the same point and velocity."""
    figure, axes = style.subplots(1, 2, width="wide", height=62, sharex=True, sharey=True, right=4)
    path, here = summary["path"], summary["path"].isel(point=-2).values
    for axis, rule in zip(axes, summary["rule"].values, strict=True):
        carried, pull = (
            summary["step_part"].sel(rule=rule, arrow=name).values for name in ("carried", "pull")
        )
        style.contour(axis, summary["grid_x"], summary["grid_y"], summary["surface"], levels=12)
        axis.plot(*path.isel(point=slice(None, -1)).values.T, "-", color=style.color("muted"), linewidth=0.7)
        axis.plot(*here, "o", color=style.color("ink"), markersize=4, zorder=5)
        tip = here + carried
        draw_arrow(axis, style, here, tip, "accent")
        draw_arrow(axis, style, tip, tip + pull, "fifth")
        if rule == "momentum":  # the gradient belongs to the point where the step begins
            draw_arrow(axis, style, here, here + pull, "fifth")
        else:
            axis.plot(*tip, "o", color=style.color("paper"), markeredgecolor=style.color("ink"), zorder=5)
        draw_arrow(axis, style, here, tip + pull, "ink")
        style.panel_title(axis, words(name_of(rule)))
        axis.set_aspect("equal")
        axis.set_xlim(here[0] - 0.28, here[0] + 0.62)
        axis.set_ylim(here[1] - 0.6, here[1] + 0.35)
        axis.set_xlabel("x")
        label_arrows(axis, style, words, rule, here, carried, pull)
    axes[0].set_ylabel("y")
    return figure


def draw_arrow(axis: Any, style: Any, start: np.ndarray, end: np.ndarray, role: str) -> None:
    """Draw one arrow in data coordinates."""
    arrow = {"arrowstyle": "-|>", "color": style.color(role), "linewidth": 1.2, "shrinkA": 0, "shrinkB": 0}
    axis.annotate("", xy=tuple(end), xytext=tuple(start), arrowprops=arrow, zorder=4)


def label_arrows(
    axis: Any, style: Any, words: Words, rule: str, here: np.ndarray, carried: np.ndarray, pull: np.ndarray
) -> None:
    """Write beside each arrow what it is."""
    tip = here + carried
    gradient_at = "x" if rule == "momentum" else "x + ρv"
    style.direct_label(axis, *(here + 0.55 * carried), "ρv", "accent", side="left")
    style.direct_label(axis, *(tip + 0.5 * pull), f"−α∇f({gradient_at})", "fifth")
    style.direct_label(axis, *(here + carried + pull), words(STEP), "ink")
    style.direct_label(axis, *here, "x", "ink", side="left")


def draw_velocity(summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Draw velocity under a constant and under an alternating gradient, beside their running mean."""
    figure, axes = style.subplots(1, 2, width="text", height=50, wspace=15, right=15)
    updates = np.arange(1, summary.sizes["early"] + 1)
    gain = float(summary["gain"])
    for axis, name in zip(axes, GRADIENTS, strict=True):
        velocity = summary["velocity_shown"].sel(gradient=name)
        shown = slice(None) if name == "constant" else slice(30)
        gradient = np.ones(updates.size) if name == "constant" else (-1.0) ** (updates - 1)
        mark = {"marker": "", "linestyle": "-"}
        style.line(axis, updates[shown], gradient[shown], "muted", label="g", linewidth=0.7, **mark)
        style.line(axis, updates[shown], velocity[shown], "momentum", **mark)
        end = float(velocity[shown][-1])
        style.direct_label(axis, updates[shown][-1], end, f"v {end:.2f}".replace("-", "−"), "momentum")
        axis.set_xlabel(words(UPDATE))
        axis.set_xlim(1, updates[shown][-1])
        style.panel_title(axis, words(GRADIENT_NAMES[name]))
    style.line(
        axes[0], updates, summary["velocity_shown"].sel(gradient="constant") / gain, "third", marker=""
    )
    axes[0].text(
        49.0, 2.0, words(RUNNING_MEAN), color=style.text_color("third"), fontsize=style.size(), ha="right"
    )
    axes[0].set_ylim(0, 10.8)
    axes[1].set_ylim(-1.25, 1.25)
    return figure


def draw_settling(summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Draw the updates until settled against ρ, where x begins to swing, and the slide's two values."""
    figure, axis = style.subplots(width="text", height=62, right=9, top=3)
    style.log_axis(axis, "y")
    for direction, role in {"shallow": "first", "steep": "second"}.items():
        cut = summary.sel(direction=direction)
        style.theory(axis, cut["rho"], cut["theory_settling"])
        axis.plot(cut["rho"], cut["settling"], color=style.color(role), linewidth=1.4, alpha=0.8)
        named = cut.sel(rho=0.13, method="nearest")
        style.direct_label(
            axis, named["rho"], named["settling"], words(DIRECTION_NAMES[direction]), role, side="above"
        )
        edge = float(cut["boundary"])
        axis.axvline(edge, color=style.color(role), linestyle=":", linewidth=0.8)
        axis.text(
            edge + 0.012,
            11,
            f"{words(SWINGS)}\nρ > {edge:.2f}",
            ha="left",
            va="bottom",
            color=style.text_color(role),
            fontsize=style.size(),
        )
    typical = summary["settling"].sel(direction="steep").sel(rho=list(TYPICAL), method="nearest")
    axis.plot(TYPICAL, typical, "o", color=style.color("ink"), markersize=4, zorder=5)
    for rho, updates, side in zip(TYPICAL, typical.values, ("right", "left"), strict=True):
        style.direct_label(axis, rho, updates, f"{rho:g}: {updates:.0f}", "ink", side=side)
    axis.set_xlim(0, 1)
    axis.set_ylim(10, 6000)
    axis.set_xlabel("ρ")
    axis.set_ylabel(words(UPDATES_SETTLED))
    return figure


STEP = Text(ko="걸음", en="step")
UPDATE = Text(ko="갱신", en="update")
RUNNING_MEAN = Text(ko="(1 − ρ)v: 이동 평균", en="(1 − ρ)v: running mean")
SWINGS = Text(ko="진동", en="swings")
UPDATES_SETTLED = Text(ko="가라앉기까지의 갱신 횟수", en="updates until settled")
GRADIENT_NAMES = {
    "constant": Text(ko="늘 같은 기울기", en="constant gradient"),
    "alternating": Text(ko="번갈아 바뀌는 기울기", en="alternating gradient"),
}
DIRECTION_NAMES = {
    "shallow": Text(ko="완만한 방향 (λ = 0.1)", en="shallow (λ = 0.1)"),
    "steep": Text(ko="가파른 방향 (λ = 2)", en="steep (λ = 2)"),
}

ONE_PERCENT = Text(
    ko="판정에는 쓰지 않는다. 이론과 1 % 안에서 맞아야 모의실험을 믿을 수 있다.",
    en="Not judged; a simulation is to be trusted if it meets theory within 1 %.",
)

CLAIMS = (
    Claim(
        id="F02",
        says=Text(
            ko="모멘텀은 가속도의 개념을 들여온 것이다. 지금 점에서의 기울기를 속도에 더한 것이 한 걸음이다.",
            en="Momentum introduces the notion of acceleration: a step is the velocity plus the gradient at "
            "the current point.",
        ),
        better=Text(
            ko="기울기는 속도를 바꾸는 힘, 곧 가속도이고, 매개변수를 옮기는 것은 속도이다: "
            "$v \\leftarrow \\rho v - \\alpha\\nabla f(x),\\; x \\leftarrow x + v$.",
            en="The gradient is the force: it changes the velocity (acceleration), and the velocity "
            "moves the "
            "parameters: $v \\leftarrow \\rho v - \\alpha\\nabla f(x),\\; x \\leftarrow x + v$.",
        ),
        source="Momentum",
        checks=(
            Check(
                name="sum",
                label=Text(
                    ko="실제 걸음과 $\\rho v - \\alpha\\nabla f(x)$의 차이 (걸음의 길이를 1로)",
                    en="real step against $\\rho v - \\alpha\\nabla f(x)$, over its length",
                ),
                quantity=sum_of_arrows,
                estimator="exact",
                relation="<=",
                bound=1e-12,
                role="validates",
                because=Text(
                    ko="반올림 오차뿐이어야 그림의 화살표가 실제 걸음이다.",
                    en="Rounding only: then the arrows of the figure are the real step.",
                ),
            ),
        ),
    ),
    Claim(
        id="F05",
        says=Text(
            ko="속도는 기울기의 이동 평균(running mean)으로 쌓인다.",
            en="Velocity builds up as a running mean of gradients.",
        ),
        better=Text(
            ko="속도는 지난 기울기를 $\\rho$의 거듭제곱으로 줄여 가며 더한 **합**이다. 이동 평균의 "
            "$1/(1-\\rho)$배이므로, $\\rho$를 바꾸면 걸음의 크기도 함께 바뀐다.",
            en="Velocity is a decaying **sum** of gradients, $1/(1-\\rho)$ times their running mean; a "
            "change "
            "of $\\rho$ therefore changes the length of the steps as well.",
        ),
        source="SGD+Momentum",
        checks=(
            Check(
                name="gain",
                label=Text(
                    ko="기울기가 일정할 때 속도 ÷ 기울기 ($\\rho=0.9$, 1000번 갱신한 뒤)",
                    en="velocity over gradient under a constant gradient ($\\rho=0.9$, after 1000 updates)",
                ),
                quantity=final_velocity,
                estimator="exact",
                relation="within",
                bound=(1.0, 1.0),
                because=Text(
                    ko="같은 수의 평균은 그 수 자신이므로, 평균이라면 1이어야 한다.",
                    en="The mean of equal numbers is that number: a mean gives 1.",
                ),
            ),
            Check(
                name="rescaled",
                label=Text(
                    ko="$(1-\\rho)$를 곱한 속도 ÷ 기울기", en="$(1-\\rho)$ times velocity, over gradient"
                ),
                quantity=rescaled_velocity,
                estimator="exact",
                relation="within",
                bound=(1.0, 1.0),
                role="reports",
                because=Text(
                    ko="판정에는 쓰지 않는다. 1이면 $(1-\\rho)v$가 이동 평균이다.",
                    en="Not judged: 1 if $(1-\\rho)v$ is the running mean.",
                ),
            ),
        ),
    ),
    Claim(
        id="F06",
        says=Text(
            ko="$\\rho$는 ‘마찰’이며 보통 0.9나 0.99를 쓴다.",
            en="Rho is “friction”, typically 0.9 or 0.99.",
        ),
        better=Text(
            ko="마찰은 $1-\\rho$이다. $\\rho$가 클수록 속도가 오래 남고 진동이 늦게 가라앉는다.",
            en="The friction is $1-\\rho$: the larger $\\rho$, the longer velocity lasts and the later "
            "a swing "
            "dies out.",
        ),
        source="SGD+Momentum",
        checks=(
            Check(
                name="damping",
                label=Text(
                    ko="감쇠 $1/T$: $\\rho=0.99$일 때 ÷ $\\rho=0.9$일 때 ($T$는 진동이 백만분의 1로 "
                    "가라앉기까지의 갱신, 두 방향 가운데 작은 비)",
                    en="damping $1/T$ at $\\rho=0.99$ over that at $0.9$ ($T$: updates until a swing stays "
                    "below a millionth; the smaller ratio of both directions)",
                ),
                quantity=damping_ratio,
                estimator="exact",
                relation=">=",
                bound=1.0,
                because=Text(
                    ko="$\\rho$가 마찰이라면 $\\rho$가 클수록 진동이 빨리 가라앉아야 한다.",
                    en="If $\\rho$ is friction, more of it must end a swing earlier.",
                ),
            ),
            *(
                Check(
                    name=f"boundary_{direction}",
                    label=Text(
                        ko=f"진동이 시작되는 $\\rho$: 잰 값 ÷ $(1-\\sqrt{{\\alpha\\lambda}})^2$, "
                        f"{DIRECTION_NAMES[direction]['ko']}",
                        en=f"$\\rho$ at which swings begin, over $(1-\\sqrt{{\\alpha\\lambda}})^2$, "
                        f"{DIRECTION_NAMES[direction]['en']}",
                    ),
                    quantity=boundary_ratio(direction),
                    estimator="exact",
                    relation="within",
                    bound=(0.99, 1.01),
                    role="reports",
                    because=ONE_PERCENT,
                )
                for direction in DIRECTIONS
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
            name="arrows",
            width="wide",
            caption=Text(
                ko="한 걸음은 남은 속도 $\\rho v$와 기울기의 몫 $-\\alpha\\nabla f$의 합이다. 모멘텀은 선 "
                "자리 $x$의 기울기를, 네스테로프는 속도가 데려갈 자리 $x+\\rho v$(흰 점)의 기울기를 쓴다. "
                "같은 점, 같은 속도에서 두 걸음의 방향은 {momentum_physics.turn:.0f}° 다르다. "
                "골짜기 $x^2/20+y^2$를 다섯 번 갱신한 뒤의 실제 값, $\\alpha=0.1$, $\\rho=0.9$.",
                en="A step is the sum of the velocity that is left, $\\rho v$, and the gradient's part, "
                "$-\\alpha\\nabla f$. Momentum takes the gradient where it stands, at $x$; Nesterov "
                "where the "
                "velocity leads, at $x+\\rho v$ (white dot). From the same point and velocity the two steps "
                "differ by {momentum_physics.turn:.0f}°. Real values after five updates in the ravine "
                "$x^2/20+y^2$, $\\alpha=0.1$, $\\rho=0.9$.",
            ),
            alt=Text(
                ko="등고선 위의 화살표. 남은 속도 ρv는 기울기의 몫보다 {momentum_physics.carried:.1f}배 "
                "길다. "
                "모멘텀의 걸음과 네스테로프의 걸음은 방향이 {momentum_physics.turn:.0f}도 다르다.",
                en="Arrows over contours. The velocity carried on, ρv, is "
                "{momentum_physics.carried:.1f} times "
                "as long as the gradient's part. Momentum's and Nesterov's steps differ in direction by "
                "{momentum_physics.turn:.0f} degrees.",
            ),
            draw=draw_arrows,
        ),
        Figure(
            name="velocity",
            caption=Text(
                ko="속도는 평균이 아니라 합이다. 늘 1인 기울기 아래에서 속도는 1이 아니라 "
                "{momentum_physics.velocity.constant:.0f}까지 쌓이고, $(1-\\rho)v$가 1에 이른다. 1과 −1을 "
                "오가는 기울기는 서로 지워져 속도의 크기가 "
                "{momentum_physics.velocity.alternating:.2f}에 가까워진다. "
                "$\\rho=0.9$.",
                en="Velocity is a sum, not a mean. Under a gradient of 1 it builds up to "
                "{momentum_physics.velocity.constant:.0f}, not to 1; it is $(1-\\rho)v$ that reaches 1. A "
                "gradient that alternates between 1 and −1 cancels, and velocity comes to swing by "
                "{momentum_physics.velocity.alternating:.2f}. $\\rho=0.9$.",
            ),
            alt=Text(
                ko="왼쪽: 기울기 1 아래에서 속도가 {momentum_physics.velocity.constant:.0f}까지 오르는 "
                "곡선과 "
                "1에 이르는 이동 평균. 오른쪽: 번갈아 바뀌는 기울기 아래에서 크기 "
                "{momentum_physics.velocity.alternating:.2f}인 채 흔들리는 속도.",
                en="Left: velocity rising to {momentum_physics.velocity.constant:.0f} under a gradient "
                "of 1, and "
                "the running mean that reaches 1. Right: velocity swinging with amplitude "
                "{momentum_physics.velocity.alternating:.2f} under an alternating gradient.",
            ),
            draw=draw_velocity,
        ),
        Figure(
            name="settling",
            caption=Text(
                ko="진동이 백만분의 1로 가라앉기까지의 갱신 횟수. 점선보다 왼쪽에서는 $x$가 부호를 "
                "바꾸지 않고, "
                "오른쪽에서는 진동한다. 진동하는 곳에서는 $\\rho$가 클수록 늦게 가라앉는다. 점은 $\\rho$ = "
                "0.9와 0.99, 가는 검은 선은 스펙트럼 반지름이 말하는 값이다. "
                "$f=\\frac{{1}}{{2}}\\lambda x^2$, "
                "$\\alpha=0.1$.",
                en="Updates until a swing has died down to a millionth. Left of the dotted line $x$ "
                "keeps its "
                "sign, right of it $x$ swings, and there a larger $\\rho$ ends the swing later. "
                "Dots: $\\rho$ = "
                "0.9 and 0.99; thin dark lines: by the spectral radius. $f=\\frac{{1}}{{2}}\\lambda x^2$, "
                "$\\alpha=0.1$.",
            ),
            alt=Text(
                ko="ρ에 따른 두 골짜기 모양의 곡선. 완만한 방향은 ρ = "
                "{momentum_physics.fastest.shallow:.2f}, "
                "가파른 방향은 ρ = {momentum_physics.fastest.steep:.2f}에서 가장 빨리 가라앉는다. ρ "
                "= 0.9에서 "
                "{momentum_physics.settling.shallow_0_9:.0f}번과 "
                "{momentum_physics.settling.steep_0_9:.0f}번, "
                "0.99에서 {momentum_physics.settling.shallow_0_99:.0f}번과 "
                "{momentum_physics.settling.steep_0_99:.0f}번이다.",
                en="Two valley-shaped curves against ρ. The shallow direction settles first at ρ = "
                "{momentum_physics.fastest.shallow:.2f}, the steep one at ρ = "
                "{momentum_physics.fastest.steep:.2f}. At ρ = 0.9 they take "
                "{momentum_physics.settling.shallow_0_9:.0f} and {momentum_physics.settling.steep_0_9:.0f} "
                "updates, at 0.99 {momentum_physics.settling.shallow_0_99:.0f} and "
                "{momentum_physics.settling.steep_0_99:.0f}.",
            ),
            draw=draw_settling,
        ),
    ),
)
