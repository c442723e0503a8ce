"""``reportgen figures``: choose, measure what is missing, draw, write all files at once."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from reportgen.errors import NothingMatchedError, ReportgenError
from reportgen.events import Events
from reportgen.figures import record, sheet
from reportgen.figures.files import write_all
from reportgen.figures.sizes import check_pixels
from reportgen.line.exports import (
    FILMS,
    Desk,
    Format,
    Look,
    Wanted,
    drawn_before,
    open_desk,
    render,
    tables,
)
from reportgen.line.place import locate
from reportgen.line.session import working
from reportgen.options import BuildOptions
from reportgen.publish import check_writable, to_json

DATA = "data"
INDEX = "index.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureOptions:
    """What ``reportgen figures`` can be asked for.

    Attributes
    ----------
    ids
        Figures, experiments or claims; none for all figures that the lecture's text places.
    formats
        svg, png, pdf, gif, mp4, or ``film``: MP4 where ffmpeg is, else GIF.
    size
        Width and height in millimeters; None for the preset's.
    output
        Where to write; None for ``figures`` in the lecture's output.
    manifest
        Where to write the list of the files besides ``figures.json``.
    project
        Project, lecture, languages, settings, jobs.
    """

    ids: tuple[str, ...] = ()
    preset: str = "slides"
    theme: Literal["light", "dark"] = "light"
    formats: tuple[str, ...] = ("svg", "png")
    size: tuple[float, float] | None = None
    dpi: float | None = None
    transparent: bool = False
    output: Path | None = None
    measure: bool = True
    manifest: Path | None = None
    project: BuildOptions = field(default_factory=BuildOptions)


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureResult:
    """What was written: all files that belong to the request, and which of them changed."""

    folder: Path
    files: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    drawn: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    figures: tuple[Mapping[str, Any], ...] = ()
    failures: tuple[ReportgenError, ...] = ()
    warnings: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def exit_code(self) -> int:
        """0, or 1 if an experiment is broken."""
        return max((failure.exit_code for failure in self.failures), default=0)


def export_figures(options: FigureOptions, events: Events | None = None) -> FigureResult:
    """Write the figures, their data, ``figures.json`` and ``index.html``; nothing if anything fails."""
    began = time.perf_counter()
    look = _look(options)
    place = locate(options.project)
    folder = (options.output or place.folder / "figures").resolve()
    before = record.read(folder)
    with place.store.lock(), working(place, events) as line:
        check_writable(folder)
        desk = open_desk(place, line, options.ids, measure=options.measure)
        if desk.broken:
            return _failed(folder, desk, began)
        wanted, skipped = _wanted(desk, look, _formats(options.formats))
        known_before = drawn_before(desk, wanted)
        keys = render(desk, wanted)
        data = tables(desk, {figure.partition(".")[0] for figure in desk.ids})
        if desk.broken:
            return _failed(folder, desk, began)
        pictures = {
            path_of(each): (each, place.store.get_bytes(k, f".{each.format}") or b"")
            for each, k in keys.items()
        }
        entries = _entries(desk, look, pictures, data)
        known = set(desk.judged.inventory.figures)
        complete = record.merge(before, entries, known=known, experiments=place.project.experiments)
        files = {
            **{path: data for path, (_, data) in pictures.items()},
            **{f"{DATA}/{name}": content for name, content in data.items()},
        }
        page = sheet.make_page(
            complete,
            title=place.lecture.title[place.languages[0]],
            language=place.languages[0],
            caption=lambda text: _caption(desk, text),
        )
        gone = record.paths(before) - record.paths(complete)
        last = {INDEX: page.encode(), record.NAME: to_json(complete)}
        changed = write_all(folder, {**files, **last}, gone=gone, staging=place.store.root / "publish")
        if options.manifest is not None:
            own = record.own(entries, folder, options.manifest)
            write_all(options.manifest.parent, {options.manifest.name: to_json(own)}, staging=None)
        return FigureResult(
            folder=folder,
            files=tuple(files),
            changed=changed,
            drawn=tuple(path_of(each) for each in wanted if each not in known_before),
            skipped=skipped,
            figures=tuple(entries),
            warnings=tuple(line.book.warnings),
            seconds=time.perf_counter() - began,
        )


def path_of(wanted: Wanted) -> str:
    """Return the stable name of a drawing: ``<lang>/<preset>-<theme>/<id>.<ext>``."""
    look = wanted.look
    return f"{wanted.language}/{look.preset}-{look.theme}/{wanted.figure}.{wanted.format}"


def _look(options: FigureOptions) -> Look:
    from reportgen.style.presets import preset

    medium = preset(options.preset)
    look = Look(
        preset=options.preset,
        theme=options.theme,
        place=options.size,
        dpi=options.dpi,
        transparent=options.transparent,
    ).filled
    check_pixels(look.place or medium.page, look.dpi or medium.dpi)
    return look


def _formats(asked: tuple[str, ...]) -> tuple[Format, ...]:
    from reportgen.film import has_ffmpeg

    film = "mp4" if "film" in asked and has_ffmpeg() else "gif"
    return tuple(dict.fromkeys(film if name == "film" else name for name in asked))  # type: ignore[misc]


def _wanted(
    desk: Desk, look: Look, formats: tuple[Format, ...]
) -> tuple[tuple[Wanted, ...], tuple[str, ...]]:
    """Return the drawings; figures that cannot be played have no film and are named."""
    wanted: list[Wanted] = []
    still: dict[str, None] = {}
    for figure in desk.ids:
        playable = desk.owner(figure)[1].plays is not None
        for fmt in formats:
            if fmt in FILMS and not playable:
                still[figure] = None
                continue
            wanted += [Wanted(figure, language, look, fmt) for language in desk.place.languages]
    if not wanted and still:
        raise NothingMatchedError(
            f"cannot be played: {', '.join(still)}",
            where="--format",
            hint="films are drawn of figures that say along what they play: Figure(…, plays=…)",
        )
    return tuple(wanted), tuple(still)


def _entries(
    desk: Desk, look: Look, pictures: Mapping[str, tuple[Wanted, bytes]], data: Mapping[str, bytes]
) -> list[dict[str, Any]]:
    """Return what ``figures.json`` says of this request's figures."""
    entries = []
    for figure in desk.ids:
        entry, _ = desk.owner(figure)
        for language in desk.place.languages:
            own = {
                path: content
                for path, (each, content) in pictures.items()
                if (each.figure, each.language) == (figure, language)
            }
            if not own:
                continue
            entries.append(
                {
                    "id": figure,
                    "language": language,
                    "preset": look.preset,
                    "theme": look.theme,
                    "caption": desk.words(figure, "caption", language),
                    "alt": desk.words(figure, "alt", language),
                    "experiment": entry.file.path.relative_to(desk.place.project.root).as_posix(),
                    "n": entry.n,
                    "size_mm": list(look.place) if look.place else None,
                    "files": [_file(path, content) for path, content in own.items()],
                    "data": [
                        _file(f"{DATA}/{name}", data[name])
                        for suffix in ("csv", "nc")
                        if (name := f"{entry.id}.{suffix}") in data
                    ],
                }
            )
    return entries


def _file(path: str, content: bytes) -> dict[str, Any]:
    return {"path": path, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


def _caption(desk: Desk, text: str) -> str:
    from reportgen.typeset.captions import caption_html

    return caption_html(text, cache=desk.cache)


def _failed(folder: Path, desk: Desk, began: float) -> FigureResult:
    return FigureResult(
        folder=folder,
        failures=tuple(desk.line.book.failures.values()),
        warnings=tuple(desk.line.book.warnings),
        seconds=time.perf_counter() - began,
    )
