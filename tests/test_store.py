"""The store: what goes in comes out, what is damaged does not, and one build at a time."""

import errno
import hashlib
import json
import logging
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from reportgen.errors import EnvironmentProblem, ExperimentError, NothingMatchedError
from reportgen.store import Merged, Store, find_store, key

KEY = key("measure", "signal", 0)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / ".reportgen")


def small_dataset() -> xr.Dataset:
    rng = np.random.default_rng(0)
    return xr.Dataset(
        {
            "loss": (("replicate", "arm", "step"), rng.random((2, 2, 3), np.float32), {"units": "1"}),
            "rho": (("replicate",), np.array([np.nan, np.inf]), {"long_name": "ρ", "band": [0.8, 1.25]}),
            "diverged": (("replicate", "arm"), np.array([[True, False], [False, False]])),
            "labels": (("arm",), np.array(["기울기", ""])),
            "n": ((), np.int64(20), {"exact": True, "names": ["a", "ㄴ"], "level": 0.99}),
            "nothing": (("empty",), np.zeros(0)),
        },
        coords={
            "replicate": [3, 1],
            "arm": ["tanh", "렐루"],
            "rate": ("arm", [0.1, 1.0]),
            "width": 64,
        },
        attrs={"n": 20},
    )


def test_dataset_survives_round_trip(store: Store) -> None:
    store.put_dataset(KEY, small_dataset())
    loaded = store.get_dataset(KEY)
    assert loaded is not None
    xr.testing.assert_identical(loaded, small_dataset())
    assert {name: v.dtype for name, v in loaded.variables.items()} == {
        name: v.dtype for name, v in small_dataset().variables.items()
    }
    assert type(loaded.attrs["n"]) is int
    assert loaded["n"].attrs["exact"] is True


def test_dataset_is_netcdf_for_others(store: Store) -> None:
    store.put_dataset(KEY, small_dataset())
    (path,) = store.root.rglob("*.nc")
    with xr.open_dataset(path, engine="h5netcdf") as opened:
        opened["n"].attrs["exact"] = bool(opened["n"].attrs["exact"])  # netCDF has no booleans in attributes
        xr.testing.assert_identical(opened.load(), small_dataset())


def test_dataset_bytes_are_equal_for_equal_datasets(store: Store) -> None:
    store.put_dataset(KEY, small_dataset())
    (path,) = store.root.rglob("*.nc")
    first = path.read_bytes()
    loaded = store.get_dataset(KEY)
    assert loaded is not None
    store.put_dataset(KEY, loaded)
    assert path.read_bytes() == first


@pytest.mark.parametrize(
    ("dataset", "message"),
    [
        (xr.Dataset({"v": ("x", np.array([{}, None], dtype=object))}), "'v' has values of type object"),
        (xr.Dataset({"v": ("x", np.zeros(2, complex))}), "'v' has values of type complex128"),
        (xr.Dataset({"v": ("x", np.zeros(2))}, attrs={"settings": {"a": 1}}), "attribute 'settings'"),
        (xr.Dataset({"a b": ("x", np.zeros(2))}), "'a b' cannot name a variable"),
    ],
)
def test_dataset_of_strange_types_is_refused(store: Store, dataset: xr.Dataset, message: str) -> None:
    with pytest.raises(ExperimentError, match=message):
        store.put_dataset(KEY, dataset)


@pytest.mark.parametrize(
    "value", [None, [], {"a": [1, 2.5, "한"]}, 0.1 + 0.2, -0.0, float("inf")], ids=lambda v: repr(v)
)
def test_json_survives_round_trip(store: Store, value: object) -> None:
    store.put_json(KEY, value)
    assert store.get_json(KEY) == value
    store.put_note("timings/of everything", value)
    assert store.get_note("timings/of everything") == value


def flip_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-200])


def empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [flip_byte, truncate, empty])
def test_damaged_entry_is_a_miss_with_one_warning(
    store: Store, damage: object, caplog: pytest.LogCaptureFixture
) -> None:
    store.put_dataset(KEY, small_dataset())
    (path,) = store.root.rglob("*.nc")
    assert callable(damage)
    damage(path)
    with caplog.at_level(logging.WARNING, "reportgen"):
        assert store.get_dataset(KEY) is None
        assert store.get_dataset(KEY) is None
    assert [record.getMessage() for record in caplog.records] == [
        f"{path} does not match its hash; it will be made anew"
    ]
    assert not store.has(KEY, ".nc")


def test_entry_of_another_format_is_refused_and_kept(store: Store) -> None:
    store.put_json(KEY, 1)
    (path,) = store.root.rglob("*.json")
    other = path.read_bytes().replace(b'{"schema":1,', b'{"schema":2,')
    path.write_bytes(other)
    with pytest.raises(EnvironmentProblem, match="format 2, this version has 1"):
        store.get_json(KEY)
    assert path.read_bytes() == other


def test_taking_over_adds_what_is_lacking_and_leaves_the_damaged_behind(store: Store, tmp_path: Path) -> None:
    other = Store(tmp_path / "theirs" / ".reportgen")
    keys = [key(name) for name in ("known", "new", "damaged")]
    store.put_json(keys[0], "ours")
    for k in keys:
        other.put_json(k, "theirs")
    flip_byte(other.root / "results" / keys[2][:2] / f"{keys[2]}.json")
    store.put_note("seconds", {"measure": {"a": 1}})
    other.put_note("seconds", {"measure": {"a": 2, "b": 3}, "draw": {}})
    other.put_note("stamp x", {"signature": []})
    before = {path: path.read_bytes() for path in other.root.rglob("*") if path.is_file()}

    assert store.take_over(find_store(tmp_path / "theirs")) == Merged(added=1, known=1, damaged=1)
    assert [store.get_json(k) for k in keys] == ["ours", "theirs", None]
    assert store.get_note("seconds") == {"measure": {"a": 1, "b": 3}, "draw": {}}
    assert store.get_note("stamp x") is None
    assert {path: path.read_bytes() for path in other.root.rglob("*") if path.is_file()} == before


def test_a_folder_without_results_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(NothingMatchedError, match="no stored results"):
        find_store(tmp_path)


def test_sound_bytes_that_are_no_dataset_are_a_miss(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    store.put_bytes(KEY, b"no netCDF", ".nc")
    assert store.get_dataset(KEY) is None
    assert "is no dataset of ours" in caplog.text


def test_key_tells_parts_apart() -> None:
    parts = [(1,), (1.0,), ("1",), (1, 2), ([1, 2],), ({"a": 1, "b": 2},), (None,), ("",)]
    assert len({key(*part) for part in parts}) == len(parts)
    assert key({"b": 2, "a": 1}) == key({"a": 1, "b": 2})


def test_readers_never_see_half_an_entry(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    versions = [bytes([n]) * 200_000 for n in range(8)]
    store.put_bytes(KEY, versions[0], ".png")
    with ThreadPoolExecutor(8) as pool:
        writes = [pool.submit(store.put_bytes, KEY, version, ".png") for version in versions * 4]
        reads = [pool.submit(store.get_bytes, KEY, ".png") for _ in range(64)]
        assert all(read.result() in versions for read in reads)
        assert [write.result() for write in writes] == [None] * 32
    assert not caplog.records
    assert not list((store.root / "temporary").iterdir())


def test_second_build_is_refused(store: Store) -> None:
    with store.lock(), pytest.raises(EnvironmentProblem, match=rf"another build \(pid {os.getpid()}\)"):  # noqa: SIM117
        with store.lock():
            pass
    with store.lock():  # free again
        pass


KILLED = """
import os, signal, sys
from pathlib import Path
from reportgen.store import Merged, Store, find_store, key
store = Store(Path(sys.argv[1]))
with store.lock():
    Path.replace = lambda self, target: os.kill(os.getpid(), signal.SIGKILL)
    store.put_bytes("ab" * 32, b"half", ".png")
"""


def test_killed_build_leaves_neither_lock_nor_files(store: Store) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(store.root)], check=False)
    assert killed.returncode == -9
    temporary = store.root / "temporary"
    assert list(temporary.iterdir())
    mine = temporary / f"{os.getpid()}-0"
    ancient = temporary / f"{os.getpid()}-1"
    for path in (mine, ancient):
        path.write_bytes(b"")
    os.utime(ancient, (time.time() - 100_000,) * 2)
    with store.lock():
        assert list(temporary.iterdir()) == [mine]
    assert not store.has("ab" * 32, ".png")


@pytest.mark.parametrize(
    ("number", "hint"), [(errno.ENOSPC, "free some space"), (errno.EROFS, "copy the project")]
)
def test_disk_that_cannot_be_written_is_named(
    store: Store, monkeypatch: pytest.MonkeyPatch, number: int, hint: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(EnvironmentProblem, match=hint):
        store.put_json(KEY, 1)
    assert not list((store.root / "temporary").iterdir())


def test_file_in_place_of_the_folder_is_named(store: Store) -> None:
    store.root.write_text("")
    assert store.get_json(KEY) is None
    with pytest.raises(EnvironmentProblem, match="a file stands where"), store.lock():
        pass


def test_clean_frees_what_size_counts(store: Store) -> None:
    assert store.clean() == 0
    store.put_bytes(KEY, bytes(1000), ".png")
    size = store.size()
    assert size > 1000
    assert store.clean() >= size
    assert not store.root.exists()
    assert store.size() == 0


def test_digest_is_that_of_the_content(store: Store) -> None:
    assert store.digest(KEY, ".png") is None
    store.put_bytes(KEY, b"picture", ".png")
    assert store.digest(KEY, ".png") == hashlib.sha256(b"picture").hexdigest()


def test_digest_follows_what_others_do_to_the_file(store: Store) -> None:
    other = Store(store.root)  # as in another process
    store.put_bytes(KEY, b"picture", ".png")
    first = store.digest(KEY, ".png")
    other.put_bytes(KEY, b"Picture", ".png")
    assert store.digest(KEY, ".png") == hashlib.sha256(b"Picture").hexdigest() != first
    (path,) = (store.root / "results").rglob("*.png")
    path.unlink()
    assert store.digest(KEY, ".png") is None
    path.write_bytes(b"no entry")
    assert store.digest(KEY, ".png") is None


def test_entry_is_its_content_and_a_line(store: Store) -> None:
    store.put_bytes(KEY, b"<svg/>", ".svg")
    (path,) = store.root.rglob("*.svg")
    content, trailer = path.read_bytes().split(b"\n", 1)
    assert content == b"<svg/>"
    assert json.loads(trailer)["schema"] == 1
