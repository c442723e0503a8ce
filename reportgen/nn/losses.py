"""Losses: softmax cross-entropy, logistic loss and mean squared error, each with its gradient."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Labels = NDArray[np.integer]
Loss = Literal["cross_entropy", "logistic", "mse"]


def softmax(logits: Array) -> Array:
    """Return pₖ = e^{zₖ} / Σⱼ e^{zⱼ} over the last axis, shifted by the maximum, which cannot overflow."""
    exponentials = np.exp(logits - logits.max(axis=-1, keepdims=True))
    p: Array = exponentials / exponentials.sum(axis=-1, keepdims=True)
    return p


def softmax_cross_entropy(logits: Array, labels: Labels) -> tuple[Array, Array]:
    """Return the loss −mean log p[label] and its gradient with respect to the logits.

    Parameters
    ----------
    logits
        (…, batch, n_classes).
    labels
        Integers (…, batch).

    Returns
    -------
    loss
        (…,), in nats, mean over the batch.
    dlogits
        (softmax − onehot)/batch, (…, batch, n_classes).
    """
    shifted = logits - logits.max(axis=-1, keepdims=True)
    log_sum = np.log(np.exp(shifted).sum(axis=-1))
    chosen = np.take_along_axis(shifted, labels[..., None], axis=-1)[..., 0]
    onehot = np.arange(logits.shape[-1]) == labels[..., None]
    loss: Array = (log_sum - chosen).mean(axis=-1)
    return loss, (softmax(logits) - onehot) / labels.shape[-1]


def logistic_loss(logits: Array, targets: Array) -> tuple[Array, Array]:
    """Return mean log(1 + e^z) − t z and its gradient (σ(z) − t)/batch.

    Parameters
    ----------
    logits, targets
        (…, batch, n_out); targets 0 or 1. Summed over outputs, mean over the batch (PyTorch's
        ``BCEWithLogitsLoss`` also divides by the number of outputs; equal for one output).
    """
    n_batch = logits.shape[-2]
    softplus = np.maximum(logits, 0) + np.log1p(np.exp(-np.abs(logits)))
    loss: Array = (softplus - targets * logits).sum(axis=(-2, -1)) / n_batch
    sigmoid = 0.5 * (1 + np.tanh(0.5 * logits))
    return loss, (sigmoid - targets) / n_batch


def mean_squared_error(outputs: Array, targets: Array) -> tuple[Array, Array]:
    """Return mean (y − t)² over batch and units, and its gradient 2 (y − t)/(batch · n_out).

    Outputs and targets are (…, batch, n_out). The usual teaching form ½ Σ (y − t)² / batch is n_out/2 times
    this one.
    """
    difference = outputs - targets
    n_terms = outputs.shape[-1] * outputs.shape[-2]
    loss: Array = (difference * difference).sum(axis=(-2, -1)) / n_terms
    return loss, 2 * difference / n_terms


def loss_and_gradient(loss: Loss, outputs: Array, targets: NDArray[Any]) -> tuple[Array, Array]:
    """Return the loss of this name and its gradient with respect to the outputs (…, batch, n_out).

    ``targets`` as in ``nn.Data``: (…, batch), or (…, batch, n_out) for ``mse``; leading axes broadcast.
    """
    match loss:
        case "cross_entropy":
            return softmax_cross_entropy(outputs, np.broadcast_to(targets, outputs.shape[:-1]))
        case "logistic":
            return logistic_loss(outputs, targets[..., None])
        case "mse":
            return mean_squared_error(outputs, targets)
