"""The one palette: hues of seaborn's "colorblind", fixed roles, markers and dashes, light and dark values."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import cache
from typing import Literal

from reportgen.errors import ExperimentError

Theme = Literal["light", "dark"]
Dashes = tuple[float, tuple[float, ...]]

# seaborn.color_palette("colorblind"), in its order; repeated here so that a page's CSS costs no import of
# seaborn (a test holds the two together).
_HUES = {
    "blue": "#0173b2",
    "orange": "#de8f05",
    "green": "#029e73",
    "vermilion": "#d55e00",
    "pink": "#cc78bc",
    "tan": "#ca9161",
    "rose": "#fbafe4",
    "gray": "#949494",
    "yellow": "#ece133",
    "sky": "#56b4e9",
}
_NEUTRALS = {
    "paper": ("#ffffff", "#16181c"),
    "ink": ("#1f2328", "#e6e7e9"),
    "muted": ("#5f666d", "#a3a9b0"),
    "grid": ("#dcdfe2", "#3a3f45"),
}
MARK_CONTRAST = 3.0  # WCAG 2.2, 1.4.11
# Darkened to 3:1 on white, these two come as light as orange and sky, and some eyes tell no hue between them.
_DARKER_ON_WHITE = {"vermilion": 4.5, "pink": 4.0}
TEXT_CONTRAST = {"light": 5.2, "dark": 5.0}  # WCAG 2.2, 1.4.3 asks for 4.5; thin small type wants more

_SOLID: Dashes = (0.0, ())
_DASHED: Dashes = (0.0, (5.0, 1.8))
_DOTTED: Dashes = (0.0, (1.2, 1.4))
_DASH_DOT: Dashes = (0.0, (5.0, 1.5, 1.2, 1.5))
_SHORT: Dashes = (0.0, (2.6, 1.4))
_LONG: Dashes = (0.0, (8.0, 1.8))


@dataclass(frozen=True, slots=True)
class Role:
    """What a role looks like: hue, marker and dashes, so that grey print loses nothing."""

    hue: str
    marker: str = "o"
    dashes: Dashes = _SOLID


ROLES = {
    # activations
    "tanh": Role("blue", "o", _SOLID),
    "relu": Role("vermilion", "s", _DASHED),
    "sigmoid": Role("green", "^", _DASH_DOT),
    "linear": Role("muted", "D", _DOTTED),
    # initial weights
    "xavier": Role("blue", "o", _SOLID),
    "he": Role("vermilion", "s", _DASHED),
    "small": Role("sky", "v", _DOTTED),
    "large": Role("orange", "^", _DASH_DOT),
    "unit": Role("pink", "D", _SHORT),
    # batch normalization
    "bn": Role("blue", "o", _SOLID),
    "no_bn": Role("orange", "s", _DASHED),
    # optimizers
    "sgd": Role("muted", "o", _SOLID),
    "momentum": Role("sky", "s", _DASHED),
    "nesterov": Role("blue", "^", _DASH_DOT),
    "adagrad": Role("orange", "D", _SHORT),
    "rmsprop": Role("green", "v", _LONG),
    "adam": Role("vermilion", "p", _SOLID),
    # what measurements are held against
    "theory": Role("ink", "x", _SOLID),
    "bound": Role("pink", "|", _DASHED),
    "accent": Role("blue", "o", _SOLID),
    # verdicts, for verdicts only
    "confirmed": Role("green", "o"),
    "refuted": Role("vermilion", "X"),
    "partly": Role("orange", "D"),
    "inconclusive": Role("gray", "o"),
    "equivalent": Role("sky", "s"),
    "definition": Role("muted", "o"),
    "erratum": Role("pink", "P"),
    # neutrals
    **{name: Role(name) for name in _NEUTRALS},
    # anything else, in the order of a comparison
    "first": Role("blue", "o", _SOLID),
    "second": Role("orange", "s", _DASHED),
    "third": Role("green", "^", _DASH_DOT),
    "fourth": Role("pink", "D", _SHORT),
    "fifth": Role("vermilion", "v", _LONG),
    "sixth": Role("muted", "p", _DOTTED),
}


def role(name: str) -> Role:
    """Return what the role looks like; an unknown one is an error with the nearest."""
    try:
        return ROLES[name]
    except KeyError:
        near = difflib.get_close_matches(name, ROLES, n=3)
        hint = f"Did you mean {' or '.join(near)}?" if near else f"Roles: {', '.join(ROLES)}."
        raise ExperimentError(f"unknown role {name!r} of the palette", hint=hint) from None


@cache
def mark_color(hue: str, theme: Theme) -> str:
    """Return the hue's color for lines and areas: at least 3:1 against the paper."""
    if hue in _NEUTRALS:
        return _NEUTRALS[hue][theme == "dark"]
    darker = _DARKER_ON_WHITE.get(hue) if theme == "light" else None
    return _readable(_HUES[hue], theme, darker or MARK_CONTRAST)


@cache
def text_color(hue: str, theme: Theme) -> str:
    """Return the hue's color for text: at least 4.5:1 against the paper."""
    if hue in _NEUTRALS:
        return _NEUTRALS[hue][theme == "dark"]
    return _readable(_HUES[hue], theme, TEXT_CONTRAST[theme])


def variables(theme: Theme) -> dict[str, str]:
    """Return the theme's colors by their names in CSS: ``rg-blue``, ``rg-blue-text``, ``rg-ink``, …"""
    colors = {f"rg-{name}": mark_color(name, theme) for name in (*_NEUTRALS, *_HUES)}
    return colors | {f"rg-{name}-text": text_color(name, theme) for name in _HUES}


def contrast(first: str, second: str) -> float:
    """Return WCAG's contrast ratio of two colors, 1 to 21."""
    low, high = sorted((_luminance(first), _luminance(second)))
    return (high + 0.05) / (low + 0.05)


def _readable(color: str, theme: Theme, ratio: float) -> str:
    """Mix the color with black or white, as little as the ratio against the theme's paper asks for."""
    paper = _NEUTRALS["paper"][theme == "dark"]
    goal = 0 if theme == "light" else 255
    channels = _channels(color)
    for percent in range(101):
        mixed = [round(c + (goal - c) * percent / 100) for c in channels]
        candidate = "#" + "".join(f"{c:02x}" for c in mixed)
        if contrast(candidate, paper) >= ratio:
            return candidate
    raise AssertionError(f"{color} cannot reach {ratio}:1 on {paper}")


def _channels(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _luminance(color: str) -> float:
    linear = [
        c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4
        for c in (channel / 255 for channel in _channels(color))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
