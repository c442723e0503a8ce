"""Figures in an existing deck: see which are stale, and draw these anew in their frames."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from reportgen.errors import NothingMatchedError, ProjectError, ReportgenError
from reportgen.events import Events
from reportgen.line.exports import Desk, Look, Wanted, open_desk, render, unknown_figure
from reportgen.line.place import locate
from reportgen.line.session import working
from reportgen.options import BuildOptions
from reportgen.slides.deck import Deck, Shape, check_free, read_deck
from reportgen.slides.files import write_deck
from reportgen.slides.provenance import marked, read_mark, unmarked
from reportgen.style.presets import preset

State = Literal["current", "stale", "unknown", "broken", "not measured"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SlideOptions:
    """How figures of a deck are drawn.

    Attributes
    ----------
    measure
        False makes figures that were not measured an error.
    project
        Project, lecture, and as the first of its languages that of the figures.
    """

    preset: str = "slides"
    theme: Literal["light", "dark"] = "light"
    dpi: float | None = None
    transparent: bool = False
    measure: bool = True
    project: BuildOptions = field(default_factory=BuildOptions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A marked picture and how its figure stands."""

    shape: Shape
    figure: str
    state: State
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlideResult:
    """What is known of a deck's figures, and what was written."""

    path: Path
    findings: tuple[Finding, ...] = ()
    written: bool = False
    backup: Path | None = None
    failures: tuple[ReportgenError, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0, or 1 if an experiment is broken."""
        return max((failure.exit_code for failure in self.failures), default=0)


def check_deck(path: Path, options: SlideOptions, events: Events | None = None) -> SlideResult:
    """Compare the figures of a deck with the present results; nothing is measured or written into it."""
    with _planning(read_deck(path), options, events, measure=False) as plan:
        return plan.result()


def update_deck(path: Path, options: SlideOptions, events: Events | None = None) -> SlideResult:
    """Draw the stale figures of a deck anew, each in its frame; everything else stays byte for byte.

    The deck as it was before the first update is kept beside it as ``<name>.before-reportgen.pptx``.

    Raises
    ------
    NothingMatchedError
        If no picture is marked, or one with the id of a figure that does not exist; the deck stays as it was.
    """
    deck = read_deck(path, to_write=True)
    with _planning(deck, options, events, measure=options.measure) as plan:
        for finding in plan.findings:
            where = f"{deck.path.name}, {finding.shape.where}"
            if finding.state == "unknown":
                error = unknown_figure(finding.figure, plan.desk.judged.inventory.figures)
                raise NothingMatchedError(error.what, where=where, hint=error.hint)
            if finding.state == "not measured":
                raise ProjectError(
                    f"{finding.figure} is not measured", where=where, hint="leave out --no-measure"
                )
        changes = {} if plan.failures else plan.changes()
        if not changes:
            return plan.result()
        check_free(deck.path)  # somebody may have opened it meanwhile
        backup = write_deck(deck.path, changes)
        return plan.result(written=True, backup=backup)


def place_of(deck_width: float, size: tuple[float, float]) -> tuple[float, float]:
    """Return a picture's size as it would be on a slide of the medium's width: readers see shares of it."""
    factor = preset("slides").page[0] / deck_width if deck_width else 1.0
    return round(size[0] * factor, 2), round(size[1] * factor, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """The marked pictures of a deck: how they stand, and what the stale ones shall show.

    Attributes
    ----------
    images
        PNG and SVG of those whose picture differs; where only the words differ there is none.
    """

    deck: Deck
    desk: Desk
    language: str
    states: Mapping[Shape, tuple[State, str]]
    images: Mapping[Shape, tuple[bytes, bytes]]

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(
            Finding(shape=shape, figure=shape.figure or "", state=state, why=why)
            for shape, (state, why) in self.states.items()
        )

    @property
    def failures(self) -> tuple[ReportgenError, ...]:
        unreadable = self.desk.judged.inventory.failures
        experiments = {str(shape.figure).partition(".")[0] for shape in self.states}
        own = (error for name, error in unreadable.items() if name in experiments)
        return (*own, *self.desk.line.book.failures.values())

    def result(self, *, written: bool = False, backup: Path | None = None) -> SlideResult:
        return SlideResult(
            path=self.deck.path,
            findings=self.findings,
            written=written,
            backup=backup,
            failures=self.failures,
            warnings=tuple(self.desk.line.book.warnings),
        )

    def changes(self) -> dict[str, bytes | None]:
        """Return the deck's parts with the stale pictures replaced."""
        from reportgen.slides.parts import Parts

        with Parts(self.deck.path) as parts:
            for shape, (state, _) in self.states.items():
                if state == "stale":
                    if shape in self.images:
                        png, svg = self.images[shape]
                        parts.replace_picture(shape, png=png, svg=svg)
                    parts.describe(shape, _alt(self.desk, shape, self.language))
            return parts.changes()


@contextlib.contextmanager
def _planning(deck: Deck, options: SlideOptions, events: Events | None, *, measure: bool) -> Iterator[_Plan]:
    if not deck.marked:
        raise NothingMatchedError(
            "no picture is marked as a figure",
            where=deck.path,
            hint="name one fig:<id>, or run `reportgen slides mark`; `reportgen slides list` shows them",
        )
    place = locate(options.project)
    names = tuple(dict.fromkeys(shape.figure or "" for shape in deck.marked))
    with place.store.lock(), working(place, events) as line:
        desk = open_desk(place, line, names, measure=measure, lenient=True)
        yield _make_plan(deck, desk, options)


def _make_plan(deck: Deck, desk: Desk, options: SlideOptions) -> _Plan:
    """Draw what the deck should show, unless the store has it, and compare."""
    from reportgen.slides.parts import Parts

    language = desk.place.languages[0]
    inventory = desk.judged.inventory
    broken = {*inventory.failures, *desk.line.book.failures}
    states: dict[Shape, tuple[State, str]] = {}
    wanted: dict[Shape, tuple[Wanted, Wanted]] = {}
    for shape in deck.marked:
        figure = shape.figure or ""
        experiment = figure.partition(".")[0]
        states[shape] = "current", ""
        if experiment in broken:
            states[shape] = "broken", f"experiment {experiment} is broken"
        elif figure not in inventory.figures:
            states[shape] = "unknown", "there is no such figure"
        elif experiment in desk.lacking:
            states[shape] = "not measured", "the store lacks its measurements"
        else:
            look = _look(deck, shape, options)
            wanted[shape] = Wanted(figure, language, look, "png"), Wanted(figure, language, look, "svg")
    keys = render(desk, [each for pair in wanted.values() for each in pair])
    images: dict[Shape, tuple[bytes, bytes]] = {}
    with Parts(deck.path) as parts:
        for shape, (png, svg) in wanted.items():
            if png not in keys or svg not in keys:
                states[shape] = "broken", "it could not be drawn"
                continue
            here, drawn = parts.picture(shape), desk.line.store.get_bytes(keys[png], ".png") or b""
            mark = read_mark(here)
            if mark.get("key") != keys[png] and not _same_picture(here, drawn):
                provenance = {"figure": png.figure, "key": keys[png], "language": language}
                vector = desk.line.store.get_bytes(keys[svg], ".svg") or b""
                images[shape] = marked(drawn, provenance), vector
                states[shape] = "stale", "the figure has changed" if mark else "it shows something else"
            elif shape.alt != _alt(desk, shape, language):
                states[shape] = "stale", "its alternative text has changed"
    return _Plan(deck=deck, desk=desk, language=language, states=states, images=images)


def _look(deck: Deck, shape: Shape, options: SlideOptions) -> Look:
    where = f"{deck.path.name}, {shape.where}"
    if shape.index < 0:
        raise ProjectError("is no picture", where=where, hint="mark a picture instead")
    if min(shape.size) <= 0:
        raise ProjectError(
            "the picture has no size", where=where, hint="give it width and height, and crop not all of it"
        )
    return Look(
        preset=options.preset,
        theme=options.theme,
        place=place_of(deck.width, shape.size),
        dpi=options.dpi,
        transparent=options.transparent,
    )


def _same_picture(here: bytes, drawn: bytes) -> bool:
    try:
        return unmarked(here) == drawn
    except (ValueError, struct.error):  # another format, or damaged
        return False


def _alt(desk: Desk, shape: Shape, language: str) -> str:
    alt = desk.words(shape.figure or "", "alt", language)
    return f"{alt} (reportgen:{shape.figure})" if shape.marked_by_alt else alt
