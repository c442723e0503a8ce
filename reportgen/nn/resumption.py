"""Going on with networks that were trained before, instead of starting again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from reportgen.nn.arms import Arm
from reportgen.nn.engine.buffers import Dtype
from reportgen.nn.engine.learnables import Learnables
from reportgen.nn.history import History

Pair = tuple[int, int]  # replicate, arm


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """One network after ``n_steps`` updates, and how it was trained."""

    arm: Arm
    n_steps: int
    learnables: Learnables


def find_states(
    earlier: History | None, arms: Sequence[Arm], trained: NDArray[np.bool_], dtype: Dtype
) -> Mapping[Pair, State]:
    """Return the states to start from; a network without one (it diverged) starts again.

    Raises
    ------
    ValueError
        If an arm is not the earlier one with as many updates or more, or would have had other learning rates.
    """
    if earlier is None:
        return {}
    states = {pair: state for pair, state in earlier.states.items() if trained[pair]}
    for (replicate, arm), state in states.items():
        done, new = state.n_steps, arms[arm]
        rates = [one.schedule.factors(one.n_steps)[:done] for one in (state.arm, new)]
        if (
            replace(state.arm, n_steps=new.n_steps) != new
            or done > new.n_steps
            or (rates[0] != rates[1]).any()
        ):
            raise ValueError(f"arm {arm}, replicate {replicate}: is not the one that did {done} updates")
        if state.learnables.weights[0].dtype != dtype:
            raise ValueError(f"arm {arm}, replicate {replicate}: was not trained in {np.dtype(dtype)}")
    return states


def copy_record(earlier: History, history: History, states: Mapping[Pair, State]) -> None:
    """Enter into the history what these networks did before: batch losses, and evaluations in common."""
    _, old, new = np.intersect1d(earlier.evaluation_steps, history.evaluation_steps, return_indices=True)
    for pair, state in states.items():
        history.loss[pair][: state.n_steps] = earlier.loss[pair][: state.n_steps]
        history.train_loss[pair][new] = earlier.train_loss[pair][old]
        history.train_accuracy[pair][new] = earlier.train_accuracy[pair][old]
