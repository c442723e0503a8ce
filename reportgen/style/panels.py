"""Whole panels: histograms, contours, heat maps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from reportgen.errors import ExperimentError
from reportgen.model import Text, Words
from reportgen.style import palette
from reportgen.style.lines import LINE_SPACING
from reportgen.style.look import Look
from reportgen.style.presets import MM_PER_INCH
from reportgen.style.ticks import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable
    from matplotlib.collections import QuadMesh
    from matplotlib.colors import Colormap
    from matplotlib.contour import ContourSet
    from matplotlib.figure import Figure

MEAN = Text(ko="평균", en="mean")
STD = Text(ko="표준편차", en="std")
SATURATED = Text(ko="포화", en="saturated")
CONTOUR_GRID = 100  # points a side: finer is not seen in print and costs vertices
HEAT_VECTOR_CELLS = 400
THIN_SPACE = "\u202f"


class Panels(Look):
    """Draws panels of one kind from stored numbers."""

    __slots__ = ()

    def histogram(
        self,
        ax: Axes,
        edges: ArrayLike,
        counts: ArrayLike,
        role: str,
        *,
        words: Words,
        mean: float | None = None,
        std: float | None = None,
        saturated: float | None = None,
    ) -> None:
        """Draw stored counts as one filled outline and write mean, std and saturated share above it.

        Parameters
        ----------
        edges, counts
            Bins, shapes (n + 1,) and (n,). Panels that are compared share them.
        mean, std
            Of the values, not of the bins.
        saturated
            Share of saturated units, 0 to 1.
        """
        heights, bins = np.asarray(counts, dtype=float), np.asarray(edges, dtype=float)
        if bins.shape != (heights.size + 1,):
            raise ExperimentError(
                f"histogram: {heights.size} counts need {heights.size + 1} edges, not {bins.size}"
            )
        ax.stairs(heights, bins, fill=True, color=self.color(role), linewidth=0)
        lines = self._moments(words, mean, std)
        if saturated is not None:
            lines.append(f"{words(SATURATED)} {100 * saturated:.0f}{THIN_SPACE}%")
        text_height = (len(lines) * 1.25 + 0.5) * self.size()
        share = min(text_height / self._height_in_points(ax), 0.7)
        top = max(heights.max(initial=0.0), 1e-300) / (1 - share)
        ax.set_ylim(0, max(top, ax.get_ylim()[1]) if ax.get_shared_y_axes().get_siblings(ax) != [ax] else top)
        ax.set_xlim(bins[0], bins[-1])
        ax.yaxis.set_visible(False)
        ax.spines["left"].set_visible(False)
        if lines:
            self._stack(ax, lines)

    def contour(
        self,
        ax: Axes,
        x: ArrayLike,
        y: ArrayLike,
        z: ArrayLike,
        *,
        levels: int | Sequence[float] = 12,
        log: bool = False,
    ) -> ContourSet:
        """Draw a surface z, shape (y, x), as hairlines on a gray wash that suits a light and a dark page.

        The wash is drawn as pixels; the grid is thinned to what print can show. ``log`` spaces the levels
        logarithmically.
        """
        from matplotlib.colors import LinearSegmentedColormap, LogNorm, Normalize

        xs, ys, zs = np.asarray(x), np.asarray(y), np.asarray(z, dtype=float)
        every_x, every_y = max(1, xs.size // CONTOUR_GRID), max(1, ys.size // CONTOUR_GRID)
        xs, ys, zs = xs[::every_x], ys[::every_y], zs[::every_y, ::every_x]
        if isinstance(levels, int):
            low, high = float(np.nanmin(zs)), float(np.nanmax(zs))
            if log:
                low = max(low, float(np.nanmin(zs[zs > 0])))
                steps = np.geomspace(low, high, levels + 1)
            else:
                steps = np.linspace(low, high, levels + 1)
        else:
            steps = np.asarray(levels, dtype=float)
        gray = (0.5, 0.5, 0.5)
        wash = LinearSegmentedColormap.from_list("wash", [(*gray, 0.0), (*gray, 0.3)])
        norm = (LogNorm if log else Normalize)(steps[0], steps[-1])
        filled = ax.contourf(
            xs, ys, zs, steps, cmap=wash, norm=norm, antialiased=False, extend="both", zorder=0.4
        )
        filled.set_rasterized(True)
        lines = ax.contour(
            xs, ys, zs, steps, colors=self.color("muted"), linewidths=0.3, alpha=0.7, zorder=0.6
        )
        lines.set_linestyle("-")
        return filled

    def heat(
        self,
        ax: Axes,
        values: ArrayLike,
        *,
        rows: Sequence[str],
        columns: Sequence[str],
        form: str | None = ".2f",
        kind: Literal["sequential", "diverging"] = "sequential",
        limits: tuple[float, float] | None = None,
    ) -> QuadMesh:
        """Draw a table (rows × columns) as colored cells, first row on top, with its numbers written in.

        ``limits`` are the values of the first and the last color; panels that are compared share them.
        ``form`` is the format of the numbers, None for none.
        """
        from matplotlib.colors import to_hex

        table = np.asarray(values, dtype=float)
        if table.shape != (len(rows), len(columns)):
            raise ExperimentError(
                f"heat: {len(rows)} rows and {len(columns)} columns do not name shape {table.shape}"
            )
        low, high = limits or self._limits(table, kind)
        cells = ax.pcolormesh(
            table,
            cmap=self.colormap(kind),
            vmin=low,
            vmax=high,
            edgecolors=self.color("paper"),
            linewidth=0.5,
        )
        cells.set_rasterized(table.size > HEAT_VECTOR_CELLS)
        ax.set_ylim(len(rows), 0)
        ax.set_xticks(np.arange(len(columns)) + 0.5, list(columns))
        ax.set_yticks(np.arange(len(rows)) + 0.5, list(rows))
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
        if form is not None:
            for (row, column), value in np.ndenumerate(table):
                text = "–" if np.isnan(value) else _signed(format(value, form))
                red, green, blue, _ = cells.cmap(cells.norm(value))
                cell = to_hex((red, green, blue))
                color = self.color("ink") if np.isnan(value) else words_color(cell)
                ax.text(
                    column + 0.5,
                    row + 0.5,
                    text,
                    ha="center",
                    va="center_baseline",
                    color=color,
                    fontsize=self.size(),
                )
        return cells

    def colorbar(self, figure: Figure, image: ScalarMappable, text: str) -> None:
        """Draw the scale of the colors right of the last panel that shares them, with its words beside it."""
        panel = next(ax for ax in reversed(figure.axes) if ax.get_subplotspec() is not None)
        width = panel.get_position().width * figure.get_figwidth() * MM_PER_INCH
        inset = panel.inset_axes((1 + 2.0 / width, 0.0, 2.2 / width, 1.0))
        bar = figure.colorbar(image, cax=inset)
        bar.outline.set_visible(False)
        inset.set_ylabel(text)

    def colormap(self, kind: Literal["sequential", "diverging"] = "sequential") -> Colormap:
        """Return seaborn's map from light to dark ("crest"), or from blue over light to red ("vlag")."""
        import matplotlib
        import seaborn  # registers its maps  # noqa: F401

        return matplotlib.colormaps["crest" if kind == "sequential" else "vlag"]

    @staticmethod
    def _moments(words: Words, mean: float | None, std: float | None) -> list[str]:
        """Return mean and std in words, the mean to the decimals of the std."""
        spread = "" if std is None else number(std, 2)
        lines = [f"{words(STD)} {spread}"] if spread else []
        if mean is not None:
            _, point, decimals = spread.partition(".")
            plain = point and decimals.isdecimal()
            shown = _signed(f"{mean:.{len(decimals)}f}") if plain else number(mean, 2)
            lines.insert(0, f"{words(MEAN)} {shown}")
        return lines

    def _stack(self, ax: Axes, lines: Sequence[str]) -> None:
        ax.text(
            1.0,
            1.0,
            "\n".join(lines),
            transform=ax.transAxes,
            ha="right",
            va="top",
            fontsize=self.size(),
            color=self.color("ink"),
            linespacing=LINE_SPACING,
        )

    @staticmethod
    def _height_in_points(ax: Axes) -> float:
        figure = ax.get_figure(root=True)
        assert figure is not None
        return float(ax.get_position().height * figure.get_figheight() * 72.0)

    @staticmethod
    def _limits(table: np.ndarray[Any, Any], kind: str) -> tuple[float, float]:
        if kind == "diverging":
            reach = float(np.nanmax(np.abs(table)))
            return -reach, reach
        return float(np.nanmin(table)), float(np.nanmax(table))


def words_color(cell: str) -> str:
    """Return the color of words on a colored cell, at least 4.5:1.

    Neither is a color of the palette: in both themes the words must suit the cell, not the page.
    """
    return max(("#fefefe", "#000000"), key=lambda color: palette.contrast(color, cell))


def _signed(text: str) -> str:
    """Return the formatted number with a real minus sign, and none before zero."""
    return text.lstrip("+-") if float(text.rstrip("%")) == 0 else text.replace("-", "−")
