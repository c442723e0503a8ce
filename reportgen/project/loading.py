"""Experiment files: run by path, each as a module of its own, and checked."""

from __future__ import annotations

import importlib.util
import linecache
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

from reportgen.errors import ExperimentError, ReportgenError
from reportgen.model import Experiment
from reportgen.project.declaration import check_declaration
from reportgen.project.failures import last_line, short_traceback


def load_experiment(path: Path, experiment_id: str, code: bytes | None = None) -> Experiment:
    """Run the file as module ``reportgen_experiment_<experiment_id>`` and return what it declares.

    ``code`` is the file's content if that came from another machine; errors still name the author's path.

    Raises
    ------
    ExperimentError
        If the file raises (with the author's own frames), declares no experiment or a wrong one.
    """
    source = _read(path) if code is None else code
    if code is not None:  # tracebacks take their lines from here
        lines = code.decode(errors="replace").splitlines(keepends=True)
        linecache.cache[str(path)] = (len(code), None, lines, str(path))
    name = f"reportgen_experiment_{experiment_id}"
    module = importlib.util.module_from_spec(ModuleSpec(name, None, origin=str(path)))
    module.__file__ = str(path)
    sys.modules[name] = module  # dataclasses look their module up there
    try:
        # compiled here: a cached .pyc would be stale after two saves within a second
        exec(compile(source, path, "exec", dont_inherit=True), module.__dict__)
    except ReportgenError:
        raise
    except (Exception, SystemExit) as error:
        what = error.msg if isinstance(error, SyntaxError) else str(error)
        raise ExperimentError(
            f"loading raised {type(error).__name__}: {what}",
            where=path,
            line=last_line(error, path),
            hint=short_traceback(error, path) or None,
        ) from error
    experiment = getattr(module, "experiment", None)
    if not isinstance(experiment, Experiment):
        found = "no experiment" if experiment is None else f"a {type(experiment).__name__} as experiment"
        raise ExperimentError(f"declares {found}", where=path, hint="write experiment = Experiment(…)")
    check_declaration(experiment, path)
    return experiment


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ExperimentError(f"cannot be read: {error.strerror}", where=path) from error
