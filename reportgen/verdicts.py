"""The recorded verdicts of a lecture: written when a build is accepted, compared with those of today.

The record holds each claim's verdict and those of its deciding checks. What depends on a volatile check (the
machine's speed, say) is not recorded, through any number of claims that follow each other.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reportgen.errors import NothingMatchedError
from reportgen.manifest import read_versioned

SCHEMA = 1
NAME = "verdicts.json"

Record = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A verdict that is not the recorded one; ``check`` is None for the claim as a whole.

    ``recorded`` is None for a claim that is new, ``now`` for one that is gone or was not measured.
    """

    claim: str
    check: str | None
    recorded: str | None
    now: str | None

    @property
    def name(self) -> str:
        """The claim, or claim and check with a dot."""
        return self.claim if self.check is None else f"{self.claim}.{self.check}"


def make_record(claims: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what is recorded of the object of ``claims.json``."""
    volatile = _volatile(claims)
    return {
        claim["id"]: {
            **({} if claim["id"] in volatile else {"verdict": claim["verdict"]}),
            "checks": {
                check["name"]: check["verdict"]
                for check in claim["checks"]
                if check["role"] == "decides" and not check["volatile"]
            },
        }
        for claim in claims["claims"]
    }


def compare(recorded: Record, now: Record) -> tuple[Change, ...]:
    """Return every difference; a claim's own comes before those of its checks."""
    return tuple(
        change for claim in sorted({*recorded, *now}) for change in _differences(claim, recorded, now)
    )


def read_record(path: Path, lecture: str) -> dict[str, dict[str, Any]]:
    """Return the recorded verdicts of a lecture; NothingMatchedError while nothing was accepted."""
    lectures = read_versioned(path, "record of verdicts", SCHEMA).get("lectures", {}) if path.exists() else {}
    if lecture not in lectures:
        raise NothingMatchedError(
            f"no verdicts of the lecture {lecture!r} are recorded",
            where=path,
            hint="`reportgen accept` records those of today",
        )
    return dict(lectures[lecture])


def write_record(path: Path, lecture: str, record: Record) -> bool:
    """Record a lecture's verdicts beside those of other lectures; tell whether the file changed."""
    lectures = read_versioned(path, "record of verdicts", SCHEMA).get("lectures", {}) if path.exists() else {}
    lectures = {**lectures, lecture: record}
    text = _to_json({name: lectures[name] for name in sorted(lectures)})
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    temporary = path.with_suffix(".tmp")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)
    return True


def _to_json(lectures: Mapping[str, Record]) -> str:
    """Return the file: one claim a line, so that a change of verdict is one line of a diff."""
    blocks = []
    for name, record in lectures.items():
        lines = [f"   {_dump(claim)}: {_dump(entry)}" for claim, entry in sorted(record.items())]
        blocks.append(f"  {_dump(name)}: {{\n" + ",\n".join(lines) + "\n  }")
    return f'{{\n "schema": {SCHEMA},\n "lectures": {{\n' + ",\n".join(blocks) + "\n }\n}\n"


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _volatile(claims: Mapping[str, Any]) -> set[str]:
    """Return the claims whose verdict depends on a volatile check, their own or one that they follow."""
    found = {
        claim["id"]
        for claim in claims["claims"]
        if any(check["volatile"] and check["role"] == "decides" for check in claim["checks"])
    }
    while True:
        more = {claim["id"] for claim in claims["claims"] if found & set(claim.get("follows", ()))} - found
        if not more:
            return found
        found |= more


def _differences(claim: str, recorded: Record, now: Record) -> Iterator[Change]:
    old, new = recorded.get(claim, {}), now.get(claim, {})
    if old.get("verdict") != new.get("verdict") or not old or not new:
        yield Change(claim=claim, check=None, recorded=old.get("verdict"), now=new.get("verdict"))
    if not old or not new:
        return
    checks: tuple[Mapping[str, Any], Mapping[str, Any]] = (old.get("checks", {}), new.get("checks", {}))
    for name in dict.fromkeys((*checks[0], *checks[1])):
        before, after = checks[0].get(name), checks[1].get(name)
        if before != after:
            yield Change(claim=claim, check=name, recorded=before, now=after)
