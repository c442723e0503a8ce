"""The tables of ``list``, ``run`` and ``build --timings``, by rich."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table
from rich.text import Text

from reportgen.cli import console

if TYPE_CHECKING:
    from reportgen.verdicts import Change


def print_experiments(experiments: Sequence[Mapping[str, Any]]) -> None:
    """Print id, replicates, state and file of each experiment."""
    table = _table("experiment", ">n", "state", "file")
    for experiment in experiments:
        table.add_row(
            experiment["id"], _count(experiment["n"]), str(experiment["state"]), str(experiment["file"])
        )
    console.tables().print(table)


def print_claims(claims: Sequence[Mapping[str, Any]]) -> None:
    """Print id, verdict and statement of each claim."""
    table = _table("claim", "verdict", "experiment", "says")
    for claim in claims:
        table.add_row(
            claim["id"],
            _verdict(claim["verdict"], erratum=claim["erratum"]),
            claim["experiment"],
            text_of(claim["says"]),
        )
    console.tables().print(table)


def print_figures(figures: Sequence[Mapping[str, Any]]) -> None:
    """Print id and the caption's first sentence of each figure."""
    table = _table("figure", "caption")
    for figure in figures:
        caption = text_of(figure["caption"])
        table.add_row(figure["id"], caption.split(". ")[0])
    console.tables().print(table)


def print_checks(claims: Sequence[Mapping[str, Any]]) -> None:
    """Print every check of the claims: estimate, interval, bound, n and verdict."""
    table = _table("claim", "check", ">estimate", ">99 % interval", ">bound", ">n", "verdict")
    for claim in claims:
        table.add_row(
            Text(claim["id"], style="bold"),
            *[""] * 5,
            _verdict(claim["verdict"], erratum=claim["erratum"]),
            end_section=not claim["checks"],
        )
        for number, check in enumerate(claim["checks"], start=1):
            low, high = check["low"], check["high"]
            table.add_row(
                "",
                f"{text_of(check['label'])} ({check['role']})",
                _number(check["estimate"], check.get("reason")),
                "exact" if check["exact"] else f"[{_number(low)}, {_number(high)}]",
                _bound(check["relation"], check["bound"]),
                _count(check["n"]),
                _verdict(check["verdict"], n_needed=check["n_needed"]),
                end_section=number == len(claim["checks"]),
            )
    console.tables().print(table)


def print_changes(changes: Sequence[Change], now: str = "now") -> None:
    """Print verdicts that are not the recorded ones: claim or check, recorded, now."""
    table = _table("claim", "recorded", now)
    for change in changes:
        table.add_row(change.name, *(_verdict(v) if v else "–" for v in (change.recorded, change.now)))
    console.tables().print(table)


def print_timings(timings: Mapping[str, Any]) -> None:
    """Print where the time went: stages in their order, work longest first, and what waited for what."""
    kinds = (("stages", False), ("experiments", True), ("figures", True), ("documents", True))
    for kind, longest_first in kinds:
        seconds: Mapping[str, float] = timings.get(kind, {})
        if not seconds:
            continue
        rows = sorted(seconds.items(), key=lambda item: -item[1]) if longest_first else list(seconds.items())
        table = _table(kind, ">time")
        for name, value in rows:
            table.add_row(name, console.duration(value))
        console.tables().print(table)
    path: Sequence[Mapping[str, Any]] = timings.get("critical_path", ())
    if path:
        table = _table("critical path", "", ">time")
        for step in path:
            table.add_row(step["stage"], step["name"], console.duration(step["seconds"]))
        table.add_row("", "", console.duration(sum(step["seconds"] for step in path)))
        console.tables().print(table)


def text_of(by_language: Mapping[str, str] | None) -> str:
    """Return the text in the language of the locale, else English, else any."""
    if not by_language:
        return ""
    locale = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    for language in (locale[:2], "en"):
        if language in by_language:
            return by_language[language]
    return next(iter(by_language.values()))


def _table(*columns: str) -> Table:
    """Return a table without frame; a column that begins with ``>`` is set flush right."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column.lstrip(">"), justify="right" if column.startswith(">") else "left")
    return table


def _verdict(verdict: str | None, *, erratum: bool = False, n_needed: float | None = None) -> Text:
    sign, tint = console.NOT_MEASURED if verdict is None else console.VERDICTS[verdict]
    text = Text(f"{sign} {verdict or 'not measured'}", style=tint)
    if erratum and verdict != "erratum":
        text.append(f" {console.VERDICTS['erratum'][0]}", style=console.VERDICTS["erratum"][1])
    if n_needed is not None and math.isfinite(n_needed):
        text.append(f" (n = {n_needed:.0f} would settle it)")
    return text


def _number(value: float | None, reason: str | None = None) -> str:
    return (reason or "–") if value is None else f"{value:.4g}"


def _count(n: int | None) -> str:
    return "–" if n is None else str(n)


def _bound(relation: str, bound: float | Sequence[float]) -> str:
    if isinstance(bound, Sequence):
        return f"within [{bound[0]:g}, {bound[1]:g}]"
    return f"{ {'<=': '≤', '>=': '≥'}.get(relation, relation) } {bound:g}"
