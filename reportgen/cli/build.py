"""``reportgen build``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from reportgen.cli import console, failures, options, reports
from reportgen.cli.progress import ITEMS, count, progress

if TYPE_CHECKING:
    from reportgen.build import BuildResult
    from reportgen.verdicts import Change


@click.command(
    epilog=options.example(
        "reportgen build",
        "reportgen build --quick --only D09 --lang ko --format html",
        "reportgen build -p training.n_steps=200 --seed 7",
    )
)
@options.lecture
@options.selection
@options.switch("--quick/--no-quick", says="Measure the first few replicates only, as a draft.")
@options.seed
@options.settings
@options.data
@click.option(
    "--edition",
    type=click.Choice(("student", "teacher")),
    default="student",
    show_default=True,
    help="The teacher's edition adds notes for the lecturer.",
)
@options.jobs
@options.executor
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where to write; by default the project's output/.",
)
@click.option(
    "--shard",
    type=options.shard,
    metavar="PART/OF",
    help="Measure one of several equal shares into the store and publish nothing; see `reportgen merge`.",
)
@options.junit
@options.project
@options.as_json
@options.quiet
@options.switch("--timings/--no-timings", says="Print where the time went.")
def build(
    lecture: str | None,
    languages: tuple[str, ...] | None,
    formats: tuple[str, ...] | None,
    only: tuple[str, ...],
    quick: bool,
    seed: int | None,
    settings: tuple[tuple[str, str, str], ...],
    data: Path | None,
    edition: Literal["student", "teacher"],
    jobs: int | None,
    executor: Literal["dask"] | None,
    scheduler: str | None,
    output: Path | None,
    shard: tuple[int, int] | None,
    junit: Path | None,
    project_folder: Path | None,
    as_json: bool,
    quiet: bool,
    timings: bool,
) -> int:
    """Run the experiments, judge the claims and typeset the handout of LECTURE.

    What is up to date is reused. With --only, --quick, --seed, --data or -p the result is a draft in
    output/LECTURE/draft/, marked on every page; the good handout stays as it is.
    """
    from reportgen.build import BuildOptions, changed_verdicts
    from reportgen.build import build as run_build
    from reportgen.project import find_project

    wanted = BuildOptions(
        project=project_folder,
        lecture=lecture,
        languages=languages,
        formats=formats,
        only=only,
        quick=quick,
        seed=seed,
        settings=settings,
        data=data,
        edition=edition,
        jobs=jobs,
        executor=executor,
        scheduler=scheduler,
        output=output,
        shard=shard,
    )
    with console.only_json(as_json), progress(quiet=quiet) as events:
        result = run_build(wanted, events)
    for failure in result.failures:
        failures.show(failures.describe(failure), failure, debug=False)
    if junit is not None or reports.are_wanted():
        changes = changed_verdicts(wanted, result.claims) if result.published and not result.draft else ()
        reports.report(result, find_project(project_folder).root, changes=changes, junit=junit)
    if as_json:
        console.print_json(to_json(result))
    elif not quiet:
        print_summary(result)
        if data is not None:
            print_other_verdicts(changed_verdicts(wanted, result.claims), data)
    if timings and not as_json:
        from reportgen.cli.tables import print_timings

        print_timings(result.timings)
    return result.exit_code


def to_json(result: BuildResult) -> dict[str, Any]:
    """Return the object that ``build --json`` prints."""
    errors = [failures.as_json(failures.describe(failure))["error"] for failure in result.failures]
    return {
        "schema": 1,
        "lecture": result.lecture,
        "folder": result.folder.as_posix(),
        "draft": result.draft,
        "shard": None if result.shard is None else "{}/{}".format(*result.shard),
        "published": result.published,
        "up_to_date": result.up_to_date,
        "files": [{"path": path.as_posix(), "bytes": path.stat().st_size} for path in result.files],
        "verdicts": result.verdicts,
        "claims": result.claims.get("claims", []),
        "done": {stage: list(names) for stage, names in result.done.items()},
        "warnings": list(result.warnings),
        "timings": dict(result.timings),
        "seconds": result.seconds,
        "exit_code": result.exit_code,
        **({"error": errors[0], "failures": errors} if errors else {}),
    }


def print_summary(result: BuildResult) -> None:
    """Print verdicts, files and what was done: a few lines on stdout."""
    if result.shard is not None and not result.failures:
        part = "{}/{}".format(*result.shard)
        measured = count(len(result.done.get("measure", ())), "experiment")
        console.result(f"{result.lecture}, shard {part}: {measured} measured, nothing published")
        return
    n_claims = sum(result.verdicts.values())
    draft = f", draft ({result.draft})" if result.draft else ""
    console.result(f"{result.lecture}{draft}: {count(n_claims, 'claim')}")
    if n_claims:
        console.result("  " + "  ".join(_verdict_counts(result.verdicts)))
    if result.published:
        console.result(_short(result.folder))
        width = max((len(path.name) for path in result.files), default=0)
        for path in result.files:
            console.result(f"  {path.name:{width}}  {console.size(path.stat().st_size):>7}")
        console.result(f"{_what_was_done(result)} in {console.duration(result.seconds)}")
    else:
        broken = count(len(result.failures), "experiment")
        console.result(f"{broken} broken: nothing was published; the last good output is as it was")


def print_other_verdicts(changes: Sequence[Change], data: Path) -> None:
    """Print side by side which verdicts other images change."""
    from reportgen.cli.tables import print_changes

    measured = [change for change in changes if change.now is not None]
    if measured:
        print_changes(measured, now=data.resolve().name)
    else:
        console.result(f"{data.resolve().name}: every verdict is the recorded one")


def _verdict_counts(verdicts: Mapping[str, int]) -> list[str]:
    """Return ``✓ 12 confirmed`` and so on, in the order of the legend."""
    known = {**console.VERDICTS, "not measured": console.NOT_MEASURED}
    return [
        click.style(f"{sign} {verdicts[verdict]} {verdict}", fg=tint)
        for verdict, (sign, tint) in known.items()
        if verdicts.get(verdict)
    ]


def _what_was_done(result: BuildResult) -> str:
    """Return ``12 figures drawn, 4 files typeset, the rest reused``."""
    if result.up_to_date:
        return "everything was up to date"
    parts = []
    for stage, names in result.done.items():
        if names and stage != "publish":
            item, done = ITEMS[stage]
            parts.append(f"{count(len(set(names)), item)} {done}")
    return ", ".join((*parts, "the rest reused")) if parts else "everything reused"


def _short(folder: Path) -> str:
    """Return the folder as seen from the working folder, if it is below it."""
    here = Path.cwd()
    return folder.relative_to(here).as_posix() if folder.is_relative_to(here) else folder.as_posix()
