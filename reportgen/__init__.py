"""reportgen: an experiment for every claim of a lecture, judged by statistics and typeset as a handout."""

from reportgen.model import Check, Claim, Erratum, Experiment, Figure, Text, Verdict
from reportgen.names import name_of
from reportgen.variables import variable

__version__ = "0.1.0"
__all__ = [
    "Check",
    "Claim",
    "Erratum",
    "Experiment",
    "Figure",
    "Text",
    "Verdict",
    "__version__",
    "name_of",
    "variable",
]
