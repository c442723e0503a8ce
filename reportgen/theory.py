"""Closed forms that measurements are held against: mean-field recursions, quadratics, saddles, saturation.

Everything is float64 and NumPy only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Activation = Literal["tanh", "relu", "sigmoid", "linear"]
FloatArray = NDArray[np.float64]

#: RMS δ_{l−1}/RMS δ_l of affine → batch normalization → ReLU in a wide net with a large batch:
#: √(π/(π−1)) ≈ 1.211 whatever the weights' scale (Yang et al. 2019, "A mean field theory of batch
#: normalization").
BATCH_NORM_RELU_GAIN = math.sqrt(math.pi / (math.pi - 1.0))


# --- signal propagation ---


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanField:
    """What the mean-field recursion predicts for each hidden layer l = 1 … L; every array has shape ``(L,)``.

    Attributes
    ----------
    preactivation_variance
        q_l = Var z_l = σ_w² E[h_{l−1}²] + σ_b².
    activation_mean, activation_mean_square, activation_std
        E[h_l], E[h_l²], √(E[h_l²] − E[h_l]²) with h_l = φ(z_l), z_l ~ N(0, q_l).
    chi
        χ_l = σ_w² E[φ'(z_l)²]: what the backward signal's mean square is multiplied by on its way through
        layer l; σ_w is that of the weights above l (for the last layer its own), and widths are equal.
    """

    preactivation_variance: FloatArray
    activation_mean: FloatArray
    activation_mean_square: FloatArray
    activation_std: FloatArray
    chi: FloatArray

    @property
    def delta_ratio(self) -> float:
        """RMS δ_1 / RMS δ_L = (∏_{l<L} χ_l)^½."""
        return math.exp(self._log_delta_ratio())

    @property
    def rho(self) -> float:
        """ρ = (RMS δ_1 / RMS δ_L)^(1/(L−1)); raises ``ValueError`` for a single layer."""
        n_layers = len(self.chi)
        if n_layers < 2:
            raise ValueError("ρ needs at least two hidden layers")
        return math.exp(self._log_delta_ratio() / (n_layers - 1))

    def _log_delta_ratio(self) -> float:
        with np.errstate(divide="ignore"):  # χ = 0 is a net that passes nothing on: −∞, ratio 0
            return 0.5 * float(np.log(self.chi[:-1]).sum())


def mean_field(
    activation: Activation,
    sigma_w: float | Sequence[float],
    n_layers: int,
    *,
    q0: float = 1.0,
    sigma_b: float = 0.0,
) -> MeanField:
    """Iterate q_l = σ_w² E[φ(z_{l−1})²] + σ_b², z ~ N(0, q), from the input's mean square; no fixed point.

    Parameters
    ----------
    activation
        φ. The sigmoid's mean of ½ is part of E[h²] and so of the next layer's variance.
    sigma_w
        σ_w = std·√fan_in of every layer, or one value per layer (layers of different width).
    n_layers
        L ≥ 1, the number of hidden layers.
    q0
        Mean square of the input's components.
    sigma_b
        Standard deviation of the biases.

    Notes
    -----
    Source: Poole et al. 2016 (eq. 3); Schoenholz et al. 2017 (eq. 7), here with χ_l at the layer's own q_l.
    """
    gains = [float(sigma_w)] * n_layers if isinstance(sigma_w, (int, float)) else [float(s) for s in sigma_w]
    if n_layers < 1 or len(gains) != n_layers:
        raise ValueError(f"{n_layers} layers with {len(gains)} values of sigma_w")
    variances, means, spreads, slope_squares = np.empty((4, n_layers))
    mean_square = q0
    for layer, gain in enumerate(gains):
        variances[layer] = gain**2 * mean_square + sigma_b**2
        moments = gaussian_moments(activation, variances[layer])
        means[layer], spreads[layer], slope_squares[layer] = moments
        mean_square = means[layer] ** 2 + spreads[layer]
    return MeanField(
        preactivation_variance=variances,
        activation_mean=means,
        activation_mean_square=means**2 + spreads,
        activation_std=np.sqrt(spreads),
        chi=np.square([*gains[1:], gains[-1]]) * slope_squares,
    )


def gaussian_moments(activation: Activation, variance: float) -> tuple[float, float, float]:
    """Return E[φ(z)], Var φ(z) and E[φ'(z)²] for z ~ N(0, variance), to 1e-13 relative at any variance."""
    if activation == "linear":
        return 0.0, variance, 1.0
    if activation == "relu":
        return math.sqrt(variance / (2 * math.pi)), variance * (0.5 - 0.5 / math.pi), 0.5
    if activation == "tanh":
        square, slope_square = _tanh_moments(math.sqrt(variance))
        return 0.0, square, slope_square
    if activation == "sigmoid":  # σ(z) = (1 + tanh(z/2)) / 2
        square, slope_square = _tanh_moments(math.sqrt(variance) / 2)
        return 0.5, square / 4, slope_square / 16
    raise ValueError(f"unknown activation {activation!r}")


def _tanh_moments(std: float) -> tuple[float, float]:
    """Return E[tanh²(z)] and E[sech⁴(z)], z = std·u, u ~ N(0, 1), by the trapezoidal rule.

    For analytic integrands on the line the rule's error is e^(−2πd/step), d the distance of the nearest pole
    (π/2 for tanh): below 1e-40 here. Gauss–Hermite would need thousands of nodes at std 64. Up to std 1 the
    nodes are spaced in u; above, in z, where sech is the narrow factor, and E[tanh²] = 1 − E[sech²].
    """
    nodes = np.linspace(-40.0, 40.0, 801)  # sech²(40) = 7e-35; also ±40 standard deviations below std 1
    step = 0.1
    narrow = std <= 1.0
    z = std * nodes if narrow else nodes
    u = nodes if narrow else nodes / std
    weights = np.exp(-0.5 * u**2) * (step / math.sqrt(2 * math.pi) / (1.0 if narrow else std))
    slope = 1.0 / np.cosh(z) ** 2
    square = float(weights @ np.tanh(z) ** 2) if narrow else 1.0 - float(weights @ slope)
    return square, float(weights @ slope**2)


def tanh_saturation_probability(std: ArrayLike, threshold: float = 0.99) -> FloatArray:
    """Return P(|tanh z| > threshold) for z ~ N(0, std²), = erfc(artanh(threshold) / (√2·std))."""
    return _two_sided_tail(math.atanh(threshold), std)


def sigmoid_saturation_probability(std: ArrayLike, edge: float = 0.1) -> FloatArray:
    """Return P(σ(z) < edge or σ(z) > 1 − edge) for z ~ N(0, std²), = erfc(ln(1/edge − 1) / (√2·std))."""
    return _two_sided_tail(math.log(1 / edge - 1), std)


def _two_sided_tail(z: float, std: ArrayLike) -> FloatArray:
    std = np.asarray(std, dtype=np.float64)
    tails = [math.erfc(z / (math.sqrt(2) * s)) if s > 0 else 0.0 for s in std.flat]
    return np.array(tails).reshape(std.shape)


def he_activation_mean(mean_square: float = 1.0) -> float:
    """Return E[h] behind a He-initialized ReLU layer whose input has this mean square: √(mean_square/π)."""
    return math.sqrt(mean_square / math.pi)


def relu_rms_gain(sigma_w: float) -> float:
    """Return RMS(h_l)/RMS(h_{l−1}) = σ_w/√2 of a ReLU layer: 1/√2 for Xavier (σ_w = 1), 1 for He (√2)."""
    return sigma_w / math.sqrt(2)


# --- gradient descent on a quadratic ---


def critical_learning_rate(
    curvature: ArrayLike, *, momentum: float = 0.0, nesterov: bool = False
) -> FloatArray:
    """Return the learning rate above which descent on f = ½λx² diverges, λ the largest curvature.

    Gradient descent: 2/λ. Momentum μ: 2(1 + μ)/λ. Nesterov: 2(1 + μ)/((1 + 2μ)λ).
    """
    curvature = np.asarray(curvature, dtype=np.float64)
    return np.asarray(2 * (1 + momentum) / ((1 + 2 * momentum if nesterov else 1.0) * curvature))


def spectral_radius(
    curvature: ArrayLike, learning_rate: ArrayLike, *, momentum: float = 0.0, nesterov: bool = False
) -> FloatArray:
    """Return the factor per step by which descent on f = ½λx² shrinks (< 1) or grows (> 1) in the long run.

    Momentum μ (v ← μv − ηf'(x), x ← x + v): the largest root in modulus of r² − (1 + μ − ηλ) r + μ = 0; plain
    descent is μ = 0, |1 − ηλ|. Nesterov (the gradient is taken at x + μv): of
    r² − (1 + μ)(1 − ηλ) r + μ(1 − ηλ) = 0. ``curvature`` and ``learning_rate`` are broadcast.
    """
    step = np.asarray(curvature, dtype=np.float64) * np.asarray(learning_rate, dtype=np.float64)
    if nesterov:
        trace, determinant = (1 + momentum) * (1 - step), momentum * (1 - step)
    else:
        trace, determinant = 1 + momentum - step, np.full_like(step, momentum)
    root = np.sqrt((trace**2 - 4 * determinant).astype(np.complex128))
    return np.asarray(np.maximum(np.abs(trace + root), np.abs(trace - root)) / 2)


def nesterov_bound(smoothness: float, distance: float, step: ArrayLike) -> FloatArray:
    """Return 2L‖x_0 − x*‖²/(k + 1)², Nesterov's bound on f(x_k) − f* (Beck & Teboulle 2009, theorem 4.4)."""
    return np.asarray(2 * smoothness * distance**2 / (np.asarray(step, dtype=np.float64) + 1) ** 2)


def saddle_escape_steps(start: ArrayLike, learning_rate: float, threshold: float = 1.0) -> FloatArray:
    """Return ln(threshold/|y_0|)/ln(1 + 2η), the steps until |y| = threshold by descent on f = x² − y²."""
    ratio = threshold / np.abs(np.asarray(start, dtype=np.float64))
    return np.asarray(np.log(ratio) / math.log1p(2 * learning_rate))


def adam_step_gain(
    step: ArrayLike, *, beta1: float = 0.9, beta2: float = 0.999, bias_correction: bool = True
) -> FloatArray:
    """Return |Δx|/η of Adam's step t = 1, 2, … under a constant gradient, ε = 0.

    With correction 1 at every step; without, (1 − β1^t)/√(1 − β2^t): 3.16 at t = 1 with the usual settings.
    """
    step = np.asarray(step, dtype=np.float64)
    if bias_correction:
        return np.ones_like(step)
    return np.asarray((1 - beta1**step) / np.sqrt(1 - beta2**step))


def momentum_velocity_gain(momentum: float) -> float:
    """Return v_∞/g of the velocity v ← μv + g under a constant gradient g: 1/(1 − μ), not a mean."""
    return 1 / (1 - momentum)
