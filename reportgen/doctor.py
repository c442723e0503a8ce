"""Look at the machine and say what reportgen needs and finds."""

from __future__ import annotations

import ctypes
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from reportgen import machine
from reportgen.errors import ReportgenError
from reportgen.project import Project, builtin_root, find_project
from reportgen.store import Store

State = Literal["ok", "note", "missing"]
PYTHON = (3, 11)
FONTS = ("ReportgenSans-Regular.ttf", "ReportgenSans-Bold.ttf")
# what WeasyPrint opens, by the names of Linux, macOS and Windows
LIBRARIES = {
    "GObject": ("libgobject-2.0.so.0", "libgobject-2.0.0.dylib", "libgobject-2.0-0.dll"),
    "Pango": ("libpango-1.0.so.0", "libpango-1.0.dylib", "libpango-1.0-0.dll"),
    "PangoFT2": ("libpangoft2-1.0.so.0", "libpangoft2-1.0.dylib", "libpangoft2-1.0-0.dll"),
    "HarfBuzz": ("libharfbuzz.so.0", "libharfbuzz.0.dylib", "libharfbuzz-0.dll"),
    "HarfBuzz-Subset": ("libharfbuzz-subset.so.0", "libharfbuzz-subset.0.dylib", "libharfbuzz-subset-0.dll"),
    "Fontconfig": ("libfontconfig.so.1", "libfontconfig.1.dylib", "libfontconfig-1.dll"),
}
LIBRARY_FOLDERS = ("", "/opt/homebrew/lib/", "/usr/local/lib/") if sys.platform == "darwin" else ("",)
INSTALL_LIBRARIES = (
    "Debian, Ubuntu: apt-get install libpangoft2-1.0-0 libharfbuzz-subset0\n"
    "Fedora: dnf install pango harfbuzz\n"
    "macOS: brew install pango harfbuzz"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at; ``missing``: it is needed and lacks, ``note``: only good to know."""

    subject: str
    name: str
    state: State
    found: str
    hint: str = ""


def examine(project: Path | None = None) -> tuple[Finding, ...]:
    """Look at everything; nothing is changed and nothing is measured."""
    try:
        place: Project | None = find_project(project)
        trouble: tuple[Finding, ...] = ()
    except ReportgenError as error:
        place, trouble = None, (_project_trouble(error),)
    return (
        _python(),
        *_packages(),
        *_libraries(),
        *_fonts(),
        _cores(),
        _blas(),
        *trouble,
        *(_folders(place) if place else ()),
        _git(),
    )


def _python() -> Finding:
    fits = sys.version_info[:2] >= PYTHON
    return Finding(
        subject="python",
        name="Python",
        state="ok" if fits else "missing",
        found=f"{platform.python_version()} at {sys.executable}",
        hint="" if fits else f"reportgen needs Python {'.'.join(map(str, PYTHON))} or newer",
    )


def _packages() -> Iterator[Finding]:
    """Compare what is installed with what the package asks for, without importing anything."""
    try:
        requirements = metadata.requires("reportgen") or []
    except metadata.PackageNotFoundError:
        yield Finding(
            subject="packages",
            name="reportgen",
            state="note",
            found="used without being installed",
            hint="make install",
        )
        return
    for requirement in sorted(requirements):
        specification, _, marker = requirement.partition(";")
        match = re.match(r"[\w.-]+", specification)
        if match is None or "extra" in marker:
            continue
        name, bounds = match[0], specification[match.end() :].strip()
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            version = ""
        fits = bool(version) and satisfies(version, bounds)
        yield Finding(
            subject="packages",
            name=name,
            state="ok" if fits else "missing",
            found=version or "not installed",
            hint="" if fits else f"needed: {name}{bounds}; `make install`, or pip install reportgen again",
        )


def satisfies(version: str, bounds: str) -> bool:
    """Tell whether a version fits ``>=70,<71``; the operators >=, <, <=, >, == and != of plain numbers."""
    have = _numbers(version)
    for bound in filter(None, (part.strip() for part in bounds.strip("() ").split(","))):
        match = re.fullmatch(r"(>=|<=|==|!=|<|>)\s*([\d.]+)", bound)
        if match is None:
            continue
        want = _numbers(match[2])
        length = max(len(have), len(want))
        left, right = ((*numbers, *[0] * (length - len(numbers))) for numbers in (have, want))
        fits = {
            ">=": left >= right,
            "<=": left <= right,
            "==": left == right,
            "!=": left != right,
            "<": left < right,
            ">": left > right,
        }[match[1]]
        if not fits:
            return False
    return True


def _numbers(version: str) -> tuple[int, ...]:
    match = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(part) for part in match[0].split(".")) if match else ()


def _libraries() -> Iterator[Finding]:
    for name, candidates in LIBRARIES.items():
        places = (folder + library for folder in LIBRARY_FOLDERS for library in candidates)
        found = next(filter(_opens, places), "")
        yield Finding(
            subject="libraries",
            name=name,
            state="ok" if found else "missing",
            found=found or "not found",
            hint="" if found else INSTALL_LIBRARIES,
        )


def _opens(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _fonts() -> Iterator[Finding]:
    folder = builtin_root() / "templates" / "theme" / "fonts"
    for name in FONTS:
        there = (folder / name).is_file()
        yield Finding(
            subject="fonts",
            name=name,
            state="ok" if there else "missing",
            found="with reportgen" if there else "not found",
            hint="" if there else "the installation is damaged: install reportgen again",
        )


def _cores() -> Finding:
    return Finding(
        subject="processor", name=machine.cpu_name(), state="ok", found=f"{machine.n_cores()} cores"
    )


def _blas() -> Finding:
    """Say which kernel workers compute with: their environment is set here before NumPy is imported."""
    machine.prepare_environment()
    try:
        blas = machine.describe_blas()
    except ImportError as error:
        return Finding(
            subject="processor", name="BLAS", state="missing", found=str(error), hint="make install"
        )
    if not blas:
        return Finding(subject="processor", name="BLAS", state="note", found="unknown to threadpoolctl")
    found = (
        f"{blas['library']} {blas['version']}, kernel {blas['kernel']}, {blas['threads']} thread a process"
    )
    return Finding(subject="processor", name="BLAS", state="ok", found=found)


def _project_trouble(error: ReportgenError) -> Finding:
    return Finding(subject="project", name="project", state="note", found=str(error))


def _folders(project: Project) -> Iterator[Finding]:
    kind = "the built-in lecture" if project.embedded else project.root.as_posix()
    lectures = ", ".join(project.lecture_names) or "no lecture"
    yield Finding(subject="project", name="project", state="ok", found=f"{kind} ({lectures})")
    n_bytes = Store(project.store).size() if project.store.is_dir() else 0
    yield Finding(
        subject="project",
        name="store",
        state="ok",
        found=f"{n_bytes / 1e6:.1f} MB in {project.store.as_posix()}",
    )
    for name, folder in (("output", project.output), ("working folder", project.working)):
        existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
        writable = existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)
        yield Finding(
            subject="project",
            name=name,
            state="ok" if writable else "missing",
            found=folder.as_posix() if writable else f"{existing.as_posix()} cannot be written",
            hint="" if writable else "change the permissions, or build with --output DIR",
        )


def _git() -> Finding:
    program = shutil.which("git")
    if program is None:
        hint = "only needed to work on reportgen itself"
        return Finding(subject="tools", name="git", state="note", found="not found", hint=hint)
    answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return Finding(
        subject="tools", name="git", state="ok", found=answer.stdout.strip().removeprefix("git version ")
    )
