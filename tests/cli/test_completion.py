"""Completion of ids: from folders and syntax trees, without importing an experiment."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from reportgen.cli.application import application

COIN = """
import not_installed_anywhere  # completion must not import this
experiment = Experiment(
    claims=(Claim(id="A01", says=Text(en="x")), Claim(id=make_id(), says=None)),
    figures=(Figure(name="faces"),),
)
"""
FILES = {
    "experiments/chance/coin.py": COIN,
    "experiments/chance/dice.py": "this is no Python",
    "experiments/games/poker.py": "",
    "templates/dnn/lecture.toml": "",
    "templates/dnn/ko/chance.md.j2": "",
    "templates/dnn/en/chance.md.j2": "",
    "templates/theme/layout.html.j2": "",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("typed", "incomplete", "expected"),
    [
        (["build"], "", ["dnn"]),
        (["build", "--lang"], "", ["en", "ko"]),
        (["build", "--lang"], "ko,", ["ko,en"]),
        (["build", "--only"], "", ["A01", "chance", "coin", "dice", "games", "poker"]),
        (["build", "--only"], "A", ["A01"]),
        (["build", "-p"], "co", ["coin."]),
        (["run"], "p", ["poker"]),
        (["explain"], "coin", ["coin", "coin.faces"]),
        (["new", "experiment", "x", "--chapter"], "", ["chance", "games"]),
        ([], "wat", ["watch"]),
    ],
)
def test_ids_complete(
    project: Path, typed: list[str], incomplete: str, expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    assert complete(typed, incomplete) == expected


def test_the_project_option_is_heeded(
    project: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert complete(["run", "--project", str(project)], "") == ["coin", "dice", "poker"]


def test_a_broken_project_completes_to_nothing(tmp_path: Path) -> None:
    assert complete(["run", "--project", str(tmp_path / "missing")], "") == []


def complete(typed: list[str], incomplete: str) -> list[str]:
    shell = ShellComplete(application, {}, "reportgen", "_REPORTGEN_COMPLETE")
    return [item.value for item in shell.get_completions(typed, incomplete)]
