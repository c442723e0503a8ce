"""The experiments on initial values, each against something that is not the experiment itself."""

import importlib.util
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import scipy.signal
import scipy.stats
import xarray as xr

from reportgen import nn
from reportgen.streams import replicate_streams
from reportgen.theory import mean_field

FOLDER = Path(__file__).parents[2] / "experiments"


@cache
def load(name: str) -> ModuleType:
    (path,) = FOLDER.rglob(f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"reportgen_experiment_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


# --- D01: rank η² ---


def test_rank_eta_squared_is_that_of_kruskal_and_wallis() -> None:
    loss = np.random.default_rng(0).exponential(size=(7, 4)) * [1, 1.2, 3, 3]
    loss[2, 1] = loss[3, 3] = loss[0, 0] = np.inf  # diverged: tied for the last rank
    loss[5, 2] = loss[6, 2]
    module = load("initial_scales")
    finite = np.where(np.isinf(loss), 1e9, loss)
    expected = scipy.stats.kruskal(*finite.T).statistic / (loss.size - 1)
    assert module.rank_eta_squared(loss) == pytest.approx(expected)
    np.testing.assert_array_equal(module.ranks(loss).ravel(), scipy.stats.rankdata(finite))


def test_jackknife_of_a_mean_is_the_mean(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the statistic is a mean over replicates the pseudo-values are the replicates' own values."""
    module = load("initial_scales")
    monkeypatch.setattr(module, "rank_eta_squared", np.mean)
    loss = np.random.default_rng(0).normal(size=(6, 3))
    np.testing.assert_allclose(module.pseudo_values(loss), loss.mean(axis=1))


# --- D14: convolution ---


def test_convolved_variance_is_that_of_direct_sums() -> None:
    module = load("convolution_scale")
    params = {"kernel": 3, "channels": 2, "size": 5, "n_images": 3}
    (replicate,) = replicate_streams(5, "convolution_scale", range(1))
    dataset = module.measure(params, [replicate])
    x = replicate.generator("images").standard_normal((3, 2, 5, 5))
    w = replicate.generator("weights").standard_normal((2, 2, 3, 3))
    z = [
        [sum(scipy.signal.correlate(i, k, "same") for i, k in zip(image, f, strict=True)) for f in w]
        for image in x
    ]
    squares = np.mean(np.square(z), axis=(0, 1))
    np.testing.assert_allclose(dataset["variance"].sel(rule="fan_in")[0], squares / 18)
    np.testing.assert_allclose(dataset["variance"].sel(rule="channels")[0], squares / 2)
    inside = scipy.signal.correlate(np.ones((5, 5)), np.ones((3, 3)), "same") / 9
    np.testing.assert_allclose(dataset["theory"], inside)
    interior = squares[1:4, 1:4].mean() / 18 / np.mean(x**2)
    assert module.gain(dataset, "fan_in") == pytest.approx([interior])


# --- D05 ---


def test_slopes_are_largest_where_outputs_are_small() -> None:
    """tanh' = 1 − h², σ' = h(1 − h): over |h| < ½ the largest are 1 and ¼, the largest of all."""
    module = load("tanh_values")
    dataset = module.measure(module.PARAMS, replicate_streams(5, "tanh_values", range(1)))
    assert module.slope_at_small_outputs("tanh")(dataset) == 1.0
    assert module.slope_at_small_outputs("sigmoid")(dataset) == pytest.approx(1.0, rel=1e-2)


# --- the gauge and the map ---

NET_KINDS = ["tanh_xavier", "deep_relu", "deep_sigmoid_bn", "deep_relu_residual", "deep_relu_bn_residual"]


@pytest.mark.parametrize("name", NET_KINDS)
def test_gauge_sends_down_the_derivative(name: str) -> None:
    module, rng = load("rho_gauge"), np.random.default_rng(0)
    layers = [module.MatrixLayer(rng.standard_normal((12, 12))) for _ in range(3)]
    x, upstream, direction = rng.standard_normal((3, 8, 12))
    net = module.NETS[name]
    network = nn.Network(
        widths=(12, 12, 12, 12, 12),
        activation=net.activation,
        batch_norm="before" if net.batch_norm else None,
        residual=net.residual,
    )

    def loss(inputs: np.ndarray) -> float:
        h = inputs
        for layer in layers:
            z = net.std(12) * h @ layer.w
            if network.batch_norm:
                z = (z - z.mean(axis=0)) / np.sqrt(z.var(axis=0) + 1e-5)
            out = {"relu": np.maximum(z, 0), "tanh": np.tanh(z), "sigmoid": 1 / (1 + np.exp(-z))}[
                net.activation
            ]
            h = h + out if network.residual else out
        return float(np.sum(upstream * h))

    delta, gradient = module.propagate(net, layers, x, upstream)
    expected = (loss(x + 1e-6 * direction) - loss(x - 1e-6 * direction)) / 2e-6
    assert np.sum(gradient * direction) == pytest.approx(expected, rel=1e-5)
    if not net.residual:  # then all of the gradient at the input came through δ_1
        np.testing.assert_allclose(net.std(12) * delta[0] @ layers[0].w.T, gradient)


def test_gauge_agrees_with_theory_at_moderate_width() -> None:
    module = load("rho_gauge")
    params = {"wide": (512, 6, 8), "narrow": (256, 5, 32), "deep": (128, 20, 64)}
    dataset = module.measure(params, replicate_streams(5, "rho_gauge", range(2)))
    off = (np.log(dataset["rho"]).mean("replicate") - np.log(dataset["theory_rho"])).dropna("net")
    assert off.sizes["net"] == len(module.NETS) - 4
    assert float(abs(off).max()) < 0.06


@pytest.mark.parametrize("freedom", [1, 5, 19])
def test_student_quantile(freedom: int) -> None:
    expected = scipy.stats.t.ppf(0.995, freedom)
    assert load("rho_gauge").student_quantile(freedom, 0.99) == pytest.approx(expected, rel=1e-6)


def test_map_of_a_shallow_net_is_the_first_layers_of_the_deepest() -> None:
    module = load("order_chaos")
    logs = module.log_ratios("relu", 1.0, 30)
    np.testing.assert_allclose(10**logs, 2.0 ** (-0.5 * np.arange(1, 30)))
    for depth in (2, 7):
        shallow = np.log10(mean_field("tanh", 3.2, depth).delta_ratio)
        assert module.log_ratios("tanh", 3.2, 30)[depth - 2] == pytest.approx(shallow)


# --- D16, P01, P02: updates until a mark ---


@pytest.mark.parametrize("name", ["relu_depth_trained", "glorot_uniform"])
def test_first_update_below_the_mark(name: str) -> None:
    loss = np.array(
        [[3, 3, 1, 1, 1, 9], [3, 3, 3, 3, 3, 3], [3, 1, np.inf, np.inf, 1, 1], [3, 1, 1, *[np.nan] * 3]]
    )
    found = load(name).first_below(loss.astype(np.float32), 1.5, 2)
    # two batches at 1 are seen for the first time before update 3 (counted from 0), …
    assert found.tolist() == [3.0, np.inf, 5.0, 2.0]


def runs(taken: list[Any], done: list[Any]) -> xr.Dataset:
    """Return one replicate at 20 layers: per initializer the updates of an (optimizer × rate) table."""
    dims = ("replicate", "depth", "initializer", "optimizer", "rate")
    return xr.Dataset(
        {"updates_to_mark": (dims, [[taken]]), "updates_done": (dims, [[done]])},
        coords={"depth": [20], "initializer": ["xavier", "he"], "optimizer": ["momentum", "sgd"]},
    )


@pytest.mark.parametrize(
    ("xavier", "done", "he", "expected"),
    [
        ([[200.0, np.inf], [np.inf, np.inf]], 300.0, [[50.0, 90.0], [np.inf, 70.0]], 50 / 200),
        ([[np.inf, np.inf], [np.inf, np.inf]], 1200.0, [[50.0, 90.0], [np.inf, 70.0]], 50 / 1200),
        ([[np.inf, np.inf], [np.inf, np.inf]], 300.0, [[np.inf, np.inf], [np.inf, np.inf]], np.inf),
    ],
)
def test_censored_updates_make_the_ratio_no_smaller_than_it_is(
    xavier: list[Any], done: float, he: list[Any], expected: float
) -> None:
    given = np.full((2, 2, 2), done)
    given[:, 1, 1] = np.inf  # diverged: will never get there
    dataset = runs([xavier, he], given.tolist())
    assert load("he_rectifiers").he_over_xavier(20)(dataset) == pytest.approx([expected])


def test_initial_gradient_of_glorots_net_follows_mean_field() -> None:
    """P01: how δ shrinks over five wide layers, against mean-field."""
    module = load("glorot_uniform")
    (replicate,) = replicate_streams(5, "glorot_uniform", range(1))
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((50, 300)), rng.integers(10, size=50)
    widths = (300, *[300] * 5, 10)
    found = module.delta_rms(widths, x, y, replicate)
    for rms, initializer in zip(found, module.INITIALIZERS.values(), strict=True):
        gain = initializer.standard_deviation(300, 300) * 300**0.5
        theory = mean_field("tanh", gain, 5)
        assert rms[0] / rms[-1] == pytest.approx(theory.delta_ratio, rel=0.1)
    assert found[0, 0] / found[0, -1] < found[1, 0] / found[1, -1] < 1


def test_updates_ratio_counts_what_never_got_there() -> None:
    updates = np.array([[100.0, 50.0], [np.inf, 50.0], [100.0, np.inf], [np.inf, np.inf]])
    dataset = xr.Dataset(
        {"updates": (("replicate", "initialization"), updates)},
        coords={"initialization": ["standard", "normalized"]},
    )
    assert load("glorot_uniform").updates_ratio(dataset).tolist() == [0.5, 0.0, np.inf, 1.0]


# --- D21, D22: what the slides call, in PyTorch ---


def small_summary(**params: object) -> xr.Dataset:
    module = load("summary_slides")
    settings = {**module.PARAMS, "images": (5, 3, 4, 6), "filters": (6, 4, 3, 3), **params}
    return module.measure(settings, replicate_streams(5, "summary_slides", range(1)))


def test_listing_leaves_the_last_draw_only() -> None:
    module = load("summary_slides")
    dataset = small_summary(filters=(64, 16, 3, 3))
    fan_in, fan_out = 16 * 9, 64 * 9
    expected = [0.02, (2 / (fan_in + fan_out)) ** 0.5, (2 / fan_in) ** 0.5]
    np.testing.assert_allclose(dataset["std"][0], expected, rtol=0.03)
    assert dataset["he_scale"].item() == pytest.approx(1.0, rel=1e-12)
    np.testing.assert_array_equal(small_summary(small_std=2.0)["he_scale"], small_summary()["he_scale"])
    with pytest.raises(TypeError, match="2 arguments"):
        eval(module.PRINTED_TEST, {"m": type("M", (), {"nn": type("N", (), {"Conv2d": int})})})


@pytest.mark.torch
def test_calls_of_the_summary_are_what_reportgen_computes() -> None:
    """The calls that the text shows, run by PyTorch, against reportgen's own layers."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    module, rng = load("summary_slides"), np.random.default_rng(0)
    x = torch.tensor(rng.standard_normal((5, 3, 4, 6)))
    np.testing.assert_array_equal(module.relu_call(x).numpy(), nn.layers.relu(x.numpy()))
    ours, _ = nn.layers.batch_norm_2d_forward(x.numpy(), np.ones(3), np.zeros(3))
    with_affine, without = (call.double() for call in module.batch_norm_calls(3))
    for call in (with_affine, without):
        np.testing.assert_allclose(call(x).detach().numpy(), ours, atol=1e-12)
    assert sum(p.numel() for p in with_affine.parameters()) == small_summary()["n_learnable"].item() == 6
    assert list(without.parameters()) == []


@pytest.mark.torch
def test_initialization_of_the_summary_is_he_s() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Conv2d(16, 64, 3), torch.nn.ReLU(), torch.nn.Linear(200, 100))
    model.apply(load("summary_slides").initialize)
    for layer, n in ((model[0], 16 * 9), (model[2], 200)):
        assert layer.weight.std().item() == pytest.approx(nn.He().standard_deviation(n, 1), rel=0.03)
        assert not layer.bias.any()
    fresh = torch.nn.Linear(400, 50)  # what PyTorch itself starts a linear layer from
    bound = fresh.weight.abs().max().item()
    assert bound == pytest.approx(3**0.5 * nn.UniformFanIn().standard_deviation(400, 50), rel=0.01)
    conv = torch.nn.Conv2d(16, 64, 3)
    torch.nn.init.xavier_normal_(conv.weight)
    assert conv.weight.std().item() == pytest.approx(nn.Glorot().standard_deviation(144, 576), rel=0.03)


def test_opponents_of_relu_are_compared_as_in_the_claims_that_decide() -> None:
    """D20, by hand: what depth costs beyond ReLU, and the smallest ratio of updates."""
    module = load("summary_slides")
    accuracy = np.zeros((1, 4, 3, 2))  # replicate, depth, activation, rate; the second rate is chosen
    accuracy[0, :, :, 1] = [[0.9, 0.9, 0.9], [0.8, 0.9, 0.9], [0.3, 0.8, 0.9], [0.1, 0.8, 0.8]]
    dims = ("replicate", "depth", "activation", "rate")
    updates = [[[90.0, 30.0, 30.0], [np.inf, 50.0, 20.0]]]
    trained = xr.Dataset(
        {
            "test_accuracy": (dims, accuracy / 2),
            "validation_accuracy": (dims, accuracy),
            "updates": (("replicate", "timed_depth", "activation"), updates),
        },
        coords={"depth": [1, 3, 5, 8], "timed_depth": [1, 5], "activation": ["sigmoid", "tanh", "relu"]},
    )
    own = xr.Dataset()
    assert module.depth_costs_more("sigmoid")(own, trained) == pytest.approx([(0.65 - 0.05) / 2])
    assert module.depth_costs_more("tanh")(own, trained) == pytest.approx([(0.1 - 0.05) / 2])
    assert module.smallest_speedup("sigmoid")(own, trained) == pytest.approx([3.0])
    assert module.smallest_speedup("tanh")(own, trained) == pytest.approx([1.0])
    assert module.smallest_speedup("tanh")(own, trained.assign(updates=trained["updates"] * np.inf)) == [0.0]
