"""Progress of long work: live bars on a terminal, plain lines elsewhere, silence on request."""

from __future__ import annotations

import contextlib
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from reportgen.cli import console

if TYPE_CHECKING:
    from reportgen.events import Events, Stage

# what one item of a stage is called, and what is done to it
ITEMS = {
    "measure": ("part", "measured"),
    "summarize": ("experiment", "summarized"),
    "judge": ("claim", "judged"),
    "draw": ("figure", "drawn"),
    "typeset": ("file", "typeset"),
    "publish": ("file", "published"),
}


@contextlib.contextmanager
def progress(*, quiet: bool) -> Iterator[Events]:
    """Give the receiver of a build's events that suits stderr."""
    if quiet:
        yield Quiet()
    elif sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        from reportgen.cli.bars import Bars  # rich: only where it is seen

        with Bars() as bars:
            yield bars
    else:
        yield Lines()


class Quiet:
    """Passes on warnings and nothing else."""

    def started(self, stage: Stage, names: tuple[str, ...], expected: float | None) -> None: ...

    def done(self, stage: Stage, name: str, seconds: float) -> None: ...

    def failed(self, stage: Stage, name: str, what: str) -> None: ...

    def finished(self, stage: Stage) -> None: ...

    def warning(self, text: str) -> None:
        console.remark(f"warning: {text}")


class Lines(Quiet):
    """One line for each experiment that is measured and for each stage that is over."""

    def __init__(self) -> None:
        self._waiting: Counter[str] = Counter()
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._n_done = 0

    def started(self, stage: Stage, names: tuple[str, ...], expected: float | None) -> None:
        self._waiting, self._seconds, self._n_done = Counter(names), defaultdict(float), 0
        if names and expected is not None and expected >= 1:
            console.remark(f"{stage}: {len(names)} to do, about {console.duration(expected)}")

    def done(self, stage: Stage, name: str, seconds: float) -> None:
        self._n_done += 1
        self._waiting[name] -= 1
        self._seconds[name] += seconds
        if stage == "measure" and self._waiting[name] <= 0:
            console.remark(f"measure: {name} {console.duration(self._seconds[name])}")

    def failed(self, stage: Stage, name: str, what: str) -> None:
        self._waiting[name] -= 1
        first_line = what.splitlines()[0] if what else "failed"
        console.remark(f"{stage}: {name} failed: {first_line}")

    def finished(self, stage: Stage) -> None:
        if self._n_done:
            item, done = ITEMS[stage]
            spent = console.duration(sum(self._seconds.values()))
            console.remark(f"{stage}: {count(self._n_done, item)} {done} ({spent} of work)")


def count(number: int, noun: str) -> str:
    """Return ``1 figure`` or ``2 figures``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
