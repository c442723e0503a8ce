"""What was found in a file, kept until its size or modification time changes."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

_NOTE = "fingerprint"
_VERSION = [1, *sys.version_info[:2]]  # the form of what is kept; syntax trees differ between Pythons
_SETTLED = 2_000_000_000  # ns; a file saved just now may be saved again within one tick of its clock


class Notes(Protocol):
    """Keeps small values by name; a store does."""

    def get_note(self, name: str) -> Any: ...

    def put_note(self, name: str, value: Any) -> None: ...


class FileCache:
    """Facts by path; without notes they live as long as the object."""

    def __init__(self, notes: Notes | None) -> None:
        self._notes = notes
        note = notes.get_note(_NOTE) if notes is not None else None
        self._kept: dict[str, Any] = {}
        if isinstance(note, dict) and note.get("version") == _VERSION:
            self._kept.update(note["files"])
        self._changed = False

    def get(self, path: Path, examine: Callable[[bytes], dict[str, Any]]) -> dict[str, Any]:
        """Return what ``examine`` finds in the file's bytes, or found when the file was the same."""
        status = path.stat()
        stamp = [status.st_size, status.st_mtime_ns]
        kept = self._kept.get(str(path))
        if kept is not None and kept[0] == stamp:
            facts: dict[str, Any] = kept[1]
            return facts
        facts = examine(path.read_bytes())
        if time.time_ns() - status.st_mtime_ns > _SETTLED:
            self._kept[str(path)] = [stamp, facts]
            self._changed = True
        return facts

    def save(self) -> None:
        """Write the note if it has changed, without the files that are gone."""
        if self._notes is not None and self._changed:
            files = {path: kept for path, kept in self._kept.items() if Path(path).is_file()}
            self._notes.put_note(_NOTE, {"version": _VERSION, "files": files})
            self._changed = False
