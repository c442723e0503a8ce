"""Bad input through the whole program: one clear error, its exit code, the last good output kept."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from reportgen.cli.application import application
from reportgen.store import Store

MINI = Path(__file__).parents[1] / "projects" / "mini"
LECTURE = "templates/mini/lecture.toml"
KOREAN = "templates/mini/ko/sums.md.j2"
AVERAGES = "experiments/basics/averages.py"
LAST_LINE = 15  # of KOREAN, where a case adds its text


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project whose results are stored, with a file in place of a good output."""
    folder = tmp_path_factory.mktemp("measured") / "mini"
    shutil.copytree(MINI, folder, ignore=shutil.ignore_patterns("__pycache__", ".reportgen", "output"))
    answer = CliRunner().invoke(application, ["run", "averages", "--project", str(folder), "-q", "-j", "1"])
    assert (answer.exit_code, answer.stderr) == (0, "")
    good = folder / "output" / "mini" / "mini.ko.html"
    good.parent.mkdir(parents=True)
    good.write_text("the last good output", encoding="utf-8")
    return folder


@pytest.fixture
def project(measured: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of that project, as the working folder."""
    folder = tmp_path / "mini"
    shutil.copytree(measured, folder)
    monkeypatch.chdir(folder)
    return folder


def invoke(*arguments: str) -> Any:
    return CliRunner().invoke(application, arguments)


def output_of(project: Path) -> dict[str, bytes]:
    return {
        path.relative_to(project).as_posix(): path.read_bytes()
        for path in project.glob("output/**/*")
        if path.is_file()
    }


def edit(project: Path, name: str, old: str, new: str) -> None:
    """Replace the first occurrence; an empty ``old`` adds a paragraph at the end."""
    path = project / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1) if old else f"{text}\n{new}\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["build", "--only", "M99"], 4, "--only: no claim, experiment or chapter 'M99'\n  did you mean M09?"),
        (["run", "avrages"], 4, "no experiment 'avrages'\n  did you mean averages?"),
        (["explain", "averages.erors"], 4, "'averages.erors'\n  did you mean averages.errors"),
        (["build", "mni"], 2, "unknown lecture 'mni'\n  "),
        (["build", "--lang", "xx"], 2, "--lang: the lecture has no language 'xx'\n  there is ko, en"),
        (["build", "-p", "averges.std=1"], 2, "unknown experiment 'averges'\n  did you mean averages?"),
        (["build", "-p", "averages.stdd=1"], 2, "-p averages: unknown setting 'stdd'\n  did you mean std?"),
        (
            ["build", "-p", "averages.std=wide"],
            2,
            "-p averages: setting 'std' must be a number: 'wide'\n  like",
        ),
        (
            ["build", "--project", "nowhere"],
            3,
            "nowhere: is no project: it has no folder experiments/\n  `reportgen",
        ),
    ],
)
def test_what_does_not_exist_is_said_with_the_nearest(
    project: Path, arguments: list[str], code: int, message: str
) -> None:
    before = output_of(project)
    answer = invoke(*arguments)
    assert message in answer.stderr
    assert (answer.exit_code, answer.stdout) == (code, "")
    assert output_of(project) == before


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        (LECTURE, "seed = 1", "seed = ", f"{LECTURE}:4: is not valid TOML"),
        (LECTURE, "seed = 1", "sead = 1", f"{LECTURE}:4: unknown key 'sead'\n  did you mean seed?"),
        (LECTURE, 'languages = ["ko", "en"]', "", f"{LECTURE}: the key 'languages' is missing\n  add"),
        (LECTURE, '"sums"]', '"sumz"]', f"{LECTURE}:3: the chapter 'sumz' has no file ko/sumz.md.j2\n  "),
        (KOREAN, "", "{{ nosuch }}", f"{KOREAN}:{LAST_LINE}: unknown name 'nosuch'\n  "),
        (KOREAN, "", "{{ claim('M90') }}", f"{KOREAN}:{LAST_LINE}: unknown claim 'M90'\n  did you mean M0"),
        (KOREAN, "", "{% if %}", f"{KOREAN}:{LAST_LINE}: "),
        (
            AVERAGES,
            'ko="수 하나도 0에 가깝다.", ',
            "",
            f"{AVERAGES}: claim 'M02': says lacks the language 'ko'\n  add",
        ),
    ],
)
def test_a_wrong_project_is_said_with_the_place(
    project: Path, name: str, old: str, new: str, message: str
) -> None:
    before = output_of(project)
    edit(project, name, old, new)
    answer = invoke("build", "--format", "html", "-q", "-j", "1")
    assert message in answer.stderr
    assert (answer.exit_code, answer.stdout) == (3, "")
    assert output_of(project) == before


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('    counts = np.array(params["counts"])', "    1 / 0", "measure() raised ZeroDivisionError"),
        (
            "    return xr.Dataset(",
            "    return dict(",
            "measure(): returned a dict\n  return an xarray.Dataset",
        ),
        ('("replicate", "count")', '("repeat", "count")', "measure()"),
        ("import numpy as np", "import nunpy as np", "No module named 'nunpy'"),
        ('NOISE = "noise"', "NOISE = =", ":9: is not valid Python"),
    ],
)
def test_a_broken_experiment_publishes_nothing(project: Path, old: str, new: str, message: str) -> None:
    before = output_of(project)
    edit(project, AVERAGES, old, new)
    answer = invoke("build", "--format", "html", "--json", "-q", "-j", "1")
    assert answer.exit_code == 1
    assert answer.stderr.startswith(AVERAGES)
    assert message in answer.stderr
    assert "Traceback" not in answer.stderr
    found = json.loads(answer.stdout)
    assert (found["exit_code"], found["published"], found["error"]["kind"]) == (1, False, "ExperimentError")
    assert output_of(project) == before


def test_a_damaged_store_entry_is_a_warning_and_made_anew(project: Path) -> None:
    for path in (project / ".reportgen").rglob("*.nc"):
        path.write_bytes(path.read_bytes()[:-40])
    edit(project, AVERAGES, "return abs(dataset", "return 1 * abs(dataset")  # judged again
    answer = invoke("run", "averages", "--json", "-q", "-j", "1")
    assert answer.exit_code == 0
    assert "warning: " in answer.stderr
    assert "damaged" in answer.stderr
    assert {claim["verdict"] for claim in json.loads(answer.stdout)["claims"]} >= {"confirmed", "refuted"}


def test_an_output_that_cannot_be_written_is_an_environment_problem(project: Path) -> None:
    shutil.rmtree(project / "output")
    (project / "output").write_text("a file in its place", encoding="utf-8")
    answer = invoke("build", "--format", "html", "-q", "-j", "1")
    assert answer.exit_code == 5
    assert answer.stderr.startswith("output")
    assert "cannot write the output: " in answer.stderr


def test_two_builds_at_once_are_refused(project: Path) -> None:
    with Store(project / ".reportgen").lock():
        answer = subprocess.run(
            [sys.executable, "-m", "reportgen", "build"], capture_output=True, text=True, check=False
        )
    assert answer.returncode == 5
    assert "another build" in answer.stderr


def test_an_authors_print_does_not_spoil_the_object(project: Path) -> None:
    edit(project, AVERAGES, "    counts = np.array(", "    print('hello')\n    counts = np.array(")
    answer = subprocess.run(
        [sys.executable, "-m", "reportgen", "run", "averages", "--quick", "--json", "-j", "1"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0
    assert "hello" in answer.stderr
    verdicts = {claim["id"]: claim["verdict"] for claim in json.loads(answer.stdout)["claims"]}
    assert set(verdicts) == {"M01", "M02", "M03", "M04", "M05"}
