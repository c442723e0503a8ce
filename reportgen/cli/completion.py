"""Shell completion of ids: read from folders and syntax trees, so that no experiment is imported."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reportgen.errors import ReportgenError

if TYPE_CHECKING:
    from reportgen.project import Project


def lectures(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001
    """Complete the name of a lecture."""
    project = _project(ctx)
    return _starting(project.lecture_names, incomplete) if project else []


def languages(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001
    """Complete a language of the lectures."""
    project = _project(ctx)
    if project is None:
        return []
    folders = (project.root / "templates" / name for name in project.lecture_names)
    found = {child.name for folder in folders for child in folder.iterdir() if any(child.glob("*.md.j2"))}
    *before, last = incomplete.split(",")
    return [",".join((*before, name)) for name in _starting(found - set(before), last)]


def experiments(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Complete the id of an experiment; for ``-p`` with the dot that follows."""
    project = _project(ctx)
    dot = "." if param.name == "settings" else ""
    return [f"{name}{dot}" for name in _starting(project.experiments, incomplete)] if project else []


def selectable(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001
    """Complete what ``--only`` takes: a claim, an experiment or a chapter."""
    project = _project(ctx)
    if project is None:
        return []
    chapters = {file.chapter for file in project.experiments.values()}
    claims = {name for kind, name in _declared(project) if kind == "Claim"}
    return _starting({*project.experiments, *chapters, *claims}, incomplete)


def chapters(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001
    """Complete a chapter: a folder of experiments."""
    project = _project(ctx)
    return _starting({file.chapter for file in project.experiments.values()}, incomplete) if project else []


def explainable(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001
    """Complete what ``explain`` takes: an experiment, a claim or a figure."""
    project = _project(ctx)
    if project is None:
        return []
    return _starting({*project.experiments, *(name for _, name in _declared(project))}, incomplete)


def presets(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:  # noqa: ARG001
    """Complete what figures can be drawn for."""
    from reportgen.style.presets import PRESETS

    return _starting(PRESETS, incomplete)


def declared_ids(path: Path, experiment: str) -> Iterator[tuple[str, str]]:
    """Yield ("Claim", id) and ("Figure", experiment.name) for what a file declares with literal names."""
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        named = {keyword.arg: keyword.value for keyword in node.keywords}
        match node.func.id, named.get("id"), named.get("name"):
            case "Claim", ast.Constant(value=str(name)), _:
                yield "Claim", name
            case "Figure", _, ast.Constant(value=str(name)):
                yield "Figure", f"{experiment}.{name}"


def _declared(project: Project) -> Iterator[tuple[str, str]]:
    for file in project.experiments.values():
        yield from declared_ids(file.path, file.id)


def _project(ctx: click.Context) -> Project | None:
    """Return the project that the command line means; a broken one completes to nothing."""
    from reportgen.project import find_project

    try:
        return find_project(ctx.params.get("project_folder"))
    except (ReportgenError, OSError):
        return None


def _starting(names: Iterable[str], incomplete: str) -> list[str]:
    return sorted(name for name in names if name.startswith(incomplete))
