"""What every command opens before it works, and the first half of the line, which several commands walk."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator

from reportgen.events import Events, Silence
from reportgen.line import evaluation
from reportgen.line.book import Book
from reportgen.line.evaluation import Line
from reportgen.line.inventory import Inventory, closure, owners, read_inventory, select
from reportgen.line.judged import Judged, collect
from reportgen.line.place import Place
from reportgen.line.script import check_script, read_script
from reportgen.machine import n_cores
from reportgen.options import BuildOptions
from reportgen.pool import Pool, Workers


@contextlib.contextmanager
def working(place: Place, events: Events | None) -> Iterator[Line]:
    """Give the stages what they share; processes end with the block, warnings become events."""
    options = place.options
    jobs = options.jobs or n_cores()
    book, listener = Book(), events or Silence()
    with (
        _forwarding(listener, book.warnings),
        Pool(jobs) as pool,
        _measuring(options, pool) as measuring,
    ):
        yield Line(place.store, pool, measuring, listener, book)


@contextlib.contextmanager
def _measuring(options: BuildOptions, pool: Pool) -> Iterator[Workers]:
    """Give those who measure: the local pool, a given executor's workers, or a cluster's."""
    if options.executor is None:
        yield pool
    elif options.executor == "dask":
        from reportgen.cluster import Cluster

        with Cluster(options.scheduler, pool.jobs) as cluster:
            yield cluster
    else:
        with Pool(pool.jobs, options.executor) as elsewhere:
            yield elsewhere


def read(place: Place, line: Line) -> Inventory:
    """Read the inventory under the options' settings; experiments that cannot be read are broken."""
    inventory = read_inventory(
        place.project,
        place.lecture,
        place.store,
        line.pool,
        settings=place.options.settings,
        seed=place.options.seed,
        quick=place.options.quick,
        data=place.options.data,
    )
    line.book.failures.update(inventory.failures)
    return inventory


def judge(place: Place, line: Line) -> Judged | None:
    """Measure what the lecture needs and judge it; a shard measures its share and gives None."""
    options = place.options
    script = read_script(place.project, place.lecture)
    inventory = read(place, line)
    if not inventory.failures:
        check_script(script, inventory)
        inventory.check(place.lecture.languages)
    used = closure(inventory, owners(inventory, script.names("claims", "figures", "sources", "values")))
    chosen = select(inventory, options.only, script.chapters) if options.only else used
    entries = {name: entry for name, entry in inventory.entries.items() if name in {*used, *chosen}}
    evaluation.measure_all(line, chosen, entries, shard=options.shard)
    if options.shard:
        return None
    evaluation.summarize_all(line, entries)
    evaluation.judge_all(line, entries)
    return collect(place, script, inventory, entries, broken=line.book.failures)


@contextlib.contextmanager
def _forwarding(events: Events, warnings: list[str]) -> Iterator[None]:
    """Pass warnings of the log on to whoever follows the build, and keep them."""

    def emit(record: logging.LogRecord) -> None:
        warnings.append(record.getMessage())
        events.warning(record.getMessage())

    log, handler = logging.getLogger("reportgen"), logging.Handler(logging.WARNING)
    handler.emit = emit  # type: ignore[method-assign]
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)
