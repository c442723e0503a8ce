"""``reportgen verify``."""

from __future__ import annotations

from pathlib import Path

import click

from reportgen.cli import console, options
from reportgen.cli.progress import count


@click.command(
    epilog=options.example("reportgen verify output/", "reportgen verify output/dnn/manifest.json")
)
@click.argument("folder", metavar="[FOLDER]", required=False, type=click.Path(path_type=Path, exists=True))
@options.project
@options.as_json
def verify(folder: Path | None, project_folder: Path | None, as_json: bool) -> int:
    """Compare published files with the hashes of their manifest.json; exit 1 if any differs.

    FOLDER is searched for manifests; by default it is the project's output/.
    """
    from reportgen.project import find_project
    from reportgen.verification import verify as run_verify

    files = run_verify(folder or find_project(project_folder).output)
    wrong = [file for file in files if file.state != "intact"]
    exit_code = 1 if wrong else 0
    if as_json:
        listed = [{"path": file.path.as_posix(), "state": file.state} for file in files]
        console.print_json({"schema": 1, "files": listed, "exit_code": exit_code})
        return exit_code
    for file in wrong:
        console.result(f"{click.style(file.state, fg='red')}: {file.path.as_posix()}")
    console.result(
        f"{count(len(files), 'file')}: {f'{len(wrong)} not' if wrong else 'all'} as the manifest says"
    )
    return exit_code
