"""``reportgen clean``."""

from __future__ import annotations

from pathlib import Path

import click

from reportgen.cli import console, options


@click.command(epilog=options.example("reportgen clean", "reportgen clean --output"))
@options.switch("--output/--no-output", says="Delete the published handouts as well.")
@options.project
def clean(output: bool, project_folder: Path | None) -> int:
    """Delete the stored results; the next build measures everything again."""
    from reportgen.build import clean as clean_

    freed = clean_(project_folder, output)
    console.result(f"{console.size(freed)} freed")
    return 0
