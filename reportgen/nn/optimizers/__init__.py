"""The six optimizers of the lecture, one file each; ``base`` says what they share."""

from reportgen.nn.optimizers.adagrad import AdaGrad
from reportgen.nn.optimizers.adam import Adam
from reportgen.nn.optimizers.base import Optimizer
from reportgen.nn.optimizers.momentum import Momentum, Nesterov
from reportgen.nn.optimizers.rmsprop import RMSProp
from reportgen.nn.optimizers.sgd import SGD

__all__ = ["SGD", "AdaGrad", "Adam", "Momentum", "Nesterov", "Optimizer", "RMSProp", "by_name"]


def by_name() -> dict[str, Optimizer]:
    """Return all six with their default settings, in the lecture's order: what a comparison goes through."""
    return {
        "sgd": SGD(),
        "momentum": Momentum(),
        "nesterov": Nesterov(),
        "adagrad": AdaGrad(),
        "rmsprop": RMSProp(),
        "adam": Adam(),
    }
