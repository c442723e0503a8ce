"""Panels with margins in millimeters: no layout engine, which would double the cost of a figure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reportgen.errors import ExperimentError
from reportgen.style.look import Look
from reportgen.style.presets import MM_PER_INCH, Asked, width_in_mm

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MARGINS = {"left": 12.0, "right": 3.0, "top": 5.5, "bottom": 9.5}
GAP_BESIDE_SCALE = 13.0  # room for the next panel's own tick labels and axis label
GAP_SHARED = 4.0
GAP_BELOW_SCALE = 15.5
GAP_BELOW_SHARED = 7.0
SMALLEST_PANEL = 5.0


class Layout(Look):
    """Makes figures of a printed size."""

    __slots__ = ()

    def subplots(
        self,
        n_rows: int = 1,
        n_cols: int = 1,
        *,
        width: str | float = "text",
        height: float,
        sharex: bool | str = False,
        sharey: bool | str = False,
        left: float | None = None,
        right: float | None = None,
        top: float | None = None,
        bottom: float | None = None,
        wspace: float | None = None,
        hspace: float | None = None,
        width_ratios: list[float] | None = None,
        height_ratios: list[float] | None = None,
    ) -> tuple[Figure, Any]:
        """Return a figure and its panels: one ``Axes``, or an array of them as pyplot gives it.

        Parameters
        ----------
        width
            ``margin`` (48 mm), ``text`` (105 mm), ``wide`` (160 mm) or millimeters.
        height
            Of the whole figure in millimeters.
        left, right, top, bottom
            Margins around the panels in millimeters: axis labels, titles and direct labels live there. One
            that is too narrow for them grows when the figure is finished.
        wspace, hspace
            Gaps between the panels in millimeters.
        """
        from matplotlib.figure import Figure

        given = {"left": left, "right": right, "top": top, "bottom": bottom}
        mm = {side: MARGINS[side] if v is None else v for side, v in given.items()}
        wgap = wspace if wspace is not None else GAP_SHARED if sharey else GAP_BESIDE_SCALE
        hgap = hspace if hspace is not None else GAP_BELOW_SHARED if sharex else GAP_BELOW_SCALE
        beside = mm["left"] + mm["right"] + wgap * (n_cols - 1)
        below = mm["top"] + mm["bottom"] + hgap * (n_rows - 1)
        asked = Asked(width=width_in_mm(width), height=height, beside=beside, below=below)
        whole_width, whole_height = self.sheet(asked)
        highest = self.medium.page[1] / self.medium.magnification
        if self.place is None and whole_height > highest:
            raise ExperimentError(
                f"the figure is {whole_height:.0f} mm high; {self.preset} has {highest:.0f} mm"
            )
        panel_width, panel_height = (whole_width - beside) / n_cols, (whole_height - below) / n_rows
        if min(panel_width, panel_height) < SMALLEST_PANEL:
            raise ExperimentError(
                f"margins and gaps leave panels of {panel_width:.1f} × {panel_height:.1f} mm",
                hint="Fewer panels, a larger height, or smaller margins.",
            )
        figure = Figure(figsize=(whole_width / MM_PER_INCH, whole_height / MM_PER_INCH))
        figure.subplots_adjust(  # finish.fit_margins changes these where words need more room
            left=mm["left"] / whole_width,
            right=1 - mm["right"] / whole_width,
            bottom=mm["bottom"] / whole_height,
            top=1 - mm["top"] / whole_height,
            wspace=wgap / panel_width,
            hspace=hgap / panel_height,
        )
        axes = figure.subplots(
            n_rows,
            n_cols,
            sharex=sharex,  # type: ignore[arg-type]
            sharey=sharey,  # type: ignore[arg-type]
            width_ratios=width_ratios,
            height_ratios=height_ratios,
        )
        return figure, axes

    def sheet(self, asked: Asked) -> tuple[float, float]:
        """Return width and height in millimeters of the sheet to draw on, before it is magnified."""
        if self.place is None:
            return asked.width, asked.height
        magnification = asked.magnification(self.place, self.medium.magnification)
        return self.place[0] / magnification, self.place[1] / magnification
