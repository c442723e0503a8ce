"""A project and an experiment to start from."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from reportgen.cli.application import application
from reportgen.project import builtin_root, find_project, load_experiment
from reportgen.scaffold import init_project
from reportgen.streams import replicate_streams


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for chapter in ("chance", "games"):
        (tmp_path / "experiments" / chapter).mkdir(parents=True)
        (tmp_path / "experiments" / chapter / f"{chapter}_x.py").write_text("'X01'", encoding="utf-8")
    (tmp_path / "templates").mkdir()
    return tmp_path


def invoke(*arguments: str) -> tuple[int, str, str]:
    answer = CliRunner().invoke(application, arguments)
    return answer.exit_code, answer.stdout, answer.stderr


def test_init_copies_the_built_in_lecture(tmp_path: Path) -> None:
    code, _, _ = invoke("init", str(tmp_path / "mine"))
    assert code == 0
    made = find_project(tmp_path / "mine")
    assert dict.fromkeys(made.experiments) == dict.fromkeys(find_project(builtin_root()).experiments)
    assert not list(made.root.rglob("__pycache__"))
    assert ".reportgen/" in (made.root / ".gitignore").read_text(encoding="utf-8")
    assert not list(made.root.glob(".init-*"))


@pytest.mark.parametrize("there", ["experiments", "templates"])
def test_init_overwrites_nothing(tmp_path: Path, there: str) -> None:
    (tmp_path / there).mkdir()
    code, _, stderr = invoke("init", str(tmp_path))
    assert code == 2
    assert (
        stderr
        == f"{tmp_path}: {there}/ is there already; nothing is overwritten\n  name a new or an empty folder\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == [there]


def test_init_keeps_what_else_is_there_and_leaves_nothing_half_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".gitignore").write_text("mine", encoding="utf-8")

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("shutil.copytree", fail)
        with pytest.raises(OSError, match="No space"):
            init_project(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".gitignore"]
    init_project(tmp_path)
    assert (tmp_path / ".gitignore").read_text(encoding="utf-8") == "mine"


def test_a_new_experiment_loads_and_measures(project: Path) -> None:
    code, stdout, stderr = invoke(
        "new", "experiment", "spread", "--chapter", "games", "--project", str(project)
    )
    path = project / "experiments" / "games" / "spread.py"
    assert (code, stdout) == (0, f"{path.as_posix()}\n")
    assert "{{ claim('X02') }}" in stderr  # X01 is taken
    assert "{{ figure('spread.estimates') }}" in stderr
    experiment = load_experiment(path, "spread")
    assert experiment.measure is not None
    assert experiment.summarize is not None
    dataset = experiment.measure(experiment.params, replicate_streams(1, "spread", range(20)))
    errors = experiment.claims[0].checks[0].quantity(dataset)
    assert errors.shape == (20,)
    assert errors.mean() < 0.05
    assert experiment.summarize(dataset, experiment.params)["estimate"].dims == ("n_draws",)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["Spread", "--chapter", "games"], 2, "'Spread' cannot be an experiment's name"),
        (["class", "--chapter", "games"], 2, "'class' cannot be an experiment's name"),
        (["games_x"], 2, "experiments/games/games_x.py: the experiment 'games_x' is there already"),
        (["spread"], 2, "it is not clear which chapter is meant\n  there are: chance, games"),
        (["spread", "--chapter", "../x"], 2, "--chapter: '../x' cannot be a chapter's folder"),
    ],
)
def test_a_new_experiment_is_refused_clearly(
    project: Path, arguments: list[str], code: int, message: str
) -> None:
    found, _, stderr = invoke("new", "experiment", *arguments, "--project", str(project))
    assert found == code
    assert message in stderr
    assert len(list(project.rglob("*.py"))) == 2


def test_the_built_in_lecture_takes_no_new_experiment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, stderr = invoke("new", "experiment", "spread")
    assert code == 3
    assert "`reportgen init DIR`" in stderr
