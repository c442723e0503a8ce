"""A view becomes a PDF: quires by chapter, each kept under the hash of its content, bound into one."""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import re
import urllib.parse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reportgen.errors import ProjectError
from reportgen.typeset import korean
from reportgen.typeset.content import make_content, set_parts
from reportgen.typeset.fonts import font_folders, use_fontconfig
from reportgen.typeset.glyphs import naming_its_line
from reportgen.typeset.pdf import Press
from reportgen.typeset.setter import Setter
from reportgen.typeset.theme import Words, load_words, theme_text
from reportgen.typeset.view import Cache, MemoryCache, View

if TYPE_CHECKING:
    from reportgen.typeset.picture import Picture
    from reportgen.typeset.quire import Quire

_FRONT, _END = ("cover", "scoreboard", "contents"), ("answers", "errata", "end")
_ROWS = 26  # of a scoreboard on a page, about: a good guess saves setting the front twice
_MOST_FRONTS = 4
_UNTOUCHED = re.compile(r"<(pre|code|style|script|svg|math|title)\b.*?</\1>|<[^>]*>", re.DOTALL)
_PARTICLE = re.compile(r"(</(?:a|em|strong|span)>)(?=[가-힣])")
_CALLED = re.compile(r'(?<=\S)(?=<span class="footnote")')
_OWN_COUNTERS = re.compile(r"\bcounter\(\s*pages?\b|target-counter")


def render_pdf(view: View, cache: Cache | None = None) -> bytes:
    """Return the handout as a PDF (A4, tagged, PDF/UA-1); equal views give equal bytes."""
    use_fontconfig(view.template_folders)
    with naming_its_line(view):
        return _Paper(view, MemoryCache() if cache is None else cache).bind()


class _Paper:
    """The handout's content, and the press that prints its quires."""

    def __init__(self, view: View, cache: Cache) -> None:
        self._cache, self._fonts = cache, font_folders(view.template_folders)
        words = load_words(view.template_folders, view.language)
        self._setter = Setter(view, "pdf", words, cache)
        self._data = make_content(self._setter)
        self._style = _style(view, words)
        self._press = Press(self._style, self._fonts)

    def bind(self) -> bytes:
        from reportgen.typeset.bind import bind

        chapters = [self._quire("chapter", chapter=chapter) for chapter in self._data["chapters"]]
        inner = [*chapters, self._quire("end", parts=set_parts(self._setter, _END, self._data))]
        return bind([self._front(inner), *inner], self._fonts)

    def _front(self, inner: Sequence[Quire]) -> Quire:
        """Return cover, scoreboard and contents, with the pages that they name.

        The pages depend on how many the front itself has: it is set again until that is as supposed.
        """
        n_rows = sum(len(group["rows"]) for group in self._data["board"])
        n_pages, own = 2 + -(-n_rows // _ROWS), {"scoreboard": 1}
        for _ in range(_MOST_FRONTS):
            pages, start = {name: page + 1 for name, page in own.items()}, n_pages
            for quire in inner:
                pages |= {name: start + place[0] + 1 for name, place in quire.anchors.items()}
                start += quire.n_pages
            data = {**self._data, "pages": pages}
            front = self._quire("front", parts=set_parts(self._setter, _FRONT, data))
            found = {name: place[0] for name, place in front.anchors.items() if name in own}
            if (front.n_pages, found) == (n_pages, own):
                break
            n_pages, own = front.n_pages, found
        return front

    def _quire(self, name: str, **data: Any) -> Quire:
        """Return a quire of this content, from the cache if it is there."""
        from reportgen.typeset.quire import ELSEWHERE, Quire

        defaults = {"lecture": self._data["lecture"], "quire": name, "parts": {}, "chapter": None}
        page = _lead_elsewhere(self._setter.part("print", **{**defaults, **data}) + "\n", ELSEWHERE)
        if self._setter.view.language == "ko":
            page = _join_korean(page)
        key = _hash("quire", page, self._style, _machinery(), *map(_contents, self._fonts))
        kept = self._cache.get(key)
        if kept is None:
            names = sorted(set(re.findall(r'src="rg:((?:figure|math)/\w+)"', page)))
            pictures = {name: picture for name in names if (picture := self._picture(name)) is not None}
            kept = self._press.print(page, self._setter.assets, key[:12], pictures)
            self._cache.put(key, kept)
        return Quire(kept)

    def _picture(self, name: str) -> Picture | None:
        """Return a drawing as a PDF; None if WeasyPrint must scale it by rules of its own."""
        from reportgen.typeset.picture import Picture, outlines, view_box

        svg = self._setter.assets[name][1]
        box = view_box(svg)
        if box is None:
            return None
        if name.startswith("math/"):
            formula = outlines(svg)
            return None if formula is None else Picture(box, outlines=formula)
        key = _hash("picture", name, _machinery(), *map(_contents, self._fonts))
        kept = self._cache.get(key)
        if kept is None:
            kept = self._press.draw(name, self._setter.assets, box[2:])
            self._cache.put(key, kept)
        return Picture(box, pdf=kept)


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@functools.cache
def _machinery() -> str:
    """Return the versions and the sources of what makes quires."""
    packages = ("weasyprint", "pydyf", "pikepdf", "tinycss2", "tinyhtml5", "fonttools", "pillow")
    sources = [Path(__file__).with_name(f"{name}.py") for name in ("pdf", "layout", "quire", "picture")]
    versions = [importlib.metadata.version(package) for package in packages]
    return _hash(*versions, *(source.read_text(encoding="utf-8") for source in sources))


@functools.cache
def _contents(folder: Path) -> str:
    """Return the hash of a folder's fonts."""
    paths = sorted(folder.glob("*.[to]tf"))
    return _hash(*(f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in paths))


def _lead_elsewhere(page: str, scheme: str) -> str:
    """Let links to what stands in other quires go by an address that binding resolves."""
    own = set(re.findall(r'\sid="([^"]+)"', page))

    def address(match: re.Match[str]) -> str:
        return match[0] if match[1] in own else f'href="{scheme}{urllib.parse.quote(match[1])}"'

    return re.sub(r'href="#([^"]+)"', address, page)


def _style(view: View, words: Words) -> str:
    """Return the theme's style for paper and the running texts."""
    style = theme_text(view.template_folders, "print.css")
    if found := _OWN_COUNTERS.search(style):
        raise ProjectError(
            f"print.css counts pages by {found[0]}…, but chapters are typeset one by one",
            hint="see the built-in one: 9081726354 stands for a page's number, data-page for another's",
        )
    return style + _running_texts(view, words)


def _running_texts(view: View, words: Words) -> str:
    """Return the CSS of the foot (lecture, version) and of the draft mark."""
    foot = " · ".join(t for t in (view.lecture.title, view.lecture.version) if t)
    rules = f"@page {{ @bottom-left {{ content: {_css_string(foot)} }} }}\n"
    if view.draft:
        mark = f"{words['draft']} — {view.draft}"
        rules += f"@page {{ @top-center {{ content: {_css_string(mark)} }} }}\n"
        rules += f"@page cover {{ @top-center {{ content: {_css_string(mark)} }} }}\n"
    return rules


def _css_string(text: str) -> str:
    return '"' + re.sub(r'["\\\n]', lambda m: f"\\{ord(m[0]):x} ", text) + '"'


def _join_korean(page: str) -> str:
    """Put U+2060 where a word of prose must not break: WeasyPrint knows no ``word-break: keep-all``.

    Between adjacent Hangul, between a formula, a link or emphasis and its particle, and before a footnote.
    """
    parts, last = [], 0
    for match in _UNTOUCHED.finditer(page):
        parts += [korean.join_words(page[last : match.start()]), match.group()]
        last = match.end()
    page = "".join([*parts, korean.join_words(page[last:])])
    return _CALLED.sub(korean.WORD_JOINER, _PARTICLE.sub(rf"\1{korean.WORD_JOINER}", page))
