"""What an error becomes: one message that says where, what and what to do, and its exit code."""

from __future__ import annotations

import errno
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from reportgen.cli import console
from reportgen.errors import ReportgenError, UsageError

BUG = 70  # EX_SOFTWARE of sysexits.h
INTERRUPTED = 130  # 128 + SIGINT, as shells have it
PIPE_CLOSED = 141  # 128 + SIGPIPE: what the command would have answered is not known

_MACHINE_ERRNOS = {
    errno.EACCES: "check the permissions, or choose another folder",
    errno.EPERM: "check the permissions, or choose another folder",
    errno.EROFS: "the file system is read-only; choose another folder",
    errno.ENOSPC: "the disk is full; `reportgen clean` frees the stored results",
    errno.EDQUOT: "the quota is used up; `reportgen clean` frees the stored results",
    errno.EMFILE: "too many open files; use fewer processes: -j 1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An error as its message and exit code; ``kind`` is its name in the JSON."""

    exit_code: int
    kind: str
    where: str
    what: str
    line: int | None = None
    hint: str | None = None


def usage(what: str, *, where: str, hint: str | None = None) -> UsageError:
    """Return the error for a command line that makes no sense."""
    return UsageError(what, where=where, hint=hint)


def has_flag(arguments: Sequence[str], flag: str) -> bool:
    """Tell whether a switch is on; asked of the raw arguments because parsing may be what failed."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    given = [word for word in options if word in (flag, flag.replace("--", "--no-", 1))]
    return bool(given) and given[-1] == flag


def describe(error: BaseException) -> Failure:
    """Return the message and the exit code of any error."""
    match error:
        case ReportgenError():
            return Failure(
                exit_code=error.exit_code,
                kind=type(error).__name__,
                where=_from_here(error.where or "reportgen"),
                what=error.what,
                line=error.line,
                hint=error.hint,
            )
        case click.UsageError():
            return _describe_usage(error)
        case click.Abort() | KeyboardInterrupt():
            return Failure(
                exit_code=INTERRUPTED,
                kind="Interrupted",
                where="reportgen",
                what="interrupted; what was measured is kept, and the last good output is intact",
            )
        case OSError(errno=number) if number in _MACHINE_ERRNOS:
            return Failure(
                exit_code=5,
                kind="EnvironmentProblem",
                where=_from_here(str(error.filename or "reportgen")),
                what=error.strerror or str(error),
                hint=_MACHINE_ERRNOS[number],
            )
        case MemoryError():
            return Failure(
                exit_code=5,
                kind="EnvironmentProblem",
                where="reportgen",
                what="the memory does not suffice",
                hint="use fewer processes: -j 1",
            )
    return Failure(
        exit_code=BUG,
        kind="Bug",
        where=_place(error),
        what=f"{type(error).__name__}: {error}" if str(error) else type(error).__name__,
        hint="this is a bug in reportgen; please report it with what the same command prints with --debug",
    )


def as_json(failure: Failure) -> dict[str, Any]:
    """Return the object that ``--json`` prints in place of a result."""
    error = {
        "kind": failure.kind,
        "where": failure.where,
        "line": failure.line,
        "what": failure.what,
        "hint": failure.hint,
    }
    return {"schema": 1, "error": error, "exit_code": failure.exit_code}


def show(failure: Failure, error: BaseException, *, debug: bool) -> None:
    """Print the failure on stderr, with the traceback if asked for."""
    if debug and not isinstance(error, (click.ClickException, click.Abort, KeyboardInterrupt)):
        console.remark("".join(traceback.format_exception(error)).rstrip())
    where = failure.where if failure.line is None else f"{failure.where}:{failure.line}"
    # experiments and authors' tracebacks may give a `what` of several lines: keep it as it is
    console.remark(f"{click.style(where, fg='red', bold=True)}: {failure.what}")
    if failure.hint:
        console.remark("\n".join(f"  {line}" for line in failure.hint.splitlines()))


def _describe_usage(error: click.UsageError) -> Failure:
    """Word click's own complaints like ours."""
    command = error.ctx.command_path if error.ctx else "reportgen"
    where, hint = command, f"`{command} --help` shows how"
    match error:
        case click.NoSuchOption():
            what = f"no option {error.option_name}"
            if error.possibilities:
                hint = f"did you mean {' or '.join(sorted(error.possibilities))}?"
        case click.MissingParameter(param=click.Parameter() as param):
            what = f"{param.make_metavar(error.ctx) if error.ctx else param.name} is missing"
        case click.BadParameter(param=click.Parameter() as param, message=message):
            where, what = f"{command} {'/'.join(param.opts)}", message.rstrip(".")
        case _:
            what = error.format_message().rstrip(".")
    return Failure(exit_code=2, kind="UsageError", where=where, what=what, hint=hint)


def _from_here(where: str) -> str:
    """Write a file below the working folder as seen from it."""
    path, here = Path(where), Path.cwd()
    return path.relative_to(here).as_posix() if path.is_absolute() and path.is_relative_to(here) else where


def _place(error: BaseException) -> str:
    """Return file and line of the innermost of our own frames, else of the innermost, without the folders."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "/reportgen/" in Path(frame.filename).as_posix()]
    if not frames:
        return "reportgen"
    frame = (ours or frames)[-1]
    return f"{'/'.join(Path(frame.filename).parts[-2:])}:{frame.lineno}"
