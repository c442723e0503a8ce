"""Watching files, and the preview that reloads itself."""

from __future__ import annotations

import json
import os
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from reportgen.watch import Preview, changed, changes, snapshot


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_snapshot_leaves_out_what_editors_and_python_write(tmp_path: Path) -> None:
    for name in ("a.py", "b/c.md.j2", ".a.py.swp", "a.py~", "__pycache__/a.pyc", ".git/index", "x.tmp"):
        write(tmp_path / name, "x")
    assert sorted(snapshot([tmp_path])) == [tmp_path / "a.py", tmp_path / "b" / "c.md.j2"]


def test_changed_names_what_came_went_and_changed(tmp_path: Path) -> None:
    for name in ("same", "edited", "gone"):
        write(tmp_path / name, "x")
    before = snapshot([tmp_path])
    write(tmp_path / "edited", "xy")
    write(tmp_path / "new", "x")
    (tmp_path / "gone").unlink()
    assert [path.name for path in changed(before, snapshot([tmp_path]))] == ["edited", "gone", "new"]


def steps(*actions: Callable[[], Any]) -> Callable[[float], None]:
    """Return a sleep that does the next action each time, and ends the watching after the last."""
    queue = iter(actions)

    def sleep(_: float) -> None:
        action = next(queue, None)
        if action is None:
            raise KeyboardInterrupt
        action()

    return sleep


def test_changes_wait_until_the_editor_is_done(tmp_path: Path) -> None:
    write(tmp_path / "a", "1")
    known = snapshot([tmp_path])
    sleep = steps(
        lambda: None,
        lambda: write(tmp_path / "a", "22"),
        lambda: write(tmp_path / "b", "333"),
        lambda: write(tmp_path / "c", "4444"),  # saved in three steps: one change
        lambda: None,
        lambda: os.utime(tmp_path / "a", ns=(1, 1)),  # while the caller builds: the next change
        lambda: None,
    )
    seen: list[list[str]] = []
    rounds = changes([tmp_path], known=known, sleep=sleep)
    with pytest.raises(KeyboardInterrupt):
        seen.extend([path.name for path in paths] for paths in rounds)
    assert seen == [["a", "b", "c"], ["a"]]


@pytest.fixture
def preview(tmp_path: Path) -> Iterator[Preview]:
    write(tmp_path / "dnn.en.html", "<p>handout</p>")
    write(tmp_path / "sub" / "x.html", "x")
    with Preview(tmp_path) as running:
        yield running


def get(address: str, host: str | None = None) -> Any:
    request = urllib.request.Request(address, headers={"Host": host} if host else {})
    return urllib.request.urlopen(request, timeout=5)


def test_preview_serves_the_handout_untouched_on_loopback(preview: Preview) -> None:
    assert preview.address.startswith("http://127.0.0.1:")
    with get(f"{preview.address}dnn.en.html") as answer:
        assert answer.read() == b"<p>handout</p>"
        assert answer.headers["Cache-Control"] == "no-store"
    with get(preview.address) as answer:
        assert b"EventSource" in answer.read()


@pytest.mark.parametrize(
    ("path", "host", "code"),
    [
        ("dnn.en.html", "evil.example", 403),  # DNS rebinding
        ("", "evil.example:80", 403),
        ("../../../../etc/passwd", None, 404),
        ("sub/", None, 404),
        ("missing.html", None, 404),
    ],
)
def test_preview_refuses_the_rest(preview: Preview, path: str, host: str | None, code: int) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        get(preview.address + path, host)
    assert caught.value.code == code
    caught.value.close()


def test_preview_tells_the_page_of_each_build(preview: Preview) -> None:
    with get(f"{preview.address}.events") as answer:

        def news() -> Any:
            line = answer.readline()
            assert answer.readline() == b"\n"
            return json.loads(line.removeprefix(b"data: "))

        assert news()["stamp"] == 0
        preview.tell("failed", "signal: raised")
        assert news() == {
            "stamp": 0,
            "state": "failed",
            "message": "signal: raised",
            "pages": ["dnn.en.html"],
        }
        preview.tell("done")
        assert news() == {"stamp": 1, "state": "done", "message": "", "pages": ["dnn.en.html"]}


@pytest.mark.browser
def test_the_page_reloads_where_it_was_read(preview: Preview, tmp_path: Path) -> None:
    api = pytest.importorskip("playwright.sync_api")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed")
    page_file = tmp_path / "dnn.en.html"
    body = '<!doctype html><link rel="icon" href="data:,"><h1>{}</h1>' + "<p>line</p>" * 300
    write(page_file, body.format("before"))
    preview.tell("done")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.goto(preview.address, wait_until="domcontentloaded")
        heading = page.frame_locator("#page").locator("h1")
        api.expect(heading).to_have_text("before")
        page.frames[1].evaluate("scrollTo(0, 1000), 1")
        write(page_file, body.format("after"))
        preview.tell("done")
        api.expect(heading).to_have_text("after")
        page.frames[1].wait_for_function("scrollY === 1000")
        preview.tell("failed", "signal: raised")
        api.expect(page.get_by_role("status")).to_have_text("signal: raised")
        assert complaints == []
        browser.close()
