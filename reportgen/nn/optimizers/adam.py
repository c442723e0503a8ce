"""Adam."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from reportgen.nn.optimizers.base import Array, Optimizer, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Adam(Optimizer):
    """m ← β₁m + (1 − β₁)g; v ← β₂v + (1 − β₂)g²; w ← w − ηm̂/(√v̂ + ε) (Kingma & Ba 2015, algorithm 1).

    m̂ = m/(1 − β₁ᵗ) and v̂ = v/(1 − β₂ᵗ) make up for moments that start at 0; ``bias_correction=False``
    uses m and v themselves, as much teaching code does. ε stands outside the root of v̂, as in the paper
    and in PyTorch.
    """

    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    bias_correction: bool = True

    def init(self, params: Array) -> State:
        return np.zeros_like(params), np.zeros_like(params), np.zeros(())  # m, v, t

    def update(
        self, params: Array, grads: Array, state: State, learning_rate: float | Array
    ) -> tuple[Array, State]:
        m, v, t = state
        t = t + 1
        m = self.beta1 * m + (1 - self.beta1) * grads
        v = self.beta2 * v + (1 - self.beta2) * grads * grads
        correction1, correction2 = self._corrections(int(t))
        m_hat, v_hat = m / correction1, v / correction2
        return params - learning_rate * m_hat / (np.sqrt(v_hat) + self.eps), (m, v, t)

    def update_in_place(
        self, params: Array, grads: Array, state: State, learning_rate: Array, step: int, scratch: Array
    ) -> None:
        # The state is m/(1 − β₁) and v/(1 − β₂), and the corrections go into rate and ε: three passes less.
        m, v = state
        correction1, correction2 = self._corrections(step)
        scale = math.sqrt((1 - self.beta2) / correction2)
        np.multiply(grads, grads, out=scratch)
        v *= self.beta2
        v += scratch
        m *= self.beta1
        m += grads
        np.sqrt(v, out=scratch)
        scratch += self.eps / scale
        np.divide(m, scratch, out=scratch)
        scratch *= learning_rate * params.dtype.type((1 - self.beta1) / (correction1 * scale))
        np.subtract(params, scratch, out=params)

    def _corrections(self, t: int) -> tuple[float, float]:
        """Return 1 − β₁ᵗ and 1 − β₂ᵗ, or ones."""
        if not self.bias_correction:
            return 1.0, 1.0
        return 1 - self.beta1**t, 1 - self.beta2**t
