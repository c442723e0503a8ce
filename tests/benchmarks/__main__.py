"""Run the benchmarks: ``make bench``, or ``make bench ARGS="--quick step wide"``."""

import argparse
import importlib
import os
import platform
from collections.abc import Sequence
from pathlib import Path

SECTIONS = {
    "step": "networks",
    "wide": "wide_network",
    "grid": "grid",
    "build": "builds",
    "typeset": "typesetting",
    "cluster": "cluster",
}
ROOT = Path(__file__).parents[2]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the chosen sections, print the table, write JSON and plot."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("sections", nargs="*", choices=[*SECTIONS, []], help="all by default")
    parser.add_argument("--quick", action="store_true", help="fewer cases and rounds; no page")
    parser.add_argument("--rounds", type=int, help="rounds of the short measurements")
    parser.add_argument("--output", type=Path, help="JSON file; sections not measured keep their lines")
    parser.add_argument("--docs", type=Path, default=ROOT / "docs", help="folder of the page and its plot")
    options = parser.parse_args(arguments)
    name = "benchmarks-quick.json" if options.quick else "benchmarks.json"
    output = options.output or ROOT / "output" / name
    set_environment()

    # Only now: NumPy reads the environment when it is imported.
    from rich.console import Console

    from reportgen.machine import cpu_name, describe_blas, n_cores, versions

    from .page import insert_table
    from .plot import draw
    from .results import print_table, write_json

    console, remarks = Console(width=130), Console(stderr=True)
    rounds = options.rounds or (5 if options.quick else 11)
    machine = f"{cpu_name()}, {n_cores()} cores; Python {platform.python_version()}"
    found_versions = versions(("numpy", "torch", "weasyprint", "nbconvert", "sphinx"))
    blas = describe_blas()
    parts = [machine, *(f"{name} {version}" for name, version in found_versions.items())]
    setting = ", ".join([*parts, f"{blas['library']} {blas['version']} with the {blas['kernel']} kernel"])
    console.print(setting)
    results = []
    for section in options.sections or SECTIONS:
        module = importlib.import_module(f".{SECTIONS[section]}", __package__)
        found = []
        for result in module.measure(quick=options.quick, rounds=rounds):
            remarks.print(f"[dim]{result.name}[/]", highlight=False)
            found.append(result)
        print_table(found, console, section)
        results += found
        write_json(results, output)  # after each section: a later one may fail
    if not options.quick:
        draw(output, options.docs / "benchmarks.svg")
        insert_table(output, options.docs / "benchmarks.md", setting)


def set_environment() -> None:
    """Compute as a worker of a build does, whatever the caller has set for OpenBLAS."""
    from reportgen.machine import worker_environment

    for name in [name for name in os.environ if name.startswith("OPENBLAS_")]:
        del os.environ[name]
    os.environ.update(worker_environment())


if __name__ == "__main__":  # not in the processes that import this file when they are started
    main()
