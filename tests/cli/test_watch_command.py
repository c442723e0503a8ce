"""``watch``: builds drafts, goes on after errors, shows them in the page."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from reportgen.build import BuildOptions, BuildResult
from reportgen.cli.application import application
from reportgen.errors import ExperimentError, ProjectError, ReportgenError
from reportgen.watch import Preview


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("experiments", "templates", "output"):
        (tmp_path / name).mkdir()
    return tmp_path


def watch(
    project: Path, outcomes: list[ReportgenError | None], monkeypatch: pytest.MonkeyPatch, *arguments: str
) -> tuple[Any, list[BuildOptions], list[tuple[str, str]]]:
    """Run ``watch`` with a save after each build but the last; None is a good build."""
    asked: list[BuildOptions] = []
    told: list[tuple[str, str]] = []

    def build(options: BuildOptions, _: object) -> BuildResult:
        asked.append(options)
        outcome = outcomes[len(asked) - 1]
        if isinstance(outcome, ProjectError):
            raise outcome
        failures = () if outcome is None else (outcome,)
        return BuildResult(
            lecture="dnn", folder=project / "output", published=not failures, failures=failures, seconds=0.5
        )

    def changes(folders: list[Path], known: object) -> Iterator[tuple[Path, ...]]:  # noqa: ARG001
        assert folders == [project / "experiments", project / "templates"]
        for _ in outcomes[1:]:
            yield (project / "templates" / "dnn" / "intro.md.j2",)
        raise KeyboardInterrupt

    monkeypatch.setattr("reportgen.build.build", build)
    monkeypatch.setattr("reportgen.watch.changes", changes)
    monkeypatch.setattr(Preview, "tell", lambda _, state, message="": told.append((state, message)))
    answer = CliRunner().invoke(application, ["watch", "--project", str(project), "--port", "0", *arguments])
    return answer, asked, told


def test_watch_builds_quick_html_drafts(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer, asked, told = watch(project, [None, None], monkeypatch, "--lang", "ko")
    assert asked == [BuildOptions(project=project, languages=("ko",), formats=("html",), quick=True)] * 2
    assert told == [("done", ""), ("building", ""), ("done", "")]
    assert answer.stdout.startswith("http://127.0.0.1:")
    assert "changed: intro.md.j2" in answer.stderr
    assert answer.exit_code == 130


def test_watch_goes_on_after_errors_and_shows_them(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    typo = ProjectError("undefined name 'fgure'", where="intro.md.j2", line=3, hint="did you mean figure?")
    answer, asked, told = watch(
        project, [typo, None, ExperimentError("raised", where="coin"), typo], monkeypatch
    )
    assert len(asked) == 4
    assert answer.stderr.count("intro.md.j2:3: undefined name 'fgure'\n  did you mean figure?\n") == 2
    assert told == [
        ("done", ""),
        ("building", ""),
        ("failed", "coin: raised"),
        ("building", ""),
        ("failed", "intro.md.j2:3: undefined name 'fgure'\n  did you mean figure?"),
    ]


def test_a_taken_port_is_said(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        answer, _, _ = watch(project, [None], monkeypatch, "--port", port)
    assert answer.exit_code == 5
    assert f"--port {port}: the port cannot be used" in answer.stderr
    assert "--port 0" in answer.stderr


def test_a_folder_without_a_project_is_said(tmp_path: Path) -> None:
    answer = CliRunner().invoke(application, ["watch", "--project", str(tmp_path)])
    assert answer.exit_code == 3
    assert "reportgen init" in answer.stderr
