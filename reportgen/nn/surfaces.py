"""Surfaces over the plane and the descent on them, in float64, for many rates and starts at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reportgen.nn.optimizers import Optimizer

Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quadratic:
    """f(x) = ½ Σᵢ cᵢ xᵢ² with the curvatures c; a negative one makes a saddle."""

    curvatures: tuple[float, ...] = (0.1, 2.0)

    def value(self, points: ArrayLike) -> Points:
        """Return f at points (…, n), shape (…)."""
        points = np.asarray(points, dtype=np.float64)
        value: Points = (0.5 * np.asarray(self.curvatures) * points**2).sum(axis=-1)
        return value

    def gradient(self, points: ArrayLike) -> Points:
        """Return ∇f at points (…, n), the same shape."""
        gradient: Points = np.asarray(self.curvatures) * np.asarray(points, dtype=np.float64)
        return gradient


BOWL = Quadratic(curvatures=(0.1, 2.0))  # x²/20 + y²
SADDLE = Quadratic(curvatures=(2.0, -2.0))  # x² − y²


def descend(
    optimizer: Optimizer,
    gradient: Callable[[Points], Points],
    start: ArrayLike,
    learning_rate: ArrayLike,
    n_steps: int,
) -> Points:
    """Return the path of an optimizer from the start, and the steps after it.

    Parameters
    ----------
    optimizer
        Any of :mod:`reportgen.nn.optimizers`.
    gradient
        ∇f for points (…, n).
    start
        (…, n).
    learning_rate
        (…): one per path, broadcast against the leading axes of ``start``.
    n_steps
        Number of updates.

    Returns
    -------
    path
        (n_steps + 1, …, n) float64; a path that leaves the range of float64 ends in inf or NaN, silently.
    """
    start = np.asarray(start, dtype=np.float64)
    rate = np.asarray(learning_rate, dtype=np.float64)[..., None]
    point = np.broadcast_to(
        start, np.broadcast_shapes(start.shape, (*rate.shape[:-1], start.shape[-1]))
    ).copy()
    path = np.empty((n_steps + 1, *point.shape))
    path[0] = point
    state = optimizer.init(point)
    with np.errstate(over="ignore", invalid="ignore"):  # a diverging path is a result, not an accident
        for step in range(n_steps):
            point, state = optimizer.update(point, gradient(point), state, rate)
            path[step + 1] = point
    return path
