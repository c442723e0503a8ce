"""Where a build reads and writes, and the stamp by which the next one sees that nothing changed."""

from __future__ import annotations

import difflib
import json
import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from reportgen import __version__, stamp, verdicts
from reportgen.errors import UsageError
from reportgen.machine import PACKAGES
from reportgen.manifest import MANIFEST
from reportgen.options import BuildOptions
from reportgen.project import Lecture, Project, find_project, load_lecture, template_folders
from reportgen.store import Store

CLAIMS = "claims.json"
TIMINGS = "timings.json"
BADGE = "badge.svg"
FORMATS = ("html", "pdf")
ENGINE = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The options of a build with everything that they leave open filled in."""

    options: BuildOptions
    project: Project
    lecture: Lecture
    store: Store
    folder: Path
    languages: tuple[str, ...]
    formats: tuple[str, ...]

    @property
    def seed(self) -> int:
        """The root seed."""
        return self.lecture.seed if self.options.seed is None else self.options.seed

    @property
    def record(self) -> Path:
        """The file of the recorded verdicts."""
        return self.project.root / "experiments" / verdicts.NAME

    @property
    def terms(self) -> dict[str, dict[str, str]]:
        """The lecture's words for figures, in the languages that are built."""
        return {
            language: {key: term.word[language] for key, term in self.lecture.terms.items()}
            for language in self.languages
        }

    def name(self, language: str, fmt: str, edition: str | None = None) -> str:
        """Return the name of a document: ``dnn.ko.pdf``, ``dnn.ko.teacher.pdf``."""
        edition = edition or self.options.edition
        middle = "" if edition == "student" else f".{edition}"
        return f"{self.lecture.name}.{language}{middle}.{fmt}"

    @property
    def documents(self) -> dict[str, tuple[str, str]]:
        """The documents that are built: name → (language, format)."""
        return {
            self.name(language, fmt): (language, fmt) for language in self.languages for fmt in self.formats
        }

    @property
    def possible(self) -> set[str]:
        """The names that some build of this lecture publishes: they are left alone; a draft leaves none."""
        if self.options.draft:
            return set()
        return {
            self.name(language, fmt, edition)
            for language in self.lecture.languages
            for fmt in FORMATS
            for edition in ("student", "teacher")
        }

    def watch(self) -> dict[str, Any]:
        """Record everything that the build reads."""
        templates = template_folders(self.project, self.lecture)
        folders = [ENGINE, self.project.root / "experiments", self.lecture.folder]
        folders += [folder / "theme" for folder in templates]
        return stamp.take(_package_files(), folders)


def locate(options: BuildOptions) -> Place:
    """Find project and lecture, and refuse languages that the lecture does not have."""
    project = find_project(options.project)
    lecture = load_lecture(project, options.lecture)
    _check_scheduler(options)
    for language in options.languages or ():
        if language not in lecture.languages:
            near = difflib.get_close_matches(language, lecture.languages, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there is {', '.join(lecture.languages)}"
            raise UsageError(f"the lecture has no language {language!r}", where="--lang", hint=hint)
    folder = (options.output or project.output).resolve() / lecture.name
    return Place(
        options=options,
        project=project,
        lecture=lecture,
        store=Store(project.store),
        folder=folder / "draft" if options.draft else folder,
        languages=options.languages or lecture.languages,
        formats=options.formats or FORMATS,
    )


def _check_scheduler(options: BuildOptions) -> None:
    if options.scheduler is None:
        return
    if options.executor != "dask":
        raise UsageError("needs --executor dask", where="--scheduler")
    protocol, _, rest = options.scheduler.partition("://")
    if protocol not in ("tcp", "tls") or not rest:
        raise UsageError(
            f"{options.scheduler!r} is no address of a scheduler", where="--scheduler", hint="tcp://HOST:8786"
        )


def read_stamp(place: Place) -> dict[str, Any] | None:
    """Return the published ``claims.json`` if the last build like this one left nothing to do, else None."""
    note = place.store.get_note(_note(place))
    if not isinstance(note, dict) or note.get("signature") != _signature(place):
        return None
    if not (stamp.holds(note["inputs"]) and stamp.holds(note["outputs"])):
        return None
    claims: dict[str, Any] = json.loads((place.folder / CLAIMS).read_bytes())
    return claims


def save_stamp(place: Place, inputs: Mapping[str, Any]) -> None:
    """Note that the output was made from these inputs."""
    outputs = [place.folder / name for name in (*place.documents, CLAIMS, BADGE, MANIFEST)]
    note = {"signature": _signature(place), "inputs": inputs, "outputs": stamp.take(outputs, ())}
    place.store.put_note(_note(place), note)


def changes(place: Place) -> list[str] | None:
    """Return what changed since the last build, of whatever languages and formats; None if there was none."""
    note = place.store.get_note(_note(place))
    if not isinstance(note, dict):
        return None
    root = f"{place.project.working}/"
    found = [*stamp.changes(note["inputs"]), *stamp.changes(note["outputs"])]
    return [line.replace(root, "", 1) for line in found]


def _note(place: Place) -> str:
    return f"stamp {place.lecture.name} {place.options.edition}{' draft' if place.options.draft else ''}"


def _signature(place: Place) -> list[Any]:
    options = place.options
    return [
        __version__,
        platform.python_version(),
        str(place.folder),
        list(place.languages),
        list(place.formats),
        options.draft,
    ]


def _package_files() -> Iterator[Path]:
    """Yield a file of every package's metadata: another version brings another file."""
    for package in PACKAGES:
        try:
            found = metadata.distribution(package)
        except metadata.PackageNotFoundError:
            continue
        name = found.metadata["Name"].replace("-", "_")
        for folder in {name, name.lower()}:
            path = Path(str(found.locate_file(f"{folder}-{found.version}.dist-info/METADATA")))
            if path.is_file():
                yield path
                break
