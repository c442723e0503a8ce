"""Our networks against PyTorch: the recordings every day, PyTorch itself where it is installed."""

import runpy
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from reportgen import nn
from reportgen.nn import batch_norm, layers, losses
from reportgen.nn.engine.block import Block
from reportgen.nn.engine.learnables import initial_learnables

FOLDER = Path(__file__).parents[1] / "torch_reference"
RTOL, ATOL = 1e-10, 1e-13  # float64 on both sides; the order of sums differs


def recorded():
    with np.load(FOLDER / "reference.npz") as arrays:
        return dict(arrays)


def live(seed):
    pytest.importorskip("torch", reason="PyTorch is not installed; the recordings stand in for it")
    return runpy.run_path(str(FOLDER / "record.py"))["record"](seed)


@pytest.fixture(scope="module", params=["recorded", pytest.param("live", marks=pytest.mark.torch)])
def oracle(request):
    """Arrays by 'case/array': as recorded, or computed now from other inputs."""
    arrays = recorded() if request.param == "recorded" else live(seed=1)
    return lambda case: {k.split("/")[1]: v for k, v in arrays.items() if k.startswith(f"{case}/")}


def assert_close(actual, expected, rtol=RTOL, atol=ATOL):
    np.testing.assert_allclose(actual, expected, rtol=rtol, atol=atol)


@pytest.mark.torch
def test_recordings_are_what_pytorch_computes():
    ours, now = recorded(), live(seed=0)
    assert ours.keys() == now.keys()
    for name in ours:
        assert_close(ours[name], now[name], rtol=1e-9, atol=1e-12)


def test_affine(oracle):
    c = oracle("affine")
    assert_close(layers.affine_forward(c["x"], c["w"], c["b"]), c["z"])
    for ours, name in zip(layers.affine_backward(c["dz"], c["x"], c["w"]), ("dx", "dw", "db"), strict=True):
        assert_close(ours, c[name])


@pytest.mark.parametrize("name", ["relu", "tanh", "sigmoid", "linear"])
def test_activation(oracle, name):
    c = oracle("activations")
    h = layers.activate(name, c["z"])
    assert_close(h, c[f"{name}_h"], atol=1e-15)
    assert_close(layers.activate_backward(name, c["dh"], h), c[f"{name}_dz"], atol=1e-14)


def test_convolution(oracle):
    c = oracle("convolution")
    assert_close(layers.convolution_forward(c["x"], c["w"], c["b"], stride=2, padding=1), c["z"])
    gradients = layers.convolution_backward(c["dz"], c["x"], c["w"], stride=2, padding=1)
    for ours, name in zip(gradients, ("dx", "dw", "db"), strict=True):
        assert_close(ours, c[name])


@pytest.mark.parametrize("kind", ["1d", "2d"])
def test_batch_norm_in_both_modes(oracle, kind):
    c = {k.removeprefix(f"{kind}_"): v for k, v in oracle("batch_norms").items() if k.startswith(kind)}
    suffix = "_2d" if kind == "2d" else ""
    forward, backward, inference = (
        getattr(batch_norm, f"batch_norm{suffix}_{f}") for f in ("forward", "backward", "inference")
    )
    statistics = layers.initial_statistics(c["gamma"].shape)
    for batch in c["batches"]:
        y, cache = forward(batch, c["gamma"], c["beta"])
        statistics = statistics.updated(batch_norm.channels_last(batch) if kind == "2d" else batch)
    assert_close(y, c["y"])
    for ours, name in zip(backward(c["dy"], cache), ("dx", "dgamma", "dbeta"), strict=True):
        assert_close(ours, c[name], atol=1e-12)
    assert_close(statistics.mean, c["mean"])
    assert_close(statistics.variance, c["variance"])
    assert_close(inference(batch, c["gamma"], c["beta"], statistics), c["evaluated"])


def test_losses(oracle):
    c = oracle("losses")
    for name, loss, target in (
        ("cross_entropy", losses.softmax_cross_entropy, "labels"),
        ("logistic", losses.logistic_loss, "targets"),
        ("mse", losses.mean_squared_error, "outputs"),
    ):
        value, gradient = loss(c[f"{name}_z"], c[target])
        assert_close(value, c[f"{name}_loss"])
        assert_close(gradient, c[f"{name}_dz"], atol=1e-14)


@pytest.mark.parametrize(
    ("name", "initializer", "bounded"),
    [
        ("xavier", nn.Xavier(), False),
        ("glorot", nn.Glorot(), False),
        ("he", nn.He(), False),
        ("xavier_uniform", nn.XavierUniform(), True),
        ("uniform_fan_in", nn.UniformFanIn(), True),
    ],
)
def test_initializer_has_the_moments_of_pytorchs(oracle, name, initializer, bounded):
    c = oracle("initializers")
    w = initializer.sample(np.random.default_rng(3), (300, 600))
    # 180 000 weights: the standard deviation's own error is 0.17 %; 1 % is six of them
    assert_close(w.std(), c[f"{name}_std"], rtol=0.01)
    assert abs(w.mean()) < 5 * w.std() / np.sqrt(w.size)
    if bounded:
        assert_close(np.abs(w).max(), c[f"{name}_max"], rtol=0.001)


OPTIMIZERS = {
    "sgd": nn.SGD(),
    "momentum": nn.Momentum(),
    "nesterov": nn.Nesterov(),
    "adagrad": nn.AdaGrad(),
    "rmsprop": nn.RMSProp(),
    "adam": nn.Adam(),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizer_takes_pytorchs_path(oracle, name):
    c, optimizer = oracle("optimizers"), OPTIMIZERS[name]
    w, state = c["start"], optimizer.init(c["start"])
    in_place = c["start"][None].copy()
    own = optimizer.init_in_place(in_place)
    for step, noise in enumerate(c["noise"]):
        w, state = optimizer.update(w, c["curvature"] * w + noise, state, 0.05)
        grads = c["curvature"] * in_place + noise
        rate = np.full((1, 1, 1), 0.05)
        optimizer.update_in_place(in_place, grads, own, rate, step + 1, np.empty_like(in_place))
        assert_close(w, c[f"{name}_path"][step + 1], atol=1e-12)
        assert_close(in_place[0], c[f"{name}_path"][step + 1], atol=1e-12)


def arm(widths, activation, norm, residual, loss, output, optimizer, rate, decay):
    network = nn.Network(
        widths=widths, activation=activation, batch_norm=norm, residual=residual, loss=loss, output=output
    )
    return nn.Arm(
        network=network,
        optimizer=OPTIMIZERS[optimizer],
        learning_rate=rate,
        weight_decay=decay,
        batch_size=10,
        n_steps=12,
    )


XENT = "cross_entropy"
RUNS = {
    "relu_sgd": arm((6, 8, 8, 3), "relu", None, False, XENT, "linear", "sgd", 0.1, 0),
    "tanh_before_momentum": arm(
        (6, 8, 7, 3), "tanh", "before", False, XENT, "linear", "momentum", 0.05, 0.01
    ),
    "sigmoid_after_adam": arm((6, 8, 7, 3), "sigmoid", "after", False, XENT, "linear", "adam", 0.01, 0),
    "residual_nesterov": arm((6, 8, 8, 3), "relu", "before", True, XENT, "linear", "nesterov", 0.05, 0),
    "autoencoder_rmsprop": arm((6, 4, 6), "tanh", None, False, "mse", "sigmoid", "rmsprop", 0.003, 0),
    "logistic_adagrad": arm((6, 1), "relu", None, False, "logistic", "linear", "adagrad", 0.1, 0),
}


@pytest.mark.parametrize("name", RUNS)
def test_engine_repeats_pytorchs_training_run(oracle, name):
    c, run = oracle(name), RUNS[name]
    n_layers = len(list(pairwise(run.network.widths)))
    weights = [c[f"initial_w{i}"] for i in range(n_layers)]
    # Three networks at once; the recorded one is in the middle, its neighbours have other rates.
    learnables = initial_learnables(run.network, run.optimizer, [weights] * 3, np.float64)
    rates = np.repeat(run.learning_rate * np.array([[0.5], [1.0], [2.0]]), run.n_steps, axis=1)
    block = Block(run, learnables, rates)

    def batch(step):
        return (np.repeat(c[k][step][:, None], 3, axis=1) for k in ("x", "y"))

    for step, loss in enumerate(c["losses"]):
        assert_close(block.step(*batch(step))[1], loss)
    evaluated, _ = block.evaluate(10, lambda _: tuple(batch(0)))
    assert_close(evaluated[1], c["evaluated_loss"])
    final = block.learnables.parameters(run.network, 1)
    for i in range(n_layers):
        assert_close(final.weights[i], c[f"final_w{i}"], atol=1e-11)
    for i, (mean, variance) in enumerate(zip(final.running_means, final.running_variances, strict=True)):
        assert_close(mean, c[f"final_mean{i}"], atol=1e-12)
        assert_close(variance, c[f"final_variance{i}"])
