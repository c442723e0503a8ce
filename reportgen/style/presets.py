"""Sizes for paper and for slides: widths in millimeters, type and lines in points."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from reportgen.errors import UsageError

MM_PER_INCH = 25.4
WIDTHS = {"margin": 48.0, "text": 105.0, "wide": 160.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A medium: everything a drawing function says in millimeters and points is multiplied by ``scale``.

    ``page`` is the largest figure in millimeters.
    """

    name: str
    scale: float
    page: tuple[float, float]
    dpi: int

    def width(self, width: str | float) -> float:
        """Return the printed width in millimeters of a named width, or of one on paper."""
        if isinstance(width, str):
            if width not in WIDTHS:
                raise UsageError(
                    f"unknown width {width!r}", hint=f"Widths: {', '.join(WIDTHS)}, or millimeters."
                )
            width = WIDTHS[width]
        return width * self.scale


PRESETS = {
    "handout": Preset(name="handout", scale=1.0, page=(160.0, 240.0), dpi=220),
    "slides": Preset(name="slides", scale=2.0, page=(338.7, 190.5), dpi=150),  # 16:9; 7 pt become 14 pt
}


def preset(name: str) -> Preset:
    """Return the preset; an unknown one is an error with the nearest."""
    try:
        return PRESETS[name]
    except KeyError:
        near = difflib.get_close_matches(name, PRESETS, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"Presets: {', '.join(PRESETS)}."
        raise UsageError(f"unknown preset {name!r}", hint=hint) from None
