"""Where the numbers come from: what the manifest and the handout's last page say."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from reportgen import __version__
from reportgen.line.inventory import Entry
from reportgen.machine import PACKAGES, versions
from reportgen.project import Lecture

DATA = "data "  # how the parts of a result name the data that it reads


def make_manifest(
    root: Path,
    lecture: Lecture,
    entries: Iterable[Entry],
    machine: Mapping[str, Any],
    *,
    seed: int,
    draft: str,
) -> dict[str, Any]:
    """Return what the manifest says besides the files: settings, seeds, data, versions, machine, commit."""
    experiments = {}
    for entry in entries:
        measured = entry.stages.measure
        experiments[entry.id] = {
            "file": entry.file.path.relative_to(root).as_posix(),
            "measure": None if measured is None else measured.digest,
            "params": {name: list(v) if isinstance(v, tuple) else v for name, v in entry.params.items()},
            "replicates": entry.n,
            "data": data_hashes([entry]),
        }
    return {
        "lecture": lecture.name,
        "draft": draft,
        "reportgen": __version__,
        "seed": seed,
        "python": platform.python_version(),
        "packages": versions(),
        "machine": dict(machine),
        "git": git_state(root),
        "experiments": experiments,
    }


def describe(
    lecture: Lecture, entries: Iterable[Entry], machine: Mapping[str, Any], *, seed: int
) -> tuple[tuple[str, str], ...]:
    """Return the rows of the handout's provenance page; nothing that changes from build to build."""
    entries = list(entries)
    blas = machine.get("blas") or {}
    found = versions(PACKAGES)
    replicates = sorted({entry.n for entry in entries if entry.n})
    changed = [f"{entry.id}: {line}" for entry in entries for line in entry.changed]
    rows = (
        ("version", __version__),
        ("python", platform.python_version()),
        ("packages", ", ".join(f"{name} {version}" for name, version in found.items())),
        ("cpu", machine.get("cpu", "")),
        ("cores", str(machine.get("cores", ""))),
        ("blas", f"{blas['library']} {blas['version']}" if blas else ""),
        ("kernel", f"{blas['kernel']}, {blas['threads']} thread" if blas else ""),
        ("seed", str(seed)),
        ("replicates", ", ".join(map(str, replicates))),
        ("data", ", ".join(f"{name} {sha256[:12]}" for name, sha256 in data_hashes(entries).items())),
        ("lecture", lecture.name),
        ("settings", "; ".join(changed)),
    )
    return tuple((name, text) for name, text in rows if text)


def data_hashes(entries: Iterable[Entry]) -> dict[str, str]:
    """Return the hashes of the data that the experiments read, by name."""
    parts = {
        name.removeprefix(DATA): value
        for entry in entries
        if entry.stages.measure is not None
        for name, value in entry.stages.measure.parts.items()
        if name.startswith(DATA)
    }
    return dict(sorted(parts.items()))


def git_state(root: Path) -> dict[str, Any] | None:
    """Return commit and whether files differ from it; None outside a repository or without git."""
    try:
        commit = _git(root, "rev-parse", "HEAD").strip()
        return {"commit": commit, "dirty": bool(_git(root, "status", "--porcelain", "--", ".").strip())}
    except (OSError, subprocess.SubprocessError):
        return None


def _git(root: Path, *arguments: str) -> str:
    command = ["git", "-C", str(root), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=10).stdout
