"""GitHub's workflow commands: lines of the log that become remarks beside the source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from reportgen.ci.places import Place, place_of_failure, places_of_claims
from reportgen.errors import ReportgenError
from reportgen.verdicts import Change


def annotate(
    root: Path,
    claims: Mapping[str, Any],
    *,
    failures: Sequence[ReportgenError] = (),
    changes: Sequence[Change] = (),
    level: Literal["warning", "error"] = "warning",
) -> Iterator[str]:
    """Yield an error for each broken experiment and a remark of this level for each changed verdict."""
    for failure in failures:
        place = place_of_failure(failure, root, claims)
        message = f"{failure.what}\n{failure.hint}" if failure.hint else failure.what
        yield command("error", message, place, title="broken experiment")
    places = places_of_claims(root, claims)
    for change in changes:
        message = f"{change.name}: {change.now or 'not there'}; recorded is {change.recorded or 'nothing'}"
        yield command(level, message, places.get(change.claim), title="changed verdict")


def command(level: str, message: str, place: Place | None, *, title: str) -> str:
    """Return one workflow command: ``::error file=…,line=…,title=…::message``."""
    properties = {"file": place.file, "line": str(place.line)} if place else {}
    properties["title"] = title
    told = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{level} {told}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
