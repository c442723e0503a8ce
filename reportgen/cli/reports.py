"""What a CI service is told after a build or a check: annotations, the job summary, a JUnit file."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from reportgen.cli import console
from reportgen.cli.failures import Failure, as_json, describe

if TYPE_CHECKING:
    from reportgen.options import BuildResult, CheckResult
    from reportgen.verdicts import Change


def on_github() -> bool:
    """Tell whether GitHub reads the log."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def are_wanted() -> bool:
    """Tell whether a service asks for reports by its variables."""
    return on_github() or any(map(os.environ.get, ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")))


def report(
    result: BuildResult,
    root: Path,
    *,
    changes: Sequence[Change] = (),
    level: Literal["warning", "error"] = "warning",
    junit: Path | None = None,
) -> None:
    """Write whatever is asked for, by option or by the service's variables.

    Parameters
    ----------
    root
        The project's folder.
    level
        What a changed verdict is: a warning in a build, an error in a check.
    """
    if on_github():
        from reportgen.ci.annotations import annotate

        for line in annotate(root, result.claims, failures=result.failures, changes=changes, level=level):
            console.remark(line)
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        from reportgen.ci.places import places_of_claims
        from reportgen.ci.summary import make_summary

        places = places_of_claims(root, result.claims)
        text = make_summary(result, changes=changes, places=places, environment=os.environ)
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(text)
    outputs = os.environ.get("GITHUB_OUTPUT")
    if outputs and result.published:
        from reportgen.ci.outputs import make_outputs

        with Path(outputs).open("a", encoding="utf-8") as file:
            file.write(make_outputs(result))
    if junit is not None:
        from reportgen.ci.junit import make_junit

        junit.parent.mkdir(parents=True, exist_ok=True)
        junit.write_bytes(
            make_junit(
                result.lecture,
                result.claims,
                failures=result.failures,
                changes=changes,
                seconds=result.timings.get("experiments"),
            )
        )


def changes_as_json(checked: CheckResult, exit_code: int) -> dict[str, Any]:
    """Return the object that ``check --json`` and ``accept --json`` print."""
    result = checked.judged
    errors = [as_json(describe(failure))["error"] for failure in result.failures]
    return {
        "schema": 1,
        "lecture": result.lecture,
        "verdicts": result.verdicts,
        "changes": [dataclasses.asdict(change) for change in checked.changes],
        "exit_code": exit_code,
        **({"error": errors[0], "failures": errors} if errors else {}),
    }


def annotate_failure(failure: Failure) -> None:
    """Tell GitHub of the error that ended the command, beside the file that it names."""
    from reportgen.ci.annotations import command
    from reportgen.ci.places import Place, from_repository

    path = Path(failure.where.split(": ", 1)[0])
    place = Place(from_repository(path), failure.line or 1) if path.is_file() else None
    message = failure.what if place else f"{failure.where}: {failure.what}"
    console.remark(command("error", f"{message}\n{failure.hint or ''}".rstrip(), place, title="reportgen"))
