"""Where a project lies, and what is in its folders; nothing is loaded."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reportgen.errors import ProjectError

if TYPE_CHECKING:
    from reportgen.project.lecture import Lecture

CONTENT = ("experiments", "templates")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")  # of experiments, claims, checks, figures, settings


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentFile:
    """A file below ``experiments/``: its stem is the id, its folder the chapter."""

    id: str
    path: Path
    chapter: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A project's folders. ``embedded``: the built-in lecture, built into the folder ``working``."""

    root: Path
    embedded: bool
    experiments: Mapping[str, ExperimentFile]
    lecture_names: tuple[str, ...]
    working: Path

    @property
    def store(self) -> Path:
        """The folder of the store."""
        return self.working / ".reportgen"

    @property
    def output(self) -> Path:
        """The folder of the published files."""
        return self.working / "output"


def find_project(folder: Path | None = None) -> Project:
    """Return the folder's project; without one, the nearest around the current folder or the built-in."""
    if folder is not None:
        if not _is_project(folder):
            missing = next(name for name in CONTENT if not (folder / name).is_dir())
            raise ProjectError(
                f"is no project: it has no folder {missing}/",
                where=folder,
                hint=f"`reportgen init {folder}` starts one from the built-in lecture",
            )
        return _read(folder.resolve(), embedded=False)
    here = Path.cwd()
    for candidate in (here, *here.parents):
        if _is_project(candidate):
            return _read(candidate, embedded=False)
    return _read(builtin_root(), embedded=True)


def builtin_root() -> Path:
    """Return the folder of the built-in content: inside the installed package, else the checkout."""
    package = Path(__file__).resolve().parents[1]
    embedded = package / "_embedded"
    return embedded if embedded.is_dir() else package.parent


def template_folders(project: Project, lecture: Lecture) -> tuple[Path, ...]:  # noqa: ARG001 - the same for all
    """Return where templates are looked for: the project's own folder first, then the built-in one."""
    return tuple(dict.fromkeys((project.root / "templates", builtin_root() / "templates")))


def _is_project(folder: Path) -> bool:
    return all((folder / name).is_dir() for name in CONTENT)


def _read(root: Path, *, embedded: bool) -> Project:
    lectures = sorted(path.parent.name for path in (root / "templates").glob("*/lecture.toml"))
    return Project(
        root=root,
        embedded=embedded,
        experiments=_find_experiments(root / "experiments"),
        lecture_names=tuple(lectures),
        working=Path.cwd() if embedded else root,
    )


def _find_experiments(folder: Path) -> dict[str, ExperimentFile]:
    found: dict[str, ExperimentFile] = {}
    for path in sorted(folder.rglob("*.py")):
        place = path.relative_to(folder)
        if any(part.startswith(("_", ".")) for part in place.parts):
            continue
        if not NAME.fullmatch(path.stem):
            raise ProjectError(
                f"{path.stem!r} cannot be an experiment's id",
                where=path,
                hint="rename the file: letters, digits and underscores, a letter first",
            )
        if path.stem in found:
            raise ProjectError(
                f"there are two experiments {path.stem!r}",
                where=path,
                hint=f"rename this file or {found[path.stem].path}",
            )
        found[path.stem] = ExperimentFile(id=path.stem, path=path, chapter=place.parent.as_posix())
    return found
