"""The straight line from a project to its handout, and one function per command."""

from __future__ import annotations

import difflib
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reportgen import verdicts
from reportgen.errors import NothingMatchedError, ProjectError
from reportgen.events import Events
from reportgen.line.place import Place, locate, read_stamp, save_stamp
from reportgen.options import BuildOptions, BuildResult, CheckResult, Explanation, RunResult
from reportgen.project import find_project
from reportgen.publish import check_writable, withdraw
from reportgen.store import Merged, Store, find_store

if TYPE_CHECKING:
    from reportgen.line.evaluation import Line

__all__ = [
    "BuildOptions",
    "BuildResult",
    "CheckResult",
    "Explanation",
    "RunResult",
    "accept",
    "build",
    "changed_verdicts",
    "check",
    "clean",
    "explain",
    "list_project",
    "merge",
    "run_experiment",
]


def build(options: BuildOptions, events: Events | None = None) -> BuildResult:
    """Measure, judge, draw, typeset and publish whatever is not up to date."""
    began = time.perf_counter()
    place = locate(options)
    published = None if options.shard else read_stamp(place)
    if published is not None:
        return _result(place, began, claims=published, published=True, up_to_date=True)

    from reportgen.line import evaluation, history, session, typesetting

    with place.store.lock(), session.working(place, events) as line:
        check_writable(place.folder)
        inputs = place.watch()  # before anything is read: what is edited meanwhile is seen next time
        judged = session.judge(place, line)
        if judged is None:
            return _result(place, began, line, claims={})
        if line.book.failures:
            return _result(place, began, line, claims=judged.claims)
        drawings = evaluation.draw_all(line, judged.figures, judged.plain, place.terms)
        if line.book.failures:
            return _result(place, began, line, claims=judged.claims)
        documents = evaluation.typeset_all(line, typesetting.make_requests(place, judged, drawings))
        changed = typesetting.publish_all(line, place, judged, drawings, documents)

        if not options.draft:
            history.remember(place.store, judged.entries)
        save_stamp(place, inputs)
        nothing = not changed and not line.book.done
        return _result(place, began, line, claims=judged.claims, published=True, up_to_date=nothing)


def check(options: BuildOptions, events: Events | None = None) -> CheckResult:
    """Judge the lecture, measuring what the store lacks, and compare its verdicts with the recorded ones."""
    place = locate(options)
    recorded = verdicts.read_record(place.record, place.lecture.name)
    judged = _judge(place, events)
    changes = () if judged.failures else verdicts.compare(recorded, verdicts.make_record(judged.claims))
    return CheckResult(judged=judged, changes=changes)


def accept(options: BuildOptions, events: Events | None = None) -> CheckResult:
    """Judge the lecture and record its verdicts; the changes are those from the record before."""
    place = locate(options)
    if place.project.embedded:
        raise ProjectError(
            "the built-in lecture's verdicts are recorded already",
            hint="`reportgen init DIR` starts your own",
        )
    try:
        before = verdicts.read_record(place.record, place.lecture.name)
    except NothingMatchedError:
        before = {}
    judged = _judge(place, events)
    if judged.failures:
        return CheckResult(judged=judged)
    now = verdicts.make_record(judged.claims)
    verdicts.write_record(place.record, place.lecture.name, now)
    return CheckResult(judged=judged, changes=verdicts.compare(before, now))


def changed_verdicts(options: BuildOptions, claims: Mapping[str, Any]) -> tuple[verdicts.Change, ...]:
    """Compare the verdicts of a build's claims with the recorded ones; nothing while none are recorded."""
    place = locate(options)
    try:
        recorded = verdicts.read_record(place.record, place.lecture.name)
    except NothingMatchedError:
        return ()
    return verdicts.compare(recorded, verdicts.make_record(claims))


def merge(stores: Sequence[Path], project: Path | None = None) -> Merged:
    """Take over what other stores have, as measured by the shards of a build; theirs stay as they are."""
    from reportgen.line import provenance

    store, others = Store(find_project(project).store), [find_store(folder) for folder in stores]
    merged = Merged()
    with store.lock():
        for other in others:
            provenance.merge_machines(store, other)
            merged += store.take_over(other)
    return merged


def list_project(project: Path | None = None, lecture: str | None = None) -> dict[str, Any]:
    """Return experiments, figures and claims (``schema: 1``) with the verdicts that the store has."""
    from reportgen.line import session
    from reportgen.line.judged import collect
    from reportgen.line.script import read_script

    place = locate(BuildOptions(project=project, lecture=lecture))
    with session.working(place, None) as line:
        script = read_script(place.project, place.lecture)
        inventory = session.read(place, line)
        judged = collect(
            place, script, inventory, inventory.entries, broken=line.book.failures, every_claim=True
        )
        return dict(judged.claims)


def run_experiment(name: str, options: BuildOptions, events: Events | None = None) -> RunResult:
    """Measure and judge one experiment, with the options' ``quick``, ``seed``, ``settings``, ``jobs``."""
    from reportgen.line import evaluation, session
    from reportgen.line.inventory import closure
    from reportgen.line.judged import collect, part_of
    from reportgen.line.script import read_script

    began = time.perf_counter()
    place = locate(options)
    if name not in place.project.experiments:
        raise _unknown("experiment", name, place.project.experiments)
    with place.store.lock(), session.working(place, events) as line:
        inventory = session.read(place, line)
        chosen = closure(inventory, [name]) if name in inventory.entries else ()
        entries = {other: inventory.entries[other] for other in chosen}
        line.book.failures = {k: v for k, v in inventory.failures.items() if k == name}
        evaluation.measure_all(line, chosen, entries)
        evaluation.summarize_all(line, entries)
        evaluation.judge_all(line, entries)
        script = read_script(place.project, place.lecture)
        judged = collect(place, script, inventory, entries, broken=line.book.failures, every_claim=True)
    return RunResult(
        experiment=name,
        claims=part_of(judged.claims, name),
        failures=tuple(line.book.failures.values()),
        seconds=time.perf_counter() - began,
    )


def explain(name: str, project: Path | None = None, lecture: str | None = None) -> Sequence[Explanation]:
    """Say for an experiment, a claim, a figure or a lecture's files what would be made anew, and why."""
    from reportgen.line import history, session

    place = locate(BuildOptions(project=project, lecture=lecture))
    if name in place.project.lecture_names:
        return history.explain_documents(locate(BuildOptions(project=project, lecture=name)))
    with session.working(place, None) as line:
        inventory = session.read(place, line)
        if name in inventory.failures:
            raise inventory.failures[name]
        known = {
            **{entry.id: entry for entry in inventory.entries.values()},
            **{claim: entry for claim, (entry, _) in inventory.claims.items()},
            **{figure: entry for figure, (entry, _) in inventory.figures.items()},
        }
        if name not in known:
            raise _unknown(
                "experiment, claim, figure or lecture", name, {*known, *place.project.lecture_names}
            )
        found = tuple(history.explain(place.store, known[name], inventory.entries))
    return history.about(name, found)


def clean(project: Path | None = None, output: bool = False) -> int:
    """Delete the store (and the published files with ``output``) and return the number of bytes freed."""
    found = find_project(project)
    freed = Store(found.store).clean()
    return freed + (sum(withdraw(found.output / name) for name in found.lecture_names) if output else 0)


def _judge(place: Place, events: Events | None) -> BuildResult:
    from reportgen.line import session

    began = time.perf_counter()
    with place.store.lock(), session.working(place, events) as line:
        judged = session.judge(place, line)
        return _result(place, began, line, claims=judged.claims if judged else {})


def _result(
    place: Place,
    began: float,
    line: Line | None = None,
    *,
    claims: Mapping[str, Any],
    published: bool = False,
    up_to_date: bool = False,
) -> BuildResult:
    return BuildResult(
        lecture=place.lecture.name,
        folder=place.folder,
        draft=place.options.draft,
        published=published,
        up_to_date=up_to_date,
        files=tuple(place.folder / name for name in place.documents) if published else (),
        failures=() if line is None else tuple(line.book.failures.values()),
        warnings=() if line is None else tuple(line.book.warnings),
        claims=claims,
        done={} if line is None else {stage: tuple(names) for stage, names in line.book.done.items()},
        timings={} if line is None else line.book.timings,
        seconds=time.perf_counter() - began,
        shard=place.options.shard,
    )


def _unknown(kind: str, name: str, known: Collection[str]) -> NothingMatchedError:
    near = difflib.get_close_matches(name, sorted(known), n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else "`reportgen list` shows what there is"
    return NothingMatchedError(f"no {kind} {name!r}", hint=hint)
