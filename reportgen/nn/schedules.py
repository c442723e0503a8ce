"""Learning-rate schedules: the factor by which the base rate is multiplied at each update."""

from __future__ import annotations

import abc
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


class Schedule(abc.ABC):
    """A sequence of factors."""

    __slots__ = ()

    @abc.abstractmethod
    def factors(self, n_steps: int) -> NDArray[np.float64]:
        """Return the factors of updates 0 … n_steps − 1 of a run of ``n_steps`` updates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant(Schedule):
    """1 throughout."""

    def factors(self, n_steps: int) -> NDArray[np.float64]:
        return np.ones(n_steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Schedule):
    """``factor`` to the power ⌊t/every⌋."""

    every: int = 100
    factor: float = 0.1

    def factors(self, n_steps: int) -> NDArray[np.float64]:
        powers: NDArray[np.float64] = np.float64(self.factor) ** (np.arange(n_steps) // self.every)
        return powers


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosine(Schedule):
    """final + (1 − final) · ½ (1 + cos(π t/n_steps)) (Loshchilov & Hutter 2017, equation 5, no restarts)."""

    final: float = 0.0

    def factors(self, n_steps: int) -> NDArray[np.float64]:
        wave = 0.5 * (1 + np.cos(np.pi * np.arange(n_steps) / n_steps))
        return self.final + (1 - self.final) * wave
