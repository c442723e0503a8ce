"""Publishing: finished files replace the old ones, each by one rename, the manifest last."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from reportgen.errors import EnvironmentProblem
from reportgen.manifest import MANIFEST, SCHEMA, read_manifest


def publish(
    folder: Path,
    files: Mapping[str, bytes],
    manifest: Mapping[str, Any],
    *,
    staging: Path,
    about: Mapping[str, Mapping[str, Any]] | None = None,
    keep: Collection[str] = (),
    apart: Mapping[str, bytes] | None = None,
) -> tuple[str, ...]:
    """Replace the published files by these and return the names of those that changed.

    Everything is first written below ``staging``, so that nothing half-written is ever seen in ``folder``.

    Parameters
    ----------
    files
        Content by name.
    manifest
        What the manifest says besides ``outputs``, the hash and size of every file.
    staging
        A folder on the same file system (else one is made inside ``folder`` and taken away again).
    about
        What the manifest says of single files besides.
    keep
        Names that an earlier build may have published and that this one does not replace; other names of the
        old manifest are deleted.
    apart
        Files that the manifest does not speak of, since they differ from build to build.
    """
    before = published(folder)
    outputs = {name: entry for name, entry in before.items() if name in keep and (folder / name).is_file()}
    outputs |= {
        name: {"sha256": _sha256(data), "size": len(data), **(about or {}).get(name, {})}
        for name, data in files.items()
    }
    content = {
        **files,
        MANIFEST: to_json({"schema": SCHEMA, **manifest, "outputs": dict(sorted(outputs.items()))}),
    }
    with writing(folder), _staging(folder, staging) as temporary:
        changed = [name for name in content if not _is(folder / name, content[name])]
        everything = {**(apart or {}), **{name: content[name] for name in changed}}
        for name, data in everything.items():
            (temporary / name).write_bytes(data)
        for name in everything:  # the manifest is the last of them
            (temporary / name).replace(folder / name)
        for name in set(before) - set(outputs):
            (folder / name).unlink(missing_ok=True)
    return tuple(changed)


def published(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the outputs that the folder's manifest lists; plain file names only, whatever it says."""
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        return {name: dict(entry) for name, entry in manifest["outputs"].items() if Path(name).name == name}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def withdraw(folder: Path) -> int:
    """Delete what was published into the folder, drafts too, and return the number of bytes freed."""
    freed = 0
    for place in (folder / "draft", folder):
        for name in (*published(place), "timings.json", MANIFEST):
            path = place / name
            if path.is_file():
                freed += path.stat().st_size
                path.unlink()
        with contextlib.suppress(OSError):  # somebody else's files are in it, or it is not there
            place.rmdir()
    return freed


def check_writable(folder: Path) -> None:
    """Raise :class:`EnvironmentProblem` unless files can be replaced in the folder; makes it if need be.

    What a newer version has published there is not overwritten: :class:`ProjectError`.
    """
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        _sweep(folder)
        probe = folder / f".writable-{os.getpid()}"
        probe.touch()
        probe.unlink()
    if (folder / MANIFEST).is_file() and _schema(folder / MANIFEST) > SCHEMA:
        read_manifest(folder / MANIFEST)  # says so


def to_json(value: Mapping[str, Any]) -> bytes:
    """Return strict JSON as UTF-8, indented, ending in a newline."""
    return (json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()


@contextlib.contextmanager
def _staging(folder: Path, staging: Path) -> Iterator[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    staging.mkdir(parents=True, exist_ok=True)
    base = staging if staging.stat().st_dev == folder.stat().st_dev else folder
    temporary = base / f".publish-{os.getpid()}"
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    try:
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        if base == folder:
            _sweep(folder)


def _sweep(folder: Path) -> None:
    """Delete what a killed build left; the project's lock keeps a living one away."""
    for left in (*folder.glob(".publish-*"), *folder.glob(".writable-*")):
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[None]:
    hints = {
        errno.ENOSPC: "free some space on the disk",
        errno.ENOTDIR: "a file stands where the folder should be; move it away",
        errno.EEXIST: "a file stands where the folder should be; move it away",
        errno.EISDIR: "a folder stands where a file should be; move it away",
    }
    try:
        yield
    except OSError as error:
        raise EnvironmentProblem(
            f"cannot write the output: {error.strerror or error}",
            where=folder,
            hint=hints.get(error.errno or 0, "make the folder writable, or choose another one with --output"),
        ) from error


def _schema(path: Path) -> int:
    """Return the schema of a manifest; 0 for one that is damaged: it is replaced."""
    try:
        return int(json.loads(path.read_bytes())["schema"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def _is(path: Path, data: bytes) -> bool:
    try:
        return path.stat().st_size == len(data) and path.read_bytes() == data
    except OSError:
        return False


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
