"""The stages as a build runs them: what the store lacks is handed to workers, the rest is left alone.

Every artefact is kept under the hash of what goes into it, by content: where a result comes out as before,
nothing that follows is made anew.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

from reportgen.events import Events, Stage
from reportgen.fingerprint import Dependencies
from reportgen.line.book import Book
from reportgen.line.inventory import Entry
from reportgen.line.workers import (
    DrawRequest,
    JudgeRequest,
    SummarizeRequest,
    TypesetRequest,
    draw,
    judge,
    summarize,
    typeset,
    values_key,
)
from reportgen.measure import Series, Task, lacking, measure, plan, share
from reportgen.model import ClaimResult, Figure
from reportgen.plain import FORMAT, from_plain
from reportgen.pool import Outcome, Pool, Workers, run_here
from reportgen.stamp import hash_files
from reportgen.store import Store, key

PACKAGE = Path(__file__).parents[1]
MACHINE = "machine"  # the note that says where the results were measured
SECONDS = "seconds"  # the note with recorded timings


class _Request(Protocol):
    @property
    def experiment(self) -> str: ...


_R = TypeVar("_R", bound=_Request)


@dataclass(frozen=True, slots=True)
class Line:
    """What every stage needs: where results are kept, who works, who measures, who listens, what was done."""

    store: Store
    pool: Pool
    measuring: Workers
    events: Events
    book: Book

    @contextmanager
    def stage(self, stage: Stage, names: Sequence[str], expected: float | None = None) -> Iterator[None]:
        """Tell of a stage's beginning and end, unless there is nothing to do in it."""
        if not names:
            yield
            return
        began = time.perf_counter()
        self.events.started(stage, tuple(names), expected)
        try:
            yield
        finally:
            spent = time.perf_counter() - began
            self.book.elapsed[stage] = self.book.elapsed.get(stage, 0.0) + spent
            self.events.finished(stage)

    def work(
        self,
        stage: Stage,
        function: Callable[[_R], Any],
        requests: Iterable[_R],
        name: Callable[[_R], str] = lambda request: request.experiment,
        pool: Workers | None = None,
    ) -> Iterator[tuple[_R, Any]]:
        """Yield requests with their values; failures go into the book, by experiment."""
        for request, outcome in (pool or self.pool).run(function, requests):
            if outcome.error is None:
                self.book.add(stage, name(request), outcome.seconds)
                self.events.done(stage, name(request), outcome.seconds)
                yield request, outcome.value
            else:
                self.book.failures.setdefault(request.experiment, outcome.error)
                self.events.failed(stage, name(request), outcome.error.what)


# --- keys ---


def contents(store: Store, series: Series | None) -> tuple[str, ...] | None:
    """Return the hashes of the stored replicates; None if one is missing, empty without a series."""
    if series is None:
        return ()
    digests = [store.digest(k, ".nc") for k in series.keys]
    return None if None in digests else tuple(digest for digest in digests if digest is not None)


def summary_key(store: Store, entry: Entry) -> str | None:
    """Return the key of the summary; None while replicates are missing."""
    measured = contents(store, entry.series)
    if measured is None:
        return None
    return key("summary", entry.id, _digest(entry.stages.summarize), dict(entry.params), measured)


def judgment_key(store: Store, entry: Entry, entries: Mapping[str, Entry]) -> str | None:
    """Return the key of the claims' results; None while replicates are missing, here or in ``Claim.data``."""
    if any(name not in entries for claim in entry.declared.claims for name in claim.data):
        return None  # that experiment cannot be loaded
    measured = {name: contents(store, series) for name, series in series_of(entry, entries).items()}
    if any(found is None for found in measured.values()):
        return None
    return key("judgment", FORMAT, entry.id, _digest(entry.stages.claims), measured)


def figure_key(
    store: Store, entry: Entry, figure: Figure, results: Any, language: str, terms: Mapping[str, str]
) -> str | None:
    """Return the key of a drawing; None while there is no summary."""
    summary = _summary_content(store, entry)
    if summary is None:
        return None
    drawing = entry.stages.figure(figure.name).digest
    return key(
        "figure", entry.id, figure.name, drawing, figure.width, summary, results, language, dict(terms)
    )


def series_of(entry: Entry, entries: Mapping[str, Entry]) -> dict[str, Series]:
    """Return the series that an experiment's claims are judged by: its own and those of ``Claim.data``."""
    names = {entry.id, *(name for claim in entry.declared.claims for name in claim.data)}
    found = {name: entries[name].series for name in sorted(names) if name in entries}
    return {name: series for name, series in found.items() if series is not None}


@functools.cache
def engine(*names: str) -> str:
    """Return the hash of modules or packages of reportgen itself."""
    paths = (PACKAGE / name for name in names)
    return hash_files(
        file for path in paths for file in (sorted(path.rglob("*.py")) if path.is_dir() else [path])
    )


def _summary_content(store: Store, entry: Entry) -> str | None:
    target = summary_key(store, entry)
    return None if target is None else store.digest(target, ".nc")


def _digest(dependencies: Dependencies | None) -> str | None:
    return None if dependencies is None else dependencies.digest


# --- stages ---


def measure_all(
    line: Line,
    chosen: Iterable[str],
    entries: Mapping[str, Entry],
    *,
    shard: tuple[int, int] | None = None,
) -> None:
    """Measure what the chosen experiments need and the store lacks; of a shard, its share of all replicates.

    What depends on time is measured alone, at the end.
    """
    store, book = line.store, line.book
    needed: dict[str, Series] = {}
    for entry in (entries[name] for name in chosen if name in entries):
        if not is_evaluated(store, entry, entries):
            needed |= series_of(entry, entries)
    shares = share(needed.values(), shard or (1, 1))
    wanted = [
        (series, missing)
        for series, own in zip(needed.values(), shares, strict=True)
        if (missing := tuple(index for index in lacking(series, store) if index in own))
    ]
    if not wanted:
        return  # and start no workers
    seconds: dict[str, dict[str, float]] = store.get_note(SECONDS) or {}
    shared = line.measuring.shares_store
    tasks = plan(
        wanted,
        seconds=seconds.get("measure", {}),
        jobs=line.measuring.jobs,
        store=store.root if shared else None,
    )
    together = [task for task in tasks if not task.series.alone]
    known = [task.expected for task in tasks if task.expected is not None]
    expected = sum(known) / line.measuring.jobs if len(known) == len(tasks) else None
    with line.stage("measure", [task.experiment for task in tasks], expected):
        _note_machine(line)
        for batch in (together, *([task] for task in tasks if task.series.alone)):
            for task, parts in line.work("measure", measure, batch, pool=line.measuring):
                if not shared:
                    _keep(task, parts, store)
    for series, missing in wanted:
        if series.experiment in book.work.get("measure", {}) and series.experiment not in book.failures:
            each = book.work["measure"][series.experiment] / len(missing)
            seconds.setdefault("measure", {})[series.experiment] = each
    store.put_note(SECONDS, seconds)


def summarize_all(line: Line, entries: Mapping[str, Entry]) -> None:
    """Reduce the replicates, and export the values for prose."""
    store = line.store
    requests = [
        SummarizeRequest(
            experiment=entry.id,
            path=entry.file.path,
            source=entry.source,
            series=entry.series,
            params=entry.params,
            target=target,
            values=_digest(entry.stages.values),
            store=store.root,
        )
        for entry in _sound(line, entries)
        if (target := summary_key(store, entry)) is not None and values_of(store, entry) is None
    ]
    with line.stage("summarize", [request.experiment for request in requests]):
        for _ in line.work("summarize", summarize, requests):
            pass


def judge_all(line: Line, entries: Mapping[str, Entry]) -> None:
    """Judge the claims."""
    store = line.store
    requests = []
    for entry in _sound(line, entries):
        target = judgment_key(store, entry, entries)
        if target is not None and entry.declared.claims and not store.has(target, ".json"):
            requests.append(
                JudgeRequest(
                    experiment=entry.id,
                    path=entry.file.path,
                    source=entry.source,
                    series=entry.series,
                    others={k: v for k, v in series_of(entry, entries).items() if k != entry.id},
                    target=target,
                    store=store.root,
                )
            )
    with line.stage("judge", [request.experiment for request in requests]):
        for _ in line.work("judge", judge, requests):
            pass


def draw_all(
    line: Line,
    figures: Sequence[tuple[Entry, Figure]],
    own_results: Mapping[str, Any],
    terms: Mapping[str, Mapping[str, str]],
) -> dict[tuple[str, str], str]:
    """Draw the figures in every language of ``terms`` and return the drawings' keys by (figure, language)."""
    store = line.store
    keys: dict[tuple[str, str], str] = {}
    requests = []
    for entry, figure in figures:
        for language, words in terms.items():
            results = own_results.get(entry.id, [])
            target = figure_key(store, entry, figure, results, language, words)
            summary = summary_key(store, entry)
            if target is None or summary is None or entry.id in line.book.failures:
                continue
            keys[f"{entry.id}.{figure.name}", language] = target
            if not store.intact(target, ".svg"):
                requests.append(
                    DrawRequest(
                        experiment=entry.id,
                        figure=figure.name,
                        path=entry.file.path,
                        source=entry.source,
                        summary=summary,
                        results=results,
                        language=language,
                        terms=words,
                        target=target,
                        store=store.root,
                    )
                )

    def name(request: DrawRequest) -> str:
        return f"{request.experiment}.{request.figure}"

    seconds: dict[str, dict[str, float]] = store.get_note(SECONDS) or {}
    recorded = seconds.setdefault("draw", {})
    requests.sort(key=lambda request: -recorded.get(name(request), float("inf")))
    with line.stage("draw", [name(request) for request in requests]):
        for _ in line.work("draw", draw, requests, name):
            pass
    if requests:
        recorded |= line.book.work.get("draw", {})
        store.put_note(SECONDS, seconds)
    return keys


def typeset_all(line: Line, requests: Sequence[TypesetRequest]) -> dict[str, bytes]:
    """Typeset what the store lacks and return every document by its name."""
    store = line.store
    todo = [request for request in requests if not store.intact(request.target, f".{request.format}")]
    todo.sort(key=lambda request: request.format != "pdf")  # the longer ones first
    with line.stage("typeset", [request.name for request in todo]):
        outcomes: Iterable[tuple[TypesetRequest, Outcome[None]]]
        if len(todo) == 1:
            outcomes = [(todo[0], run_here(typeset, todo[0]))]
        else:
            outcomes = line.pool.run(typeset, todo) if todo else ()
        for request, outcome in outcomes:
            if outcome.error is not None:
                raise outcome.error
            line.book.add("typeset", request.name, outcome.seconds)
            line.events.done("typeset", request.name, outcome.seconds)
    documents = {r.name: store.get_bytes(r.target, f".{r.format}") for r in requests}
    return {name: data for name, data in documents.items() if data is not None}


# --- what the store knows ---


def results_of(store: Store, entry: Entry, entries: Mapping[str, Entry]) -> tuple[ClaimResult, ...] | None:
    """Return the results of an experiment's claims; None while they are not known."""
    if not entry.declared.claims:
        return ()
    target = judgment_key(store, entry, entries)
    plain = None if target is None else store.get_json(target)
    if plain is None:
        return None
    return tuple(
        replace(result, changed=entry.changed, state="quick" if entry.quick else "measured")
        for result in from_plain(plain)
    )


def values_of(store: Store, entry: Entry) -> dict[str, float] | None:
    """Return an experiment's values for prose by path below its id; None while they are not known."""
    summary = _summary_content(store, entry)
    if summary is None:
        return None
    values: dict[str, float] | None = store.get_json(
        values_key(entry.id, _digest(entry.stages.values), summary)
    )
    return values


def is_evaluated(store: Store, entry: Entry, entries: Mapping[str, Entry]) -> bool:
    """Tell whether everything that reads the replicates is there, so that they need not be."""
    summary = summary_key(store, entry)
    if summary is None or not store.intact(summary, ".nc"):
        return False
    judgment = judgment_key(store, entry, entries)
    return not entry.declared.claims or (judgment is not None and store.has(judgment, ".json"))


def _sound(line: Line, entries: Mapping[str, Entry]) -> list[Entry]:
    return [entry for entry in entries.values() if entry.id not in line.book.failures]


def _keep(task: Task, parts: Any, store: Store) -> None:
    from reportgen.measure import keep

    keep(task.series, parts, store)


def _note_machine(line: Line) -> None:
    """Note where results are measured: one worker's machine, and others that differ."""
    first, *others = line.measuring.machines()
    note = {**first, "others": others} if others else first
    if line.store.get_note(MACHINE) != note:
        line.store.put_note(MACHINE, note)
