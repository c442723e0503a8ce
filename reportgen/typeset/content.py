"""What a handout shows besides its chapters: cover, scoreboard, answers, errata, terms, provenance."""

from __future__ import annotations

import html
import re
from typing import Any

from markupsafe import Markup

from reportgen.typeset import scoreboard
from reportgen.typeset.chapter import Chapter
from reportgen.typeset.compose import compose
from reportgen.typeset.first_uses import mark_first_uses
from reportgen.typeset.markdown import plain_text
from reportgen.typeset.ribbon import errata_data
from reportgen.typeset.setter import Setter
from reportgen.typeset.view import TermView, View

_PRINT_COLORS = {
    "ink": "#333", "side": "#ece9e2", "confirmed": "#2f6f4f", "refuted": "#a8322a", "partly": "#8a5a00",
    "inconclusive": "#5b5b66", "equivalent": "#2b5f8a",
}  # fmt: skip
_PAGE_COLORS = {
    "ink": "var(--ink)", "side": "var(--side)", "confirmed": "var(--confirmed)", "refuted": "var(--refuted)",
    "partly": "var(--partly)", "inconclusive": "var(--inconclusive)", "equivalent": "var(--equivalent)",
}  # fmt: skip
_NOTE, _NOTE_END = "<!--note-->", "<!--/note-->"


def make_content(setter: Setter) -> dict[str, Any]:
    """Return the plain data of the theme's pages, its chapters set."""
    view, words = setter.view, setter.words
    chapters, claims = compose(setter)
    uses = mark_first_uses(chapters, view.terms)
    placed = [name for chapter in chapters for name in chapter.claims]
    return {
        "lecture": _lecture(view, setter),
        "edition": view.edition,
        "draft": view.draft,
        "chapters": [_chapter(c) for c in chapters],
        "board": _board(view, setter, chapters, claims),
        "summary": scoreboard.summary([view.claims[name] for name in placed], words),
        "errata": _errata(view, setter, placed),
        "terms": [
            _term(term, uses.get(term.key), setter)
            for term in sorted(view.terms, key=lambda term: term.word.casefold())
        ],
        "provenance": [
            {"key": words.of("provenance", key, key), "text": text} for key, text in view.provenance
        ],
        "rebuild": view.rebuild.strip(),
    }


def set_parts(setter: Setter, names: tuple[str, ...], data: dict[str, Any]) -> dict[str, Markup]:
    """Render the theme's parts of these names."""
    return {name: Markup(setter.part(name, **data)) for name in names}


def _lecture(view: View, setter: Setter) -> dict[str, Any]:
    lecture = view.lecture
    fields = ("name", "title", "subtitle", "author", "course", "institution", "date", "version")
    data: dict[str, Any] = {name: getattr(lecture, name) for name in fields}
    data["logo"] = ""
    if lecture.logo:
        mime = "image/png" if lecture.logo.startswith(b"\x89PNG") else "image/svg+xml"
        if setter.target == "pdf":
            data["logo"] = setter.add_asset("logo", lecture.logo, mime)
        else:
            import base64

            data["logo"] = f"data:{mime};base64,{base64.b64encode(lecture.logo).decode()}"
    return data


def _chapter(chapter: Chapter) -> dict[str, Any]:
    return {
        "id": chapter.id,
        "number": chapter.number,
        "title": chapter.title,
        "plain": plain_text(chapter.title),
        "html": Markup(_notes_to_end(chapter.html)),
        "answers": chapter.answers,  # only what goes to the back
        "sections": [
            {"id": s.id, "number": s.number, "title": s.title} for s in chapter.sections if s.level == 2
        ],
    }


def _board(
    view: View, setter: Setter, chapters: list[Chapter], claims: dict[str, dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return the scoreboard's rows by chapter, each with its plot."""
    groups = []
    for chapter in chapters:
        rows = []
        for name in chapter.claims:
            claim, row = view.claims[name], dict(claims[name])
            alt = scoreboard.plot_alt(claim, setter.words)
            label = html.escape(alt) if setter.target == "html" else ""
            colors = _PAGE_COLORS if setter.target == "html" else _PRINT_COLORS
            svg = scoreboard.plot_svg(claim, label, colors=colors)
            row["plot_alt"] = alt
            row["plot"] = Markup(svg)
            row["plot_address"] = (
                setter.add_asset("plot", svg.encode()) if svg and setter.target == "pdf" else ""
            )
            rows.append(row)
        if rows:
            groups.append({"number": chapter.number, "id": chapter.id, "title": chapter.title, "rows": rows})
    return groups


def _term(term: TermView, section: str | None, setter: Setter) -> dict[str, Any]:
    kind = "ref_section" if section and "." in section else "ref_chapter"
    return {
        "word": term.word,
        "other": term.other,
        "symbol": setter.inline(term.symbol, f"term {term.key}"),
        "definition": setter.inline(term.definition, f"term {term.key}"),
        "use": {"id": f"term-{term.key}", "name": setter.words.fill(kind, number=section)} if section else {},
    }


def _errata(view: View, setter: Setter, placed: list[str]) -> list[dict[str, Any]]:
    found = []
    for name in placed:
        claim = view.claims[name]
        for erratum in errata_data(
            claim,
            view,
            setter.words,
            lambda t, name=name: setter.inline(t, f"claim {name}"),  # type: ignore[misc]
        ):
            found.append({"id": name, "source": claim.source, **erratum})
    return found


def _notes_to_end(text: str) -> str:
    """Move margin notes to the end of their paragraph, for narrow screens."""

    def move(match: re.Match[str]) -> str:
        notes = re.findall(f"{_NOTE}(.*?){_NOTE_END}", match[2], re.DOTALL)
        rest = re.sub(f"{_NOTE}.*?{_NOTE_END}", "", match[2], flags=re.DOTALL)
        return match[1] + rest + "".join(notes) + match[3]

    text = re.sub(rf"(<p\b[^>]*>)((?:(?!</p>).)*{_NOTE}.*?)(</p>)", move, text, flags=re.DOTALL)
    return text.replace(_NOTE, "").replace(_NOTE_END, "")
