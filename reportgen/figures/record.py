"""``figures.json``: what lies in a folder of figures, over all the calls that wrote into it."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from reportgen.errors import ProjectError

NAME = "figures.json"
SCHEMA = 1
Record = Mapping[str, Any]


def read(folder: Path) -> Record:
    """Return the record of earlier calls, empty if there is none."""
    path = folder / NAME
    try:
        found = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return _record([])
    except ValueError as error:
        raise ProjectError(
            f"is no list of figures: {error}", where=path, hint="delete it: it is made anew"
        ) from error
    schema = found.get("schema") if isinstance(found, dict) else None
    if isinstance(schema, int) and schema > SCHEMA:
        raise ProjectError(
            f"was written by a newer reportgen (schema {schema}; this one knows {SCHEMA})",
            where=path,
            hint="upgrade reportgen, or choose another folder with --output",
        )
    try:
        entries = [entry for entry in found["figures"] if _identity(entry) and _paths(entry) is not None]
    except (KeyError, TypeError):
        raise ProjectError("is no list of figures", where=path, hint="delete it: it is made anew") from None
    return _record(entries)


def merge(
    before: Record, new: Iterable[Mapping[str, Any]], *, known: Collection[str], experiments: Collection[str]
) -> Record:
    """Return the record with the new entries; formats that they do not bring stay as they are.

    Figures that are no longer declared fall out; those of experiments that cannot be read just now stay.
    """
    readable = {name.partition(".")[0] for name in known}
    entries: dict[Any, dict[str, Any]] = {}
    for entry in before["figures"]:
        experiment = entry["id"].partition(".")[0]
        if entry["id"] in known or (experiment in experiments and experiment not in readable):
            entries[_identity(entry)] = dict(entry)
    for entry in new:
        old = entries.get(_identity(entry), {"files": []})
        fresh = {file["path"] for file in entry["files"]}
        files = [*entry["files"], *(file for file in old["files"] if file["path"] not in fresh)]
        entries[_identity(entry)] = {**entry, "files": sorted(files, key=lambda file: str(file["path"]))}
    return _record(sorted(entries.values(), key=_identity))


def paths(record: Record) -> set[str]:
    """Return the files that the record speaks of."""
    return {path for entry in record["figures"] for path in _paths(entry)}


def own(entries: Iterable[Mapping[str, Any]], folder: Path, manifest: Path) -> Record:
    """Return the record of one call for a manifest, which says where the folder lies from there."""
    relative = Path(os.path.relpath(folder, manifest.resolve().parent)).as_posix()
    return {"schema": SCHEMA, "folder": relative, "figures": list(entries)}


def _record(entries: list[Any]) -> Record:
    return {"schema": SCHEMA, "figures": entries}


def _identity(entry: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(entry[name]) for name in ("id", "language", "preset", "theme"))


def _paths(entry: Mapping[str, Any]) -> list[str]:
    """Return an entry's files; only such as lie below the folder, whatever the record says."""
    named = [str(file["path"]) for file in (*entry["files"], *entry["data"])]
    return [path for path in named if not PurePosixPath(path).is_absolute() and ".." not in Path(path).parts]
