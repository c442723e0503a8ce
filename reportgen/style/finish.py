"""The last touches to a figure: tick labels, spines, margins, labels apart, pixels for the dense."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.collections import Collection
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotParams
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox

from reportgen.style.check import all_axes, overflow
from reportgen.style.lines import DIRECT_LABEL
from reportgen.style.ticks import tidy_axis

SMALLEST_SHARE = 0.6  # of a panel that its margins may leave
VERTEX_BUDGET = 3000  # of one collection: above, it is drawn as pixels


def finish(figure: Figure, max_ticks: int | None = None) -> RendererAgg:
    """Tidy the figure in place; return the renderer that its texts can be measured with.

    ``max_ticks`` limits the ticks of linear axes whose ticks the author left to matplotlib.
    """
    for ax in all_axes(figure):
        tidy_axis(ax.xaxis, max_ticks)
        tidy_axis(ax.yaxis, max_ticks)
        _drop_bare_spines(ax)
        for collection in ax.collections:
            if _n_vertices(collection) > VERTEX_BUDGET:
                collection.set_rasterized(True)
    renderer: RendererAgg = FigureCanvasAgg(figure).get_renderer()  # type: ignore[no-untyped-call]
    _place_words(figure, renderer)
    for _ in range(2):  # the words move with the panels, so the second round only settles the rest
        if not fit_margins(figure, renderer):
            break
        _place_words(figure, renderer)
    for ax in figure.axes:
        separate_labels(ax, renderer)
    return renderer


def fit_margins(figure: Figure, renderer: RendererAgg) -> bool:
    """Widen the margins of panels that words stick out of, keeping the gaps; return whether any was."""
    grid = next((s.get_gridspec() for ax in figure.axes if (s := ax.get_subplotspec()) is not None), None)
    out = {side: pixels for side, pixels in overflow(figure, renderer).items() if pixels > 0}
    if not out or grid is None:
        return False
    pars = figure.subplotpars
    n_rows, n_cols = grid.nrows, grid.ncols
    old_width, old_height = _panel_size(pars, n_rows, n_cols)
    more = {
        side: (pixels + 1.0) / (figure.bbox.width if side in {"left", "right"} else figure.bbox.height)
        for side, pixels in out.items()
    }
    new = {
        "left": pars.left + more.get("left", 0.0),
        "right": pars.right - more.get("right", 0.0),
        "bottom": pars.bottom + more.get("bottom", 0.0),
        "top": pars.top - more.get("top", 0.0),
    }
    width_gap, height_gap = pars.wspace * old_width, pars.hspace * old_height
    width = (new["right"] - new["left"] - width_gap * (n_cols - 1)) / n_cols
    height = (new["top"] - new["bottom"] - height_gap * (n_rows - 1)) / n_rows
    if width < SMALLEST_SHARE * old_width or height < SMALLEST_SHARE * old_height:
        return False  # the words are too long for any margin: check.find_clipped names them
    figure.subplots_adjust(**new, wspace=width_gap / width, hspace=height_gap / height)
    return True


def _panel_size(pars: SubplotParams, n_rows: int, n_cols: int) -> tuple[float, float]:
    return (
        (pars.right - pars.left) / (n_cols + pars.wspace * (n_cols - 1)),
        (pars.top - pars.bottom) / (n_rows + pars.hspace * (n_rows - 1)),
    )


def _place_words(figure: Figure, renderer: RendererAgg) -> None:
    for ax in all_axes(figure):
        for axis in (ax.xaxis, ax.yaxis):
            if axis.get_visible():
                axis.get_tightbbox(renderer)  # puts the labels where drawing will put them
        if (legend := ax.get_legend()) is not None:
            legend.draw(renderer)
    for legend in figure.legends:
        legend.draw(renderer)


def separate_labels(ax: Axes, renderer: RendererAgg, gap: float = 0.5) -> None:
    """Move direct labels of one side apart vertically, as little as needed, keeping their order."""
    labels = [
        t for t in ax.texts if isinstance(t, Annotation) and t.get_label() == DIRECT_LABEL and t.get_visible()
    ]
    for side in ("left", "right"):
        column = [(t, t.get_window_extent(renderer)) for t in labels if t.get_horizontalalignment() == side]
        column.sort(key=lambda item: item[1].y0)
        if len(column) < 2 or not any(_touch(a[1], b[1], gap) for a, b in pairwise(column)):
            continue
        heights = [box.height + gap for _, box in column]
        centers = [(box.y0 + box.y1) / 2 for _, box in column]
        for (text, _), old, new in zip(column, centers, _spread(centers, heights), strict=True):
            x, y = text.xyann
            text.xyann = (x, y + (new - old) * 72.0 / ax.figure.dpi)


def _spread(centers: list[float], heights: list[float]) -> list[float]:
    """Return centers, in order, at least half the heights apart, each cluster around its mean wish."""
    clusters: list[tuple[float, list[int]]] = []  # (center of the cluster, members)
    for i, center in enumerate(centers):
        cluster = (center, [i])
        while clusters and _bottom(cluster, heights) < _top(clusters[-1], heights):
            members = clusters.pop()[1] + cluster[1]
            cluster = (sum(centers[i] for i in members) / len(members), members)
        clusters.append(cluster)
    placed = [0.0] * len(centers)
    for cluster in clusters:
        y = _bottom(cluster, heights)
        for i in cluster[1]:
            placed[i] = y + heights[i] / 2
            y += heights[i]
    return placed


def _bottom(cluster: tuple[float, list[int]], heights: list[float]) -> float:
    return cluster[0] - sum(heights[i] for i in cluster[1]) / 2


def _top(cluster: tuple[float, list[int]], heights: list[float]) -> float:
    return cluster[0] + sum(heights[i] for i in cluster[1]) / 2


def _touch(lower: Bbox, upper: Bbox, gap: float) -> bool:
    return bool(upper.y0 < lower.y1 + gap and upper.x0 < lower.x1 and lower.x0 < upper.x1)


def _drop_bare_spines(ax: Axes) -> None:
    """Hide a spine that carries no scale: of the inner panels that share one."""
    if not ax.yaxis.get_tick_params()["labelleft"]:
        ax.spines["left"].set_visible(False)
        ax.tick_params(axis="y", which="both", left=False)
    if not ax.xaxis.get_tick_params()["labelbottom"]:
        ax.tick_params(axis="x", which="both", bottom=False)


def _n_vertices(collection: Collection) -> int:
    paths = collection.get_paths()
    n_each: int = sum(np.shape(path.vertices)[0] for path in paths)
    n_marks: int = np.shape(collection.get_offsets())[0]
    return n_each * max(n_marks, 1) if len(paths) == 1 else n_each
