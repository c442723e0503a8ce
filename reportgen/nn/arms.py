"""What to train: networks, ways to train them, and the data of a replicate."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from reportgen.nn.activations import Activation
from reportgen.nn.initializers import He, Initializer
from reportgen.nn.losses import Loss
from reportgen.nn.noise import Noise
from reportgen.nn.optimizers import SGD, Optimizer
from reportgen.nn.schedules import Constant, Schedule

Placement = Literal["before", "after"]


class Streams(Protocol):
    """The named random streams of one replicate."""

    def generator(self, stream: str) -> np.random.Generator:
        """Return a fresh generator at the start of the named stream."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """The architecture of a fully connected network, its loss and its initial weights.

    Attributes
    ----------
    widths
        From inputs to outputs; at least two.
    activation
        Of the hidden layers.
    initializer
        Of all weights, the last layer's too; biases start at 0.
    batch_norm
        ``before`` or ``after`` the activation of every hidden layer. Before: the affine layer has no
        bias, which the normalization would cancel.
    batch_norm_every
        k: only in every k-th hidden layer, the k-th, the 2k-th, …
    noise
        After every batch norm, in training only.
    dropout
        Probability of dropping the output of a hidden unit.
    residual
        h + layer(h) for every hidden layer whose input is as wide as its output.
    loss
        ``cross_entropy``, ``logistic`` or ``mse``; see :mod:`reportgen.nn.losses`.
    output
        Activation of the last layer, only for ``mse``: the other losses take logits.
    """

    widths: tuple[int, ...]
    activation: Activation = "relu"
    initializer: Initializer = field(default_factory=He)
    batch_norm: Placement | None = None
    batch_norm_every: int = 1
    noise: Noise | None = None
    dropout: float = 0.0
    residual: bool = False
    loss: Loss = "cross_entropy"
    output: Activation = "linear"

    def __post_init__(self) -> None:
        if len(self.widths) < 2 or min(self.widths) < 1:
            raise ValueError(f"widths {self.widths}: inputs and outputs are needed, each at least 1")
        if self.batch_norm_every < 1:
            raise ValueError(f"batch_norm_every {self.batch_norm_every} is not at least 1")
        if self.noise is not None and self.batch_norm is None:
            raise ValueError("noise without batch norm: it belongs after one")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout {self.dropout} is not in [0, 1)")
        if self.output != "linear" and self.loss != "mse":
            raise ValueError(f"output {self.output!r} with loss {self.loss!r}: this loss takes logits")
        if self.loss == "logistic" and self.widths[-1] != 1:
            raise ValueError(f"widths {self.widths}: the logistic loss needs one output")

    @property
    def norms(self) -> tuple[Placement | None, ...]:
        """Where the batch norm of each layer is, from the first to the output layer, which has none."""
        numbers = range(1, len(self.widths) - 1)
        return (*(None if n % self.batch_norm_every else self.batch_norm for n in numbers), None)

    @property
    def skips(self) -> tuple[bool, ...]:
        """Which layers have a residual connection around them; never the output layer."""
        hidden = [self.residual and n_in == n_out for n_in, n_out in itertools.pairwise(self.widths[:-1])]
        return (*hidden, False)

    @property
    def activations(self) -> tuple[Activation, ...]:
        """Activation of each layer, the output layer's last."""
        return (*[self.activation] * (len(self.widths) - 2), self.output)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One way to train one network.

    Attributes
    ----------
    network
        What is trained.
    learning_rate
        Base rate; the schedule multiplies it.
    optimizer, schedule
        How.
    n_steps
        Number of updates.
    batch_size
        Rows of a batch.
    n_train
        Use the first so many rows of the training set; all by default.
    weight_decay
        λ: adds λw to the gradient of the weights (not of biases, γ and β).
    """

    network: Network
    learning_rate: float
    optimizer: Optimizer = field(default_factory=SGD)
    n_steps: int = 300
    batch_size: int = 100
    schedule: Schedule = field(default_factory=Constant)
    n_train: int | None = None
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        if self.n_steps < 1 or self.batch_size < 1:
            raise ValueError(f"{self.n_steps} steps of {self.batch_size} rows: both must be at least 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """One replicate's split: x (n, n_in); y (n,) labels, or (n, n_out) targets for ``mse``."""

    x_train: NDArray[Any]
    y_train: NDArray[Any]
    x_validation: NDArray[Any]
    y_validation: NDArray[Any]
    x_test: NDArray[Any]
    y_test: NDArray[Any]

    def part(self, name: str) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return x and y of ``train``, ``validation`` or ``test``."""
        match name:
            case "train":
                return self.x_train, self.y_train
            case "validation":
                return self.x_validation, self.y_validation
            case "test":
                return self.x_test, self.y_test
        raise ValueError(f"{name!r} is not a part of the data")
