"""Stochastic gradient descent."""
# ruff: noqa: ARG002 (one signature for all optimizers; not each needs all of it)

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reportgen.nn.optimizers.base import Array, Optimizer, State


@dataclass(frozen=True, slots=True, kw_only=True)
class SGD(Optimizer):
    """w ← w − ηg."""

    def init(self, params: Array) -> State:
        return ()

    def update(
        self, params: Array, grads: Array, state: State, learning_rate: float | Array
    ) -> tuple[Array, State]:
        return params - learning_rate * grads, state

    def update_in_place(
        self, params: Array, grads: Array, state: State, learning_rate: Array, step: int, scratch: Array
    ) -> None:
        grads *= learning_rate
        np.subtract(params, grads, out=params)
