"""What a benchmark found: one line per comparison, as a table, as JSON."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from .measurement import Seconds


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound for a number of a result."""

    sign: str  # ≥ or ≤
    bound: float
    of: str = "ratio"  # or "ours"

    def met_by(self, value: float) -> bool:
        return value >= self.bound if self.sign == "≥" else value <= self.bound

    def __str__(self) -> str:
        return f"{'ours ' if self.of == 'ours' else ''}{self.sign} {self.bound:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One comparison.

    Attributes
    ----------
    name
        ``section/case/what against what``.
    ours, peer
        Medians over the rounds, in ``unit``; ``peer`` is None where nothing is compared.
    ratio
        Median over the rounds of peer/ours (of ours/floor, where the peer is a floor).
    spread
        Quartiles of that ratio over the rounds, or of ours.
    goal
        What was aimed at.
    """

    name: str
    unit: str
    ours: float
    peer: float | None = None
    ratio: float | None = None
    spread: tuple[float, float] | None = None
    goal: Goal | None = None

    @property
    def met(self) -> bool | None:
        """Tell whether the goal is met; None without one."""
        if self.goal is None:
            return None
        value = self.ours if self.goal.of == "ours" else self.ratio
        return value is not None and self.goal.met_by(value)


def compare(
    name: str,
    ours: Seconds,
    peer: Seconds,
    *,
    unit: str = "µs",
    goal: Goal | None = None,
    floor: bool = False,
) -> Result:
    """Return how many times faster we are, or how far above a floor, from the rounds of one run."""
    ratios = ours / peer if floor else peer / ours
    scale = {"µs": 1e6, "ms": 1e3, "s": 1.0}[unit]
    low, high = np.quantile(ratios, [0.25, 0.75])
    return Result(
        name=name,
        unit=unit,
        ours=float(np.median(ours) * scale),
        peer=float(np.median(peer) * scale),
        ratio=float(np.median(ratios)),
        spread=(float(low), float(high)),
        goal=goal,
    )


def to_plain(result: Result) -> dict[str, Any]:
    """Return the line of the JSON file."""
    return {
        "name": result.name,
        "ours": _rounded(result.ours),
        "peer": _rounded(result.peer),
        "ratio": _rounded(result.ratio),
        "spread": None if result.spread is None else [_rounded(v) for v in result.spread],
        "goal": None if result.goal is None else str(result.goal),
        "met": result.met,
        "unit": result.unit,
    }


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Return the lines of the JSON file; none if there is no file."""
    if not path.exists():
        return []
    lines: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return lines


def write_json(results: Sequence[Result], path: Path) -> None:
    """Write the list, whole or not at all; sections that were not measured keep their lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    measured = {_section(result.name) for result in results}
    kept = [line for line in read_lines(path) if _section(line["name"]) not in measured]
    try:
        text = json.dumps([*kept, *map(to_plain, results)], ensure_ascii=False, indent=1)
        draft.write_text(f"{text}\n", encoding="utf-8")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def print_table(results: Sequence[Result], console: Console, title: str) -> None:
    """Print the results beside their goals."""
    table = Table(title=title, title_justify="left")
    table.add_column("", overflow="fold")
    for heading in ("ours", "peer", "ratio", "quartiles", "goal", "met"):
        table.add_column(heading, justify="right", no_wrap=True)
    for result in results:
        spread = "" if result.spread is None else f"{result.spread[0]:.3g} … {result.spread[1]:.3g}"
        met = {None: "", True: "[green]yes[/]", False: "[red]no[/]"}[result.met]
        table.add_row(
            result.name,
            f"{three_digits(result.ours)} {result.unit}",
            "" if result.peer is None else f"{three_digits(result.peer)} {result.unit}",
            "" if result.ratio is None else f"{result.ratio:.2f}",
            spread,
            "" if result.goal is None else str(result.goal),
            met,
        )
    console.print(table)


def three_digits(value: float) -> str:
    """Return a number as it is read: three digits, no powers of ten."""
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _section(name: str) -> str:
    return name.partition("/")[0]


def _rounded(value: float | None) -> float | None:
    """Four digits: more would be noise."""
    return None if value is None else float(f"{value:.4g}")
