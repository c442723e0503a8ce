"""A block: R networks of one structure, trained together step by step."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reportgen.nn.arms import Arm
from reportgen.nn.engine.buffers import Array, Buffers, small_buffer, sum_rows
from reportgen.nn.engine.learnables import Learnables
from reportgen.nn.engine.objectives import objective_for
from reportgen.nn.engine.stages import Activate, Affine, BatchNorm, Dropout, Perturb, Stage

CHUNK = 128  # rows evaluated at once; fixed, because the bits of a product may depend on its shape


class Layer:
    """Affine and what follows it up to the next one, with the residual connection around all of it."""

    def __init__(
        self, stages: Sequence[Stage], buffers: Buffers, shape: tuple[int, int, int], *, skips: bool
    ) -> None:
        self.stages = stages
        self.skips = skips
        n = shape if skips else (0, 0, 0)
        self.sum, self.saved = np.empty((2, *n), buffers.dtype)

    def forward(self, x: Array) -> Array:
        y = x
        for stage in self.stages:
            y = stage.forward(y)
        return np.add(x, y, out=self.sum) if self.skips else y

    def backward(self, dy: Array) -> Array:
        if self.skips:
            np.copyto(self.saved, dy)
        for stage in reversed(self.stages):
            dy = stage.backward(dy)
        if self.skips:
            dy += self.saved
        return dy

    def infer(self, x: Array) -> Array:
        y = x
        for stage in self.stages:
            y = stage.infer(y)
        if self.skips:
            y += x
        return y


class Block:
    """R networks that differ in initial weights, learning rate, schedule and data only.

    Parameters
    ----------
    arm
        Any of their arms, for what they have in common.
    learnables
        Changed in place by ``step``.
    rates
        Learning rates (R, n_steps) of every update.
    step_count
        Updates already done.
    """

    def __init__(self, arm: Arm, learnables: Learnables, rates: Array, step_count: int = 0) -> None:
        self.arm = arm
        self.learnables = learnables
        self.rates = rates
        self.n_networks = rates.shape[0]
        self.step_count = step_count
        self.buffers = Buffers(rates.dtype.type)
        self.objective = objective_for(arm.network.loss)
        self.affines: list[Affine] = []
        self.drawn: list[Dropout | Perturb] = []  # what the feed fills before each step
        self.layers = self._build()
        self.vector_grads = learnables.vectors.like(np.empty_like(learnables.vectors.flat))
        self.vector_scratch = np.empty_like(learnables.vectors.flat)
        self._bind_rows()
        self._owners = learnables.vectors.owners()
        self._constant = bool((rates == rates[:, :1]).all())
        self._vector_rates = rates[self._owners, 0]
        self._weight_rates = rates[:, 0, None, None]
        self._scratches = [self.buffers.get("weight_scratch", w.shape) for w in learnables.weights]

    def _build(self) -> list[Layer]:
        network, batch_size = self.arm.network, self.arm.batch_size
        layers: list[Layer] = []
        norms = itertools.count()
        for index, w in enumerate(self.learnables.weights):
            is_hidden = index < len(network.widths) - 2
            shape = (batch_size, self.n_networks, w.shape[2])
            norm, activation = network.norms[index], network.activations[index]
            affine = Affine(self.buffers, w, batch_size, index=index, has_bias=norm != "before")
            stages: list[Stage] = (
                [] if activation == "linear" else [Activate(self.buffers, activation, shape)]
            )
            if norm is not None:
                number = next(norms)
                statistics = (self.learnables.means.row(number), self.learnables.variances.row(number))
                normed: list[Stage] = [BatchNorm(self.buffers, shape, statistics, in_place=norm == "before")]
                if network.noise is not None:
                    self.drawn.append(Perturb(self.buffers, shape))
                    normed.append(self.drawn[-1])
                stages = normed + stages if norm == "before" else stages + normed
            if network.dropout and is_hidden:
                self.drawn.append(Dropout(self.buffers, shape))
                stages.append(self.drawn[-1])
            self.affines.append(affine)
            layers.append(Layer([affine, *stages], self.buffers, shape, skips=network.skips[index]))
        return layers

    def _bind_rows(self) -> None:
        """Give every stage its rows of the vectors and of their gradients."""
        index = 0
        for stage in (stage for layer in self.layers for stage in layer.stages):
            for name in stage.vector_names:
                setattr(stage, name, self.learnables.vectors.row(index))
                setattr(stage, f"{name}_grad", self.vector_grads.row(index))
                index += 1

    def loss_and_gradient(
        self, x: Array, targets: NDArray[Any], on_layer: Callable[[int], None] | None = None
    ) -> Array:
        """Return the loss (R,) of a batch (batch, R, n_in); call ``on_layer(i)`` after layer i."""
        h = x
        for layer in self.layers:
            h = layer.forward(h)
        loss, dh = self.objective.loss_and_gradient(h, targets)
        for index in reversed(range(len(self.layers))):
            dh = self.layers[index].backward(dh)
            if on_layer is not None:
                on_layer(index)
        return loss

    def step(self, x: Array, targets: NDArray[Any]) -> Array:
        """Do one update and return the loss (R,) before it."""
        with small_buffer():
            return self._step(x, targets)

    def _step(self, x: Array, targets: NDArray[Any]) -> Array:
        # Each layer is updated as soon as the gradient has passed it, while its gradient is still in the
        # cache.
        if not self._constant:
            self._vector_rates = self.rates[self._owners, self.step_count]
            self._weight_rates = self.rates[:, self.step_count, None, None]
        loss = self.loss_and_gradient(x, targets, self._update_weights)
        self.arm.optimizer.update_in_place(
            self.learnables.vectors.flat,
            self.vector_grads.flat,
            self.learnables.vector_state,
            self._vector_rates,
            self.step_count + 1,
            self.vector_scratch,
        )
        self.step_count += 1
        return loss

    def _update_weights(self, index: int) -> None:
        weights, grads = self.learnables.weights[index], self.affines[index].weight_grads
        scratch = self._scratches[index]
        if self.arm.weight_decay:
            grads += np.multiply(weights, self.arm.weight_decay, out=scratch)
        self.arm.optimizer.update_in_place(
            weights,
            grads,
            self.learnables.weight_states[index],
            self._weight_rates,
            self.step_count + 1,
            scratch,
        )

    def evaluate(
        self, n_rows: int, fetch: Callable[[slice], tuple[Array, NDArray[Any]]]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return loss and accuracy (R,) in evaluation mode; accuracy is NaN where the loss has none.

        Parameters
        ----------
        n_rows
            Size of the set.
        fetch
            Gives inputs (rows, R, n_in) and targets of a slice of the set.
        """
        with small_buffer():
            return self._evaluate(n_rows, fetch)

    def _evaluate(
        self, n_rows: int, fetch: Callable[[slice], tuple[Array, NDArray[Any]]]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        total = np.zeros(self.n_networks)
        n_correct = np.zeros(self.n_networks)
        for start in range(0, n_rows, CHUNK):
            h, targets = fetch(slice(start, min(start + CHUNK, n_rows)))
            for layer in self.layers:
                h = layer.infer(h)
            correct = self.objective.is_correct(h, targets)
            n_correct += np.nan if correct is None else correct.sum(axis=0)
            per_row = self.objective.loss_per_row(h, targets).astype(np.float64)
            part = np.empty(self.n_networks)
            sum_rows(per_row, part)
            total += part
        return total / n_rows, n_correct / n_rows

    def of(self, chosen: NDArray[np.bool_]) -> Block:
        """Return a block that goes on with the chosen networks only."""
        return Block(self.arm, self.learnables.of(chosen), self.rates[chosen], self.step_count)
