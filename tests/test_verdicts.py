"""Recorded verdicts: what is recorded, what counts as a difference, what survives a bad file."""

import json

import pytest

from reportgen.errors import NothingMatchedError, ProjectError
from reportgen.verdicts import Change, compare, make_record, read_record, write_record


def check(name="rho", verdict="confirmed", **more):
    return {"name": name, "verdict": verdict, "role": "decides", "volatile": False, **more}


def claim(name, *checks, verdict="confirmed", follows=()):
    return {"id": name, "verdict": verdict, "follows": list(follows), "checks": list(checks)}


def record(*claims):
    return make_record({"claims": list(claims)})


BEFORE = (claim("A", check()), claim("B", follows=["A"]))


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (BEFORE, []),
        (BEFORE[::-1], []),
        (
            (claim("A", check(verdict="refuted"), verdict="refuted"), BEFORE[1]),
            [("A", "confirmed", "refuted"), ("A.rho", "confirmed", "refuted")],
        ),
        (
            (claim("A", check(), check("new")), BEFORE[1]),
            [("A.new", None, "confirmed")],
        ),
        ((BEFORE[0],), [("B", "confirmed", None)]),
        ((*BEFORE, claim("C")), [("C", None, "confirmed")]),
        ((claim("A", check(), check("told", None, role="reports")), BEFORE[1]), []),
        (
            (claim("A", check(verdict=None), verdict=None), BEFORE[1]),
            [("A", "confirmed", None), ("A.rho", "confirmed", None)],
        ),
    ],
)
def test_compare_tells_every_difference(now, expected):
    changes = compare(record(*BEFORE), record(*now))
    assert [(change.name, change.recorded, change.now) for change in changes] == expected


def test_volatile_checks_do_not_count_however_far_they_reach():
    def timed(verdict):
        volatile = check("time", verdict, volatile=True)
        return (
            claim("A", check(), volatile, verdict=verdict),
            claim("B", follows=["A"], verdict=verdict),
            claim("C", follows=["B"], verdict=verdict),
            claim("D"),
        )

    assert compare(record(*timed("confirmed")), record(*timed("refuted"))) == ()
    assert record(*timed("confirmed"))["D"] == {"verdict": "confirmed", "checks": {}}


def test_record_is_read_back_and_lectures_stay_apart(tmp_path):
    path = tmp_path / "verdicts.json"
    assert write_record(path, "one", record(*BEFORE))
    assert write_record(path, "two", record(claim("Z")))
    assert not write_record(path, "two", record(claim("Z")))
    assert compare(read_record(path, "one"), record(*BEFORE)) == ()
    assert json.loads(path.read_text(encoding="utf-8"))["schema"] == 1
    assert [line for line in path.read_text(encoding="utf-8").splitlines() if '"A"' in line] == [
        '   "A": {"verdict": "confirmed", "checks": {"rho": "confirmed"}},'
    ]


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        (None, NothingMatchedError, "no verdicts of the lecture 'one' are recorded"),
        ('{"schema": 1, "lectures": {}}', NothingMatchedError, "reportgen accept"),
        ('{"schema": 2, "lectures": {}}', ProjectError, "newer reportgen.*schema 2, this version knows 1"),
        ("{", ProjectError, "is no record of verdicts"),
        ("[]", ProjectError, 'lacks "schema"'),
    ],
)
def test_bad_record_is_an_error_and_stays(tmp_path, text, error, message):
    path = tmp_path / "verdicts.json"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(error, match=f"(?s){message}"):
        read_record(path, "one")
    if error is ProjectError:
        with pytest.raises(ProjectError):
            write_record(path, "one", {})
        assert path.read_text(encoding="utf-8") == text


def test_change_names_claim_or_check():
    assert Change(claim="A", check=None, recorded=None, now=None).name == "A"
