"""Typesetting by chapter: what is set again, page numbers that settle, equal bytes from any history."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pypdf
import pytest

from reportgen.errors import ProjectError
from reportgen.typeset import View, render_pdf
from reportgen.typeset.bind import bind
from reportgen.typeset.fonts import font_folders, use_fontconfig
from reportgen.typeset.pdf import Press
from reportgen.typeset.picture import empty, outlines, view_box
from reportgen.typeset.quire import Quire
from reportgen.typeset.view import MemoryCache

HERE = Path(__file__).parent


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The pages that are typeset in a test, by what stands first in them."""
    found: list[str] = []
    original = Press.print

    def record(self: Press, page: str, *args: Any) -> bytes:
        mark = re.search(r'id="(chapter-\d+|cover|errata)"', page)
        found.append(mark[1] if mark else "?")
        return original(self, page, *args)

    monkeypatch.setattr(Press, "print", record)
    return found


def edited(view: View, number: int, edit: Callable[[str], str]) -> View:
    chapters = list(view.chapters)
    chapters[number] = dataclasses.replace(chapters[number], text=edit(chapters[number].text))
    return dataclasses.replace(view, chapters=tuple(chapters))


@pytest.mark.usefixtures("korean_pdf")
def test_changed_sentence_sets_its_chapter_only(
    sample: Callable[..., View], cache: MemoryCache, printed: list[str]
) -> None:
    render_pdf(edited(sample("ko"), 1, lambda text: text + "\n한 문장 더.\n"), cache)
    assert printed == ["chapter-2"]


@pytest.mark.usefixtures("korean_pdf")
def test_chapter_that_grows_moves_all_numbers_and_sets_the_front(
    sample: Callable[..., View], cache: MemoryCache, printed: list[str]
) -> None:
    data = render_pdf(edited(sample("ko"), 1, lambda text: text + "\n한 줄.\n" * 36), cache)
    assert printed == ["chapter-2", "cover"]
    reader = pypdf.PdfReader(io.BytesIO(data))
    texts = [page.extract_text().replace("\u2060", "") for page in reader.pages]
    contents = next(text for text in texts if "차례" in text and "정오표" in text)
    for name, title in (("optimizers", "최적화"), ("errata", "정오표"), ("provenance", "재현 정보")):
        page = reader.get_destination_page_number(reader.named_destinations[name])
        assert page is not None
        number = re.search(re.escape(title) + r"[ .]*(\d+)", contents)
        assert number is not None
        assert int(number[1]) == page + 1
        assert re.search(rf"(?<!\d){page + 1}\n", texts[page])


def test_equal_views_give_equal_bytes_whatever_was_kept(sample: Callable[..., View]) -> None:
    cache, view = MemoryCache(), sample("ko", chapters=sample("ko").chapters[1:2])
    render_pdf(edited(view, 0, lambda text: text + "\n옛 글.\n"), cache)
    code = (
        "import hashlib,sys; sys.path.insert(0, sys.argv[1]); import conftest;"
        "from reportgen.typeset import render_pdf; chapters = conftest.make_view('ko').chapters[1:2];"
        "print(hashlib.sha256(render_pdf(conftest.make_view('ko', chapters=chapters))).hexdigest())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(HERE)],
        env={"PYTHONHASHSEED": "77", "PATH": "", "HOME": str(Path.home()), "TZ": "Asia/Seoul"},
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    assert done.stdout.strip() == hashlib.sha256(render_pdf(view, cache)).hexdigest()


def test_link_to_nowhere_is_refused(sample: Callable[..., View]) -> None:
    folders = sample("en").template_folders
    use_fontconfig(folders)
    page = '<html lang="en"><title>x</title><body><p><a href="rg:to/nowhere">x</a></p></body></html>'
    with pytest.raises(ProjectError, match="nowhere"):
        bind([Quire(Press("", font_folders(folders)).print(page, {}))], font_folders(folders))


@pytest.mark.parametrize(
    "rule", ["@page { @top-right { content: counter( page ) } }", "a::after { content: target-counter(x) }"]
)
def test_style_that_counts_pages_is_refused(sample: Callable[..., View], tmp_path: Path, rule: str) -> None:
    (tmp_path / "theme").mkdir()
    (tmp_path / "theme/print.css").write_text(rule, encoding="utf-8")
    view = sample("en", chapters=())
    with pytest.raises(ProjectError, match="counts pages"):
        render_pdf(dataclasses.replace(view, template_folders=(tmp_path, *view.template_folders)))


def svg(inner: str) -> bytes:
    return f'<svg xmlns="http://www.w3.org/2000/svg" class="a" viewBox="-1 -2 9 9">{inner}</svg>'.encode()


@pytest.mark.parametrize(
    ("inner", "operators"),
    [
        (
            '<path d="M 0 0 L 3 0 Q 3 3 0 3 Z " fill="black" />',
            "0 0 m|3 0 l|3.00 2.00 2.00 3.00 0.00 3.00 c|h|f",
        ),
        ('<g fill="black"><rect x="1" y="-2" width="3.5" height="4" fill="black"/></g>', "1 -2 3.5 4 re f"),
        ('<path d="M 0 0 L 1 1 " fill="red" />', None),
        ('<path d="M 0 0 C 1 1 2 2 3 3 " fill="black" />', None),
        ('<rect x="1" y="2" width="3" height="4" fill="none" stroke="black"/>', None),
    ],
)
def test_formula_becomes_outlines(inner: str, operators: str | None) -> None:
    expected = None if operators is None else ("0 0 0 rg|" + operators).replace("|", "\n").encode()
    assert outlines(svg(inner)) == expected


def test_empty_drawing_has_the_same_size() -> None:
    drawing = svg('<path d="M0 0"/>')
    assert view_box(empty(drawing, 3)) == view_box(drawing) == (-1, -2, 9, 9)
    assert b"H70000003" in empty(drawing, 3)
