"""The parts that a result is made from, and what has changed between two such lists."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependencies:
    """Parts by human name (``helper recursion()``, ``module reportgen.nn.layers``, ``package numpy``).

    Each has its hash or version; ``digest`` covers them all.
    """

    digest: str
    parts: Mapping[str, str]


def make_dependencies(parts: Mapping[str, str]) -> Dependencies:
    """Return the parts, sorted, with their digest."""
    ordered = dict(sorted(parts.items()))
    return Dependencies(digest=hash_text(json.dumps(ordered)), parts=MappingProxyType(ordered))


def explain(old: Mapping[str, str] | None, new: Mapping[str, str]) -> list[str]:
    """Return what differs, a line each: ``changed: helper recursion() 1a2b → 3c4d``."""
    if old is None:
        return ["never made"]
    lines = []
    for name in sorted({*old, *new}):
        before, after = old.get(name), new.get(name)
        if before is None and after is not None:
            lines.append(f"added: {name} {_shorten(after)}")
        elif before is not None and after is None:
            lines.append(f"removed: {name} {_shorten(before)}")
        elif before is not None and after is not None and before != after:
            lines.append(f"changed: {name} {_shorten(before)} → {_shorten(after)}")
    return lines


def hash_text(text: str | bytes) -> str:
    """Return the sha256 in hexadecimal."""
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()


def _shorten(value: str) -> str:
    return value[:4] if re.fullmatch(r"[0-9a-f]{64}", value) else value
