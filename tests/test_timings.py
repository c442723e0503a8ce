"""What a build tells of its time."""

from __future__ import annotations

import pytest

from reportgen.line.book import Book

WORK = (
    ("measure", "coin", 4.0),
    ("measure", "coin", 3.0),  # two chunks: 7 s of work, 4 s of waiting
    ("measure", "dice", 5.0),
    ("summarize", "coin", 0.5),
    ("judge", "coin", 0.25),
    ("draw", "coin.heads", 1.0),
    ("draw", "coin.heads", 2.0),  # in another language
    ("draw", "dice.faces", 1.5),
    ("typeset", "small.ko.html", 0.5),
    ("typeset", "small.ko.pdf", 3.0),
)


@pytest.fixture
def book() -> Book:
    book = Book(elapsed={"measure": 6.0})
    for stage, name, seconds in WORK:
        book.add(stage, name, seconds)  # type: ignore[arg-type]
    return book


def test_work_is_added_up(book: Book) -> None:
    timings = book.timings
    assert timings["experiments"] == {"coin": 7.75, "dice": 5.0}
    assert timings["figures"] == {"coin.heads": 3.0, "dice.faces": 1.5}
    assert timings["documents"] == {"small.ko.html": 0.5, "small.ko.pdf": 3.0}


def test_critical_path_is_the_longest_chain_of_single_pieces(book: Book) -> None:
    assert [(step["stage"], step["name"], step["seconds"]) for step in book.timings["critical_path"]] == [
        ("measure", "coin", 4.0),
        ("summarize", "coin", 0.5),
        ("judge", "coin", 0.25),
        ("draw", "coin.heads", 2.0),
        ("typeset", "small.ko.pdf", 3.0),
    ]


def test_nothing_done_has_no_critical_path() -> None:
    assert Book().timings["critical_path"] == []
