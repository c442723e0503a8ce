"""Options that several commands share, and the parameter types that they need."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from reportgen.cli import completion

Command = TypeVar("Command", bound=Callable[..., Any])


def comma_list(*choices: str) -> Callable[[str], tuple[str, ...]]:
    """Return the parser of ``ko,en``: several words in one argument, each once, in the given order."""

    def parse(value: str) -> tuple[str, ...]:
        words = tuple(dict.fromkeys(word.strip() for word in value.split(",") if word.strip()))
        if not words:
            raise click.BadParameter("expected words separated by commas")
        for word in words:
            if choices and word not in choices:
                near = difflib.get_close_matches(word, choices, n=1)
                hint = f"did you mean {near[0]}?" if near else f"possible are: {', '.join(choices)}"
                raise click.BadParameter(f"{word!r} is not possible; {hint}")
        return words

    return parse


def setting(value: str) -> tuple[str, str, str]:
    """Parse ``EXPERIMENT.NAME=VALUE``; the value stays a string until the default tells its type."""
    match = re.fullmatch(r"(\w+)\.(\w+)=(.+)", value, re.DOTALL)
    if match is None:
        raise click.BadParameter(f"{value!r} is not EXPERIMENT.NAME=VALUE, like training.n_steps=200")
    experiment, name, text = match.groups()
    return experiment, name, text


def shard(value: str) -> tuple[int, int]:
    """Parse ``2/4``: the second of four."""
    match = re.fullmatch(r"(\d+)/(\d+)", value)
    part, of = map(int, match.groups()) if match else (0, 0)
    if not 1 <= part <= of:
        raise click.BadParameter(f"{value!r} is not PART/OF, like 1/4")
    return part, of


def switch(
    *names: str, says: str, hidden: bool = False, expose_value: bool = True
) -> Callable[[Command], Command]:
    """Return a boolean option; both spellings and the default are explicit, since click's defaults moved."""
    return click.option(
        *names, default=False, show_default=False, help=says, hidden=hidden, expose_value=expose_value
    )


def example(*lines: str) -> str:
    """Return the epilog that ends every command's help."""
    return "\n  ".join(("\b\nExample:" if len(lines) == 1 else "\b\nExamples:", *lines))


debug = switch("--debug/--no-debug", says="Show tracebacks of errors.", hidden=True, expose_value=False)
_project = click.option(
    "--project",
    "project_folder",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The project's folder; by default the nearest one upwards with experiments/ and templates/, "
    "else the built-in lecture.",
)
_selection = (
    click.option(
        "--lang",
        "languages",
        type=comma_list(),
        metavar="ko,en",
        help="Languages to write; by default all of lecture.toml.",
        shell_complete=completion.languages,
    ),
    click.option(
        "--format",
        "formats",
        type=comma_list("html", "pdf"),
        metavar="html,pdf",
        help="Formats to write; by default both.",
    ),
    click.option(
        "--only",
        multiple=True,
        metavar="CLAIM|EXPERIMENT|CHAPTER",
        help="Measure and judge only this, as a draft; may be repeated.",
        shell_complete=completion.selectable,
    ),
)
lecture = click.argument("lecture", required=False, metavar="[LECTURE]", shell_complete=completion.lectures)
seed = click.option("--seed", type=click.IntRange(min=0), metavar="N", help="Another root seed, as a draft.")
settings = click.option(
    "--param",
    "-p",
    "settings",
    type=setting,
    multiple=True,
    metavar="EXPERIMENT.NAME=VALUE",
    help="Change a setting of an experiment, as a draft; may be repeated.",
    shell_complete=completion.experiments,
)
data = click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    metavar="DIR",
    help="Train on MNIST's or Fashion-MNIST's idx files in DIR in place of the digits, as a draft.",
)
jobs = click.option(
    "--jobs",
    "-j",
    type=click.IntRange(min=1),
    metavar="N",
    help="Processes that measure, draw and typeset; by default one per core.",
)
as_json = switch("--json/--no-json", "as_json", says="Print one JSON object and nothing else on stdout.")
junit = click.option(
    "--junit",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the claims as a JUnit file as well; a claim fails if its verdict is not the recorded one.",
)
quiet = switch("--quiet/--no-quiet", "-q", says="Show no progress.")


_executor = (
    click.option(
        "--executor",
        type=click.Choice(("local", "dask")),
        default="local",
        show_default=True,
        callback=lambda _context, _option, value: None if value == "local" else value,
        help="Who measures: processes here, or workers of dask.distributed.",
    ),
    click.option(
        "--scheduler",
        metavar="ADDRESS",
        help="With --executor dask: an existing cluster, such as tcp://127.0.0.1:8786; "
        "by default one is started here.",
    ),
)


def executor(command: Command) -> Command:
    """Add ``--executor`` and ``--scheduler``."""
    for add in reversed(_executor):
        command = add(command)
    return command


def project(command: Command) -> Command:
    """Add ``--project DIR``, and ``--debug``, which is read from the raw arguments where errors end."""
    return _project(debug(command))


def selection(command: Command) -> Command:
    """Add languages, formats and ``--only``."""
    for add in reversed(_selection):
        command = add(command)
    return command
