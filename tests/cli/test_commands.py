"""The commands against an engine that only remembers what it was asked."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from reportgen.build import BuildOptions, BuildResult, Explanation, RunResult
from reportgen.cli.application import application
from reportgen.errors import ExperimentError

CHECK: dict[str, Any] = {
    "label": {"ko": "비", "en": "ratio"},
    "because": {"ko": "", "en": "half"},
    "role": "decides",
    "estimator": "mean",
    "scale": "linear",
    "relation": "<=",
    "bound": 0.5,
    "estimate": 0.251234,
    "low": 0.2,
    "high": 0.3,
    "level": 0.99,
    "n": 20,
    "n_needed": None,
    "exact": False,
    "volatile": False,
    "verdict": "confirmed",
}
LISTING: dict[str, Any] = {
    "schema": 1,
    "experiments": [
        {"id": "coin", "file": "experiments/a/coin.py", "params": {}, "n": 20, "state": "measured"}
    ],
    "figures": [
        {
            "id": "coin.faces",
            "experiment": "coin",
            "caption": {"ko": "동전.", "en": "A coin. Thrown."},
            "alt": {},
        }
    ],
    "claims": [
        {
            "id": "A01",
            "chapter": "a",
            "experiment": "coin",
            "data": [],
            "source": {"heading": "Coins", "kind": "stated"},
            "says": {"ko": "동전은 공정하다.", "en": "The coin is fair."},
            "better": None,
            "verdict": "confirmed",
            "erratum": False,
            "checks": [CHECK],
        },
        {
            "id": "A02",
            "chapter": "a",
            "experiment": "coin",
            "data": [],
            "source": {"heading": "Coins", "kind": "stated"},
            "says": {"ko": "", "en": "Nobody knows."},
            "better": None,
            "verdict": None,
            "erratum": False,
            "checks": [{**CHECK, "estimate": None, "low": None, "high": None, "verdict": "inconclusive"}],
        },
    ],
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Any]:
    """Replace the engine by one that remembers; a build "writes" one file of 1.5 kB."""
    calls: list[Any] = []
    folder = tmp_path / "output" / "dnn"
    folder.mkdir(parents=True)
    (folder / "dnn.en.html").write_bytes(b"x" * 1500)

    def build(options: BuildOptions, events: Any) -> BuildResult:
        calls.append(options)
        print("printed by an experiment")
        events.started("measure", ("coin", "coin"), 5.0)
        events.done("measure", "coin", 1.0)
        events.warning("a store entry was damaged")
        events.done("measure", "coin", 1.5)
        events.finished("measure")
        broken = options.seed == 13
        return BuildResult(
            lecture="dnn",
            folder=folder,
            draft=options.draft,
            published=not broken,
            files=() if broken else (folder / "dnn.en.html",),
            failures=(ExperimentError("raised ZeroDivisionError", where="coin"),) if broken else (),
            claims=LISTING,
            done={"measure": ("coin", "coin"), "typeset": ("en.html", "en.pdf")},
            timings={"stages": {"measure": 2.5}, "experiments": {"coin": 2.5, "dice": 61.0}, "figures": {}},
            seconds=3.21,
        )

    def run_experiment(name: str, options: BuildOptions, events: Any) -> RunResult:  # noqa: ARG001
        calls.append((name, options))
        return RunResult(experiment=name, claims=LISTING, seconds=1.0)

    def explain(*arguments: Any) -> list[Explanation]:
        calls.append(arguments)
        return [Explanation(artefact="measure", stale=True, reasons=("changed: measure() 1a2b → 3c4d",))]

    def clean(*arguments: Any) -> int:
        calls.append(arguments)
        return 12_345_678

    for name, stand_in in {
        "build": build,
        "run_experiment": run_experiment,
        "explain": explain,
        "clean": clean,
        "list_project": lambda *arguments: calls.append(arguments) or LISTING,
    }.items():
        monkeypatch.setattr(f"reportgen.build.{name}", stand_in)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.chdir(tmp_path)
    return calls


def invoke(*arguments: str) -> Any:
    return CliRunner().invoke(application, arguments)


def test_build_passes_every_option_on(asked: list[Any]) -> None:
    answer = invoke(
        *[
            "build",
            "dnn",
            "--lang",
            "ko, en",
            "--format",
            "html",
            "--only",
            "D09",
            "--only",
            "signal",
            "--quick",
        ],
        *[
            "--seed",
            "7",
            "-p",
            "a.b=1",
            "-p",
            "a.c=x=y",
            "--edition",
            "teacher",
            "-j",
            "2",
            "--output",
            "out",
        ],
        *["--project", "p"],
    )
    assert answer.exit_code == 0
    assert asked == [
        BuildOptions(
            project=Path("p"),
            lecture="dnn",
            languages=("ko", "en"),
            formats=("html",),
            only=("D09", "signal"),
            quick=True,
            seed=7,
            settings=(("a", "b", "1"), ("a", "c", "x=y")),
            edition="teacher",
            jobs=2,
            output=Path("out"),
        )
    ]


def test_build_asks_for_the_defaults(asked: list[Any]) -> None:
    invoke("build")
    assert asked == [BuildOptions()]


def test_build_summarizes_verdicts_files_and_work(asked: list[Any]) -> None:  # noqa: ARG001
    answer = invoke("build")
    assert answer.stdout.splitlines()[1:] == [
        "dnn: 2 claims",
        "  ✓ 1 confirmed  · 1 not measured",
        "output/dnn",
        "  dnn.en.html   1.5 kB",
        "1 experiment measured, 2 files typeset, the rest reused in 3.2 s",
    ]
    assert answer.stderr.splitlines() == [
        "measure: 1 experiment to do, about 5.0 s",
        "warning: a store entry was damaged",
        "measure: coin 2.5 s",
        "measure: 1 experiment measured, 2.5 s of work",
    ]


def test_build_quietly_shows_warnings_alone(asked: list[Any]) -> None:  # noqa: ARG001
    answer = invoke("build", "--quiet")
    assert answer.stdout == "printed by an experiment\n"
    assert answer.stderr == "warning: a store entry was damaged\n"


def test_build_prints_one_object_and_nothing_else(asked: list[Any]) -> None:  # noqa: ARG001
    answer = invoke("build", "--json", "--quiet")
    found = json.loads(answer.stdout)
    assert "printed by an experiment" in answer.stderr
    assert found["files"] == [{"path": (Path.cwd() / "output/dnn/dnn.en.html").as_posix(), "bytes": 1500}]
    assert found["verdicts"] == {"confirmed": 1, "not measured": 1}
    assert found["claims"] == LISTING["claims"]
    assert found["exit_code"] == 0
    assert "error" not in found


def test_a_broken_experiment_shows_where_and_exits_with_1(asked: list[Any]) -> None:  # noqa: ARG001
    answer = invoke("build", "--seed", "13", "-q")
    assert answer.exit_code == 1
    assert "coin: raised ZeroDivisionError\n" in answer.stderr
    answer = invoke("build", "--seed", "13")
    assert answer.stdout.endswith(
        "1 experiment broken: nothing was published; the last good output is as it was\n"
    )
    answer = invoke("build", "--seed", "13", "--json")
    found = json.loads(answer.stdout)
    assert (answer.exit_code, found["exit_code"]) == (1, 1)
    assert found["error"]["where"] == "coin"
    assert found["published"] is False


def test_timings_are_a_table_longest_first(asked: list[Any]) -> None:  # noqa: ARG001
    lines = invoke("build", "-q", "--timings").stdout.splitlines()
    experiments = [line.split() for line in lines if line.strip().startswith(("coin", "dice"))]
    assert experiments == [["dice", "1", "min", "01", "s"], ["coin", "2.5", "s"]]


def test_list_prints_tables_or_the_object(asked: list[Any]) -> None:
    output = invoke("list", "dnn").stdout
    for part in (
        "coin",
        "experiments/a/coin.py",
        "A01",
        "✓ confirmed",
        "The coin is fair.",
        "· not measured",
    ):
        assert part in output
    assert json.loads(invoke("list", "--json").stdout) == LISTING
    assert asked == [(None, "dnn"), (None, None)]


def test_list_speaks_the_language_of_the_locale(asked: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    assert "동전은 공정하다." in invoke("list").stdout


def test_run_prints_a_row_for_each_check(asked: list[Any]) -> None:
    answer = invoke("run", "coin", "--quick", "-p", "coin.n=5")
    assert answer.exit_code == 0
    assert asked == [("coin", BuildOptions(quick=True, settings=(("coin", "n", "5"),)))]
    row = next(line for line in answer.stdout.splitlines() if "ratio" in line)
    assert row.split() == [
        "ratio",
        "(decides)",
        "0.2512",
        "[0.2,",
        "0.3]",
        "≤",
        "0.5",
        "20",
        "✓",
        "confirmed",
    ]
    assert json.loads(invoke("run", "coin", "--json").stdout)["claims"] == LISTING["claims"]


def test_explain_prints_the_reasons(asked: list[Any]) -> None:
    answer = invoke("explain", "coin")
    assert answer.stdout == "measure: would be made anew\n  changed: measure() 1a2b → 3c4d\n"
    assert asked == [("coin", None, None)]


def test_clean_says_what_it_freed(asked: list[Any]) -> None:
    assert invoke("clean", "--output").stdout == "12 MB freed\n"
    assert asked == [(None, True)]


def test_json_stays_alone_when_a_child_process_prints() -> None:
    code = """
import subprocess, sys
from reportgen.cli import console
with console.only_json(True):
    subprocess.run([sys.executable, "-c", "print('from a worker')"], check=True)
    print("from here")
console.print_json({"schema": 1})
"""
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(answer.stdout) == {"schema": 1}
    assert sorted(answer.stderr.splitlines()) == ["from a worker", "from here"]
