"""``reportgen figures``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from reportgen.cli import completion, console, failures, options
from reportgen.cli.progress import count, progress

if TYPE_CHECKING:
    from reportgen.figures import FigureResult

FORMATS = ("svg", "png", "pdf", "gif", "mp4", "film")
look = (
    click.option(
        "--preset",
        default="slides",
        metavar="handout|slides|poster|paper",
        show_default=True,
        help="What the figures are for.",
        shell_complete=completion.presets,
    ),
    click.option(
        "--theme", type=click.Choice(("light", "dark")), default="light", show_default=True, help="Colors."
    ),
    click.option("--dpi", type=click.FloatRange(min=20, max=2400), metavar="N", help="Pixels per inch."),
    options.switch("--transparent/--no-transparent", says="Let what is behind a figure show through."),
)


def size(_: click.Context, __: click.Parameter, value: str | None) -> tuple[float, float] | None:
    """Parse ``160x90mm``."""
    from reportgen.figures import parse_size

    return None if value is None else parse_size(value)


def looks(command: options.Command) -> options.Command:
    """Add preset, theme, resolution and transparency."""
    for add in reversed(look):
        command = add(command)
    return command


@click.command(
    epilog=options.example(
        "reportgen figures",
        "reportgen figures zigzag.paths --theme dark --format film",
        "reportgen figures --preset paper --size 85x60mm --format pdf --output ~/paper/figures",
    )
)
@click.argument("ids", nargs=-1, metavar="[ID]...", shell_complete=completion.explainable)
@looks
@click.option(
    "--format",
    "formats",
    type=options.comma_list(*FORMATS),
    default="svg,png",
    show_default=True,
    metavar=",".join(FORMATS),
    help="Formats to write; film is MP4 where ffmpeg is installed, else GIF, of figures that play.",
)
@click.option(
    "--lang",
    "languages",
    type=options.comma_list(),
    metavar="ko,en",
    help="Languages to write; by default all of lecture.toml.",
    shell_complete=completion.languages,
)
@click.option(
    "--size", callback=size, metavar="WxH", help="Exact size, 160x90mm or 13.33x7.5in; text keeps its size."
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where to write; by default figures/ in the lecture's output.",
)
@options.switch("--no-measure/--measure", "no_measure", says="Fail where measurements are missing.")
@click.option(
    "--manifest",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="List the written files in FILE, which changes only when one of them does.",
)
@click.option("--lecture", metavar="NAME", help="The lecture, where there are several.")
@options.jobs
@options.project
@options.as_json
@options.quiet
def figures(
    ids: tuple[str, ...],
    preset: str,
    theme: Literal["light", "dark"],
    dpi: float | None,
    transparent: bool,
    formats: tuple[str, ...],
    languages: tuple[str, ...] | None,
    size: tuple[float, float] | None,
    output: Path | None,
    no_measure: bool,
    manifest: Path | None,
    lecture: str | None,
    jobs: int | None,
    project_folder: Path | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Draw the figures for slides, posters or papers from the stored measurements.

    ID is a figure, an experiment or a claim; by default all figures that the lecture's text places. The
    files are <lang>/<preset>-<theme>/<id>.<ext>; index.html shows them, with lines to copy and their data.
    """
    from reportgen.figures import FigureOptions, export_figures
    from reportgen.options import BuildOptions

    wanted = FigureOptions(
        ids=ids,
        preset=preset,
        theme=theme,
        formats=formats,
        size=size,
        dpi=dpi,
        transparent=transparent,
        output=output,
        measure=not no_measure,
        manifest=manifest,
        project=BuildOptions(project=project_folder, lecture=lecture, languages=languages, jobs=jobs),
    )
    with console.only_json(as_json), progress(quiet=quiet) as events:
        result = export_figures(wanted, events)
    for failure in result.failures:
        failures.show(failures.describe(failure), failure, debug=False)
    if as_json:
        console.print_json(to_json(result))
    elif not quiet and not result.failures:
        for name in result.skipped:
            console.remark(f"{name} does not play: no film of it")
        n_figures = len({entry["id"] for entry in result.figures})
        drawn = f"{count(len(result.drawn), 'drawing')} made" if result.drawn else "everything was drawn"
        console.result(f"{result.folder}: {count(n_figures, 'figure')}, {count(len(result.files), 'file')}")
        console.result(
            f"{drawn}, {count(len(result.changed), 'file')} changed, in {console.duration(result.seconds)}"
        )
    return result.exit_code


def to_json(result: FigureResult) -> dict[str, Any]:
    """Return the object that ``figures --json`` prints."""
    errors = [failures.as_json(failures.describe(failure))["error"] for failure in result.failures]
    return {
        "schema": 1,
        "folder": result.folder.as_posix(),
        "figures": list(result.figures),
        "changed": list(result.changed),
        "drawn": list(result.drawn),
        "skipped": list(result.skipped),
        "warnings": list(result.warnings),
        "seconds": result.seconds,
        "exit_code": result.exit_code,
        **({"error": errors[0], "failures": errors} if errors else {}),
    }
