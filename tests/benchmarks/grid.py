"""The grid of 16 initial scales with and without batch norm, 5 replicates: 160 networks on two cores.

The lecture's figure: 5 × 100 ReLUs, 1000 digits, SGD, batch 100, accuracy on all training rows after every
epoch. Ours in two processes, as a build runs it; plain NumPy one network after the other.
"""

import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, wait
from itertools import pairwise

import numpy as np

from reportgen import nn
from reportgen.data import split
from reportgen.machine import n_cores
from reportgen.pool import make_executor
from reportgen.streams import replicate_streams

from .measurement import Candidate, interleave, timed
from .plain_numpy import SGD, PlainNetwork
from .results import Goal, Result, compare

WIDTHS = (64, 100, 100, 100, 100, 100, 10)
SCALES = tuple(float(s) for s in np.logspace(0, -4, 16))
LEARNING_RATE, BATCH, N_TRAIN, N_EPOCHS = 0.01, 100, 1000, 20
STEPS_PER_EPOCH = N_TRAIN // BATCH


def engine_part(replicate: int, batch_norm: bool) -> np.ndarray:
    """Train one replicate's 16 scales; the accuracies (scale, epoch)."""
    (streams,) = replicate_streams(0, "benchmark", [replicate])
    arms = [
        nn.Arm(
            network=nn.Network(
                widths=WIDTHS, initializer=nn.Normal(std=std), batch_norm="before" if batch_norm else None
            ),
            learning_rate=LEARNING_RATE,
            n_steps=N_EPOCHS * STEPS_PER_EPOCH,
            batch_size=BATCH,
            n_train=N_TRAIN,
        )
        for std in SCALES
    ]
    data = nn.Data(**split(streams.generator("split")).fields())
    return nn.train(arms, [data], [streams], evaluate_every=STEPS_PER_EPOCH).train_accuracy[0]


def engine(pool: ProcessPoolExecutor, n_replicates: int) -> list[np.ndarray]:
    """Train everything; the slower half, with batch norm, goes first."""
    futures = [
        pool.submit(engine_part, replicate, batch_norm)
        for batch_norm in (True, False)
        for replicate in range(n_replicates)
    ]
    return [future.result() for future in futures]


def plain(n_replicates: int) -> list[np.ndarray]:
    """Train everything by plain NumPy, one network after the other."""
    accuracies = []
    for batch_norm in (True, False):
        for streams in replicate_streams(0, "benchmark", range(n_replicates)):
            fields = split(streams.generator("split")).fields()
            x, y = fields["x_train"][:N_TRAIN].astype(np.float64), fields["y_train"][:N_TRAIN]
            accuracies.append(np.array([plain_network(std, batch_norm, x, y) for std in SCALES]))
    return accuracies


def plain_network(std: float, batch_norm: bool, x: np.ndarray, y: np.ndarray) -> list[float]:
    """Train one network; the accuracy after every epoch."""
    rng = np.random.default_rng(0)
    weights = [std * rng.standard_normal(shape) for shape in pairwise(WIDTHS)]
    network = PlainNetwork(weights, batch_norm=batch_norm)
    optimizer = SGD(LEARNING_RATE)
    accuracies = []
    with np.errstate(over="ignore", invalid="ignore"):  # std 1 without batch norm diverges
        for _ in range(N_EPOCHS):
            order = rng.permutation(N_TRAIN)
            for start in range(0, N_TRAIN, BATCH):
                rows = order[start : start + BATCH]
                _, grads = network.loss_and_gradient(x[rows], y[rows])
                optimizer.update(network.params, grads)
            accuracies.append(network.accuracy(x, y))
    return accuracies


def measure(*, quick: bool, rounds: int) -> Iterator[Result]:
    """Yield the result: wall time, the processes already running, as they are in a build."""
    n_replicates = 1 if quick else 5
    with make_executor(min(2, n_cores())) as pool:
        wait([pool.submit(engine_part, 0, False) for _ in range(4)])  # started and imported
        times = interleave(
            {
                "ours": Candidate(timed(lambda: engine(pool, n_replicates), time.perf_counter)),
                "plain": Candidate(timed(lambda: plain(n_replicates), time.perf_counter)),
            },
            rounds=max(3, rounds // 3),
        )
    name = f"grid/{32 * n_replicates} networks on two cores against plain NumPy, one after the other"
    yield compare(name, times["ours"], times["plain"], unit="s", goal=Goal("≥", 8))
