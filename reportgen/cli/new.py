"""``reportgen new``."""

from __future__ import annotations

from pathlib import Path

import click

from reportgen.cli import completion, console, options


@click.group(epilog=options.example("reportgen new experiment weight_decay --chapter training"))
def new() -> None:
    """Add something new to the project."""


@new.command(epilog=options.example("reportgen new experiment weight_decay --chapter training"))
@click.argument("name")
@click.option(
    "--chapter",
    metavar="CHAPTER",
    shell_complete=completion.chapters,
    help="The folder below experiments/; may be left out where there is only one.",
)
@options.project
def experiment(name: str, chapter: str | None, project_folder: Path | None) -> int:
    """Write a small experiment that works, NAME.py, to start from."""
    from reportgen.scaffold import new_experiment

    made = new_experiment(name, chapter=chapter, project=project_folder)
    console.result(made.path.as_posix())
    console.remark("place it in a chapter's text, in each language:")
    for line in made.placements:
        console.remark(f"  {line}")
    return 0
