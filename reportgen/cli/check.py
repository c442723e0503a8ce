"""``reportgen check``."""

from __future__ import annotations

from pathlib import Path

import click

from reportgen.cli import console, failures, options, reports
from reportgen.cli.progress import count, progress


@click.command(epilog=options.example("reportgen check", "reportgen check --json"))
@options.lecture
@options.jobs
@options.junit
@options.project
@options.as_json
@options.quiet
def check(
    lecture: str | None,
    jobs: int | None,
    junit: Path | None,
    project_folder: Path | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Compare the verdicts of LECTURE with the recorded ones; exit 1 if any differs.

    What the store lacks is measured; nothing is published. The record is experiments/verdicts.json, written
    by `reportgen accept`. Checks that depend on the machine's speed do not count.
    """
    from reportgen.build import BuildOptions
    from reportgen.build import check as run_check
    from reportgen.project import find_project

    wanted = BuildOptions(project=project_folder, lecture=lecture, jobs=jobs)
    with console.only_json(as_json), progress(quiet=quiet) as events:
        checked = run_check(wanted, events)
    result = checked.judged
    for failure in result.failures:
        failures.show(failures.describe(failure), failure, debug=False)
    root = find_project(project_folder).root
    reports.report(result, root, changes=checked.changes, level="error", junit=junit)
    if as_json:
        console.print_json(reports.changes_as_json(checked, checked.exit_code))
    elif checked.changes:
        from reportgen.cli import tables

        tables.print_changes(checked.changes)
        console.result(f"{count(len(checked.changes), 'difference')}; `reportgen accept` records them")
    elif not result.failures:
        console.result(f"{count(len(result.claims['claims']), 'claim')}: the verdicts are as recorded")
    return checked.exit_code
