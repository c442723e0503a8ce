"""Markdown: CommonMark with tables, footnotes and formulas, and emphasis that Korean particles may follow."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import isMdAsciiPunct, isPunctChar, isWhiteSpace
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin

from reportgen.errors import ProjectError
from reportgen.typeset.highlight import highlight, longest_line

SetFormula = Callable[[str, bool], str]
# Private-use characters around footnotes: a call, the list of bodies, one body.
NOTE, NOTE_END, NOTES, NOTE_BODY = "\ue004", "\ue005", "\ue006", "\ue007"
TEXT_COLUMNS, WIDE_COLUMNS = 58, 88  # of 8.5 pt mono in 105 and 160 mm


def make_markdown(set_formula: SetFormula, *, wrap: bool) -> MarkdownIt:
    """Return the parser; HTML in the text is printed as text, ``wrap`` breaks long code lines."""
    md = MarkdownIt("commonmark", {"html": False, "typographer": True})
    md.enable(["table", "smartquotes"])
    md.use(footnote_plugin, inline=False, move_to_end=True, always_match_refs=True)
    md.use(dollarmath_plugin, allow_labels=False, allow_space=False, allow_digits=True, double_inline=True)
    md.inline.ruler.at("emphasis", _emphasis)

    def formula(_: Any, tokens: Any, index: int, *__: Any) -> str:
        token = tokens[index]
        return set_formula(token.content, token.type != "math_inline")

    def fence(_: Any, tokens: Any, index: int, *__: Any) -> str:
        token = tokens[index]
        return listing(token.content, token.info.strip(), wrap=wrap)

    def image(*_: Any) -> str:
        raise ProjectError("images stand in figures", hint="draw it in an experiment and place figure('…')")

    for name in ("math_inline", "math_inline_double", "math_block"):
        md.add_render_rule(name, formula)
    md.add_render_rule("fence", fence)
    md.add_render_rule("code_block", fence)
    md.add_render_rule("image", image)

    def note_open(_: Any, tokens: Any, index: int, *__: Any) -> str:
        return f"{NOTE_BODY}{tokens[index].meta['id']}{NOTE_END}"

    def note_call(_: Any, tokens: Any, index: int, *__: Any) -> str:
        return f"{NOTE}{tokens[index].meta['id']}{NOTE_END}"

    md.add_render_rule("footnote_ref", note_call)
    md.add_render_rule("footnote_open", note_open)
    md.add_render_rule("footnote_block_open", lambda *_: NOTES)
    for name in ("footnote_block_close", "footnote_close", "footnote_anchor"):
        md.add_render_rule(name, lambda *_: "")
    return md


def listing(code: str, language: str, *, wrap: bool) -> str:
    """Return a ``<pre>``: as wide as the text if its lines fit, else as wide as text and margin."""
    wide = longest_line(code) > TEXT_COLUMNS
    body = highlight(code, language, columns=(WIDE_COLUMNS if wide else TEXT_COLUMNS) if wrap else None)
    css = "code wide" if wide else "code"
    focus = "" if wrap else ' tabindex="0"'
    return f'<pre class="{css}"{focus}><code>{body}</code></pre>\n'


def strip_markdown(text: str) -> str:
    """Return inline Markdown as plain text, formulas as their TeX: for alt texts and titles."""
    text = re.sub(r"\*\*|__|`|(?<!\w)[*_]|[*_](?!\w)", "", text)
    return text.replace("$", "")


def plain_text(markup: str) -> str:
    """Return the text of HTML, formulas as their TeX."""
    markup = re.sub(r'<img[^>]*\balt="([^"]*)"[^>]*>', r"\1", markup)
    markup = re.sub(r"<math.*?<annotation[^>]*>(.*?)</annotation>.*?</math>", r"\1", markup, flags=re.DOTALL)
    return html.unescape(re.sub(r"<[^>]*>", "", markup))


def _is_hangul(char: str) -> bool:
    return "\uac00" <= char <= "\ud7a3" or "\u3131" <= char <= "\u318e"


def _emphasis(state: StateInline, silent: bool) -> bool:
    """Tokenise ``*`` and ``_`` as CommonMark does, but let Hangul stand directly before or after emphasis.

    CommonMark's rule for a run beside punctuation asks for a blank, which Korean has not: in
    ``**굵게(bold)**는`` the run is preceded by a bracket and followed by a particle.
    """
    marker = state.src[state.pos]
    if silent or marker not in "_*":
        return False
    scanned = state.scanDelims(state.pos, marker == "*")
    can_open, can_close = scanned.can_open, scanned.can_close
    if marker == "*":
        before = state.src[state.pos - 1] if state.pos > 0 else " "
        end = state.pos + scanned.length
        after = state.src[end] if end < state.posMax else " "
        if _is_hangul(after) and _is_punctuation(before):
            can_close = True
        if _is_hangul(before) and _is_punctuation(after):
            can_open = can_open or not isWhiteSpace(ord(after))
    for _ in range(scanned.length):
        token = state.push("text", "", 0)
        token.content = marker
        state.delimiters.append(
            Delimiter(
                marker=ord(marker),
                length=scanned.length,
                token=len(state.tokens) - 1,
                end=-1,
                open=can_open,
                close=can_close,
            )
        )
    state.pos += scanned.length
    return True


def _is_punctuation(char: str) -> bool:
    return isMdAsciiPunct(ord(char)) or isPunctChar(char)
