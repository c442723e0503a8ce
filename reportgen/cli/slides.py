"""``reportgen slides``: update, check, list, mark, new."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from reportgen.cli import completion, console, failures, figures, options
from reportgen.cli.progress import count, progress

if TYPE_CHECKING:
    from reportgen.slides import Finding, Shape, SlideOptions, SlideResult

deck = click.argument("deck", type=click.Path(path_type=Path, dir_okay=False), metavar="DECK.pptx")
language = click.option(
    "--lang",
    "language",
    metavar="LANG",
    help="The figures' language; by default the first of lecture.toml.",
    shell_complete=completion.languages,
)
lecture = click.option("--lecture", metavar="NAME", help="The lecture, where there are several.")
no_measure = options.switch("--no-measure/--measure", says="Fail where measurements are missing.")


@click.group(
    "slides",
    epilog=options.example(
        "reportgen slides mark talk.pptx '3:Picture 4' zigzag.paths", "reportgen slides update talk.pptx"
    ),
)
@options.debug
def slides() -> None:
    """Keep the figures of a PowerPoint deck up to date, or make a deck from the lecture.

    A picture is marked by its name, fig:<id> (in PowerPoint: Selection Pane), or by reportgen:<id> in its
    alternative text.
    """


@slides.command(epilog=options.example("reportgen slides update talk.pptx --lang en --theme dark"))
@deck
@language
@figures.looks
@no_measure
@lecture
@options.jobs
@options.project
@options.as_json
@options.quiet
def update(deck: Path, as_json: bool, quiet: bool, **given: Any) -> int:
    """Draw the stale figures of DECK anew, each in its frame; nothing else changes.

    Before the first change the deck is copied to DECK.before-reportgen.pptx.
    """
    from reportgen.slides import update_deck

    with console.only_json(as_json), progress(quiet=quiet) as events:
        result = update_deck(deck, _options(**given), events)
    _show_failures(result)
    if as_json:
        console.print_json(to_json(result, result.exit_code))
    elif not quiet:
        _print_findings(result.findings, updated=result.written)
        n_stale = sum(finding.state == "stale" for finding in result.findings)
        if result.written:
            kept = f"; as it was: {result.backup.name}" if result.backup is not None else ""
            console.result(f"{result.path.name}: {count(n_stale, 'picture')} updated{kept}")
        elif not result.failures:
            console.result(f"{result.path.name}: everything was up to date")
    return result.exit_code


@slides.command(epilog=options.example("reportgen slides check talk.pptx"))
@deck
@language
@figures.looks
@lecture
@options.jobs
@options.project
@options.as_json
@options.quiet
def check(deck: Path, as_json: bool, quiet: bool, **given: Any) -> int:
    """Say which figures of DECK are stale; exit 1 if one is, or is unknown.

    Language, preset and theme are those of the update. Nothing is measured or changed.
    """
    from reportgen.slides import check_deck

    with console.only_json(as_json), progress(quiet=quiet) as events:
        result = check_deck(deck, _options(**given), events)
    _show_failures(result)
    code = int(any(finding.state != "current" for finding in result.findings))
    if as_json:
        console.print_json(to_json(result, code))
    elif not quiet:
        _print_findings(result.findings)
    return code


@slides.command("list", epilog=options.example("reportgen slides list talk.pptx"))
@deck
@options.debug
@options.as_json
def list_(deck: Path, as_json: bool) -> int:
    """List the pictures of DECK and the figures that they are marked as."""
    from reportgen.slides import read_deck

    shapes = read_deck(deck).shapes
    if as_json:
        console.print_json({"schema": 1, "pictures": [shape_to_json(shape) for shape in shapes]})
        return 0
    for shape in shapes:
        name = f"{shape.slide}:{shape.name}"
        size = "{:.0f} × {:.0f} mm".format(*shape.size) if shape.index >= 0 else "no picture"
        console.result(f"{name:30}  {size:>14}  {shape.figure or '–'}")
    return 0


@slides.command(
    epilog=options.example("reportgen slides mark talk.pptx 'Picture 4' zigzag.paths")
    + "\n\n\b\n  reportgen slides mark talk.pptx 3:5 coin.share"
)
@deck
@click.argument("shape", metavar="SHAPE")
@click.argument("id_", metavar="ID", shell_complete=completion.explainable)
@lecture
@options.project
def mark(deck: Path, shape: str, id_: str, lecture: str | None, project_folder: Path | None) -> int:
    """Mark a picture of DECK as the figure ID: its name becomes fig:ID.

    SHAPE is its name or number as `reportgen slides list` shows it, with the slide before a colon.
    """
    from reportgen.options import BuildOptions
    from reportgen.slides import mark_picture

    found = mark_picture(deck, shape, id_, BuildOptions(project=project_folder, lecture=lecture))
    console.result(f"slide {found.slide}: {found.name} is now fig:{id_}")
    return 0


@slides.command(epilog=options.example("reportgen slides new talk.pptx --template department.pptx --lang en"))
@deck
@click.option(
    "--template",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Your own deck: its layouts, colors and fonts are taken, its slides left out.",
)
@options.switch("--overwrite/--no-overwrite", says="Replace DECK if it exists.")
@language
@figures.looks
@no_measure
@lecture
@options.jobs
@options.project
@options.quiet
def new(deck: Path, template: Path | None, overwrite: bool, quiet: bool, **given: Any) -> int:
    """Make a deck: a title, and for every claim its sentence, figure, verdict and speaker notes."""
    from reportgen.slides import new_deck

    with progress(quiet=quiet) as events:
        result = new_deck(deck, _options(**given), template=template, overwrite=overwrite, events=events)
    _show_failures(result)
    if result.written and not quiet:
        console.result(f"{result.path.name}  {console.size(result.path.stat().st_size)}")
    return result.exit_code


def _options(
    *,
    language: str | None,
    preset: str,
    theme: Literal["light", "dark"],
    dpi: float | None,
    transparent: bool,
    lecture: str | None,
    jobs: int | None,
    project_folder: Path | None,
    no_measure: bool = False,
) -> SlideOptions:
    from reportgen.options import BuildOptions
    from reportgen.slides import SlideOptions

    languages = None if language is None else (language,)
    return SlideOptions(
        preset=preset,
        theme=theme,
        dpi=dpi,
        transparent=transparent,
        measure=not no_measure,
        project=BuildOptions(project=project_folder, lecture=lecture, languages=languages, jobs=jobs),
    )


def _show_failures(result: SlideResult) -> None:
    for failure in result.failures:
        failures.show(failures.describe(failure), failure, debug=False)


def _print_findings(findings: tuple[Finding, ...], *, updated: bool = False) -> None:
    for finding in findings:
        state = "updated" if updated and finding.state == "stale" else finding.state
        why = f": {finding.why}" if finding.why and state != "updated" else ""
        console.result(f"  slide {finding.shape.slide:<3} {finding.figure:30} {state}{why}")


def to_json(result: SlideResult, exit_code: int) -> dict[str, Any]:
    """Return the object that ``slides update --json`` and ``slides check --json`` print."""
    errors = [failures.as_json(failures.describe(failure))["error"] for failure in result.failures]
    return {
        "schema": 1,
        "deck": result.path.as_posix(),
        "written": result.written,
        "backup": None if result.backup is None else result.backup.as_posix(),
        "figures": [
            {**shape_to_json(finding.shape), "state": finding.state, "why": finding.why}
            for finding in result.findings
        ],
        "warnings": list(result.warnings),
        "exit_code": exit_code,
        **({"error": errors[0], "failures": errors} if errors else {}),
    }


def shape_to_json(shape: Shape) -> dict[str, Any]:
    """Return a picture of a deck as JSON has it."""
    return {
        "slide": shape.slide,
        "number": shape.number,
        "name": shape.name,
        "alt": shape.alt,
        "picture": shape.index >= 0,
        "size_mm": [round(side, 2) for side in shape.size],
        "figure": shape.figure,
    }
