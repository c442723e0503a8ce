"""Start a project from the built-in lecture, and an experiment from a small one that works."""

from __future__ import annotations

import contextlib
import keyword
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from reportgen.errors import ProjectError, UsageError
from reportgen.project import Project, builtin_root, find_project

GITIGNORE = ".reportgen/\noutput/\n__pycache__/\n"
FOLDERS = ("experiments", "templates")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewExperiment:
    """The file that was written, and the lines that place its claim and figure in a chapter's text."""

    path: Path
    placements: tuple[str, ...]


def init_project(folder: Path) -> Path:
    """Copy the built-in experiments and templates into a folder; what is there stays, or nothing happens."""
    if folder.exists() and not folder.is_dir():
        raise UsageError("this is a file", where=folder, hint="name a new or an empty folder")
    for name in FOLDERS:
        if (folder / name).exists():
            raise UsageError(
                f"{name}/ is there already; nothing is overwritten",
                where=folder,
                hint="name a new or an empty folder",
            )
    folder.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as unfinished:
        # beside its place, so that an interrupted copy is never taken for a project
        copy = Path(tempfile.mkdtemp(prefix=".init-", dir=folder))
        unfinished.callback(shutil.rmtree, copy, ignore_errors=True)
        for name in FOLDERS:
            shutil.copytree(
                builtin_root() / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc")
            )
        for name in FOLDERS:
            (copy / name).replace(folder / name)
    ignored = folder / ".gitignore"
    if not ignored.exists():
        ignored.write_text(GITIGNORE, encoding="utf-8")
    return folder


def new_experiment(name: str, *, chapter: str | None = None, project: Path | None = None) -> NewExperiment:
    """Write ``experiments/<chapter>/<name>.py``: a small experiment with a claim and a figure that works."""
    place = find_project(project)
    if place.embedded:
        raise ProjectError(
            "the built-in lecture takes no new experiments",
            where="experiments",
            hint="`reportgen init DIR` starts a project of your own; run this command there",
        )
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
        raise UsageError(
            f"{name!r} cannot be an experiment's name",
            where="reportgen new experiment",
            hint="small letters, digits and underscores, like weight_decay",
        )
    if name in place.experiments:
        raise UsageError(
            f"the experiment {name!r} is there already",
            where=place.experiments[name].path.relative_to(place.root).as_posix(),
            hint="choose another name",
        )
    claim = _free_claim(place)
    path = place.root / "experiments" / _choose_chapter(place, chapter) / f"{name}.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    source = _EXPERIMENT.replace("CLAIM", claim).replace("NAME", name)
    with path.open("x", encoding="utf-8", newline="\n") as file:
        file.write(source)
    return NewExperiment(
        path=path, placements=(f"{{{{ claim('{claim}') }}}}", f"{{{{ figure('{name}.estimates') }}}}")
    )


def _choose_chapter(project: Project, chapter: str | None) -> str:
    """Return the chapter asked for, or the only one."""
    chapters = sorted({file.chapter for file in project.experiments.values()})
    if chapter is not None:
        if not re.fullmatch(r"[a-z][a-z0-9_-]*", chapter):
            raise UsageError(
                f"{chapter!r} cannot be a chapter's folder",
                where="--chapter",
                hint="small letters and digits",
            )
        return chapter
    if len(chapters) == 1:
        return chapters[0]
    raise UsageError(
        "it is not clear which chapter is meant" if chapters else "there is no chapter yet",
        where="--chapter",
        hint=f"there are: {', '.join(chapters)}" if chapters else "name one, like --chapter basics",
    )


def _free_claim(project: Project) -> str:
    """Return the first of X01, X02, … that stands in no experiment."""
    sources = "\n".join(file.path.read_text(encoding="utf-8") for file in project.experiments.values())
    taken = set(re.findall(r"\bX\d\d\b", sources))
    return next(claim for number in range(1, 100) if (claim := f"X{number:02}") not in taken)


_EXPERIMENT = '''"""One sentence: what this experiment shows."""

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Figure, Text

PARAMS = {"n_draws": 1000, "std": 2.0}


def measure(params, replicates):
    """Estimate the standard deviation of normal numbers from few and from many draws."""
    n_draws = np.array([10, params["n_draws"]])
    estimates = np.empty((len(replicates), len(n_draws)))
    for row, replicate in enumerate(replicates):
        draws = params["std"] * replicate.generator("draws").standard_normal(params["n_draws"])
        estimates[row] = [draws[:n].std(ddof=1) for n in n_draws]
    return xr.Dataset(
        {
            "estimate": (
                ("replicate", "n_draws"),
                estimates,
                {"units": "1", "long_name": "estimated standard deviation"},
            ),
            "theory_std": ((), params["std"], {"units": "1", "long_name": "true standard deviation"}),
        },
        coords={"replicate": [replicate.index for replicate in replicates], "n_draws": n_draws},
    )


def summarize(dataset, params):
    """Reduce to the median over replicates."""
    return dataset.median("replicate", keep_attrs=True)


def values(summary):
    """Export for the prose: value('NAME.median')."""
    return {"median": float(summary["estimate"][-1])}


def error(dataset):
    """Return the relative error of the estimate from many draws, one value per replicate."""
    return abs(dataset["estimate"].values[:, -1] / float(dataset["theory_std"]) - 1)


def draw_estimates(summary, results, words, style):
    """Draw the estimates over the number of draws."""
    figure, axes = style.subplots(width="text", height=60)
    axes.plot(summary["n_draws"], summary["estimate"], marker="o", color=style.color("accent"))
    axes.axhline(float(summary["theory_std"]), color=style.color("theory"))
    axes.set_xscale("log")
    axes.set_xlabel(words(Text(ko="표본 수", en="number of draws")))
    axes.set_ylabel(words(Text(ko="추정한 표준편차", en="estimated standard deviation")))
    return figure


experiment = Experiment(
    params=PARAMS,
    replicates=20,
    measure=measure,
    summarize=summarize,
    values=values,
    claims=(
        Claim(
            id="CLAIM",
            says=Text(
                ko="표본이 많으면 표준편차를 정확히 추정한다.",
                en="Many draws give the standard deviation accurately.",
            ),
            better=Text(
                ko="표본이 많으면 오차가 작지만 0은 아니다.",
                en="Many draws make the error small, not zero.",
            ),
            source="The slide's heading",
            checks=(
                Check(
                    name="error",
                    label=Text(ko="상대 오차", en="relative error"),
                    quantity=error,
                    estimator="mean",
                    relation="<=",
                    bound=0.05,
                    because=Text(
                        ko="20분의 1이면 그림에서 구별되지 않는다",
                        en="one part in twenty cannot be told apart in a figure",
                    ),
                ),
            ),
        ),
    ),
    figures=(
        Figure(
            name="estimates",
            caption=Text(
                ko="표본이 늘면 추정값이 참값에 다가간다. n = {n}.",
                en="The estimate approaches the true value as draws are added. n = {n}.",
            ),
            alt=Text(
                ko="상대 오차의 평균은 {CLAIM.error.estimate:.3f}이다.",
                en="The mean relative error is {CLAIM.error.estimate:.3f}.",
            ),
            draw=draw_estimates,
        ),
    ),
)
'''
