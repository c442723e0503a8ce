"""The engine's modules: which ones a name leads to, and what they import in turn."""

from __future__ import annotations

import functools
import importlib.util
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from reportgen.fingerprint import syntax
from reportgen.fingerprint.cache import FileCache
from reportgen.fingerprint.dependencies import hash_text

PACKAGE = "reportgen"
UNCOUNTED = {"reportgen", "reportgen.model", "reportgen.errors"}  # the vocabulary; they compute nothing
_DISTRIBUTIONS = {"sklearn": "scikit-learn"}  # packages that are called otherwise than what they install


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleFacts:
    """What one file says: its hash, the targets it uses, where its names come from, what it defines."""

    digest: str
    uses: tuple[str, ...]
    exports: dict[str, str]
    defines: tuple[str, ...]


class Engine:
    """The modules below the import roots; each file is looked at once."""

    def __init__(self, roots: tuple[Path, ...], cache: FileCache) -> None:
        self._roots = roots
        self._cache = cache
        self._facts: dict[str, ModuleFacts] = {}
        self._paths: dict[str, Path | None] = {}

    def parts_of(self, targets: Iterable[str]) -> dict[str, str]:
        """Return the modules and packages that the targets lead to, with everything they use in turn."""
        parts: dict[str, str] = {}
        todo = list(targets)
        seen: set[str] = set()
        while todo:
            target = todo.pop()
            if target in seen:
                continue
            seen.add(target)
            for module, whole in self._resolve(target):
                if module in UNCOUNTED:
                    continue
                path = self._find(module)
                if path is None:
                    parts.update(_package_part(module))
                    continue
                facts = self._read(module)
                parts[f"module {module}"] = facts.digest
                todo.extend(facts.uses)
                if whole and path.name == "__init__.py":
                    todo.extend(facts.exports.values())
        if "module reportgen.data" in parts:
            parts.update(_data_part())
        return parts

    def own_parts(self, modules: Iterable[str]) -> dict[str, str]:
        """Return these modules (all those of a package) and the packages they use, and follow no further."""
        parts: dict[str, str] = {}
        for module in self._expand(modules):
            facts = self._read(module)
            parts[f"module {module}"] = facts.digest
            for target in facts.uses:
                top = target.partition(":")[0].partition(".")[0]
                if self._find(top) is None:
                    parts.update(_package_part(top))
        return parts

    def _expand(self, modules: Iterable[str]) -> Iterator[str]:
        for module in modules:
            path = self._find(module)
            if path is None:
                continue
            yield module
            if path.name == "__init__.py":
                inner = (other for other in path.parent.iterdir() if not other.name.startswith(("_", ".")))
                yield from self._expand(f"{module}.{other.stem}" for other in sorted(inner))

    def _resolve(self, target: str) -> Iterator[tuple[str, bool]]:
        """Yield the module that defines a target, through re-exports; True where it is meant as a whole."""
        seen = set()
        while True:
            module, _, attributes = target.partition(":")
            if self._find(module) is None or not attributes:
                yield module, True
                return
            head, _, rest = attributes.partition(".")
            facts = self._read(module)
            if head in facts.defines:
                yield module, False
                return
            again = target in seen  # `from package import module` in the package itself
            seen.add(target)
            if head in facts.exports and not again:
                target = syntax.join(facts.exports[head], rest)
            elif self._find(f"{module}.{head}") is not None:
                target = f"{module}.{head}:{rest}"
            else:  # a star import, or made while running
                yield module, True
                return

    def _find(self, module: str) -> Path | None:
        if module not in self._paths:
            self._paths[module] = self._search(module)
        return self._paths[module]

    def _search(self, module: str) -> Path | None:
        stem = Path(*module.split("."))
        if not stem.parts or stem.parts[0] != PACKAGE:  # an installed engine lies beside other packages
            return None
        candidates = (
            path for root in self._roots for path in (root / stem / "__init__.py", root / f"{stem}.py")
        )
        return next((path for path in candidates if path.is_file()), None)

    def _read(self, module: str) -> ModuleFacts:
        if module not in self._facts:
            path = self._find(module)
            assert path is not None
            is_package = path.name == "__init__.py"
            package = module if is_package else module.rpartition(".")[0]
            kept = self._cache.get(path, lambda source: _examine(source, package))
            self._facts[module] = ModuleFacts(
                digest=kept["digest"],
                uses=tuple(kept["uses"]),
                exports=kept["exports"],
                defines=tuple(kept["defines"]),
            )
        return self._facts[module]


def _examine(source: bytes, package: str) -> dict[str, object]:
    tree = syntax.parse(source)
    chains = syntax.attributes(tree)
    uses = {
        syntax.join(target, chain)
        for name, targets in syntax.imports(tree, package).items()
        for target in targets
        for chain in (chains.get(name, ()) if name != "*" else ("",))
    }
    exports = syntax.imports(tree, package, inside=False)
    exports.pop("*", None)
    bound = {name for statement in tree.body for name in syntax.bound_names(statement)}
    return {
        "digest": syntax.hash_node(tree),
        "uses": sorted(uses),
        "exports": {name: targets[-1] for name, targets in sorted(exports.items())},
        "defines": sorted(bound - set(exports)),
    }


def _package_part(module: str) -> dict[str, str]:
    top = module.partition(".")[0]
    if not top or top in sys.stdlib_module_names:
        return {}
    return {f"package {_DISTRIBUTIONS.get(top, top)}": _find_version(top)}


@functools.cache
def _find_version(top: str) -> str:
    """Return the version from the name of the package's ``.dist-info`` folder."""
    versions = _installed()
    if (name := _DISTRIBUTIONS.get(top, top).replace("-", "_").lower()) in versions:
        return versions[name]
    import importlib.metadata as metadata  # slow: 25 ms, and 100 to search all packages

    names = sorted(set(metadata.packages_distributions().get(top, [])))
    return " ".join(metadata.version(name) for name in names) or "unknown"


@functools.cache
def _installed() -> dict[str, str]:
    found: dict[str, str] = {}
    for entry in sys.path:
        for path in sorted(Path(entry).glob("*.dist-info")):
            name, _, version = path.stem.rpartition("-")
            found.setdefault(name.lower(), version)
    return found


@functools.cache
def _data_part() -> dict[str, str]:
    """Return the hash of the digits' file, found without importing scikit-learn."""
    package = importlib.util.find_spec("sklearn")
    if package is None or package.origin is None:
        return {"data digits": "missing"}
    path = Path(package.origin).parent / "datasets" / "data" / "digits.csv.gz"
    return {"data digits": hash_text(path.read_bytes()) if path.is_file() else "missing"}
