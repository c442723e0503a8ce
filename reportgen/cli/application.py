"""The ``reportgen`` command itself: its commands, loaded on use, and the one place where errors end."""
# ruff: noqa: ARG002 (click calls with its own signatures)

from __future__ import annotations

import difflib
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from reportgen import __version__
from reportgen.cli import console, failures, options

# name → (module, attribute, short help); the help stands here so that `--help` loads no command
COMMANDS = {
    "build": ("reportgen.cli.build", "build", "Run the experiments, judge the claims, typeset the handout."),
    "watch": ("reportgen.cli.watch", "watch", "Rebuild on save and reload the page in the browser."),
    "list": ("reportgen.cli.listing", "list_", "List experiments, claims with their verdicts, and figures."),
    "run": ("reportgen.cli.run", "run", "Measure and judge one experiment and print a table."),
    "figures": ("reportgen.cli.figures", "figures", "Draw the figures for slides, posters or papers."),
    "slides": ("reportgen.cli.slides", "slides", "Update the figures in a PowerPoint deck, or make a deck."),
    "check": ("reportgen.cli.check", "check", "Compare the verdicts with the recorded ones."),
    "accept": ("reportgen.cli.accept", "accept", "Record the verdicts of today."),
    "diff": ("reportgen.cli.diff", "diff", "Say what changed between two builds, and because of what."),
    "verify": ("reportgen.cli.verify", "verify", "Compare published files with their manifest."),
    "site": ("reportgen.cli.site", "site", "Make the static folder for a web server or GitHub Pages."),
    "merge": ("reportgen.cli.merge", "merge", "Unite the stores of a build on several machines."),
    "explain": ("reportgen.cli.explain", "explain", "Say why something would be rebuilt."),
    "init": ("reportgen.cli.init", "init", "Start a project of your own from the built-in lecture."),
    "new": ("reportgen.cli.new", "new", "Add a new experiment to the project."),
    "doctor": ("reportgen.cli.doctor", "doctor", "Check that this machine has all that is needed."),
    "clean": ("reportgen.cli.clean", "clean", "Delete stored results."),
}

EPILOG = """\b
Exit codes:
    0  done
    1  an experiment broke, a verdict is not the recorded one, or a file not what its manifest says
    2  usage: the command line is wrong
    3  the project, its configuration, a template or a text is wrong
    4  nothing matched the selection
    5  environment: the machine lacks something
   70  a bug in reportgen
  130  interrupted by Ctrl-C

\b
Completion of commands and ids, for bash (or zsh, fish):
  eval "$(_REPORTGEN_COMPLETE=bash_source reportgen)"

\b
Example:
  reportgen build --lang ko --format pdf
"""


class Application(click.Group):
    """Imports a command's module on use, and turns every error into a message and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in COMMANDS and not args[0].startswith("-") and not ctx.resilient_parsing:
            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(COMMANDS)}"
            raise failures.usage(f"no command {args[0]!r}", where="reportgen", hint=hint)
        return super().resolve_command(ctx, args)

    def format_commands(
        self,
        ctx: click.Context,
        formatter: click.HelpFormatter,
    ) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, short_help) for name, (_, _, short_help) in COMMANDS.items()])

    def main(self, args: Sequence[str] | None = None, *_: Any, **extra: Any) -> NoReturn:
        """Run and exit. Errors are caught here and nowhere else."""
        arguments = list(sys.argv[1:] if args is None else args)
        console.prepare_streams()
        stdout = sys.stdout
        extra["standalone_mode"] = False
        extra.setdefault("color", console.color())
        try:
            code = super().main(arguments, **extra)
            console.flush()
        except click.exceptions.NoArgsIsHelpError as help_:
            console.result(help_.format_message())
            code = 0  # asking for nothing is no mistake
        except SystemExit:
            if sys.stdout is stdout:  # completion has done its work
                raise
            code = failures.PIPE_CLOSED  # click has wrapped stdout for `reportgen list | head`
        except BrokenPipeError:
            console.close_broken_pipe()
            code = failures.PIPE_CLOSED
        except (Exception, KeyboardInterrupt) as error:
            failure = failures.describe(error)
            if failures.has_flag(arguments, "--json"):
                console.print_json(failures.as_json(failure))
            failures.show(failure, error, debug=failures.has_flag(arguments, "--debug"))
            if os.environ.get("GITHUB_ACTIONS") == "true":
                from reportgen.cli.reports import annotate_failure

                annotate_failure(failure)
            code = failure.exit_code
        sys.exit(code or 0)


@click.group(
    "reportgen",
    cls=Application,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=EPILOG,
)
@click.version_option(__version__, message="reportgen %(version)s")
@options.switch("--debug/--no-debug", expose_value=False, says="Show tracebacks of errors.")
def application() -> None:
    """Re-run an experiment for every claim of a lecture and typeset the handout.

    `reportgen build` in an empty folder builds the built-in lecture; `reportgen init DIR` starts your own.
    """
