"""The stages of a layer, in place: affine, activation, batch norm, dropout, noise.

Each takes and returns (batch, R, n). ``forward`` and ``backward`` are one training step; ``infer`` is
evaluation mode. A stage may overwrite what it is given, never what an earlier stage still needs.
"""

from __future__ import annotations

import abc

import numpy as np

from reportgen.nn.activations import Activation
from reportgen.nn.batch_norm import EPS, MOMENTUM
from reportgen.nn.engine.buffers import Array, Buffers, View, by_network, empty, multiply, rows, sum_rows

# With fewer rows, copying the transposed weights costs more than a product with them as they are.
TRANSPOSING_BATCH = 64


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
        self.z = empty((batch_size, n_networks, n_out), buffers.dtype)
        self.dx = buffers.get(f"dx{self.parity}", (batch_size, n_networks, n_in))
        # One memory for two short lives: the transposed weights are done with before the gradient is made.
        memory = buffers.get("weight_grads", (weights.size,))
        self.weight_grads = memory.reshape(weights.shape)
        self.transposed = memory.reshape(n_networks, n_out, n_in)
        self.transposes = batch_size >= TRANSPOSING_BATCH
        self.multiply = multiply if 1 in (batch_size, n_in, n_out) else np.matmul
        self.tile = buffers.tile(batch_size, n_networks * n_out)
        self.x = self.z
        self.z_folded = self.tile.fold(self.z)
        self.z_by_network, self.dx_by_network = by_network(self.z), by_network(self.dx)
        self.weights_across = weights.transpose(0, 2, 1)
        self.x_by_network, self.x_across = View(by_network), View(lambda x: x.transpose(1, 2, 0))
        self.dy_by_network, self.dy_rows = View(by_network), View(rows)

    def forward(self, x: Array) -> Array:
        self.x = x
        self.multiply(self.x_by_network(x), self.weights, self.z_by_network)
        if self.vector_names:
            np.add(self.z_folded, self.tile.fill(self.bias), out=self.z_folded)
        return self.z

    def backward(self, dy: Array) -> Array:
        if self.vector_names:
            sum_rows(self.dy_rows(dy), self.bias_grad)
        delta = self.dy_by_network(dy)
        if not self.is_first:
            weights = self.weights_across
            if self.transposes:
                np.copyto(self.transposed, weights)
                weights = self.transposed
            self.multiply(delta, weights, self.dx_by_network)
        self.multiply(self.x_across(self.x), delta, self.weight_grads)
        return self.dx

    def infer(self, x: Array) -> Array:
        z = self.buffers.get(f"infer{self.parity}", (x.shape[0], x.shape[1], self.n))
        multiply(by_network(x), self.weights, by_network(z))
        if self.vector_names:
            tile = self.buffers.tile(len(x), self.bias.size)
            folded = tile.fold(z)
            np.add(folded, tile.fill(self.bias), out=folded)
        return z


class Activate(Stage):
    """h = φ(z) in the place of z; the slope follows from h."""

    def __init__(self, buffers: Buffers, activation: Activation, shape: tuple[int, int, int]) -> None:
        self.activation = activation
        self.h = np.empty(0, buffers.dtype)
        self.scratch = rows(buffers.get("scratch", shape))
        self.buffers = buffers
        self.tile = tile = buffers.tile(shape[0], shape[1] * shape[2])
        integer = tile.integer_ones.dtype
        self.slope = tile.fold(self.scratch).view(integer)
        self.h_folded = View(tile.fold)
        self.h_bits, self.dy_bits = (View(lambda a: tile.fold(a).view(integer)) for _ in range(2))

    def forward(self, x: Array) -> Array:
        self.h = x
        if self.activation == "relu":
            z = self.h_folded(x)
            np.maximum(z, self.tile.zeros, out=z)
            return x
        return self.infer(x)

    def infer(self, x: Array) -> Array:
        z = rows(x)
        match self.activation:
            case "relu":
                tile = self.buffers.tile(*z.shape)
                folded = tile.fold(z)
                np.maximum(folded, tile.zeros, out=folded)
            case "tanh":
                np.tanh(z, out=z)
            case "sigmoid":  # ½(1 + tanh(z/2))
                z *= 0.5
                np.tanh(z, out=z)
                z += 1
                z *= 0.5
        return x

    def backward(self, dy: Array) -> Array:
        if self.activation == "relu":
            # As an integer, a float is at least 1 where it is positive, and 0 where it is 0; times 1 and
            # times 0 are the same for the bits of a float as for its value. All of it without a cast, and
            # not in the place of h, which would have to go back to memory.
            bits = self.dy_bits(dy)
            np.minimum(self.h_bits(self.h), self.tile.integer_ones, out=self.slope)
            np.multiply(bits, self.slope, out=bits)
            return dy
        h, dz = rows(self.h), rows(dy)
        match self.activation:
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
        batch_size, n_networks, n = shape
        row = n_networks * n
        self.buffers = buffers
        self.batch_size = batch_size
        self.gamma = self.beta = self.gamma_grad = self.beta_grad = np.empty(0, buffers.dtype)
        self.running_mean, self.running_variance = statistics  # (R·n,)
        self.centered = empty((batch_size, row), buffers.dtype)
        self.y = empty((0, 0, 0) if in_place else shape, buffers.dtype)
        self.scratch = rows(buffers.get("scratch", shape))
        self.tile = buffers.tile(batch_size, row)
        self.centered_folded, self.scratch_folded = (self.tile.fold(a) for a in (self.centered, self.scratch))
        self.x_rows, self.dy_rows = View(rows), View(rows)
        self.x_folded, self.y_folded, self.dy_folded = (View(self.tile.fold) for _ in range(3))
        self.mean, self.variance, self.inverse_std, self.scale, self.shift = np.empty((5, row), buffers.dtype)
        self.in_place = in_place

    def forward(self, x: Array) -> Array:
        n, tile = self.batch_size, self.tile
        sum_rows(self.x_rows(x), self.mean)
        self.mean *= 1 / n
        centered = self.centered_folded
        np.subtract(self.x_folded(x), tile.fill(self.mean), out=centered)
        np.multiply(self.centered, self.centered, out=self.scratch)
        sum_rows(self.scratch, self.variance)
        self.variance *= 1 / n
        np.add(self.variance, EPS, out=self.inverse_std)
        np.sqrt(self.inverse_std, out=self.inverse_std)
        np.divide(1, self.inverse_std, out=self.inverse_std)
        np.multiply(self.gamma, self.inverse_std, out=self.scale)
        y = x if self.in_place else self.y
        scaled = self.y_folded(y)
        np.multiply(centered, tile.fill(self.scale), out=scaled)
        np.add(scaled, tile.fill(self.beta), out=scaled)
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
        tile = self.tile
        dx, centered, scratch = self.dy_folded(dy), self.centered_folded, self.scratch_folded
        sum_rows(self.dy_rows(dy), self.beta_grad)
        np.multiply(dx, centered, out=scratch)
        sum_rows(self.scratch, self.gamma_grad)
        self.gamma_grad *= self.inverse_std
        np.multiply(self.gamma_grad, self.inverse_std, out=self.shift)
        self.shift *= 1 / self.batch_size
        np.multiply(centered, tile.fill(self.shift), out=scratch)
        np.subtract(dx, scratch, out=dx)
        np.multiply(self.beta_grad, 1 / self.batch_size, out=self.shift)
        np.subtract(dx, tile.fill(self.shift), out=dx)
        np.multiply(dx, tile.fill(self.scale), out=dx)
        return dy

    def infer(self, x: Array) -> Array:
        scale = self.gamma / np.sqrt(self.running_variance + self.running_variance.dtype.type(EPS))
        tile = self.buffers.tile(len(x), scale.size)
        y = tile.fold(x)
        y -= tile.fill(self.running_mean)
        y *= tile.fill(scale)
        y += tile.fill(self.beta)
        return x


class Dropout(Stage):
    """h · mask; the feed fills the mask before each step."""

    def __init__(self, buffers: Buffers, shape: tuple[int, int, int]) -> None:
        self.mask = empty(shape, buffers.dtype)
        self.y = empty(shape, buffers.dtype)

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
        self.s, self.m = empty((2, *shape), buffers.dtype)

    def forward(self, x: Array) -> Array:
        x *= self.s
        x += self.m
        return x

    def backward(self, dy: Array) -> Array:
        dy *= self.s
        return dy

    def infer(self, x: Array) -> Array:
        return x
