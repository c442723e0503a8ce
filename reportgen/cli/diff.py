"""``reportgen diff``."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from reportgen.cli import console, options
from reportgen.cli.progress import count

_file = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command(epilog=options.example("reportgen diff last-week/manifest.json output/dnn/manifest.json"))
@click.argument("old", metavar="OLD.json", type=_file)
@click.argument("new", metavar="NEW.json", type=_file)
@click.option(
    "--rtol",
    type=click.FloatRange(min=0),
    default=1e-3,
    show_default=True,
    metavar="X",
    help="Numbers that differ by this share at most are equal.",
)
@options.switch("--exit-code/--no-exit-code", says="Exit 1 if anything differs.")
@options.debug
@options.as_json
def diff(old: Path, new: Path, rtol: float, exit_code: bool, as_json: bool) -> int:
    """Say which verdicts, numbers and figures differ between two manifests, and because of what."""
    from reportgen.comparison import compare_manifests
    from reportgen.manifest import read_manifest

    differences = compare_manifests(read_manifest(old), read_manifest(new), rtol=rtol)
    code = 1 if exit_code and differences else 0
    if as_json:
        listed = [dataclasses.asdict(each) for each in differences]
        console.print_json({"schema": 1, "differences": listed, "exit_code": code})
        return code
    for each in differences:
        name = click.style(f"{each.kind} {each.name}", bold=True)
        console.result(f"{name}: {each.old or 'none'} → {each.new or 'none'}")
        for reason in each.reasons:
            console.result(f"  {reason}")
    console.result(f"{count(len(differences), 'difference')}" if differences else "nothing differs")
    return code
