"""Per network and step: our engine against plain NumPy, three ways of PyTorch, and the products alone."""

import functools
import multiprocessing
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np

from reportgen import nn
from reportgen.nn.engine.block import Block
from reportgen.nn.engine.learnables import initial_learnables

from .measurement import Candidate, Seconds, interleave, timed
from .plain_numpy import OPTIMIZERS, PlainNetwork, he_weights
from .results import Goal, Result, compare

WIDTHS = (64, 100, 100, 100, 100, 100, 10)
LEARNING_RATE = 0.001
SIZES = (1, 8, 16, 32)
GOAL_SIZE, GOAL_BATCH = 8, 100
OURS: dict[str, Callable[[], nn.Optimizer]] = {
    "SGD": nn.SGD,
    "Momentum": nn.Momentum,
    "Nesterov": nn.Nesterov,
    "AdaGrad": nn.AdaGrad,
    "RMSProp": nn.RMSProp,
    "Adam": nn.Adam,
}


@dataclass(frozen=True, slots=True)
class Case:
    """What all peers train: 5 hidden layers of 100 ReLUs on 64 inputs and 10 classes."""

    batch_size: int
    batch_norm: bool
    optimizer: str

    def __str__(self) -> str:
        return f"batch {self.batch_size}/{'BN' if self.batch_norm else 'no BN'}/{self.optimizer}"


def inputs(case: Case, n_networks: int) -> tuple[list[list[np.ndarray]], np.ndarray, np.ndarray]:
    """Return initial weights by network, x (batch, R, n_in) and labels (batch, R), equal for all peers."""
    rng = np.random.default_rng(0)
    x = rng.random((case.batch_size, 32, WIDTHS[0]), np.float32)[:, :n_networks]
    labels = rng.integers(0, WIDTHS[-1], (case.batch_size, 32))[:, :n_networks]
    weights = [he_weights(WIDTHS, rng) for _ in range(n_networks)]
    return weights, np.ascontiguousarray(x), np.ascontiguousarray(labels)


def engine_step(case: Case, n_networks: int) -> Callable[[], np.ndarray]:
    """Return the step of our engine; it gives the losses (R,) before the update."""
    weights, x, labels = inputs(case, n_networks)
    optimizer = OURS[case.optimizer]()
    arm = nn.Arm(
        network=nn.Network(widths=WIDTHS, batch_norm="before" if case.batch_norm else None),
        optimizer=optimizer,
        learning_rate=LEARNING_RATE,
        batch_size=case.batch_size,
    )
    single = [[w.astype(np.float32) for w in network] for network in weights]
    learnables = initial_learnables(arm.network, optimizer, single, np.float32)
    rates = np.broadcast_to(np.float32(LEARNING_RATE), (n_networks, 10**7))
    block = Block(arm, learnables, rates[:, :1].repeat(2, axis=1))
    block.rates = rates  # a constant rate for as many steps as the clock needs, without their memory
    return lambda: block.step(x, labels)


def plain_step(case: Case) -> Callable[[], float]:
    """Return the step of plain NumPy; it gives the loss before the update."""
    weights, x, labels = inputs(case, 1)
    network = PlainNetwork(weights[0], batch_norm=case.batch_norm)
    optimizer = OPTIMIZERS[case.optimizer](LEARNING_RATE)
    rows, targets = x[:, 0].astype(np.float64), labels[:, 0]

    def step() -> float:
        loss, grads = network.loss_and_gradient(rows, targets)
        optimizer.update(network.params, grads)
        return loss

    return step


def floor_step(case: Case, n_networks: int) -> Callable[[], None]:
    """Return the matrix products of a step alone, in the engine's layout and precision."""
    rng = np.random.default_rng(0)
    h = [rng.random((case.batch_size, n_networks, n), np.float32) for n in WIDTHS]
    weights = [rng.random((n_networks, *shape), np.float32) for shape in pairwise(WIDTHS)]
    z, dw = [np.empty_like(a) for a in h], [np.empty_like(w) for w in weights]

    def step() -> None:
        for index, w in enumerate(weights):
            np.matmul(h[index].transpose(1, 0, 2), w, out=z[index + 1].transpose(1, 0, 2))
        for index in reversed(range(len(weights))):
            delta = z[index + 1].transpose(1, 0, 2)
            np.matmul(h[index].transpose(1, 2, 0), delta, out=dw[index])
            if index:
                np.matmul(delta, weights[index].transpose(0, 2, 1), out=z[index].transpose(1, 0, 2))

    return step


def torch_steps(case: Case) -> dict[str, tuple[Callable[[], object], int]]:
    """Return the steps of PyTorch's variants with their numbers of networks; none if it is not installed."""
    try:
        import torch
    except ModuleNotFoundError:
        return {}
    from . import torch_networks as peers

    torch.set_num_threads(1)
    make = peers.optimizer(case.optimizer, LEARNING_RATE)
    steps: dict[str, tuple[Callable[[], object], int]] = {}
    weights, x, labels = inputs(case, 1)
    one = peers.sequential(weights[0], x[:, 0], labels[:, 0], make, batch_norm=case.batch_norm)
    steps["PyTorch one at a time"] = one, 1
    for n_networks in SIZES:
        weights, x, labels = inputs(case, n_networks)
        rows, targets = x.transpose(1, 0, 2).copy(), labels.T.copy()
        for name, way in (("bmm", peers.batched), ("vmap", peers.vmapped)):
            step = way(weights, rows, targets, make, batch_norm=case.batch_norm)
            steps[f"PyTorch {name} R = {n_networks}"] = step, n_networks
    return steps


@contextmanager
def process_with_kernel(kernel: str | None) -> Iterator[Executor]:
    """Give a process with this BLAS kernel; None: the one that OpenBLAS picks if nothing is set."""
    chosen = os.environ.pop("OPENBLAS_CORETYPE", None)
    if kernel is not None:
        os.environ["OPENBLAS_CORETYPE"] = kernel
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        process.submit(os.getpid).result()  # it has started with this environment
        os.environ.pop("OPENBLAS_CORETYPE", None)
        if chosen is not None:
            os.environ["OPENBLAS_CORETYPE"] = chosen
        yield process


@functools.cache
def _plain_run(case: Case) -> Callable[[int], float]:
    return timed(plain_step(case))


def _run_plain(case: Case, n: int) -> float:
    return _plain_run(case)(n)


def candidates(case: Case, elsewhere: Mapping[str, Executor]) -> dict[str, Candidate]:
    """Return everything that is timed for a case."""
    everything = {"floor": Candidate(timed(floor_step(case, GOAL_SIZE)), GOAL_SIZE)}
    for n_networks in SIZES:
        run = timed(engine_step(case, n_networks))
        everything[f"ours R = {n_networks}"] = Candidate(run, n_networks)
    everything["plain NumPy, our kernel"] = Candidate(timed(plain_step(case)))
    for name, process in elsewhere.items():
        everything[f"plain NumPy, {name} kernel"] = Candidate(
            lambda n, process=process: process.submit(_run_plain, case, n).result()
        )
    for name, (step, n_networks) in torch_steps(case).items():
        everything[name] = Candidate(timed(step), n_networks)
    return everything


def judge(case: Case, times: Mapping[str, Seconds]) -> list[Result]:
    """Compare our block of 8 with every peer, and the blocks with each other."""
    at_goal = case.batch_size == GOAL_BATCH
    ours = times[f"ours R = {GOAL_SIZE}"]

    def against(peer: Seconds, name: str, goal: Goal | None = None, *, floor: bool = False) -> Result:
        return compare(f"step/{case}/{name}", ours, peer, goal=goal if at_goal else None, floor=floor)

    # The AVX2 kernel is what OpenBLAS takes on processors that it does not know; no goal rests on it.
    found = [
        against(times[f"plain NumPy, {kernel} kernel"], f"plain NumPy, {kernel} kernel", goal)
        for kernel, goal in (("default", Goal("≥", 4)), ("our", Goal("≥", 4)), ("AVX2", None))
    ]
    pytorch = {name: t for name, t in times.items() if name.startswith("PyTorch")}
    if pytorch:
        found.append(against(pytorch["PyTorch one at a time"], "PyTorch one at a time", Goal("≥", 2.5)))
        for way in ("bmm", "vmap"):
            name = fastest({n: t for n, t in pytorch.items() if way in n})
            found.append(against(pytorch[name], name))
        name = fastest(pytorch)
        found.append(against(pytorch[name], f"best of PyTorch ({name[8:]})", Goal("≥", 1.8)))
    bound = Goal("≤", 2 if case.batch_norm else 1.5)
    found.append(against(times["floor"], "matrix products alone", bound, floor=True))
    found += [against(times[f"ours R = {n}"], f"ourselves R = {n}") for n in SIZES if n != GOAL_SIZE]
    return found


def fastest(times: Mapping[str, Seconds]) -> str:
    """Return the name with the smallest median."""
    return min(times, key=lambda name: float(np.median(times[name])))


def cases(*, quick: bool) -> Sequence[Case]:
    """Return every combination, or a few."""
    if quick:
        return [Case(100, norm, name) for norm in (False, True) for name in ("SGD", "Adam")]
    return [Case(size, norm, name) for size, norm, name in product((100, 16, 2), (False, True), OURS)]


def measure(*, quick: bool, rounds: int) -> Iterator[Result]:
    """Yield the results, case by case."""
    with process_with_kernel(None) as default, process_with_kernel("Haswell") as avx2:
        elsewhere = {"default": default, "AVX2": avx2}
        for case in cases(quick=quick):
            yield from judge(case, interleave(candidates(case, elsewhere), rounds=rounds))
