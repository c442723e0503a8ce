"""HTML → PDF by WeasyPrint: an allow-list of what it may read, a gate for what it logs, then tidying."""

from __future__ import annotations

import base64
import gc
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reportgen.errors import EnvironmentProblem, ProjectError
from reportgen.typeset.glyphs import MissingGlyphError
from reportgen.typeset.layout import mending

if TYPE_CHECKING:
    from reportgen.typeset.picture import Picture

_PNG = "data:image/png;base64,"
# What WeasyPrint says about CSS of ours that is meant for browsers; everything else fails the build.
_HARMLESS: tuple[str, ...] = ()
_SVG = "image/svg+xml"
_INSTALL = (
    "apt-get install libpangoft2-1.0-0 libharfbuzz-subset0  (Debian, Ubuntu)\n"
    "  dnf install pango harfbuzz  (Fedora)\n"
    "  brew install pango harfbuzz  (macOS)"
)


class Press:
    """Prints pages of HTML with one style; loads WeasyPrint with the first of them.

    Parameters
    ----------
    style
        The CSS of every page.
    folders
        Where the files of the fonts are.
    """

    def __init__(self, style: str, folders: Sequence[Path]) -> None:
        self._style, self._folders = style, folders
        self._made: tuple[Any, Any] | None = None

    def print(
        self,
        page: str,
        assets: Mapping[str, tuple[str, bytes]],
        mark: str = "",
        pictures: Mapping[str, Picture] | None = None,
    ) -> bytes:
        """Return the tagged PDF (PDF/UA-1) of a page as a quire; equal input gives equal bytes.

        ``pictures`` take the place of assets that are drawings, by their names.

        Raises
        ------
        EnvironmentProblem
            A system library is missing.
        ProjectError
            A glyph that no font has, a file that the page may not read, anything that WeasyPrint warns of.
        """
        _import()
        from reportgen.typeset.picture import empty
        from reportgen.typeset.quire import tidy

        pictures = pictures or {}
        blanks = {name: (_SVG, empty(assets[name][1], i)) for i, name in enumerate(pictures)}
        data, fonts = self._set(page, {**assets, **blanks}, self._load(), {"pdf_variant": "pdf/ua-1"})
        return tidy(data, mark, fonts, tuple(pictures.values()))

    def draw(self, name: str, assets: Mapping[str, tuple[str, bytes]], size: tuple[float, float]) -> bytes:
        """Return an asset that is a drawing as a PDF of one page; ``size`` is that of its view box."""
        weasyprint = _import()
        from reportgen.typeset.quire import tidy_picture

        width, height = size
        fonts, _ = self._load()
        sheet = f"@page {{ size: {width}px {height}px; margin: 0 }} body {{ margin: 0 }}"
        css = weasyprint.CSS(string=sheet, font_config=fonts, url_fetcher=_make_fetcher({}))
        style = f"display:block;width:{width}px;height:{height}px"
        page = f'<html><body><img src="rg:{name}" alt="x" style="{style}"></body></html>'
        return tidy_picture(*self._set(page, assets, (fonts, css), {}))

    def _set(
        self,
        page: str,
        assets: Mapping[str, tuple[str, bytes]],
        style: tuple[Any, Any],
        options: Mapping[str, Any],
    ) -> tuple[bytes, dict[str, str]]:
        """Return a page's PDF and the files of its fonts by their names."""
        weasyprint = _import()
        from reportgen.typeset.subset import files_of

        fetcher = _make_fetcher(assets)
        fonts, css = style
        with _listening() as records, _relaxed_collector(), mending():
            html = weasyprint.HTML(string=page, base_url=None, url_fetcher=fetcher)
            try:
                document = html.render(stylesheets=[css], font_config=fonts, **options)
                data: bytes = document.write_pdf(**options)
            except RecursionError as error:
                raise ProjectError("the text is nested too deeply to be typeset") from error
        _check(fetcher, records, page)
        return data, files_of(document.fonts, self._folders)

    def _load(self) -> tuple[Any, Any]:
        """Return the font configuration and the parsed style."""
        if self._made is None:
            from weasyprint import CSS
            from weasyprint.text.fonts import FontConfiguration

            fonts, fetcher = FontConfiguration(), _make_fetcher({})
            with _listening() as records:
                css = CSS(string=self._style, font_config=fonts, url_fetcher=fetcher)
            _check(fetcher, records, "")
            self._made = fonts, css
        return self._made


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


def _check(fetcher: Any, records: list[str], page: str) -> None:
    """Refuse what the page wanted to read, and what WeasyPrint warned of."""
    if fetcher.refused:
        raise ProjectError(
            f"the PDF may not read {fetcher.refused[0]!r}", hint="figures come by figure(), formulas by $…$"
        )
    serious = [r for r in records if not any(re.search(p, r) for p in _HARMLESS)]
    if not serious:
        return
    glyph = next((r for r in serious if ".notdef glyph" in r), None)
    if glyph is not None:
        missing = re.search(r'"(.+?)"', glyph) or re.search(r"'(.+?)'", glyph)
        char = missing[1] if missing else "?"
        raise MissingGlyphError(char, page)
    raise ProjectError(f"the PDF cannot be typeset: {serious[0]}")
