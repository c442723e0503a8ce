"""The PDF: structure, page numbers, fonts, tags; what is refused; equal bytes."""

from __future__ import annotations

import dataclasses
import io
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pypdf
import pytest

from reportgen.errors import EnvironmentProblem, ProjectError
from reportgen.typeset import View, render_html, render_pdf
from reportgen.typeset.pdf import Press
from reportgen.typeset.quire import FONT_FILE, structure
from reportgen.typeset.view import MemoryCache

Sample = Callable[..., View]


@pytest.fixture(scope="module")
def reader(korean_pdf: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(korean_pdf))


@pytest.fixture(scope="module")
def pages(reader: pypdf.PdfReader) -> list[str]:
    return [page.extract_text().replace("\u2060", "") for page in reader.pages]


@pytest.fixture(scope="module")
def tags(korean_pdf: bytes) -> Iterator[list[Any]]:
    with pikepdf.open(io.BytesIO(korean_pdf)) as document:
        yield list(structure(document.Root.StructTreeRoot))


def outline(reader: pypdf.PdfReader, entries: Any = None, depth: int = 0) -> list[tuple[int, str, int]]:
    """Return (depth, title, page) of the bookmarks."""
    found: list[tuple[int, str, int]] = []
    for entry in reader.outline if entries is None else entries:
        if isinstance(entry, list):
            found += outline(reader, entry, depth + 1)
        else:
            number = reader.get_destination_page_number(entry)
            assert number is not None
            found.append((depth, str(entry.title), number + 1))
    return found


def test_bookmarks_are_the_headings(reader: pypdf.PdfReader) -> None:
    assert [(depth, title) for depth, title, _ in outline(reader)] == [
        (0, "한눈에 보는 판정"),
        (0, "차례"),
        (0, "신호는 얼마나 멀리 가는가"),
        (1, "작은 가중치"),
        (1, "사비에르 초깃값"),
        (0, "배치 정규화"),
        (1, "초깃값에 덜 민감한가"),
        (0, "최적화"),
        (0, "풀이"),
        (0, "정오표"),
        (0, "용어와 기호"),
        (1, "기호"),
        (0, "재현 정보"),
    ]


def test_contents_give_the_real_pages(reader: pypdf.PdfReader, pages: list[str]) -> None:
    real = {title: page for _, title, page in outline(reader)}
    contents = re.sub(r"\s+", " ", pages[real["차례"] - 1])
    for title in ("신호는 얼마나 멀리 가는가", "사비에르 초깃값", "최적화", "정오표", "재현 정보"):
        printed = re.search(re.escape(title) + r"[ .]*(\d+)", contents)
        assert printed is not None, title
        assert int(printed[1]) == real[title]


def test_scoreboard_gives_the_real_pages(reader: pypdf.PdfReader, pages: list[str]) -> None:
    names = reader.named_destinations
    for claim in ("D09", "C07", "E04"):
        number = reader.get_destination_page_number(names[claim])
        assert number is not None
        row = re.search(rf"{claim}\s.*?(\d+)\s*(?=[A-Z]\d\d|\n\d |$)", pages[1], re.DOTALL)
        assert row is not None
        assert int(row[1]) == number + 1


def test_running_heads_stand_on_the_pages(pages: list[str]) -> None:
    assert "신호는 얼마나 멀리 가는가 5\n" in pages[4]
    assert "심층신경망의 학습, 다시 재다 · 1.0" in pages[4]


def test_text_is_whole(pages: list[str]) -> None:
    text = "\n".join(pages)
    assert "\ufffd" not in text
    assert "기울기 소실(vanishing" in text
    assert "기울기 소실 σ_w = 0.64" in text  # of a figure
    assert not re.search("[\ue000-\uf8ff]", text)


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed")
def test_pdftotext_finds_unbroken_words(korean_pdf: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.pdf"
    path.write_bytes(korean_pdf)
    text = subprocess.run(
        ["pdftotext", "-layout", path, "-"], capture_output=True, check=True
    ).stdout.decode()
    assert "표준편차를 0.01로 작게 잡으면 기울기가 사라지지 않는다." in text.replace("\u2060", "")


def test_fonts_are_embedded_and_ours(korean_pdf: bytes) -> None:
    names = []
    with pikepdf.open(io.BytesIO(korean_pdf)) as document:
        for item in document.objects:
            if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor":
                assert {"/FontFile2", "/FontFile3"} & set(item.keys())
                assert FONT_FILE not in item
                names.append(str(item.FontName).partition("+")[2])
    assert len(set(names)) == len(names)  # one subset each, whatever the number of chapters
    assert {name.removesuffix("-Bold") for name in names} <= {
        "Reportgen-Sans",
        "DejaVu-Sans",
        "DejaVu-Sans-Mono",
    }


def test_everything_is_tagged(korean_pdf: bytes, tags: list[Any]) -> None:
    with pikepdf.open(io.BytesIO(korean_pdf)) as document:
        root = document.Root
        assert str(root.Lang) == "ko"
        assert bool(root.MarkInfo.Marked)
        assert bool(root.ViewerPreferences.DisplayDocTitle)
        assert all(page.get("/Tabs") == "/S" for page in document.pages)
    kinds = [str(tag.S) for tag in tags]
    assert kinds.count("/Formula") >= 10
    pictures = [tag for tag in tags if str(tag.S) in ("/Figure", "/Formula")]
    assert all(str(tag.get("/Alt", "")) for tag in pictures)
    assert all(0 <= float(v) <= 842 for tag in pictures if "/BBox" in tag.A for v in tag.A.BBox)
    levels = [int(kind[2]) for kind in kinds if re.fullmatch(r"/H\d", kind)]
    assert max(levels) <= 4


def test_pdf_ua_is_valid(korean_pdf: bytes) -> None:
    page = pytest.importorskip("page", reason="page-validation is not installed: .ci/run has it")
    report = str(page.validate_pdf_bytes(korean_pdf, profile="ua1"))
    assert "0 failed, 104 total" in report, report


@pytest.mark.parametrize("n_lines", [22, 24, 26])
def test_ribbon_stays_with_its_claim(small: Callable[..., View], cache: MemoryCache, n_lines: int) -> None:
    text = "Line.\n\n" * n_lines + "## Head\n\n{{ claim('D09') }}"
    reader = pypdf.PdfReader(io.BytesIO(render_pdf(small(text), cache)))
    claim = reader.get_destination_page_number(reader.named_destinations["D09"])
    foot = [i for i, page in enumerate(reader.pages) if "checks of the simulator" in page.extract_text()]
    assert foot == [claim]
    assert claim is not None
    assert "Head" in reader.pages[claim].extract_text()  # a heading stays with what follows it


def test_figure_lets_prose_go_before_it(small: Callable[..., View], cache: MemoryCache) -> None:
    text = "Line.\n\n" * 22 + "{{ figure('signal.rho') }}\n\n" + "Prose after the figure. " * 30
    reader = pypdf.PdfReader(io.BytesIO(render_pdf(small(text), cache)))
    texts = [page.extract_text() for page in reader.pages]
    caption = next(i for i, text in enumerate(texts) if "Figure 1.1 " in text)
    assert "Prose after the figure." in texts[caption - 1]


def test_draft_is_marked_on_every_page(small: Callable[..., View], cache: MemoryCache) -> None:
    reader = pypdf.PdfReader(io.BytesIO(render_pdf(small("Text.", draft="--quick"), cache)))
    assert all("Draft — --quick" in page.extract_text() for page in reader.pages)


@pytest.mark.parametrize("render", [render_pdf, render_html])
def test_character_without_glyph_is_named(
    small: Callable[..., View], cache: MemoryCache, render: Callable[..., Any]
) -> None:
    with pytest.raises(ProjectError, match=r"U\+12000") as caught:
        render(small("A sign:\n\nthis one \U00012000."), cache)
    assert (caught.value.where, caught.value.line) == ("lecture/one.md.j2", 5)


@pytest.mark.parametrize(
    "hostile",
    [
        '<img src="file:///etc/passwd" alt="x">',
        '<img src="http://127.0.0.1:9/x.png" alt="x">',
        '<link rel="attachment" href="file:///etc/passwd">',
        '<link rel="stylesheet" href="http://127.0.0.1:9/x.css">',
        '<style>@import url("http://127.0.0.1:9/x.css");</style>',
        '<p style="background:url(file:///etc/hostname)">x</p>',
        '<object data="file:///etc/passwd">x</object>',
        '<svg width="9" height="9"><title>x</title><image href="file:///etc/hostname"/></svg>',
        '<img alt="x" src="rg:no/such">',
        "<base href='file:///etc/'><img src='passwd' alt='x'>",
    ],
)
def test_hostile_html_reads_nothing(hostile: str, sample: Sample) -> None:
    pdf_page = f"<html lang=en><title>x</title><body><p>text</p>{hostile}</body></html>"
    from reportgen.typeset.fonts import use_fontconfig

    use_fontconfig(sample("en").template_folders)
    with pytest.raises(ProjectError, match="may not read"):
        Press("", ()).print(pdf_page, {})


def test_broken_drawing_is_not_swallowed(small: Callable[..., View], cache: MemoryCache) -> None:
    view = small("{{ figure('signal.rho') }}")
    broken = dataclasses.replace(view.figures["signal.rho"], svg=b"<svg")
    with pytest.raises(ProjectError, match="cannot be typeset"):
        render_pdf(dataclasses.replace(view, figures={"signal.rho": broken}), cache)


def test_missing_library_gives_the_install_line(monkeypatch: pytest.MonkeyPatch) -> None:
    class Blocker:
        def find_spec(self, name: str, *_: Any) -> None:
            if name == "weasyprint":
                raise OSError("cannot load library 'libpango-1.0-0': no such file")

    monkeypatch.delitem(sys.modules, "weasyprint", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Blocker(), *sys.meta_path])
    with pytest.raises(EnvironmentProblem, match="libharfbuzz-subset0"):
        Press("", ()).print("<p>", {})
