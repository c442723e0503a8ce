"""What doctor says of this machine and of one that lacks something."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from reportgen import doctor
from reportgen.cli.application import application


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        "reportgen.machine.prepare_environment", lambda: None
    )  # it would stay for other tests


def test_doctor_looks_at_everything() -> None:
    answer = CliRunner().invoke(application, ["doctor", "--json"])
    found = json.loads(answer.stdout)
    subjects = {finding["subject"] for finding in found["findings"]}
    assert subjects == {"python", "packages", "libraries", "fonts", "processor", "project", "tools"}
    assert answer.exit_code == found["exit_code"]


def test_what_lacks_is_said_with_the_remedy_and_exits_with_5(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(doctor.LIBRARIES, "Pango", ("libno-such-pango.so.0",))
    answer = CliRunner().invoke(application, ["doctor"])
    assert answer.exit_code == 5
    assert "✗ Pango" in answer.stdout
    for line in (
        "apt-get install libpangoft2-1.0-0",
        "dnf install pango",
        "brew install pango",
        "1 thing missing",
    ):
        assert line in answer.stdout


@pytest.mark.parametrize(
    ("version", "bounds", "fits"),
    [
        ("70.0", ">=70,<71", True),
        ("71.0", ">=70,<71", False),
        ("3.9", ">=3.10", False),
        ("3.10.0", "==3.10", True),
        ("2026.9.0", ">=2025.1", True),
        ("1.0", "", True),
        ("2.0rc1", "!=2.0", False),
    ],
)
def test_versions_are_compared_as_numbers(version: str, bounds: str, fits: bool) -> None:
    assert doctor.satisfies(version, bounds) == fits


def test_a_folder_that_cannot_be_written_is_missing(tmp_path: Path) -> None:
    for name in ("experiments", "templates"):
        (tmp_path / name).mkdir()
    (tmp_path / "output").write_text("a file where the folder should be", encoding="utf-8")
    findings = {finding.name: finding for finding in doctor.examine(tmp_path)}
    assert findings["output"].state == "missing"
    assert findings["working folder"].state == "ok"


def test_a_broken_project_is_a_note(tmp_path: Path) -> None:
    findings = {finding.name: finding for finding in doctor.examine(tmp_path / "missing")}
    assert findings["project"].state == "note"
    assert "no folder experiments/" in findings["project"].found
