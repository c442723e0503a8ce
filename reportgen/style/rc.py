"""matplotlib's settings: seaborn's "ticks" style in our sizes, colors and fonts."""

from __future__ import annotations

from functools import cache
from typing import Any

from reportgen.style import palette

SIZES = {"tick": 7.0, "label": 7.5, "title": 8.0, "note": 7.0}  # points, on paper


@cache
def settings(theme: palette.Theme) -> dict[str, Any]:
    """Return the settings of a theme."""
    import seaborn  # costs half a second: once in a process that draws

    from reportgen.style import fonts

    ink, muted, grid, paper = (palette.mark_color(name, theme) for name in ("ink", "muted", "grid", "paper"))
    points = {
        "font.size": SIZES["label"],
        "axes.labelsize": SIZES["label"],
        "axes.titlesize": SIZES["title"],
        "axes.titlepad": 4.0,
        "axes.labelpad": 2.5,
        "axes.linewidth": 0.6,
        "figure.titlesize": SIZES["title"],
        "legend.fontsize": SIZES["note"],
        "legend.title_fontsize": SIZES["note"],
        "lines.linewidth": 1.1,
        "lines.markersize": 3.2,
        "lines.markeredgewidth": 0.5,
        "patch.linewidth": 0.6,
        "grid.linewidth": 0.4,
        "hatch.linewidth": 0.5,
        **{f"{axis}tick.{name}": value for axis in "xy" for name, value in _TICKS.items()},
    }
    return {
        **seaborn.axes_style("ticks"),
        **seaborn.plotting_context("paper"),
        **points,
        "figure.dpi": 72.0,
        "figure.facecolor": "none",
        "savefig.facecolor": "none",
        "savefig.edgecolor": "none",
        "axes.facecolor": "none",
        "axes.edgecolor": muted,
        "axes.labelcolor": ink,
        "axes.titlecolor": ink,
        "axes.titlelocation": "left",
        "axes.titleweight": "bold",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.unicode_minus": True,
        "axes.xmargin": 0.02,
        "axes.ymargin": 0.05,
        "axes.prop_cycle": _cycle(theme),
        "axes.formatter.use_mathtext": False,
        "axes.formatter.useoffset": False,
        "xtick.color": muted,
        "ytick.color": muted,
        "xtick.labelcolor": ink,
        "ytick.labelcolor": ink,
        "text.color": ink,
        "text.parse_math": False,  # an author's $ and \\ are characters
        "text.hinting": "none",
        "text.usetex": False,
        "mathtext.fontset": "dejavusans",
        "patch.edgecolor": paper,
        "grid.color": grid,
        "legend.frameon": False,
        "legend.handlelength": 1.8,
        "legend.handletextpad": 0.5,
        "legend.borderaxespad": 0.2,
        "legend.borderpad": 0.0,
        "legend.labelspacing": 0.3,
        "legend.columnspacing": 1.2,
        "hist.bins": 40,
        "errorbar.capsize": 0.0,
        "scatter.edgecolors": "none",
        "lines.solid_capstyle": "butt",
        "lines.dash_capstyle": "butt",
        "lines.solid_joinstyle": "round",
        "image.interpolation": "nearest",
        "image.cmap": "crest",
        "font.enable_last_resort": False,
        "font.family": [fonts.TEXT, fonts.SYMBOLS],
        "svg.fonttype": "none",
        "svg.image_inline": True,
        "svg.hashsalt": "reportgen",
        "pdf.fonttype": 3,
        "pdf.compression": 6,
        "path.simplify": True,
        "path.simplify_threshold": 0.15,
        "agg.path.chunksize": 0,
    }


_TICKS = {
    "labelsize": SIZES["tick"],
    "major.size": 2.4,
    "minor.size": 1.4,
    "major.width": 0.6,
    "minor.width": 0.4,
    "major.pad": 2.0,
    "minor.pad": 2.0,
}


def _cycle(theme: palette.Theme) -> Any:
    from cycler import cycler

    roles = [palette.ROLES[name] for name in ("first", "second", "third", "fourth", "fifth", "sixth")]
    colors = [palette.mark_color(role.hue, theme) for role in roles]
    return cycler(color=colors) + cycler(linestyle=[role.dashes for role in roles])
