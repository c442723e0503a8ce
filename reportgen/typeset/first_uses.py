"""Where the text first uses each term of the glossary: found in the finished chapters, marked for links."""

from __future__ import annotations

import re
from collections.abc import Sequence

from markupsafe import Markup

from reportgen.typeset.chapter import Chapter
from reportgen.typeset.view import TermView

# What is no running text: headings, ribbons, drawings, code, formulas, links (which must not be nested).
_ASIDE = re.compile(
    r"<(h[1-6]|aside|svg|pre|code|math|a|style|script|title)\b.*?</\1>|<!--.*?-->|<[^>]*>", re.DOTALL
)
_NUMBER = re.compile(r'<h[23]\b[^>]*>.*?<span class="number">([\d.]+)</span>', re.DOTALL)


def mark_first_uses(chapters: Sequence[Chapter], terms: Sequence[TermView]) -> dict[str, str]:
    """Give the first use of every term the id ``term-<key>``; return the number of its section by key.

    A word within a longer term is not a use of the shorter one: "vanishing gradient" is no "gradient".
    """
    names = {name.casefold(): term.key for term in terms for name in _names(term.word)}
    if not names:
        return {}
    longest_first = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    words = re.compile(rf"(?<![\w-])(?P<name>{longest_first})(?:e?s(?!\w)|(?![A-Za-z-]))", re.IGNORECASE)
    found: dict[str, str] = {}

    def mark(match: re.Match[str]) -> str:
        key = names[match["name"].casefold()]
        if key in found:
            return match[0]
        found[key] = section
        return f'<span id="term-{key}">{match["name"]}</span>{match[0][len(match["name"]) :]}'

    for chapter in chapters:
        parts, last, section = [], 0, str(chapter.number)
        text = str(chapter.html)
        for aside in _ASIDE.finditer(text):
            parts += [words.sub(mark, text[last : aside.start()]), aside[0]]
            last = aside.end()
            if number := _NUMBER.match(aside[0]):
                section = number[1]
        chapter.html = Markup("".join([*parts, words.sub(mark, text[last:])]))
    return found


def _names(word: str) -> list[str]:
    """Return the ways to say a term: "ReLU, rectified linear unit" is two."""
    return [name.strip() for name in word.split(",")]
