"""A chapter on its way from template to HTML."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from reportgen.errors import ProjectError
from reportgen.typeset.macros import Node
from reportgen.typeset.view import ChapterView

_KINDS = {"eq": "formula", "heading": "section"} | {k: k for k in ("chapter", "claim", "figure", "section")}


@dataclass(slots=True)
class Section:
    """A heading: ``number`` as printed ("2", "2.1"), empty for run-in headings."""

    id: str
    number: str
    title: Markup
    level: int


@dataclass(slots=True)
class Chapter:
    """A chapter on its way: nodes of its macros, headings, HTML, and what goes elsewhere."""

    view: ChapterView
    number: int
    nodes: list[Node] = field(default_factory=list)
    markdown: str = ""
    html: str = ""
    title: Markup = field(default_factory=Markup)
    sections: list[Section] = field(default_factory=list)
    claims: list[str] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)

    @property
    def id(self) -> str:
        return self.view.stem


class Targets:
    """What can be referred to: id → (kind, printed number or name)."""

    def __init__(self) -> None:
        self._by_id: dict[str, tuple[str, str]] = {}
        self._other_names: dict[str, str] = {}

    def add(self, name: str, kind: str, number: str, node: Node | None = None) -> None:
        """Name a target; a second of the same name is an error at the node's line."""
        if name in self._by_id:
            raise ProjectError(
                f"{name!r} is placed or named a second time",
                where=node.where if node else None,
                line=node.line if node else None,
                hint=f"it is already the name of a {_KINDS[self._by_id[name][0]]}",
            )
        self._by_id[name] = (kind, number)

    def also(self, name: str, target: str, node: Node) -> None:
        """Give a target a second name."""
        if name != target:
            self.add(name, *self._by_id[target], node)
            self._other_names[name] = target

    def anchor(self, name: str) -> str:
        """Return the id in the document."""
        return self._other_names.get(name, name)

    def __contains__(self, name: str) -> bool:
        return name in self._by_id

    def __getitem__(self, name: str) -> tuple[str, str]:
        return self._by_id[name]

    def names(self) -> list[str]:
        return list(self._by_id)

    def figures(self) -> list[str]:
        """Return the placed figures, in the order of the text."""
        return [name for name, (kind, _) in self._by_id.items() if kind == "figure"]
