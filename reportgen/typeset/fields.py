"""Numbers as they are printed, and ``{path:format}`` fields of captions, alt texts and evidence."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path

from reportgen.errors import ProjectError
from reportgen.typeset.names import unknown

THIN = "\u202f"  # narrow no-break space
MINUS = "\u2212"
MISSING = "—"
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_FIELD = re.compile(r"\{\{|\}\}|\{([^{}:!]*)(?::([^{}]*))?\}|[{}]")


def format_number(value: float | str | None, spec: str = "", unit: str = "") -> str:
    """Return a number as text: real minus sign, powers of ten as ``1.2×10⁻³``, a thin space before the unit.

    ``spec`` is a Python format; without one, integers are printed whole and other numbers with three digits.
    None (not measured) and NaN become a dash, infinities ∞.
    """
    if value is None:
        return MISSING
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if math.isnan(value):
        return MISSING
    if math.isinf(value):
        return "∞" if value > 0 else MINUS + "∞"
    if not spec and (isinstance(value, int) or value == int(value)) and abs(value) < 1e6:
        text = str(int(value))
    else:
        # a whole float may be asked for as an integer: 20.0 with "d"
        number = int(value) if spec.endswith("d") and value == int(value) else value
        text = format(number, spec or ".3g")
    text = re.sub(
        r"^(-?)([\d.,]+)e([-+]?)0*(\d+)(%?)$",
        lambda m: f"{m[1]}{m[2]}×10{(m[3].replace('+', '') + m[4]).translate(_SUPERSCRIPTS)}{m[5]}",
        text,
    )
    text = re.sub(r"^(-?)1×10", r"\g<1>10", text)
    text = text.replace("-", MINUS)
    if re.fullmatch(rf"{MINUS}0(\.0*)?%?", text):  # no negative zero
        text = text[1:]
    if text.endswith("%"):
        text = text[:-1] + THIN + "%"
    return f"{text}{THIN}{unit}" if unit else text


def look_up(
    values: Mapping[str, float | str | None],
    path: str,
    where: str | Path | None = None,
    line: int | None = None,
) -> float | str | None:
    """Return the value at a path, or raise with the nearest paths."""
    try:
        return values[path]
    except KeyError:
        raise unknown("value", path, values.keys(), where, line) from None


def fill_fields(
    text: str,
    values: Mapping[str, float | str | None],
    *,
    n: int | None = None,
    where: str | Path | None = None,
) -> str:
    """Replace ``{path:format}`` by printed numbers; ``{n}`` is ``n``, doubled braces are literal braces.

    Nothing but plain paths is understood: no attributes, indices or conversions.
    """

    def replace(match: re.Match[str]) -> str:
        token = match.group()
        if token in ("{{", "}}"):
            return token[0]
        path = match.group(1)
        if not path:
            raise ProjectError(
                f"stray brace in {_shorten(text)!r}", where=where, hint="a literal brace is doubled: {{ or }}"
            )
        if path == "n" and n is not None:
            return str(n)
        value = look_up(values, path.strip(), where)
        try:
            return format_number(value, match.group(2) or "")
        except ValueError as error:
            raise ProjectError(
                f"format {match.group(2)!r} does not fit {path!r}", where=where, hint=str(error)
            ) from error

    if n is not None:
        text = text.replace("n = {n}", "n\u00a0=\u00a0{n}")  # never broken over lines
    return _FIELD.sub(replace, text)


def _shorten(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "…"
