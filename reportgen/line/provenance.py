"""Where the numbers come from: what the manifest and the handout's last page say."""

from __future__ import annotations

import hashlib
import platform
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from reportgen import __version__
from reportgen.line.evaluation import MACHINE
from reportgen.line.history import artefacts
from reportgen.line.inventory import Entry
from reportgen.line.judged import Judged
from reportgen.line.place import Place
from reportgen.machine import PACKAGES, versions
from reportgen.project import Lecture, chapter_file
from reportgen.store import Store

DATA = "data "  # how the parts of a result name the data that it reads


def make_manifest(
    place: Place,
    judged: Judged,
    drawings: Mapping[tuple[str, str], str],
    machine: Mapping[str, Any],
) -> dict[str, Any]:
    """Return what the manifest says besides the files: all that they were made of, and what came out.

    ``drawings`` are the figures' keys in the store by (figure, language). The parts of each result are what
    its key was made of, so that two manifests tell why something changed.
    """
    root, store = place.project.root, place.store
    parts = {
        name: found
        for entry in judged.entries.values()
        for name, found, _ in artefacts(store, entry, judged.entries)
    }
    experiments = {
        entry.id: {
            "file": entry.file.path.relative_to(root).as_posix(),
            "params": {name: list(v) if isinstance(v, tuple) else v for name, v in entry.params.items()},
            "replicates": entry.n,
            "data": data_hashes([entry]),
            "parts": {
                stage: parts[f"{stage} {entry.id}"]
                for stage in ("measure", "summary", "claims")
                if f"{stage} {entry.id}" in parts
            },
        }
        for entry in judged.entries.values()
    }
    figures: dict[str, dict[str, Any]] = {}
    for (figure, language), key in sorted(drawings.items()):
        about = {"experiment": figure.partition(".")[0], "drawings": {}, "parts": parts[f"figure {figure}"]}
        drawn = figures.setdefault(figure, about)["drawings"]
        drawn[language] = {"sha256": store.digest(key, ".svg"), "key": key}
    return {
        "lecture": place.lecture.name,
        "draft": place.options.draft,
        "reportgen": __version__,
        "seed": place.seed,
        "python": platform.python_version(),
        "packages": versions(),
        "machine": dict(machine),
        "git": git_state(root),
        "experiments": experiments,
        "claims": {claim["id"]: _claim(claim) for claim in judged.claims["claims"]},
        "figures": figures,
    }


def make_inputs(place: Place, judged: Judged, theme: str, names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return what each output is made of: files of the lecture by hash, the theme, experiments, figures."""
    root, lecture = place.project.root, place.lecture
    experiments = sorted(judged.entries)
    inputs: dict[str, dict[str, Any]] = {}
    for name in names:
        language, _ = place.documents.get(name, ("", ""))
        common = [lecture.folder / "lecture.toml"]
        if language:
            common += [lecture.folder / "terms.toml"] if (lecture.folder / "terms.toml").is_file() else []
            common += [chapter_file(place.project, lecture, language, stem) for stem in lecture.chapters]
        files = {
            path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in common
        }
        inputs[name] = {"inputs": {"files": files, "experiments": experiments}}
        if language:
            figures = sorted(f"{entry.id}.{figure.name}" for entry, figure in judged.figures)
            inputs[name]["inputs"] |= {"language": language, "theme": theme, "figures": figures}
    return inputs


def _claim(claim: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of an entry of claims.json that two builds are compared by."""
    numbers = ("verdict", "bound", "estimate", "low", "high", "n", "exact", "volatile")
    return {
        "experiment": claim["experiment"],
        "data": claim["data"],
        "follows": claim["follows"],
        "verdict": claim["verdict"],
        "erratum": claim["erratum"],
        "checks": {check["name"]: {name: check[name] for name in numbers} for check in claim["checks"]},
    }


def merge_machines(store: Store, other: Store) -> None:
    """Note that results come from another machine as well, before its store is taken over."""
    own, theirs = store.get_note(MACHINE), other.get_note(MACHINE)
    if own is None or theirs is None:
        return
    machines = [own, *own.get("others", ())]
    for machine in (theirs, *theirs.get("others", ())):
        alone = {name: value for name, value in machine.items() if name != "others"}
        if all({**known, "others": None} != {**alone, "others": None} for known in machines):
            machines.append(alone)
    if len(machines) > 1:
        store.put_note(MACHINE, {**own, "others": machines[1:]})


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
    """Return commit, its date, and whether files differ from it; None without git or where it knows no file.

    A package installed below somebody's repository is not a part of it.
    """
    try:
        if not _git(root, "ls-files", "--", "experiments", "templates"):
            return None
        commit, date = _git(root, "show", "--no-patch", "--format=%H %cI", "HEAD").split()
        dirty = bool(_git(root, "status", "--porcelain", "--", ".").strip())
        return {"commit": commit, "date": date, "dirty": dirty}
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def _git(root: Path, *arguments: str) -> str:
    command = ["git", "-C", str(root), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=10).stdout
