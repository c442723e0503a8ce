"""``reportgen site``."""

from __future__ import annotations

from pathlib import Path

import click

from reportgen.cli import console, options
from reportgen.cli.progress import count


@click.command(epilog=options.example("reportgen site", "reportgen site --output public"))
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where to write; by default site/ in the project's output/.",
)
@options.project
@options.as_json
def site(output: Path | None, project_folder: Path | None, as_json: bool) -> int:
    """Make a static folder of what is published, with a landing page: for a web server or GitHub Pages.

    All links are relative: it also works from a file manager. Build first.
    """
    from reportgen.site import make_site

    folder, files = make_site(project_folder, output)
    if as_json:
        console.print_json({"schema": 1, "folder": folder.as_posix(), "files": list(files)})
    else:
        console.result(f"{folder.as_posix()}: {count(len(files), 'file')}, begin with index.html")
    return 0
