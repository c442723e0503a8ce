"""Publishing: atomic, complete, nothing stale, nothing temporary."""

import json
from pathlib import Path

import pytest

from reportgen.errors import EnvironmentProblem
from reportgen.publish import check_writable, publish, published, withdraw


def put(folder, files, **options):
    return publish(folder, files, {"seed": 1}, staging=folder.parent / "staging", **options)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_publish_writes_files_and_manifest(tmp_path):
    out = tmp_path / "out"
    assert put(out, {"a.html": b"1"}) == ("a.html", "manifest.json")
    manifest = json.loads((out / "manifest.json").read_bytes())
    assert manifest["seed"] == 1
    assert manifest["outputs"]["a.html"]["size"] == 1
    assert list((tmp_path / "staging").iterdir()) == []


def test_publish_leaves_equal_files_alone(tmp_path):
    out = tmp_path / "out"
    put(out, {"a.html": b"1", "b.html": b"1"})
    before = (out / "a.html").stat().st_mtime_ns
    assert put(out, {"a.html": b"1", "b.html": b"2"}) == ("b.html", "manifest.json")
    assert (out / "a.html").stat().st_mtime_ns == before
    assert put(out, {"a.html": b"1", "b.html": b"2"}) == ()


def test_publish_removes_what_it_no_longer_publishes(tmp_path):
    out = tmp_path / "out"
    put(out, {"a.html": b"1", "b.html": b"1", "c.html": b"1"})
    (out / "mine.txt").write_text("a reader's own file")
    put(out, {"a.html": b"1"}, keep={"b.html"})
    assert names(out) == ["a.html", "b.html", "manifest.json", "mine.txt"]
    assert set(published(out)) == {"a.html", "b.html"}


def test_publish_never_deletes_outside_the_folder(tmp_path):
    out, other = tmp_path / "out", tmp_path / "other.txt"
    other.write_text("")
    put(out, {"a.html": b"1"})
    manifest = json.loads((out / "manifest.json").read_bytes())
    manifest["outputs"]["../other.txt"] = {}
    (out / "manifest.json").write_text(json.dumps(manifest))
    put(out, {"b.html": b"1"})
    assert other.exists()


def test_publish_interrupted_keeps_the_old_files(tmp_path, monkeypatch):
    out = tmp_path / "out"
    put(out, {"a.html": b"old", "b.html": b"old"})

    def fail(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_bytes", fail)
    with pytest.raises(KeyboardInterrupt):
        put(out, {"a.html": b"new", "b.html": b"new"})
    assert (out / "a.html").read_bytes() == (out / "b.html").read_bytes() == b"old"
    assert names(out) == ["a.html", "b.html", "manifest.json"]
    assert list((tmp_path / "staging").iterdir()) == []


def test_check_writable_sweeps_what_a_killed_build_left(tmp_path):
    (tmp_path / ".publish-1").mkdir()
    (tmp_path / ".writable-1").touch()
    check_writable(tmp_path)
    assert names(tmp_path) == []


def test_check_writable_file_in_the_way(tmp_path):
    (tmp_path / "out").touch()
    with pytest.raises(EnvironmentProblem, match="move it away") as caught:
        check_writable(tmp_path / "out" / "small")
    assert caught.value.exit_code == 5


def test_withdraw_deletes_what_was_published_only(tmp_path):
    out = tmp_path / "out"
    put(out, {"a.html": b"1"})
    (out / "mine.txt").touch()
    assert withdraw(out) > 0
    assert names(out) == ["mine.txt"]
