"""Initial weights: zero mean, a standard deviation that follows from the layer's widths."""

from __future__ import annotations

import abc
import math
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Distribution = Literal["normal", "uniform"]


class Initializer(abc.ABC):
    """A distribution of weights; ``distribution`` names its shape, ``standard_deviation`` its scale."""

    __slots__ = ()
    distribution: ClassVar[Distribution] = "normal"

    @abc.abstractmethod
    def standard_deviation(self, fan_in: int, fan_out: int) -> float:
        """Return the standard deviation of a weight."""

    def sample(
        self, generator: np.random.Generator, shape: tuple[int, ...], dtype: type[np.floating] = np.float64
    ) -> Array:
        """Return weights of shape (…, n_in, n_out)."""
        w = standard_draw(generator, self.distribution, shape, dtype)
        w *= dtype(self.standard_deviation(shape[-2], shape[-1]))
        return w


def standard_draw(
    generator: np.random.Generator,
    distribution: Distribution,
    shape: tuple[int, ...],
    dtype: type[np.floating] = np.float64,
) -> Array:
    """Return numbers with mean 0 and variance 1: N(0, 1), or U(−√3, √3)."""
    kind: type[np.float32] | type[np.float64] = np.float32 if dtype is np.float32 else np.float64
    if distribution == "normal":
        return generator.standard_normal(shape, dtype=kind)
    return (2 * generator.random(shape, dtype=kind) - 1) * kind(math.sqrt(3))


@dataclass(frozen=True, slots=True)
class Normal(Initializer):
    """W ~ N(0, std²), whatever the width."""

    std: float = 0.01

    def standard_deviation(self, fan_in: int, fan_out: int) -> float:  # noqa: ARG002
        return self.std


@dataclass(frozen=True, slots=True)
class Xavier(Initializer):
    """std = gain/√n_in: the form of the lecture, and of Glorot & Bengio 2010 for the forward pass alone.

    ``gain`` is σ_w = std·√n_in, 1 for Xavier itself; other values place a network elsewhere on the same
    scale.
    """

    gain: float = 1.0

    def standard_deviation(self, fan_in: int, fan_out: int) -> float:  # noqa: ARG002
        return self.gain / math.sqrt(fan_in)


@dataclass(frozen=True, slots=True)
class Glorot(Initializer):
    """std = √(2/(n_in + n_out)): forward and backward balanced (Glorot & Bengio 2010, equation 12)."""

    def standard_deviation(self, fan_in: int, fan_out: int) -> float:
        return math.sqrt(2 / (fan_in + fan_out))


@dataclass(frozen=True, slots=True)
class XavierUniform(Initializer):
    """U(±√(6/(n_in + n_out))): the variance of :class:`Glorot` (Glorot & Bengio 2010, equation 16)."""

    distribution: ClassVar[Distribution] = "uniform"

    def standard_deviation(self, fan_in: int, fan_out: int) -> float:
        return math.sqrt(2 / (fan_in + fan_out))


@dataclass(frozen=True, slots=True)
class UniformFanIn(Initializer):
    """U(±1/√n_in), the "standard" of Glorot & Bengio 2010, equation 1: std = 1/√(3 n_in)."""

    distribution: ClassVar[Distribution] = "uniform"

    def standard_deviation(self, fan_in: int, fan_out: int) -> float:  # noqa: ARG002
        return 1 / math.sqrt(3 * fan_in)


@dataclass(frozen=True, slots=True)
class He(Initializer):
    """std = √(2/n_in): the 2 makes up for ReLU's zero half (He et al. 2015, equation 10)."""

    def standard_deviation(self, fan_in: int, fan_out: int) -> float:  # noqa: ARG002
        return math.sqrt(2 / fan_in)
