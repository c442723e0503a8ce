"""Digits without importing scikit-learn, splits, and idx files with every fault."""

from __future__ import annotations

import gzip
import importlib.util
import struct
import subprocess
import sys

import numpy as np
import pytest

from reportgen import data
from reportgen.errors import EnvironmentProblem, ProjectError


def test_digits_are_those_of_scikit_learn():
    digits = data.load_digits()
    assert digits.images.shape == (1797, 64)
    assert digits.images.dtype == np.float64
    assert digits.images.sum() * 16 == 561718  # load_digits().data.sum()
    assert np.bincount(digits.labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    np.testing.assert_array_equal(digits.images[0, :8] * 16, [0, 0, 5, 13, 9, 1, 0, 0])
    with pytest.raises(ValueError, match="read-only"):
        digits.images[0, 0] = 1


def test_digits_do_not_import_scikit_learn():
    code = "import sys; from reportgen import data; data.load_digits(); sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("state", ["not installed", "is missing", "cannot be read"])
def test_digits_that_are_not_there_say_what_to_do(state, monkeypatch, tmp_path):
    spec = None
    if state != "not installed":
        spec = importlib.util.spec_from_file_location("sklearn", tmp_path / "__init__.py")
    if state == "cannot be read":
        (tmp_path / "datasets" / "data").mkdir(parents=True)
        (tmp_path / "datasets" / "data" / "digits.csv.gz").write_bytes(b"damaged")
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: spec)
    data.load_digits.cache_clear()
    try:
        with pytest.raises(EnvironmentProblem, match=f"{state}(.|\n)*reinstall scikit-learn"):
            data.load_digits()
    finally:
        data.load_digits.cache_clear()


def test_split_deals_every_image_out_once():
    split = data.split(np.random.default_rng(1))
    assert [len(split.y_train), len(split.y_validation), len(split.y_test)] == [1297, 250, 250]
    assert {split.x_train.dtype, split.x_validation.dtype, split.x_test.dtype} == {np.dtype(np.float32)}
    images = np.concatenate([split.x_train, split.x_validation, split.x_test])
    labels = np.concatenate([split.y_train, split.y_validation, split.y_test])
    rows = np.column_stack([images, labels])
    digits = data.load_digits()
    expected = np.column_stack([digits.images.astype(np.float32), digits.labels])
    np.testing.assert_array_equal(rows[np.lexsort(rows.T)], expected[np.lexsort(expected.T)])


def test_split_depends_on_its_generator_alone():
    first, second, other = (data.split(np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.y_train, second.y_train)
    assert (first.y_train != other.y_train).any()


def test_split_has_the_fields_that_training_takes():
    from reportgen import nn

    split = data.split(np.random.default_rng(1))
    assert nn.Data(**split.fields()).x_test is split.x_test


def test_split_refuses_more_than_there_is():
    with pytest.raises(ValueError, match="1797"):
        data.load_digits().split(np.random.default_rng(1), (1700, 90, 90))


# --- idx files ---

N = 1547  # what a split takes of the training files
PIXELS = np.random.default_rng(1).integers(0, 256, (N, 16, 9), dtype=np.uint8)
LABELS = np.arange(N, dtype=np.uint8) % 10


def idx(magic: int, shape: tuple[int, ...], content: bytes) -> bytes:
    return struct.pack(f">I{len(shape)}I", magic, *shape) + content


IMAGES_FILE = idx(0x803, PIXELS.shape, PIXELS.tobytes())
LABELS_FILE = idx(0x801, (N,), LABELS.tobytes())
FILES = {
    "train-images-idx3-ubyte": IMAGES_FILE,
    "train-labels-idx1-ubyte": LABELS_FILE,
    "t10k-images-idx3-ubyte": IMAGES_FILE,
    "t10k-labels-idx1-ubyte": LABELS_FILE,
}


def test_idx_folder_is_read_plain_dotted_or_compressed(tmp_path):
    for n, (name, content) in enumerate(FILES.items()):
        if n == 0:
            (tmp_path / f"{name}.gz").write_bytes(gzip.compress(content))
        elif n == 1:
            (tmp_path / name.replace("-idx", ".idx")).write_bytes(content)
        else:
            (tmp_path / name).write_bytes(content)
    train, test = data.load_idx(tmp_path)
    padded = np.concatenate([np.zeros((N, 16, 3)), PIXELS, np.zeros((N, 16, 4))], axis=2)
    pairs = [(slice(2 * i, 2 * i + 2), slice(2 * j, 2 * j + 2)) for i in range(8) for j in range(8)]
    by_hand = [padded[5, rows, columns].mean() / 255 for rows, columns in pairs]
    np.testing.assert_allclose(train.images[5], by_hand, rtol=1e-6)
    np.testing.assert_array_equal(train.labels, LABELS)
    np.testing.assert_array_equal(test.images, train.images)
    assert (train.images.dtype, train.labels.dtype) == (np.float32, np.int64)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("train-images-idx3-ubyte", None, "train-images-idx3-ubyte .* is missing"),
        ("train-images-idx3-ubyte", LABELS_FILE, "not an idx file of images.*of labels; are the two swapped"),
        ("t10k-labels-idx1-ubyte", IMAGES_FILE, "not an idx file of labels.*of images; are the two swapped"),
        ("train-images-idx3-ubyte", b"\x89PNG\r\n", "magic number 0x89504e47"),
        ("train-images-idx3-ubyte", b"\x00", "shorter than four bytes"),
        ("train-images-idx3-ubyte", IMAGES_FILE[:9], "truncated inside its header"),
        (
            "train-images-idx3-ubyte",
            IMAGES_FILE[:-1],
            "is truncated: 1547 × 16 × 9 = 222768 bytes announced, 222767 found",
        ),
        ("train-images-idx3-ubyte", IMAGES_FILE + b"x", "has bytes left over"),
        ("train-labels-idx1-ubyte", idx(0x801, (2,), b"ab"), "2 labels for 1547 images"),
        ("train-images-idx3-ubyte.gz", b"damaged", "cannot be read"),
        ("train-labels-idx1-ubyte", idx(0x801, (N,), b"\x0a" * N), "holds a label 10"),
    ],
)
def test_idx_faults_are_told_with_the_file(tmp_path, name, content, message):
    files = {key: value for key, value in FILES.items() if key != name.removesuffix(".gz")}
    if content is not None:
        files[name] = content
    for key, value in files.items():
        (tmp_path / key).write_bytes(value)
    with pytest.raises(ProjectError, match=message) as raised:
        data.load_idx(tmp_path)
    assert str(tmp_path) in str(raised.value)


def test_too_few_images_are_refused(tmp_path):
    for name in FILES:
        shape = (9, 8, 8) if "images" in name else (9,)
        (tmp_path / name).write_bytes(idx(0x803 if "images" in name else 0x801, shape, bytes(np.prod(shape))))
    with pytest.raises(ProjectError, match=r"holds 9 × 8 × 8 pixels, but 1547 images are needed"):
        data.load_idx(tmp_path)


def test_split_takes_its_images_from_the_folder_in_use(tmp_path):
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    digits = data.split(np.random.default_rng(3))
    with data.using(tmp_path):
        other = data.split(np.random.default_rng(3))
    train, _ = data.load_idx(tmp_path)
    assert {name: array.shape for name, array in other.fields().items()} == {
        name: array.shape for name, array in digits.fields().items()
    }
    held = {row.tobytes() for row in train.images}
    assert all(row.tobytes() in held for row in other.x_train)
    assert not {row.tobytes() for row in other.x_train} & {row.tobytes() for row in other.x_validation}
    np.testing.assert_array_equal(data.split(np.random.default_rng(3)).x_train, digits.x_train)


def test_hash_tells_folders_apart(tmp_path):
    hashes = set()
    for folder, label in (("a", b"\x00"), ("b", b"\x01")):
        (tmp_path / folder).mkdir()
        for name, content in {**FILES, "t10k-labels-idx1-ubyte": idx(0x801, (1,), label)}.items():
            (tmp_path / folder / name).write_bytes(content)
        hashes.add(data.idx_hash(tmp_path / folder))
    assert len(hashes) == 2
