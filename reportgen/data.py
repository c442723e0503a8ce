"""The data that experiments train on: scikit-learn's digits, idx files of MNIST's format, paired splits.

Nothing is downloaded, and scikit-learn is not imported (.6 s): only its file is read.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import importlib.util
import struct
from dataclasses import dataclass, fields
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
    """Split the digits into 1297 train, 250 validation and 250 test images."""
    return load_digits().split(generator)


@functools.cache
def content_hash() -> str:
    """Return the sha256 of the digits' file, which results depend on."""
    return hashlib.sha256(_digits_path().read_bytes()).hexdigest()


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


def load_idx(folder: Path) -> tuple[LabeledImages, LabeledImages]:
    """Return the train and test images of a folder with MNIST's or Fashion-MNIST's four idx files.

    The files are called as in MNIST (``train-images-idx3-ubyte`` or ``train-images.idx3-ubyte`` …), plain or
    ``.gz``. Images become float32, pixels/255, shape (n, rows·columns).

    Raises
    ------
    ProjectError
        If a file is missing, truncated, swapped for another, or images and labels differ in number.
    """
    return _load_idx_pair(folder, "train"), _load_idx_pair(folder, "t10k")


def _load_idx_pair(folder: Path, prefix: str) -> LabeledImages:
    image_path, label_path = (
        _find_idx(folder, f"{prefix}-{kind}") for kind in ("images-idx3-ubyte", "labels-idx1-ubyte")
    )
    pixels = read_idx(image_path, IMAGE_MAGIC)
    labels = read_idx(label_path, LABEL_MAGIC)
    if len(pixels) != len(labels):
        raise ProjectError(f"{len(labels)} labels for {len(pixels)} images", where=label_path)
    images = pixels.reshape(len(pixels), -1) / np.float32(255)
    return LabeledImages(images.astype(np.float32, copy=False), labels.astype(np.int64))


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
