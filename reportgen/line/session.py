"""What every command opens before it works: processes that end with it, and the inventory."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator

from reportgen.events import Events, Silence
from reportgen.line.book import Book
from reportgen.line.evaluation import Line
from reportgen.line.inventory import Inventory, read_inventory
from reportgen.line.place import Place
from reportgen.machine import n_cores
from reportgen.pool import Pool


@contextlib.contextmanager
def working(place: Place, events: Events | None) -> Iterator[Line]:
    """Give the stages what they share; processes end with the block, warnings become events."""
    options = place.options
    jobs = options.jobs or n_cores()
    book, listener = Book(), events or Silence()
    with Pool(jobs) as pool, _forwarding(listener, book.warnings):
        measuring = pool if options.executor is None else Pool(jobs, options.executor)
        yield Line(place.store, pool, measuring, listener, book)


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
    )
    line.book.failures.update(inventory.failures)
    return inventory


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
