"""A project of any size for timing: training that takes time, figures, claims, prose with formulas."""

import re
from pathlib import Path
from string import Template

EXPERIMENT = Template('''"""Small networks from several learning rates, and many pictures of them."""

import numpy as np
import xarray as xr

from reportgen import Check, Claim, Experiment, Figure, Text, nn
from reportgen.data import split

PARAMS = {"rates": (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0), "n_steps": $n_steps}


def measure(params, replicates):
    """Train a network from every learning rate."""
    arms = [
        nn.Arm(network=nn.Network(widths=(64, 50, 50, 10)), learning_rate=rate, n_steps=params["n_steps"])
        for rate in params["rates"]
    ]
    data = [nn.Data(**split(replicate.generator("split")).fields()) for replicate in replicates]
    history = nn.train(arms, data, replicates)
    accuracy = ("replicate", "rate"), history.test_accuracy, {"units": "1", "long_name": "test accuracy"}
    coords = {"replicate": [replicate.index for replicate in replicates], "rate": list(params["rates"])}
    return xr.Dataset({"accuracy": accuracy}, coords)


def summarize(dataset, params):  # noqa: ARG001
    """Take quantiles over the replicates."""
    return dataset.quantile([0.05, 0.5, 0.95], dim="replicate")


def best(dataset):
    """Return the best accuracy of each replicate."""
    return dataset["accuracy"].max("rate").values


def draw(summary, style, index, role):
    """Draw the accuracy over the learning rate, and a curve that only this figure has."""
    figure, axes = style.subplots(width="text", height=45)
    low, middle, high = summary["accuracy"].values
    style.band(axes, summary["rate"].values, middle, low, high, role)
    axes.plot(summary["rate"], 0.5 + 0.4 * np.sin(np.arange(summary.sizes["rate"]) + index))
    axes.set_xscale("log")
    axes.set_xlabel("η")
    axes.set_ylabel("%")
    return figure

$draws

experiment = Experiment(
    params=PARAMS,
    replicates=$n_replicates,
    measure=measure,
    summarize=summarize,
    claims=(
        Claim(
            id="B01",
            says=Text(ko="배울 수 있다.", en="It can be learnt."),
            source="Benchmark",
            checks=(
                Check(
                    name="best",
                    label=Text(ko="정확도", en="accuracy"),
                    quantity=best,
                    estimator="median",
                    relation=">=",
                    bound=0.5,
                    because=Text(ko="절반", en="a half"),
                ),
            ),
        ),
    ),
    figures=(
$figures
    ),
)
''')
DRAW = Template('''
def draw_$index(summary, results, words, style):  # noqa: ARG001
    """Draw picture $index."""
    return draw(summary, style, $index, "sgd")
''')
FIGURE = Template("""        Figure(
            name="picture_$index",
            caption=Text(ko="그림 $index. $$n$$ = {n}.", en="Picture $index. $$n$$ = {n}."),
            alt=Text(ko="정확도와 학습률.", en="Accuracy over the learning rate."),
            draw=draw_$index,
        ),""")
LECTURE = """title = {{ ko = "측정", en = "Timing" }}
author = "A. Lecturer"
date = "2025-03-01"
languages = {languages}
chapters = {chapters}
seed = 7
"""
SENTENCES = {
    "en": "Weights that start small shrink the signal from layer to layer, and weights that start large "
    "saturate it; between the two lies a spread that keeps the variance, $\\sigma_w^2 = 1/n$, at any depth. ",
    "ko": "작은 가중치로 시작하면 신호는 층마다 줄어들고 큰 가중치로 시작하면 포화된다. 그 사이에 분산을 "
    "지키는 값 $\\sigma_w^2 = 1/n$이 있으며 이 값은 깊이와 무관하다. ",
}
FIGURES_PER_CHAPTER = 10
EXPERIMENT_FILE = Path("experiments/timing/pictures.py")


def write_project(
    folder: Path,
    *,
    n_figures: int,
    n_replicates: int = 5,
    n_steps: int = 100,
    languages: tuple[str, ...] = ("ko", "en"),
) -> None:
    """Write a project: one experiment, a chapter for every ten figures, half a page of prose to each."""
    path = folder / EXPERIMENT_FILE
    path.parent.mkdir(parents=True)
    indices = range(n_figures)
    path.write_text(
        EXPERIMENT.substitute(
            n_steps=n_steps,
            n_replicates=n_replicates,
            draws="\n".join(DRAW.substitute(index=i) for i in indices),
            figures="\n".join(FIGURE.substitute(index=i) for i in indices),
        ),
        encoding="utf-8",
    )
    lecture = folder / "templates" / "timing"
    chapters = [f"part_{start // FIGURES_PER_CHAPTER}" for start in range(0, n_figures, FIGURES_PER_CHAPTER)]
    for language in languages:
        (lecture / language).mkdir(parents=True)
        for number, chapter in enumerate(chapters):
            first = number * FIGURES_PER_CHAPTER
            own = indices[first : first + FIGURES_PER_CHAPTER]
            chapter_file(folder, language, chapter).write_text(
                _chapter(language, number, own), encoding="utf-8"
            )
    text = LECTURE.format(languages=list(languages), chapters=chapters)
    (lecture / "lecture.toml").write_text(text, encoding="utf-8")


def chapter_file(folder: Path, language: str, chapter: str) -> Path:
    """Return the path of a chapter."""
    return folder / "templates" / "timing" / language / f"{chapter}.md.j2"


def change_sentence(folder: Path, language: str, attempt: int) -> None:
    """Change one sentence of the first chapter."""
    path = chapter_file(folder, language, "part_0")
    text = re.sub(r"^Sentence \d+\.$", f"Sentence {attempt}.", path.read_text(encoding="utf-8"), flags=re.M)
    path.write_text(text, encoding="utf-8")


def change_figure(folder: Path, attempt: int) -> None:
    """Change the code of one figure and of no other."""
    path = folder / EXPERIMENT_FILE
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    where = next(i for i, line in enumerate(lines) if line.startswith("    return draw(summary, style, 0"))
    lines[where] = f'    return draw(summary, style, 0 + {attempt}, "sgd")\n'
    path.write_text("".join(lines), encoding="utf-8")


def _chapter(language: str, number: int, figures: range) -> str:
    parts = [f"# Part {number}"]
    if number == 0:
        parts += ["Sentence 0.", "{{ claim('B01') }}"]
    for index in figures:
        parts += [SENTENCES[language] * 4, f"{{{{ figure('pictures.picture_{index}') }}}}"]
    return "\n\n".join(parts) + "\n"
