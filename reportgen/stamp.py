"""What a build was made of, so that the next one can see at a glance that nothing changed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

IGNORED = ("__pycache__", "~", ".swp", ".tmp")


def files_below(folder: Path) -> list[Path]:
    """Return the files below a folder, sorted; hidden and editors' files do not count."""
    found = []
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".") and not name.endswith(IGNORED)]
        found += [
            Path(root, name) for name in names if not name.startswith(".") and not name.endswith(IGNORED)
        ]
    return sorted(found)


def hash_files(paths: Iterable[Path]) -> str:
    """Return one hash of the files' names and contents; names count without their folders."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(f"{path.name}\0{_sha256(path)}\0".encode())
    return digest.hexdigest()


def take(files: Iterable[Path], folders: Iterable[Path]) -> dict[str, Any]:
    """Record size, time and hash of every file and of every file below the folders."""
    listed = {str(folder): [str(path) for path in files_below(folder)] for folder in folders}
    every = {*map(str, files), *(path for paths in listed.values() for path in paths)}
    return {"files": {path: _record(Path(path)) for path in sorted(every)}, "folders": listed}


def holds(stamp: Mapping[str, Any]) -> bool:
    """Tell whether everything is as recorded."""
    return next(changes(stamp), None) is None


def changes(stamp: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is no longer as recorded: ``changed: <file>``, ``removed: <file>``, ``added: <file>``.

    Files are only read where the size agrees and the time does not.
    """
    for name, (size, time, sha256) in stamp["files"].items():
        path = Path(name)
        try:
            status = path.stat()
            same = status.st_size == size and (status.st_mtime_ns == time or _sha256(path) == sha256)
        except OSError:
            yield f"removed: {name}"
            continue
        if not same:
            yield f"changed: {name}"
    for folder, names in stamp["folders"].items():
        known = set(names)
        yield from (f"added: {path}" for path in files_below(Path(folder)) if str(path) not in known)


def _record(path: Path) -> list[Any]:
    status = path.stat()
    return [status.st_size, status.st_mtime_ns, _sha256(path)]


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
