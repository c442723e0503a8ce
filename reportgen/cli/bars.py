"""The live bars of a terminal: a bar per stage with what is worked on, time passed and time left."""

from __future__ import annotations

import math
import sys
from collections import Counter
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TaskID, TextColumn
from rich.table import Column
from rich.text import Text

from reportgen.cli import console
from reportgen.cli.progress import first_line

if TYPE_CHECKING:
    from reportgen.events import Stage


class TimeColumn(ProgressColumn):
    """``12 s, 40 s left``: from the expected duration at first, then from the pace so far."""

    max_refresh = 0.2

    def render(self, task: Task) -> Text:
        elapsed = task.finished_time if task.finished else task.elapsed
        text = console.duration(elapsed or 0.0)
        left = None if task.finished else time_left(task)
        if left is not None:
            text += f", {console.duration(left) if left >= 60 else f'{math.ceil(left)} s'} left"
        return Text(text)


def time_left(task: Task) -> float | None:
    """Return the estimated seconds until a stage is over, None where there is nothing to go by."""
    elapsed = task.elapsed or 0.0
    expected: float | None = task.fields["expected"]
    share = task.completed / task.total if task.total else 0.0
    if expected is not None and elapsed < expected:
        return expected - elapsed
    return elapsed * (1 - share) / share if share else None


class Bars:
    """A build's events as rich bars on stderr."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description:9}"),
            BarColumn(bar_width=16),
            MofNCompleteColumn(),
            TimeColumn(table_column=Column(no_wrap=True)),
            TextColumn("{task.fields[current]}", style="dim", table_column=Column(no_wrap=True)),
            console=Console(file=sys.stderr, highlight=False, emoji=False),
        )
        self._tasks: dict[str, TaskID] = {}
        self._waiting: dict[str, Counter[str]] = {}
        self._failed: set[tuple[str, str]] = set()

    def __enter__(self) -> Bars:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        for task in self._tasks.values():
            self._progress.update(task, current="")
        self._progress.stop()

    def started(self, stage: Stage, names: tuple[str, ...], expected: float | None) -> None:
        if not names:
            return
        self._waiting[stage] = Counter(names)
        if stage in self._tasks:  # a stage may come in several rounds
            total = len(names) + (self._progress.tasks[self._tasks[stage]].total or 0)
            self._progress.update(self._tasks[stage], total=total, current=names[0])
        else:
            self._tasks[stage] = self._progress.add_task(
                stage, total=len(names), expected=expected, current=names[0]
            )

    def done(self, stage: Stage, name: str, seconds: float) -> None:  # noqa: ARG002
        self._advance(stage, name)

    def failed(self, stage: Stage, name: str, what: str) -> None:
        self._advance(stage, name)
        if (stage, name) not in self._failed:  # each part of an experiment fails alike
            self._progress.console.print(Text(f"{stage}: {name} failed: {first_line(what)}", style="red"))
        self._failed.add((stage, name))

    def finished(self, stage: Stage) -> None:
        if stage in self._tasks:
            self._progress.update(self._tasks[stage], current="")

    def warning(self, text: str) -> None:
        self._progress.console.print(Text(f"warning: {text}", style="yellow"))

    def _advance(self, stage: Stage, name: str) -> None:
        if stage not in self._tasks:
            return
        waiting = self._waiting[stage]
        waiting[name] -= 1
        # the work is parallel: the one shown is the first in the queue that is not yet over
        current = next((other for other, number in waiting.items() if number > 0), "")
        self._progress.update(self._tasks[stage], advance=1, current=current)
