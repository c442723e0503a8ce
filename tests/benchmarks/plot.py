"""Draw ``output/benchmarks.json``: every comparison with a goal, as a multiple of its goal."""

import json
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

MET, MISSED, PLAIN = "#1f6f8b", "#c8553d", "#8a8a8a"
ROW_HEIGHT = 0.19  # inches


def draw(results: Path, path: Path) -> None:
    """Draw the file of results; the same results give the same bytes."""
    lines = json.loads(results.read_text(encoding="utf-8"))
    ratios = [line for line in lines if line["ratio"] is not None and line["goal"]]
    figure = Figure(figsize=(8.4, 1 + ROW_HEIGHT * len(ratios)))
    axes = figure.subplots()
    for row, line in enumerate(ratios):
        _draw_line(axes, row, line)
    axes.set_yticks(range(len(ratios)), [line["name"] for line in ratios], fontsize=6.5)
    axes.set_ylim(len(ratios) - 0.4, -0.6)
    axes.set_xscale("log")
    ticks = (1, 2, 4, 8, 16, 32, 64)
    axes.set_xticks(ticks, [f"{tick}" for tick in ticks], minor=False)
    axes.set_xticks([], minor=True)
    axes.set_xlabel("ratio: peer over ours, or ours over the floor; bar: quartiles; tick: goal")
    axes.grid(axis="x", linewidth=0.4, color="#dddddd")
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="y", length=0)
    figure.subplots_adjust(
        left=0.47, right=0.98, top=1 - 0.15 / figure.get_figheight(), bottom=0.55 / figure.get_figheight()
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    with rc_context({"svg.hashsalt": "benchmarks", "svg.fonttype": "none"}):
        FigureCanvasSVG(figure).print_svg(path, metadata={"Date": None, "Creator": None})


def _draw_line(axes: Any, row: int, line: dict[str, Any]) -> None:
    color = MET if line["met"] else MISSED
    low, high = line["spread"]
    bound = float(line["goal"].split()[-1])
    axes.plot([low, high], [row, row], color=color, linewidth=3, alpha=0.45, solid_capstyle="butt")
    axes.plot([line["ratio"]], [row], "o" if line["met"] else "X", color=color, markersize=4.5)
    axes.plot([bound], [row], "|", color="black", markersize=9)
