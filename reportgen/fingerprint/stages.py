"""What each stage of an experiment depends on, read from its file and the engine's."""

from __future__ import annotations

import ast
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from reportgen.errors import ExperimentError
from reportgen.fingerprint import syntax
from reportgen.fingerprint.cache import FileCache, Notes
from reportgen.fingerprint.dependencies import Dependencies, hash_text, make_dependencies
from reportgen.fingerprint.modules import Engine

ROOTS = (Path(__file__).resolve().parents[2],)
ALL_FIGURES = "*"
_STAGES = ("measure", "summarize", "values", "claims")
# What the engine puts around an author's functions: no import of theirs leads there.
_AROUND = {
    "measure": ("reportgen.streams",),
    "summarize": ("reportgen.summarize",),
    "values": ("reportgen.summarize",),
    "claims": ("reportgen.judge", "reportgen.statistics"),
    "figures": ("reportgen.draw", "reportgen.style"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StageKeys:
    """The dependencies of an experiment's stages; None for a stage that the experiment does not have.

    Attributes
    ----------
    source
        sha256 of the file's bytes: a worker compares it before it runs the file.
    declaration
        Hash of the file's normalised source and of what it imports: the declaration as data is kept under it.
    figures
        By the figure's name, or all under ``"*"`` where names are not literal; see :meth:`figure`.
    """

    source: str
    declaration: str
    measure: Dependencies | None
    summarize: Dependencies | None
    values: Dependencies | None
    claims: Dependencies | None
    figures: Mapping[str, Dependencies]

    def figure(self, name: str) -> Dependencies:
        """Return what the figure's drawing depends on."""
        return self.figures[name] if name in self.figures else self.figures[ALL_FIGURES]


class Fingerprints:
    """Dependencies of experiment files; engine files are looked at once in the life of the object.

    With notes (a store), what was found in files that did not change since is taken from there; :meth:`save`
    writes it.
    """

    def __init__(self, roots: tuple[Path, ...] = ROOTS, notes: Notes | None = None) -> None:
        self._cache = FileCache(notes)
        self._engine = Engine(roots, self._cache)

    def stages(self, path: Path) -> StageKeys:
        """Return the dependencies of the stages of one experiment file."""
        try:
            facts = self._cache.get(path, _examine)
        except (SyntaxError, ValueError) as error:
            what, line = (error.msg, error.lineno) if isinstance(error, SyntaxError) else (str(error), None)
            raise ExperimentError(f"is not valid Python: {what}", where=path, line=line) from error
        except OSError as error:
            raise ExperimentError(f"cannot be read: {error.strerror}", where=path) from error
        whole = self._complete("whole", facts["whole"])
        assert whole is not None
        return StageKeys(
            source=facts["source"],
            declaration=whole.digest,
            **{stage: self._complete(stage, facts[stage]) for stage in _STAGES},
            figures=MappingProxyType(
                {
                    name: complete
                    for name, reach in facts["figures"].items()
                    if (complete := self._complete("figures", reach)) is not None
                }
            ),
        )

    def save(self) -> None:
        """Keep in the notes what was found."""
        self._cache.save()

    def _complete(self, stage: str, reach: dict[str, Any] | None) -> Dependencies | None:
        if reach is None:
            return None
        around = self._engine.own_parts(_AROUND.get(stage, ()))
        return make_dependencies({**reach["parts"], **around, **self._engine.parts_of(reach["targets"])})


def stage_dependencies(path: Path, roots: tuple[Path, ...] = ROOTS) -> StageKeys:
    """Return the dependencies of one file; engine files are looked at once a process."""
    return _of_this_process(roots).stages(path)


@functools.cache
def _of_this_process(roots: tuple[Path, ...]) -> Fingerprints:
    return Fingerprints(roots)


def _examine(source: bytes) -> dict[str, Any]:
    """Return what each stage reaches in the file, as JSON."""
    file = _File(syntax.parse(source))
    declared = file.find_declaration()
    facts: dict[str, Any] = {"source": hash_text(source), "whole": file.reach_all(), "figures": {}}
    if declared is None:  # built by other means: every stage depends on everything
        facts.update(dict.fromkeys(_STAGES, facts["whole"]), figures={ALL_FIGURES: facts["whole"]})
        return facts
    for stage in _STAGES:
        facts[stage] = file.reach(declared[stage], stage) if stage in declared else None
    if "figures" in declared:
        literal = file.find_figures(declared["figures"])
        figures = {ALL_FIGURES: declared["figures"]} if literal is None else literal
        facts["figures"] = {name: file.reach(node, "figures") for name, node in figures.items()}
    return facts


class _File:
    """An experiment's statements, and who binds which name."""

    def __init__(self, tree: ast.Module) -> None:
        self._tree = tree
        self._aliases = syntax.imports(tree, inside=False)
        self._binders: dict[str, list[ast.stmt]] = {}
        self._effects: list[ast.stmt] = []  # such as np.seterr(…): they may concern anything
        for statement in tree.body:
            names = syntax.bound_names(statement)
            for name in names:
                if not isinstance(statement, ast.Import | ast.ImportFrom):
                    self._binders.setdefault(name, []).append(statement)
            if not names and not _runs_as_script(statement):
                self._effects.append(statement)

    def find_declaration(self) -> dict[str, ast.expr] | None:
        """Return the arguments of ``experiment = Experiment(…)``; None if it is not written like that."""
        match self._binders.get("experiment", []):
            case [ast.Assign(targets=[ast.Name()], value=ast.Call() as call)] if self._calls(
                call, "Experiment"
            ):
                arguments = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
                complete = len(arguments) == len(call.keywords) and not call.args
                absent = [name for name, node in arguments.items() if _is_none(node)]
                return {n: v for n, v in arguments.items() if n not in absent} if complete else None
        return None

    def find_figures(self, node: ast.expr) -> dict[str, ast.expr] | None:
        """Return each figure's drawing by its literal name; None where one is not literal."""
        found: dict[str, ast.expr] = {}
        todo: list[ast.AST] = [node]
        seen: set[int] = set()
        while todo:
            current = todo.pop()
            match current:
                case ast.Call() if self._calls(current, "Figure"):
                    named = {keyword.arg: keyword.value for keyword in current.keywords}
                    match named.get("name"), named.get("draw"):
                        case ast.Constant(value=str(name)), ast.expr() as draw if name not in found:
                            found[name] = draw
                        case _:
                            return None
                case ast.Tuple() | ast.BinOp():
                    todo.extend(ast.iter_child_nodes(current))
                case ast.operator() | ast.expr_context():
                    pass
                case ast.Name() if len(self._binders.get(current.id, [])) == 1 and id(current) not in seen:
                    (statement,) = self._binders[current.id]
                    seen.add(id(current))
                    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
                        return None
                    todo.append(statement.value)
                case _:
                    return None
        return found

    def reach(self, node: ast.expr, stage: str) -> dict[str, Any]:
        """Return the parts of the file that the expression reaches, and the targets of what they import."""
        root = node.id if isinstance(node, ast.Name) else None
        parts = {} if root else {f"{stage}=": syntax.hash_node(node)}
        targets: set[str] = set()
        todo: list[ast.stmt | ast.expr] = [node, *self._effects]
        seen: set[ast.AST] = set(todo)
        while todo:
            current = todo.pop()
            if isinstance(current, ast.stmt):
                name = _describe(current, root)
                while name in parts:
                    name += "'"
                parts[name] = syntax.hash_node(current)
            names = syntax.global_names(current)
            targets |= self._targets(current, names)
            for name in sorted(names):
                for statement in self._binders.get(name, ()):
                    if statement not in seen:
                        seen.add(statement)
                        todo.append(statement)
        return {"parts": parts, "targets": sorted(targets)}

    def reach_all(self) -> dict[str, Any]:
        """Return the whole file as one part."""
        names = set(self._aliases)
        return {
            "parts": {"file": syntax.hash_node(self._tree)},
            "targets": sorted(self._targets(self._tree, names)),
        }

    def _targets(self, node: ast.AST, names: set[str]) -> set[str]:
        chains = syntax.attributes(node)
        inner = syntax.imports(node)
        stars = [target for known in (self._aliases, inner) for target in known.get("*", [])]
        found = set(stars)
        for name, ways in chains.items():
            targets = [*inner.get(name, []), *(self._aliases.get(name, []) if name in names else [])]
            found |= {syntax.join(target, way) for target in targets for way in ways}
        return found

    def _calls(self, call: ast.Call, name: str) -> bool:
        if not isinstance(call.func, ast.Name | ast.Attribute):
            return False
        ways = syntax.attributes(call.func)
        return any(
            syntax.join(target, way).partition(":")[2].split(".")[-1] == name
            for alias, chains in ways.items()
            for target in self._aliases.get(alias, [])
            for way in chains
        )


def _runs_as_script(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.If) and "__name__" in ast.unparse(statement.test)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _describe(statement: ast.stmt, root: str | None) -> str:
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return f"{statement.name}()" if statement.name == root else f"helper {statement.name}()"
        case ast.ClassDef():
            return f"class {statement.name}"
    names = ", ".join(sorted(syntax.bound_names(statement)))
    return f"constant {names}" if names else f"statement {ast.unparse(statement)[:40]}"
