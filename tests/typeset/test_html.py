"""The page: golden text, one self-contained file, and what a browser says of it."""

from __future__ import annotations

import os
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from reportgen.typeset import View, render_html
from reportgen.typeset.view import MemoryCache

HERE = Path(__file__).parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SMALL = """Text with **굵게(bold)**는, $x^2$ and a note.[^he]

{{ claim('D09') }}

{{ claim('D10') }}

{{ claim('E04') }}

{{ figure('signal.rho') }}

See {{ ref('signal.rho') }} and {{ ref('D09') }}.

| a | b |
|---|---|
| 1 | 2 |

[^he]: He et al., *2015*.
"""


@pytest.fixture(scope="module")
def page(sample: Callable[..., View], cache: MemoryCache) -> str:
    return render_html(sample("ko"), cache)


def test_chapter_equals_the_golden_text(
    small: Callable[..., View], cache: MemoryCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reportgen.typeset.document.embedded_faces", lambda *_: "")
    whole = render_html(small(SMALL), cache)
    found = re.search(r"<article.*?</article>\n", whole, re.DOTALL)
    assert found is not None
    golden = HERE / "golden" / "chapter.html"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(found[0], encoding="utf-8")
    assert found[0] == golden.read_text(encoding="utf-8")


def test_page_asks_for_nothing(page: str) -> None:
    body = re.sub(r"xmlns(:\w+)?=\"[^\"]*\"", "", page)
    assert not re.findall(r"""(?:src|href)=["'](?!#|data:)[^"']*""", body)
    assert not re.findall(r"url\((?!\"data:|#)[^)]*\)", body)
    assert "@import" not in body


def test_ids_are_unique_and_links_lead_somewhere(page: str) -> None:
    ids = Counter(re.findall(r'\sid="([^"]+)"', page))
    assert [name for name, n in ids.items() if n > 1] == []
    assert sorted(set(re.findall(r'href="#([^"]+)"', page)) - set(ids)) == []


def test_style_is_not_escaped(page: str) -> None:
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert style is not None
    assert "&" not in style[1]
    assert '"Reportgen Sans"' in style[1]


def test_equal_views_give_equal_pages(sample: Callable[..., View], cache: MemoryCache, page: str) -> None:
    assert render_html(sample("ko"), cache) == page


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield chromium
        chromium.close()


@pytest.mark.browser
@pytest.mark.parametrize(("width", "scheme"), [(1200, "light"), (390, "dark")])
def test_browser_is_content(browser: Any, page: str, tmp_path: Path, width: int, scheme: str) -> None:
    path = tmp_path / "page.html"
    path.write_text(page, encoding="utf-8")
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    tab = context.new_page()
    said: list[str] = []
    asked: list[str] = []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(path.as_uri())
    tab.evaluate("document.fonts.ready")
    assert said == []
    assert [url for url in asked if not url.startswith(("data:", path.as_uri()))] == []
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    families = tab.evaluate("[...document.fonts].filter(f => f.status == 'loaded').map(f => f.family)")
    assert {"Reportgen Sans", "STIX Two Math"} <= {name.strip('"') for name in families}
    tab.locator(".filter button[data-filter=refuted]").click()
    assert tab.locator(".board tr[data-verdict]:visible").count() == 1
    tab.locator("nav.contents button.theme").click()
    assert tab.evaluate("document.documentElement.dataset.theme") == (
        "dark" if scheme == "light" else "light"
    )
    context.close()


@pytest.mark.browser
def test_page_is_whole_without_javascript(browser: Any, page: str, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(page, encoding="utf-8")
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1200, "height": 900})
    tab = context.new_page()
    tab.goto(path.as_uri())
    assert tab.locator("#D09").is_visible()
    assert tab.locator("nav.contents a[href='#errata']").is_visible()
    assert not tab.locator(".filter").is_visible()
    context.close()
