"""Our networks against PyTorch: the recordings every day, PyTorch itself where it is installed."""

import runpy
from dataclasses import replace
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


def arm(widths, activation, norm, residual, loss, output, optimizer, rate, decay, **options):
    network = nn.Network(
        widths=widths,
        activation=activation,
        batch_norm=norm,
        residual=residual,
        loss=loss,
        output=output,
        **options,
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
    "every_second_sgd": arm(
        (6, 8, 7, 9, 8, 3), "tanh", "before", False, XENT, "linear", "sgd", 0.1, 0, batch_norm_every=2
    ),
    "noisy_before_momentum": arm(
        (6, 8, 7, 3), "sigmoid", "before", False, XENT, "linear", "momentum", 0.05, 0, noise=nn.Noise()
    ),
    "noisy_after_sgd": arm(
        (6, 8, 8, 3), "relu", "after", True, XENT, "linear", "sgd", 0.05, 0, noise=nn.Noise()
    ),
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
        for i, stage in enumerate(block.drawn):
            stage.s[...], stage.m[...] = c[f"noise{i}"][step][:, :, None]
        assert_close(block.step(*batch(step))[1], loss)
    evaluated, _ = block.evaluate(10, lambda _: tuple(batch(0)))
    assert_close(evaluated[1], c["evaluated_loss"])
    final = block.learnables.parameters(run.network, 1)
    for i in range(n_layers):
        assert_close(final.weights[i], c[f"final_w{i}"], atol=1e-11)
    for i, (mean, variance) in enumerate(zip(final.running_means, final.running_variances, strict=True)):
        assert_close(mean, c[f"final_mean{i}"], atol=1e-12)
        assert_close(variance, c[f"final_variance{i}"])


@pytest.mark.parametrize("name", [name for name, run in RUNS.items() if run.network.noise is None])
def test_network_in_the_open_repeats_pytorchs_training_run(oracle, name):
    """Two networks at once by ``forward``, ``backward`` and ``update``; the second is the recorded one."""
    c, run = oracle(name), RUNS[name]
    network = run.network
    parameters = nn.initial_parameters(network, [np.random.default_rng(i) for i in range(2)])
    for i, w in enumerate(parameters.weights):
        w[1] = c[f"initial_w{i}"]
    state = None
    for x, y, loss in zip(c["x"], c["y"], c["losses"], strict=True):
        activity = nn.forward(network, parameters, x)
        gradients = nn.backward(network, parameters, activity, y)
        assert_close(gradients.loss[1], loss)
        for h, delta, dw in zip(activity.inputs, gradients.deltas, gradients.parameters.weights, strict=True):
            assert_close(np.einsum("...bi,...bo->...io", h, delta), dw)
        parameters, state = descend(run, parameters, gradients.parameters, state)
        parameters = with_statistics(network, parameters, activity)
    evaluated = nn.forward(network, parameters, c["x"][0], running_statistics=True)
    loss, _ = losses.loss_and_gradient(network.loss, evaluated.outputs, c["y"][0])
    assert_close(loss[1], c["evaluated_loss"])
    for i, w in enumerate(parameters.weights):
        assert_close(w[1], c[f"final_w{i}"], atol=1e-11)
    for i, mean in enumerate(parameters.running_means):
        assert_close(mean[1], c[f"final_mean{i}"], atol=1e-12)
    if any(network.norms):
        with pytest.raises(ValueError, match="statistics of the batch"):
            nn.backward(network, parameters, evaluated, c["y"][0])


def descend(run, parameters, gradients, state):
    """One update of everything as one long vector."""
    with_decay = replace(
        gradients,
        weights=tuple(
            g + run.weight_decay * w for g, w in zip(gradients.weights, parameters.weights, strict=True)
        ),
    )
    vectors = []
    for p in (parameters, with_decay):
        parts = []
        p.map(lambda a, parts=parts: parts.append(a.ravel()) or a)
        vectors.append(np.concatenate(parts))
    state = run.optimizer.init(vectors[0]) if state is None else state
    new, state = run.optimizer.update(*vectors, state, run.learning_rate)
    pieces = iter(new)
    return parameters.map(lambda a: np.fromiter(pieces, float, a.size).reshape(a.shape)), state


def with_statistics(network, parameters, activity):
    """Mix the batch into the running statistics."""
    normed = [i for i, norm in enumerate(network.norms) if norm is not None]
    seen = activity.pre_activations if network.batch_norm == "before" else activity.activations
    updated = [
        batch_norm.RunningStatistics(mean=mean, variance=variance).updated(seen[i])
        for i, mean, variance in zip(
            normed, parameters.running_means, parameters.running_variances, strict=True
        )
    ]
    return replace(
        parameters,
        running_means=tuple(s.mean for s in updated),
        running_variances=tuple(s.variance for s in updated),
    )
