"""A PDF after a changed sentence: ours, a notebook through ``nbconvert --to webpdf``, and MyST with Sphinx.

All get the same prose and the same figures, as finished SVG; nobody computes or draws. Each is a process
(Sphinx: two) from the command line, on the state that the last one left behind. Chromium prints for both.

What they leave out: ``webpdf`` fetches MathJax from the network and prints formulas as source without it; its
contents and references have no page numbers, and it has no numbered captions, no claims, no fonts of its own.
Sphinx numbers figures and links them, its formulas need the network too (MathJax), its contents have no page
numbers. Neither checks values in the prose against measurements or judges anything, which ours does as well.
"""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from .builds import build, n_pages
from .generated_project import FIGURES_PER_CHAPTER, SENTENCES, change_sentence, write_project
from .measurement import Seconds
from .results import Goal, Result, compare

WEBPDF = """
import sys
from playwright.async_api import BrowserType
from nbconvert.nbconvertapp import main
launch = BrowserType.launch
async def launch_installed(self, **options):
    return await launch(self, executable_path=sys.argv[2], **options)
BrowserType.launch = launch_installed
main(["--to", "webpdf", "--disable-chromium-sandbox", "--log-level", "ERROR", sys.argv[1]])
"""
SPHINX = """
project = "Timing"
extensions = ["myst_parser"]
myst_enable_extensions = ["dollarmath"]
numfig = True
"""
PRINT = ("--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer")
FLOOR_SECONDS = 1.0


class Document:
    """The same text and figures for every typesetter, in one folder."""

    def __init__(self, folder: Path, n_figures: int) -> None:
        self.folder = folder
        self.n_figures = n_figures
        self.attempt = 0
        write_project(folder, n_figures=n_figures, languages=("en",))
        build(folder)
        page = (folder / "output/timing/timing.en.html").read_text(encoding="utf-8")
        figures = re.findall(r"<figure\b.*?</figure>", page, re.DOTALL)
        self.drawings = [found[0] for f in figures if (found := re.findall(r"<svg\b.*?</svg>", f, re.DOTALL))]
        if len(self.drawings) != n_figures:
            raise RuntimeError(f"{len(self.drawings)} drawings of {n_figures} found in the page")
        self.chromium = shutil.which("chromium")

    def typesetters(self) -> dict[str, Callable[[], Path]]:
        """Return what can run here, each giving the path of the PDF it wrote."""
        found: dict[str, Callable[[], Path]] = {"ours": self.ours}
        if self.chromium and _is_installed("nbconvert", "playwright"):
            found["nbconvert --to webpdf"] = self.webpdf
        if self.chromium and _is_installed("sphinx", "myst_parser"):
            self._write_sphinx_figures()
            found["MyST, Sphinx and chromium"] = self.sphinx
        return found

    def ours(self) -> Path:
        build(self.folder, "--lang", "en", "--format", "pdf")
        return self.folder / "output/timing/timing.en.pdf"

    def webpdf(self) -> Path:
        run([sys.executable, "-c", WEBPDF, str(self.folder / "notebook.ipynb"), str(self.chromium)])
        return self.folder / "notebook.pdf"

    def sphinx(self) -> Path:
        source, built = self.folder / "sphinx", self.folder / "sphinx_built"
        run([sys.executable, "-m", "sphinx", "-q", "-b", "singlehtml", str(source), str(built)])
        pdf = self.folder / "sphinx.pdf"
        page = (built / "index.html").as_uri()
        run([str(self.chromium), *PRINT, f"--print-to-pdf={pdf}", page])
        return pdf

    def edit(self) -> None:
        """Change a sentence in everybody's source."""
        self.attempt += 1
        change_sentence(self.folder, "en", self.attempt)
        self._write_notebook()
        self._write_sphinx_chapters()

    def _chapters(self, figure: Callable[[int], str]) -> list[str]:
        texts = []
        for start in range(0, self.n_figures, FIGURES_PER_CHAPTER):
            parts = [f"# Part {start // FIGURES_PER_CHAPTER}"]
            if start == 0:
                parts.append(f"Sentence {self.attempt}.")
            for index in range(start, min(start + FIGURES_PER_CHAPTER, self.n_figures)):
                parts += [SENTENCES["en"] * 4, figure(index)]
            texts.append("\n\n".join(parts))
        return texts

    def _write_notebook(self) -> None:
        cells = [
            {"cell_type": "markdown", "metadata": {}, "source": text}
            for text in self._chapters(lambda index: f"{self.drawings[index]}\n\nPicture {index}. $n$ = 5.")
        ]
        notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
        (self.folder / "notebook.ipynb").write_text(json.dumps(notebook), encoding="utf-8")

    def _write_sphinx_figures(self) -> None:
        source = self.folder / "sphinx"
        source.mkdir()
        for index, drawing in enumerate(self.drawings):
            text = drawing if "xmlns=" in drawing else drawing.replace("<svg", f"<svg {XMLNS}", 1)
            (source / f"{index}.svg").write_text(text, encoding="utf-8")
        (source / "conf.py").write_text(SPHINX, encoding="utf-8")

    def _write_sphinx_chapters(self) -> None:
        source = self.folder / "sphinx"
        chapters = self._chapters(
            lambda index: f"```{{figure}} {index}.svg\n:alt: Accuracy.\n\nPicture {index}. $n$ = 5.\n```"
        )
        names = [f"part_{number}" for number in range(len(chapters))]
        for name, text in zip(names, chapters, strict=True):
            path = source / f"{name}.md"
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                path.write_text(text, encoding="utf-8")
        index = source / "index.md"
        if not index.exists():
            index.write_text("# Timing\n\n```{toctree}\n" + "\n".join(names) + "\n```\n", encoding="utf-8")


XMLNS = 'xmlns="http://www.w3.org/2000/svg"'


def measure(*, quick: bool, rounds: int) -> Iterator[Result]:
    """Yield seconds of a whole document, and milliseconds of each further figure with its text."""
    sizes = (8, 16) if quick else (8, 40)
    rounds = 3 if quick else max(5, rounds // 2)
    with tempfile.TemporaryDirectory() as scratch:
        documents = {size: Document(Path(scratch) / str(size), size) for size in sizes}
        times, pages = turns(documents, rounds)
    names = {name for name, _ in times}
    for name in sorted(names - {"ours"}):
        for size in sizes:
            told = f"{pages['ours', size]} pages against {pages[name, size]}"
            yield compare(
                f"typeset/{size} figures/{name} ({told})", times["ours", size], times[name, size], unit="s"
            )
        per_figure = {
            n: (times[n, sizes[1]] - times[n, sizes[0]]) / (sizes[1] - sizes[0]) for n in times_of(times)
        }
        yield compare(f"typeset/each further figure/{name}", per_figure["ours"], per_figure[name], unit="ms")
    for size in sizes:
        seconds, n = times["ours", size], pages["ours", size]
        yield Result(
            name=f"typeset/{n} pages, {size} figures, all typeset",
            unit="s",
            ours=float(np.median(seconds)),
            goal=Goal("≤", round(FLOOR_SECONDS + 0.12 * n, 2), of="ours"),
        )


def times_of(times: dict[tuple[str, int], Seconds]) -> list[str]:
    return sorted({name for name, _ in times})


def turns(
    documents: dict[int, Document], rounds: int
) -> tuple[dict[tuple[str, int], Seconds], dict[tuple[str, int], int]]:
    """Time all typesetters on all documents in turns; also their numbers of pages."""
    times: dict[tuple[str, int], list[float]] = {}
    pages: dict[tuple[str, int], int] = {}
    typesetters = {size: document.typesetters() for size, document in documents.items()}
    for attempt in range(rounds + 1):
        for size, document in documents.items():
            document.edit()
            for name, typeset in typesetters[size].items():
                began = time.perf_counter()
                pdf = typeset()
                seconds = time.perf_counter() - began
                pages[name, size] = n_pages(pdf)
                if attempt:  # the first one fills caches
                    times.setdefault((name, size), []).append(seconds)
    return {key: np.array(values) for key, values in times.items()}, pages


def run(command: list[str]) -> None:
    """Run a peer; its output counts only if it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ))
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {done.stderr[-2000:]}")


def _is_installed(*modules: str) -> bool:
    return all(importlib.util.find_spec(module) is not None for module in modules)
