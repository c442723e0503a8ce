"""Pages of the site: the landing page and the gallery of figures, in the handout's type and colours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from reportgen.typeset.captions import caption_html
from reportgen.typeset.document import characters, dark_figures
from reportgen.typeset.fonts import embedded_faces
from reportgen.typeset.ribbon import SIGNS
from reportgen.typeset.sandbox import make_environment, template_errors
from reportgen.typeset.theme import load_words, theme_text
from reportgen.typeset.view import Cache, MemoryCache


def render_landing(
    folders: tuple[Path, ...],
    language: str,
    lectures: Sequence[Mapping[str, Any]],
    others: Sequence[tuple[str, str, str]],
    cache: Cache | None = None,
) -> str:
    """Return the landing page in one language.

    Parameters
    ----------
    lectures
        Plain data of each lecture; ``says`` of its claims is inline Markdown, ``verdicts`` are counts.
    others
        (language, its own name, address) of this page in every language; empty if there is one only.
    """
    cache = cache or MemoryCache()
    words = load_words(folders, language)

    def claim(entry: Mapping[str, Any]) -> dict[str, Any]:
        verdict = entry["verdict"] or "not measured"
        says = caption_html(entry["says"], cache=cache)
        shown = {"sign": SIGNS[verdict], "word": words.of("verdict", verdict)}
        return {**entry, **shown, "verdict": verdict, "says": Markup(says)}

    data = [
        {
            **lecture,
            "claims": [claim(entry) for entry in lecture["claims"]],
            "counts": [
                {"verdict": v, "sign": SIGNS[v], "word": words.of("verdict", v), "n": lecture["verdicts"][v]}
                for v in SIGNS
                if lecture["verdicts"].get(v)
            ],
        }
        for lecture in lectures
    ]
    return _render(folders, "landing", language, {"lectures": data, "others": others}, cache)


def render_gallery(
    folders: tuple[Path, ...],
    language: str,
    title: str,
    figures: Sequence[Mapping[str, str]],
    back: str,
    cache: Cache | None = None,
) -> str:
    """Return the page of a lecture's figures; each has ``id``, ``caption``, ``alt``, ``svg``, ``file``."""
    cache = cache or MemoryCache()
    shown = [
        {
            **figure,
            "svg": Markup(figure["svg"]),
            "caption": Markup(caption_html(figure["caption"], cache=cache)),
        }
        for figure in figures
    ]
    return _render(folders, "gallery", language, {"title": title, "figures": shown, "back": back}, cache)


def language_name(folders: tuple[Path, ...], language: str) -> str:
    """Return a language's name in that language."""
    return load_words(folders, language).of("site", "language", language)


def _render(
    folders: tuple[Path, ...], template: str, language: str, data: Mapping[str, Any], cache: Cache
) -> str:
    path = f"theme/{template}.html.j2"
    style = theme_text(folders, "page.css") + dark_figures() + theme_text(folders, "landing.css")
    environment = make_environment(folders, {}, {}, autoescape=True)
    with template_errors(path, dict(data)):
        page = environment.get_template(path).render(
            words=load_words(folders, language).plain, language=language, style=Markup(style), **data
        )
    text, code, math = characters(page)
    return page.replace("/*faces*/", embedded_faces(folders, text, code, math, cache), 1).strip() + "\n"
