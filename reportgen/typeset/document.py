"""The two ends: a view becomes one self-contained HTML page, or a tagged PDF."""

from __future__ import annotations

import html
import re
from typing import Any

from markupsafe import Markup

from reportgen.errors import ProjectError
from reportgen.style.svg import theme_css
from reportgen.typeset import korean, scoreboard
from reportgen.typeset.chapter import Chapter
from reportgen.typeset.compose import compose
from reportgen.typeset.fonts import embedded_faces, text_font, use_fontconfig
from reportgen.typeset.markdown import plain_text
from reportgen.typeset.pdf import MissingGlyphError, write_pdf
from reportgen.typeset.ribbon import errata_data
from reportgen.typeset.setter import Setter, Target
from reportgen.typeset.theme import Words, load_words, theme_text
from reportgen.typeset.view import Cache, MemoryCache, View

_PRINT_COLORS = {
    "ink": "#333", "side": "#ece9e2", "confirmed": "#2f6f4f", "refuted": "#a8322a", "partly": "#8a5a00",
    "inconclusive": "#5b5b66", "equivalent": "#2b5f8a",
}  # fmt: skip
_PAGE_COLORS = {
    "ink": "var(--ink)", "side": "var(--side)", "confirmed": "var(--confirmed)", "refuted": "var(--refuted)",
    "partly": "var(--partly)", "inconclusive": "var(--inconclusive)", "equivalent": "var(--equivalent)",
}  # fmt: skip
# What formulas show without holding it: radicals, and letters in the slanted mathematical alphabet.
_DRAWN_BY_BROWSERS = (
    "√ℎ"
    + "".join(map(chr, (*range(0x1D434, 0x1D455), *range(0x1D456, 0x1D468))))
    + "".join(map(chr, range(0x1D6E2, 0x1D71C)))
)
_NOTE, _NOTE_END = "<!--note-->", "<!--/note-->"
_UNTOUCHED = re.compile(r"<(pre|code|style|script|svg|math|title)\b.*?</\1>|<[^>]*>", re.DOTALL)


def render_html(view: View, cache: Cache | None = None) -> str:
    """Return the handout as one page that asks for nothing: fonts, styles, figures and script inside."""
    cache = cache or MemoryCache()
    page = _render(view, "html", cache)
    text, code, math = characters(page)
    faces = embedded_faces(view.template_folders, text, code, math, cache)
    return page.replace("/*faces*/", faces, 1)


def render_pdf(view: View, cache: Cache | None = None) -> bytes:
    """Return the handout as a PDF (A4, tagged, PDF/UA-1); equal views give equal bytes."""
    use_fontconfig(view.template_folders)
    assets: dict[str, tuple[str, bytes]] = {}
    page = _render(view, "pdf", cache or MemoryCache(), assets)
    if view.language == "ko":
        page = _join_korean(page)
    style = theme_text(view.template_folders, "print.css") + _running_texts(view)
    try:
        return write_pdf(page, style, assets)
    except MissingGlyphError as error:
        for chapter in view.chapters:
            line = chapter.text.find(error.char)
            if line >= 0:
                number = chapter.text.count("\n", 0, line) + 1
                raise ProjectError(error.what, where=chapter.path, line=number, hint=error.hint) from error
        raise


def _render(
    view: View, target: Target, cache: Cache, assets: dict[str, tuple[str, bytes]] | None = None
) -> str:
    words = load_words(view.template_folders, view.language)
    setter = Setter(view, target, words, cache, text_font(view.template_folders))
    chapters, claims = compose(setter)
    placed = [name for chapter in chapters for name in chapter.claims]
    data: dict[str, Any] = {
        "lecture": _lecture(view, setter),
        "edition": view.edition,
        "draft": view.draft,
        "chapters": [_chapter(c) for c in chapters],
        "board": _board(view, setter, chapters, claims),
        "summary": scoreboard.summary([view.claims[name] for name in placed], words),
        "errata": _errata(view, setter, placed),
        "terms": [
            {"word": t.word, "other": t.other, "symbol": setter.inline(t.symbol, f"term {t.key}")}
            for t in sorted(view.terms, key=lambda t: t.word.casefold())
        ],
        "provenance": [
            {"key": words.of("provenance", key, key), "text": text} for key, text in view.provenance
        ],
        "rebuild": view.rebuild.strip(),
    }
    parts = {
        name: Markup(setter.part(name, **data))
        for name in ("cover", "scoreboard", "contents", "errata", "end")
    }
    if target == "html":
        data["style"] = Markup(theme_text(view.template_folders, "page.css") + dark_figures())
        data["script"] = Markup(theme_text(view.template_folders, "page.js"))
    page = setter.part("page" if target == "html" else "print", parts=parts, **data)
    if assets is not None:
        assets.update(setter.assets)
    return page + "\n"


def dark_figures() -> str:
    """Return the dark values of the figures' colours; their light ones stand in the drawings."""
    dark = theme_css("dark")
    return (
        f'@media screen and (prefers-color-scheme: dark) {{ :root:not([data-theme="light"]) {{ {dark} }} }}\n'
        f'@media screen {{ :root[data-theme="dark"] {{ {dark} }} }}\n'
    )


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
        "answers": chapter.answers,
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


def _join_korean(page: str) -> str:
    """Put U+2060 between adjacent Hangul of prose: WeasyPrint knows no ``word-break: keep-all``."""
    parts, last = [], 0
    for match in _UNTOUCHED.finditer(page):
        parts += [korean.join_words(page[last : match.start()]), match.group()]
        last = match.end()
    return "".join([*parts, korean.join_words(page[last:])])


def _running_texts(view: View) -> str:
    """Return the CSS of the foot (lecture, version) and of the draft mark."""
    foot = " · ".join(t for t in (view.lecture.title, view.lecture.version) if t)
    rules = f"@page {{ @bottom-left {{ content: {_css_string(foot)} }} }}\n"
    if view.draft:
        words: Words = load_words(view.template_folders, view.language)
        mark = f"{words['draft']} — {view.draft}"
        rules += f"@page {{ @top-center {{ content: {_css_string(mark)} }} }}\n"
        rules += f"@page cover {{ @top-center {{ content: {_css_string(mark)} }} }}\n"
    return rules


def _css_string(text: str) -> str:
    return '"' + re.sub(r'["\\\n]', lambda m: f"\\{ord(m[0]):x} ", text) + '"'


def characters(page: str) -> tuple[str, str, str]:
    """Return the characters of the text, of code and of formulas."""
    body = re.sub(r"<(style|script)\b.*?</\1>", "", page, flags=re.DOTALL)
    codes = "".join(re.findall(r"<code.*?</code>", body, re.DOTALL))
    maths = "".join(
        re.findall(r"<math.*?</semantics>", re.sub(r"<annotation.*?</annotation>", "", body), re.DOTALL)
    )
    plain = html.unescape(re.sub(r"<[^>]*>", "", body))
    code, math = (html.unescape(re.sub(r"<[^>]*>", "", t)) for t in (codes, maths))
    if math:
        math += _DRAWN_BY_BROWSERS
    return _sorted(plain), _sorted(code), _sorted(math)


def _sorted(text: str) -> str:
    return "".join(sorted(set(text)))
