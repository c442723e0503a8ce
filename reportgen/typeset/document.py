"""A view becomes one self-contained HTML page."""

from __future__ import annotations

import html
import re

from markupsafe import Markup

from reportgen.style.svg import theme_css
from reportgen.typeset.content import make_content, set_parts
from reportgen.typeset.fonts import embedded_faces, without_glyph
from reportgen.typeset.glyphs import MissingGlyphError, naming_its_line
from reportgen.typeset.setter import Setter
from reportgen.typeset.theme import load_words, theme_text
from reportgen.typeset.view import Cache, MemoryCache, View

# What formulas show without holding it: radicals, and letters in the slanted mathematical alphabet.
_DRAWN_BY_BROWSERS = (
    "√ℎ"
    + "".join(map(chr, (*range(0x1D434, 0x1D455), *range(0x1D456, 0x1D468))))
    + "".join(map(chr, range(0x1D6E2, 0x1D71C)))
)


def render_html(view: View, cache: Cache | None = None) -> str:
    """Return the handout as one page that asks for nothing: fonts, styles, figures and script inside."""
    cache = MemoryCache() if cache is None else cache
    folders = view.template_folders
    setter = Setter(view, "html", load_words(folders, view.language), cache)
    data = make_content(setter)
    parts = set_parts(setter, ("cover", "scoreboard", "contents", "errata", "end"), data)
    data["style"] = Markup(theme_text(folders, "page.css") + dark_figures())
    data["script"] = Markup(theme_text(folders, "page.js"))
    page = setter.part("page", parts=parts, **data) + "\n"
    text, code, math = characters(page)
    with naming_its_line(view):
        for char in without_glyph(folders, text, cache):
            raise MissingGlyphError(char, page)
    return page.replace("/*faces*/", embedded_faces(folders, text, code, math, cache), 1)


def dark_figures() -> str:
    """Return the dark values of the figures' colours; their light ones stand in the drawings."""
    dark = theme_css("dark")
    return (
        f'@media screen and (prefers-color-scheme: dark) {{ :root:not([data-theme="light"]) {{ {dark} }} }}\n'
        f'@media screen {{ :root[data-theme="dark"] {{ {dark} }} }}\n'
    )


def characters(page: str) -> tuple[str, str, str]:
    """Return the characters of the text (code included), of code and of formulas."""
    body = re.sub(r"<(style|script)\b.*?</\1>", "", page, flags=re.DOTALL)
    codes = "".join(re.findall(r"<code.*?</code>", body, re.DOTALL))
    maths = "".join(
        re.findall(r"<math.*?</semantics>", re.sub(r"<annotation.*?</annotation>", "", body), re.DOTALL)
    )
    plain = html.unescape(re.sub(r"<math.*?</math>|<[^>]*>", "", body, flags=re.DOTALL))
    code, math = (html.unescape(re.sub(r"<[^>]*>", "", t)) for t in (codes, maths))
    if math:
        math += _DRAWN_BY_BROWSERS
    return _sorted(plain), _sorted(code), _sorted(math)


def _sorted(text: str) -> str:
    return "".join(sorted(set(text)))
