"""Sizes as people write them: 160x90mm, 33.9x19.05cm, 13.33x7.5in."""

from __future__ import annotations

import re

from reportgen.errors import UsageError

_MM = {"mm": 1.0, "cm": 10.0, "in": 25.4}
_SIZE = re.compile(r"\s*([\d.]+)\s*[x×*]\s*([\d.]+)\s*(mm|cm|in)\s*", re.IGNORECASE)
SMALLEST, LARGEST = 10.0, 3000.0  # millimeters
MAX_PIXELS = 20_000  # a side: beyond, memory ends before anybody sees a difference


def parse_size(text: str) -> tuple[float, float]:
    """Return width and height in millimeters."""
    match = _SIZE.fullmatch(text)
    try:
        if match is None:
            raise ValueError
        width, height = (float(number) * _MM[match[3].lower()] for number in match.groups()[:2])
    except ValueError:
        raise UsageError(
            f"{text!r} is no size", where="--size", hint="write 160x90mm, or 13.33x7.5in"
        ) from None
    if min(width, height) < SMALLEST or max(width, height) > LARGEST:
        raise UsageError(
            f"a figure cannot be {width:g} × {height:g} mm",
            where="--size",
            hint=f"both sides are {SMALLEST:g} to {LARGEST:g} mm",
        )
    return width, height


def check_pixels(place: tuple[float, float] | None, dpi: float | None) -> None:
    """Refuse pictures that are too large to be drawn."""
    side = max(place or (0.0, 0.0)) / _MM["in"] * (dpi or 0.0)
    if side > MAX_PIXELS:
        raise UsageError(
            f"{side:.0f} pixels are too many", where="--dpi", hint=f"at most {MAX_PIXELS} a side are drawn"
        )
