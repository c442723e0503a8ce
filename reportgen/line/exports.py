"""Figures for other places than the handout: drawn from the same stored results, kept by content."""

from __future__ import annotations

import dataclasses
import difflib
import functools
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from reportgen.errors import NothingMatchedError, ProjectError
from reportgen.line import evaluation, session
from reportgen.line.evaluation import Line, engine, figure_key, summary_key
from reportgen.line.inventory import Entry, Inventory, closure, owners
from reportgen.line.judged import Judged, collect, figures_showing
from reportgen.line.place import Place
from reportgen.line.script import Script, read_script
from reportgen.line.workers import StoreCache, summary_of, words_of
from reportgen.measure import check_source, lacking
from reportgen.model import Claim, Figure
from reportgen.plain import from_plain
from reportgen.project import load_experiment
from reportgen.store import Store, key

Format = Literal["svg", "png", "pdf", "gif", "mp4"]
FILMS: tuple[Format, ...] = ("gif", "mp4")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a figure is drawn: see :class:`reportgen.style.look.Look`, whose fields these are."""

    preset: str = "slides"
    theme: Literal["light", "dark"] = "light"
    place: tuple[float, float] | None = None
    dpi: float | None = None
    transparent: bool = False

    @property
    def filled(self) -> Look:
        """The same with the medium's page as the place, where the medium fills it."""
        from reportgen.style.presets import preset

        medium = preset(self.preset)
        return dataclasses.replace(self, place=medium.page) if medium.fill and not self.place else self


@dataclass(frozen=True, slots=True)
class Wanted:
    """One drawing: figure, language, look, format."""

    figure: str
    language: str
    look: Look
    format: Format


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What is known of the figures that were asked for, and the line that draws them.

    Attributes
    ----------
    ids
        The figures, in the order of the text.
    lacking
        Experiments that were not measured.
    broken
        True where an experiment that they need failed: the line's book says how.
    """

    line: Line
    place: Place
    judged: Judged
    ids: tuple[str, ...]
    lacking: tuple[str, ...] = ()

    @property
    def broken(self) -> bool:
        return bool(self.line.book.failures)

    def owner(self, figure: str) -> tuple[Entry, Figure]:
        """Return the figure with its experiment."""
        return self.judged.inventory.figures[figure]

    def words(self, figure: str, which: Literal["caption", "alt"], language: str) -> str:
        """Return the caption or the alternative text with its numbers."""
        texts = self._texts[figure][which]
        return str(texts.get(language) or next(iter(texts.values()), ""))

    @property
    def _texts(self) -> dict[str, Any]:
        return {entry["id"]: entry for entry in self.judged.claims["figures"]}

    @property
    def cache(self) -> StoreCache:
        """Where formulas of captions are kept."""
        return StoreCache(self.line.store)

    def claims(self) -> list[tuple[Claim, str | None]]:
        """Return the claims that the text places, in its order, each with the figure that shows it."""
        placed = self.judged.script.names("figures")
        found = []
        for name in self.judged.script.names("claims"):
            entry, claim = self.judged.inventory.claims[name]
            own = [f"{entry.id}.{figure.name}" for figure in entry.declared.figures]
            citing = figures_showing(name, self.judged.inventory, {**placed, **dict.fromkeys(own)})
            found.append((claim, next(iter((*citing, *own)), None)))
        return found


def open_desk(
    place: Place,
    line: Line,
    names: Sequence[str],
    *,
    measure: bool = True,
    lenient: bool = False,
    claims: bool = False,
) -> Desk:
    """Measure, summarize and judge what the figures need and the store lacks.

    Parameters
    ----------
    names
        Figures, experiments or claims; none for all figures that the text places.
    measure
        False makes a lack of measurements an error that names them.
    lenient
        Pass over unknown names and a lack of measurements.
    claims
        Judge every claim that the text places, too.
    """
    script = read_script(place.project, place.lecture)
    inventory = session.read(place, line)
    unreadable = inventory.failures
    ids = _chosen(inventory, names, lenient=lenient) if names else _placed(script, inventory)
    wanted = {name.partition(".")[0] for name in ids}
    if claims:
        wanted |= owners(inventory, script.names("claims"))
    needed = {name.partition(".")[0] for name in (() if names else script.names("figures"))}
    line.book.failures = {k: v for k, v in unreadable.items() if claims or k in needed}
    used = closure(inventory, wanted & set(inventory.entries))
    entries = {name: inventory.entries[name] for name in used}
    lacks = () if measure else not_measured(line, entries)
    if lacks and not lenient:
        raise ProjectError(
            f"not measured: {', '.join(lacks)}",
            where="--no-measure",
            hint="measure it first: `reportgen build`, or leave out --no-measure",
        )
    if measure:
        evaluation.measure_all(line, used, entries)
    evaluation.summarize_all(line, entries)
    evaluation.judge_all(line, entries)
    judged = collect(place, script, inventory, entries, broken=line.book.failures, every_claim=True)
    return Desk(line=line, place=place, judged=judged, ids=ids, lacking=lacks)


def not_measured(line: Line, entries: Mapping[str, Entry]) -> tuple[str, ...]:
    """Return the experiments that the store lacks replicates of, where they would be read."""
    found: dict[str, None] = {}
    for entry in entries.values():
        if not evaluation.is_evaluated(line.store, entry, entries):
            for name, series in evaluation.series_of(entry, entries).items():
                if lacking(series, line.store):
                    found[name] = None
    return tuple(found)


def render(desk: Desk, wanted: Iterable[Wanted]) -> dict[Wanted, str]:
    """Draw what the store lacks and return the keys of the drawings, by what was wanted.

    What failed is in the line's book; those drawings are not among the keys.
    """
    store, results = desk.line.store, desk.judged.plain
    keys: dict[Wanted, str] = {}
    requests: dict[str, ExportRequest] = {}
    for each in wanted:
        request = _request(desk, each, results)
        if request is not None:
            keys[each] = request.target
            if not store.intact(request.target, f".{each.format}"):
                requests[request.target] = request

    def name(request: ExportRequest) -> str:
        return f"{request.experiment}.{request.figure}"

    with desk.line.stage("draw", [name(request) for request in requests.values()]):
        for _ in desk.line.work("draw", export, list(requests.values()), name):
            pass
    return {each: k for each, k in keys.items() if store.has(k, f".{each.format}")}


def drawn_before(desk: Desk, wanted: Iterable[Wanted]) -> set[Wanted]:
    """Return what the store has already."""
    results = desk.judged.plain
    requests = ((each, _request(desk, each, results)) for each in wanted)
    return {
        each for each, r in requests if r is not None and desk.line.store.has(r.target, f".{each.format}")
    }


def tables(desk: Desk, experiments: Collection[str]) -> dict[str, bytes]:
    """Return the data behind the figures, as ``<experiment>.nc`` and ``<experiment>.csv``."""
    store = desk.line.store
    requests, found = [], {}
    for name in sorted(experiments):
        entry = desk.judged.entries[name]
        summary = summary_key(store, entry)
        data = None if summary is None else store.get_bytes(summary, ".nc")
        if summary is None or data is None:
            continue
        found[f"{name}.nc"] = data
        target = key("csv", store.digest(summary, ".nc"), engine("line/csv.py"))
        request = TableRequest(experiment=name, summary=summary, target=target, store=store.root)
        requests.append(request)
    todo = [request for request in requests if not store.intact(request.target, ".csv")]
    for _ in desk.line.work("draw", tabulate, todo, lambda request: f"{request.experiment}.csv"):
        pass
    for request in requests:
        text = store.get_bytes(request.target, ".csv")
        if text is not None:
            found[f"{request.experiment}.csv"] = text
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequest:
    """Draw a figure in one language, look and format."""

    experiment: str
    figure: str
    path: Path
    source: str
    summary: str
    results: Any
    language: str
    terms: Mapping[str, str]
    look: Look
    format: Format
    target: str
    store: Path


def export(request: ExportRequest) -> None:
    """Keep the drawing."""
    from reportgen.draw import draw
    from reportgen.film import film
    from reportgen.style import Style

    check_source(request.path, request.source, request.experiment)
    experiment = load_experiment(request.path, request.experiment)
    store = Store(request.store)
    figure = next(figure for figure in experiment.figures if figure.name == request.figure)
    style = Style(**{f.name: getattr(request.look, f.name) for f in dataclasses.fields(Look)}, outlines=True)
    summary = summary_of(store, request.summary, request.experiment)
    results = {result.id: result for result in from_plain(request.results)}
    words = words_of(request.language, request.terms)
    name = f"{request.experiment}.{request.figure}"
    if request.format == "gif" or request.format == "mp4":
        data = film(figure, summary, results, words, style, request.format, figure_id=name)
    else:
        data = draw(figure, summary, results, words, style, request.format, figure_id=name)
    store.put_bytes(request.target, data, f".{request.format}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRequest:
    """Write a summary as a table."""

    experiment: str
    summary: str
    target: str
    store: Path


def tabulate(request: TableRequest) -> None:
    """Keep the table."""
    from reportgen.line.csv import to_csv

    store = Store(request.store)
    summary = summary_of(store, request.summary, request.experiment)
    store.put_bytes(request.target, to_csv(summary), ".csv")


def _request(desk: Desk, wanted: Wanted, results: Mapping[str, Any]) -> ExportRequest | None:
    entry, figure = desk.owner(wanted.figure)
    store = desk.line.store
    terms = desk.place.terms[wanted.language]
    own = results.get(entry.id, [])
    drawing = figure_key(store, entry, figure, own, wanted.language, terms)
    summary = summary_key(store, entry)
    if drawing is None or summary is None or entry.id in desk.line.book.failures:
        return None
    look = dataclasses.asdict(wanted.look)
    target = key("export", drawing, look, wanted.format, figure.plays, _drawn_by())
    return ExportRequest(
        experiment=entry.id,
        figure=figure.name,
        path=entry.file.path,
        source=entry.source,
        summary=summary,
        results=own,
        language=wanted.language,
        terms=terms,
        look=wanted.look,
        format=wanted.format,
        target=target,
        store=store.root,
    )


@functools.cache
def _drawn_by() -> str:
    return engine("draw.py", "film.py", "style")


def _placed(script: Script, inventory: Inventory) -> tuple[str, ...]:
    return tuple(name for name in script.names("figures") if name in inventory.figures)


def _chosen(inventory: Inventory, names: Sequence[str], *, lenient: bool) -> tuple[str, ...]:
    """Return the figures that figures', experiments' and claims' names mean."""
    figures = inventory.figures
    found: dict[str, None] = {}
    for name in names:
        experiment = name.partition(".")[0]
        if name in figures:
            found[name] = None
        elif lenient:
            continue
        elif name in inventory.entries:
            found |= dict.fromkeys(figure for figure in figures if figure.partition(".")[0] == name)
        elif name in inventory.claims:
            found |= dict.fromkeys(figures_showing(name, inventory, figures))
        elif experiment in inventory.failures:
            raise inventory.failures[experiment]
        else:
            raise unknown_figure(name, figures)
    if not found and not lenient:
        raise NothingMatchedError(f"no figure shows {', '.join(names)}")
    return tuple(found)


def unknown_figure(name: str, figures: Collection[str]) -> NothingMatchedError:
    """Return the error for a figure that does not exist."""
    near = difflib.get_close_matches(name, sorted(figures), n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else "`reportgen list figures` shows what there is"
    return NothingMatchedError(f"no figure {name!r}", hint=hint)
