"""Momentum and Nesterov's accelerated gradient."""
# ruff: noqa: ARG002 (one signature for all optimizers; not each needs all of it)

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reportgen.nn.optimizers.base import Array, Optimizer, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Momentum(Optimizer):
    """v ← μv + g; w ← w − ηv, with v = 0 at first (Polyak 1964; this form as in PyTorch).

    The form v ← μv − ηg, w ← w + v gives the same path at a constant rate. When η changes, here the whole
    velocity is rescaled at once, there only what is added from then on.
    """

    momentum: float = 0.9

    def init(self, params: Array) -> State:
        return (np.zeros_like(params),)

    def update(
        self, params: Array, grads: Array, state: State, learning_rate: float | Array
    ) -> tuple[Array, State]:
        (velocity,) = state
        velocity = self.momentum * velocity + grads
        return params - learning_rate * velocity, (velocity,)

    def update_in_place(
        self, params: Array, grads: Array, state: State, learning_rate: Array, step: int, scratch: Array
    ) -> None:
        (velocity,) = state
        velocity *= self.momentum
        velocity += grads
        np.multiply(velocity, learning_rate, out=grads)
        np.subtract(params, grads, out=params)


@dataclass(frozen=True, slots=True, kw_only=True)
class Nesterov(Optimizer):
    """v ← μv + g; w ← w − η(g + μv): momentum whose gradient is taken where the velocity is about to lead.

    This is the form of Sutskever et al. 2013 (equations 3 and 4) in the shifted variable w + μ·step, so
    that the gradient is taken at w itself (Bengio et al. 2013; as in PyTorch, ``nesterov=True``).
    """

    momentum: float = 0.9

    def init(self, params: Array) -> State:
        return (np.zeros_like(params),)

    def update(
        self, params: Array, grads: Array, state: State, learning_rate: float | Array
    ) -> tuple[Array, State]:
        (velocity,) = state
        velocity = self.momentum * velocity + grads
        return params - learning_rate * (grads + self.momentum * velocity), (velocity,)

    def update_in_place(
        self, params: Array, grads: Array, state: State, learning_rate: Array, step: int, scratch: Array
    ) -> None:
        (velocity,) = state
        velocity *= self.momentum
        velocity += grads
        np.multiply(velocity, self.momentum, out=scratch)
        grads += scratch
        grads *= learning_rate
        np.subtract(params, grads, out=params)
