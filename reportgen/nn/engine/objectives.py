"""Losses of a block: per network the batch's loss and its gradient with respect to the outputs."""

from __future__ import annotations

import abc
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reportgen.nn.engine.buffers import Array, sum_rows
from reportgen.nn.losses import Loss


class Objective(abc.ABC):
    """A loss for outputs (batch, R, n_out)."""

    @abc.abstractmethod
    def loss_per_row(self, outputs: Array, targets: NDArray[Any]) -> Array:
        """Return (batch, R): what is averaged over the batch; may overwrite the outputs."""

    @abc.abstractmethod
    def gradient(self, outputs: Array, targets: NDArray[Any]) -> Array:
        """Return the gradient of the mean loss, given what ``loss_per_row`` left in ``outputs``."""

    def loss_and_gradient(self, outputs: Array, targets: NDArray[Any]) -> tuple[Array, Array]:
        """Return the mean loss (R,) and its gradient (batch, R, n_out); may overwrite the outputs."""
        loss = mean_over_rows(self.loss_per_row(outputs, targets))
        return loss, self.gradient(outputs, targets)

    @abc.abstractmethod
    def is_correct(self, outputs: Array, targets: NDArray[Any]) -> NDArray[np.bool_] | None:
        """Return whether each prediction (batch, R) is right; None where there is no such thing."""


class CrossEntropy(Objective):
    """Softmax cross-entropy; targets are labels (batch, R)."""

    def __init__(self) -> None:
        self.sums = np.empty(0)

    def loss_per_row(self, outputs: Array, targets: NDArray[Any]) -> Array:
        # Class by class over all rows: row by row over the few classes takes ten times as long.
        by_class = np.ascontiguousarray(outputs.reshape(-1, outputs.shape[-1]).T)
        outputs -= np.maximum.reduce(by_class, axis=0).reshape(*outputs.shape[:-1], 1)
        chosen = outputs.reshape(-1)[_flat_index(outputs, targets)]
        np.exp(outputs, out=outputs)
        self.sums = np.add.reduce(outputs, axis=-1)
        loss: Array = np.log(self.sums) - chosen
        return loss

    def gradient(self, outputs: Array, targets: NDArray[Any]) -> Array:
        outputs /= self.sums[..., None]
        outputs.reshape(-1)[_flat_index(outputs, targets)] -= 1
        outputs *= 1 / outputs.shape[0]
        return outputs

    def is_correct(self, outputs: Array, targets: NDArray[Any]) -> NDArray[np.bool_]:
        correct: NDArray[np.bool_] = outputs.argmax(axis=-1) == targets
        return correct


class Logistic(Objective):
    """Logistic loss of one output; targets are 0 or 1, (batch, R)."""

    def loss_per_row(self, outputs: Array, targets: NDArray[Any]) -> Array:
        z = outputs[..., 0]
        loss: Array = np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z))) - targets.astype(z.dtype) * z
        return loss

    def gradient(self, outputs: Array, targets: NDArray[Any]) -> Array:
        outputs *= 0.5
        np.tanh(outputs, out=outputs)
        outputs += 1
        outputs *= 0.5
        outputs -= targets[..., None].astype(outputs.dtype)
        outputs *= 1 / outputs.shape[0]
        return outputs

    def is_correct(self, outputs: Array, targets: NDArray[Any]) -> NDArray[np.bool_]:
        correct: NDArray[np.bool_] = (outputs[..., 0] > 0) == (targets > 0)
        return correct


class SquaredError(Objective):
    """Mean squared error over batch and units; targets (batch, R, n_out).

    The outputs stay as they are: the slope of an output activation follows from them.
    """

    def __init__(self) -> None:
        self.difference = np.empty(0)

    def loss_per_row(self, outputs: Array, targets: NDArray[Any]) -> Array:
        self.difference = outputs - targets
        squares: Array = np.add.reduce(self.difference * self.difference, axis=-1)
        squares *= 1 / outputs.shape[-1]
        return squares

    def gradient(self, outputs: Array, targets: NDArray[Any]) -> Array:  # noqa: ARG002
        self.difference *= 2 / (outputs.shape[0] * outputs.shape[-1])
        return self.difference

    def is_correct(self, outputs: Array, targets: NDArray[Any]) -> None:  # noqa: ARG002
        return None


def objective_for(loss: Loss) -> Objective:
    """Return the objective of this name."""
    match loss:
        case "cross_entropy":
            return CrossEntropy()
        case "logistic":
            return Logistic()
        case "mse":
            return SquaredError()


def mean_over_rows(a: Array) -> Array:
    """Return the mean over the batch of (batch, R)."""
    mean = np.empty(a.shape[1], a.dtype)
    sum_rows(a, mean)
    mean *= 1 / a.shape[0]
    return mean


def _flat_index(outputs: Array, labels: NDArray[Any]) -> NDArray[np.intp]:
    n_rows, n_networks, n_classes = outputs.shape
    first = np.arange(0, outputs.size, n_classes).reshape(n_rows, n_networks)
    index: NDArray[np.intp] = first + labels
    return index
