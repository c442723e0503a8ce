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

# what the items of a stage are, and what is done to them
ITEMS = {
    "measure": ("experiment", "measured"),
    "summarize": ("experiment", "summarized"),
    "judge": ("experiment", "judged"),
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
        lines = Lines()
        yield lines
        lines.close()


class Quiet:
    """Passes on warnings and nothing else."""

    def started(self, stage: Stage, names: tuple[str, ...], expected: float | None) -> None: ...

    def done(self, stage: Stage, name: str, seconds: float) -> None: ...

    def failed(self, stage: Stage, name: str, what: str) -> None: ...

    def finished(self, stage: Stage) -> None: ...

    def warning(self, text: str) -> None:
        console.remark(f"warning: {text}")


class Lines(Quiet):
    """One line for each experiment that is measured, and one for each stage that is over."""

    def __init__(self) -> None:
        self._stage: Stage | None = None
        self._waiting: Counter[str] = Counter()
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._failed: set[str] = set()

    def started(self, stage: Stage, names: tuple[str, ...], expected: float | None) -> None:
        if stage != self._stage:  # a stage may come in several rounds
            self.close()
            self._stage = stage
        self._waiting, self._failed = Counter(names), set()
        if expected is not None and expected >= 1:
            n_items = count(len(self._waiting), ITEMS[stage][0])
            console.remark(f"{stage}: {n_items} to do, about {console.duration(expected)}")

    def done(self, stage: Stage, name: str, seconds: float) -> None:
        self._waiting[name] -= 1
        self._seconds[name] += seconds
        if stage == "measure" and self._waiting[name] <= 0 and name not in self._failed:
            console.remark(f"measure: {name} {console.duration(self._seconds[name])}")

    def failed(self, stage: Stage, name: str, what: str) -> None:
        self._waiting[name] -= 1
        if name not in self._failed:  # each part of an experiment fails alike
            console.remark(f"{stage}: {name} failed: {first_line(what)}")
        self._failed.add(name)

    def close(self) -> None:
        """Print the line of the stage that is over."""
        if self._stage is not None and self._seconds:
            item, verb = ITEMS[self._stage]
            spent = console.duration(sum(self._seconds.values()))
            console.remark(f"{self._stage}: {count(len(self._seconds), item)} {verb}, {spent} of work")
        self._stage, self._seconds = None, defaultdict(float)


def first_line(text: str) -> str:
    """Return the first line of an error's text; all of it is shown at the end."""
    return text.splitlines()[0] if text else "failed"


def count(number: int, noun: str) -> str:
    """Return ``1 figure`` or ``2 figures``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
