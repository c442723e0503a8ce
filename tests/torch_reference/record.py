"""Record what PyTorch computes, for the tests of reportgen.nn: ``python tests/torch_reference/record.py``.

Writes ``reference.npz`` beside this file: inputs and outputs in float64, named ``case/array``. Recorded with
PyTorch 2.13.0 on a CPU. Needs NumPy and PyTorch only, nothing of reportgen.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

REFERENCE = Path(__file__).with_name("reference.npz")

OPTIMIZERS = {
    "sgd": lambda p, lr: torch.optim.SGD(p, lr),
    "momentum": lambda p, lr: torch.optim.SGD(p, lr, momentum=0.9),
    "nesterov": lambda p, lr: torch.optim.SGD(p, lr, momentum=0.9, nesterov=True),
    "adagrad": lambda p, lr: torch.optim.Adagrad(p, lr, eps=1e-7),
    "rmsprop": lambda p, lr: torch.optim.RMSprop(p, lr, alpha=0.99, eps=1e-8),
    "adam": lambda p, lr: torch.optim.Adam(p, lr, betas=(0.9, 0.999), eps=1e-8),
}
ACTIVATIONS = {"relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid, "linear": lambda z: z}
XENT = "cross_entropy"
# name: widths, activation, batch norm, residual, loss, output, optimizer, learning rate, weight decay
RUNS = {
    "relu_sgd": ((6, 8, 8, 3), "relu", None, False, XENT, "linear", "sgd", 0.1, 0.0),
    "tanh_before_momentum": ((6, 8, 7, 3), "tanh", "before", False, XENT, "linear", "momentum", 0.05, 0.01),
    "sigmoid_after_adam": ((6, 8, 7, 3), "sigmoid", "after", False, XENT, "linear", "adam", 0.01, 0.0),
    "residual_nesterov": ((6, 8, 8, 3), "relu", "before", True, XENT, "linear", "nesterov", 0.05, 0.0),
    "autoencoder_rmsprop": ((6, 4, 6), "tanh", None, False, "mse", "sigmoid", "rmsprop", 0.003, 0.0),
    "logistic_adagrad": ((6, 1), "relu", None, False, "logistic", "linear", "adagrad", 0.1, 0.0),
    "every_second_sgd": ((6, 8, 7, 9, 8, 3), "tanh", "before", False, XENT, "linear", "sgd", 0.1, 0.0),
    "noisy_before_momentum": (
        (6, 8, 7, 3),
        "sigmoid",
        "before",
        False,
        XENT,
        "linear",
        "momentum",
        0.05,
        0.0,
    ),
    "noisy_after_sgd": ((6, 8, 8, 3), "relu", "after", True, XENT, "linear", "sgd", 0.05, 0.0),
}
BATCH_SIZE, N_STEPS = 10, 12


def record(seed: int = 0) -> dict[str, np.ndarray]:
    """Return all recordings for inputs drawn with this seed."""
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    out: dict[str, np.ndarray] = {}
    for case in (affine, activations, convolution, batch_norms, losses, initializers, optimizers):
        for name, value in case(rng).items():
            out[f"{case.__name__}/{name}"] = _numpy(value)
    for name in RUNS:
        for array, value in run(rng, name).items():
            out[f"{name}/{array}"] = _numpy(value)
    return out


def affine(rng):
    x, w, b = _leaves(rng, (5, 4), (4, 3), (3,))
    dz = _tensor(rng, 5, 3)
    z = x @ w + b
    z.backward(dz)
    return {"x": x, "w": w, "b": b, "dz": dz, "z": z, "dx": x.grad, "dw": w.grad, "db": b.grad}


def activations(rng):
    out = {"dh": _tensor(rng, 41)}
    for name, phi in ACTIVATIONS.items():
        z = torch.linspace(-10, 10, 41, dtype=torch.float64, requires_grad=True)
        h = phi(z)
        h.backward(out["dh"])
        out |= {"z": z, f"{name}_h": h, f"{name}_dz": z.grad}
    return out


def convolution(rng):
    x, w, b = _leaves(rng, (2, 3, 7, 6), (4, 3, 3, 2), (4,))
    z = functional.conv2d(x, w, b, stride=2, padding=1)
    dz = _tensor(rng, *z.shape)
    z.backward(dz)
    return {"x": x, "w": w, "b": b, "dz": dz, "z": z, "dx": x.grad, "dw": w.grad, "db": b.grad}


def batch_norms(rng):
    out = {}
    for name, layer, shape in (
        ("1d", torch.nn.BatchNorm1d(5), (12, 5)),
        ("2d", torch.nn.BatchNorm2d(3), (4, 3, 5, 4)),
    ):
        layer = layer.double()
        gamma, beta = rng.normal(size=(2, shape[1]))
        with torch.no_grad():
            layer.weight.copy_(torch.tensor(gamma))
            layer.bias.copy_(torch.tensor(beta))
        batches = 3 * rng.normal(size=(3, *shape)) + 2
        dy = _tensor(rng, *shape)
        for batch in batches:
            x = torch.tensor(batch, requires_grad=True)
            layer.zero_grad()
            y = layer(x)
            y.backward(dy)
        layer.eval()
        out |= {f"{name}_gamma": layer.weight, f"{name}_beta": layer.bias, f"{name}_batches": batches}
        out |= {f"{name}_dy": dy, f"{name}_y": y, f"{name}_dx": x.grad}
        out |= {f"{name}_dgamma": layer.weight.grad, f"{name}_dbeta": layer.bias.grad}
        out |= {f"{name}_mean": layer.running_mean, f"{name}_variance": layer.running_var}
        out |= {f"{name}_evaluated": layer(x)}
    return out


def losses(rng):
    labels = rng.integers(0, 4, 7)
    targets = rng.integers(0, 2, (7, 1)).astype(float)
    outputs = rng.normal(size=(7, 4))
    out = {"labels": labels, "targets": targets, "outputs": outputs}
    for name, n, loss in (
        ("cross_entropy", 4, lambda z: functional.cross_entropy(z, torch.tensor(labels))),
        ("logistic", 1, lambda z: functional.binary_cross_entropy_with_logits(z, torch.tensor(targets))),
        ("mse", 4, lambda z: functional.mse_loss(z, torch.tensor(outputs))),
    ):
        z = torch.tensor(30 * rng.normal(size=(7, n)), requires_grad=True)  # far out, where exp is dangerous
        value = loss(z)
        value.backward()
        out |= {f"{name}_z": z, f"{name}_loss": value, f"{name}_dz": z.grad}
    return out


def initializers(_rng):
    """Standard deviation and largest absolute value of 300 × 600 weights (n_in × n_out)."""
    out = {}
    for name, fill in (
        ("glorot", torch.nn.init.xavier_normal_),
        ("xavier_uniform", torch.nn.init.xavier_uniform_),
        ("he", lambda w: torch.nn.init.kaiming_normal_(w, nonlinearity="relu")),
        ("uniform_fan_in", lambda w: torch.nn.init.kaiming_uniform_(w, a=5**0.5)),
        ("xavier", lambda w: torch.nn.init.kaiming_normal_(w, nonlinearity="linear")),
    ):
        w = fill(torch.empty(600, 300, dtype=torch.float64))  # PyTorch stores (n_out, n_in)
        out |= {f"{name}_std": w.std(), f"{name}_max": w.abs().max()}
    return out


def optimizers(rng):
    """Paths of 8 steps with the gradient c·w + noise."""
    start, curvature = rng.normal(size=(3, 4)), np.exp(rng.normal(size=(3, 4)))
    noise = rng.normal(size=(8, 3, 4))
    noise[:, 0] *= 1e-8  # where ε matters
    start[0] = 0
    out = {"start": start, "curvature": curvature, "noise": noise}
    for name, make in OPTIMIZERS.items():
        w = torch.tensor(start, requires_grad=True)
        optimizer = make([w], 0.05)
        path = [w.detach().clone()]
        for n in noise:
            w.grad = (torch.tensor(curvature) * w + torch.tensor(n)).detach()
            optimizer.step()
            path.append(w.detach().clone())
        out[f"{name}_path"] = torch.stack(path)
    return out


class Net(torch.nn.Module):
    """The network of ``reportgen.nn.Network``, out of PyTorch's layers."""

    def __init__(self, widths, activation, batch_norm, residual, output, every):
        super().__init__()
        self.activation, self.output = ACTIVATIONS[activation], ACTIVATIONS[output]
        self.placement, self.residual = batch_norm, residual
        n_hidden = len(widths) - 2
        self.affines = torch.nn.ModuleList(
            torch.nn.Linear(
                n_in, n_out, bias=not (batch_norm == "before" and i < n_hidden and not (i + 1) % every)
            )
            for i, (n_in, n_out) in enumerate(pairwise(widths))
        )
        self.norms = torch.nn.ModuleList(
            torch.nn.BatchNorm1d(n) for n in widths[every:-1:every] if batch_norm
        )
        self.every = every
        self.noise = []  # (s, m) of every norm

    def norm(self, h, i):
        if (i + 1) % self.every:
            return h
        number = i // self.every
        h = self.norms[number](h)
        if self.training and self.noise:
            s, m = self.noise[number]
            h = s * h + m
        return h

    def forward(self, x):
        for i, affine_layer in enumerate(self.affines[:-1]):
            h = affine_layer(x)
            if self.placement == "before":
                h = self.norm(h, i)
            h = self.activation(h)
            if self.placement == "after":
                h = self.norm(h, i)
            x = x + h if self.residual and h.shape == x.shape else h
        return self.output(self.affines[-1](x))


def run(rng, name):
    """A whole small training run, its gradients by autograd."""
    widths, activation, batch_norm, residual, loss, output, optimizer, rate, weight_decay = RUNS[name]
    net = Net(widths, activation, batch_norm, residual, output, 2 if name.startswith("every_second") else 1)
    net = net.double()
    out = {}
    with torch.no_grad():
        for i, layer in enumerate(net.affines):
            w = rng.normal(size=layer.weight.shape[::-1]) * (2 / layer.weight.shape[1]) ** 0.5
            layer.weight.copy_(torch.tensor(w.T))
            if layer.bias is not None:
                layer.bias.zero_()
            out[f"initial_w{i}"] = w
    x = rng.normal(size=(N_STEPS, BATCH_SIZE, widths[0]))
    if loss == "cross_entropy":
        y = rng.integers(0, widths[-1], (N_STEPS, BATCH_SIZE))
        loss_of = functional.cross_entropy
    elif loss == "logistic":
        y = rng.integers(0, 2, (N_STEPS, BATCH_SIZE))
        loss_of = lambda z, t: functional.binary_cross_entropy_with_logits(z[:, 0], t.double())  # noqa: E731
    else:
        y = rng.random((N_STEPS, BATCH_SIZE, widths[-1]))
        loss_of = functional.mse_loss
    decays = [layer.weight for layer in net.affines]
    made = OPTIMIZERS[optimizer](list(net.parameters()), rate)
    losses_seen = []
    noisy = net.norms if name.startswith("noisy") else ()
    noises = [rng.normal(1, 0.3, (N_STEPS, 2, BATCH_SIZE, norm.num_features)) for norm in noisy]
    out |= {f"noise{i}": noise for i, noise in enumerate(noises)}
    for step, (batch, target) in enumerate(zip(x, y, strict=True)):
        net.noise = [torch.tensor(noise[step]) for noise in noises]
        made.zero_grad()
        value = loss_of(net(torch.tensor(batch)), torch.tensor(target))
        value.backward()
        for w in decays:
            w.grad += weight_decay * w.detach()
        made.step()
        losses_seen.append(value.item())
    net.eval()
    out |= {"x": x, "y": y, "losses": np.array(losses_seen)}
    out |= {"evaluated_loss": loss_of(net(torch.tensor(x[0])), torch.tensor(y[0]))}
    for i, layer in enumerate(net.affines):
        out[f"final_w{i}"] = layer.weight.T
    for i, norm in enumerate(net.norms):
        out |= {f"final_mean{i}": norm.running_mean, f"final_variance{i}": norm.running_var}
    return out


def _tensor(rng, *shape):
    return torch.tensor(rng.normal(size=shape))


def _leaves(rng, *shapes):
    return [_tensor(rng, *shape).requires_grad_() for shape in shapes]


def _numpy(value):
    return value.detach().numpy().copy() if isinstance(value, torch.Tensor) else np.asarray(value)


if __name__ == "__main__":
    recorded = record()
    np.savez_compressed(REFERENCE, **recorded)
    size = REFERENCE.stat().st_size
    print(f"{REFERENCE.name}: {len(recorded)} arrays, {size} bytes, PyTorch {torch.__version__}")
