"""The whole line on a miniature project: what is made anew after which edit, and what survives mishaps."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from reportgen.build import BuildOptions, build, clean, explain, list_project, run_experiment
from reportgen.errors import EnvironmentProblem, NothingMatchedError, ProjectError, UsageError
from reportgen.store import Store

SMALL = Path(__file__).parent / "projects/small"
COIN, DICE = "experiments/basics/coin.py", "experiments/basics/dice.py"
KO, EN = "templates/small/ko/games.md.j2", "templates/small/en/games.md.j2"
LECTURE = "templates/small/lecture.toml"


def make(project, **options):
    return build(BuildOptions(**{"project": project, "formats": ("html",), "jobs": 1, **options}))


def edit(project, file, old, new):
    path = project / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


def visible(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A project that was built once; tests leave it as they found it."""
    project = tmp_path_factory.mktemp("built") / "small"
    shutil.copytree(SMALL, project)
    result = make(project, jobs=2)
    assert result.exit_code == 0
    assert result.verdicts == {"confirmed": 3}
    assert visible(project / "output/small") == [
        "badge.svg", "claims.json", "manifest.json", "small.en.html", "small.ko.html", "timings.json",
    ]  # fmt: skip
    return project


@pytest.fixture
def edited(built):
    """The built project; every file is put back afterwards."""
    before = {
        path: path.read_bytes()
        for path in built.rglob("*")
        if path.is_file() and path.suffix in (".py", ".j2", ".toml")
    }
    yield built
    for path, data in before.items():
        if path.read_bytes() != data:
            path.write_bytes(data)


@pytest.fixture
def fresh(tmp_path):
    project = tmp_path / "small"
    shutil.copytree(SMALL, project)
    return project


BOTH = ("small.en.html", "small.ko.html")
EDITS = {
    "nothing": ((), {}),
    "comment in an experiment": ([(COIN, "experiment = ", "# a comment\nexperiment = ")], {}),
    "docstring": ([(COIN, "Throw the coin and count heads.", "Count heads.")], {}),
    "sentence": ([(KO, "동전을 던졌다", "동전을 여러 번 던졌다")], {"typeset": ("small.ko.html",)}),
    "caption": ([(COIN, "The share gathers at", "Look: shares at")], {"typeset": ("small.en.html",)}),
    "claim's sentence": (
        [(DICE, "Dice give larger", "Dice show larger")],
        {"judge": ("dice",), "typeset": ("small.en.html",)},
    ),
    "drawing": (
        [(DICE, "height=40", "height=44")],
        {"draw": ("dice.eyes",), "typeset": BOTH},
    ),
    "summary, same numbers": (
        [(COIN, 'share = dataset.heads.mean("throw")', 'share = 1 * dataset.heads.mean("throw")')],
        {"summarize": ("coin",)},
    ),
    "exported value": (
        [(COIN, '"mean": float(summary["mean"])', '"mean": 1 + float(summary["mean"])')],
        {"summarize": ("coin",), "typeset": BOTH},
    ),
    "measure, same numbers": (
        [(COIN, "replicate) for replicate in", "one) for one in")],
        {"measure": ("coin",)},
    ),
    "helper of measure, other numbers": (
        [(COIN, 'generator("throws")', 'generator("tosses")')],
        {
            "measure": ("coin",),
            "summarize": ("coin",),
            "judge": ("coin", "dice"),
            "draw": ("coin.share", "dice.eyes"),  # the dice are judged by the coin's data too
            "typeset": BOTH,
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize(("edits", "expected"), EDITS.values(), ids=EDITS.keys())
def test_build_makes_anew_what_an_edit_touches(edited, edits, expected):
    make(edited)
    for file, old, new in edits:
        edit(edited, file, old, new)
    result = make(edited)
    done = {stage: tuple(sorted(names)) for stage, names in result.done.items()}
    assert done == expected
    assert result.up_to_date == (not expected)


def test_build_warm_imports_nothing_slow(built):
    make(built)
    script = (
        "import sys; from pathlib import Path; from reportgen.build import *; "
        f"result = build(BuildOptions(project=Path({str(built)!r}), formats=('html',))); "
        "print(result.up_to_date, result.verdicts, {'numpy', 'xarray', 'jinja2', 'scipy'} & set(sys.modules))"
    )
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert out.stdout.split() == ["True", "{'confirmed':", "3}", "set()"]


def test_build_restores_a_damaged_output(edited):
    make(edited)
    page = edited / "output/small/small.ko.html"
    good = page.read_bytes()
    page.write_text("damaged")
    result = make(edited)
    assert page.read_bytes() == good
    assert not result.up_to_date
    assert result.done == {}


def test_build_draft_leaves_the_handout_alone(edited):
    make(edited)
    folder = edited / "output/small"
    before = contents(folder)
    result = make(edited, only=("X01",), seed=99, quick=True, languages=("en",))
    assert contents(folder) == before
    assert result.folder == folder / "draft"
    assert {claim["id"]: claim["verdict"] for claim in result.claims["claims"]} == {
        "X01": "inconclusive",
        "X02": "inconclusive",
        "X03": None,
    }
    page = (folder / "draft/small.en.html").read_text(encoding="utf-8")
    assert "--only X01 --quick --seed 99" in page
    assert "not measured" in page
    manifest = json.loads((folder / "draft/manifest.json").read_bytes())
    assert manifest["seed"] == 99
    assert manifest["experiments"]["coin"]["replicates"] == 3
    shutil.rmtree(folder / "draft")


def test_build_setting_of_the_lecture_is_told(edited):
    with (edited / LECTURE).open("a") as file:
        file.write("[params.coin]\nn_throws = 300\n")
    result = make(edited, languages=("en",))
    assert result.done["measure"] == ("coin",)
    page = (edited / "output/small/small.en.html").read_text(encoding="utf-8")
    assert "n_throws = 300 instead of 400" in page


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        ({"only": ("X1",)}, NothingMatchedError, "X01"),
        ({"languages": ("de",)}, UsageError, "'de'"),
        ({"settings": (("coin", "n_throw", "3"),)}, UsageError, "n_throws"),
        ({"settings": (("coin", "n_throws", "many"),)}, UsageError, "whole number"),
        ({"settings": (("coins", "n_throws", "3"),)}, UsageError, "coin"),
        ({"lecture": "smal"}, UsageError, "small"),
    ],
)
def test_build_refuses_options(built, options, kind, message):
    with pytest.raises(kind, match=message):
        make(built, **options)


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (KO, "claim('X01')", "claim('X10')", r"ko/games\.md\.j2:\d+: unknown claim 'X10'\n.*X01"),
        (EN, "{{ claim('X03') }}", "", "'X03' is placed in 'ko' but not in 'en'"),
        (EN, "coin.mean", "coin.men", r"en/games\.md\.j2:\d+: unknown value 'coin.men'\n.*coin.mean"),
        (DICE, 'data=("coin",)', 'data=("coins",)', "unknown experiment 'coins'"),
        (COIN, 'ko="앞면의 비율", en="share of heads"', 'ko="앞면의 비율"', "lacks the language 'en'"),
    ],
)
def test_build_refuses_project(edited, file, old, new, message):
    make(edited)
    before = contents(edited / "output/small")
    edit(edited, file, old, new)
    with pytest.raises(ProjectError, match=message):
        make(edited)
    assert contents(edited / "output/small") == before


def test_build_broken_experiment_others_are_kept(edited):
    make(edited)
    before = contents(edited / "output/small")
    edit(edited, COIN, 'return replicate.generator("throws")', 'return 1 / 0 or replicate.generator("x")')
    edit(edited, DICE, "integers(1, 7", "integers(1, 8")
    result = make(edited)
    assert result.exit_code == 1
    assert not result.published
    assert contents(edited / "output/small") == before
    (failure,) = result.failures
    assert "ZeroDivisionError" in str(failure)
    assert "in throw: return 1 / 0" in str(failure)
    assert {claim["id"]: claim["verdict"] for claim in result.claims["claims"]}["X01"] is None
    edit(edited, COIN, "1 / 0 or ", "")
    assert make(edited).done["measure"] == ("coin",)


def test_build_broken_declaration_others_are_measured(fresh):
    edit(fresh, DICE, "from __future__", "1 / 0\nfrom __future__")
    result = make(fresh)
    assert result.exit_code == 1
    assert result.done["measure"] == ("coin",)
    assert visible(fresh / "output/small") == []


def test_build_output_not_writable_measures_nothing(fresh):
    (fresh / "output").write_text("in the way")
    with pytest.raises(EnvironmentProblem, match="cannot write the output"):
        make(fresh)
    assert not list((fresh / ".reportgen").rglob("*.nc"))


def test_build_two_at_once(built):
    with Store(built / ".reportgen").lock(), pytest.raises(EnvironmentProblem, match="another build"):
        make(built, seed=5)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT], ids=lambda how: how.name)
def test_build_interrupted_resumes(fresh, tmp_path, how):
    log = tmp_path / "log"
    edit(fresh, COIN, '    return replicate.gen', f'''    import time
    time.sleep(0.15)
    with open({str(log)!r}, "a") as file:
        print(replicate.index, file=file)
    return replicate.gen''')  # fmt: skip
    Store(fresh / ".reportgen").put_note("seconds", {"measure": {"coin": 9.0}})  # one replicate a task
    script = (
        "from test_build import *\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a background shell has it ignored
        f"make(Path({str(fresh)!r}), jobs=1)"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    process = subprocess.Popen(
        [sys.executable, "-c", script], env=environment, stderr=subprocess.PIPE, start_new_session=True
    )
    deadline = time.monotonic() + 60
    while not log.exists() or len(log.read_text().split()) < 4:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(how)
    process.communicate()
    assert process.returncode != 0
    while _alive(process.pid):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert visible(fresh / "output/small") == []
    kept = len(list((fresh / ".reportgen/results").rglob("*.nc")))
    assert kept >= 3
    assert run_experiment("coin", BuildOptions(project=fresh, jobs=1)).exit_code == 0
    measured = [int(index) for index in log.read_text().split()]
    assert sorted(set(measured)) == list(range(10))
    assert len(measured) - 10 <= 2  # those that were under way


def _alive(group):
    """Tell whether a process of the group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_list_project_tells_what_is_known(built):
    make(built)
    listing = list_project(built)
    assert listing == json.loads((built / "output/small/claims.json").read_bytes())
    assert [claim["id"] for claim in listing["claims"]] == ["X01", "X02", "X03"]
    assert {claim["chapter"] for claim in listing["claims"]} == {"games"}
    (figure,) = (figure for figure in listing["figures"] if figure["id"] == "coin.share")
    assert figure["caption"]["en"] == "The share gathers at 0.51. n\u00a0=\u00a010."


def test_list_project_before_anything_is_measured(fresh):
    listing = list_project(fresh)
    assert {claim["verdict"] for claim in listing["claims"]} == {None}
    assert {experiment["state"] for experiment in listing["experiments"]} == {"not measured"}


def test_explain_names_what_changed(edited):
    make(edited)
    assert not any(each.stale for each in explain("coin", edited))
    edit(edited, COIN, '< params["bias"]', '<= params["bias"]')
    found = {each.artefact: each for each in explain("X01", edited)}
    assert found["measure coin"].stale
    assert any("helper throw()" in reason for reason in found["measure coin"].reasons)
    stale = {each.artefact: each.stale for each in explain("dice.eyes", edited)}
    assert not stale["measure dice"]
    assert stale["claims dice"]  # it is judged by the coin's data too
    (page, *_) = explain("small", edited)
    assert page.reasons == (f"changed: {COIN}",)


def test_explain_unknown_name(built):
    with pytest.raises(NothingMatchedError, match=r"coin\.share"):
        explain("coin.shares", built)


def test_clean_frees_store_and_output(fresh):
    run_experiment("dice", BuildOptions(project=fresh, jobs=1, quick=True))
    assert clean(fresh, output=True) > 0
    assert not (fresh / ".reportgen").exists()
