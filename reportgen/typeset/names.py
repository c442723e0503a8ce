"""Unknown names: an error with the place and the nearest known names."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from pathlib import Path

from reportgen.errors import ProjectError


def unknown(
    kind: str, name: str, known: Collection[str], where: str | Path | None = None, line: int | None = None
) -> ProjectError:
    """Return the error for a name that does not exist, with up to three like it."""
    near = difflib.get_close_matches(name, sorted(known), n=3, cutoff=0.5)
    if not near:
        near = sorted(known, key=lambda k: (k[:1].lower() != name[:1].lower(), k))[:3]
    hint = f"did you mean {', '.join(near)}?" if near else f"there is no {kind} at all"
    return ProjectError(f"unknown {kind} {name!r}", where=where, line=line, hint=hint)
