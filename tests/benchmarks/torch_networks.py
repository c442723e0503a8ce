"""The peers in PyTorch: one network at a time, and R together by ``bmm`` and by ``torch.func.vmap``.

float32, one thread, gradients by autograd, ``zero_grad`` to None, and of every optimizer the fastest of
PyTorch's own implementations (``fused`` where there is one for the CPU, else ``foreach``). Each gets what
favors it: no bias before a batch norm, no running statistics under ``vmap``. PyTorch's matrix library is MKL,
which has no switch for its kernels like OpenBLAS's.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import nn
from torch.func import functional_call, grad_and_value, stack_module_state, vmap
from torch.nn import functional

Step = Callable[[], torch.Tensor]
Optimizer = Callable[[Sequence[torch.Tensor]], torch.optim.Optimizer]


def optimizer(name: str, lr: float) -> Optimizer:
    """Return the constructor of an optimizer in its fastest form on a CPU."""
    optim = torch.optim
    return {
        "SGD": lambda params: optim.SGD(params, lr, fused=True),
        "Momentum": lambda params: optim.SGD(params, lr, momentum=0.9, fused=True),
        "Nesterov": lambda params: optim.SGD(params, lr, momentum=0.9, nesterov=True, fused=True),
        "AdaGrad": lambda params: optim.Adagrad(params, lr, eps=1e-7, fused=True),
        "RMSProp": lambda params: optim.RMSprop(params, lr, foreach=True),
        "Adam": lambda params: optim.Adam(params, lr, fused=True),
    }[name]


def sequential(
    weights: Sequence[np.ndarray], x: np.ndarray, labels: np.ndarray, make: Optimizer, *, batch_norm: bool
) -> Step:
    """Return the step of one network made of ``nn.Linear``, ``nn.BatchNorm1d`` and ``nn.ReLU``."""
    network = _module(weights, batch_norm=batch_norm, track_running_stats=True)
    inputs, targets = _tensor(x), torch.from_numpy(labels)
    update = make(list(network.parameters()))

    def step() -> torch.Tensor:
        update.zero_grad()
        loss = functional.cross_entropy(network(inputs), targets)
        loss.backward()
        update.step()
        return loss.detach()

    return step


def batched(
    weights: Sequence[Sequence[np.ndarray]],
    x: np.ndarray,
    labels: np.ndarray,
    make: Optimizer,
    *,
    batch_norm: bool,
) -> Step:
    """Return the step of R networks: x (R, batch, n), products by ``torch.bmm``/``baddbmm``."""
    n_networks, n_layers = len(weights), len(weights[0])
    layers = [
        torch.stack([_tensor(w) for w in layer]).requires_grad_() for layer in zip(*weights, strict=True)
    ]
    last = n_layers - 1
    vectors: list[torch.Tensor] = []
    biases: list[torch.Tensor | None] = []
    norms: list[tuple[torch.Tensor, ...]] = []
    for index, w in enumerate(layers):
        shape = (n_networks, 1, w.shape[2])
        if batch_norm and index < last:
            gamma, beta = torch.ones(shape[0] * shape[2]), torch.zeros(shape[0] * shape[2])
            norms.append((gamma, beta, beta.clone(), gamma.clone()))
            biases.append(None)
            vectors += [gamma.requires_grad_(), beta.requires_grad_()]
        else:
            bias = torch.zeros(shape, requires_grad=True)
            biases.append(bias)
            vectors.append(bias)
    inputs, targets = _tensor(x), torch.from_numpy(labels)
    update = make([*layers, *vectors])

    def forward() -> torch.Tensor:
        h = inputs
        for index, (w, bias) in enumerate(zip(layers, biases, strict=True)):
            z = torch.bmm(h, w) if bias is None else torch.baddbmm(bias, h, w)
            if bias is None:
                # (R, batch, n) as (batch, R·n): one call of the fused kernel normalizes all networks.
                gamma, beta, mean, variance = norms[index]
                flat = z.transpose(0, 1).reshape(z.shape[1], -1)
                flat = functional.batch_norm(flat, mean, variance, gamma, beta, training=True)
                z = flat.view(z.shape[1], n_networks, -1).transpose(0, 1)
            h = torch.relu(z) if index < last else z
        return h

    def step() -> torch.Tensor:
        update.zero_grad()
        outputs = forward()
        per_row = functional.cross_entropy(outputs.flatten(0, 1), targets.flatten(), reduction="none")
        loss = per_row.view(n_networks, -1).mean(dim=1)
        loss.sum().backward()
        update.step()
        return loss.detach()

    return step


def vmapped(
    weights: Sequence[Sequence[np.ndarray]],
    x: np.ndarray,
    labels: np.ndarray,
    make: Optimizer,
    *,
    batch_norm: bool,
) -> Step:
    """Return the step of R networks by ``vmap`` over the gradient of one: x (R, batch, n)."""
    modules = [_module(w, batch_norm=batch_norm, track_running_stats=False) for w in weights]
    params, _ = stack_module_state(modules)
    inputs, targets = _tensor(x), torch.from_numpy(labels)
    update = make(list(params.values()))

    def loss_of(one: dict[str, torch.Tensor], rows: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        return functional.cross_entropy(functional_call(modules[0], one, (rows,)), target)

    gradient = vmap(grad_and_value(loss_of))

    def step() -> torch.Tensor:
        detached = {name: p.detach() for name, p in params.items()}
        grads, loss = gradient(detached, inputs, targets)
        for name, p in params.items():
            p.grad = grads[name]
        update.step()
        return loss

    return step


def _module(weights: Sequence[np.ndarray], *, batch_norm: bool, track_running_stats: bool) -> nn.Sequential:
    layers: list[nn.Module] = []
    for index, w in enumerate(weights):
        is_hidden = index < len(weights) - 1
        linear = nn.Linear(*w.shape, bias=not (batch_norm and is_hidden))
        with torch.no_grad():
            linear.weight.copy_(_tensor(w).T)
            if linear.bias is not None:
                linear.bias.zero_()
        layers.append(linear)
        if is_hidden:
            if batch_norm:
                layers.append(nn.BatchNorm1d(w.shape[1], track_running_stats=track_running_stats))
            layers.append(nn.ReLU())
    return nn.Sequential(*layers)


def _tensor(a: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(a, np.float32))
