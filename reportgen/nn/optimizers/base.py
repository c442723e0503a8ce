"""What every optimizer offers: ``init`` and ``update`` as pure functions, and the same step in place."""

from __future__ import annotations

import abc

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
State = tuple[Array, ...]


class Optimizer(abc.ABC):
    """Hyper-parameters only, frozen; what a run accumulates is in the state and cannot leak into the next.

    ``update`` is the definition. ``update_in_place`` is the same step without allocation, for training;
    it may round differently in the last bits.
    """

    __slots__ = ()

    @abc.abstractmethod
    def init(self, params: Array) -> State:
        """Return the state before the first update, for parameters of this shape and dtype."""

    @abc.abstractmethod
    def update(
        self, params: Array, grads: Array, state: State, learning_rate: float | Array
    ) -> tuple[Array, State]:
        """Return new parameters and state; the arguments stay as they are.

        Parameters
        ----------
        params, grads
            Equal shapes, any float type.
        state
            From ``init`` or the last ``update``.
        learning_rate
            A number, or an array that broadcasts against ``params``: one rate per network.
        """

    def init_in_place(self, params: Array) -> State:
        """Return zeroed arrays for ``update_in_place``, one per accumulated quantity."""
        return tuple(np.zeros_like(s) for s in self.init(params) if np.ndim(s))

    @abc.abstractmethod
    def update_in_place(
        self, params: Array, grads: Array, state: State, learning_rate: Array, step: int, scratch: Array
    ) -> None:
        """Change ``params`` and ``state``; ``grads`` and ``scratch`` are overwritten.

        Parameters
        ----------
        params, grads, scratch
            (R, …), one network a row.
        state
            From ``init_in_place``.
        learning_rate
            (R, 1, …), already times the schedule's factor.
        step
            1 for the first update.
        """
