"""What a project holds right now: what its experiments declare, and what their results depend on."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from reportgen.data import idx_hash
from reportgen.errors import NothingMatchedError, ReportgenError, UsageError
from reportgen.fingerprint import Fingerprints, StageKeys, make_dependencies
from reportgen.line.workers import DeclareRequest, declare
from reportgen.machine import cpu_name
from reportgen.measure import QUICK_REPLICATES, Series
from reportgen.model import Claim, Experiment, Figure
from reportgen.plain import FORMAT, from_plain
from reportgen.pool import Pool
from reportgen.project import (
    ExperimentFile,
    Lecture,
    Project,
    check_links,
    check_translations,
    find_links,
)
from reportgen.settings import apply_settings, differences
from reportgen.store import Store, key

DIGITS = "data digits"  # how the parts of a result name the images that it reads
_FIELD = re.compile(r"(?<!\{)\{([A-Za-z]\w*(?:\.\w+)*)(?::[^{}]*)?\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An experiment of the project under the settings of this build.

    Attributes
    ----------
    declared
        The declaration; its functions are elsewhere (see :mod:`reportgen.plain`).
    series
        Its replicates; None where it does not measure.
    changed
        Settings that differ from the file's own, in words.
    """

    file: ExperimentFile
    source: str
    stages: StageKeys
    declared: Experiment
    params: Mapping[str, Any]
    series: Series | None
    changed: tuple[str, ...]
    quick: bool = False

    @property
    def id(self) -> str:
        """The experiment's id."""
        return self.file.id

    @property
    def n(self) -> int:
        """How many replicates this build uses."""
        return 0 if self.series is None else self.series.n


@dataclass(frozen=True)
class Inventory:
    """All experiments of the project that can be read, and what is wrong with the others."""

    entries: Mapping[str, Entry]
    failures: Mapping[str, ReportgenError]

    @cached_property
    def claims(self) -> dict[str, tuple[Entry, Claim]]:
        """Every claim with its experiment."""
        return {
            claim.id: (entry, claim) for entry in self.entries.values() for claim in entry.declared.claims
        }

    def check(self, languages: Collection[str]) -> None:
        """Refuse what does not fit together: ids declared twice, unknown links, missing translations."""
        files = {name: entry.file.path for name, entry in self.entries.items()}
        links = (link for entry in self.entries.values() for link in find_links(entry.declared, entry.id))
        check_links(links, files)
        for entry in self.entries.values():
            check_translations(entry.declared, languages, entry.file.path)

    @cached_property
    def figures(self) -> dict[str, tuple[Entry, Figure]]:
        """Every figure with its experiment."""
        return {
            f"{entry.id}.{figure.name}": (entry, figure)
            for entry in self.entries.values()
            for figure in entry.declared.figures
        }


def read_inventory(
    project: Project,
    lecture: Lecture,
    store: Store,
    pool: Pool,
    *,
    settings: Sequence[tuple[str, str, str]] = (),
    seed: int | None = None,
    quick: bool = False,
    data: Path | None = None,
) -> Inventory:
    """Read every experiment's declaration: from the store if its sources are unchanged, else by a worker."""
    _check_settings(settings, project)
    failures: dict[str, ReportgenError] = {}
    stages: dict[str, StageKeys] = {}
    fingerprints = Fingerprints(notes=store)
    for name, file in project.experiments.items():
        try:
            stages[name] = fingerprints.stages(file.path)
        except ReportgenError as error:
            failures[name] = error
    fingerprints.save()
    if data is not None:
        stages = _with_data(stages, data)
    declared = _declarations(project, stages, store, pool, failures)
    entries = {}
    for name, experiment in declared.items():
        file = project.experiments[name]
        lasting = lecture.params.get(name, {})
        drafted = {option: value for other, option, value in settings if other == name}
        params = apply_settings(experiment.params, lasting, where=str(lecture.folder / "lecture.toml"))
        if drafted:
            merged = {**lasting, **drafted}
            params = apply_settings(experiment.params, merged, where=f"-p {name}", error=UsageError)
        entries[name] = _entry(
            file,
            stages[name],
            experiment,
            params,
            root_seed=lecture.seed if seed is None else seed,
            quick=quick,
            data=data,
        )
    return Inventory(entries, failures)


def owners(inventory: Inventory, names: Iterable[str]) -> set[str]:
    """Return the experiments of claims, figures, sources and value paths; unknown names are skipped."""
    claims = inventory.claims
    found = set()
    for name in names:
        head = re.split(r"[.:]", name, maxsplit=1)[0]
        if head in claims:
            found.add(claims[head][0].id)
        elif head in inventory.entries:
            found.add(head)
    return found


def closure(inventory: Inventory, experiments: Iterable[str]) -> tuple[str, ...]:
    """Return the experiments and those that their claims follow, take data from, or cite in words."""
    wanted: set[str] = set()
    waiting = set(experiments)
    while waiting:
        name = waiting.pop()
        wanted.add(name)
        entry = inventory.entries.get(name)
        if entry is not None:
            waiting |= (owners(inventory, cited(entry.declared)) - wanted) | _data(entry, inventory) - wanted
    return tuple(name for name in inventory.entries if name in wanted)


def cited(experiment: Experiment) -> set[str]:
    """Return the paths that captions, alt texts and errata cite, and the claims that claims follow."""
    texts = [text for figure in experiment.figures for text in (figure.caption, figure.alt)]
    texts += [
        check.erratum.evidence
        for claim in experiment.claims
        for check in claim.checks
        if check.erratum is not None
    ]
    paths = {path for text in texts for words in text.values() for path in _FIELD.findall(words)}
    return paths | {name for claim in experiment.claims for name in claim.follows}


def select(
    inventory: Inventory, only: Sequence[str], chapters: Mapping[str, Collection[str]]
) -> tuple[str, ...]:
    """Return the experiments that ``--only`` names: by claim, experiment, or chapter (of text or folders).

    ``chapters`` maps the text's chapters to the claims and figures that they place.
    """
    found: set[str] = set()
    by_folder: dict[str, set[str]] = {}
    for entry in inventory.entries.values():
        by_folder.setdefault(entry.file.chapter, set()).add(entry.id)
    known = {
        *inventory.claims,
        *inventory.figures,
        *inventory.entries,
        *inventory.failures,
        *chapters,
        *by_folder,
    }
    for name in only:
        if name not in known:
            near = difflib.get_close_matches(name, sorted(known), n=3, cutoff=0.5)
            raise NothingMatchedError(
                f"no claim, experiment or chapter {name!r}",
                where="--only",
                hint=f"did you mean {' or '.join(near)}?" if near else "`reportgen list` shows what there is",
            )
        found |= by_folder.get(name, set()) | owners(inventory, [name, *chapters.get(name, ())])
    return closure(inventory, found)


def _declarations(
    project: Project,
    stages: Mapping[str, StageKeys],
    store: Store,
    pool: Pool,
    failures: dict[str, ReportgenError],
) -> dict[str, Experiment]:
    """Return what the experiments declare, in the project's order."""
    plain: dict[str, Any] = {}
    requests = []
    for name, keys in stages.items():
        target = key("declaration", FORMAT, keys.declaration)
        plain[name] = store.get_json(target)
        if plain[name] is None:
            path = project.experiments[name].path
            requests.append(
                DeclareRequest(
                    experiment=name, path=path, source=keys.source, target=target, store=store.root
                )
            )
    if requests:
        for request, outcome in pool.run(declare, requests):
            plain[request.experiment] = store.get_json(request.target)
            if outcome.error is not None:
                failures[request.experiment] = outcome.error
    return {name: from_plain(value) for name, value in plain.items() if value is not None}


def _entry(
    file: ExperimentFile,
    stages: StageKeys,
    experiment: Experiment,
    params: Mapping[str, Any],
    *,
    root_seed: int,
    quick: bool,
    data: Path | None,
) -> Entry:
    n = min(experiment.replicates, QUICK_REPLICATES) if quick else experiment.replicates
    series = None
    if experiment.measure is not None and stages.measure is not None:
        timed = any(check.volatile for claim in experiment.claims for check in claim.checks)
        series = Series(
            experiment=file.id,
            path=file.path,
            source=stages.source,
            digest=stages.measure.digest,
            params=params,
            overrides={k: v for k, v in params.items() if v != experiment.params[k]},
            root_seed=root_seed,
            n=n,
            alone=timed,
            cpu=cpu_name() if timed else None,
            trains=any(part.startswith("data ") for part in stages.measure.parts),
            data=data,
        )
    return Entry(
        file=file,
        source=stages.source,
        stages=stages,
        declared=experiment,
        params=params,
        series=series,
        changed=differences(experiment.params, params),
        quick=series is not None and n < experiment.replicates,
    )


def _with_data(stages: Mapping[str, StageKeys], folder: Path) -> dict[str, StageKeys]:
    """Return what results depend on where a folder's images take the digits' place."""
    content = idx_hash(folder)
    swapped = {}
    for name, keys in stages.items():
        measure = keys.measure
        if measure is not None and DIGITS in measure.parts:
            parts = {part: value for part, value in measure.parts.items() if part != DIGITS}
            measure = make_dependencies({**parts, f"data {folder.resolve().name}": content})
        swapped[name] = replace(keys, measure=measure)
    return swapped


def _data(entry: Entry, inventory: Inventory) -> set[str]:
    return {name for claim in entry.declared.claims for name in claim.data if name in inventory.entries}


def _check_settings(settings: Sequence[tuple[str, str, str]], project: Project) -> None:
    for experiment, option, value in settings:
        if experiment not in project.experiments:
            near = difflib.get_close_matches(experiment, project.experiments, n=1)
            raise UsageError(
                f"unknown experiment {experiment!r}",
                where=f"-p {experiment}.{option}={value}",
                hint=f"did you mean {near[0]}?" if near else "`reportgen list` shows what there is",
            )
