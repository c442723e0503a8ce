"""Files below a folder, written aside and moved into place when all of them are there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path

from reportgen.publish import writing


def write_all(
    folder: Path, files: Mapping[str, bytes], *, gone: Collection[str] = (), staging: Path | None
) -> tuple[str, ...]:
    """Write what differs, in the given order, delete what is gone, and return the names that changed.

    ``staging`` is a folder to write into first; on another disk, one beside the files is taken.
    """
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if staging is not None:
            staging.mkdir(parents=True, exist_ok=True)
        near = staging is not None and staging.stat().st_dev == folder.stat().st_dev
        temporary = (staging if staging is not None and near else folder) / f".figures-{os.getpid()}"
        shutil.rmtree(temporary, ignore_errors=True)
        changed = [name for name, data in files.items() if not _is(folder / name, data)]
        try:
            temporary.mkdir()
            for number, name in enumerate(changed):
                (temporary / str(number)).write_bytes(files[name])
            for number, name in enumerate(changed):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (temporary / str(number)).replace(folder / name)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        for name in gone:
            (folder / name).unlink(missing_ok=True)
    return tuple(changed)


def _is(path: Path, data: bytes) -> bool:
    try:
        return path.stat().st_size == len(data) and path.read_bytes() == data
    except OSError:
        return False
