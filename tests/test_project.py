"""Projects: what is found, what is refused, and where the message points."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reportgen import Text
from reportgen.errors import ExperimentError, ProjectError, ReportgenError, UsageError
from reportgen.project import (
    Project,
    Term,
    chapter_file,
    check_links,
    check_translations,
    find_links,
    find_project,
    load_experiment,
    load_lecture,
    template_folders,
)

MINI = Path(__file__).parent / "projects" / "mini"
AVERAGES = "experiments/basics/averages.py"
SUMS = "experiments/basics/sums.py"
LECTURE = "templates/mini/lecture.toml"
TERMS = "templates/mini/terms.toml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(MINI, tmp_path / "mini", ignore=shutil.ignore_patterns("__pycache__")))


def load_everything(folder: Path) -> None:
    project = find_project(folder)
    lecture = load_lecture(project)
    loaded = {name: load_experiment(file.path, name) for name, file in project.experiments.items()}
    for name, experiment in loaded.items():
        check_translations(experiment, lecture.languages, project.experiments[name].path)
    links = [link for name, experiment in loaded.items() for link in find_links(experiment, name)]
    check_links(links, {name: file.path for name, file in project.experiments.items()})


def replace(file: str, old: str, new: str) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text
        (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")

    return edit


# --- finding ---


def test_mini_project_is_sound(folder: Path) -> None:
    load_everything(folder)
    project = find_project(folder)
    assert (project.lecture_names, project.embedded) == (("mini",), False)
    assert {file.id: file.chapter for file in project.experiments.values()} == {
        "averages": "basics",
        "sums": "basics",
    }
    assert (project.store, project.output) == (folder / ".reportgen", folder / "output")
    lecture = load_lecture(project, "mini")
    assert dict(lecture.title) == {"ko": "작은 강의", "en": "A Small Lecture"}
    assert (lecture.date, lecture.seed, lecture.languages) == ("2025-03-04", 1, ("ko", "en"))
    assert lecture.params == {"averages": {"std": 1.0}}
    assert lecture.terms["average"] == Term(word=Text(ko="평균", en="average"), symbol="m")
    assert chapter_file(project, lecture, "en", "sums") == folder / "templates/mini/en/sums.md.j2"
    assert template_folders(project, lecture)[0] == folder / "templates"


def test_project_is_found_from_inside(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder / "templates" / "mini" / "ko")
    assert find_project().root == folder


def test_builtin_project_is_built_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    project = find_project()
    assert project.embedded
    assert (project.working, project.store) == (tmp_path, tmp_path / ".reportgen")
    assert (project.root / "templates" / "theme").is_dir()
    assert not project.store.exists()


def test_lecture_must_be_named_where_there_are_several(folder: Path) -> None:
    shutil.copytree(folder / "templates/mini", folder / "templates/other")
    with pytest.raises(UsageError, match="mini, other"):
        load_lecture(find_project(folder))
    with pytest.raises(UsageError, match=r"unknown lecture 'minni'\n  did you mean mini\?"):
        load_lecture(find_project(folder), "minni")


# --- what is refused ---

WRONG: dict[str, tuple[Callable[[Path], Any], str]] = {
    # edit, what the message holds (path relative to the project)
    "toml_syntax": (
        replace(LECTURE, "seed = 1", "seed = "),
        f"{LECTURE}:4: is not valid TOML",
    ),
    "toml_unclosed": (
        replace(LECTURE, "std = 1.0", "std = ["),
        f"{LECTURE}:16: is not valid TOML",
    ),
    "key_unknown": (
        replace(LECTURE, "chapters =", "chapter ="),
        f"{LECTURE}:3: unknown key 'chapter'\n  did you mean chapters",
    ),
    "key_missing": (replace(LECTURE, "date = 2025-03-04", ""), "the key 'date' is missing"),
    "seed_type": (replace(LECTURE, "seed = 1", 'seed = "1"'), f"{LECTURE}:4: seed must be a whole number"),
    "chapters_type": (
        replace(LECTURE, '["averages", "sums"]', '"averages"'),
        f"{LECTURE}:3: chapters must be a list of names: 'averages'",
    ),
    "chapter_twice": (replace(LECTURE, '"sums"]', '"averages"]'), "'averages' stands twice in chapters"),
    "chapter_without_file": (
        replace(LECTURE, '"sums"]', '"sum"]'),
        f"{LECTURE}:3: the chapter 'sum' has no file ko/sum.md.j2",
    ),
    "chapter_without_language": (
        replace(LECTURE, '["ko", "en"]', '["ko", "en", "de"]'),
        f"{LECTURE}:6: title lacks the language 'de'",
    ),
    "text_unknown_key": (
        replace(LECTURE, 'en = "The lecturer"', 'english = "The lecturer"'),
        f"{LECTURE}:10: unknown key 'english' in author\n  there is en, ko",
    ),
    "paper": (replace(LECTURE, "seed = 1", 'paper = "letter"'), f"{LECTURE}:4: unknown paper 'letter'"),
    "params_unknown": (
        replace(LECTURE, "[params.averages]", "[params.average]"),
        f"{LECTURE}:14: unknown experiment 'average' in params\n  did you mean averages?",
    ),
    "logo": (replace(LECTURE, "seed = 1", 'logo = "us.svg"'), f"{LECTURE}:4: there is no logo us.svg"),
    "term_language": (replace(TERMS, 'en = "error"', ""), f"{TERMS}:1: error lacks the language 'en'"),
    "term_key": (replace(TERMS, "symbol =", "symbl ="), f"{TERMS}:5: unknown key 'symbl' in average"),
    "stems_equal": (
        lambda folder: shutil.copytree(folder / "experiments/basics", folder / "experiments/more"),
        "experiments/more/averages.py: there are two experiments 'averages'",
    ),
    "stem_strange": (
        lambda folder: (folder / "experiments/basics/a-b.py").write_text(""),
        "experiments/basics/a-b.py: 'a-b' cannot be an experiment's id",
    ),
    "no_experiment": (
        replace(SUMS, "experiment = Experiment(", "experimnt = Experiment("),
        f"{SUMS}: declares no experiment",
    ),
    "experiment_type": (
        lambda folder: (folder / SUMS).write_text("experiment = 3"),
        f"{SUMS}: declares a int as experiment",
    ),
    "python_syntax": (
        lambda folder: (folder / SUMS).write_text("x = 1\nx = = 2\n"),
        f"{SUMS}:2: loading raised SyntaxError: invalid syntax",
    ),
    "raises": (
        replace(
            SUMS, "experiment = Experiment(", "def halve(n):\n    return 1 / n\n\n\nhalve(0)\nx = Experiment("
        ),
        "loading raised ZeroDivisionError: division by zero\n  line 16, in <module>: halve(0)\n"
        "  line 13, in halve: return 1 / n",
    ),
    "exits": (
        lambda folder: (folder / SUMS).write_text("raise SystemExit(3)"),
        f"{SUMS}:1: loading raised SystemExit: 3",
    ),
    "claim_twice_here": (replace(AVERAGES, 'id="M02"', 'id="M01"'), "claim 'M01' is declared twice"),
    "claim_twice_elsewhere": (
        replace(SUMS, 'id="M06"', 'id="M01"'),
        f"{SUMS}: claim 'M01' is declared twice",
    ),
    "claim_comma": (
        replace(SUMS, 'follows=("M02",)', 'follows=("M02")'),
        "claim 'M09': follows must be a tuple of str\n  a tuple of one item ends with a comma",
    ),
    "follows_unknown": (
        replace(SUMS, 'follows=("M02",)', 'follows=("M22",)'),
        f"{SUMS}: claim 'M09': follows: unknown claim 'M22'\n  did you mean",
    ),
    "follows_circle": (
        replace(AVERAGES, "checks=(FEW,),", 'follows=("M09",),'),
        "claims follow each other in a circle: M02 → M09 → M02",
    ),
    "data_unknown": (
        replace(SUMS, 'data=("averages",)', 'data=("avrages",)'),
        "claim 'M08': data: unknown experiment 'avrages'\n  did you mean averages?",
    ),
    "translation": (
        replace(AVERAGES, ', en="A single number is far from 0."', ""),
        f"{AVERAGES}: claim 'M02': better lacks the language 'en'",
    ),
    "alt_empty": (
        replace(AVERAGES, 'en="The error falls from', 'en="", de="'),
        "figure 'errors': alt must be a Text without empty strings",
    ),
    "alt_missing": (
        replace(AVERAGES, "alt=Text(", "title=Text("),
        "loading raised TypeError: Figure.__init__() got an unexpected keyword argument 'title'",
    ),
    "figure_name": (
        replace(AVERAGES, 'name="errors"', 'name="the errors"'),
        "'the errors' cannot name a figure",
    ),
    "width": (replace(AVERAGES, "draw=draw_errors", 'draw=draw_errors, width="wid"'), "did you mean wide?"),
    "replicates": (replace(AVERAGES, "replicates=20", "replicates=0"), "replicates cannot be 0 with measure"),
    "replicates_unmeasured": (replace(SUMS, "replicates=0", "replicates=5"), "cannot be 5 without measure"),
    "setting_type": (replace(AVERAGES, '"std": 1.0', '"std": None'), "setting 'std' is a NoneType"),
    "estimator": (
        replace(SUMS, '"proportion"', '"proportional"'),
        "check 'closer': estimator cannot be 'proportional'\n  did you mean proportion?",
    ),
    "relation_pair": (
        replace(AVERAGES, 'relation=">="', 'relation="within"'),
        "'within' does not go with the bound 0.0",
    ),
    "bound_order": (
        replace(SUMS, "(4999.5, 5000.5)", "(5000.5, 4999.5)"),
        "low end is not below its high end",
    ),
    "bound_proportion": (replace(SUMS, "bound=0.5", "bound=50.0"), "a proportion's bound lies in 0 … 1"),
    "bound_log": (replace(AVERAGES, "bound=0.0", 'bound=0.0, scale="log"'), "log scale must be positive"),
    "bound_nan": (replace(AVERAGES, "bound=0.0", 'bound=float("nan")'), "the bound nan is not a number"),
    "printed_without_erratum": (
        replace(AVERAGES, 'name="few",', 'name="few", role="printed",'),
        "check 'few': role=\"printed\" and erratum go together",
    ),
    "erratum_without_printed": (
        replace(SUMS, 'role="printed"', 'role="decides"'),
        "check 'printed': role=\"printed\" and erratum go together",
    ),
    "no_replicates": (
        replace(SUMS, 'data=("averages",),', ""),
        "check 'closer': proportion needs replicates",
    ),
    "severity": (replace(SUMS, '"slip"', '"slips"'), "erratum.severity cannot be 'slips'"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_project_is_refused(folder: Path, name: str) -> None:
    edit, expected = WRONG[name]
    edit(folder)
    with pytest.raises(ReportgenError) as caught:
        load_everything(folder)
    assert isinstance(caught.value, ExperimentError | ProjectError)
    assert expected in str(caught.value).replace(f"{folder}/", "")


def test_folder_that_is_no_project_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="no folder experiments/"):
        find_project(tmp_path)


def test_experiment_saved_again_is_loaded_again(folder: Path) -> None:
    path = folder / SUMS
    assert load_experiment(path, "sums").claims[0].id == "M06"
    replace(SUMS, "M06", "M96")(folder)  # same size, same second
    assert load_experiment(path, "sums").claims[0].id == "M96"
    assert sys.modules["reportgen_experiment_sums"].__file__ == str(path)
    assert not list(folder.rglob("__pycache__"))


def test_text_for_all_languages_may_be_one_string(folder: Path) -> None:
    replace(LECTURE, "seed = 1", 'course = "CS 231"')(folder)
    assert dict(load_lecture(find_project(folder)).course) == {"ko": "CS 231", "en": "CS 231"}


def test_files_beginning_with_underscore_are_no_experiments(folder: Path) -> None:
    (folder / "experiments" / "basics" / "_draft.py").write_text("")
    project: Project = find_project(folder)
    assert set(project.experiments) == {"averages", "sums"}
