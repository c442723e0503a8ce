"""What goes where: results on stdout, remarks on stderr, colour only where it is wanted."""

from __future__ import annotations

import contextlib
import io
import json
import math
import os
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console

# sign and colour of each verdict; the sign and the word carry it all, so that grey loses nothing
VERDICTS = {
    "confirmed": ("✓", "green"),
    "refuted": ("✗", "red"),
    "partly": ("◐", "yellow"),
    "inconclusive": ("?", "magenta"),
    "equivalent": ("≈", "blue"),
    "definition": ("§", "cyan"),
    "erratum": ("✎", "yellow"),
}
NOT_MEASURED = ("·", "white")


def color() -> bool | None:
    """Return click's ``color``: False under NO_COLOR, else None, which is "on a terminal"."""
    return False if os.environ.get("NO_COLOR") else None


def prepare_streams() -> None:
    """Write UTF-8 whatever the locale says; a sign that the terminal lacks must not end a build."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")


def result(text: str = "") -> None:
    """Print a line of the result on stdout."""
    click.echo(text, color=color())


def remark(text: str) -> None:
    """Print a remark on stderr."""
    click.echo(text, err=True, color=color())


def print_json(value: Mapping[str, Any]) -> None:
    """Print the one object of ``--json`` on stdout; NaN and ∞ must have become null before."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False))


@contextlib.contextmanager
def only_json(wanted: bool) -> Iterator[None]:
    """Keep stdout clean for the object: what anybody prints inside goes to stderr.

    An author's ``print`` in an experiment runs in a worker that inherits file descriptor 1, so it is turned
    around as well as ``sys.stdout``.
    """
    if not wanted:
        yield
        return
    saved: int | None = None
    with contextlib.suppress(OSError, ValueError):  # no such descriptor, as under a test runner
        if sys.stdout.fileno() == 1:
            sys.stdout.flush()
            saved = os.dup(1)
            os.dup2(2, 1)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        if saved is not None:
            os.dup2(saved, 1)
            os.close(saved)


def tables() -> Console:
    """Return a rich console on stdout for tables; as wide as needed where nobody looks at a terminal."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else 120, highlight=False, emoji=False, soft_wrap=False)


def verdict_mark(verdict: str | None) -> str:
    """Return sign and word, coloured: ``✓ confirmed``."""
    sign, tint = NOT_MEASURED if verdict is None else VERDICTS[verdict]
    return click.style(f"{sign} {verdict or 'not measured'}", fg=tint)


def size(n_bytes: int) -> str:
    """Return a file size for people: ``1.4 MB``."""
    if n_bytes < 1000:
        return f"{n_bytes} B"
    units = ("kB", "MB", "GB", "TB")
    power = min(len(units), int(math.log10(n_bytes) // 3))
    value = n_bytes / 1000**power
    return f"{value:.0f} {units[power - 1]}" if value >= 9.95 else f"{value:.1f} {units[power - 1]}"


def duration(seconds: float) -> str:
    """Return a time for people: ``0.31 s``, ``42 s``, ``3 min 05 s``, ``1 h 02 min``."""
    if seconds < 9.95:
        return f"{seconds:.2f} s" if seconds < 1 else f"{seconds:.1f} s"
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def flush() -> None:
    """Write out what is buffered, so that a closed pipe shows up where it is handled."""
    sys.stdout.flush()


def close_broken_pipe() -> None:
    """Point stdout at nothing: the interpreter's last flush must not complain again."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
