"""A character that no font of ours has: the error, and the line of the text where the character stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from reportgen.errors import ProjectError
from reportgen.typeset.view import View


class MissingGlyphError(ProjectError):
    """A character without a glyph; ``char`` for whoever knows the sources, ``page`` is what holds it."""

    def __init__(self, char: str, page: str) -> None:
        at = page.find(char)
        around = re.sub(r"<[^>]*>|\s+", " ", page[max(0, at - 60) : at + 30]).strip() if at >= 0 else ""
        name = f"U+{ord(char):04X}" if len(char) == 1 else char
        super().__init__(
            f"no font has the character {char!r} ({name})", hint=f"near: … {around} …" if around else None
        )
        self.char = char


@contextmanager
def naming_its_line(view: View) -> Iterator[None]:
    """Let the error name file and line if a chapter holds the character."""
    try:
        yield
    except MissingGlyphError as error:
        for chapter in view.chapters:
            line = chapter.text.find(error.char)
            if line >= 0:
                number = chapter.text.count("\n", 0, line) + 1
                raise ProjectError(error.what, where=chapter.path, line=number, hint=error.hint) from error
        raise
