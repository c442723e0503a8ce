"""Hints that name what was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Collection


def nearest(name: str, known: Collection[str]) -> str:
    """Return "did you mean …?", or what there is where nothing is like the name."""
    near = difflib.get_close_matches(name, sorted(known), n=3, cutoff=0.6)
    if near:
        return f"did you mean {' or '.join(near)}?"
    return f"there is {', '.join(sorted(known)[:12])}" if known else "there is none"
