"""The scoreboard: counts, and a tiny plot of each claim's intervals against their bounds on one scale."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

from reportgen.typeset.fields import format_number
from reportgen.typeset.ribbon import SIGNS, plain_numbers, verdict_of
from reportgen.typeset.theme import Words
from reportgen.typeset.view import CheckView, ClaimView

WIDTH, HEIGHT = 96.0, 15.0
_MAX_ROWS = 3
_FALSE_CALLS = 0.005  # a side of a 99 % interval


def plot_position(check: CheckView, value: float) -> float:
    """Return where a value stands between −1 and 1: 0 is the bound, the right half the claim's side.

    The distance is measured in bounds (linear), in doublings (logarithmic), or in half-widths of the range
    (within, where ±½ are its ends), and then squashed by x / (1 + |x|), so that every row shares one scale.
    """
    if math.isnan(value):
        return 0.0
    if isinstance(check.bound, tuple):
        low, high = check.bound
        if check.scale == "log" and low > 0:
            low, high, value = math.log(low), math.log(high), math.log(value) if value > 0 else -math.inf
        distance = (value - (low + high) / 2) / ((high - low) / 2 or 1.0)
    elif check.scale == "log" and check.bound > 0:
        distance = (math.log2(value) if value > 0 else -math.inf) - math.log2(check.bound)
    else:
        numbers = (check.estimate, check.high or 0.0, check.low or 0.0)  # infinite ends are no measure
        unit = abs(check.bound) or max((abs(n) for n in numbers if math.isfinite(n)), default=0.0) or 1.0
        distance = (value - check.bound) / unit
    far = math.isinf(distance)
    position = math.copysign(1.0, distance) if far else distance / (1 + abs(distance))
    return -position if check.relation == "<=" else position


def plot_svg(claim: ClaimView, label: str = "", *, colors: dict[str, str]) -> str:
    """Return the plot as an SVG; colours by name: ink, muted, side, and the verdicts."""
    checks = [c for c in claim.checks if c.role == "decides" and not math.isnan(c.estimate)][:_MAX_ROWS]
    if not checks:
        return ""
    parts = []
    step = HEIGHT / (len(checks) + 1)
    ranged = all(isinstance(c.bound, tuple) for c in checks)
    sides = ((-0.5, 0.5),) if ranged else ((0.0, 1.0),)
    for low, high in sides:
        x, width = _x(low), _x(high) - _x(low)
        parts.append(f'<rect x="{x:g}" y="0" width="{width:g}" height="{HEIGHT:g}" fill="{colors["side"]}"/>')
    for edge in (-0.5, 0.5) if ranged else (0.0,):
        parts.append(
            f'<path d="M{_x(edge):g} 0V{HEIGHT:g}" stroke="{colors["ink"]}" stroke-width=".8" fill="none"/>'
        )
    for row, check in enumerate(checks, 1):
        y = step * row
        color = colors.get(check.verdict, colors["ink"])
        if check.low is not None and check.high is not None:
            ends = sorted(_x(plot_position(check, v)) for v in (check.low, check.high))
            parts.append(
                f'<path d="M{ends[0]:.4g} {y:.4g}H{max(ends[1], ends[0] + 0.5):.4g}"'
                f' stroke="{color}" stroke-width="2.2" fill="none" opacity=".55"/>'
            )
        parts.append(
            f'<circle cx="{_x(plot_position(check, check.estimate)):.4g}" cy="{y:.4g}" r="2" fill="{color}"/>'
        )
    title = f' role="img" aria-label="{label}"' if label else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" width="{WIDTH:g}"'
        f' height="{HEIGHT:g}"{title}>{"".join(parts)}</svg>'
    )


def plot_alt(claim: ClaimView, words: Words) -> str:
    checks = [c for c in claim.checks if c.role == "decides"][:_MAX_ROWS]
    return "; ".join(plain_numbers(c, words) for c in checks)


def summary(claims: list[ClaimView], words: Words) -> dict[str, Any]:
    """Return counts by verdict, the number of deciding checks and of false calls to expect among them."""
    counts = Counter(verdict_of(c) for c in claims)
    deciding = sum(
        1
        for claim in claims
        for c in claim.checks
        if c.role == "decides" and not c.exact and c.low is not None
    )
    return {
        "n_claims": len(claims),
        "counts": [
            {"verdict": v, "sign": SIGNS[v], "word": words.of("verdict", v), "n": counts[v]}
            for v in SIGNS
            if counts[v]
        ],
        "n_errata": sum(c.erratum for c in claims),
        "n_deciding": deciding,
        "n_false": format_number(deciding * _FALSE_CALLS, ".2g"),
    }


def _x(position: float) -> float:
    margin = 3.0
    return WIDTH / 2 + position * (WIDTH / 2 - margin)
