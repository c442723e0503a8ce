"""What is known of a lecture once it is measured and judged, and the object of ``claims.json``."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from reportgen.errors import ProjectError
from reportgen.judge import claim_to_json, resolve_follows, unjudged
from reportgen.line.evaluation import results_of, values_of
from reportgen.line.inventory import Entry, Inventory
from reportgen.line.place import Place
from reportgen.line.script import Script, asked_paths
from reportgen.model import Check, CheckResult, ClaimResult, Figure, Text
from reportgen.plain import to_plain
from reportgen.project import ExperimentFile, Project
from reportgen.typeset import fill_fields

Values = Mapping[str, float | str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What is known of a lecture when everything is measured and judged.

    Attributes
    ----------
    entries
        The experiments that the lecture uses.
    results
        Every claim's result, those that follow others resolved.
    figures
        The placed figures.
    claims
        The object of ``claims.json``.
    """

    script: Script
    inventory: Inventory
    entries: Mapping[str, Entry]
    results: Mapping[str, ClaimResult]
    values: Values
    figures: tuple[tuple[Entry, Figure], ...]
    claims: Mapping[str, Any]

    @property
    def plain(self) -> dict[str, Any]:
        """Return the results as JSON by experiment, for drawing functions."""
        return {
            entry.id: to_plain([self.results[claim.id] for claim in entry.declared.claims])
            for entry in self.entries.values()
        }


def collect(
    place: Place,
    script: Script,
    inventory: Inventory,
    entries: Mapping[str, Entry],
    *,
    broken: Collection[str] = (),
    every_claim: bool = False,
) -> Judged:
    """Take from the store what is known; experiments that are not in ``entries`` count as not measured."""
    store = place.store
    results: dict[str, ClaimResult] = {}
    for entry in inventory.entries.values():
        found = results_of(store, entry, inventory.entries) if entry.id in entries else None
        if found is None or entry.id in broken:
            state: Literal["broken", "not measured"] = "broken" if entry.id in broken else "not measured"
            found = tuple(
                unjudged(claim, experiment=entry.id, state=state) for claim in entry.declared.claims
            )
        results |= {result.id: result for result in found}
    known = [claim for _, claim in inventory.claims.values()]
    if not inventory.failures:  # else somebody may follow a claim that nobody knows
        results = resolve_follows(known, results)
    exported = {name: values_of(store, entry) for name, entry in entries.items()}
    asked = asked_paths(script, inventory.entries.values())
    values = collect_values(inventory.entries.values(), results, exported, asked)
    return Judged(
        script=script,
        inventory=inventory,
        entries=entries,
        results=results,
        values=values,
        figures=tuple(
            inventory.figures[name] for name in script.names("figures") if name in inventory.figures
        ),
        claims=listing(
            place.project,
            entries.values(),
            results,
            values,
            chapter_of=script.chapter_of,
            measured={name for name, found in exported.items() if found is not None},
            only=None if every_claim else set(script.chapter_of),
            broken={name: place.project.experiments[name] for name in broken},
        ),
    )


def collect_values(
    entries: Iterable[Entry],
    results: Mapping[str, ClaimResult],
    exported: Mapping[str, Mapping[str, float] | None],
    asked: Iterable[str],
) -> dict[str, float | str | None]:
    """Return every value that prose can cite; None for what was not measured.

    ``exported`` holds the experiments' values by id; ``asked`` the paths that texts cite, so that those of an
    experiment that was not measured are known although it told none.
    """
    values: dict[str, float | str | None] = {}
    unmeasured = set()
    for entry in entries:
        for claim in entry.declared.claims:
            result = results[claim.id]
            judged = {check.name: check for check in result.checks} if result.verdict is not None else {}
            for check in claim.checks:
                values |= _check_values(f"{claim.id}.{check.name}", check, judged.get(check.name))
        found = exported.get(entry.id)
        if found is None:
            unmeasured.add(entry.id)
        else:
            values |= {f"{entry.id}.{path}": value for path, value in found.items()}
    for path in asked:
        if path not in values and path.partition(".")[0] in unmeasured:
            values[path] = None
    return values


def listing(
    project: Project,
    entries: Iterable[Entry],
    results: Mapping[str, ClaimResult],
    values: Values,
    *,
    chapter_of: Mapping[str, str],
    measured: Collection[str],
    only: Collection[str] | None = None,
    broken: Mapping[str, ExperimentFile] | None = None,
) -> dict[str, Any]:
    """Return the object of ``claims.json`` and ``list --json``, schema 1.

    ``only`` are the claims to list; None lists all, ``chapter`` being empty for those that no text places.
    """
    broken = broken or {}
    experiments, figures, claims = [], [], []
    for name, file in broken.items():
        place = file.path.relative_to(project.root).as_posix()
        experiments.append({"id": name, "file": place, "params": {}, "n": 0, "state": "broken"})
    for entry in entries:
        own = [results[claim.id] for claim in entry.declared.claims]
        if entry.id not in broken:
            experiments.append(
                {
                    "id": entry.id,
                    "file": entry.file.path.relative_to(project.root).as_posix(),
                    "params": {name: _listable(value) for name, value in entry.params.items()},
                    "n": entry.n,
                    "state": ("quick" if entry.quick else "measured")
                    if entry.id in measured
                    else "not measured",
                }
            )
        for figure in entry.declared.figures:
            figures.append(
                {
                    "id": f"{entry.id}.{figure.name}",
                    "experiment": entry.id,
                    "caption": _filled(figure.caption, values, entry),
                    "alt": _filled(figure.alt, values, entry),
                }
            )
        for claim, result in zip(entry.declared.claims, own, strict=True):
            if only is None or claim.id in only:
                claims.append(claim_to_json(claim, result, chapter=chapter_of.get(claim.id, "")))
    order = {name: place for place, name in enumerate(chapter_of)}
    claims.sort(key=lambda claim: (order.get(claim["id"], len(order)), claim["id"]))
    return {"schema": 1, "experiments": experiments, "figures": figures, "claims": claims}


def part_of(claims: Mapping[str, Any], experiment: str) -> dict[str, Any]:
    """Return what the object says of one experiment."""
    return {
        "schema": claims["schema"],
        "experiments": [each for each in claims["experiments"] if each["id"] == experiment],
        "figures": [each for each in claims["figures"] if each["experiment"] == experiment],
        "claims": [each for each in claims["claims"] if each["experiment"] == experiment],
    }


def figures_showing(claim: str, inventory: Inventory, placed: Collection[str]) -> tuple[str, ...]:
    """Return the placed figures whose caption or alt text cites the claim."""
    pattern = re.compile(rf"\{{{claim}\.")
    return tuple(
        name
        for name in placed
        if name in inventory.figures
        for figure in (inventory.figures[name][1],)
        if any(pattern.search(words) for text in (figure.caption, figure.alt) for words in text.values())
    )


def _check_values(path: str, check: Check, result: CheckResult | None) -> dict[str, float | str | None]:
    bound = check.bound
    return {
        f"{path}.estimate": None if result is None else result.estimate,
        f"{path}.low": None if result is None else result.low,
        f"{path}.high": None if result is None else result.high,
        f"{path}.n": None if result is None else result.n,
        f"{path}.bound": f"{bound[0]:g}–{bound[1]:g}" if isinstance(bound, tuple) else bound,
    }


def _filled(text: Text, values: Values, entry: Entry) -> dict[str, str]:
    """Return a text with its fields filled; as it stands where something that it cites is unknown."""
    n = entry.n
    filled = {}
    for language, words in text.items():
        try:
            filled[language] = fill_fields(words, values, n=n, where=entry.file.path)
        except ProjectError:
            filled[language] = words
    return filled


def _listable(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_listable(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
