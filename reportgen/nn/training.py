"""Train a table of arms × replicates, block by block."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reportgen.nn.arms import Arm, Data, Streams
from reportgen.nn.engine.block import Block
from reportgen.nn.engine.buffers import Array, Dtype
from reportgen.nn.engine.feed import Feed
from reportgen.nn.engine.learnables import initial_learnables, join
from reportgen.nn.history import History, empty_history
from reportgen.nn.initializers import He, standard_draw
from reportgen.nn.parameters import Parameters
from reportgen.nn.resumption import Pair, State, copy_record, find_states
from reportgen.nn.schedules import Constant

LAYER_BYTES = 1_300_000  # what a layer of all networks of a block may touch; about the second-level cache
STEP_BYTES = 9_000_000  # what a whole step may touch: in two processes, about half the third-level cache
MAX_BLOCK = {"small batch": 16, "large batch": 8}  # beyond, the networks push each other out of the cache
SMALL_BATCH = 32


def train(
    arms: Sequence[Arm],
    data: Sequence[Data],
    streams: Sequence[Streams],
    *,
    pairs: ArrayLike | Collection[Pair] | None = None,
    evaluate_every: int | None = None,
    evaluate_at: Collection[int] = (),
    stop_accuracy: float | None = None,
    stop_loss: float | None = None,
    keep_parameters: bool = False,
    keep_states: bool = False,
    resume: History | None = None,
    block_size: int | None = None,
    dtype: Dtype = np.float32,
) -> History:
    """Train every arm on every replicate and record what happened.

    Parameters
    ----------
    arms
        What to train.
    data, streams
        One per replicate, in the same order.
    pairs
        Which (replicate, arm) to train: a boolean mask (n_replicates, n_arms) or index pairs; all by default.
    evaluate_every, evaluate_at
        Numbers of updates after which accuracy on the whole training set is taken (0: before the first);
        the last update of every arm is always one of them.
    stop_accuracy
        End a network at the first evaluation where its training accuracy reaches this.
    stop_loss
        End a network at the first evaluation where its training loss is below this.
    keep_parameters
        Return the final parameters.
    keep_states, resume
        Return what the networks can go on from, and go on from it: an earlier history of the same data and
        streams, whose arms were equal but for fewer ``n_steps``. Every number is what training from the start
        gives; evaluations before the resumption are those that were made then.
    block_size
        Networks trained together; chosen from the cache by default. Changes no number.
    dtype
        float32; float64 for comparisons.

    Raises
    ------
    ValueError
        If arms, data and streams do not fit together, or not to what is resumed.
    """
    trained = _mask(pairs, len(data), len(arms))
    _check(arms, data, streams)
    n_steps = max((arm.n_steps for arm in arms), default=0)
    regular = range(evaluate_every, n_steps + 1, evaluate_every) if evaluate_every else ()
    requested = {*regular, *evaluate_at}
    last_steps = {arm.n_steps for arm in arms}
    history = empty_history(
        trained, n_steps, sorted({t for t in requested if 0 <= t <= n_steps} | last_steps)
    )
    begun = find_states(resume, arms, trained, dtype)
    if resume is not None:
        copy_record(resume, history, begun)
    parameters: dict[Pair, Parameters] = {}
    states: dict[Pair, State] = {}
    draws = InitialDraws(streams, dtype)
    for group in _groups(arms, data, trained, begun):
        size = block_size or automatic_block_size(arms[group[0][1]])
        n_blocks = math.ceil(len(group) / size)
        for k in range(n_blocks):  # of equal size: 14 networks as 7 and 7, not as 8 and 6
            block = group[k * len(group) // n_blocks : (k + 1) * len(group) // n_blocks]
            # A diverging network is a result, recorded as such, not an accident.
            with np.errstate(over="ignore", invalid="ignore", divide="ignore", under="ignore"):
                run = Run(
                    arms,
                    data,
                    streams,
                    block,
                    begun,
                    draws,
                    history,
                    requested,
                    stop_accuracy,
                    stop_loss,
                    keeps_parameters=keep_parameters,
                    keeps_states=keep_states,
                )
                run.train()
            parameters.update(run.parameters)
            states.update(run.states)
    return replace(history, parameters=parameters, states=states)


def automatic_block_size(arm: Arm) -> int:
    """Return how many networks to train together: as many as fit into the caches, by layer and whole."""
    network, rows = arm.network, arm.batch_size
    shapes = list(itertools.pairwise(network.widths))
    n_states = len(arm.optimizer.init_in_place(np.empty(1)))
    layer = max(2 * rows * n_out + 2 * n_in * n_out for n_in, n_out in shapes)
    step = sum(
        rows * n_out * (1 if norm is None else 2) + n_in * n_out * (1 + n_states)
        for (n_in, n_out), norm in zip(shapes, network.norms, strict=True)
    )
    most = MAX_BLOCK["small batch" if rows <= SMALL_BATCH else "large batch"]
    return int(np.clip(min(LAYER_BYTES // (4 * layer), STEP_BYTES // (4 * step)), 2, most))


class InitialDraws:
    """Initial weights: arms of a replicate with equal widths and distribution share the draw and scale it."""

    def __init__(self, streams: Sequence[Streams], dtype: Dtype) -> None:
        self.streams = streams
        self.dtype = dtype
        self.key: object = None
        self.standard: list[Array] = []

    def weights(self, replicate: int, arm: Arm) -> list[Array]:
        """Return one network's initial weights, layer by layer."""
        widths, initializer = arm.network.widths, arm.network.initializer
        shapes = list(itertools.pairwise(widths))
        key = (replicate, widths, initializer.distribution)
        if key != self.key:  # neighbours in a group mostly ask for the same draw
            generator = self.streams[replicate].generator("init")
            self.standard = [
                standard_draw(generator, initializer.distribution, s, self.dtype) for s in shapes
            ]
            self.key = key
        return [
            w * self.dtype(initializer.standard_deviation(*shape))
            for w, shape in zip(self.standard, shapes, strict=True)
        ]


class Run:
    """One block from the first step to the last, and the record of it."""

    def __init__(
        self,
        arms: Sequence[Arm],
        data: Sequence[Data],
        streams: Sequence[Streams],
        pairs: Sequence[Pair],
        begun: Mapping[Pair, State],
        draws: InitialDraws,
        history: History,
        requested: Collection[int],
        stop_accuracy: float | None,
        stop_loss: float | None,
        *,
        keeps_parameters: bool,
        keeps_states: bool,
    ) -> None:
        self.arm = arms[pairs[0][1]]
        self.history = history
        # Only what was asked for and the own last step: other arms must not add evaluations, which may
        # stop a run.
        own = [t in requested or t == self.arm.n_steps for t in history.evaluation_steps]
        self.evaluates = np.array(own) & (history.evaluation_steps <= self.arm.n_steps)
        self.stop_accuracy, self.stop_loss = stop_accuracy, stop_loss
        self.keeps_parameters, self.keeps_states = keeps_parameters, keeps_states
        self.parameters: dict[Pair, Parameters] = {}
        self.states: dict[Pair, State] = {}
        self.index = np.array(pairs, np.intp)  # (R, 2)
        self.arms = arms
        dtype = draws.dtype
        self.start = _start(begun, pairs[0])
        learnables = (
            join([begun[pair].learnables for pair in pairs])
            if self.start
            else initial_learnables(
                self.arm.network, self.arm.optimizer, [draws.weights(r, arms[a]) for r, a in pairs], dtype
            )
        )
        rates: Array = np.array(
            [arms[a].learning_rate * arms[a].schedule.factors(arms[a].n_steps) for _, a in pairs], dtype
        )
        self.block = Block(self.arm, learnables, rates, self.start)
        owners = [r for r, _ in pairs]
        self.feed = Feed(
            self.arm,
            owners,
            {r: data[r] for r in owners},
            {r: streams[r] for r in owners},
            self.block.buffers,
        )
        for _ in range(self.start):
            self.feed.skip(self.block.drawn)

    def train(self) -> None:
        """Train until every network has done its steps, has diverged or was stopped."""
        steps = self.history.evaluation_steps
        evaluations = {int(steps[k]): int(k) for k in np.flatnonzero(self.evaluates)}
        for step in range(self.start, self.arm.n_steps + 1):
            if step in evaluations and len(self.index):
                self._evaluate(evaluations[step], is_last=step == self.arm.n_steps)
            if step == self.arm.n_steps or not len(self.index):
                return
            x, targets = self.feed.batch()
            self.feed.fill(self.block.drawn)
            loss = self.block.step(x, targets)
            self.history.loss[self.index[:, 0], self.index[:, 1], step] = loss
            is_finite = np.isfinite(loss)
            if not is_finite.all():
                self._record_divergence(~is_finite, step)
                self._keep(is_finite)

    def _evaluate(self, evaluation: int, *, is_last: bool) -> None:
        replicate, arm = self.index.T
        loss, accuracy = self.block.evaluate(*self.feed.evaluation("train"))
        is_finite = np.isfinite(loss) & self.block.learnables.are_finite()
        self.history.train_loss[replicate, arm, evaluation] = loss
        self.history.train_accuracy[replicate, arm, evaluation] = accuracy
        ends = np.full(len(loss), is_last)
        if self.stop_accuracy is not None:
            ends |= accuracy >= self.stop_accuracy
        if self.stop_loss is not None:
            ends |= loss < self.stop_loss
        self._record_divergence(~is_finite, self.block.step_count)
        ends &= is_finite
        if ends.any():
            self._finish(ends)
        self._keep(is_finite & ~ends)

    def _finish(self, ends: NDArray[np.bool_]) -> None:
        """Take the final results of the networks that end here."""
        history = self.history
        replicate, arm = self.index[ends].T
        history.n_steps[replicate, arm] = self.block.step_count
        parts = {
            "validation": (history.validation_loss, history.validation_accuracy),
            "test": (history.test_loss, history.test_accuracy),
        }
        overflowed = np.zeros(len(ends), np.bool_)
        for part, (losses, accuracies) in parts.items():
            loss, accuracy = self.block.evaluate(*self.feed.evaluation(part))
            losses[replicate, arm] = loss[ends]
            accuracies[replicate, arm] = accuracy[ends]
            overflowed |= ends & ~np.isfinite(loss)
        self._record_divergence(overflowed, self.block.step_count)
        for k in np.flatnonzero(ends):
            pair = (int(self.index[k, 0]), int(self.index[k, 1]))
            if self.keeps_parameters:
                self.parameters[pair] = self.block.learnables.parameters(self.arm.network, int(k))
            if self.keeps_states:
                alone = self.block.learnables.of(np.arange(len(ends)) == k)
                self.states[pair] = State(
                    arm=self.arms[pair[1]], n_steps=self.block.step_count, learnables=alone
                )

    def _record_divergence(self, diverged: NDArray[np.bool_], step: int) -> None:
        history = self.history
        has_accuracy = self.arm.network.loss != "mse"
        for replicate, arm in self.index[diverged]:
            history.diverged[replicate, arm] = True
            history.n_steps[replicate, arm] = step
            history.loss[replicate, arm, step : self.arm.n_steps] = np.inf
            later = self.evaluates & (history.evaluation_steps >= step)
            history.train_loss[replicate, arm, later] = np.inf
            history.validation_loss[replicate, arm] = history.test_loss[replicate, arm] = np.inf
            if has_accuracy:
                history.train_accuracy[replicate, arm, later] = 0
                history.validation_accuracy[replicate, arm] = history.test_accuracy[replicate, arm] = 0

    def _keep(self, chosen: NDArray[np.bool_]) -> None:
        """Go on with the chosen networks only."""
        if chosen.all():
            return
        self.index = self.index[chosen]
        if len(self.index):
            self.block = self.block.of(chosen)
            self.feed.buffers = self.block.buffers
            self.feed.keep([int(r) for r in self.index[:, 0]])


def _start(begun: Mapping[Pair, State], pair: Pair) -> int:
    """Return how many updates a network has done before."""
    return begun[pair].n_steps if pair in begun else 0


def _groups(
    arms: Sequence[Arm], data: Sequence[Data], trained: NDArray[np.bool_], begun: Mapping[Pair, State]
) -> list[list[Pair]]:
    """Return pairs that fit into one block, replicate by replicate."""
    groups: dict[object, list[Pair]] = {}
    for replicate, arm in np.argwhere(trained):
        pair = (int(replicate), int(arm))
        signature = (*_signature(arms[pair[1]], data[pair[0]]), _start(begun, pair))
        groups.setdefault(signature, []).append(pair)
    return list(groups.values())


def _signature(arm: Arm, data: Data) -> tuple[object, ...]:
    """Return all that networks of one block have in common."""
    sizes = tuple(data.part(name)[0].shape[0] for name in ("train", "validation", "test"))
    network = replace(arm.network, initializer=He())
    return replace(arm, network=network, learning_rate=0.0, schedule=Constant()), sizes


def _mask(pairs: ArrayLike | Collection[Pair] | None, n_replicates: int, n_arms: int) -> NDArray[np.bool_]:
    """Return which (replicate, arm) to train."""
    if pairs is None:
        return np.ones((n_replicates, n_arms), np.bool_)
    chosen = np.asarray(pairs)
    if chosen.dtype == np.bool_:
        if chosen.shape != (n_replicates, n_arms):
            raise ValueError(f"pairs has shape {chosen.shape}, not {(n_replicates, n_arms)}")
        return chosen.copy()
    mask = np.zeros((n_replicates, n_arms), np.bool_)
    for replicate, arm in chosen.reshape(-1, 2).astype(np.intp):
        mask[replicate, arm] = True
    return mask


def _check(arms: Sequence[Arm], data: Sequence[Data], streams: Sequence[Streams]) -> None:
    if len(data) != len(streams):
        raise ValueError(f"{len(data)} data sets for {len(streams)} replicates")
    for i, split in enumerate(data):
        for j, arm in enumerate(arms):
            n_train = split.x_train.shape[0] if arm.n_train is None else arm.n_train
            if not arm.batch_size <= n_train <= split.x_train.shape[0]:
                raise ValueError(
                    f"arm {j}, replicate {i}: batches of {arm.batch_size} from {n_train} of"
                    f" {split.x_train.shape[0]} training rows"
                )
            if split.x_train.shape[1] != arm.network.widths[0]:
                raise ValueError(
                    f"arm {j}, replicate {i}: {split.x_train.shape[1]} inputs for widths {arm.network.widths}"
                )
