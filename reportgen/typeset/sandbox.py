"""The Jinja environments: strict, sandboxed, plain data only; errors with the template's file and line."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import BuiltinMethodType
from typing import Any

import jinja2
from jinja2.exceptions import SecurityError
from jinja2.runtime import LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from reportgen.errors import ProjectError, ReportgenError
from reportgen.typeset.names import unknown

_DICT_METHODS = ("get", "items", "keys", "values")
_MAX_REPEAT = 10_000
_TEMPLATE_FRAMES = ("template code", "top-level template code", "block ", "macro ")


class StrictEnvironment(ImmutableSandboxedEnvironment):
    """Allows the macros that it was given, attributes of dicts and of ``loop``, and nothing else.

    The stock sandbox calls any method of any object that it is handed (``array.tofile``); here an object's
    attributes are out of reach, and so are strings' methods: filters do their work.
    """

    intercepted_binops = frozenset({"*", "**"})

    def __init__(self, *, allowed: Mapping[str, Callable[..., Any]], **options: Any) -> None:
        super().__init__(undefined=jinja2.StrictUndefined, keep_trailing_newline=True, **options)
        self.globals.clear()
        self.globals.update(allowed)
        self._allowed = {id(f) for f in allowed.values()}
        for name in ("attr", "pprint", "xmlattr", "urlize"):
            self.filters.pop(name, None)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:  # noqa: ARG002
        if attr.startswith("_"):
            return False
        if isinstance(obj, dict):
            return attr in _DICT_METHODS
        # a template module (``import … as parts``) shows its macros
        return isinstance(obj, LoopContext | jinja2.environment.TemplateModule)

    def is_safe_callable(self, obj: Any) -> bool:
        if isinstance(obj, Macro | LoopContext | jinja2.Undefined) or id(obj) in self._allowed:
            return True
        if isinstance(obj, BuiltinMethodType):
            return isinstance(obj.__self__, dict) and obj.__name__ in _DICT_METHODS
        return getattr(obj, "__self__", None).__class__ is LoopContext  # loop.cycle

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        numbers = (int, float)
        if operator == "**" and not (isinstance(right, numbers) and abs(right) <= 100):
            raise SecurityError("powers above 100 are refused")
        if operator == "*" and not (isinstance(left, numbers) and isinstance(right, numbers)):
            count = right if isinstance(right, int) else left
            if not isinstance(count, int) or count > _MAX_REPEAT:
                raise SecurityError("so long a repetition is refused")
        return super().call_binop(context, operator, left, right)


def make_environment(
    folders: tuple[Path, ...],
    texts: Mapping[str, str],
    allowed: Mapping[str, Callable[..., Any]],
    *,
    autoescape: bool,
) -> StrictEnvironment:
    """Return an environment that finds ``texts`` (by path) first, then files in the folders, in order."""
    loaders: list[jinja2.BaseLoader] = [
        jinja2.FunctionLoader(lambda name: (texts[name], name, lambda: True) if name in texts else None),
        jinja2.FileSystemLoader(folders),
    ]
    return StrictEnvironment(
        allowed=allowed,
        loader=jinja2.ChoiceLoader(loaders),
        autoescape=autoescape,
        finalize=_print_plain,
        trim_blocks=autoescape,
        lstrip_blocks=autoescape,
    )


def _print_plain(value: Any) -> Any:
    if value is None or isinstance(value, str | int | float | Markup | jinja2.Undefined):
        return "" if value is None else value
    raise SecurityError(f"a {type(value).__name__} cannot be printed")


def current_place() -> tuple[str, int]:
    """Return file and line of the template that is calling now."""
    frame = sys._getframe(1)
    while frame is not None:
        template = frame.f_globals.get("__jinja_template__")
        if template is not None:
            return template.filename or template.name or "", template.get_corresponding_lineno(frame.f_lineno)
        frame = frame.f_back  # type: ignore[assignment]
    return "", 0


@contextmanager
def template_errors(name: str, known: Mapping[str, Any]) -> Iterator[None]:
    """Turn what Jinja raises into a ProjectError at the template's line, with the nearest names."""
    try:
        yield
    except ReportgenError:
        raise
    except jinja2.TemplateSyntaxError as error:
        place = error.filename or error.name or name
        raise ProjectError(error.message or "syntax error", where=place, line=error.lineno) from error
    except jinja2.TemplateNotFound as error:
        place, line = _place_of(error, name)
        raise ProjectError(f"template {error.name!r} does not exist", where=place, line=line) from error
    except Exception as error:  # what a template does wrong surfaces as any exception
        place, line = _place_of(error, name)
        missing = re.fullmatch(r"'(\w+)' is undefined", str(error))
        if missing:
            raise unknown("name", missing[1], known.keys(), place, line) from error
        # a wrong macro call names Python's own function; the author knows it by its plain name
        what = re.sub(r"\b\w+\.(?:<locals>\.)?(\w+\(\))", r"\1", str(error)) or type(error).__name__
        raise ProjectError(what, where=place, line=line) from error


def _place_of(error: BaseException, name: str) -> tuple[str, int | None]:
    """Return the innermost template frame of a traceback (Jinja has rewritten it to template lines)."""
    place: tuple[str, int | None] = (name, None)
    trace = error.__traceback__
    while trace is not None:
        if "__jinja_template__" in trace.tb_frame.f_globals:
            template = trace.tb_frame.f_globals["__jinja_template__"]
            place = (template.filename or name, template.get_corresponding_lineno(trace.tb_lineno))
        elif trace.tb_frame.f_code.co_name.startswith(_TEMPLATE_FRAMES):
            place = (trace.tb_frame.f_code.co_filename, trace.tb_lineno)
        trace = trace.tb_next
    return place
