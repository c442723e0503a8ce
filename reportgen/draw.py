"""Draw: a figure's drawing function → bytes of SVG, PNG or PDF, always the same for the same input."""

from __future__ import annotations

import io
import logging
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from reportgen.errors import ExperimentError, ReportgenError
from reportgen.model import ClaimResult, Figure, Words
from reportgen.project import short_traceback
from reportgen.style.presets import MM_PER_INCH
from reportgen.style.svg import clean_svg

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure as MatplotlibFigure

    from reportgen.style import Style

Format = Literal["svg", "png", "pdf"]

_LOG = logging.getLogger("reportgen")
_NUDGE = 1 + 1e-9  # matplotlib cuts off fractions of pixels, also those of rounding
_MISSING = re.compile(r"Glyph (\d+) .*missing")
_METADATA: dict[Format, dict[str, None]] = {
    "svg": {"Date": None, "Creator": None, "Format": None, "Type": None},
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


def draw(
    figure: Figure,
    summary: xr.Dataset,
    results: Mapping[str, ClaimResult],
    words: Words,
    style: Style,
    fmt: Format,
    *,
    figure_id: str | None = None,
    strict: bool = False,
) -> bytes:
    """Run the drawing function and return the figure's file.

    Parameters
    ----------
    figure_id
        ``<experiment>.<name>``: names the figure in errors and makes the ids of the SVG unique.
    strict
        Words that are cut off or lie upon each other are an error instead of a warning in the log.

    Raises
    ------
    ExperimentError
        If the function raises or warns, returns no figure, or uses a character that the fonts lack.
    """
    where = f"figure {figure_id or figure.name} ({words.language})"
    with (
        drawn(figure, summary, results, words, style, figure_id=figure_id, strict=strict) as canvas,
        strictly(where),
    ):
        return _save(canvas, style, fmt, prefix=_prefix(figure_id or figure.name))


@contextmanager
def drawn(
    figure: Figure,
    summary: xr.Dataset,
    results: Mapping[str, ClaimResult],
    words: Words,
    style: Style,
    *,
    figure_id: str | None = None,
    strict: bool = False,
    adjust: Callable[[MatplotlibFigure], None] | None = None,
) -> Iterator[MatplotlibFigure]:
    """Yield the finished and checked matplotlib figure, within the style's settings.

    ``adjust`` changes it before it is finished; then it is part of a whole, and what is ugly is not told.
    """
    where = f"figure {figure_id or figure.name} ({words.language})"
    with style.context():
        with strictly(where):
            canvas = _call(figure, summary, results, words, style, where)
            if adjust is not None:
                adjust(canvas)
            problems = _finish_and_check(canvas, style, where)
        if problems and strict:
            raise ExperimentError(problems[0], where=where, hint=_HINT)
        for problem in problems if adjust is None else ():
            _LOG.warning("%s: %s", where, problem)
        yield canvas


def _call(
    figure: Figure,
    summary: xr.Dataset,
    results: Mapping[str, ClaimResult],
    words: Words,
    style: Style,
    where: str,
) -> MatplotlibFigure:
    from matplotlib.figure import Figure as MatplotlibFigure

    path = Path(figure.draw.__code__.co_filename)
    try:
        canvas = figure.draw(summary, results, words, style)
    except ReportgenError as error:
        hint = "\n  ".join(filter(None, (error.hint, short_traceback(error, path))))
        raise ExperimentError(str(error.what), where=where, hint=hint) from error
    except Exception as error:
        what = f"{figure.draw.__name__}() raised {type(error).__name__}: {error}"
        raise ExperimentError(what, where=where, hint=short_traceback(error, path)) from error
    if not isinstance(canvas, MatplotlibFigure):
        raise ExperimentError(
            f"{figure.draw.__name__}() returned {type(canvas).__name__}, not a figure",
            where=where,
            hint="End it with: return figure",
        )
    _put_on_sheet(canvas, style)
    return canvas


def _put_on_sheet(canvas: MatplotlibFigure, style: Style) -> None:
    """Give a figure that ``style.subplots`` did not make the proportions of its place."""
    from reportgen.style.presets import Asked

    if style.place is not None:
        width, height = (inches * MM_PER_INCH for inches in canvas.get_size_inches())
        if abs(width / height * style.place[1] / style.place[0] - 1) > 1e-6:
            width, height = style.sheet(Asked(width=width, height=height))
            canvas.set_size_inches(width / MM_PER_INCH, height / MM_PER_INCH)


def _finish_and_check(canvas: MatplotlibFigure, style: Style, where: str) -> list[str]:
    """Finish the figure; return what is ugly, raise what is wrong."""
    from reportgen.style import check
    from reportgen.style.finish import finish

    renderer = finish(canvas, style.medium.max_ticks)
    missing = check.find_missing(canvas, style.fonts)
    if missing:
        character, text = missing[0]
        raise _missing_character(character, where, text)
    overlaps = [f"{a!r} and {b!r} overlap" for a, b in check.find_overlaps(canvas, renderer)]
    return [str(clipped) for clipped in check.find_clipped(canvas, renderer)] + overlaps


def _missing_character(character: str, where: str, text: str | None = None) -> ExperimentError:
    place = f" in {text!r}" if text else ""
    return ExperimentError(
        f"the fonts have no character {character!r} (U+{ord(character):04X}){place}",
        where=where,
        hint="Write it with other characters; figures have Reportgen Sans and DejaVu Sans.",
    )


@contextmanager
def strictly(where: str) -> Iterator[None]:
    """Turn matplotlib's warnings and logged warnings into errors that name the figure."""
    with warnings.catch_warnings(record=True) as caught, _recording("matplotlib") as logged:
        warnings.simplefilter("always")
        yield
    for message in [str(warning.message) for warning in caught] + logged:
        glyph = _MISSING.search(message)
        if glyph:
            raise _missing_character(chr(int(glyph[1])), where)
        raise ExperimentError(
            f"drawing warned: {message}", where=where, hint="Warnings in figures are errors."
        )


@contextmanager
def _recording(name: str) -> Iterator[list[str]]:
    logger, messages = logging.getLogger(name), list[str]()
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: messages.append(record.getMessage())  # type: ignore[method-assign]
    propagates, logger.propagate = logger.propagate, False
    logger.addHandler(handler)
    try:
        yield messages
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagates


def _save(canvas: MatplotlibFigure, style: Style, fmt: Format, *, prefix: str) -> bytes:
    out = io.BytesIO()
    magnification = style.magnification(canvas)
    dpi = style.dpi or style.medium.dpi
    settings: dict[str, Any] = {"dpi": dpi * magnification * _NUDGE, "metadata": _METADATA[fmt]}
    opaque = fmt == "png" if style.transparent is None else not style.transparent
    if opaque:
        settings["facecolor"] = style.color("paper")
    if fmt == "png":
        settings["pil_kwargs"] = {"dpi": (dpi, dpi)}
    canvas.savefig(out, format=fmt, **settings)
    if fmt == "png":
        return out.getvalue()
    if fmt == "pdf":
        return out.getvalue() if magnification == 1 else _magnified(out.getvalue(), magnification)
    size = [inches * MM_PER_INCH * magnification for inches in canvas.get_size_inches()]
    width, height = (round(mm, 2) for mm in size)
    return clean_svg(out.getvalue().decode(), prefix=prefix, width=width, height=height).encode()


def _magnified(pdf: bytes, magnification: float) -> bytes:
    """Return the one page enlarged as a whole."""
    import pikepdf

    with pikepdf.open(io.BytesIO(pdf)) as document:
        page = document.pages[0]
        page.contents_add(f"q {magnification:.6f} 0 0 {magnification:.6f} 0 0 cm".encode(), prepend=True)
        page.contents_add(b"Q")
        page.mediabox = pikepdf.Array([round(float(x) * magnification, 3) for x in page.mediabox])
        out = io.BytesIO()
        document.save(out, deterministic_id=True)
        return out.getvalue()


def _prefix(name: str) -> str:
    return "f-" + re.sub(r"[^A-Za-z0-9]+", "-", name)


_HINT = "Give style.subplots more room (left=, right=, top=, bottom=, wspace=, in mm), or shorten the words."
