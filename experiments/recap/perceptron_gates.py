"""Which logic gates one perceptron can be, tried with every weight of a grid; and XOR from three of them.

A perceptron gives 1 where w₁x₁ + w₂x₂ + b > 0 and else 0. The grid's numbers are eighths, exact in binary,
so no sum is rounded. All sixteen functions of two bits are looked for, not only the four gates.

Values for prose: ``best.and`` … ``best.xor`` (highest share of the truth table's four rows), ``share.and``
… (share of the grid's units that are this gate), ``n_units`` (size of the grid), ``n_functions`` (of sixteen
that some unit computes), ``two_layers.xor`` (share right of XOR from NAND, OR and AND), ``bend.affine``,
``bend.step`` (largest distance of the unit's value midway from the mean of its ends).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Figure, Text, variable
from reportgen.model import ClaimResult, Replicate, Words

ROWS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])  # of a truth table
GATES = {"and": (0, 0, 0, 1), "or": (0, 1, 1, 1), "nand": (1, 1, 1, 0), "xor": (0, 1, 1, 0)}
UNITS = {
    "and": (1.0, 1.0, -1.5),
    "or": (1.0, 1.0, -0.5),
    "nand": (-1.0, -1.0, 1.5),
}  # w₁, w₂, b of the figure

PARAMS = {"reach": 2.0, "per_unit": 8}


def measure(params: Mapping[str, Any], replicates: Sequence[Replicate]) -> xr.Dataset:
    """Compute the truth table of every unit of the grid, and compare it with every gate's."""
    tables = truth_tables(params["reach"], params["per_unit"])  # (unit, row)
    matches = {name: (tables == np.array(gate)).mean(axis=1) for name, gate in GATES.items()}
    numbers = tables @ np.array([8, 4, 2, 1])  # a truth table read as a number from 0 to 15
    hidden = np.stack([perceptron(UNITS[name], ROWS) for name in ("nand", "or")], axis=1)
    output = perceptron(UNITS["and"], hidden)
    return xr.Dataset(
        {
            "best": variable("gate", [found.max() for found in matches.values()], "best share of rows right"),
            "share": variable("gate", [(m == 1).mean() for m in matches.values()], "share of units that fit"),
            "rows_right": variable(
                ("gate", "n_right"),
                [np.bincount((4 * m).astype(int), minlength=5) / len(tables) for m in matches.values()],
                "share of units by rows right",
            ),
            "n_units": variable((), len(tables), "units of the grid"),
            "n_functions": variable(
                (), np.unique(numbers).size, "functions of two bits that a unit computes"
            ),
            "hidden": variable(("row", "unit"), hidden, "outputs of NAND and OR"),
            "output": variable("row", output, "output of AND on top of them"),
            "bend": variable("kind", bends(), "largest distance from the mean of the ends, midway"),
        },
        coords={
            "gate": list(GATES),
            "n_right": np.arange(5),
            "unit": ["nand", "or"],
            "kind": ["affine", "step"],
        },
    ).expand_dims(replicate=[replicate.index for replicate in replicates])


def perceptron(weights: Sequence[float], x: np.ndarray) -> np.ndarray:
    """Return the 0/1 output of the unit (w₁, w₂, b) on inputs (n, 2)."""
    return np.asarray(x @ np.array(weights[:2]) + weights[2] > 0, dtype=int)


def truth_tables(reach: float, per_unit: int) -> np.ndarray:
    """Return the outputs (unit, row) of all units with w₁, w₂ and b on the grid from −reach to reach."""
    n = round(reach * per_unit)
    axis = np.arange(-n, n + 1) / per_unit
    w1, w2, b = (values.ravel() for values in np.meshgrid(axis, axis, axis, indexing="ij"))
    sums = np.outer(w1, ROWS[:, 0]) + np.outer(w2, ROWS[:, 1]) + b[:, None]
    return (sums > 0).astype(int)


def bends() -> list[float]:
    """Return how far the AND unit is from straight without and with its step; 0 for a straight function."""
    x = np.stack(np.meshgrid(np.linspace(0, 1, 9), np.linspace(0, 1, 9)), axis=-1).reshape(-1, 2)
    w1, w2, b = UNITS["and"]
    middle = (x[:, None] + x[None, :]) / 2
    affine = x @ np.array([w1, w2]) + b
    step = perceptron(UNITS["and"], x)
    found = []
    for ends, midway in (
        (affine, middle @ np.array([w1, w2]) + b),
        (step, perceptron(UNITS["and"], middle.reshape(-1, 2)).reshape(middle.shape[:2])),
    ):
        found.append(float(np.abs(midway - (ends[:, None] + ends[None, :]) / 2).max()))
    return found


def summarize(dataset: xr.Dataset, _params: Mapping[str, Any]) -> xr.Dataset:
    """Drop the replicate axis: everything is exact."""
    return dataset.isel(replicate=0, drop=True)


def values(summary: xr.Dataset) -> dict[str, float | dict[str, float]]:
    """Export what the module's docstring lists."""
    return {
        "best": {name: float(summary["best"].sel(gate=name)) for name in GATES},
        "share": {name: float(summary["share"].sel(gate=name)) for name in GATES},
        "n_units": float(summary["n_units"]),
        "n_functions": float(summary["n_functions"]),
        "two_layers": {"xor": float((summary["output"] == list(GATES["xor"])).mean())},
        "bend": {kind: float(summary["bend"].sel(kind=kind)) for kind in ("affine", "step")},
    }


# --- quantities: exact ---


def best_of(gate: str) -> Any:
    """Return a quantity: the largest share of the gate's truth table that one unit gets right."""
    return lambda dataset: float(dataset["best"].isel(replicate=0).sel(gate=gate))


def two_layers(dataset: xr.Dataset) -> float:
    """Share of XOR's truth table that AND(NAND, OR) gets right."""
    return float((dataset["output"].isel(replicate=0).values == np.array(GATES["xor"])).mean())


# --- figures ---


def draw_unit(_summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Draw the AND unit as a diagram with its numbers, one row of the truth table going through it."""
    figure, axis = style.subplots(width="text", height=46, left=1, right=1, top=1, bottom=1)
    blank(axis, (0, 105), (0, 44))
    w1, w2, b = UNITS["and"]
    ink, muted = style.color("ink"), style.color("muted")
    places = {"x₁ = 1": (12, 32), "x₂ = 1": (12, 19), "1": (12, 6)}
    sums, step = (50, 19), (74, 19)
    for (name, (x, y)), weight in zip(places.items(), (w1, w2, b), strict=True):
        arrow(axis, (x + 5, y), (sums[0] - 6.4, sums[1] + (y - 19) * 0.2), ink)
        node(axis, style, (x, y), name, radius=5)
        letter = {"x₁ = 1": "w₁", "x₂ = 1": "w₂", "1": "b"}[name]
        axis.text(
            29,
            (y + sums[1]) / 2 + (1.8 if y >= 19 else -4.8) + (y - 19) * 0.13,
            f"{letter} = {weight:g}".replace("-", "−"),
            ha="center",
            color=style.text_color("accent"),
            fontsize=style.size(),
        )
    node(axis, style, sums, f"Σ = {w1 + w2 + b:g}", radius=6.4)
    arrow(axis, (sums[0] + 6.4, 19), (step[0] - 6.4, 19), ink)
    node(axis, style, step, "", radius=6.4)
    axis.plot(
        [70, 74, 74, 78], [17, 17, 21.5, 21.5], "-", color=style.color("accent"), linewidth=1.2, zorder=5
    )
    arrow(axis, (step[0] + 6.4, 19), (92, 19), ink)
    axis.text(93, 19, "y = 1", va="center", color=ink, fontsize=style.size("label"))
    for x, text in ((12, INPUTS), (50, SUM), (74, STEP)):
        axis.text(x, 43.5, words(text), ha="center", va="top", color=muted, fontsize=style.size())
    return figure


def draw_gates(summary: xr.Dataset, _results: Mapping[str, ClaimResult], words: Words, style: Any) -> Any:
    """Draw the four gates on the unit square, three cut by one unit's line, XOR by two."""
    figure, axes = style.subplots(1, 4, width="wide", height=50, sharey=True, top=10, right=2)
    lines = {"and": ("and",), "or": ("or",), "nand": ("nand",), "xor": ("or", "nand")}
    for axis, (gate, table) in zip(axes, GATES.items(), strict=True):
        x = np.array([-0.4, 1.4])
        for unit in lines[gate]:
            w1, w2, b = UNITS[unit]
            axis.plot(x, -(w1 * x + b) / w2, "-", color=style.color("accent"), linewidth=1.1)
        shade(axis, gate, style)
        for (first, second), out in zip(ROWS, table, strict=True):
            face = style.color("ink") if out else style.color("paper")
            axis.plot(
                first, second, "o", markersize=8, color=face, markeredgecolor=style.color("ink"), zorder=4
            )
            axis.text(
                first,
                second,
                f"{out}",
                ha="center",
                va="center",
                color=style.color("paper" if out else "ink"),
                fontsize=style.size(),
                zorder=5,
            )
        axis.set_xlim(-0.4, 1.4)
        axis.set_ylim(-0.4, 1.4)
        axis.set_xticks([0, 1])
        axis.set_yticks([0, 1])
        axis.set_xlabel("x₁")
        best = float(summary["best"].sel(gate=gate))
        style.panel_title(axis, f"{gate.upper()}\n{words(BEST)} {4 * best:.0f}/4")
    axes[0].set_ylabel("x₂")
    return figure


def shade(axis: Any, gate: str, style: Any) -> None:
    """Shade where the drawn units say 1; for XOR, where both do."""
    x = np.array([-0.4, 1.4])
    low, high = np.full(2, -0.4), np.full(2, 1.4)
    if gate in ("or", "xor"):
        low = 0.5 - x
    if gate == "and":
        low = 1.5 - x
    if gate in ("nand", "xor"):
        high = 1.5 - x
    axis.fill_between(x, low, high, color=style.color("accent"), alpha=0.14, linewidth=0, zorder=0.5)


def blank(axis: Any, x: tuple[float, float], y: tuple[float, float]) -> None:
    """Make the panel a sheet for a diagram, in millimeters."""
    axis.set_xlim(*x)
    axis.set_ylim(*y)
    axis.set_axis_off()


def node(axis: Any, style: Any, center: tuple[float, float], text: str, *, radius: float) -> None:
    """Draw a circle with a few words in it."""
    from matplotlib.patches import Circle

    axis.add_patch(
        Circle(center, radius, facecolor=style.color("paper"), edgecolor=style.color("ink"), linewidth=0.8)
    )
    axis.text(
        *center, text, ha="center", va="center_baseline", color=style.color("ink"), fontsize=style.size()
    )


def arrow(axis: Any, start: tuple[float, float], end: tuple[float, float], color: str) -> None:
    """Draw an arrow between two points."""
    axis.annotate(
        "",
        end,
        start,
        arrowprops={"arrowstyle": "-|>", "color": color, "linewidth": 0.7, "mutation_scale": 6},
    )


INPUTS = Text(ko="입력", en="inputs")
SUM = Text(ko="가중합", en="weighted sum")
STEP = Text(ko="계단 함수", en="step")
BEST = Text(ko="유닛 하나로", en="one unit:")

ALL_ROWS = Text(
    ko="진리표의 네 줄을 모두 맞혀야 그 게이트이다.",
    en="A unit is the gate only if all four rows of the truth table are right.",
)


def gate_check(gate: str) -> Check:
    """Ask whether some unit is this gate."""
    return Check(
        name=gate,
        label=Text(
            ko=f"{gate.upper()}: 유닛 하나가 맞히는 비율의 최댓값",
            en=f"{gate.upper()}: best share of one unit",
        ),
        quantity=best_of(gate),
        estimator="exact",
        relation=">=",
        bound=1.0,
        because=ALL_ROWS,
    )


CLAIMS = (
    Claim(
        id="A03",
        says=Text(
            ko="퍼셉트론(1957)은 신경 세포를 본떠 여러 신호를 받아 0이나 1 하나를 내보낸다. 이것으로 "
            "AND, OR, "
            "NAND를 만들 수 있고, XOR는 하나로는 안 되지만 층을 쌓으면 된다.",
            en="The perceptron (1957), modeled on a neuron, takes many signals and gives out one, 0 or "
            "1. It makes "
            "AND, OR and NAND; XOR takes not one but layers of them.",
        ),
        source="퍼셉트론이란?",
        kind="reconstructed",
        better=Text(
            ko="퍼셉트론 하나는 직선 하나로 나눌 수 있는 함수만 계산한다. AND, OR, NAND는 되고 XOR는 안 "
            "된다. XOR는 "
            "두 층이면 된다.",
            en="One perceptron computes what one straight line can separate: AND, OR and NAND, but not "
            "XOR, which "
            "takes two layers.",
        ),
        checks=(
            *(gate_check(gate) for gate in ("and", "or", "nand")),
            Check(
                name="xor",
                label=Text(ko="XOR: 유닛 하나가 맞히는 비율의 최댓값", en="XOR: best share of one unit"),
                quantity=best_of("xor"),
                estimator="exact",
                relation="<=",
                bound=0.75,
                because=Text(
                    ko="네 줄이 모두 맞으려면 $w_1+b>0$, $w_2+b>0$, $b\\le0$, $w_1+w_2+b\\le0$이어야 "
                    "하는데, 앞의 둘을 "
                    "더하면 뒤의 둘과 모순된다.",
                    en="All four rows would need $w_1+b>0$, $w_2+b>0$, $b\\le0$ and $w_1+w_2+b\\le0$; "
                    "the first "
                    "two, added, contradict the others.",
                ),
            ),
            Check(
                name="xor_layers",
                label=Text(ko="XOR: AND(NAND, OR)가 맞히는 비율", en="XOR: share right of AND(NAND, OR)"),
                quantity=two_layers,
                estimator="exact",
                relation=">=",
                bound=1.0,
                because=ALL_ROWS,
            ),
            Check(
                name="year",
                label=Text(
                    ko="로젠블랫의 첫 퍼셉트론 보고서가 나온 해",
                    en="year of Rosenblatt’s first perceptron report",
                ),
                quantity=lambda _dataset: 1957,
                estimator="exact",
                relation="within",
                bound=(1957, 1957),
                because=Text(
                    ko="슬라이드의 1957년과 맞춰 본 것이며 판정에는 쓰지 않는다.",
                    en="Compared with the slide’s 1957; not judged.",
                ),
                role="reports",
            ),
        ),
    ),
    Claim(
        id="A05",
        says=Text(
            ko="활성화 함수는 퍼셉트론이 끝난 뒤에 비선형성을 더한다.",
            en="The activation function adds non-linearity after the perceptron.",
        ),
        source="Neural Network",
        better=Text(
            ko="활성화 함수는 가중합 뒤에 비선형성을 더한다. 퍼셉트론에는 이미 활성화 함수가 있다. 계단 "
            "함수가 "
            "그것이다.",
            en="The activation function adds non-linearity after the weighted sum. A perceptron already "
            "has one: "
            "its step.",
        ),
        checks=(
            Check(
                name="bend_affine",
                label=Text(
                    ko="가중합의 휜 정도: 두 점의 한가운데 값과 두 값의 평균의 차이",
                    en="bend of the weighted sum: value midway between two points, less the mean of theirs",
                ),
                quantity=lambda dataset: float(dataset["bend"].isel(replicate=0).sel(kind="affine")),
                estimator="exact",
                relation="<=",
                bound=1e-12,
                because=Text(ko="곧은 함수는 0이다.", en="It is 0 for a straight function."),
                role="reports",
            ),
            Check(
                name="bend_step",
                label=Text(ko="퍼셉트론의 휜 정도", en="bend of the perceptron"),
                quantity=lambda dataset: float(dataset["bend"].isel(replicate=0).sel(kind="step")),
                estimator="exact",
                relation=">=",
                bound=1e-12,
                because=Text(ko="0보다 크면 이미 비선형이다.", en="Above 0 the unit is non-linear already."),
                role="reports",
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
            name="unit",
            caption=Text(
                ko="퍼셉트론 하나가 AND를 계산하는 모습. 입력이 (1, 1)이면 가중합이 0보다 커서 1을 "
                "내보낸다. 다른 "
                "세 입력에서는 가중합이 음수이다.",
                en="One perceptron as AND. On the input (1, 1) the weighted sum is above 0 and the "
                "output is 1; on "
                "the other three inputs it is negative.",
            ),
            alt=Text(
                ko="입력 두 개와 상수 1이 가중치 1, 1, −1.5를 거쳐 더해지고, 계단 함수를 지나 1이 된다.",
                en="Two inputs and a constant 1 are weighted by 1, 1 and −1.5, summed, and passed "
                "through a step: "
                "1.",
            ),
            draw=draw_unit,
        ),
        Figure(
            name="gates",
            width="wide",
            caption=Text(
                ko="한 직선으로 XOR의 네 꼭짓점을 나눌 수는 없다. 격자 위의 유닛 "
                "{perceptron_gates.n_units:,.0f}개 "
                "가운데 가장 나은 것도 네 줄 중 셋만 맞힌다. 두 직선 사이(OR이면서 NAND)는 XOR이다. 칠한 곳: "
                "1을 내보내는 입력.",
                en="No single line cuts the corners of XOR: of {perceptron_gates.n_units:,.0f} units on "
                "a grid, the "
                "best gets three rows of four. Between two lines, where OR and NAND both say 1, lies "
                "XOR. Shaded: "
                "inputs that give 1.",
            ),
            alt=Text(
                ko="네 게이트의 정사각형. 유닛 하나로 맞히는 비율의 최댓값은 AND "
                "{perceptron_gates.best.and:.2f}, "
                "OR {perceptron_gates.best.or:.2f}, NAND {perceptron_gates.best.nand:.2f}, XOR "
                "{perceptron_gates.best.xor:.2f}.",
                en="Four unit squares. Best share right of one unit: AND {perceptron_gates.best.and:.2f}, OR "
                "{perceptron_gates.best.or:.2f}, NAND {perceptron_gates.best.nand:.2f}, XOR "
                "{perceptron_gates.best.xor:.2f}.",
            ),
            draw=draw_gates,
        ),
    ),
)
