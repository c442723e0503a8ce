"""The build as its user waits for it: cold, warm, after changing a sentence or a figure; and its growth.

Every build is a process of its own, from the command line. Nothing is compared with a peer here; the goals
are seconds, and linear growth with replicates and figures.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .generated_project import change_figure, change_sentence, write_project
from .results import Goal, Result

PAGE_SECONDS = 0.12
ROOT = Path(__file__).parents[2]
# Runs a command and prints its wall time in seconds and the peak memory of any of its processes in KiB. It is
# a process of its own, because a process counts what its parent held when it was started, here maybe PyTorch.
WATCHER = """
import resource, subprocess, sys, time
began = time.perf_counter()
done = subprocess.run(sys.argv[1:], stdout=sys.stderr)
seconds = time.perf_counter() - began
print(seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(done.returncode)
"""


@dataclass(frozen=True, slots=True)
class Built:
    """A build's wall time in seconds and the peak memory of any of its processes in MB."""

    seconds: float
    memory: float


def build(folder: Path, *options: str, cwd: Path | None = None) -> Built:
    """Run ``reportgen build`` in a fresh process."""
    place = ["--project", str(folder)] if cwd is None else []
    command = [sys.executable, "-m", "reportgen", "build", "--quiet", *place, *options]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    watched = [sys.executable, "-c", WATCHER, *command]
    done = subprocess.run(watched, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    seconds, memory = done.stdout.split()
    return Built(float(seconds), float(memory) / 1024)


def n_pages(pdf: Path) -> int:
    """Return the number of pages of a PDF."""
    import pikepdf

    with pikepdf.open(pdf) as document:
        return len(document.pages)


def measure(*, quick: bool, rounds: int) -> Iterator[Result]:
    """Yield the results."""
    with tempfile.TemporaryDirectory() as scratch:
        yield from edits(Path(scratch) / "edits", rounds=3 if quick else min(rounds, 7))
        replicates = (5, 10) if quick else (5, 10, 20, 40)
        figures = (5, 10) if quick else (30, 60, 120)
        yield from growth(Path(scratch), "replicates", replicates)
        yield from growth(Path(scratch), "figures", figures)
        if not quick:
            yield from built_in_lecture(Path(scratch) / "own")


def edits(folder: Path, rounds: int) -> Iterator[Result]:
    """Time what an author does, round by round: about ten pages with eight figures in two languages."""
    write_project(folder, n_figures=8)
    one = ("--lang", "en", "--format", "html"), ("--lang", "en", "--format", "pdf")
    times: dict[str, list[Built]] = {}

    def note(name: str, *options: str) -> None:
        times.setdefault(name, []).append(build(folder, *options))

    for attempt in range(rounds):
        shutil.rmtree(folder / ".reportgen", ignore_errors=True)
        note("cold, two languages, HTML and PDF")
        note("nothing changed")
        for name, options in zip(("HTML", "PDF"), one, strict=True):
            build(folder, *options)
            change_sentence(folder, "en", 1 + 2 * attempt + (name == "PDF"))
            note(f"a sentence, {name} of one language", *options)
        build(folder)
        change_figure(folder, attempt + 1)
        note("code of one figure, two languages, HTML and PDF")
    pages = n_pages(folder / "output" / "timing" / "timing.en.pdf")
    typeset_all = 2 * PAGE_SECONDS * pages + 2
    goals = {
        "nothing changed": 0.3,
        "a sentence, HTML of one language": 0.7,
        "a sentence, PDF of one language": 1 + PAGE_SECONDS * pages,
        "code of one figure, two languages, HTML and PDF": 2 + typeset_all,
    }
    for name, built in times.items():
        goal = Goal("≤", round(goals[name], 2), of="ours") if name in goals else None
        yield _seconds(f"build/{pages} pages, 8 figures/{name}", [b.seconds for b in built], goal)
    memory = [max(b.memory for b in built) for built in zip(*times.values(), strict=True)]
    yield Result(
        name="build/peak memory of a process",
        unit="MB",
        ours=float(np.median(memory)),
        spread=_quartiles(memory),
        goal=Goal("≤", 400 + 5 * pages, of="ours"),
    )


def growth(scratch: Path, what: str, sizes: Sequence[int]) -> Iterator[Result]:
    """Fit cost = c·n^exponent to cold builds; the replicates' measuring takes most of the time."""
    times: dict[int, list[float]] = {size: [] for size in sizes}
    for attempt in range(3):
        for size in sizes if attempt % 2 == 0 else sizes[::-1]:
            folder = scratch / f"{what} {size}"
            shutil.rmtree(folder, ignore_errors=True)
            if what == "replicates":
                write_project(folder, n_figures=1, n_replicates=size, n_steps=3000, languages=("en",))
                seconds = build(folder, "--format", "html").seconds
            else:
                write_project(folder, n_figures=size, n_replicates=2, languages=("en",))
                seconds = build(folder).seconds
            times[size].append(seconds)
    for size, seconds_of_size in times.items():
        yield _seconds(f"build/cold/{size} {what}", seconds_of_size)
    exponents = [exponent({size: times[size][k] for size in sizes}) for k in range(3)]
    yield Result(
        name=f"build/growth with {what}",
        unit="exponent",
        ours=float(np.median(exponents)),
        spread=_quartiles(exponents),
        goal=Goal("≤", 1, of="ours"),
    )


def exponent(times: Mapping[int, float]) -> float:
    """Return the slope of log time over log size by least squares."""
    slope, _ = np.polyfit(np.log(list(times)), np.log(list(times.values())), 1)
    return float(slope)


def built_in_lecture(folder: Path) -> Iterator[Result]:
    """Time the built-in lecture, cold, at full replicates, both languages, HTML and PDF; once."""
    folder.mkdir()
    built = build(folder, cwd=folder)
    pages = n_pages(next(folder.glob("output/*/*.en.pdf")))
    name = f"build/the built-in lecture, cold, {pages} pages"
    yield _seconds(name, [built.seconds], Goal("≤", 120, of="ours"))
    memory = Goal("≤", 400 + 5 * pages, of="ours")
    yield Result(name=f"{name}, peak memory of a process", unit="MB", ours=built.memory, goal=memory)


def _seconds(name: str, seconds: Sequence[float], goal: Goal | None = None) -> Result:
    return Result(name=name, unit="s", ours=float(np.median(seconds)), spread=_quartiles(seconds), goal=goal)


def _quartiles(values: Sequence[float]) -> tuple[float, float] | None:
    if len(values) < 2:
        return None
    low, high = np.quantile(values, [0.25, 0.75])
    return float(low), float(high)
