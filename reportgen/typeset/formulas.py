"""Formulas: LaTeX → SVG for paper (ziamath) and MathML for the page (latex2mathml), kept by content."""

from __future__ import annotations

import functools
import hashlib
import html
import importlib.metadata
import json
import re
import warnings
from dataclasses import dataclass

from reportgen.typeset.view import Cache

FORMULA_ALT = "\u2061"  # marks a formula's alt text until the PDF tags it as one
_SIZE = 100.0  # drawn at this many units per em, scaled by CSS


class FormulaError(ValueError):
    """The formula cannot be set; the text says why."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A set formula. Lengths in em; ``depth`` is how far it reaches below the baseline."""

    tex: str
    display: bool
    svg: bytes
    mathml: str
    width: float
    height: float
    depth: float


def set_formula(tex: str, *, display: bool, cache: Cache) -> Formula:
    """Set a formula. The formulas' font has no Hangul: words of a Korean text stand outside.

    Raises
    ------
    FormulaError
        Unbalanced braces, an unknown command, a character without a glyph, or anything the setters refuse.
    """
    tex = tex.strip()
    key = _key(tex, display)
    kept = cache.get(key)
    if kept is not None:
        entry = json.loads(kept)
        return Formula(tex, display, entry["svg"].encode(), entry["mathml"], *entry["box"])
    _check_braces(tex)
    mathml = _mathml(tex, display)
    svg, box = _svg(tex, display)
    entry = {"svg": svg, "mathml": mathml, "box": box}
    cache.put(key, json.dumps(entry, ensure_ascii=False, sort_keys=True).encode())
    return Formula(tex, display, svg.encode(), mathml, *box)


def _key(tex: str, display: bool) -> str:
    parts = ["formula 5", tex, display, *_versions()]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@functools.cache
def _versions() -> tuple[str, ...]:
    return tuple(importlib.metadata.version(p) for p in ("ziamath", "ziafont", "latex2mathml"))


def _check_braces(tex: str) -> None:
    if not tex:
        raise FormulaError("the formula is empty")
    depth = 0
    for brace in re.findall(r"(?<!\\)[{}]", tex.replace("\\\\", "  ")):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            raise FormulaError("a closing brace too many")
    if depth:
        raise FormulaError("a brace is not closed")
    n_left, n_right = len(re.findall(r"\\left\b", tex)), len(re.findall(r"\\right\b", tex))
    if n_left != n_right:
        raise FormulaError(r"\left and \right do not match")


def _mathml(tex: str, display: bool) -> str:
    from latex2mathml.converter import convert

    try:
        mathml: str = convert(tex, display="block" if display else "inline")
    except Exception as error:  # its parser raises a dozen kinds
        raise FormulaError(f"{type(error).__name__}: {error}".rstrip(": ")) from error
    text = html.unescape(re.sub(r"<[^>]*>", " ", mathml))
    command = re.search(r"\\\w+", text)
    if command:
        raise FormulaError(f"unknown command {command.group()}")
    # a fraction's slash is no spaced operator, and a prime is no apostrophe
    mathml = mathml.replace("<mo>&#x0002F;</mo>", '<mo lspace="0" rspace="0">/</mo>')
    mathml = mathml.replace("<mi>&#x00027;</mi>", "<mo>&#x02032;</mo>")
    # Chromium hangs the smallest radical of STIX below the line: a strut makes it take the next one
    mathml = mathml.replace("<msqrt>", '<msqrt><mspace width="0" height="0.68em" depth="0.02em"/>')
    annotation = f'<annotation encoding="application/x-tex">{html.escape(tex, quote=False)}</annotation>'
    inner = re.fullmatch(r"(<math[^>]*>)(.*)(</math>)", mathml, re.DOTALL)
    if inner is None:
        raise FormulaError("no MathML came out")
    return f"{inner[1]}<semantics>{inner[2]}{annotation}</semantics>{inner[3]}"


def _svg(tex: str, display: bool) -> tuple[str, tuple[float, float, float]]:
    with warnings.catch_warnings():  # ziamath 0.13 finds its font by a deprecated function of importlib
        warnings.simplefilter("ignore", DeprecationWarning)
        from ziamath.config import config
        from ziamath.zmath import Latex

    config.svg2 = False
    config.precision = 2
    # a matrix must be braced before it takes an exponent
    tex = re.sub(r"(\\begin\{(\w*matrix)\}.*?\\end\{\2\})(?=\s*[\^_])", r"{\1}", tex, flags=re.DOTALL)
    # ziamath sets an operator's name flush against its argument
    tex = re.sub(r"(\\operatorname\{[^}]*\})\s*(?=[A-Za-z\\])", r"\1\\,", tex)
    try:
        drawn = Latex(tex, size=_SIZE, inline=not display)
        svg: str = drawn.svg()
    except Exception as error:
        raise FormulaError(str(error) or "it cannot be drawn") from error
    box = re.search(r'viewBox="([-\d.]+) ([-\d.]+) ([-\d.]+) ([-\d.]+)"', svg)
    if box is None:
        raise FormulaError("it cannot be drawn")
    _, top, width, height = (float(v) for v in box.groups())
    _check_glyphs(tex, drawn)
    return svg, (round(width / _SIZE, 4), round(height / _SIZE, 4), round((height + top) / _SIZE, 4))


def _check_glyphs(tex: str, drawn: object) -> None:
    for char in re.sub(r"\\[A-Za-z]+|[\s\\]", "", tex):
        if ord(char) >= 0x80 and drawn.font.glyphindex(char) == 0:  # type: ignore[attr-defined]
            raise FormulaError(f"its font has no character {char!r} (U+{ord(char):04X}): write it outside")
