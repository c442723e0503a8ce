"""What a block reads: batches, masks, noise and evaluation sets, each network from its own replicate."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reportgen.nn.arms import Arm, Data, Streams
from reportgen.nn.dropout import dropout_mask
from reportgen.nn.engine.buffers import Array, Buffers
from reportgen.nn.engine.stages import Dropout, Perturb
from reportgen.nn.noise import noise_draw


class BatchOrder:
    """Row numbers of batch after batch: epochs without replacement, an incomplete last batch left out."""

    def __init__(self, generator: np.random.Generator, n_rows: int, batch_size: int) -> None:
        self.generator = generator
        self.n_rows = n_rows
        self.batch_size = batch_size
        self.epoch = np.empty(0, np.intp)
        self.position = n_rows

    def next(self) -> NDArray[np.intp]:
        """Return the rows of the next batch."""
        if self.position + self.batch_size > self.n_rows:
            self.epoch = self.generator.permutation(self.n_rows)
            self.position = 0
        rows = self.epoch[self.position : self.position + self.batch_size]
        self.position += self.batch_size
        return rows


class Feed:
    """Data of the networks of a block.

    Parameters
    ----------
    arm
        For what the block's networks have in common.
    owners
        Replicate of each network, equal ones side by side.
    data, streams
        By replicate.
    """

    def __init__(
        self,
        arm: Arm,
        owners: Sequence[int],
        data: Mapping[int, Data],
        streams: Mapping[int, Streams],
        buffers: Buffers,
    ) -> None:
        self.arm = arm
        self.buffers = buffers
        self.data = data
        self.n_train = data[owners[0]].x_train.shape[0] if arm.n_train is None else arm.n_train
        replicates = sorted(set(owners))
        self.orders = {
            i: BatchOrder(streams[i].generator("batches"), self.n_train, arm.batch_size) for i in replicates
        }
        self.masks = {i: streams[i].generator("dropout") for i in replicates} if arm.network.dropout else {}
        self.noises = {i: streams[i].generator("noise") for i in replicates} if arm.network.noise else {}
        self.runs = _runs(owners)

    def keep(self, owners: Sequence[int]) -> None:
        """Go on with these networks only; every replicate's streams stay where they are."""
        self.runs = _runs(owners)

    def batch(self) -> tuple[Array, NDArray[Any]]:
        """Return the next batch: x (batch, R, n_in) and targets (batch, R[, n_out])."""
        rows = {i: self.orders[i].next() for i, _ in self.runs}
        return self._gather("batch", "train", lambda i: rows[i], self.arm.batch_size)

    def skip(self, drawn: Sequence[Dropout | Perturb]) -> None:
        """Pass over one step's batch, masks and noise."""
        for i, _ in self.runs:
            self.orders[i].next()
        self.fill(drawn)

    def fill(self, drawn: Sequence[Dropout | Perturb]) -> None:
        """Draw the masks and the noise of a step; networks of one replicate share them."""
        network, dtype = self.arm.network, self.buffers.dtype
        for stage in drawn:
            for i, run in self.runs:
                if isinstance(stage, Dropout):
                    n_rows, _, n = stage.mask.shape
                    mask = dropout_mask(self.masks[i], (n_rows, n), network.dropout, dtype)
                    stage.mask[:, run] = mask[:, None]
                elif network.noise is not None:
                    n_rows, _, n = stage.s.shape
                    s, m = noise_draw(self.noises[i], (n_rows, n), network.noise, dtype)
                    stage.s[:, run], stage.m[:, run] = s[:, None], m[:, None]

    def evaluation(self, part: str) -> tuple[int, Callable[[slice], tuple[Array, NDArray[Any]]]]:
        """Return the size of a part of the data and a function that gives a slice of it."""
        n_rows = self.n_train if part == "train" else self.data[self.runs[0][0]].part(part)[0].shape[0]

        def fetch(rows: slice) -> tuple[Array, NDArray[Any]]:
            numbers = np.arange(rows.start, rows.stop)
            return self._gather("chunk", part, lambda _: numbers, rows.stop - rows.start)

        return n_rows, fetch

    def _gather(
        self, role: str, part: str, rows_of: Callable[[int], NDArray[np.intp]], n_rows: int
    ) -> tuple[Array, NDArray[Any]]:
        n_networks = self.runs[-1][1].stop
        loss = self.arm.network.loss
        x = self.buffers.get(role, (n_rows, n_networks, self.arm.network.widths[0]))
        # Each network's replicate is gathered once and copied to its run of networks.
        targets: NDArray[Any]
        if loss == "mse":
            targets = self.buffers.get(f"{role} targets", (n_rows, n_networks, self.arm.network.widths[-1]))
        else:
            targets = np.empty((n_rows, n_networks), np.intp)
        for i, run in self.runs:
            rows = rows_of(i)
            inputs, labels = self.data[i].part(part)
            x[:, run] = inputs[rows][:, None]
            targets[:, run] = labels[rows][:, None]
        return x, targets


def _runs(owners: Sequence[int]) -> list[tuple[int, slice]]:
    """Return (replicate, slice of networks) for each stretch of equal owners."""
    starts = [k for k in range(len(owners)) if k == 0 or owners[k] != owners[k - 1]]
    stops = [*starts[1:], len(owners)]
    return [(owners[start], slice(start, stop)) for start, stop in zip(starts, stops, strict=True)]
