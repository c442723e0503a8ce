"""The quiz network, six layers of 4096 units and four spreads of the weights, one replicate, forward.

The literal code of the lecture draws 24 matrices in float64. Ours draws one set of six, for all four spreads
together, in float32 and in the cache; both draw every weight and multiply with it.
"""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np

from reportgen.machine import n_cores
from reportgen.nn.fused_layers import BoxMuller, FusedLayer
from reportgen.nn.gaussian_layers import ConditionedLayer

from .measurement import Candidate, interleave, timed
from .results import Goal, Result, compare

WIDTH, N_LAYERS, BATCH = 4096, 6, 16
STDS = (1.0, 0.01, 0.05, WIDTH**-0.5)
BLOCK = 64


def literal() -> list[np.ndarray]:
    """Do what the lecture's code does, once for each spread."""
    dims = [WIDTH] * (N_LAYERS + 1)
    last = []
    for std in STDS:
        x = np.random.randn(BATCH, dims[0])  # noqa: NPY002 (the lecture's call)
        hs = []
        for n_in, n_out in pairwise(dims):
            w = std * np.random.randn(n_in, n_out)  # noqa: NPY002
            x = np.tanh(x.dot(w))
            hs.append(x)
        last.append(hs[-1])
    return last


def generator(layer: int, stripe: int) -> np.random.Generator:
    return np.random.Generator(np.random.SFC64([layer, stripe]))


def direct(n_threads: int) -> np.ndarray:
    """Draw every weight in the cache; the last activations (std, batch, unit)."""
    std = np.array(STDS, np.float32)[:, None, None]
    h = np.random.default_rng(0).standard_normal((1, BATCH, WIDTH), np.float32)
    for index in range(N_LAYERS):
        layer = FusedLayer(
            n_in=WIDTH,
            n_out=WIDTH,
            generator=lambda stripe, index=index: generator(index, stripe),
            block=BLOCK,
            n_threads=n_threads,
        )
        h = np.tanh(std * layer.forward(h))
    return h


def conditioned() -> np.ndarray:
    """Sample the same network without its matrices."""
    std = np.array(STDS)[:, None, None]
    h = np.random.default_rng(0).standard_normal((1, BATCH, WIDTH))
    for index in range(N_LAYERS):
        layer = ConditionedLayer(n_in=WIDTH, n_out=WIDTH, generator=generator(index, 0))
        h = np.tanh(std * layer.forward(h))
    return h


def floor(n_threads: int) -> None:
    """Make as many normals and do as many products, in the cache, of nothing in particular."""
    n_blocks = N_LAYERS * WIDTH // BLOCK

    def work(share: int) -> None:
        normals = BoxMuller(generator(0, share).bit_generator)
        block = np.empty(WIDTH * BLOCK, np.float32)
        first, other = (np.ones((n, WIDTH), np.float32) for n in (BATCH, BATCH * len(STDS)))
        z = {len(x): np.empty((len(x), BLOCK), np.float32) for x in (first, other)}
        for _ in range(share, n_blocks, n_threads):
            normals.fill(block)
        matrix = block.reshape(WIDTH, BLOCK)
        for index in range(share, n_blocks, n_threads):
            x = first if index < n_blocks // N_LAYERS else other  # the spreads share the first layer's input
            np.matmul(x, matrix, out=z[len(x)])

    with ThreadPoolExecutor(n_threads) as threads:
        list(threads.map(work, range(n_threads)))


def measure(*, quick: bool, rounds: int) -> Iterator[Result]:
    """Yield the results: wall time, two threads for us; the literal code gains nothing from a second one."""
    n_threads = min(2, n_cores())
    calls = {
        "literal": literal,
        "direct": lambda: direct(n_threads),
        "direct, one thread": lambda: direct(1),
        "conditioned": conditioned,
        "floor": lambda: floor(n_threads),
    }
    times = interleave(
        {name: Candidate(timed(call, time.perf_counter)) for name, call in calls.items()},
        rounds=3 if quick else max(5, rounds // 2),
        seconds=1,
    )
    compared = {
        "direct, two threads, against the literal code": ("direct", "literal", Goal("≥", 30)),
        "direct, one thread, against the literal code": ("direct, one thread", "literal", None),
        "Gaussian conditioning against the literal code": ("conditioned", "literal", None),
    }
    for name, (ours, peer, goal) in compared.items():
        yield compare(f"wide/{name}", times[ours], times[peer], unit="ms", goal=goal)
    yield compare("wide/normals and products alone", times["direct"], times["floor"], unit="ms", floor=True)
