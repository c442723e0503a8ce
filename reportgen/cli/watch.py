"""``reportgen watch``."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reportgen.cli import console, failures, options
from reportgen.cli.progress import progress
from reportgen.errors import EnvironmentProblem, ReportgenError

if TYPE_CHECKING:
    from reportgen.build import BuildOptions, BuildResult
    from reportgen.watch import Preview


@click.command(epilog=options.example("reportgen watch", "reportgen watch --lang ko --only D09"))
@options.lecture
@options.selection
@options.settings
@options.jobs
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8321,
    show_default=True,
    metavar="N",
    help="Port of the preview on this machine; 0 takes any free one.",
)
@options.project
@options.quiet
def watch(
    lecture: str | None,
    languages: tuple[str, ...] | None,
    formats: tuple[str, ...] | None,
    only: tuple[str, ...],
    settings: tuple[tuple[str, str, str], ...],
    jobs: int | None,
    port: int,
    project_folder: Path | None,
    quiet: bool,
) -> int:
    """Rebuild the draft of LECTURE on every save, with few replicates, and reload the page.

    The page is served to this machine only. HTML alone is made unless --format says otherwise.
    End it with Ctrl-C.
    """
    from reportgen.build import BuildOptions
    from reportgen.project import find_project
    from reportgen.watch import changes, snapshot

    project = find_project(project_folder)
    wanted = BuildOptions(
        project=project_folder,
        lecture=lecture,
        languages=languages,
        formats=formats or ("html",),
        only=only,
        quick=True,
        settings=settings,
        jobs=jobs,
    )
    folders = [project.root / "experiments", project.root / "templates"]
    with contextlib.ExitStack() as stack:
        preview: Preview | None = None
        saves = changes(folders, known=snapshot(folders))
        while True:
            if preview:
                preview.tell("building")
            result, message = rebuild(wanted, quiet=quiet)
            if result is not None and preview is None and result.published:
                preview = stack.enter_context(open_preview(result.folder, port))
                console.result(preview.address)
            if preview:
                preview.tell("failed" if message else "done", message)
            saved = next(saves)
            if not quiet:
                console.remark(f"changed: {', '.join(path.name for path in saved)}")


def rebuild(wanted: BuildOptions, *, quiet: bool) -> tuple[BuildResult | None, str]:
    """Build once; an error is shown and returned as text, since the next save may mend it."""
    from reportgen.build import build

    try:
        with progress(quiet=quiet) as events:
            result = build(wanted, events)
    except ReportgenError as error:
        failures.show(failures.describe(error), error, debug=False)
        return None, str(error)
    for failure in result.failures:
        failures.show(failures.describe(failure), failure, debug=False)
    if not quiet and not result.failures:
        console.remark(f"built in {console.duration(result.seconds)}")
    return result, "\n".join(str(failure) for failure in result.failures)


def open_preview(folder: Path, port: int) -> Preview:
    """Return the server of the preview."""
    from reportgen.watch import Preview

    try:
        return Preview(folder, port=port)
    except OSError as error:
        raise EnvironmentProblem(
            f"the port cannot be used: {error.strerror}",
            where=f"--port {port}",
            hint="--port 0 takes a free one",
        ) from error
