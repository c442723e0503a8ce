"""Marking a picture of a deck as a figure."""

from __future__ import annotations

import re
from pathlib import Path

from reportgen.errors import NothingMatchedError, UsageError
from reportgen.line.exports import unknown_figure
from reportgen.line.place import locate
from reportgen.line.session import read, working
from reportgen.options import BuildOptions
from reportgen.slides.deck import Deck, Shape, read_deck
from reportgen.slides.files import write_deck

_SPEC = re.compile(r"(?:(\d+):)?(.+)", re.DOTALL)


def mark_picture(path: Path, spec: str, figure: str, project: BuildOptions) -> Shape:
    """Name a picture ``fig:<id>``, so that the next update draws the figure in its frame.

    Parameters
    ----------
    spec
        The picture's name or number as ``reportgen slides list`` shows them, with the slide's number before a
        colon where several have it: ``Picture 4``, ``3:Picture 4``, ``3:5``.
    """
    deck = read_deck(path, to_write=True)
    place = locate(project)
    with place.store.lock(), working(place, None) as line:
        inventory = read(place, line)
    if figure not in inventory.figures:
        raise unknown_figure(figure, inventory.figures)
    shape = _find(deck, spec)
    from reportgen.slides.parts import Parts

    with Parts(deck.path) as parts:
        parts.rename(shape, f"fig:{figure}")
        changes = parts.changes()
    write_deck(deck.path, changes)
    return shape


def _find(deck: Deck, spec: str) -> Shape:
    match = _SPEC.fullmatch(spec)
    slide, name = match.groups() if match else (None, spec)
    pictures = [shape for shape in deck.shapes if shape.index >= 0]
    found = [
        shape
        for shape in pictures
        if name in (shape.name, str(shape.number)) and slide in (None, str(shape.slide))
    ]
    if len(found) == 1:
        return found[0]
    listed = ", ".join(f"{shape.slide}:{shape.name}" for shape in found or pictures) or "no pictures"
    if found:
        raise UsageError(
            f"several pictures are called {spec!r}", where=deck.path, hint=f"say which: {listed}"
        )
    raise NothingMatchedError(f"no picture {spec!r}", where=deck.path, hint=f"there are: {listed}")
