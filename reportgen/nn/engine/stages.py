"""The stages of a layer, in place: affine, activation, batch norm, dropout, noise.

Each takes and returns (batch, R, n). ``forward`` and ``backward`` are one training step; ``infer`` is
evaluation mode. A stage may overwrite what it is given, never what an earlier stage still needs.
"""

from __future__ import annotations

import abc

import numpy as np

from reportgen.nn.activations import Activation
from reportgen.nn.batch_norm import EPS, MOMENTUM
from reportgen.nn.engine.buffers import Array, Buffers, by_network, multiply, rows, sum_rows


class Stage(abc.ABC):
    """A step of the forward pass and its mirror image."""

    vector_names: tuple[str, ...] = ()  # of learnable rows (R·n): bias, gamma, beta

    @abc.abstractmethod
    def forward(self, x: Array) -> Array: ...

    @abc.abstractmethod
    def backward(self, dy: Array) -> Array: ...

    @abc.abstractmethod
    def infer(self, x: Array) -> Array: ...


class Affine(Stage):
    """z = x W + b."""

    def __init__(
        self, buffers: Buffers, weights: Array, batch_size: int, *, index: int, has_bias: bool
    ) -> None:
        n_networks, n_in, n_out = weights.shape
        self.weights = weights  # (R, n_in, n_out)
        self.is_first = index == 0
        self.parity = index % 2  # neighbours must not share a buffer
        self.buffers = buffers
        self.vector_names = ("bias",) if has_bias else ()
        self.n = n_out
        self.bias = self.bias_grad = np.empty(0, buffers.dtype)
        self.z = np.empty((batch_size, n_networks, n_out), buffers.dtype)
        self.dx = buffers.get(f"dx{self.parity}", (batch_size, n_networks, n_in))
        self.weight_grads = buffers.get("weight_grads", weights.shape)
        self.x = self.z

    def forward(self, x: Array) -> Array:
        self.x = x
        multiply(by_network(x), self.weights, by_network(self.z))
        if self.vector_names:
            z = rows(self.z)
            z += self.bias
        return self.z

    def backward(self, dy: Array) -> Array:
        multiply(self.x.transpose(1, 2, 0), by_network(dy), self.weight_grads)
        if self.vector_names:
            sum_rows(rows(dy), self.bias_grad)
        if not self.is_first:
            multiply(by_network(dy), self.weights.transpose(0, 2, 1), by_network(self.dx))
        return self.dx

    def infer(self, x: Array) -> Array:
        z = self.buffers.get(f"infer{self.parity}", (x.shape[0], x.shape[1], self.n))
        multiply(by_network(x), self.weights, by_network(z))
        if self.vector_names:
            flat = rows(z)
            flat += self.bias
        return z


class Activate(Stage):
    """h = φ(z) in the place of z; the slope follows from h."""

    def __init__(self, buffers: Buffers, activation: Activation, shape: tuple[int, int, int]) -> None:
        self.activation = activation
        self.h = np.empty(0, buffers.dtype)
        self.scratch = rows(buffers.get("scratch", shape))
        self.positive = np.empty(self.scratch.shape if activation == "relu" else (0,), np.bool_)
        # A row of zeros instead of the number 0: np.maximum is then three times as fast.
        self.zeros = np.zeros(self.scratch.shape[1], buffers.dtype)

    def forward(self, x: Array) -> Array:
        self.h = self.infer(x)
        return self.h

    def infer(self, x: Array) -> Array:
        z = rows(x)
        match self.activation:
            case "relu":
                np.maximum(z, self.zeros, out=z)
            case "tanh":
                np.tanh(z, out=z)
            case "sigmoid":  # ½(1 + tanh(z/2))
                z *= 0.5
                np.tanh(z, out=z)
                z += 1
                z *= 0.5
        return x

    def backward(self, dy: Array) -> Array:
        h, dz = rows(self.h), rows(dy)
        match self.activation:
            case "relu":
                np.greater(h, self.zeros, out=self.positive)
                np.multiply(dz, self.positive, out=dz)
            case "tanh":
                np.multiply(h, h, out=self.scratch)
                np.subtract(1, self.scratch, out=self.scratch)
                dz *= self.scratch
            case "sigmoid":
                np.subtract(1, h, out=self.scratch)
                self.scratch *= h
                dz *= self.scratch
        return dy


class BatchNorm(Stage):
    """y = γ x̂ + β, as (x − μ)·(γ/√(σ² + ε)) + β: x̂ itself is never stored."""

    vector_names = ("gamma", "beta")

    def __init__(
        self,
        buffers: Buffers,
        shape: tuple[int, int, int],
        statistics: tuple[Array, Array],
        *,
        in_place: bool,
    ) -> None:
        batch_size, n_networks, self.n = shape
        row = n_networks * self.n
        self.batch_size = batch_size
        self.gamma = self.beta = self.gamma_grad = self.beta_grad = np.empty(0, buffers.dtype)
        self.running_mean, self.running_variance = statistics  # (R·n,)
        self.centered = np.empty((batch_size, row), buffers.dtype)
        self.y = np.empty(shape, buffers.dtype)
        self.scratch = rows(buffers.get("scratch", shape))
        self.mean, self.variance, self.inverse_std, self.scale, self.shift = np.empty((5, row), buffers.dtype)
        self.in_place = in_place

    def forward(self, x: Array) -> Array:
        n = self.batch_size
        sum_rows(rows(x), self.mean)
        self.mean *= 1 / n
        np.subtract(rows(x), self.mean, out=self.centered)
        np.multiply(self.centered, self.centered, out=self.scratch)
        sum_rows(self.scratch, self.variance)
        self.variance *= 1 / n
        np.add(self.variance, EPS, out=self.inverse_std)
        np.sqrt(self.inverse_std, out=self.inverse_std)
        np.divide(1, self.inverse_std, out=self.inverse_std)
        np.multiply(self.gamma, self.inverse_std, out=self.scale)
        y = x if self.in_place else self.y
        np.multiply(self.centered, self.scale, out=rows(y))
        np.add(rows(y), self.beta, out=rows(y))
        self._update_running()
        return y

    def _update_running(self) -> None:
        """Mix the batch in; the variance unbiased, as in ``batch_norm.RunningStatistics``."""
        self.running_mean *= 1 - MOMENTUM
        self.mean *= MOMENTUM
        self.running_mean += self.mean
        self.running_variance *= 1 - MOMENTUM
        self.variance *= MOMENTUM * self.batch_size / max(self.batch_size - 1, 1)
        self.running_variance += self.variance

    def backward(self, dy: Array) -> Array:
        # ∂L/∂x = scale · (dy − ∂β/N − (x − μ)·∂γ/(N √(σ² + ε)))
        dx = rows(dy)
        sum_rows(dx, self.beta_grad)
        np.multiply(dx, self.centered, out=self.scratch)
        sum_rows(self.scratch, self.gamma_grad)
        self.gamma_grad *= self.inverse_std
        np.multiply(self.gamma_grad, self.inverse_std, out=self.shift)
        self.shift *= 1 / self.batch_size
        np.multiply(self.centered, self.shift, out=self.scratch)
        np.subtract(dx, self.scratch, out=dx)
        np.multiply(self.beta_grad, 1 / self.batch_size, out=self.shift)
        np.subtract(dx, self.shift, out=dx)
        np.multiply(dx, self.scale, out=dx)
        return dy

    def infer(self, x: Array) -> Array:
        scale = self.gamma / np.sqrt(self.running_variance + self.running_variance.dtype.type(EPS))
        y = rows(x)
        y -= self.running_mean
        y *= scale
        y += self.beta
        return x


class Dropout(Stage):
    """h · mask; the feed fills the mask before each step."""

    def __init__(self, buffers: Buffers, shape: tuple[int, int, int]) -> None:
        self.mask = np.empty(shape, buffers.dtype)
        self.y = np.empty(shape, buffers.dtype)

    def forward(self, x: Array) -> Array:
        np.multiply(x, self.mask, out=self.y)
        return self.y

    def backward(self, dy: Array) -> Array:
        dy *= self.mask
        return dy

    def infer(self, x: Array) -> Array:
        return x


class Perturb(Stage):
    """s y + m in the place of y; the feed fills s and m before each step."""

    def __init__(self, buffers: Buffers, shape: tuple[int, int, int]) -> None:
        self.s, self.m = np.empty((2, *shape), buffers.dtype)

    def forward(self, x: Array) -> Array:
        x *= self.s
        x += self.m
        return x

    def backward(self, dy: Array) -> Array:
        dy *= self.s
        return dy

    def infer(self, x: Array) -> Array:
        return x
