"""RMSProp."""
# ruff: noqa: ARG002 (one signature for all optimizers; not each needs all of it)

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from reportgen.nn.optimizers.base import Array, Optimizer, State


@dataclass(frozen=True, slots=True, kw_only=True)
class RMSProp(Optimizer):
    """v ← ρv + (1 − ρ)g²; w ← w − ηg/(√v + ε) (Tieleman & Hinton 2012, a lecture).

    ε stands outside the root and ρ = 0.99, as in PyTorch; TensorFlow has ε inside and ρ = 0.9. v starts
    at 0 and is not corrected, so the first steps are 1/√(1 − ρ) = 10 times longer than later ones.
    """

    decay: float = 0.99
    eps: float = 1e-8

    def init(self, params: Array) -> State:
        return (np.zeros_like(params),)

    def update(
        self, params: Array, grads: Array, state: State, learning_rate: float | Array
    ) -> tuple[Array, State]:
        (mean_square,) = state
        mean_square = self.decay * mean_square + (1 - self.decay) * grads * grads
        return params - learning_rate * grads / (np.sqrt(mean_square) + self.eps), (mean_square,)

    def update_in_place(
        self, params: Array, grads: Array, state: State, learning_rate: Array, step: int, scratch: Array
    ) -> None:
        # The state is v/(1 − ρ): one pass over the parameters less.
        (scaled,) = state
        scale = math.sqrt(1 - self.decay)
        np.multiply(grads, grads, out=scratch)
        scaled *= self.decay
        scaled += scratch
        np.sqrt(scaled, out=scratch)
        scratch += self.eps / scale
        np.divide(grads, scratch, out=grads)
        grads *= learning_rate / params.dtype.type(scale)
        np.subtract(params, grads, out=params)
