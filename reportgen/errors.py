"""The errors that a user can cause and mend, each with its documented exit code."""

from __future__ import annotations

from pathlib import Path


class ReportgenError(Exception):
    """Something the user can mend: where it is, what is wrong, what to do.

    Parameters
    ----------
    what
        What is wrong, one sentence without a final full stop.
    where
        The file (with a line, if known), claim, experiment or option concerned.
    line
        The line in ``where`` if that is a file, from 1.
    hint
        What to do about it.
    """

    exit_code = 3

    def __init__(
        self, what: str, *, where: str | Path | None = None, line: int | None = None, hint: str | None = None
    ) -> None:
        self.what = what
        self.where = None if where is None else str(where)
        self.line = line
        self.hint = hint
        super().__init__(str(self))

    def __reduce__(self) -> tuple[object, ...]:  # errors come back from workers with their parts
        return _rebuild, (type(self), self.what, self.where, self.line, self.hint)

    def __str__(self) -> str:
        place = self.where or ""
        if place and self.line is not None:
            place = f"{place}:{self.line}"
        text = f"{place}: {self.what}" if place else self.what
        return f"{text}\n  {self.hint}" if self.hint else text


def _rebuild(
    kind: type[ReportgenError], what: str, where: str | None, line: int | None, hint: str | None
) -> ReportgenError:
    return kind(what, where=where, line=line, hint=hint)


class ProjectError(ReportgenError):
    """The project, its configuration, a template or a text is wrong."""


class ExperimentError(ReportgenError):
    """An experiment raised, or returned what cannot be used."""

    exit_code = 1


class VerdictError(ReportgenError):
    """A verdict differs from the recorded one."""

    exit_code = 1


class UsageError(ReportgenError):
    """The command line asks for something that does not exist or does not fit together."""

    exit_code = 2


class NothingMatchedError(ReportgenError):
    """A selection such as ``--only`` matched nothing."""

    exit_code = 4


class EnvironmentProblem(ReportgenError):
    """The machine lacks something: a system library, a writable folder, a free lock."""

    exit_code = 5
