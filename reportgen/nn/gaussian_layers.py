"""Layers of Gaussian weights that never store their matrix: drawn again when needed, or not drawn at all.

Both kinds stand for a matrix W (n_in, n_out) of independent standard normal entries and answer the same two
questions, x W and δ Wᵀ. A net whose weights have another spread multiplies the answers by its standard
deviation; arms that share a layer share its W. ``RedrawnLayer`` computes with the entries themselves.
``ConditionedLayer`` needs a few rows of random numbers only and is exact in distribution, forward and
backward jointly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

Array = np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class RedrawnLayer:
    """A matrix whose columns are drawn block by block, from the same random numbers each time it is used.

    Attributes
    ----------
    n_in, n_out
        Shape of W.
    generator
        Returns a fresh generator at the start of this layer's stream.
    block
        Columns drawn at a time: few enough to stay in the cache.
    """

    n_in: int
    n_out: int
    generator: Callable[[], np.random.Generator]
    block: int = 128

    def forward(self, x: Array) -> Array:
        """Return x W for x (..., n_in)."""
        return np.concatenate([x @ columns.T for _, columns in self._blocks()], axis=-1)

    def backward(self, delta: Array) -> Array:
        """Return δ Wᵀ for δ (..., n_out)."""
        gradient = np.zeros((*delta.shape[:-1], self.n_in))
        for start, columns in self._blocks():
            gradient += delta[..., start : start + len(columns)] @ columns
        return gradient

    def _blocks(self) -> Iterator[tuple[int, Array]]:
        """Yield the index of each block's first column and the block, transposed: (block, n_in)."""
        generator = self.generator()
        for start in range(0, self.n_out, self.block):
            yield start, generator.standard_normal((min(self.block, self.n_out - start), self.n_in))


@dataclass(slots=True, kw_only=True)
class ConditionedLayer:
    """A matrix that is known only through what was multiplied with it.

    Given x, the columns of x W are independent N(0, x xᵀ), so that

        z = chol(x xᵀ) ξ,    ξ (batch, n_out) standard normal,

    has the distribution of x W. Given z, W is x⁺ z + (I − x⁺ x) W̃ with x⁺ = xᵀ (x xᵀ)⁻¹ and W̃ an independent
    copy of W, so that

        δ Wᵀ = δ zᵀ (x xᵀ)⁻¹ x + chol(δ δᵀ) ξ̃ (I − x⁺ x),    ξ̃ (batch, n_in) standard normal,

    for any δ that depends on W through z alone. Needs batch ≤ n_in, n_out and linearly independent rows of x
    and of δ. Leading axes of x are arms: they share ξ and ξ̃, as they would share W.
    """

    n_in: int
    n_out: int
    generator: np.random.Generator
    _seen: tuple[Array, Array] | None = field(default=None, init=False)

    def forward(self, x: Array) -> Array:
        """Return a draw of x W for x (..., batch, n_in)."""
        noise = self.generator.standard_normal((x.shape[-2], self.n_out))
        z: Array = np.linalg.cholesky(x @ x.mT) @ noise
        self._seen = x, z
        return z

    def backward(self, delta: Array) -> Array:
        """Return a draw of δ Wᵀ given the last ``forward``, for δ (..., batch, n_out)."""
        if self._seen is None:
            raise ValueError("backward is conditioned on what forward returned: call forward first")
        x, z = self._seen
        noise = self.generator.standard_normal((delta.shape[-2], self.n_in))
        fresh = np.linalg.cholesky(delta @ delta.mT) @ noise
        known = delta @ z.mT - fresh @ x.mT  # (..., batch, batch): what z says, less fresh's share along x
        gradient: Array = fresh + known @ np.linalg.solve(x @ x.mT, x)
        return gradient


def weight_gradient_rms(x: Array, delta: Array) -> Array:
    """Return the RMS entry of ∂L/∂W = xᵀ δ without forming it: ‖xᵀ δ‖² = Σ (x xᵀ) ∘ (δ δᵀ).

    ``x`` (..., batch, n_in), ``delta`` (..., batch, n_out); the result has their leading axes.
    """
    total = np.sum((x @ x.mT) * (delta @ delta.mT), axis=(-2, -1))
    rms: Array = np.sqrt(total / (x.shape[-1] * delta.shape[-1]))
    return rms
