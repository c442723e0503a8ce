"""HTML → PDF by WeasyPrint: an allow-list of what it may read, a gate for what it logs, then tidying."""

from __future__ import annotations

import base64
import gc
import io
import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from reportgen.errors import EnvironmentProblem, ProjectError
from reportgen.typeset.layout import mending

_PNG = "data:image/png;base64,"
# What WeasyPrint says about CSS of ours that is meant for browsers; everything else fails the build.
_HARMLESS: tuple[str, ...] = ()
_INSTALL = (
    "apt-get install libpangoft2-1.0-0 libharfbuzz-subset0  (Debian, Ubuntu)\n"
    "  dnf install pango harfbuzz  (Fedora)\n"
    "  brew install pango harfbuzz  (macOS)"
)


def write_pdf(page: str, style: str, assets: Mapping[str, tuple[str, bytes]]) -> bytes:
    """Return the tagged PDF (PDF/UA-1) of a page; equal input gives equal bytes.

    Raises
    ------
    EnvironmentProblem
        A system library is missing.
    ProjectError
        A glyph that no font has, a file that the page may not read, anything else that WeasyPrint warns of.
    """
    weasyprint = _import()
    from weasyprint.text.fonts import FontConfiguration

    fetcher = _make_fetcher(assets)
    options = {"pdf_variant": "pdf/ua-1", "optimize_images": False}
    with _listening() as records, _relaxed_collector(), mending():
        fonts = FontConfiguration()
        css = weasyprint.CSS(string=style, font_config=fonts, url_fetcher=fetcher)
        html = weasyprint.HTML(string=page, base_url=None, url_fetcher=fetcher)
        try:
            document = html.render(stylesheets=[css], font_config=fonts, **options)
            data: bytes = document.write_pdf(**options)
        except RecursionError as error:
            raise ProjectError("the text is nested too deeply to be typeset") from error
    if fetcher.refused:
        raise ProjectError(
            f"the PDF may not read {fetcher.refused[0]!r}", hint="figures come by figure(), formulas by $…$"
        )
    _refuse(records, page)
    return _tidy(data)


def _import() -> Any:
    try:
        import weasyprint
    except OSError as error:
        library = re.search(r"'([^']+)'", str(error))
        raise EnvironmentProblem(
            f"the system library {library[1] if library else 'pango'} is missing: no PDF without it",
            hint=_INSTALL,
        ) from error
    return weasyprint


def _make_fetcher(assets: Mapping[str, tuple[str, bytes]]) -> Any:
    """Return a fetcher that serves our own ``rg:`` names and refuses files and networks alike.

    Of ``data:`` it takes PNG only: a drawing holds its color scale and its dense marks so.
    """
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class Fetcher(URLFetcher):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(allowed_protocols=set(), allow_redirects=False)
            self.refused: list[str] = []

        def fetch(self, url: str, headers: Any = None) -> Any:  # noqa: ARG002
            name = url.removeprefix("rg:")
            if url.startswith("rg:") and name in assets:
                mime, body = assets[name]
                return URLFetcherResponse(url, body, {"Content-Type": mime})
            if url.startswith(_PNG):
                body = base64.b64decode(url[len(_PNG) :])
                return URLFetcherResponse(url, body, {"Content-Type": "image/png"})
            self.refused.append(url[:80])
            raise ValueError(f"refused: {url[:80]}")

    return Fetcher()


class _Collector(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())


@contextmanager
def _listening() -> Iterator[list[str]]:
    logger, collector = logging.getLogger("weasyprint"), _Collector()
    propagate, logger.propagate = logger.propagate, False
    logger.addHandler(collector)
    try:
        yield collector.texts
    finally:
        logger.removeHandler(collector)
        logger.propagate = propagate


@contextmanager
def _relaxed_collector() -> Iterator[None]:
    """Collect garbage rarely: a layout is one big living graph (16.2 → 13.4 s, +57 MB)."""
    before = gc.get_threshold()
    gc.set_threshold(100_000, 50, 50)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _refuse(records: list[str], page: str) -> None:
    serious = [r for r in records if not any(re.search(p, r) for p in _HARMLESS)]
    if not serious:
        return
    glyph = next((r for r in serious if ".notdef glyph" in r), None)
    if glyph is not None:
        missing = re.search(r'"(.+?)"', glyph) or re.search(r"'(.+?)'", glyph)
        char = missing[1] if missing else "?"
        at = page.find(char)
        around = re.sub(r"<[^>]*>|\s+", " ", page[max(0, at - 60) : at + 30]).strip() if at >= 0 else ""
        name = f"U+{ord(char):04X}" if len(char) == 1 else char
        raise MissingGlyphError(char, f"no font has the character {char!r} ({name})", around)
    raise ProjectError(f"the PDF cannot be typeset: {serious[0]}")


class MissingGlyphError(ProjectError):
    """A character without a glyph; ``char`` for whoever knows the sources."""

    def __init__(self, char: str, what: str, around: str) -> None:
        super().__init__(what, hint=f"near: … {around} …" if around else None)
        self.char = char


def _tidy(data: bytes) -> bytes:
    """Mend what WeasyPrint 70 writes wrong: boxes in pixels from the top, formulas as figures."""
    import pikepdf

    with pikepdf.open(io.BytesIO(data)) as pdf:
        heights = {page.objgen: float(page.MediaBox[3]) for page in pdf.pages}
        default = next(iter(heights.values()))
        for element in _structure(pdf.Root.get("/StructTreeRoot")):
            if element.get("/S") != pikepdf.Name.Figure:
                continue
            attributes = element.get("/A")
            if isinstance(attributes, pikepdf.Dictionary) and "/BBox" in attributes:
                page = element.get("/Pg")
                height = heights.get(page.objgen, default) if page is not None else default
                x0, y0, x1, y1 = (float(v) * 0.75 for v in attributes["/BBox"])
                attributes["/BBox"] = pikepdf.Array(
                    [_decimal(x0), _decimal(height - y1), _decimal(x1), _decimal(height - y0)]
                )
            alt = str(element.get("/Alt", ""))
            if alt.startswith(FORMULA_ALT):
                element["/S"] = pikepdf.Name.Formula
                element["/Alt"] = pikepdf.String(alt.removeprefix(FORMULA_ALT))
        buffer = io.BytesIO()
        pdf.save(
            buffer,
            deterministic_id=True,
            compress_streams=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
        )
    return buffer.getvalue()


FORMULA_ALT = "\u2061"  # marks a formula's alt text until it is tagged as one


def _decimal(value: float) -> Any:
    from decimal import Decimal

    return Decimal(f"{value:.2f}")


def _structure(root: Any) -> Iterator[Any]:
    import pikepdf

    stack = [] if root is None else [root]
    while stack:
        element = stack.pop()
        if isinstance(element, pikepdf.Array):
            stack.extend(element)
        elif isinstance(element, pikepdf.Dictionary) and element.get("/Type") != pikepdf.Name.MCR:
            if "/S" in element:
                yield element
            if "/K" in element:
                stack.append(element["/K"])
