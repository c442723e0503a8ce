"""The peer: a network in plain NumPy as it is usually taught, one at a time, written from the formulas.

A class per layer with ``forward`` and ``backward``, parameters and gradients in dictionaries, optimizers that
go through the dictionary, new arrays for every result, and float64, because that is what NumPy gives when one
does not ask. Nothing is done to slow it down.
"""

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import numpy as np

Arrays = dict[str, np.ndarray]


class Affine:
    """z = x W + b."""

    def __init__(self, params: Arrays, index: int) -> None:
        self.params = params
        self.names = f"W{index}", f"b{index}"

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.x = x
        w, b = (self.params[name] for name in self.names)
        return np.dot(x, w) + b

    def backward(self, dout: np.ndarray, grads: Arrays) -> np.ndarray:
        w, b = self.names
        grads[w] = np.dot(self.x.T, dout)
        grads[b] = np.sum(dout, axis=0)
        return np.dot(dout, self.params[w].T)


class Relu:
    """max(x, 0), by a mask, as it is usually taught; x · (x > 0) would be faster."""

    def forward(self, x: np.ndarray) -> np.ndarray:
        self.mask = x <= 0
        out = x.copy()
        out[self.mask] = 0
        return out

    def backward(self, dout: np.ndarray, grads: Arrays) -> np.ndarray:  # noqa: ARG002
        dout = dout.copy()
        dout[self.mask] = 0
        return dout


class BatchNormalization:
    """y = γ (x − μ)/√(σ² + ε) + β, with running statistics for evaluation."""

    eps = 1e-5
    momentum = 0.9

    def __init__(self, params: Arrays, index: int) -> None:
        self.params = params
        self.names = f"gamma{index}", f"beta{index}"
        self.running_mean = np.zeros_like(params[self.names[0]])
        self.running_var = np.ones_like(params[self.names[0]])

    def forward(self, x: np.ndarray) -> np.ndarray:
        mu = x.mean(axis=0)
        self.centered = x - mu
        var = np.mean(self.centered**2, axis=0)
        self.std = np.sqrt(var + self.eps)
        self.normalized = self.centered / self.std
        self.running_mean = self.momentum * self.running_mean + (1 - self.momentum) * mu
        self.running_var = self.momentum * self.running_var + (1 - self.momentum) * var
        gamma, beta = (self.params[name] for name in self.names)
        return gamma * self.normalized + beta

    def backward(self, dout: np.ndarray, grads: Arrays) -> np.ndarray:
        gamma, beta = self.names
        n = len(dout)
        grads[beta] = dout.sum(axis=0)
        grads[gamma] = np.sum(self.normalized * dout, axis=0)
        dnormalized = self.params[gamma] * dout
        dvar = np.sum(dnormalized * self.centered, axis=0) * -0.5 / self.std**3
        dcentered = dnormalized / self.std + (2 / n) * self.centered * dvar
        return dcentered - dcentered.mean(axis=0)


class SoftmaxWithLoss:
    """−mean log softmax(z)[label]."""

    def forward(self, z: np.ndarray, labels: np.ndarray) -> float:
        exponentials = np.exp(z - np.max(z, axis=1, keepdims=True))
        self.p = exponentials / np.sum(exponentials, axis=1, keepdims=True)
        self.labels = labels
        return float(-np.mean(np.log(self.p[np.arange(len(labels)), labels] + 1e-12)))

    def backward(self) -> np.ndarray:
        dz = self.p.copy()
        dz[np.arange(len(dz)), self.labels] -= 1
        return dz / len(dz)


class PlainNetwork:
    """Affine – [batch norm] – ReLU, repeated, and an affine layer with softmax at the end."""

    def __init__(self, weights: list[np.ndarray], *, batch_norm: bool) -> None:
        self.params: Arrays = {}
        self.layers: list[Any] = []
        for index, w in enumerate(weights):
            self.params[f"W{index}"] = w.astype(np.float64)
            self.params[f"b{index}"] = np.zeros(w.shape[1])
            self.layers.append(Affine(self.params, index))
            if index == len(weights) - 1:
                break
            if batch_norm:
                self.params[f"gamma{index}"] = np.ones(w.shape[1])
                self.params[f"beta{index}"] = np.zeros(w.shape[1])
                self.layers.append(BatchNormalization(self.params, index))
            self.layers.append(Relu())
        self.last = SoftmaxWithLoss()

    def loss_and_gradient(self, x: np.ndarray, labels: np.ndarray) -> tuple[float, Arrays]:
        for layer in self.layers:
            x = layer.forward(x)
        loss = self.last.forward(x, labels)
        grads: Arrays = {}
        dout = self.last.backward()
        for layer in reversed(self.layers):
            dout = layer.backward(dout, grads)
        return loss, grads

    def accuracy(self, x: np.ndarray, labels: np.ndarray) -> float:
        """Return the accuracy in evaluation mode."""
        for layer in self.layers:
            if isinstance(layer, BatchNormalization):
                gamma, beta = (self.params[name] for name in layer.names)
                std = np.sqrt(layer.running_var + layer.eps)
                x = gamma * (x - layer.running_mean) / std + beta
            else:
                x = layer.forward(x)
        return float(np.mean(np.argmax(x, axis=1) == labels))


def zeros_like(params: Arrays) -> Arrays:
    return {key: np.zeros_like(value) for key, value in params.items()}


class SGD:
    def __init__(self, lr: float) -> None:
        self.lr = lr

    def update(self, params: Arrays, grads: Arrays) -> None:
        for key in params:
            params[key] -= self.lr * grads[key]


class Momentum:
    def __init__(self, lr: float, momentum: float = 0.9) -> None:
        self.lr, self.momentum = lr, momentum
        self.v: Arrays = {}

    def update(self, params: Arrays, grads: Arrays) -> None:
        self.v = self.v or zeros_like(params)
        for key in params:
            self.v[key] = self.momentum * self.v[key] - self.lr * grads[key]
            params[key] += self.v[key]


class Nesterov(Momentum):
    def update(self, params: Arrays, grads: Arrays) -> None:
        self.v = self.v or zeros_like(params)
        for key in params:
            self.v[key] = self.momentum * self.v[key] - self.lr * grads[key]
            params[key] += self.momentum * self.v[key] - self.lr * grads[key]


class AdaGrad:
    def __init__(self, lr: float, eps: float = 1e-7) -> None:
        self.lr, self.eps = lr, eps
        self.h: Arrays = {}

    def update(self, params: Arrays, grads: Arrays) -> None:
        self.h = self.h or zeros_like(params)
        for key in params:
            self.h[key] += grads[key] * grads[key]
            params[key] -= self.lr * grads[key] / (np.sqrt(self.h[key]) + self.eps)


class RMSProp:
    def __init__(self, lr: float, decay: float = 0.99, eps: float = 1e-8) -> None:
        self.lr, self.decay, self.eps = lr, decay, eps
        self.h: Arrays = {}

    def update(self, params: Arrays, grads: Arrays) -> None:
        self.h = self.h or zeros_like(params)
        for key in params:
            self.h[key] *= self.decay
            self.h[key] += (1 - self.decay) * grads[key] * grads[key]
            params[key] -= self.lr * grads[key] / (np.sqrt(self.h[key]) + self.eps)


class Adam:
    def __init__(self, lr: float, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8) -> None:
        self.lr, self.beta1, self.beta2, self.eps = lr, beta1, beta2, eps
        self.m: Arrays = {}
        self.v: Arrays = {}
        self.t = 0

    def update(self, params: Arrays, grads: Arrays) -> None:
        self.m, self.v = self.m or zeros_like(params), self.v or zeros_like(params)
        self.t += 1
        for key in params:
            self.m[key] = self.beta1 * self.m[key] + (1 - self.beta1) * grads[key]
            self.v[key] = self.beta2 * self.v[key] + (1 - self.beta2) * grads[key] ** 2
            m_hat = self.m[key] / (1 - self.beta1**self.t)
            v_hat = self.v[key] / (1 - self.beta2**self.t)
            params[key] -= self.lr * m_hat / (np.sqrt(v_hat) + self.eps)


OPTIMIZERS: Mapping[str, Callable[[float], Any]] = {
    "SGD": SGD,
    "Momentum": Momentum,
    "Nesterov": Nesterov,
    "AdaGrad": AdaGrad,
    "RMSProp": RMSProp,
    "Adam": Adam,
}


def he_weights(widths: tuple[int, ...], rng: np.random.Generator) -> list[np.ndarray]:
    """Return initial weights of the layers between these widths."""
    return [rng.standard_normal(shape) * np.sqrt(2 / shape[0]) for shape in pairwise(widths)]
