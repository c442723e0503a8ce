"""The signal-propagation experiments at small size, each against something that is not the experiment."""

import decimal
import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import xarray as xr

from reportgen.measure import validate
from reportgen.streams import replicate_streams
from reportgen.theory import mean_field

FOLDER = Path(__file__).parents[2] / "experiments/signal"
SMALL = {
    "wide_tanh": {"width": 256, "n_layers": 3, "batch_size": 4},
    "wide_relu": {"width": 64, "n_layers": 3, "batch_size": 4},
    "depth_gradient": {"width": 32, "depths": (2, 3, 6), "batch_size": 4},
    "sigmoid_five_layers": {"width": 20, "n_inputs": 50},
    "relu_five_layers": {"width": 40, "n_inputs": 50, "n_histograms": 1},
    "redundancy": {"width": 16, "n_layers": 3, "n_inputs": 96, "n_spectra": 1},
    "tanh_values": {"n_points": 21},
    "convolution_scale": {"channels": 4, "size": 5, "n_images": 2},
    "order_chaos": {"n_sigma": 12},
    "rho_gauge": {"wide": (32, 3, 4), "narrow": (12, 3, 8), "deep": (12, 4, 8)},
    "summary_slides": {"images": (4, 3, 5, 5), "filters": (8, 4, 3, 3)},
}
FILES = sorted(path.stem for path in FOLDER.glob("*.py"))
SEED = 5


def load(name: str) -> ModuleType:
    module_name = f"reportgen_experiment_{name}"
    if module_name not in sys.modules:
        spec = importlib.util.spec_from_file_location(module_name, FOLDER / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[module_name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[module_name])
    return sys.modules[module_name]


def measured(name: str, indices: range, **params: object) -> xr.Dataset:
    module = load(name)
    return module.measure(module.PARAMS | SMALL[name] | params, replicate_streams(SEED, name, indices))


@pytest.mark.parametrize("name", sorted(SMALL))
def test_measure_gives_a_valid_dataset(name: str) -> None:
    validate(measured(name, range(2)), range(2), where=name)


@pytest.mark.parametrize("name", sorted(SMALL))
def test_replicate_does_not_depend_on_the_others(name: str) -> None:
    together, alone = measured(name, range(3)), measured(name, range(2, 3))
    xr.testing.assert_identical(together.isel(replicate=[2]), alone)


@pytest.mark.parametrize("name", FILES)
def test_every_field_in_words_is_exported(name: str) -> None:
    """Captions, alternative texts and evidence cite values of their own file or checks of the chapter."""
    known = {"n"}
    for other in FILES:
        experiment = load(other).experiment
        for claim in experiment.claims:
            known |= {f"{claim.id}.{check.name}.estimate" for check in claim.checks}
    experiment = load(name).experiment
    if experiment.measure is not None:
        params = dict(experiment.params | SMALL[name])
        exported = experiment.values(experiment.summarize(measured(name, range(2)), params))
        for key, value in exported.items():
            known |= {f"{name}.{key}.{k}" for k in value} if isinstance(value, dict) else {f"{name}.{key}"}
    if "depths" in SMALL.get(name, {}):  # the texts cite the deepest net of the real experiment
        known |= {path.replace("_6", "_50") for path in known}
    checks = [check for claim in experiment.claims for check in claim.checks if check.erratum]
    texts = [t for figure in experiment.figures for t in (figure.caption, figure.alt)]
    texts += [check.erratum.evidence for check in checks]
    for text in texts:
        for language in ("ko", "en"):
            plain = text[language].replace("{{", "").replace("}}", "")
            assert set(re.findall(r"\{([\w.]+)", plain)) <= known
    for text in [claim.says for claim in experiment.claims] + [
        c.better for c in experiment.claims if c.better
    ]:
        assert set(text) == {"ko", "en"}


def test_digits_of_tanh_are_those_of_exact_arithmetic() -> None:
    """D06: tanh x = (e^2x − 1)/(e^2x + 1) in 40 decimal digits, cut off as printed."""
    module = load("tanh_values")
    with decimal.localcontext() as context:
        context.prec = 40
        for z, printed in module.PRINTED.items():
            e = decimal.Decimal(2 * z).exp()
            assert str((e - 1) / (e + 1)).startswith(printed)
    dataset = measured("tanh_values", range(1))
    assert module.n_right_digits(dataset) == 5
    assert module.n_small_outputs(dataset) == 0
    dataset["point_output"][0, 1] = 0.9961
    assert module.n_right_digits(dataset) == 4


def test_slopes_of_tanh_and_sigmoid_are_difference_quotients() -> None:
    dataset = measured("tanh_values", range(1), n_points=2001)
    z = dataset["z"].values
    quotient = (dataset["output"].values[..., 2:] - dataset["output"].values[..., :-2]) / (z[2:] - z[:-2])
    np.testing.assert_allclose(dataset["slope"].values[..., 1:-1], quotient, atol=4e-5)


@pytest.mark.parametrize(
    ("name", "function"), [("wide_tanh", np.tanh), ("wide_relu", lambda z: np.maximum(z, 0))]
)
def test_backward_is_the_derivative_of_forward(name: str, function: object) -> None:
    """δ_1 W_1ᵀ against a central difference of the loss Σ upstream ∘ h_L along a random direction."""
    module = load(name)
    replicate = replicate_streams(SEED, name, range(1))[0]
    params = {"width": 32, "n_layers": 3, "batch_size": 4}
    make = load("wide_tanh").redrawn
    layers = make(replicate, [32] * 4)
    stds = module.initial_stds(32)[:, None, None]
    if name == "wide_tanh":
        delta = module.propagate(params, replicate, [stds] * 3, layers)[1]
    else:
        delta = module.propagate(params, replicate, layers)[1]
    upstream = replicate.generator("upstream").standard_normal((4, 32))

    def loss(x: np.ndarray) -> np.ndarray:
        h = np.broadcast_to(x, (len(stds), *x.shape))
        for layer in layers:
            h = function(stds * layer.forward(h))  # type: ignore[operator]
        return np.sum(upstream * h, axis=(-2, -1))

    x = replicate.generator("input").standard_normal((4, 32))
    direction = np.random.default_rng(0).standard_normal(x.shape)
    expected = (loss(x + 1e-6 * direction) - loss(x - 1e-6 * direction)) / 2e-6
    found = np.sum(stds * layers[0].backward(delta[0]) * direction, axis=(-2, -1))
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("name", "variable"), [("wide_tanh", "std"), ("wide_relu", "rms")])
def test_wide_layers_follow_mean_field(name: str, variable: str) -> None:
    """D08, D13, D15, D17: sampled and directly drawn layers, both against theory."""
    dataset = measured(name, range(3), width=768, n_layers=4, batch_size=8, n_direct=3)
    for prefix in ("", "direct_"):
        log_ratio = np.log(dataset[prefix + variable] / dataset[f"theory_{variable}"]).mean("replicate")
        assert np.abs(log_ratio).max() < 0.06
        delta = dataset[f"{prefix}delta_rms"]
        rho = (delta.isel(layer=0) / delta.isel(layer=-1)) ** (1 / 3)
        theory = dataset["theory_chi"].isel(layer=slice(None, -1)).prod("layer") ** (1 / 6)
        assert np.abs(np.log(rho / theory).mean("replicate"))[1:].max() < 0.05


@pytest.mark.parametrize("activation", ["sigmoid", "relu"])
def test_depths_are_measured_as_if_each_net_were_alone(activation: str) -> None:
    """B04: the gradients that travel together equal those of one net at a time, written out."""
    module = load("depth_gradient")
    rng = np.random.default_rng(0)
    weights = [rng.standard_normal((12, 12)) / 12**0.5 for _ in range(5)]
    x, upstream = rng.standard_normal((3, 12)), rng.standard_normal((3, 3, 12))
    found = module.delta_ratios(activation, weights, x, upstream, (2, 3, 5))
    for index, depth in enumerate((2, 3, 5)):
        own = [module.SIGMA_W[activation] * w for w in weights[:depth]]
        z, h = [], x
        for w in own:
            z.append(h @ w)
            h = np.maximum(z[-1], 0) if activation == "relu" else 1 / (1 + np.exp(-z[-1]))
        slope = [np.where(a > 0, 1.0, 0.0) if activation == "relu" else np.cosh(a / 2) ** -2 / 4 for a in z]
        last = delta = upstream[index] * slope[-1]
        for w, below in zip(own[:0:-1], slope[-2::-1], strict=True):
            delta = delta @ w.T * below
        assert found[index] == pytest.approx(np.linalg.norm(delta) / np.linalg.norm(last), rel=1e-10)


def test_sigmoid_layers_follow_mean_field() -> None:
    """D03, D04: the spread and ρ at a width where theory is sharp."""
    dataset = measured("sigmoid_five_layers", range(2), width=800, n_inputs=100)
    module = load("sigmoid_five_layers")
    np.testing.assert_allclose(dataset["edges"].mean("replicate"), dataset["theory_edges"], atol=0.02)
    theory = mean_field("sigmoid", 800**0.5, 5).rho
    assert module.layer_factor(dataset, "delta_rms").mean() == pytest.approx(theory, rel=0.03)


def test_relu_arms_are_one_net_rescaled() -> None:
    """D19: ReLU is positively homogeneous, so layer l scales with the l-th power of the weights."""
    dataset = measured("relu_five_layers", range(2))
    stds = load("relu_five_layers").initial_stds(40)
    expected = dataset["rms"].sel(arm="he").values[:, None] * (stds / stds[-1])[:, None] ** np.arange(1, 6)
    np.testing.assert_allclose(dataset["rms"].values, expected, rtol=1e-10)
    assert float(dataset["theory_mean_square"].sel(arm="he", layer=5)) == pytest.approx(1)


def test_linear_fit_and_covariance_are_those_of_the_plain_computation() -> None:
    """D10: sums of products by blocks against lstsq, np.cov and eigenvalues on all inputs at once."""
    module = load("redundancy")
    rng = np.random.default_rng(0)
    x, weights = rng.standard_normal((400, 16)), [rng.standard_normal((16, 16)) / 4 for _ in range(3)]
    fit, held_out = module.product_sums(x[:200], weights)[0], module.product_sums(x[200:], weights)[0]
    found = module.statistics(fit, held_out, 400, True)
    first = h = np.tanh(0.64 * x @ weights[0])
    for w in weights[1:]:
        h = np.tanh(0.64 * h @ w)
    b = np.linalg.lstsq(x[:200], h[:200], rcond=None)[0]
    r2 = 1 - np.sum((h[200:] - x[200:] @ b) ** 2) / np.sum(h[200:] ** 2)
    eigenvalues = np.linalg.eigvalsh(np.cov(h.T, bias=True))
    assert found["r2"] == pytest.approx(r2, rel=1e-9)
    assert found["participation"] == pytest.approx(eigenvalues.sum() ** 2 / np.sum(eigenvalues**2), rel=1e-9)
    assert found["std"][0] == pytest.approx(np.sqrt(np.mean(first**2)), rel=1e-9)
    np.testing.assert_allclose(found["spectrum"], eigenvalues[::-1] / eigenvalues.sum(), rtol=1e-8)


def dataset_of(name: str, values: list[list[float]]) -> xr.DataArray:
    return xr.DataArray(values, dims=("replicate", "layer"), name=name)


def test_rho_is_the_geometric_mean_step() -> None:
    halving = dataset_of("delta_rms", [[0.125, 0.25, 0.5, 1.0], [8.0, 4.0, 2.0, 1.0]])
    assert load("wide_tanh").layer_factor(halving).values == pytest.approx([0.5, 2.0])
    assert load("wide_tanh_gradients").layer_factor(halving) == pytest.approx([0.5, 2.0])


def test_largest_step_up_is_found() -> None:
    assert load("wide_tanh").farthest_up(
        dataset_of("std", [[1.0, 0.5, 0.55], [1.0, 0.9, 0.1]])
    ) == pytest.approx([1.1, 0.9])


def test_ratio_farthest_from_one_is_found_on_the_log_scale() -> None:
    ratio = dataset_of("ratio", [[0.5, 1.9], [1.1, 0.95]])
    assert load("wide_tanh").farthest_from_one(ratio) == pytest.approx([0.5, 1.1])
