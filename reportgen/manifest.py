"""The manifest beside published files: found, read, and refused where it is not one that we understand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from reportgen.errors import NothingMatchedError, ProjectError

MANIFEST = "manifest.json"
SCHEMA = 1
SCHEMAS = Path(__file__).parent / "schemas"  # the published JSON schemas


def read_manifest(path: Path) -> dict[str, Any]:
    """Return a manifest; what is missing, damaged or from a newer version is an error and stays as it is."""
    manifest = read_versioned(path, "manifest", SCHEMA)
    outputs = manifest.get("outputs")
    if not isinstance(outputs, dict) or not all(map(_is_output, outputs.items())):
        raise ProjectError(
            "is no manifest of reportgen", where=path, hint="`reportgen build` writes a new one"
        )
    return manifest


def read_versioned(path: Path, kind: str, newest: int) -> dict[str, Any]:
    """Return one of our JSON objects, if its ``schema`` is one that this version knows."""
    try:
        value = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise NothingMatchedError(
            f"there is no {kind}", where=path, hint="`reportgen build` first"
        ) from error
    except OSError as error:
        raise ProjectError(f"cannot be read: {error.strerror or error}", where=path) from error
    except ValueError as error:
        raise ProjectError(
            f"is no {kind}: {error}", where=path, hint="it is damaged: take it from where it was made"
        ) from error
    schema = value.get("schema") if isinstance(value, dict) else None
    if isinstance(schema, bool) or not isinstance(schema, int):
        raise ProjectError(f"is no {kind} of reportgen", where=path, hint='it lacks "schema"')
    if schema > newest:
        raise ProjectError(
            f"was written by a newer reportgen: {kind} schema {schema}, this version knows {newest}",
            where=path,
            hint="pip install --upgrade reportgen; the file was left as it is",
        )
    return dict(value)


def find_manifests(folder: Path) -> list[Path]:
    """Return the manifests of a folder and of all folders in it."""
    found = sorted(folder.rglob(MANIFEST)) if folder.is_dir() else []
    if not found:
        raise NothingMatchedError(
            "there is no manifest.json", where=folder, hint="`reportgen build` writes one"
        )
    return found


def _is_output(item: tuple[str, Any]) -> bool:
    name, entry = item
    return Path(name).name == name and isinstance(entry, dict) and isinstance(entry.get("sha256"), str)
