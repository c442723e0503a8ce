"""A whole network forward and backward, layer by layer, with everything in between left to be looked at.

Built from the readable layers, for analysis in float64; leading axes of parameters and inputs broadcast, so
that many networks go through at once. Without dropout and noise. ``train`` computes the same in float32.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reportgen.nn.activations import activate, activate_backward
from reportgen.nn.affine import affine_backward, affine_forward
from reportgen.nn.arms import Network
from reportgen.nn.batch_norm import (
    BatchNormCache,
    RunningStatistics,
    batch_norm_backward,
    batch_norm_forward,
    batch_norm_inference,
)
from reportgen.nn.losses import loss_and_gradient
from reportgen.nn.parameters import Parameters
from reportgen.nn.residual import residual_backward, residual_forward

Array = NDArray[np.floating]


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """What a batch does to every layer; each a tuple from the first hidden layer to the output layer.

    Attributes
    ----------
    inputs
        (…, batch, n_in): what the layer gets, first of all x.
    pre_activations
        z = x W + b, (…, batch, n_out).
    normalized
        What the layer's batch norm makes, of z or of φ(z); None without.
    activations
        What φ makes, of z or of the normalized z. The last one is what the network puts out.
    caches
        For the backward pass; None without batch norm, or with running statistics.
    """

    inputs: tuple[Array, ...]
    pre_activations: tuple[Array, ...]
    normalized: tuple[Array | None, ...]
    activations: tuple[Array, ...]
    caches: tuple[BatchNormCache | None, ...]

    @property
    def outputs(self) -> Array:
        """Logits, or for ``mse`` the predictions (…, batch, n_out)."""
        return self.activations[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gradients:
    """The loss of a batch (…,) and its gradients.

    Attributes
    ----------
    deltas
        δ = ∂L/∂z at the pre-activations of every layer, (…, batch, n_out).
    parameters
        With respect to the parameters, arranged as they are; without running statistics.
    """

    loss: Array
    deltas: tuple[Array, ...]
    parameters: Parameters


def forward(
    network: Network, parameters: Parameters, x: NDArray[Any], *, running_statistics: bool = False
) -> Activity:
    """Send a batch x (…, batch, n_in) through the network.

    Batch norms take the statistics of the batch, as in training, or those that training left
    (``running_statistics``), as in evaluation. Neither changes the parameters.
    """
    inputs, pre_activations, normalized, activations, caches = [], [], [], [], []
    norms = iter(_norms(parameters))
    h: Array = x
    for w, b, place, activation, skips in zip(
        parameters.weights, parameters.biases, network.norms, network.activations, network.skips, strict=True
    ):
        inputs.append(h)
        z = affine_forward(h, w, np.zeros(w.shape[-1]) if b is None else b)
        y, cache = None, None
        match place:
            case None:
                branch = activation_output = activate(activation, z)
            case "before":
                y, cache = _normalize(z, *next(norms), running_statistics=running_statistics)
                branch = activation_output = activate(activation, y)
            case "after":
                activation_output = activate(activation, z)
                branch, cache = _normalize(
                    activation_output, *next(norms), running_statistics=running_statistics
                )
                y = branch
        h = residual_forward(h, branch) if skips else branch
        pre_activations.append(z)
        normalized.append(y)
        activations.append(activation_output)
        caches.append(cache)
    return Activity(
        inputs=tuple(inputs),
        pre_activations=tuple(pre_activations),
        normalized=tuple(normalized),
        activations=tuple(activations),
        caches=tuple(caches),
    )


def backward(
    network: Network, parameters: Parameters, activity: Activity, targets: NDArray[Any]
) -> Gradients:
    """Send the gradient of the loss back through the network.

    Parameters
    ----------
    network, parameters
        As in ``forward``.
    activity
        What ``forward`` returned, with the statistics of the batch.
    targets
        Labels (…, batch), or (…, batch, n_out) for ``mse``.
    """
    loss, dh = loss_and_gradient(network.loss, activity.outputs, targets)
    deltas, weights, gammas, betas = [], [], [], []
    biases: list[Array | None] = []
    for index in reversed(range(len(parameters.weights))):
        cache, h = activity.caches[index], activity.activations[index]
        if network.norms[index] is not None and cache is None:
            raise ValueError("the backward pass needs a forward pass with the statistics of the batch")
        d_output = dh
        if cache is not None and network.norms[index] == "after":
            dh, dgamma, dbeta = batch_norm_backward(dh, cache)
        delta = activate_backward(network.activations[index], dh, h)
        if cache is not None and network.norms[index] == "before":
            delta, dgamma, dbeta = batch_norm_backward(delta, cache)
        if cache is not None:
            gammas.append(dgamma)
            betas.append(dbeta)
        dx, dw, db = affine_backward(delta, activity.inputs[index], parameters.weights[index])
        dh = residual_backward(d_output, dx) if network.skips[index] else dx
        deltas.append(delta)
        weights.append(dw)
        biases.append(None if parameters.biases[index] is None else db)
    return Gradients(
        loss=loss,
        deltas=tuple(reversed(deltas)),
        parameters=Parameters(
            weights=tuple(reversed(weights)),
            biases=tuple(reversed(biases)),
            gammas=tuple(reversed(gammas)),
            betas=tuple(reversed(betas)),
            running_means=(),
            running_variances=(),
        ),
    )


def _norms(parameters: Parameters) -> list[tuple[Array, Array, RunningStatistics]]:
    """Return γ, β and the stored statistics of every batch norm."""
    statistics = [
        RunningStatistics(mean=mean, variance=variance)
        for mean, variance in zip(parameters.running_means, parameters.running_variances, strict=True)
    ]
    return list(zip(parameters.gammas, parameters.betas, statistics, strict=True))


def _normalize(
    x: Array, gamma: Array, beta: Array, statistics: RunningStatistics, *, running_statistics: bool
) -> tuple[Array, BatchNormCache | None]:
    if running_statistics:
        return batch_norm_inference(x, gamma, beta, statistics), None
    return batch_norm_forward(x, gamma, beta)
