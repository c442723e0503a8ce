"""``reportgen list``."""

from __future__ import annotations

from pathlib import Path

import click

from reportgen.cli import console, options


@click.command("list", epilog=options.example("reportgen list", "reportgen list --json > claims.json"))
@options.lecture
@options.project
@options.as_json
def list_(lecture: str | None, project_folder: Path | None, as_json: bool) -> int:
    """List experiments, claims with their verdicts, and figures of LECTURE. Runs nothing."""
    from reportgen.build import list_project

    with console.only_json(as_json):
        listing = list_project(project_folder, lecture)
    if as_json:
        console.print_json(listing)
    else:
        from reportgen.cli import tables

        tables.print_experiments(listing["experiments"])
        tables.print_claims(listing["claims"])
        tables.print_figures(listing["figures"])
    return 0
