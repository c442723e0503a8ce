"""What a build was made of, so that the next one can see at a glance that nothing changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

IGNORED = ("__pycache__", "~", ".swp", ".tmp")


def files_below(folder: Path) -> list[Path]:
    """Return the files below a folder, sorted; hidden and editors' files do not count."""
    return sorted(
        path
        for path in folder.rglob("*")
        if not any(part.startswith(".") or part.endswith(IGNORED) for part in path.relative_to(folder).parts)
        and path.is_file()
    )


def hash_files(paths: Iterable[Path]) -> str:
    """Return one hash of the files' names and contents; names count without their folders."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(f"{path.name}\0{_sha256(path)}\0".encode())
    return digest.hexdigest()


def take(files: Iterable[Path], folders: Iterable[Path], absent: Iterable[Path] = ()) -> dict[str, Any]:
    """Record size, time and hash of every file and of every file below the folders.

    ``absent`` are folders that do not exist and would count if they did.
    """
    listed = {str(folder): [str(path) for path in files_below(folder)] for folder in folders}
    every = {*map(str, files), *(path for paths in listed.values() for path in paths)}
    return {
        "files": {path: _record(Path(path)) for path in sorted(every)},
        "folders": listed,
        "absent": sorted(map(str, absent)),
    }


def holds(stamp: Mapping[str, Any]) -> bool:
    """Tell whether everything is as recorded; files are only read where size agrees and time does not."""
    try:
        for path, (size, time, sha256) in stamp["files"].items():
            status = Path(path).stat()
            if status.st_size != size or (status.st_mtime_ns != time and _sha256(Path(path)) != sha256):
                return False
        for folder, paths in stamp["folders"].items():
            if [str(path) for path in files_below(Path(folder))] != paths:
                return False
        return not any(Path(path).exists() for path in stamp["absent"])
    except (OSError, KeyError, TypeError, ValueError):
        return False


def _record(path: Path) -> list[Any]:
    status = path.stat()
    return [status.st_size, status.st_mtime_ns, _sha256(path)]


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
