"""Where in the sources a claim stands, and where the user's error does."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reportgen.errors import ReportgenError

_LINE = re.compile(r"\bline (\d+), in ")


@dataclass(frozen=True, slots=True)
class Place:
    """A file as seen from the repository's root, and a line in it."""

    file: str
    line: int = 1


def places_of_claims(root: Path, claims: Mapping[str, Any]) -> dict[str, Place]:
    """Return where each claim of the object of ``claims.json`` is declared, by id."""
    files = {each["id"]: root / each["file"] for each in claims.get("experiments", ())}
    lines = {path: lines_of_claims(path) for path in set(files.values())}
    return {
        claim["id"]: Place(from_repository(path), lines[path].get(claim["id"], 1))
        for claim in claims.get("claims", ())
        if (path := files.get(claim["experiment"])) is not None
    }


def place_of_failure(failure: ReportgenError, root: Path, claims: Mapping[str, Any]) -> Place | None:
    """Return where an error lies; None where it names no file."""
    name = (failure.where or "").split(": ", 1)[0]
    files = {each["id"]: root / each["file"] for each in claims.get("experiments", ())}
    path = files.get(name.partition(" ")[0], Path(name))
    if not path.is_file():
        return None
    told = [int(number) for number in _LINE.findall(failure.hint or "")]
    return Place(from_repository(path), failure.line or (told[-1] if told else 1))


def lines_of_claims(path: Path) -> dict[str, int]:
    """Return the line of every ``Claim(id="…")`` of a file; nothing for one that cannot be read."""
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return {}
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Claim":
            for keyword in node.keywords:
                if keyword.arg == "id" and isinstance(keyword.value, ast.Constant):
                    found[str(keyword.value.value)] = node.lineno
    return found


def from_repository(path: Path) -> str:
    """Return a path as the repository has it: from GITHUB_WORKSPACE, else from here, else as it is."""
    resolved = path.resolve()
    for base in (os.environ.get("GITHUB_WORKSPACE"), os.environ.get("CI_PROJECT_DIR"), Path.cwd()):
        if base and resolved.is_relative_to(Path(base).resolve()):
            return resolved.relative_to(Path(base).resolve()).as_posix()
    return resolved.as_posix()
