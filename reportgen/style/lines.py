"""Marks on axes with scales: medians with bands, theory, bounds, intervals, and the labels beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from reportgen.style.look import Look

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.container import ErrorbarContainer
    from matplotlib.lines import Line2D
    from matplotlib.text import Annotation, Text

DIRECT_LABEL = "_direct label"  # what finish.separate_labels looks for
LINE_SPACING = 1.05  # of the font's own line height, which is 1.19 em
FEW_POINTS = 15  # up to here every point gets its marker


class Lines(Look):
    """Draws curves and what they are held against."""

    __slots__ = ()

    def line(
        self, ax: Axes, x: ArrayLike, y: ArrayLike, role: str, *, label: str | None = None, **options: Any
    ) -> Line2D:
        """Draw a curve in the role's color, dashes and marker; ``label`` is written at its right end."""
        xs, ys = np.asarray(x), np.asarray(y, dtype=float)
        color, edge = self.color(role), self.color("paper")
        settings = {"color": color, "linestyle": self.linestyle(role), **options}
        (drawn,) = ax.plot(xs, ys, markeredgecolor=edge, **settings)
        if xs.size <= FEW_POINTS and "marker" not in options:  # above the line of the theory
            ax.plot(xs, ys, self.marker(role), color=color, markeredgecolor=edge, zorder=4)
        if label is not None:
            self.direct_label(ax, xs, ys, label, role)
        return drawn

    def band(
        self,
        ax: Axes,
        x: ArrayLike,
        median: ArrayLike,
        low: ArrayLike,
        high: ArrayLike,
        role: str,
        *,
        label: str | None = None,
    ) -> Line2D:
        """Draw a median and the band between ``low`` and ``high``; ``label`` is written at its right end."""
        ax.fill_between(
            np.asarray(x), np.asarray(low), np.asarray(high), color=self.color(role), alpha=0.2, linewidth=0
        )
        return self.line(ax, x, median, role, label=label)

    def theory(self, ax: Axes, x: ArrayLike, y: ArrayLike, *, label: str | None = None) -> Line2D:
        """Draw what theory says: a thin dark line over the measurement."""
        width = 0.6
        return self.line(ax, x, y, "theory", label=label, marker="", linewidth=width, zorder=3.5)

    def bound(
        self,
        ax: Axes,
        value: float | tuple[float, float],
        axis: Literal["x", "y"] = "y",
        text: str | None = None,
        *,
        at: Literal["start", "end"] = "end",
    ) -> Text | None:
        """Mark the bound of a claim, or the two of an interval, with its words at one end of the line."""
        values = value if isinstance(value, tuple) else (value,)
        rule, area = (ax.axhline, ax.axhspan) if axis == "y" else (ax.axvline, ax.axvspan)
        for one in values:
            rule(
                one,
                color=self.color("bound"),
                linestyle=self.linestyle("bound"),
                linewidth=0.8,
                zorder=1.8,
            )
        if len(values) == 2:
            area(*values, color=self.color("bound"), alpha=0.1, linewidth=0, zorder=0.5)
        if text is None:
            return None
        inset = 3.0 if at == "start" else -3.0
        share, gap = (1.0 if at == "end" else 0.0), 1.5
        align = "right" if at == "end" else "left"
        if axis == "y":
            place: dict[str, Any] = {
                "xy": (share, max(values)),
                "xycoords": ax.get_yaxis_transform(),
                "xytext": (inset, gap),
            }
            place |= {"ha": align, "va": "bottom"}
        else:
            place = {"xy": (max(values), share), "xycoords": ax.get_xaxis_transform(), "xytext": (gap, 0)}
            place |= {"ha": "left", "va": "top" if at == "end" else "bottom"}
        return ax.annotate(
            text, textcoords="offset points", color=self.text_color("bound"), fontsize=self.size(), **place
        )

    def interval(
        self,
        ax: Axes,
        x: ArrayLike,
        y: ArrayLike,
        low: ArrayLike,
        high: ArrayLike,
        role: str,
        *,
        axis: Literal["x", "y"] = "y",
    ) -> ErrorbarContainer:
        """Draw estimates with their intervals along ``axis``, without a line between them."""
        centers = np.asarray(y if axis == "y" else x, dtype=float)
        reach = np.abs(np.array([centers - np.asarray(low), np.asarray(high) - centers]))
        color = self.color(role)
        return ax.errorbar(
            np.asarray(x),
            np.asarray(y),
            **{f"{axis}err": reach.reshape(2, -1)},
            fmt=self.marker(role),
            color=color,
            ecolor=color,
            elinewidth=1.0,
            markersize=4.0,
            markeredgecolor=self.color("paper"),
        )

    def path(
        self, ax: Axes, points: ArrayLike, role: str, *, label: str | None = None, every: int = 1
    ) -> Line2D:
        """Draw a descent, shape (n_steps + 1, 2): a marker every so many steps, a ring at the start."""
        xs, ys = np.asarray(points, dtype=float).T
        start: dict[str, Any] = {
            "marker": "o",
            "markerfacecolor": self.color("paper"),
            "markeredgewidth": 0.8,
        }
        ax.plot(xs[:1], ys[:1], color=self.color(role), markeredgecolor=self.color("ink"), zorder=4, **start)
        marks = {"marker": self.marker(role), "markevery": every, "linestyle": "-"}
        return self.line(ax, xs, ys, role, label=label, **marks)

    def direct_label(
        self,
        ax: Axes,
        x: ArrayLike,
        y: ArrayLike,
        text: str,
        role: str,
        *,
        side: Literal["right", "left", "above", "below"] = "right",
    ) -> Annotation:
        """Write the label beside a point, or beside the last finite point of a curve.

        Labels of one panel on the same side are moved apart where they would touch.
        """
        xs, ys = np.broadcast_arrays(np.atleast_1d(np.asarray(x)), np.atleast_1d(np.asarray(y, dtype=float)))
        finite = np.flatnonzero(np.isfinite(ys))
        last = 0 if finite.size == 0 else int(finite[0 if side == "left" and finite.size > 1 else -1])
        gap = 3.0
        offset, ha, va = {
            "right": ((gap, 0.0), "left", "center"),
            "left": ((-gap, 0.0), "right", "center"),
            "above": ((0.0, gap), "center", "bottom"),
            "below": ((0.0, -gap), "center", "top"),
        }[side]
        return ax.annotate(
            text,
            xy=(xs[last], ys[last]),
            xytext=offset,
            textcoords="offset points",
            ha=ha,
            va=va,
            color=self.text_color(role),
            fontsize=self.size(),
            annotation_clip=False,
            bbox={"facecolor": self.color("paper"), "linewidth": 0, "pad": 0.5, "alpha": 0.85},
            zorder=3.8,
            label=DIRECT_LABEL if side in {"right", "left"} else "",
        )

    def note(self, ax: Axes, text: str, *, x: float = 0.02, y: float = 0.97, role: str = "ink") -> Text:
        """Write a few words into the panel at shares of its width and height; they end or begin there."""
        return ax.text(
            x,
            y,
            text,
            transform=ax.transAxes,
            ha="left" if x < 0.5 else "right",
            va="bottom" if y < 0.5 else "top",
            color=self.text_color(role),
            fontsize=self.size(),
            linespacing=LINE_SPACING,
        )

    def panel_title(self, ax: Axes, text: str) -> Text:
        """Write the panel's title: small, bold, at the left."""
        return ax.set_title(text, loc="left")

    def log_axis(self, ax: Axes, axis: Literal["x", "y", "both"] = "y") -> None:
        """Make an axis logarithmic; its labels are written 10⁻³."""
        for name in "xy" if axis == "both" else axis:
            (ax.set_xscale if name == "x" else ax.set_yscale)("log")

    def dense(self, artist: Artist) -> None:
        """Draw this artist as pixels inside the vector figure: for thousands of points or patches."""
        artist.set_rasterized(True)
