"""``reportgen init``."""

from __future__ import annotations

from pathlib import Path

import click

from reportgen.cli import console, options


@click.command(epilog=options.example("reportgen init my-lecture", "cd my-lecture && reportgen build"))
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@options.debug
def init(folder: Path) -> int:
    """Start a project of your own in DIR from the built-in lecture. Nothing is overwritten."""
    from reportgen.scaffold import init_project

    made = init_project(folder)
    console.result(f"{made.as_posix()}: a project with the built-in lecture")
    console.remark(f"next: cd {made.as_posix()} && reportgen build")
    return 0
