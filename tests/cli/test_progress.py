"""Progress on a terminal, and the words for sizes and times."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from reportgen.cli import console

SCRIPT = """
import os
from reportgen.cli.progress import progress
with progress(quiet=False) as events:
    os.write(1, type(events).__name__.encode())
    events.started("measure", ("coin", "dice", "dice"), 9.0)
    events.done("measure", "coin", 1.0)
    events.failed("measure", "dice", "raised\\nTraceback")
    events.failed("measure", "dice", "raised\\nTraceback")
    events.warning("careful")
    events.finished("measure")
"""


@pytest.mark.parametrize(
    ("term", "no_color", "kind"), [("xterm", "", "Bars"), ("xterm", "1", "Bars"), ("dumb", "", "Lines")]
)
def test_a_terminal_gets_bars_and_others_lines(term: str, no_color: str, kind: str) -> None:
    pty = pytest.importorskip("pty")
    main, side = pty.openpty()
    environment = {**os.environ, "TERM": term, "NO_COLOR": no_color, "COLUMNS": "100"}
    answer = subprocess.run(
        [sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, stderr=side, env=environment, check=True
    )
    os.close(side)
    shown = os.read(main, 100_000).decode()
    os.close(main)
    assert answer.stdout.decode() == kind
    assert shown.replace("\x1b[31m", "").replace("\x1b[0m", "").count("measure: dice failed: raised\r\n") == 1
    assert "warning: careful" in shown
    assert ("3/3" in shown) == (kind == "Bars")
    assert "\x1b[31m" not in shown or not no_color


@pytest.mark.parametrize(
    ("n_bytes", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (1_449_000, "1.4 MB"),
        (12_345_678, "12 MB"),
        (10**13, "10 TB"),
    ],
)
def test_sizes_are_written_for_people(n_bytes: int, text: str) -> None:
    assert console.size(n_bytes) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.314, "0.31 s"),
        (3.21, "3.2 s"),
        (42.4, "42 s"),
        (59.7, "1 min 00 s"),
        (185, "3 min 05 s"),
        (3720, "1 h 02 min"),
    ],
)
def test_times_are_written_for_people(seconds: float, text: str) -> None:
    assert console.duration(seconds) == text
