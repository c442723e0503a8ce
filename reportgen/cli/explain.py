"""``reportgen explain``."""

from __future__ import annotations

from pathlib import Path

import click

from reportgen.cli import completion, console, options


@click.command(epilog=options.example("reportgen explain D09", "reportgen explain signal.histograms"))
@click.argument("name", metavar="ID", shell_complete=completion.explainable)
@click.option(
    "--lecture", metavar="LECTURE", shell_complete=completion.lectures, help="By default the only one."
)
@options.project
@options.as_json
def explain(name: str, lecture: str | None, project_folder: Path | None, as_json: bool) -> int:
    """Say what would be made anew for ID (an experiment, a claim or a figure), and why."""
    from reportgen.build import explain as explain_

    with console.only_json(as_json):
        explanations = explain_(name, project_folder, lecture)
    if as_json:
        artefacts = [
            {"artefact": each.artefact, "stale": each.stale, "reasons": list(each.reasons)}
            for each in explanations
        ]
        console.print_json({"schema": 1, "id": name, "artefacts": artefacts})
        return 0
    for each in explanations:
        console.result(f"{each.artefact}: {'would be made anew' if each.stale else 'up to date'}")
        for reason in each.reasons:
            console.result(f"  {reason}")
    return 0
