"""The lecture's text: its chapters in every language, and what they place."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from reportgen.errors import ProjectError
from reportgen.line.inventory import Entry, Inventory, cited
from reportgen.project import Lecture, Project, chapter_file
from reportgen.typeset import ChapterView, Placement, check_placements, read_placement


@dataclass(frozen=True, slots=True)
class Script:
    """The lecture's text and what it places, by language."""

    placements: Mapping[str, tuple[Placement, ...]]

    def names(self, *kinds: str) -> dict[str, None]:
        """Return the placed ids of these kinds (``claims``, ``figures``, ``sources``, ``values``)."""
        return {
            name: None
            for placements in self.placements.values()
            for placement in placements
            for kind in kinds
            for name in getattr(placement, kind)
        }

    @property
    def chapters(self) -> dict[str, tuple[str, ...]]:
        """Return what each chapter places: claims and figures."""
        first = next(iter(self.placements.values()), ())
        return {p.chapter.stem: (*p.claims, *p.figures) for p in first}

    @property
    def chapter_of(self) -> dict[str, str]:
        """Return the chapter of every placed claim."""
        first = next(iter(self.placements.values()), ())
        return {claim: p.chapter.stem for p in first for claim in p.claims}


def read_script(project: Project, lecture: Lecture) -> Script:
    """Read the chapters of every language and see what they place."""
    return Script(
        {
            language: tuple(
                read_placement(_read_chapter(chapter_file(project, lecture, language, stem), stem))
                for stem in lecture.chapters
            )
            for language in lecture.languages
        }
    )


def check_script(script: Script, inventory: Inventory) -> None:
    """Refuse unknown ids, and languages that place different claims."""
    heads = {name.partition(":")[0] for name in script.names("sources")}
    sources = {
        f"{name}:{function}"
        for name, entry in inventory.entries.items()
        if name in heads or not heads <= set(inventory.entries)
        for function in read_sources(entry.file.path)
    }
    check_placements(
        {language: list(placements) for language, placements in script.placements.items()},
        claims=inventory.claims,
        figures=inventory.figures,
        sources=sources,
    )


def read_sources(path: Path) -> dict[str, tuple[int, str]]:
    """Return the line and the text of every function and class at the top of a file, decorators included."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    found = {}
    for node in ast.parse(text).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.end_lineno is not None:
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            found[node.name] = (first, textwrap.dedent("\n".join(lines[first - 1 : node.end_lineno])))
    return found


def asked_paths(script: Script, entries: Iterable[Entry]) -> set[str]:
    """Return the value paths that the text and the experiments' own captions cite."""
    return {*script.names("values"), *(path for entry in entries for path in cited(entry.declared))}


def _read_chapter(path: Path, stem: str) -> ChapterView:
    try:
        return ChapterView(stem=stem, path=path, text=path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise ProjectError(f"is not UTF-8: {error.reason}", where=path, hint="save it as UTF-8") from error
