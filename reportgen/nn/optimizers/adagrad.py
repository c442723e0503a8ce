"""AdaGrad."""
# ruff: noqa: ARG002 (one signature for all optimizers; not each needs all of it)

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reportgen.nn.optimizers.base import Array, Optimizer, State


@dataclass(frozen=True, slots=True, kw_only=True)
class AdaGrad(Optimizer):
    """h ← h + g²; w ← w − ηg/(√h + ε) (Duchi et al. 2011, diagonal form).

    ε stands outside the root, as in PyTorch, whose default is 1e-10; ours is the usual teaching value 1e-7.
    """

    eps: float = 1e-7

    def init(self, params: Array) -> State:
        return (np.zeros_like(params),)

    def update(
        self, params: Array, grads: Array, state: State, learning_rate: float | Array
    ) -> tuple[Array, State]:
        (squares,) = state
        squares = squares + grads * grads
        return params - learning_rate * grads / (np.sqrt(squares) + self.eps), (squares,)

    def update_in_place(
        self, params: Array, grads: Array, state: State, learning_rate: Array, step: int, scratch: Array
    ) -> None:
        (squares,) = state
        np.multiply(grads, grads, out=scratch)
        squares += scratch
        np.sqrt(squares, out=scratch)
        scratch += self.eps
        np.divide(grads, scratch, out=grads)
        grads *= learning_rate
        np.subtract(params, grads, out=params)
