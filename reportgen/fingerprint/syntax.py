"""Python source as syntax: normalised, and which global names, attributes and imports it uses.

An import's *target* is written ``module:attributes``: ``from reportgen import nn`` and ``nn.train(…)`` use
``reportgen:nn.train``.
"""

from __future__ import annotations

import ast
import dis
import types
import warnings
from collections.abc import Iterator

from reportgen.fingerprint.dependencies import hash_text

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_SCOPES = (*_FUNCTIONS, *_COMPREHENSIONS, ast.ClassDef)


def parse(source: bytes) -> ast.Module:
    """Return the syntax without what cannot change a result: docstrings, annotations, typing's imports."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of strange escapes; who runs the file sees them
        tree = ast.parse(source)
    normalized = _Normalizer().visit(tree)
    assert isinstance(normalized, ast.Module)
    return normalized


def hash_node(node: ast.AST) -> str:
    """Return the hash of a node's structure."""
    return hash_text(ast.dump(node, annotate_fields=False))


class _Normalizer(ast.NodeTransformer):
    def __init__(self) -> None:
        self._fields: set[int] = set()  # ids of annotations in classes: a dataclass is made of them

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        if getattr(node, "body", None) == [] and not isinstance(node, ast.Module):
            node.body = [ast.copy_location(ast.Pass(), node)]  # type: ignore[attr-defined]
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            return None
        return self.generic_visit(node)

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.AST] | None:
        if ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            return self.visit(ast.Module(body=node.orelse, type_ignores=[])).body  # type: ignore[no-any-return]
        return self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        if id(node) in self._fields:
            return node
        if node.value is None:
            return None
        assign = ast.Assign(targets=[node.target], value=node.value)
        return self.generic_visit(ast.copy_location(assign, node))

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self._fields.update(id(child) for child in node.body if isinstance(child, ast.AnnAssign))
        return self.generic_visit(node)


def global_names(node: ast.stmt | ast.expr) -> set[str]:
    """Return the names that the node looks up outside its functions, as the compiler sees it."""
    statement = ast.copy_location(ast.Expr(node), node) if isinstance(node, ast.expr) else node
    module = ast.Module(body=[statement], type_ignores=[])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        code = compile(ast.fix_missing_locations(module), "", "exec", dont_inherit=True)
    return set(_loaded(code))


def _loaded(code: types.CodeType) -> Iterator[str]:
    for instruction in dis.get_instructions(code):
        if instruction.opname.startswith("LOAD_") and instruction.opcode in dis.hasname:
            name = instruction.opname
            if "GLOBAL" in name or "NAME" in name:
                yield instruction.argval
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _loaded(constant)


def attributes(node: ast.AST) -> dict[str, set[str]]:
    """Return for each name that is read which attributes of it are: ``{"nn": {"train", "optimizers.Adam"}}``.

    The name itself, not through an attribute, gives the empty string.
    """
    found: dict[str, set[str]] = {}
    todo: list[ast.AST] = [node]
    while todo:
        current = todo.pop()
        chain: list[str] = []
        inner = current
        while isinstance(inner, ast.Attribute):
            chain.append(inner.attr)
            inner = inner.value
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load):
            found.setdefault(inner.id, set()).add(".".join(reversed(chain)))
        elif chain:
            todo.append(inner)
        else:
            todo.extend(ast.iter_child_nodes(current))
    return found


def imports(node: ast.AST, package: str = "", *, inside: bool = True) -> dict[str, list[str]]:
    """Return the targets of a node's imports by the name they bind (``*`` for a star import).

    ``package`` is what relative imports start from. Without ``inside``, imports in functions are left out.
    """
    found: dict[str, list[str]] = {}
    for child in _walk(node, inside=inside):
        match child:
            case ast.Import():
                for alias in child.names:
                    name = alias.name if alias.asname else alias.name.partition(".")[0]
                    found.setdefault(alias.asname or name, []).append(f"{name}:")
            case ast.ImportFrom():
                module = _absolute(child, package)
                for alias in child.names:
                    name = "" if alias.name == "*" else alias.name
                    found.setdefault(alias.asname or alias.name, []).append(f"{module}:{name}")
    return found


def join(target: str, chain: str) -> str:
    """Return the target of an attribute of a target."""
    module, _, inner = target.partition(":")
    return f"{module}:{'.'.join(part for part in (inner, chain) if part)}"


def bound_names(statement: ast.stmt) -> set[str]:
    """Return the names that the statement binds or changes: ``TABLE["a"] = 1`` changes ``TABLE``."""
    found: set[str] = set()
    for node in _walk(statement, inside=False):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                found.add(node.name)
            case ast.Name(ctx=ast.Store() | ast.Del()):
                found.add(node.id)
            case ast.Attribute(ctx=ast.Store() | ast.Del()) | ast.Subscript(ctx=ast.Store() | ast.Del()):
                inner: ast.expr = node
                while isinstance(inner, ast.Attribute | ast.Subscript):
                    inner = inner.value
                if isinstance(inner, ast.Name):
                    found.add(inner.id)
            case ast.Import() | ast.ImportFrom():
                found.update(imports(node))
    return found


def _walk(node: ast.AST, *, inside: bool) -> Iterator[ast.AST]:
    yield node
    if inside or not isinstance(node, _SCOPES):
        for child in ast.iter_child_nodes(node):
            yield from _walk(child, inside=inside)


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    base = package.split(".")[: len(package.split(".")) - node.level + 1]
    return ".".join([*base, *([node.module] if node.module else [])])
