"""What training recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from reportgen.nn.parameters import Parameters

if TYPE_CHECKING:
    from reportgen.nn.resumption import State

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Curves and results over (replicate, arm, …); NaN where nothing was trained or measured.

    Attributes
    ----------
    loss
        (replicate, arm, step) loss of each batch before its update, in training mode; NaN after the last
        update, ``inf`` from divergence on.
    evaluation_steps
        (evaluation,) numbers of updates done; every arm's last one is among them.
    train_loss, train_accuracy
        (replicate, arm, evaluation) on the whole training set, in evaluation mode.
    validation_loss, validation_accuracy, test_loss, test_accuracy
        (replicate, arm) at the end. Accuracies are NaN for ``mse``, which has none.
    n_steps
        (replicate, arm) updates done: fewer than the arm's where ``stop_accuracy`` or ``stop_loss`` ended the
        run or it diverged.
    diverged
        (replicate, arm): a loss, a parameter or a running statistic overflowed. From then on every loss
        is ``inf`` and every accuracy 0, so that a diverged run takes the worst rank and never passes for
        chance.
    trained
        (replicate, arm): False for pairs that were not asked for.
    parameters
        By (replicate, arm), if they were to be kept.
    states
        By (replicate, arm), if they were to be kept: what ``train(…, resume=history)`` goes on from.
    """

    loss: NDArray[np.float32]
    evaluation_steps: NDArray[np.int64]
    train_loss: Floats
    train_accuracy: Floats
    validation_loss: Floats
    validation_accuracy: Floats
    test_loss: Floats
    test_accuracy: Floats
    n_steps: NDArray[np.int64]
    diverged: NDArray[np.bool_]
    trained: NDArray[np.bool_]
    parameters: Mapping[tuple[int, int], Parameters]
    states: Mapping[tuple[int, int], State]


def empty_history(trained: NDArray[np.bool_], n_steps: int, evaluation_steps: list[int]) -> History:
    """Return a history in which nothing has happened yet, to be filled by the engine."""
    shape: tuple[Any, ...] = trained.shape
    n_evaluations = len(evaluation_steps)
    return History(
        loss=np.full((*shape, n_steps), np.nan, np.float32),
        evaluation_steps=np.array(evaluation_steps, np.int64),
        train_loss=np.full((*shape, n_evaluations), np.nan),
        train_accuracy=np.full((*shape, n_evaluations), np.nan),
        validation_loss=np.full(shape, np.nan),
        validation_accuracy=np.full(shape, np.nan),
        test_loss=np.full(shape, np.nan),
        test_accuracy=np.full(shape, np.nan),
        n_steps=np.zeros(shape, np.int64),
        diverged=np.zeros(shape, np.bool_),
        trained=trained,
        parameters={},
        states={},
    )
