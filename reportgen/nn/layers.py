"""Every layer under one name; each stands in the file of its subject."""

from reportgen.nn.activations import (
    activate,
    activate_backward,
    relu,
    relu_backward,
    sigmoid,
    sigmoid_backward,
    tanh,
    tanh_backward,
)
from reportgen.nn.affine import affine_backward, affine_forward
from reportgen.nn.batch_norm import (
    batch_norm_2d_backward,
    batch_norm_2d_forward,
    batch_norm_2d_inference,
    batch_norm_backward,
    batch_norm_forward,
    batch_norm_inference,
    initial_statistics,
)
from reportgen.nn.convolution import convolution_backward, convolution_forward
from reportgen.nn.dropout import dropout_backward, dropout_forward, dropout_mask
from reportgen.nn.noise import noise_backward, noise_draw, noise_forward
from reportgen.nn.residual import residual_backward, residual_forward

__all__ = [
    "activate",
    "activate_backward",
    "affine_backward",
    "affine_forward",
    "batch_norm_2d_backward",
    "batch_norm_2d_forward",
    "batch_norm_2d_inference",
    "batch_norm_backward",
    "batch_norm_forward",
    "batch_norm_inference",
    "convolution_backward",
    "convolution_forward",
    "dropout_backward",
    "dropout_forward",
    "dropout_mask",
    "initial_statistics",
    "noise_backward",
    "noise_draw",
    "noise_forward",
    "relu",
    "relu_backward",
    "residual_backward",
    "residual_forward",
    "sigmoid",
    "sigmoid_backward",
    "tanh",
    "tanh_backward",
]
