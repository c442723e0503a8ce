"""Content-addressed results on disk: written aside and renamed, verified when read, never unpickled.

A file is its content followed by a line ``{"schema":1,"sha256":"…"}``. HDF5 ignores what follows its end, so
other tools open the datasets (``.nc``) as they are. What does not match its hash is a miss with a warning.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import itertools
import json
import logging
import os
import shutil
import time
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reportgen.errors import EnvironmentProblem, ExperimentError, NothingMatchedError

if TYPE_CHECKING:
    import xarray as xr

SCHEMA = 1
SECONDS_A_DAY = 86400.0
_TRAILER = '\n{{"schema":{schema},"sha256":"{sha256}"}}\n'
_N_TRAILER = len(_TRAILER.format(schema=SCHEMA, sha256="0" * 64))
_Identity = tuple[int, int, int]
_log = logging.getLogger("reportgen")
_numbers = itertools.count()


def key(*parts: Any) -> str:
    """Return the sha256 of the parts as canonical JSON: equal parts, equal key; 1 and 1.0 differ."""
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Merged:
    """What came out of taking over other stores: entries that were new, known, or damaged and left behind."""

    added: int = 0
    known: int = 0
    damaged: int = 0

    def __add__(self, other: Merged) -> Merged:
        return Merged(self.added + other.added, self.known + other.known, self.damaged + other.damaged)


class Store:
    """The results below one folder, usually ``.reportgen/``; the folder is made by the first write.

    Writing raises :class:`EnvironmentProblem` where the disk is full or read-only. Reading returns None for
    what is missing or damaged, and deletes a damaged file, so that :meth:`has` no longer finds it.
    """

    key = staticmethod(key)

    def __init__(self, root: Path) -> None:
        self.root = root
        self._digests: dict[tuple[str, str], tuple[Path, _Identity, str]] = {}  # by key and suffix

    # --- results --------------------------------------------------------------------------------------------

    def has(self, key: str, suffix: str) -> bool:
        """Tell whether there is an entry; whether it is sound shows when it is read."""
        return self._entry(key, suffix).is_file()

    def intact(self, key: str, suffix: str) -> bool:
        """Tell whether there is an entry that matches its hash."""
        return self.get_bytes(key, suffix) is not None

    def digest(self, key: str, suffix: str) -> str | None:
        """Return the hash of the content as the entry's last line has it; the rest is not read.

        A build asks for the same thousands again and again: a file is opened once, then only looked at.
        """
        path, known, digest = self._digests.get((key, suffix)) or (self._entry(key, suffix), None, "")
        try:
            if known != _identity(path.stat()):
                with path.open("rb") as file:
                    known = _identity(os.fstat(file.fileno()))
                    file.seek(-_N_TRAILER, os.SEEK_END)
                    digest = str(json.loads(file.read())["sha256"])
                self._digests[key, suffix] = path, known, digest
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return digest

    def get_bytes(self, key: str, suffix: str) -> bytes | None:
        """Return the bytes kept under the key."""
        return self._read(self._entry(key, suffix))

    def put_bytes(self, key: str, data: bytes, suffix: str) -> None:
        """Keep the bytes under the key and a suffix such as ``.svg``."""
        self._write(self._entry(key, suffix), data)

    def get_json(self, key: str) -> Any:
        """Return the value kept under the key."""
        return self._read_json(self._entry(key, ".json"))

    def put_json(self, key: str, value: Any) -> None:
        """Keep a value of JSON's types; NaN and infinities survive."""
        self.put_bytes(key, _to_json(value), ".json")

    def get_dataset(self, key: str) -> xr.Dataset | None:
        """Return the dataset kept under the key, in memory."""
        from reportgen.netcdf import read_dataset

        path = self._entry(key, ".nc")
        data = self._read(path)
        if data is None:
            return None
        try:
            return read_dataset(data)
        except (OSError, KeyError, ValueError, RuntimeError) as error:
            self._discard(path, f"is no dataset of ours ({error})")
            return None

    def put_dataset(self, key: str, dataset: xr.Dataset) -> None:
        """Keep the dataset as netCDF-4; equal datasets give equal bytes."""
        from reportgen.netcdf import write_dataset

        try:
            data = write_dataset(dataset)
        except TypeError as error:
            raise ExperimentError(f"a dataset cannot be stored: {error}") from error
        self.put_bytes(key, data, ".nc")

    # --- notes ----------------------------------------------------------------------------------------------

    def get_note(self, name: str) -> Any:
        """Return a small mutable value: timings, what an artefact was made of."""
        return self._read_json(self._note(name))

    def put_note(self, name: str, value: Any) -> None:
        """Replace a note."""
        self._write(self._note(name), _to_json(value))

    # --- the whole ------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the project's one build; the system frees the lock when a process dies, however it dies."""
        import fcntl

        with self._mending("lock"):
            self._make_root()
            file = (self.root / "lock").open("a+", encoding="ascii")
        with file:
            try:
                with self._mending("lock", passing=BlockingIOError):
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                pid = file.read().strip()
                raise EnvironmentProblem(
                    f"another build (pid {pid or 'unknown'}) is running in this project",
                    where=self.root,
                    hint="wait for it, or stop it and build again",
                ) from None
            with self._mending("lock"):
                file.truncate(0)
                file.write(str(os.getpid()))
                file.flush()
                self._sweep()
            yield

    def take_over(self, other: Store) -> Merged:
        """Copy the results of another store that this one lacks, and the notes; the other stays as it is.

        Notes that are tables grow, nothing in them is replaced.
        """
        counts = dict.fromkeys(("added", "known", "damaged"), 0)
        for path in sorted((other.root / "results").glob("??/*")):
            own = self.root / "results" / path.parent.name / path.name
            with self._mending("read"):
                content = path.read_bytes()
            data = content[:-_N_TRAILER]
            if content[-_N_TRAILER:] != _make_trailer(data):
                _refuse_other_schema(path, content)
                counts["damaged"] += 1
                _log.warning("%s does not match its hash; it was left behind", path)
            elif own.is_file():
                counts["known"] += 1
            else:
                self._write(own, data)
                counts["added"] += 1
        for path in sorted((other.root / "notes").glob("*.json")):
            name = urllib.parse.unquote(path.stem)
            if not name.startswith("stamp "):  # a stamp speaks of files on the other machine
                self._take_over_note(name, other.get_note(name))
        return Merged(**counts)

    def _take_over_note(self, name: str, theirs: Any) -> None:
        own = self.get_note(name)
        if own is None and theirs is not None:
            self.put_note(name, theirs)
        elif isinstance(own, dict) and isinstance(theirs, dict) and (grown := _grow(own, theirs)) != own:
            self.put_note(name, grown)

    def size(self) -> int:
        """Return the number of bytes in use."""
        n_bytes = 0
        for path in self.root.rglob("*"):
            with contextlib.suppress(FileNotFoundError):  # a build may be running
                n_bytes += path.stat().st_size if path.is_file() else 0
        return n_bytes

    def clean(self) -> int:
        """Delete everything and return the number of bytes freed."""
        if not self.root.is_dir():
            return 0
        with self.lock():
            n_bytes = self.size()
            with self._mending("delete"):
                shutil.rmtree(self.root)
        return n_bytes

    # --- files ----------------------------------------------------------------------------------------------

    def _entry(self, key: str, suffix: str) -> Path:
        return self.root / "results" / key[:2] / f"{key}{suffix}"

    def _note(self, name: str) -> Path:
        return self.root / "notes" / f"{urllib.parse.quote(name, safe='')}.json"

    def _read(self, path: Path) -> bytes | None:
        try:
            content = path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise _problem(error, "read", path) from error
        data, trailer = content[:-_N_TRAILER], content[-_N_TRAILER:]
        if trailer != _make_trailer(data):
            _refuse_other_schema(path, content)
            self._discard(path, "does not match its hash")
            return None
        return data

    def _read_json(self, path: Path) -> Any:
        data = self._read(path)
        return None if data is None else json.loads(data)

    def _write(self, path: Path, data: bytes) -> None:
        with self._mending("write"):
            self._make_root()
            temporary = self.root / "temporary" / f"{os.getpid()}-{next(_numbers)}"
            try:
                with temporary.open("wb") as file:
                    file.write(data)
                    file.write(_make_trailer(data))
                path.parent.mkdir(parents=True, exist_ok=True)
                temporary.replace(path)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise

    def _discard(self, path: Path, why: str) -> None:
        _log.warning("%s %s; it will be made anew", path, why)
        with contextlib.suppress(OSError):  # a read-only store stays as it is
            path.unlink()

    def _make_root(self) -> None:
        if (self.root / "temporary").is_dir():
            return
        (self.root / "temporary").mkdir(parents=True, exist_ok=True)
        (self.root / ".gitignore").write_text("*\n", encoding="ascii")

    def _sweep(self) -> None:
        """Delete the temporary files that killed processes left."""
        for path in (self.root / "temporary").iterdir():
            with contextlib.suppress(FileNotFoundError):
                too_old = time.time() - path.stat().st_mtime > SECONDS_A_DAY
                if too_old or not _is_running(path.name.partition("-")[0]):
                    path.unlink()

    @contextlib.contextmanager
    def _mending(self, verb: str, passing: type[OSError] | tuple[()] = ()) -> Iterator[None]:
        try:
            yield
        except passing:
            raise
        except OSError as error:
            raise _problem(error, verb, self.root) from error


def find_store(folder: Path) -> Store:
    """Return the store in a folder: the folder itself, or the one of the project that it holds."""
    inner = folder / ".reportgen"
    root = inner if inner.is_dir() else folder
    if not (root / "results").is_dir():
        raise NothingMatchedError(
            "holds no stored results", where=folder, hint="name the folder .reportgen of a sharded build"
        )
    return Store(root)


def _identity(status: os.stat_result) -> _Identity:
    """Return what tells a file from the one that replaces it."""
    return status.st_ino, status.st_mtime_ns, status.st_size


def _make_trailer(data: bytes) -> bytes:
    return _TRAILER.format(schema=SCHEMA, sha256=hashlib.sha256(data).hexdigest()).encode()


def _refuse_other_schema(path: Path, content: bytes) -> None:
    """Raise where an entry is sound but of another version's format: it must not be taken for damaged."""
    try:
        schema = json.loads(content.rstrip(b"\n").rpartition(b"\n")[2])["schema"]
    except (ValueError, KeyError, TypeError):
        return
    if schema != SCHEMA:
        raise EnvironmentProblem(
            f"the store is from another version of reportgen: format {schema}, this version has {SCHEMA}",
            where=path.parents[2],
            hint="use that version, or move the folder away and measure anew; nothing was touched",
        )


def _grow(own: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    """Return our table with what theirs has besides, inner tables alike."""
    grown = {**theirs, **own}
    for name in {*own} & {*theirs}:
        if isinstance(own[name], dict) and isinstance(theirs[name], dict):
            grown[name] = _grow(own[name], theirs[name])
    return grown


def _to_json(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _is_running(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # somebody else's process
        return True
    return True


def _problem(error: OSError, verb: str, path: Path) -> EnvironmentProblem:
    hints = {
        errno.ENOSPC: "free some space on the disk, or run `reportgen clean`",
        errno.EDQUOT: "free some of your quota, or run `reportgen clean`",
        errno.EROFS: "the disk is mounted read-only; copy the project to a folder that you may write",
        errno.EACCES: "make the folder writable, or copy the project to a folder that you may write",
        errno.EPERM: "make the folder writable, or copy the project to a folder that you may write",
        errno.ENOTDIR: "a file stands where the folder should be; move it away",
        errno.EEXIST: "a file stands where the folder should be; move it away",
    }
    return EnvironmentProblem(
        f"cannot {verb} the store: {error.strerror or error}",
        where=path,
        hint=hints.get(error.errno or 0, "see whether the disk is sound and the folder yours"),
    )
