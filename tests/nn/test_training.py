"""The engine: numbers that depend on nothing but arm and replicate, divergence, evaluation, escalation."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from reportgen import nn
from reportgen.nn.engine.feed import BatchOrder
from reportgen.nn.training import automatic_block_size

RESULTS = (
    "loss",
    "train_loss",
    "train_accuracy",
    "validation_loss",
    "validation_accuracy",
    "test_loss",
    "test_accuracy",
    "n_steps",
    "diverged",
)


@dataclass(frozen=True)
class Streams:
    seed: int

    def generator(self, stream):
        return np.random.Generator(np.random.SFC64([self.seed, *stream.encode()]))


STREAMS = [Streams(i) for i in range(3)]


def blobs(streams, loss="cross_entropy", n_classes=10):
    """Ten noisy prototypes in 64 dimensions, split in three."""
    rng = streams.generator("data")
    labels = rng.integers(0, n_classes, 400)
    x = (0.8 * rng.normal(size=(400, 64)) + rng.normal(size=(n_classes, 64))[labels]).astype(np.float32)
    y = {"cross_entropy": labels, "logistic": labels % 2, "mse": x}[loss]
    parts = {"train": slice(0, 230), "validation": slice(230, 310), "test": slice(310, 400)}
    return nn.Data(
        **{f"{k}_{name}": v[part] for name, part in parts.items() for k, v in (("x", x), ("y", y))}
    )


def data_for(loss):
    return [blobs(s, loss) for s in STREAMS]


DATA = data_for("cross_entropy")
PLAIN = nn.Network(widths=(64, 30, 30, 10))
PLAIN_ARM = nn.Arm(network=PLAIN, learning_rate=0.1, n_steps=40, batch_size=20)


def same(a, b):
    return np.array_equal(a, b, equal_nan=True)


SETTINGS = {
    "plain": (PLAIN, 100, nn.SGD()),
    "batch of one": (replace(PLAIN, widths=(64, 7, 10)), 1, nn.RMSProp()),
    "bn, width 1": (replace(PLAIN, widths=(64, 20, 1, 10), batch_norm="before"), 2, nn.Nesterov()),
    "bn after, dropout, residual": (
        replace(PLAIN, batch_norm="after", dropout=0.3, residual=True, activation="sigmoid"),
        16,
        nn.Momentum(),
    ),
    "noisy bn in every second layer": (
        replace(
            PLAIN, widths=(64, 20, 12, 9, 15, 10), batch_norm="before", batch_norm_every=2, noise=nn.Noise()
        ),
        16,
        nn.Momentum(),
    ),
    "logistic": (nn.Network(widths=(64, 1), loss="logistic"), 100, nn.AdaGrad()),
    "autoencoder": (nn.Network(widths=(64, 25, 6, 25, 64), loss="mse", activation="tanh"), 8, nn.Adam()),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_numbers_do_not_depend_on_blocks_order_or_company(name):
    network, batch_size, optimizer = SETTINGS[name]
    data = data_for(network.loss)
    arms = [
        nn.Arm(
            network=replace(network, initializer=initializer),
            learning_rate=rate,
            optimizer=optimizer,
            batch_size=batch_size,
            n_steps=10,
        )
        for rate in (0.003, 0.03, 1e6)  # the last one diverges in most settings, so blocks shrink
        for initializer in (nn.He(), nn.Normal(std=0.01), nn.XavierUniform())
    ]
    alone = nn.train(arms, data, STREAMS, evaluate_every=4, block_size=1)
    for block_size in (2, 5, 8, 16, None):
        together = nn.train(arms, data, STREAMS, evaluate_every=4, block_size=block_size)
        assert [f for f in RESULTS if not same(getattr(alone, f), getattr(together, f))] == []
    backwards = nn.train(arms[::-1], data[::-1], STREAMS[::-1], evaluate_every=4)
    assert [f for f in RESULTS if not same(getattr(alone, f), getattr(backwards, f)[::-1, ::-1])] == []
    mask = np.zeros((3, 9), bool)
    mask[1, [0, 2, 5]] = mask[2, 3] = True
    for pairs in (mask, np.argwhere(mask)):
        some = nn.train(arms, data, STREAMS, evaluate_every=4, pairs=pairs)
        assert [f for f in RESULTS if not same(getattr(alone, f)[mask], getattr(some, f)[mask])] == []
        assert same(some.trained, mask)
        assert np.isnan(some.loss[~mask]).all()


def test_arms_of_other_lengths_do_not_stop_a_network():
    long, short = replace(PLAIN_ARM, n_steps=60), replace(PLAIN_ARM, n_steps=30)
    both = nn.train([long, short], DATA, STREAMS, evaluate_at=(1,), stop_accuracy=0.5)
    assert both.evaluation_steps.tolist() == [1, 30, 60]
    assert (both.train_accuracy[:, 1, 1] > 0.5).all()  # at 30 the longer run would be good enough to stop
    assert np.isnan(both.train_accuracy[:, 0, 1]).all()
    assert both.n_steps.tolist() == [[60, 30]] * 3


def test_networks_learn():
    history = nn.train([PLAIN_ARM], DATA, STREAMS, evaluate_at=(0,))
    assert (history.train_accuracy[:, 0, 0] < 0.3).all()
    assert (history.train_accuracy[:, 0, -1] > 0.9).all()
    assert (history.test_accuracy > 0.7).all()
    assert (history.loss[:, 0, -1] < 0.3 * history.loss[:, 0, 0]).all()
    assert (history.n_steps == 40).all()


@pytest.mark.parametrize("norm", [None, "before", "after"])
@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
def test_overflow_becomes_divergence_with_the_worst_rank(norm, activation):
    network = replace(PLAIN, batch_norm=norm, activation=activation)
    arms = [replace(PLAIN_ARM, network=network, learning_rate=rate) for rate in (0.01, 1e38)]
    history = nn.train(arms, DATA, STREAMS, evaluate_every=10)
    assert history.diverged.tolist() == [[False, True]] * 3
    assert (history.test_accuracy[:, 1] == 0).all()
    assert (history.train_accuracy[:, 1] == 0).all()
    assert np.isinf(history.loss[:, 1, -1]).all()
    assert np.isinf(history.test_loss[:, 1]).all()
    assert np.isfinite(history.loss[:, 0]).all()
    assert (history.n_steps[:, 1] < 40).all()


def test_overflow_in_the_last_update_is_seen():
    history = nn.train([replace(PLAIN_ARM, n_steps=1, learning_rate=1e39)], DATA, STREAMS)
    assert history.diverged.all()
    assert (history.test_accuracy == 0).all()


def test_overflowing_running_variance_is_seen_although_outputs_stay_finite():
    huge = nn.Normal(std=1e19)  # z² overflows, 1/√inf = 0, and the normalized output is a harmless 0
    arm = replace(PLAIN_ARM, network=replace(PLAIN, batch_norm="before", initializer=huge), n_steps=3)
    assert nn.train([arm], DATA, STREAMS).diverged.all()


def test_escalation_repeats_the_first_steps():
    short = nn.train([PLAIN_ARM], DATA, STREAMS)
    long = nn.train([replace(PLAIN_ARM, n_steps=160)], DATA, STREAMS, evaluate_at=(40,), pairs=[(1, 0)])
    assert same(long.loss[1, 0, :40], short.loss[1, 0])
    assert same(long.train_accuracy[1, 0, 0], short.train_accuracy[1, 0, 0])


def test_stopping_leaves_the_slow_networks_to_the_end():
    arms = [replace(PLAIN_ARM, learning_rate=rate) for rate in (0.1, 1e-6)]
    history = nn.train(arms, DATA, STREAMS, evaluate_at=(20,), stop_accuracy=0.5)
    assert history.n_steps.tolist() == [[20, 40]] * 3
    assert (history.test_accuracy[:, 0] > 0.5).all()
    assert np.isnan(history.loss[:, 0, 20:]).all()


def test_a_network_stops_at_the_first_evaluation_below_the_loss():
    arms = [replace(PLAIN_ARM, learning_rate=rate) for rate in (0.1, 0.03, 1e-6)]
    whole = nn.train(arms, DATA, STREAMS, evaluate_every=5)
    history = nn.train(arms, DATA, STREAMS, evaluate_every=5, stop_loss=1.0)
    below = whole.train_loss < 1
    expected = np.where(below.any(axis=-1), whole.evaluation_steps[below.argmax(axis=-1)], 40)
    assert len(set(expected[0])) == 3
    assert same(history.n_steps, expected)
    seen = ~np.isnan(history.train_loss)
    assert same(history.train_loss[seen], whole.train_loss[seen])


def test_noise_has_the_moments_that_were_asked_for():
    noise = nn.Noise(shift=2.0, scale=3.0, spread=0.5)
    s, m = nn.layers.noise_draw(np.random.default_rng(4), (4000, 400), noise)
    s_unit, m_unit = s.mean(axis=0), m.mean(axis=0)
    assert np.abs(m - m_unit).max() < 0.55
    np.testing.assert_allclose((s - s_unit).std(), 0.5, rtol=0.01)
    np.testing.assert_allclose((m - m_unit).std(), 0.5 / 3**0.5, rtol=0.01)
    for unit, low, high in ((m_unit, -2, 2), (s_unit, 1, 3)):
        assert low - 0.05 < unit.min() < unit.max() < high + 0.05
        np.testing.assert_allclose(unit.std(), (high - low) / 12**0.5, rtol=0.1)


def test_training_starts_from_the_initial_parameters():
    network = replace(PLAIN, batch_norm="before", batch_norm_every=2, initializer=nn.XavierUniform())
    arm = replace(PLAIN_ARM, network=network, learning_rate=0.0)
    history = nn.train([arm], DATA, STREAMS, keep_parameters=True, dtype=np.float64)
    initial = nn.initial_parameters(network, [streams.generator("init") for streams in STREAMS])
    trained = [history.parameters[i, 0] for i in range(3)]
    assert (
        [b is None for b in initial.biases] == [b is None for b in trained[0].biases] == [False, True, False]
    )
    for kind in ("weights", "gammas", "betas"):
        for layer, together in enumerate(getattr(initial, kind)):
            assert same(together, np.stack([getattr(p, kind)[layer] for p in trained]))


def test_arms_share_the_draw_and_the_batches_of_their_replicate():
    arms = [
        replace(PLAIN_ARM, network=replace(PLAIN, initializer=nn.Normal(std=s)), learning_rate=0.0)
        for s in (0.01, 0.02)
    ]
    history = nn.train(arms, DATA, STREAMS, keep_parameters=True)
    for small, large in zip(history.parameters[0, 0].weights, history.parameters[0, 1].weights, strict=True):
        assert same(2 * small, large)
    assert not same(history.parameters[0, 0].weights[0], history.parameters[1, 0].weights[0])


def test_first_loss_is_that_of_the_readable_layers():
    arm = replace(PLAIN_ARM, learning_rate=0.0, n_steps=1)
    history = nn.train([arm], DATA, STREAMS, keep_parameters=True, dtype=np.float64)
    rows = BatchOrder(STREAMS[2].generator("batches"), 230, 20).next()
    h, parameters = DATA[2].x_train[rows].astype(np.float64), history.parameters[2, 0]
    for i, (w, b) in enumerate(zip(parameters.weights, parameters.biases, strict=True)):
        h = nn.layers.affine_forward(h, w, b)
        h = nn.layers.relu(h) if i < 2 else h
    loss, _ = nn.losses.softmax_cross_entropy(h, DATA[2].y_train[rows])
    assert history.loss[2, 0, 0] == pytest.approx(loss, rel=1e-6)  # stored in float32


def test_batches_go_through_epochs_without_replacement():
    order = BatchOrder(STREAMS[0].generator("batches"), 23, 5)
    epochs = [np.concatenate([order.next() for _ in range(4)]) for _ in range(3)]
    assert all(len(set(epoch)) == 20 for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 3


def test_a_squared_error_has_no_accuracy():
    network = nn.Network(widths=(64, 6, 64), loss="mse")
    arms = [replace(PLAIN_ARM, network=network, learning_rate=rate) for rate in (0.1, 1e30)]
    history = nn.train(arms, data_for("mse"), STREAMS)
    assert np.isnan(history.test_accuracy).all()
    assert np.isfinite(history.test_loss[:, 0]).all()
    assert history.diverged[:, 1].all()


def test_schedule_reaches_every_parameter():
    frozen = replace(PLAIN_ARM, schedule=nn.Step(every=1, factor=0.0), n_steps=5)
    arms = [frozen, replace(PLAIN_ARM, n_steps=1)]  # one update at the full rate, then none; one update
    kept = nn.train(arms, DATA, STREAMS, keep_parameters=True).parameters
    assert all(same(a, b) for a, b in zip(kept[0, 0].weights, kept[0, 1].weights, strict=True))
    assert all(same(a, b) for a, b in zip(kept[0, 0].biases, kept[0, 1].biases, strict=True))
    assert np.abs(kept[0, 0].biases[-1]).max() > 0


def test_few_training_rows_are_learnt_by_heart():
    history = nn.train([PLAIN_ARM, replace(PLAIN_ARM, n_train=20)], DATA, STREAMS)
    assert (history.train_accuracy[:, 1] == 1).all()
    assert (history.test_accuracy[:, 1] < history.test_accuracy[:, 0]).all()


@pytest.mark.parametrize(
    ("widths", "batch_size", "optimizer", "expected"),
    [
        ((64, 100, 100, 10), 100, nn.SGD(), 8),
        ((64, 100, 100, 10), 8, nn.SGD(), 15),
        ((64, 50, 10), 2, nn.SGD(), 16),
        ((64, 256, 256), 100, nn.SGD(), 2),
        ((64, *[64] * 50, 10), 100, nn.SGD(), 4),
        ((64, *[64] * 50, 10), 100, nn.Adam(), 2),
    ],
)
def test_block_size_follows_the_caches(widths, batch_size, optimizer, expected):
    network = nn.Network(widths=widths)
    arm = replace(PLAIN_ARM, network=network, batch_size=batch_size, optimizer=optimizer)
    assert automatic_block_size(arm) == expected


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"batch_size": 500}, "batches of 500 from 230"),
        ({"n_train": 1000}, "1000 of 230"),
        ({"network": nn.Network(widths=(63, 10))}, "64 inputs for widths"),
    ],
)
def test_arms_that_do_not_fit_the_data_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        nn.train([replace(PLAIN_ARM, **change)], DATA, STREAMS)


@pytest.mark.parametrize(
    "wrong",
    [
        {"widths": (64,)},
        {"dropout": 1.0},
        {"output": "sigmoid"},
        {"batch_norm_every": 0},
        {"noise": nn.Noise()},
        {"loss": "logistic"},
    ],
)
def test_impossible_networks_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        nn.Network(**{"widths": (64, 10), **wrong})


RESUMED = {
    "plain": (PLAIN, nn.SGD()),
    "momentum, bn, dropout": (
        replace(PLAIN, widths=(64, 20, 20, 10), batch_norm="before", dropout=0.3, residual=True),
        nn.Momentum(),
    ),
    "noise": (replace(PLAIN, batch_norm="after", noise=nn.Noise()), nn.SGD()),
    "adam, bn after": (replace(PLAIN, batch_norm="after", activation="tanh"), nn.Adam()),
    "logistic, adagrad": (nn.Network(widths=(64, 1), loss="logistic"), nn.AdaGrad()),
}


@pytest.mark.parametrize("name", RESUMED)
def test_resumed_run_is_the_run_from_the_start(name):
    network, optimizer = RESUMED[name]
    arms = [
        replace(
            PLAIN_ARM, network=network, optimizer=optimizer, learning_rate=rate, schedule=nn.Step(every=9)
        )
        for rate in (0.003, 0.03, 0.3, 1e6)  # the last one diverges and has nothing to go on from
    ]
    longer = [replace(arm, n_steps=100) for arm in arms]
    data, some = data_for(network.loss), [(0, 0), (0, 2), (2, 1), (2, 3)]
    whole = nn.train(longer, data, STREAMS, evaluate_every=10, pairs=some)
    first = nn.train(arms, data, STREAMS, evaluate_every=10, keep_states=True)
    second = nn.train(longer, data, STREAMS, evaluate_every=10, pairs=some, resume=first, keep_states=True)
    assert [f for f in RESULTS if not same(getattr(whole, f), getattr(second, f))] == []
    more = [replace(arm, n_steps=130) for arm in arms]
    whole = nn.train(more, data, STREAMS, evaluate_every=10, pairs=some)
    third = nn.train(more, data, STREAMS, evaluate_every=10, pairs=some, resume=second, block_size=1)
    assert [f for f in RESULTS if not same(getattr(whole, f), getattr(third, f))] == []


@pytest.mark.parametrize(
    "change", [{"learning_rate": 0.2}, {"n_steps": 39}, {"schedule": nn.Cosine()}, {"batch_size": 10}]
)
def test_what_is_resumed_must_be_the_same_arm(change):
    first = nn.train([PLAIN_ARM], DATA, STREAMS, keep_states=True)
    longer = replace(PLAIN_ARM, **{"n_steps": 60, **change})
    with pytest.raises(ValueError, match="is not the one that did 40 updates"):
        nn.train([longer], DATA, STREAMS, resume=first)
    with pytest.raises(ValueError, match="was not trained in float64"):
        nn.train([PLAIN_ARM], DATA, STREAMS, resume=first, dtype=np.float64)
