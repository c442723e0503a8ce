"""Draw ``output/benchmarks.json``: the ratios of a training step beside their goals, then the rest."""

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from .results import read_lines

Line = dict[str, Any]  # of the file

MET, MISSED = "#1f6f8b", "#c8553d"
PANELS = {
    "plain NumPy, default kernel": "plain NumPy\ntimes faster",
    "PyTorch one at a time": "PyTorch, one at a time\ntimes faster",
    "best of PyTorch": "best of PyTorch\ntimes faster",
    "matrix products alone": "matrix products alone\ntimes their time",
}
WIDTH, ROW, HEAD, FOOT, GAP = 8.0, 0.2, 0.5, 0.3, 0.75  # inches
LEFT, RIGHT = 1.0, 0.15


def draw(results: Path, path: Path) -> None:
    """Draw the file of results; the same results give the same bytes."""
    lines = [line for line in read_lines(results) if line["goal"]]
    steps = [line for line in lines if line["name"].startswith("step/")]
    others = [line for line in lines if line not in steps]
    cases = list(dict.fromkeys(_case(line) for line in steps))
    heights = [n * ROW for n in (len(cases), len(others)) if n]
    figure = Figure(figsize=(WIDTH, HEAD + sum(heights) + FOOT + GAP * (len(heights) - 1)))
    top = HEAD
    if steps:
        _draw_steps(figure, steps, cases, top)
        top += len(cases) * ROW + GAP
    if others:
        _draw_others(figure, others, top)
    path.parent.mkdir(parents=True, exist_ok=True)
    with rc_context({"svg.hashsalt": "benchmarks", "svg.fonttype": "none"}):
        FigureCanvasSVG(figure).print_svg(path, metadata={"Date": None, "Creator": None})


def _draw_steps(figure: Figure, lines: Sequence[Line], cases: Sequence[str], top: float) -> None:
    """Draw a panel for each peer, a row for each case, the goal as a black tick."""
    width = (WIDTH - LEFT - RIGHT) / len(PANELS)
    for column, (peer, title) in enumerate(PANELS.items()):
        axes = _axes(figure, LEFT + column * width, top, width - 0.12, len(cases))
        axes.set_title(title, fontsize=8, loc="left")
        axes.set_yticks(range(len(cases)), cases if column == 0 else [""] * len(cases), fontsize=8)
        for line in lines:
            if peer in line["name"]:
                row = cases.index(_case(line))
                color, marker = (MET, "o") if line["met"] else (MISSED, "X")
                axes.plot(line["spread"], [row, row], color=color, linewidth=3, alpha=0.4)
                axes.plot(line["ratio"], row, marker, color=color, markersize=5)
                axes.plot(_bound(line), row, "|", color="black", markersize=9)
        axes.set_xlim(left=0)


def _draw_others(figure: Figure, lines: Sequence[Line], top: float) -> None:
    """Draw how many times over each of the other goals is reached."""
    left = 4.6
    axes = _axes(figure, left, top, WIDTH - left - RIGHT, len(lines))
    axes.set_title("times the goal is reached; left of 1 it is missed", fontsize=8, loc="left")
    labels, times = [], []
    for row, line in enumerate(lines):
        value = line["ours"] if line["goal"].startswith("ours") else line["ratio"]
        times.append(value / _bound(line) if "≥" in line["goal"] else _bound(line) / value)
        axes.plot(times[-1], row, *(["o"] if line["met"] else ["X"]), color=MET if line["met"] else MISSED)
        labels.append(f"{line['name']}: {value:.3g} ({line['goal'].removeprefix('ours ')})")
    axes.set_yticks(range(len(lines)), labels, fontsize=7)
    axes.set_xscale("log")
    low, high = min(0.5, *times), max(2, *times)  # a miss, however far, stays in the picture
    ticks = [2.0**k for k in range(math.ceil(math.log2(low)), math.floor(math.log2(high)) + 1)]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_xticks([], minor=True)
    axes.set_xlim(low / 1.2, high * 1.2)
    axes.axvline(1, color="black", linewidth=1)


def _axes(figure: Figure, left: float, top: float, width: float, n_rows: int) -> Any:
    """Return axes at a place in inches from the left and the top, rows from the top down."""
    height = n_rows * ROW
    total = figure.get_figheight()
    axes = figure.add_axes((left / WIDTH, 1 - (top + height) / total, width / WIDTH, height / total))
    axes.set_ylim(n_rows - 0.5, -0.5)
    axes.tick_params(axis="both", length=0, labelsize=8)
    axes.grid(axis="x", linewidth=0.5, color="#dddddd")
    axes.set_axisbelow(True)
    for spine in axes.spines.values():
        spine.set_visible(False)
    return axes


def _case(line: Line) -> str:
    """Return the optimizer and whether with batch norm: ``Adam, BN``."""
    _, _, norm, optimizer, _ = line["name"].split("/", 4)
    return f"{optimizer}, BN" if norm == "BN" else str(optimizer)


def _bound(line: Line) -> float:
    return float(re.findall(r"[\d.]+$", line["goal"])[0])
