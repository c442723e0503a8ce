"""The data that experiments train on: scikit-learn's digits, or idx files of MNIST's format in their place.

Nothing is downloaded, and scikit-learn is not imported (.6 s): only its file is read.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import importlib.util
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reportgen.errors import EnvironmentProblem, ProjectError

DIGITS_SHAPE = (1797, 64)
SPLIT_SIZES = (1297, 250, 250)
IMAGE_MAGIC, LABEL_MAGIC = 0x0803, 0x0801  # unsigned bytes in three dimensions, in one


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Train, validation and test part; ``nn.Data(**split.fields())`` trains on it.

    Images are float32 of shape (n, n_pixels) in [0, 1], labels int64 of shape (n,).
    """

    x_train: NDArray[np.float32]
    y_train: NDArray[np.int64]
    x_validation: NDArray[np.float32]
    y_validation: NDArray[np.int64]
    x_test: NDArray[np.float32]
    y_test: NDArray[np.int64]

    def fields(self) -> dict[str, NDArray[Any]]:
        """Return the arrays by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


@dataclass(frozen=True, slots=True)
class LabeledImages:
    """Flattened images in [0, 1], shape (n, n_pixels), and labels int64, shape (n,). Read-only."""

    images: NDArray[np.floating[Any]]
    labels: NDArray[np.int64]

    def __post_init__(self) -> None:
        self.images.flags.writeable = False
        self.labels.flags.writeable = False

    def split(self, generator: np.random.Generator, sizes: tuple[int, int, int] = SPLIT_SIZES) -> Split:
        """Deal the images out at random to train, validation and test; the rest is unused."""
        if min(sizes) < 0 or sum(sizes) > len(self.labels):
            raise ValueError(f"cannot split {len(self.labels)} images into {sizes}")
        order = generator.permutation(len(self.labels))
        train, validation, test = np.split(order[: sum(sizes)], np.cumsum(sizes[:2]))
        images = self.images.astype(np.float32)
        return Split(
            x_train=images[train],
            y_train=self.labels[train],
            x_validation=images[validation],
            y_validation=self.labels[validation],
            x_test=images[test],
            y_test=self.labels[test],
        )


# --- digits ---


@functools.cache
def load_digits() -> LabeledImages:
    """Return scikit-learn's digits: images float64 of shape (1797, 64), pixels/16, and their labels."""
    path = _digits_path()
    try:
        with gzip.open(path, "rt", encoding="ascii") as file:
            table = np.loadtxt(file, delimiter=",")
    except (OSError, EOFError, ValueError) as error:
        raise EnvironmentProblem(f"cannot be read: {error}", where=path, hint=_REINSTALL) from error
    if table.shape != (DIGITS_SHAPE[0], DIGITS_SHAPE[1] + 1):
        raise EnvironmentProblem(f"holds a table of {table.shape}", where=path, hint=_REINSTALL)
    return LabeledImages(table[:, :-1] / 16.0, table[:, -1].astype(np.int64))


def split(generator: np.random.Generator) -> Split:
    """Split the digits into 1297 train, 250 validation and 250 test images.

    Under :func:`using`, as many images of its folder: those for training and validation from the training
    files, those for testing from the test files.
    """
    if _folders:
        train, test = load_idx(_folders[-1])
        n_train, n_validation, n_test = SPLIT_SIZES
        seen, unseen = (
            train.split(generator, (n_train, n_validation, 0)),
            test.split(generator, (0, 0, n_test)),
        )
        return replace(seen, x_test=unseen.x_test, y_test=unseen.y_test)
    return load_digits().split(generator)


_folders: list[Path] = []


@contextmanager
def using(folder: Path | None) -> Iterator[None]:
    """Let ``split`` take its images from a folder of idx files; None for the digits."""
    if folder is None:
        yield
        return
    _folders.append(folder)
    try:
        yield
    finally:
        _folders.pop()


_REINSTALL = "reinstall scikit-learn, whose package holds the digits"


def _digits_path() -> Path:
    package = importlib.util.find_spec("sklearn")
    if package is None or package.origin is None:
        raise EnvironmentProblem("scikit-learn is not installed", where="digits", hint=_REINSTALL)
    path = Path(package.origin).parent / "datasets" / "data" / "digits.csv.gz"
    if not path.is_file():
        raise EnvironmentProblem("is missing", where=path, hint=_REINSTALL)
    return path


# --- idx files ---


@functools.lru_cache(maxsize=1)
def load_idx(folder: Path) -> tuple[LabeledImages, LabeledImages]:
    """Return the train and test images of a folder with MNIST's or Fashion-MNIST's four idx files.

    The files are called as in MNIST (``train-images-idx3-ubyte`` or ``train-images.idx3-ubyte`` …), plain or
    ``.gz``. Images come at the size of the digits, so that the same networks fit: float32 of shape (n, 64),
    each pixel the mean of a block. So were the digits made, from bitmaps of 32 × 32 pixels.

    Raises
    ------
    ProjectError
        If a file is missing, truncated or swapped for another; if images and labels differ in number, a label
        is above 9, or there are too few images to split.
    """
    train = _load_idx_pair(folder, "train", SPLIT_SIZES[0] + SPLIT_SIZES[1])
    return train, _load_idx_pair(folder, "t10k", SPLIT_SIZES[2])


def idx_hash(folder: Path) -> str:
    """Return the sha256 of a folder's four files, which results depend on."""
    total = hashlib.sha256()
    for prefix in ("train", "t10k"):
        for kind in _IDX_KINDS:
            total.update(hashlib.sha256(_find_idx(folder, f"{prefix}-{kind}").read_bytes()).digest())
    return total.hexdigest()


def shrink(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the means of 8 × 8 blocks, in [0, 1]: (n, rows, columns) → (n, 64).

    Where a side is no multiple of eight, it is padded evenly with zeros.
    """
    padding = [(0, 0)]
    for length in pixels.shape[1:]:
        lacking = -length % _SIDE
        padding.append((lacking // 2, lacking - lacking // 2))
    padded = np.pad(pixels, padding)
    n, rows, columns = padded.shape
    blocks = padded.reshape(n, _SIDE, rows // _SIDE, _SIDE, columns // _SIDE)
    means: NDArray[np.float32] = blocks.mean(axis=(2, 4), dtype=np.float32).reshape(n, _SIDE * _SIDE)
    return means / np.float32(255)


_IDX_KINDS = ("images-idx3-ubyte", "labels-idx1-ubyte")
_SIDE = 8
_WHICH = "MNIST and Fashion-MNIST have 60000 and 10000 images of ten classes"


def _load_idx_pair(folder: Path, prefix: str, n_needed: int) -> LabeledImages:
    image_path, label_path = (_find_idx(folder, f"{prefix}-{kind}") for kind in _IDX_KINDS)
    pixels = read_idx(image_path, IMAGE_MAGIC)
    labels = read_idx(label_path, LABEL_MAGIC)
    if len(pixels) != len(labels):
        raise ProjectError(f"{len(labels)} labels for {len(pixels)} images", where=label_path)
    if len(pixels) < n_needed or not all(pixels.shape):
        raise ProjectError(
            f"holds {' × '.join(map(str, pixels.shape))} pixels, but {n_needed} images are needed",
            where=image_path,
            hint=_WHICH,
        )
    if labels.max() > 9:
        raise ProjectError(f"holds a label {labels.max()}", where=label_path, hint=_WHICH)
    return LabeledImages(shrink(pixels), labels.astype(np.int64))


def _find_idx(folder: Path, name: str) -> Path:
    names = [name, name.replace("-idx", ".idx")]
    candidates = [folder / f"{stem}{suffix}" for stem in names for suffix in ("", ".gz")]
    for path in candidates:
        if path.is_file():
            return path
    raise ProjectError(f"{name} (or {name}.gz) is missing", where=folder)


def read_idx(path: Path, magic: int) -> NDArray[np.uint8]:
    """Read an idx file of unsigned bytes: magic number, one big-endian length per dimension, the bytes."""
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError) as error:
        raise ProjectError(f"cannot be read: {error}", where=path) from error
    found = int.from_bytes(content[:4], "big") if len(content) >= 4 else None
    if found != magic:
        raise ProjectError(f"is not {_KINDS[magic]}: {_describe_magic(found)}", where=path)
    n_dimensions = magic & 0xFF
    n_header = 4 + 4 * n_dimensions
    if len(content) < n_header:
        raise ProjectError("is truncated inside its header", where=path)
    shape = struct.unpack(f">{n_dimensions}I", content[4:n_header])
    n_expected, n_bytes = int(np.prod(shape, dtype=object)), len(content) - n_header
    if n_bytes != n_expected:
        state = "is truncated" if n_bytes < n_expected else "has bytes left over"
        sizes = " × ".join(map(str, shape))
        raise ProjectError(f"{state}: {sizes} = {n_expected} bytes announced, {n_bytes} found", where=path)
    return np.frombuffer(content, dtype=np.uint8, offset=n_header).reshape(shape)


_KINDS = {IMAGE_MAGIC: "an idx file of images", LABEL_MAGIC: "an idx file of labels"}


def _describe_magic(found: int | None) -> str:
    if found is None:
        return "it is shorter than four bytes"
    if found in _KINDS:
        return f"it is {_KINDS[found]}; are the two swapped?"
    return f"magic number 0x{found:08x}"
