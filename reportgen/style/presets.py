"""Media: sizes in millimeters, and how much larger than on the handout's paper things are shown.

Drawing functions speak of millimeters and points on paper, whatever the medium: a figure is drawn on a sheet
that is smaller than its place by the magnification, and enlarged as a whole. So lines, markers and type keep
their proportions, also where an author wrote a number.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from reportgen.errors import UsageError

MM_PER_INCH = 25.4
WIDTHS = {"margin": 48.0, "text": 105.0, "wide": 160.0}
SMALLEST_PANELS = 0.5  # of what the author asked for: what a small place may leave of them
LARGEST_TYPE = 1.5  # times the medium's own: how far a small figure grows on a large page


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A medium.

    Attributes
    ----------
    magnification
        Of everything that a drawing function says in millimeters and points.
    page
        The largest figure in millimeters.
    fill
        Every figure takes the whole page, unless a size is asked for.
    max_ticks
        Of a linear axis; None leaves it to the room that there is.
    """

    name: str
    magnification: float
    page: tuple[float, float]
    dpi: float
    fill: bool = False
    max_ticks: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a drawing function asks for, in millimeters on paper: its size, and what of it is not panels."""

    width: float
    height: float
    beside: float = 0.0
    below: float = 0.0

    def magnification(self, place: tuple[float, float], own: float) -> float:
        """Return how much larger than on paper the figure is shown in a place of this size, in millimeters.

        In a large place as large as it fits, up to :data:`LARGEST_TYPE` times the medium's ``own``; in a
        small one its own as long as the panels keep :data:`SMALLEST_PANELS` of their size, else less.
        """
        fits = min(place[0] / self.width, place[1] / self.height)
        bearable = min(
            place[0] / (self.beside + SMALLEST_PANELS * (self.width - self.beside)),
            place[1] / (self.below + SMALLEST_PANELS * (self.height - self.below)),
        )
        return max(min(fits, LARGEST_TYPE * own), min(bearable, own))


def width_in_mm(width: str | float) -> float:
    """Return the width on paper of a named width, or of one in millimeters."""
    if not isinstance(width, str):
        return width
    if width not in WIDTHS:
        raise UsageError(f"unknown width {width!r}", hint=f"Widths: {', '.join(WIDTHS)}, or millimeters.")
    return WIDTHS[width]


PRESETS = {
    "handout": Preset(name="handout", magnification=1.0, page=(160.0, 240.0), dpi=220),
    # 16:9, as PowerPoint has it: 7 pt become 14 pt
    "slides": Preset(name="slides", magnification=2.0, page=(338.7, 190.5), dpi=150, fill=True, max_ticks=5),
    # A0 portrait with margins, read from 1.5 m: 7 pt become 25 pt
    "poster": Preset(name="poster", magnification=3.5, page=(780.0, 1100.0), dpi=150),
    # the columns of a journal, 85 and 170 mm wide, are left to --size
    "paper": Preset(name="paper", magnification=1.0, page=(180.0, 240.0), dpi=600),
}


def preset(name: str) -> Preset:
    """Return the preset; an unknown one is an error with the nearest."""
    try:
        return PRESETS[name]
    except KeyError:
        near = difflib.get_close_matches(name, PRESETS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"presets: {', '.join(PRESETS)}"
        raise UsageError(f"unknown preset {name!r}", hint=hint) from None
