"""The parameters of a network, one array per layer and kind."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reportgen.nn.arms import Network

Array = NDArray[np.floating]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """Parameters from the first layer to the last; several networks on leading axes, if any.

    Attributes
    ----------
    weights
        (…, n_in, n_out) per layer.
    biases
        (…, n_out) per layer; None before a batch norm.
    gammas, betas, running_means, running_variances
        (…, n) per batch norm, in the order of the layers; empty without batch norm.
    """

    weights: tuple[Array, ...]
    biases: tuple[Array | None, ...]
    gammas: tuple[Array, ...]
    betas: tuple[Array, ...]
    running_means: tuple[Array, ...]
    running_variances: tuple[Array, ...]

    def map(self, function: Callable[..., Array], *others: Parameters) -> Parameters:
        """Return ``function(array, *the same of others)`` of everything that is learned; statistics stay.

        A step down a gradient: ``parameters.map(lambda w, g: w - rate * g, gradients.parameters)``.
        """

        def each(name: str) -> tuple[Array, ...]:
            return tuple(map(function, getattr(self, name), *(getattr(other, name) for other in others)))

        biases = zip(self.biases, *(other.biases for other in others), strict=True)
        return Parameters(
            weights=each("weights"),
            biases=tuple(None if b[0] is None else function(*b) for b in biases),
            gammas=each("gammas"),
            betas=each("betas"),
            running_means=self.running_means,
            running_variances=self.running_variances,
        )


def initial_parameters(network: Network, generators: Sequence[np.random.Generator]) -> Parameters:
    """Return the parameters of a network before training in float64, one network per generator: (R, …).

    The ``init`` streams of replicates give the networks that ``train(…, dtype=np.float64)`` starts from.
    """
    shapes = list(itertools.pairwise(network.widths))
    draws = [[network.initializer.sample(generator, shape) for shape in shapes] for generator in generators]
    n_networks = len(generators)
    normed = [n for n, norm in zip(network.widths[1:], network.norms, strict=True) if norm is not None]
    return Parameters(
        weights=tuple(np.stack(layer) for layer in zip(*draws, strict=True)),
        biases=tuple(
            None if norm == "before" else np.zeros((n_networks, n))
            for n, norm in zip(network.widths[1:], network.norms, strict=True)
        ),
        gammas=tuple(np.ones((n_networks, n)) for n in normed),
        betas=tuple(np.zeros((n_networks, n)) for n in normed),
        running_means=tuple(np.zeros((n_networks, n)) for n in normed),
        running_variances=tuple(np.ones((n_networks, n)) for n in normed),
    )
