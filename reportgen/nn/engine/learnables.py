"""What a block carries from step to step: parameters, running statistics, the optimizer's state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reportgen.nn.arms import Network
from reportgen.nn.engine.buffers import Array, Dtype, aligned
from reportgen.nn.optimizers import Optimizer
from reportgen.nn.optimizers.base import State
from reportgen.nn.parameters import Parameters


@dataclass(slots=True)
class Rows:
    """Vectors of R networks in one flat array, vector after vector, each a row (R·n)."""

    flat: Array
    widths: tuple[int, ...]  # n of each vector
    n_networks: int

    def row(self, index: int) -> Array:
        """Return the row (R·n) of one vector, a view."""
        start = self.n_networks * sum(self.widths[:index])
        return self.flat[start : start + self.n_networks * self.widths[index]]

    def vectors(self) -> list[Array]:
        """Return each vector as (R, n), views."""
        return [self.row(i).reshape(self.n_networks, n) for i, n in enumerate(self.widths)]

    def like(self, flat: Array) -> Rows:
        """Return other numbers in the same arrangement."""
        return Rows(flat, self.widths, self.n_networks)

    def of(self, chosen: NDArray[np.bool_]) -> Rows:
        """Return a copy for the chosen networks."""
        parts = [v[chosen].reshape(-1) for v in self.vectors()]
        flat = np.concatenate(parts) if parts else self.flat.copy()
        return Rows(flat, self.widths, int(chosen.sum()))

    def owners(self) -> NDArray[np.intp]:
        """Return which network each number belongs to."""
        parts = [np.repeat(np.arange(self.n_networks), n) for n in self.widths]
        return np.concatenate(parts) if parts else np.empty(0, np.intp)

    def are_finite(self) -> NDArray[np.bool_]:
        """Return (R,)."""
        finite = np.ones(self.n_networks, np.bool_)
        for v in self.vectors():
            finite &= np.isfinite(v).all(axis=1)
        return finite


@dataclass(slots=True)
class Learnables:
    """Weights (R, n_in, n_out) each; rows of biases, γ and β; running statistics; optimizer states."""

    weights: list[Array]
    vectors: Rows
    means: Rows
    variances: Rows
    weight_states: list[State]
    vector_state: State

    def of(self, chosen: NDArray[np.bool_]) -> Learnables:
        """Return a copy for the chosen networks."""
        return Learnables(
            weights=[aligned(w[chosen]) for w in self.weights],
            vectors=self.vectors.of(chosen),
            means=self.means.of(chosen),
            variances=self.variances.of(chosen),
            weight_states=[tuple(aligned(s[chosen]) for s in state) for state in self.weight_states],
            vector_state=tuple(self.vectors.like(s).of(chosen).flat for s in self.vector_state),
        )

    def are_finite(self) -> NDArray[np.bool_]:
        """Return per network (R,) whether nothing has overflowed; running variances never leave inf."""
        finite = self.vectors.are_finite() & self.means.are_finite() & self.variances.are_finite()
        for w in self.weights:
            finite &= np.isfinite(w).all(axis=(1, 2))
        return finite

    def parameters(self, network: Network, index: int) -> Parameters:
        """Return one network's parameters, copied."""
        vectors = iter([v[index].copy() for v in self.vectors.vectors()])
        biases: list[Array | None] = []
        gammas: list[Array] = []
        betas: list[Array] = []
        for norm in network.norms:
            biases.append(None if norm == "before" else next(vectors))
            if norm is not None:
                gammas.append(next(vectors))
                betas.append(next(vectors))
        return Parameters(
            weights=tuple(w[index].copy() for w in self.weights),
            biases=tuple(biases),
            gammas=tuple(gammas),
            betas=tuple(betas),
            running_means=tuple(v[index].copy() for v in self.means.vectors()),
            running_variances=tuple(v[index].copy() for v in self.variances.vectors()),
        )


def join(parts: Sequence[Learnables]) -> Learnables:
    """Return the networks of several blocks as those of one, in their order."""
    first = parts[0]
    return Learnables(
        weights=[
            aligned(np.concatenate(layer)) for layer in zip(*(part.weights for part in parts), strict=True)
        ],
        vectors=_join_rows([part.vectors for part in parts]),
        means=_join_rows([part.means for part in parts]),
        variances=_join_rows([part.variances for part in parts]),
        weight_states=[
            tuple(
                aligned(np.concatenate([part.weight_states[layer][i] for part in parts]))
                for i in range(len(state))
            )
            for layer, state in enumerate(first.weight_states)
        ],
        vector_state=tuple(
            _join_rows([part.vectors.like(part.vector_state[i]) for part in parts]).flat
            for i in range(len(first.vector_state))
        ),
    )


def _join_rows(parts: Sequence[Rows]) -> Rows:
    vectors = zip(*(part.vectors() for part in parts), strict=True)
    flat = [np.concatenate(vector).reshape(-1) for vector in vectors]
    return Rows(
        np.concatenate(flat) if flat else parts[0].flat.copy(),
        parts[0].widths,
        sum(part.n_networks for part in parts),
    )


def initial_learnables(
    network: Network, optimizer: Optimizer, weights: Sequence[Sequence[Array]], dtype: Dtype
) -> Learnables:
    """Return learnables before the first step, from initial weights by network and layer."""
    n_networks = len(weights)
    stacked = [aligned(np.stack(layer)) for layer in zip(*weights, strict=True)]
    widths: list[int] = []
    values: list[Array] = []
    for n, norm in zip(network.widths[1:], network.norms, strict=True):
        rows = {None: (0,), "before": (1, 0), "after": (0, 1, 0)}[norm]  # [bias], γ = 1, β = 0
        widths.extend(n for _ in rows)
        values.extend(np.full(n_networks * n, value, dtype) for value in rows)
    vectors = Rows(np.concatenate(values), tuple(widths), n_networks)
    normed = tuple(n for n, norm in zip(network.widths[1:], network.norms, strict=True) if norm is not None)
    return Learnables(
        weights=stacked,
        vectors=vectors,
        means=Rows(np.zeros(n_networks * sum(normed), dtype), normed, n_networks),
        variances=Rows(np.ones(n_networks * sum(normed), dtype), normed, n_networks),
        weight_states=[tuple(aligned(s) for s in optimizer.init_in_place(w)) for w in stacked],
        vector_state=optimizer.init_in_place(vectors.flat),
    )
