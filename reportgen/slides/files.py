"""Decks on disk: written aside, then put in the place of the old one, of which a backup is kept."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO

from reportgen.errors import EnvironmentProblem
from reportgen.slides.archive import rewrite


def write_deck(path: Path, changes: Mapping[str, bytes | None]) -> Path | None:
    """Replace the deck by one with these parts changed; return the backup if this is the first change."""
    backup = path.with_name(f"{path.stem}.before-reportgen{path.suffix}")
    made = None
    try:
        if not backup.exists():
            shutil.copy2(path, backup)
            made = backup
        replace_file(path, lambda file: rewrite(path, file, changes))
    except OSError as error:
        raise EnvironmentProblem(
            f"cannot be written: {error.strerror or error}", where=path, hint="the deck is as it was"
        ) from error
    return made


def replace_file(path: Path, write: Callable[[BinaryIO], None]) -> None:
    """Write a file aside and put it in the place of the old one, with its permissions."""
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, temporary)
        else:
            temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
