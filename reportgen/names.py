"""What the things that experiments compare are called: one spelling for figures, labels and tables."""

from __future__ import annotations

import difflib

from reportgen.errors import ExperimentError
from reportgen.model import Text

_NAMES = {
    "tanh": Text(ko="tanh", en="tanh"),
    "relu": Text(ko="ReLU", en="ReLU"),
    "sigmoid": Text(ko="시그모이드", en="sigmoid"),
    "xavier": Text(ko="Xavier", en="Xavier"),
    "he": Text(ko="He", en="He"),
    "bn": Text(ko="배치 정규화", en="with BN"),
    "no_bn": Text(ko="정규화 없음", en="without BN"),
    "sgd": Text(ko="SGD", en="SGD"),
    "momentum": Text(ko="모멘텀", en="Momentum"),
    "nesterov": Text(ko="네스테로프", en="Nesterov"),
    "adagrad": Text(ko="AdaGrad", en="AdaGrad"),
    "rmsprop": Text(ko="RMSProp", en="RMSProp"),
    "adam": Text(ko="Adam", en="Adam"),
}


def name_of(role: str) -> Text:
    """Return the name of an activation, initializer, optimizer …: the words to a role of the palette."""
    try:
        return _NAMES[role]
    except KeyError:
        near = difflib.get_close_matches(role, _NAMES, n=3)
        hint = f"Did you mean {' or '.join(near)}?" if near else f"There is {', '.join(_NAMES)}."
        raise ExperimentError(f"{role!r} has no name", hint=hint) from None
