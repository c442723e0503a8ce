"""Code with soft highlighting, wrapped at a column for paper."""

from __future__ import annotations

import html
from collections.abc import Iterator

from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Keyword, Literal, Name, Number, String, _TokenType
from pygments.util import ClassNotFound

from reportgen.errors import ProjectError

# Few classes: what the theme colours, and no more.
_CLASSES: tuple[tuple[_TokenType, str], ...] = (
    (Comment, "c"),
    (String.Doc, "c"),
    (String, "s"),
    (Number, "m"),
    (Literal, "s"),
    (Keyword, "k"),
    (Name.Function, "f"),
    (Name.Class, "f"),
    (Name.Decorator, "d"),
)
_CONTINUED = 4


def highlight(code: str, language: str = "python", *, columns: int | None = None) -> str:
    """Return HTML of the code; lines longer than ``columns`` go on, indented by four more."""
    try:
        lexer = get_lexer_by_name(language, stripnl=False) if language else None
    except ClassNotFound as error:
        raise ProjectError(f"no highlighting for the language {language!r}") from error
    pieces = lexer.get_tokens(code) if lexer else [(Literal.Other, code)]
    lines = _lines((_class_of(kind) if lexer else "", text) for kind, text in pieces)
    if columns is not None:
        lines = [part for line in lines for part in _wrap(line, columns)]
    return "\n".join("".join(_span(css, text) for css, text in line) for line in lines).rstrip("\n")


def longest_line(code: str) -> int:
    """Return the number of columns that the code takes."""
    return max((len(line) for line in code.splitlines()), default=0)


def _class_of(kind: _TokenType) -> str:
    return next((css for family, css in _CLASSES if family.__contains__(kind)), "")


def _span(css: str, text: str) -> str:
    escaped = html.escape(text, quote=False)
    return f'<span class="{css}">{escaped}</span>' if css and text.strip() else escaped


def _lines(pieces: Iterator[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    lines: list[list[tuple[str, str]]] = [[]]
    for css, text in pieces:
        for i, part in enumerate(text.split("\n")):
            if i:
                lines.append([])
            if part:
                lines[-1].append((css, part))
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _wrap(line: list[tuple[str, str]], columns: int) -> Iterator[list[tuple[str, str]]]:
    """Break a line of spans at the last blank before the column, or at the column if there is none."""
    text = "".join(part for _, part in line)
    indent = len(text) - len(text.lstrip())
    while len(text) > columns:
        cut = text.rfind(" ", indent + 1, columns + 1)
        cut = columns if cut <= indent else cut + 1
        head, line = _split(line, cut)
        yield head
        lead = " " * min(indent + _CONTINUED, columns // 2)
        line = [("", lead), *line]
        text = "".join(part for _, part in line)
        indent = len(lead)
    yield line


def _split(line: list[tuple[str, str]], at: int) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    head: list[tuple[str, str]] = []
    for i, (css, part) in enumerate(line):
        if at < len(part):
            return [*head, (css, part[:at])], [(css, part[at:]), *line[i + 1 :]]
        head.append((css, part))
        at -= len(part)
    return head, []
