"""SVG after matplotlib: short, with ids of its own, and for the page with colors that follow the theme."""

from __future__ import annotations

import re

from reportgen.style import palette

_PROLOG = re.compile(r"^.*?(?=<svg)", re.DOTALL)
_COMMENT = re.compile(r"\s*<!--.*?-->", re.DOTALL)
_METADATA = re.compile(r"\s*<metadata>.*?</metadata>", re.DOTALL)
_STYLE = re.compile(r'\s*<defs>\s*<style type="text/css">(.*?)</style>\s*</defs>', re.DOTALL)
_ID = re.compile(r' id="([^"]*)"')
_REFERENCE = re.compile(r"""(?:url\(#|href="#)([^)"]+)""")
_EMPTY_GROUP = re.compile(r"\s*<g>\s*</g>")
_INLINE_STYLE = re.compile(r'style="[^"]*"')
_COLOR = re.compile(r"#[0-9a-fA-F]{6}\b")
_COORDINATES = re.compile(r' (?:d|x|y)="[^"]*"')
_DECIMALS = re.compile(r"\d+\.\d{3,}")  # a hundredth of a point is finer than any printer
_GLOBAL_STYLE = "stroke-linejoin: round; stroke-linecap: butt"


def clean_svg(svg: str, *, prefix: str, width: float, height: float) -> str:
    """Return the drawing as one ``<svg>`` element that can stand in a page beside others.

    Drops the prolog, comments, metadata, ids that nothing refers to and the style sheet (which would style
    the whole page); prefixes the ids that stay. ``width`` and ``height`` are in millimeters.
    """
    text = _PROLOG.sub("", svg, count=1)
    for rubbish in (_COMMENT, _METADATA, _STYLE):
        text = rubbish.sub("", text)
    used = set(_REFERENCE.findall(text))
    text = _ID.sub(lambda m: f' id="{prefix}-{m[1]}"' if m[1] in used else "", text)
    text = _REFERENCE.sub(lambda m: m[0][: -len(m[1])] + f"{prefix}-{m[1]}", text)
    while (shorter := _EMPTY_GROUP.sub("", text)) != text:
        text = shorter
    head, body = text.split(">", 1)
    head = re.sub(r'\s+(width|height|version)="[^"]*"', "", head)
    head = f'{head} width="{width:g}mm" height="{height:g}mm" style="{_GLOBAL_STYLE}"'
    body = _COORDINATES.sub(lambda m: _DECIMALS.sub(_rounded, m[0]), body)
    return re.sub(r"\n\s*", "\n", f"{head}>{body}").strip() + "\n"


def _rounded(match: re.Match[str]) -> str:
    return f"{float(match[0]):.2f}".rstrip("0").rstrip(".")


def themed_svg(svg: str) -> str:
    """Return the light drawing with the palette's colors as CSS variables: ``var(--rg-blue, #0173b2)``.

    The values of the variables in a theme are ``palette.variables(theme)``.
    """
    names = {color: name for name, color in palette.variables("light").items()}

    def variable(match: re.Match[str]) -> str:
        name = names.get(match[0].lower())
        return f"var(--{name}, {match[0]})" if name else match[0]

    return _INLINE_STYLE.sub(lambda m: _COLOR.sub(variable, m[0]), svg)


def theme_css(theme: palette.Theme) -> str:
    """Return the declarations of the theme's variables, for a rule of the page's style sheet."""
    return " ".join(f"--{name}: {color};" for name, color in palette.variables(theme).items())
