"""The command itself: help without slow imports, and what errors become."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from reportgen.cli.application import COMMANDS, application
from reportgen.errors import (
    EnvironmentProblem,
    ExperimentError,
    NothingMatchedError,
    ProjectError,
    UsageError,
)

SLOW = ("numpy", "rich", "matplotlib", "weasyprint", "scipy", "xarray", "jinja2", "reportgen.project")


def test_help_imports_nothing_slow() -> None:
    code = f"""
import sys
sys.argv = ["reportgen", "--help"]
from reportgen.cli import main
try:
    main()
except SystemExit as end:
    assert end.code == 0
loaded = [name for name in {SLOW!r} if name in sys.modules]
print("loaded:", loaded, file=sys.stderr)
"""
    start = time.monotonic()
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stderr == "loaded: []\n"
    assert time.monotonic() - start < 2  # 0.1 s alone; the other core may be busy


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_of_the_table_exists_and_has_help(name: str) -> None:
    command = application.get_command(click.Context(application), name)
    assert command is not None
    assert command.help
    assert COMMANDS[name][2].endswith(".")


@pytest.mark.parametrize("words", [*[[name] for name in COMMANDS], ["new", "experiment"]])
def test_every_help_ends_with_an_example(words: list[str]) -> None:
    answer = CliRunner().invoke(application, [*words, "--help"])
    assert answer.exit_code == 0
    tail = answer.output.rstrip().rpartition("Example")[2].splitlines()[1:]
    assert tail
    assert all("reportgen" in line for line in tail)


def test_help_documents_the_exit_codes() -> None:
    output = CliRunner().invoke(application, ["--help"]).output
    documented = [
        line.split()[0] for line in output.splitlines() if line.split() and line.split()[0].isdigit()
    ]
    assert documented == ["0", "1", "2", "3", "4", "5", "70", "130"]


def test_no_arguments_show_the_help() -> None:
    answer = CliRunner().invoke(application, [])
    assert answer.exit_code == 0
    assert "Commands:" in answer.stdout


@pytest.mark.parametrize(
    ("arguments", "where", "what", "hint"),
    [
        (["bild"], "reportgen", "no command 'bild'", "did you mean build?"),
        (["qqqq"], "reportgen", "no command 'qqqq'", "there are: build, watch"),
        (["build", "--formt", "x"], "reportgen build", "no option --formt", "did you mean --format?"),
        (["build", "--seed", "-1"], "reportgen build --seed", "-1 is not in the range", "--help"),
        (["build", "-j", "0"], "reportgen build --jobs/-j", "0 is not in the range", "--help"),
        (["build", "-p", "x"], "reportgen build --param/-p", "'x' is not EXPERIMENT.NAME=VALUE", "--help"),
        (
            ["build", "--format", "pfd"],
            "reportgen build --format",
            "'pfd' is not possible; did you mean pdf?",
            "",
        ),
        (["build", "--lang", ","], "reportgen build --lang", "expected words separated by commas", ""),
        (["build", "a", "b"], "reportgen build", "Got unexpected extra argument (b)", "--help"),
        (["run"], "reportgen run", "EXPERIMENT is missing", "`reportgen run --help`"),
        (["new", "experiment"], "reportgen new experiment", "NAME is missing", ""),
    ],
)
def test_usage_errors_say_where_what_and_how(arguments: list[str], where: str, what: str, hint: str) -> None:
    answer = CliRunner().invoke(application, arguments)
    assert answer.exit_code == 2
    first, second = answer.stderr.splitlines()
    assert first.startswith(f"{where}: {what}")
    assert second.startswith("  ")
    assert hint in second
    assert answer.stdout == ""


class Engine:
    """Stands for build.build: raises what the test wants."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __call__(self, *_: object) -> None:
        raise self.error


@pytest.mark.parametrize(
    ("error", "code", "stderr"),
    [
        (
            ProjectError("unknown key 'titel'", where="lecture.toml", line=3, hint="did you mean title?"),
            3,
            "lecture.toml:3: unknown key 'titel'\n  did you mean title?\n",
        ),
        (ExperimentError("raised\n  line 7: 1/0", where="signal"), 1, "signal: raised\n  line 7: 1/0\n"),
        (UsageError("no lecture 'x'", where="LECTURE"), 2, "LECTURE: no lecture 'x'\n"),
        (NothingMatchedError("'Z99' matches nothing", where="--only"), 4, "--only: 'Z99' matches nothing\n"),
        (EnvironmentProblem("no Pango"), 5, "reportgen: no Pango\n"),
        (
            OSError(errno.ENOSPC, "No space left on device", "x"),
            5,
            "x: No space left on device\n  the disk is full; `reportgen clean` frees the stored results\n",
        ),
        (MemoryError(), 5, "reportgen: the memory does not suffice\n  use fewer processes: -j 1\n"),
    ],
)
def test_errors_become_one_message_and_their_exit_code(
    error: Exception, code: int, stderr: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reportgen.build.build", Engine(error))
    answer = CliRunner().invoke(application, ["build"])
    assert (answer.exit_code, answer.stderr, answer.stdout) == (code, stderr, "")

    answer = CliRunner().invoke(application, ["build", "--json"])
    assert (answer.exit_code, answer.stderr) == (code, stderr)
    found = json.loads(answer.stdout)
    assert found["exit_code"] == code
    assert found["error"]["what"] in stderr

    answer = CliRunner().invoke(application, ["build", "--debug"])
    assert answer.exit_code == code
    assert "Traceback" in answer.stderr


def test_a_bug_is_called_one_and_shows_its_traceback_on_request_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reportgen.build.build", Engine(KeyError("x")))
    answer = CliRunner().invoke(application, ["build"])
    assert answer.exit_code == 70
    assert "KeyError: 'x'" in answer.stderr
    assert answer.stderr.startswith("cli/build.py:")
    assert "bug in reportgen" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert "Traceback" in CliRunner().invoke(application, ["--debug", "build"]).stderr


def test_an_interrupt_ends_with_130_and_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reportgen.build.build", Engine(KeyboardInterrupt()))
    answer = CliRunner().invoke(application, ["build", "--json"])
    assert answer.exit_code == 130
    assert answer.stderr.strip().startswith("reportgen: interrupted")
    assert json.loads(answer.stdout)["error"]["kind"] == "Interrupted"


@pytest.mark.parametrize(("no_color", "colored"), [("", True), ("1", False)])
def test_no_color_is_honored_on_a_terminal(no_color: str, colored: bool, tmp_path: Path) -> None:
    pty = pytest.importorskip("pty")
    main, side = pty.openpty()
    environment = {**os.environ, "NO_COLOR": no_color, "TERM": "xterm"}
    arguments = [sys.executable, "-m", "reportgen", "bild"]
    subprocess.run(arguments, stderr=side, cwd=tmp_path, env=environment, check=False)
    os.close(side)
    shown = os.read(main, 10_000).decode()
    os.close(main)
    assert ("\x1b[" in shown) == colored
    assert "no command 'bild'" in shown


def test_a_closed_pipe_ends_quietly() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "reportgen", "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 141
