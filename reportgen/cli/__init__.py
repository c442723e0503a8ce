"""The command line: parses, calls one function of the engine, prints, sets the exit code."""

from __future__ import annotations

from typing import NoReturn


def main() -> NoReturn:
    """Run ``reportgen`` with the arguments of this process."""
    from reportgen.cli.application import application

    application.main(prog_name="reportgen")
    raise AssertionError("unreachable: Application.main exits")
