"""Who may import whom, read from the syntax of every file."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "reportgen"
# Arrows go down; modules of one level do not import each other. "" is reportgen/__init__, the vocabulary.
LEVELS = (
    {"errors"},
    {
        "model",
        "theory",
        "nn",
        "events",
        "machine",
        "manifest",
        "netcdf",
        "options",
        "settings",
        "stamp",
        "variables",
    },
    {"names"},
    {""},
    {
        "data",
        "project",
        "streams",
        "statistics",
        "fingerprint",
        "store",
        "style",
        "plain",
        "pool",
        "verdicts",
    },
    {
        "measure",
        "summarize",
        "judge",
        "draw",
        "typeset",
        "publish",
        "scaffold",
        "ci",
        "comparison",
        "verification",
        "cluster",
    },
    {"film"},
    {"line"},
    {"build", "doctor", "site", "watch", "figures", "slides"},
    {"cli"},
    {"__main__"},
)
LEVEL = {module: number for number, modules in enumerate(LEVELS) for module in modules}
ONLY_IN = {
    "click": {"cli"},
    "rich": {"cli"},
    "jinja2": {"typeset"},
    "weasyprint": {"typeset"},
    "matplotlib": {"draw", "film", "style"},
    "pptx": {"slides"},
    "seaborn": {"draw", "style"},
    "h5py": {"netcdf"},
}
ONLY_NUMPY = {"nn", "theory"}
FOR_EXPERIMENTS = {
    "reportgen",
    "reportgen.nn",
    "reportgen.theory",
    "reportgen.data",
    "reportgen.model",
    "numpy",
    "xarray",
}
FOR_DRAWING = {"matplotlib", "seaborn"}
FOR_SHOWING = {"torch"}  # in functions that a text shows and only the tests run
SLOW = {
    *("numpy", "scipy", "pandas", "xarray", "h5py", "h5netcdf", "sklearn"),
    *(
        "matplotlib",
        "seaborn",
        "jinja2",
        "markdown_it",
        "pygments",
        "weasyprint",
        "pikepdf",
        "ziamath",
        "fontTools",
    ),
    *("rich", "concurrent.futures.process", "importlib.metadata"),
}


def part_of(module: str) -> str:
    """Return the part of the engine that a module belongs to: ``reportgen.nn.layers`` → ``nn``."""
    return module.removeprefix("reportgen").removeprefix(".").partition(".")[0]


def imported(path: Path, package: str) -> Iterator[tuple[ast.stmt, str]]:
    """Yield the absolute names of the modules that a file imports, without those for type checkers only."""
    tree = ast.parse(path.read_bytes())
    hidden = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for child in node.body
        for inner in ast.walk(child)
    }
    for node in ast.walk(tree):
        if node in hidden:
            continue
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                inner = ROOT.joinpath(*module.split("."), alias.name)
                yield (
                    node,
                    f"{module}.{alias.name}"
                    if inner.is_dir() or inner.with_suffix(".py").is_file()
                    else module,
                )


def engine_files() -> list[tuple[Path, str]]:
    """Return the engine's files with the packages they lie in."""
    paths = sorted(path for path in PACKAGE.rglob("*.py") if "_embedded" not in path.parts)
    return [(path, ".".join(path.relative_to(ROOT).parent.parts)) for path in paths]


def own_part(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    return "" if first == "__init__" else first


def breaches_of_engine() -> Iterator[str]:
    for path, package in engine_files():
        here = own_part(path)
        where = path.relative_to(ROOT).as_posix()
        if here not in LEVEL:
            yield f"{where}: {here!r} has no level; give it one in LEVELS"
            continue
        for node, name in imported(path, package):
            top = name.partition(".")[0]
            there = part_of(name)
            if top == "reportgen":
                if there != here and LEVEL.get(there, -1) >= LEVEL[here]:
                    yield f"{where}:{node.lineno}: {here or 'reportgen'} must not import {name}"
                if here in ONLY_NUMPY and there != here:
                    yield f"{where}:{node.lineno}: {here} must not import {name}"
            elif here in ONLY_NUMPY and top not in {"numpy", *sys.stdlib_module_names}:
                yield f"{where}:{node.lineno}: {here} must not import {name}"
            elif here not in ONLY_IN.get(top, {here}):
                yield f"{where}:{node.lineno}: only {', '.join(sorted(ONLY_IN[top]))} may import {name}"


def breaches_of_experiments(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*.py")):
        top_level = set(ast.parse(path.read_bytes()).body)
        lines = {node.lineno for node in top_level}
        for node, name in imported(path, ""):
            where = f"{path.relative_to(ROOT).as_posix()}:{node.lineno}"
            top = name.partition(".")[0]
            package = ".".join(name.split(".")[:2]) if top == "reportgen" else top
            if isinstance(node, ast.ImportFrom) and node.level:
                yield f"{where}: experiments are not imported from each other"
            elif package in FOR_DRAWING:
                if node.lineno in lines:
                    yield f"{where}: {name} is imported inside draw only"
            elif package in FOR_SHOWING:
                if node.lineno in lines:
                    yield f"{where}: {name} is imported inside a function only"
            elif package not in FOR_EXPERIMENTS and top not in sys.stdlib_module_names:
                yield f"{where}: an experiment must not import {name}"


def test_imports_of_the_engine_go_down() -> None:
    assert list(breaches_of_engine()) == []


@pytest.mark.parametrize("folder", ["experiments", "tests/projects"])
def test_experiments_import_what_they_may(folder: str) -> None:
    assert list(breaches_of_experiments(ROOT / folder)) == []


def test_help_imports_nothing_slow() -> None:
    run = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "reportgen", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    modules = set(re.findall(r"\| +([\w.]+)$", run.stderr, flags=re.MULTILINE))
    assert "click" in modules
    assert modules & SLOW == set()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("from reportgen import judge", "draw must not import reportgen.judge"),
        ("from reportgen.build import build", "draw must not import reportgen.build"),
        ("from . import judge", "draw must not import reportgen.judge"),
        ("import click", "only cli may import click"),
        ("def f():\n    import jinja2.nodes", "only typeset may import jinja2.nodes"),
        ("from reportgen import Text", None),
        ("from reportgen.style import Style", None),
        ("if TYPE_CHECKING:\n    from reportgen.judge import judge", None),
    ],
)
def test_breach_is_seen(
    line: str, message: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "reportgen" / "draw.py"
    path.parent.mkdir()
    path.write_text(line)
    (path.parent / "judge.py").touch()
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    monkeypatch.setattr(sys.modules[__name__], "PACKAGE", path.parent)
    found = [breach.partition(": ")[2] for breach in breaches_of_engine() if "draw.py" in breach]
    assert found == ([] if message is None else [message])
