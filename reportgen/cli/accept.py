"""``reportgen accept``."""

from __future__ import annotations

from pathlib import Path

import click

from reportgen.cli import console, failures, options, reports
from reportgen.cli.progress import count, progress


@click.command(epilog=options.example("reportgen accept"))
@options.lecture
@options.jobs
@options.project
@options.as_json
@options.quiet
def accept(
    lecture: str | None, jobs: int | None, project_folder: Path | None, as_json: bool, quiet: bool
) -> int:
    """Record the verdicts of LECTURE in experiments/verdicts.json, for `reportgen check` to compare.

    What the store lacks is measured. While an experiment is broken, nothing is recorded.
    """
    from reportgen.build import BuildOptions
    from reportgen.build import accept as run_accept

    wanted = BuildOptions(project=project_folder, lecture=lecture, jobs=jobs)
    with console.only_json(as_json), progress(quiet=quiet) as events:
        accepted = run_accept(wanted, events)
    result = accepted.judged
    for failure in result.failures:
        failures.show(failures.describe(failure), failure, debug=False)
    if as_json:
        console.print_json(reports.changes_as_json(accepted, result.exit_code))
    elif not result.failures:
        if accepted.changes:
            from reportgen.cli import tables

            tables.print_changes(accepted.changes)
        changed = count(len(accepted.changes), "change")
        console.result(f"{count(len(result.claims['claims']), 'claim')} recorded, {changed}")
    return result.exit_code
