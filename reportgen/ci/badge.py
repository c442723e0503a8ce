"""The badge: ``34 claims: 28 confirmed 3 refuted …`` as a small SVG that stands alone."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

# the colours of the page on light paper; white letters on each have a contrast of at least 4.5
COLORS = {
    "confirmed": "#2f6f4f",
    "refuted": "#a8322a",
    "partly": "#8a5a00",
    "inconclusive": "#5b5b66",
    "equivalent": "#2b5f8a",
    "definition": "#55555b",
    "erratum": "#8b2f6b",
    "not measured": "#66666c",
}
_HEIGHT, _PADDING, _SIZE = 20, 6, 11
_NARROW, _WIDE = frozenset("fijlt:. "), frozenset("mw")


def make_badge(verdicts: Mapping[str, int]) -> bytes:
    """Return the badge of these counts; verdicts that no claim has are left out."""
    n_claims = sum(verdicts.values())
    counts = [(f"{verdicts[name]} {name}", color) for name, color in COLORS.items() if verdicts.get(name)]
    parts = [(f"{n_claims} {'claim' if n_claims == 1 else 'claims'}", "#1c1c1f"), *counts]
    label = escape(f"{parts[0][0]}: {', '.join(text for text, _ in counts) or 'none'}", quote=True)
    boxes, words, x = [], [], 0
    for text, color in parts:
        width = _width(text)
        boxes.append(f'<rect x="{x}" width="{width + 2 * _PADDING}" height="{_HEIGHT}" fill="{color}"/>')
        words.append(f'<text x="{x + _PADDING}" y="14" textLength="{width}">{escape(text)}</text>')
        x += width + 2 * _PADDING
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{x}" height="{_HEIGHT}" role="img"'
        f' aria-label="{label}"><title>{label}</title>'
        f'<clipPath id="r"><rect width="{x}" height="{_HEIGHT}" rx="3"/></clipPath>'
        f'<g clip-path="url(#r)">{"".join(boxes)}</g>'
        f'<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="{_SIZE}">'
        f"{''.join(words)}</g></svg>\n"
    ).encode()


def _width(text: str) -> int:
    """Return the width in Verdana of 11 px, nearly; ``textLength`` makes up for the rest."""
    return round(sum(4.2 if c in _NARROW else 10.0 if c in _WIDE else 6.9 for c in text))
