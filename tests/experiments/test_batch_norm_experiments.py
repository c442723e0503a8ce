"""What the batch-normalization claims count, on accuracies written by hand."""

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import xarray as xr

FOLDER = Path(__file__).parents[2] / "experiments/batch_norm"


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"experiment_{name}", FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def accuracies(bn: list[object], no_bn: list[object], *dims: str, **coords: list[float]) -> xr.Dataset:
    """Return one replicate's train accuracies."""
    return xr.Dataset(
        {"train_accuracy": (("replicate", "normalization", *dims), [[no_bn, bn]])},
        coords={"normalization": ["no_bn", "bn"], **coords},
        attrs={"usable_at": 0.9},
    )


@pytest.mark.parametrize(
    ("bn", "no_bn", "expected"),
    [
        ([0.95, 0.92, 0.91, 0.2], [0.2, 0.9, 0.1, 0.0], 10),  # 1 over 0.1
        ([0.95, 0.2, 0.95, 0.2], [0.95, 0.95, 0.95, 0.2], 1),  # a gap below the largest does not matter
        ([0.95, 0.2, 0.2, 0.2], [0.2, 0.2, 0.2, 0.2], 10**0.5),  # none: half a decade below all
        ([0.2, 0.2, 0.2, 0.2], [0.2, 0.2, 0.2, 0.95], 10**-3.5),
    ],
)
def test_largest_usable_rate(bn: list[object], no_bn: list[object], expected: float) -> None:
    """C04."""
    dataset = accuracies(bn, no_bn, "rate", rate=[0.01, 0.1, 1.0, 10.0])
    assert load("bn_learning_rates").ratio(dataset) == pytest.approx([expected])


def test_usable_cells_are_counted_over_rates_and_scales() -> None:
    """C10: (3 + 1)/(1 + 1)."""
    dataset = accuracies([[0.9, 0.95], [1.0, 0.1]], [[0.1, 0.1], [0.89, 0.9]], "scale", "rate")
    assert load("bn_rate_and_scale").ratio(dataset).tolist() == [2.0]


def test_area_wins_and_usable_scales() -> None:
    """C08, C11: areas are means over epochs; a tie is no win; the last epoch makes a scale usable."""
    module = load("bn_initial_scales")
    bn = [[0.5, 0.9], [0.2, 0.2], [0.1, 0.95], [0.9, 0.5]]
    no_bn = [[0.4, 0.5], [0.2, 0.2], [0.9, 0.9], [0.1, 0.1]]
    dataset = accuracies(bn, no_bn, "scale", "epoch", scale=[1, 2, 3, 4])
    assert module.scales_won(dataset).tolist() == [2.0]
    assert module.usable_ratio(dataset).tolist() == [(2 + 1) / (1 + 1)]
    single = (("replicate", "normalization", "epoch"), np.array([[[0.1, 0.3], [0.6, 0.8]]]))
    assert module.area_gain(dataset.assign(single=single)) == pytest.approx([0.5])
