"""Every backward pass against central differences, in float64, with a leading replicate axis."""

import numpy as np
import pytest

from reportgen import nn
from reportgen.nn import layers, losses

RNG = np.random.default_rng(20)
STEP = 1e-6


def differences(function, at):
    """Central differences of a scalar function of one array."""
    gradient = np.empty_like(at)
    for index in np.ndindex(at.shape):
        above, below = at.copy(), at.copy()
        above[index] += STEP
        below[index] -= STEP
        gradient[index] = (function(above) - function(below)) / (2 * STEP)
    return gradient


def check(forward, backward, arguments):
    """Compare all gradients of Σ dy·forward(arguments) with backward(dy, arguments)."""
    dy = RNG.normal(size=forward(*arguments).shape)
    analytic = backward(dy, *arguments)
    for i, ours in enumerate(analytic):

        def scalar(value, i=i):
            return (dy * forward(*arguments[:i], value, *arguments[i + 1 :])).sum()

        expected = differences(scalar, arguments[i])
        np.testing.assert_allclose(ours, expected, rtol=1e-6, atol=1e-6 * np.abs(expected).max())


def normal(*shape):
    return RNG.normal(size=shape)


def activation(name):
    def backward(dh, z):
        return (layers.activate_backward(name, dh, layers.activate(name, z)),)

    return (lambda z: layers.activate(name, z)), backward, (normal(2, 5, 4),)


def batch_norm(forward, backward_from_cache, shape):
    n = shape[2]

    def backward(dy, *arguments):
        return backward_from_cache(dy, forward(*arguments)[1])

    return (lambda *a: forward(*a)[0]), backward, (3 * normal(*shape) + 1, normal(2, n), normal(2, n))


def residual():
    """Affine branch with a skip around it."""
    w, b = normal(2, 4, 4), normal(2, 4)

    def forward(x):
        return layers.residual_forward(x, layers.affine_forward(x, w, b))

    def backward(dy, x):
        return (layers.residual_backward(dy, layers.affine_backward(dy, x, w)[0]),)

    return forward, backward, (normal(2, 5, 4),)


def dropout():
    mask = layers.dropout_mask(np.random.default_rng(1), (2, 5, 4), 0.4)
    return (
        (lambda h: layers.dropout_forward(h, mask)),
        (lambda dh, _: (layers.dropout_backward(dh, mask),)),
        (normal(2, 5, 4),),
    )


CASES = {
    "affine": (
        layers.affine_forward,
        lambda dz, x, w, _: layers.affine_backward(dz, x, w),
        (normal(2, 5, 4), normal(2, 4, 3), normal(2, 3)),
    ),
    "convolution": (
        lambda x, w, b: layers.convolution_forward(x, w, b, stride=2, padding=1),
        lambda dz, x, w, _: layers.convolution_backward(dz, x, w, stride=2, padding=1),
        (normal(2, 2, 3, 5, 4), normal(2, 4, 3, 3, 2), normal(2, 4)),
    ),
    **{name: activation(name) for name in ("relu", "tanh", "sigmoid", "linear")},
    "batch_norm": batch_norm(layers.batch_norm_forward, layers.batch_norm_backward, (2, 7, 4)),
    "batch_norm_2d": batch_norm(layers.batch_norm_2d_forward, layers.batch_norm_2d_backward, (2, 3, 2, 3, 3)),
    "dropout": dropout(),
    "residual": residual(),
}


@pytest.mark.parametrize("name", CASES)
def test_layer_gradient_matches_central_differences(name):
    check(*CASES[name])


@pytest.mark.parametrize(
    ("loss", "outputs", "targets"),
    [
        (losses.softmax_cross_entropy, normal(2, 5, 4), RNG.integers(0, 4, (2, 5))),
        (losses.logistic_loss, normal(2, 5, 1), RNG.integers(0, 2, (2, 5, 1))),
        (losses.mean_squared_error, normal(2, 5, 4), normal(2, 5, 4)),
    ],
)
def test_loss_gradient_matches_central_differences(loss, outputs, targets):
    _, gradient = loss(outputs, targets)
    expected = differences(lambda z: loss(z, targets)[0].sum(), outputs)
    np.testing.assert_allclose(gradient, expected, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
@pytest.mark.parametrize("norm", [None, "before", "after"])
def test_network_gradient_matches_central_differences(norm, activation):
    network = nn.Network(
        widths=(4, 5, 5, 5, 3), activation=activation, batch_norm=norm, batch_norm_every=2, residual=True
    )
    x, y = normal(6, 4), RNG.integers(0, 3, 6)
    parameters = nn.initial_parameters(network, [np.random.default_rng(i) for i in range(2)])
    gradients = nn.backward(network, parameters, nn.forward(network, parameters, x), y)
    slopes = []
    direction = parameters.map(lambda a: RNG.normal(size=a.shape))

    def loss(step):
        moved = parameters.map(lambda a, d: a + step * d, direction)
        return losses.loss_and_gradient(network.loss, nn.forward(network, moved, x).outputs, y)[0]

    gradients.parameters.map(lambda g, d: slopes.append((g * d).reshape(2, -1).sum(axis=1)) or g, direction)
    np.testing.assert_allclose(sum(slopes), (loss(STEP) - loss(-STEP)) / (2 * STEP), rtol=1e-6)


def test_dropout_keeps_the_mean_and_the_rate():
    mask = layers.dropout_mask(np.random.default_rng(2), (1000, 1000), 0.3)
    assert set(np.unique(mask)) == {0.0, 1 / 0.7}
    assert abs((mask == 0).mean() - 0.3) < 5 * (0.21 / 1e6) ** 0.5
