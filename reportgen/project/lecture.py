"""A lecture: what ``templates/<name>/lecture.toml`` and ``terms.toml`` say."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from reportgen.errors import ProjectError, UsageError
from reportgen.model import Text
from reportgen.project.folders import Project
from reportgen.project.nearest import nearest
from reportgen.project.toml import LANGUAGE, TomlFile, read_toml

_REQUIRED = ("title", "author", "date", "languages", "chapters")
_OPTIONAL = ("subtitle", "course", "institution", "logo", "paper", "seed", "params")
_LOGOS = (".svg", ".png", ".jpg", ".jpeg")


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A word of the lecture; its symbol (inline Markdown) and its meaning where they are given."""

    word: Text
    symbol: str = ""
    definition: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lecture:
    """A lecture's settings.

    Attributes
    ----------
    chapters
        Stems of the chapter files, in the order of the text.
    params
        Experiment → lasting overrides of its settings, as written (see ``apply_params``).
    terms
        Key → the term.
    seed
        The root seed.
    """

    name: str
    title: Text
    subtitle: Text
    author: Text
    course: Text
    institution: Text
    logo: Path | None
    date: str
    paper: Literal["a4"]
    languages: tuple[str, ...]
    chapters: tuple[str, ...]
    params: Mapping[str, Mapping[str, Any]]
    folder: Path
    terms: Mapping[str, Term]
    seed: int


def load_lecture(project: Project, name: str | None = None) -> Lecture:
    """Load the named lecture, or the only one."""
    folder = project.root / "templates" / _choose(project, name)
    file = read_toml(folder / "lecture.toml")
    file.check_keys({*_REQUIRED, *_OPTIONAL}, _REQUIRED)
    languages = _read_names(file, "languages")
    for language in languages:
        if not LANGUAGE.fullmatch(language):
            raise file.error(f"{language!r} is no language code", "languages", hint='write "ko" or "en"')
    if file.values.get("paper", "a4") != "a4":
        raise file.error(f"unknown paper {file.values['paper']!r}", "paper", hint="there is a4")
    lecture = Lecture(
        name=folder.name,
        title=file.read_text("title", languages=languages),
        author=file.read_text("author", languages=languages),
        subtitle=_read_optional_text(file, "subtitle", languages),
        course=_read_optional_text(file, "course", languages),
        institution=_read_optional_text(file, "institution", languages),
        logo=_read_logo(file),
        date=_read_date(file),
        paper="a4",
        languages=languages,
        chapters=_read_names(file, "chapters"),
        params=_read_params(file, project),
        folder=folder,
        terms=_load_terms(folder / "terms.toml", languages),
        seed=_read_seed(file),
    )
    for chapter in lecture.chapters:
        for language in languages:
            _check_chapter(file, chapter_file(project, lecture, language, chapter), chapter, language)
    return lecture


def chapter_file(project: Project, lecture: Lecture, language: str, chapter: str) -> Path:  # noqa: ARG001
    """Return the file of a chapter in a language."""
    return lecture.folder / language / f"{chapter}.md.j2"


def _choose(project: Project, name: str | None) -> str:
    names = project.lecture_names
    if name is None:
        if len(names) == 1:
            return names[0]
        if not names:
            raise ProjectError(
                "there is no lecture",
                where=project.root / "templates",
                hint="a lecture is a folder with a lecture.toml",
            )
        raise UsageError("which lecture? The project has several", hint=f"name one of {', '.join(names)}")
    if name not in names:
        raise UsageError(f"unknown lecture {name!r}", where=project.root, hint=nearest(name, names))
    return name


def _check_chapter(file: TomlFile, path: Path, chapter: str, language: str) -> None:
    if path.is_file():
        return
    stems = [other.name.removesuffix(".md.j2") for other in path.parent.glob("*.md.j2")]
    raise file.error(
        f"the chapter {chapter!r} has no file {path.parent.name}/{path.name}",
        "chapters",
        hint=f"write it, take {language!r} out of languages, or {nearest(chapter, stems)}",
    )


def _read_names(file: TomlFile, key: str) -> tuple[str, ...]:
    names = file.values[key]
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        raise file.error(f"{key} must be a list of names: {names!r}", key, hint=f'write {key} = ["…", "…"]')
    for name in names:
        if names.count(name) > 1:
            raise file.error(f"{name!r} stands twice in {key}", key, hint="name it once")
        if not name or "/" in name or name.startswith("."):
            raise file.error(
                f"{name!r} in {key} is no plain name", key, hint="write the stem, without folder"
            )
    return tuple(names)


def _read_optional_text(file: TomlFile, key: str, languages: tuple[str, ...]) -> Text:
    if key not in file.values:
        return Text(**dict.fromkeys(languages, ""))
    return file.read_text(key, languages=languages)


def _read_date(file: TomlFile) -> str:
    date = file.values["date"]
    if isinstance(date, datetime.date) and not isinstance(date, datetime.datetime):
        return date.isoformat()
    if not isinstance(date, str) or not date:
        raise file.error(f"date must be a date or a text: {date!r}", "date", hint="write date = 2025-03-04")
    return date


def _read_logo(file: TomlFile) -> Path | None:
    name = file.values.get("logo")
    if name is None:
        return None
    if not isinstance(name, str) or not name.lower().endswith(_LOGOS):
        raise file.error(f"logo must be a file of type {', '.join(_LOGOS)}: {name!r}", "logo")
    path = file.path.parent / name
    if not path.is_file():
        raise file.error(f"there is no logo {name}", "logo", hint=f"it is looked for in {file.path.parent}")
    return path


def _read_seed(file: TomlFile) -> int:
    seed = file.values.get("seed", 0)
    if not isinstance(seed, int) or isinstance(seed, bool) or seed < 0:
        raise file.error(f"seed must be a whole number from 0: {seed!r}", "seed")
    return seed


def _read_params(file: TomlFile, project: Project) -> Mapping[str, Mapping[str, Any]]:
    tables = file.values.get("params", {})
    if not isinstance(tables, dict):
        raise file.error(f"params must be a table: {tables!r}", "params", hint="write [params.EXPERIMENT]")
    for experiment, settings in tables.items():
        if experiment not in project.experiments:
            raise file.error(
                f"unknown experiment {experiment!r} in params",
                "params",
                experiment,
                hint=nearest(experiment, project.experiments),
            )
        if not isinstance(settings, dict):
            raise file.error(
                f"params.{experiment} must be a table: {settings!r}",
                "params",
                experiment,
                hint=f"write [params.{experiment}] and a line NAME = VALUE",
            )
    return MappingProxyType({experiment: MappingProxyType(table) for experiment, table in tables.items()})


def _load_terms(path: Path, languages: tuple[str, ...]) -> Mapping[str, Term]:
    if not path.is_file():
        return MappingProxyType({})
    file = read_toml(path)
    return MappingProxyType({key: _read_term(file, key, languages) for key in file.values})


def _read_term(file: TomlFile, key: str, languages: tuple[str, ...]) -> Term:
    table = file.values[key]
    if not isinstance(table, dict):
        return Term(word=file.read_text(key, languages=languages))
    symbol = table.get("symbol", "")
    if not isinstance(symbol, str):
        raise file.error(f"{key}.symbol must be a string: {symbol!r}", key)
    return Term(
        word=file.read_text(key, languages=languages, also=("symbol", "definition")),
        symbol=symbol,
        definition=file.read_text(key, "definition", languages=languages) if "definition" in table else None,
    )
