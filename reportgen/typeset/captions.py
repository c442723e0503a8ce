"""Captions and sentences outside a handout: as HTML of a plain page, and as text for slides."""

from __future__ import annotations

import html
import re

from reportgen.errors import ProjectError
from reportgen.typeset.formulas import FormulaError, set_formula
from reportgen.typeset.markdown import make_markdown
from reportgen.typeset.view import Cache

_LETTERS = (
    "alpha beta gamma delta epsilon varepsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau"
    " upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega nabla partial"
)
_TIGHT = dict(zip(_LETTERS.split(), "αβγδεεζηθικλμνξπρστυφφχψωΓΔΘΛΞΠΣΦΨΩ∇∂", strict=True))
_SIGNS = {
    **_TIGHT,
    **{"times": "×", "cdot": "·", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "approx": "≈", "ne": "≠"},
    **{"neq": "≠", "to": "→", "rightarrow": "→", "leftarrow": "←", "infty": "∞", "pm": "±"},
    **{"sum": "∑", "prod": "∏", "int": "∫", "in": "∈", "sim": "∼", "propto": "∝", "ll": "≪"},
    **{"gg": "≫", "dots": "…", "ldots": "…", "cdots": "⋯", "top": "ᵀ", "odot": "⊙", "circ": "∘", "ell": "ℓ"},
    **{"langle": "⟨", "rangle": "⟩", "lVert": "‖", "rVert": "‖", "mid": "|", "neg": "¬", "quad": " "},
}
_RAISED = dict(zip("0123456789+-−=()nilᵀ′", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱˡᵀ′", strict=True))
_LOWERED = dict(zip("0123456789+-−=()aeioruxhklmnpst", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑᵢₒᵣᵤₓₕₖₗₘₙₚₛₜ", strict=True))
_DONE = "\ue000"  # behind a sign that stays as it is
_GROUP = r"(?:\{((?:[^{}]|\{[^{}]*\})*)\}|(\\?\w|ᵀ))"
_INLINE = re.compile(r"(`+)(.+?)\1|\$([^$]+)\$")


def caption_html(text: str, *, cache: Cache) -> str:
    """Return inline Markdown as HTML, its formulas as MathML."""

    def formula(tex: str, display: bool) -> str:
        try:
            return set_formula(tex, display=display, cache=cache).mathml
        except FormulaError as error:
            raise ProjectError(f"formula cannot be set: {error}", hint=" ".join(tex.split())) from error

    return str(make_markdown(formula, wrap=False).renderInline(text)).strip()


def caption_text(text: str) -> str:
    """Return inline Markdown as plain text, its formulas in Unicode as far as that goes."""

    def replaced(match: re.Match[str]) -> str:
        return match[2] if match[1] else formula_text(match[3])

    plain = re.sub(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1", r"\2", _INLINE.sub(replaced, text))
    plain = re.sub(r"(?<![\w*])\*(?=\S)([^*]+?)(?<=\S)\*(?![\w*])", r"\1", plain)
    plain = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", plain)
    return html.unescape(" ".join(plain.split()))


def formula_text(tex: str) -> str:
    """Return a formula as text: √(2/n), σ², x₀; what Unicode lacks keeps its ``_`` or ``^``."""
    text = re.sub(r"\\[,;:!> ]|\\(?:left|right|displaystyle)(?![A-Za-z])", " ", tex)
    before = ""
    while before != text:  # from the inside out
        before = text
        text = re.sub(r"\\(?:mathrm|mathbf|mathbb|text|operatorname|bar|hat|tilde)\{([^{}]*)\}", r"\1", text)
        text = re.sub(r"\\[td]?frac\{([^{}]*)\}\{([^{}]*)\}", _fraction, text)
        text = re.sub(r"\\sqrt\{([^{}]*)\}", lambda m: f"√{_held(m[1])}", text)
        text = re.sub(r"\\(top)(?![A-Za-z])", "ᵀ", text)
        text = re.sub(rf"\^{_GROUP}", lambda m: _shifted(m, _RAISED, "^"), text)
        text = re.sub(rf"_{_GROUP}", lambda m: _shifted(m, _LOWERED, "_"), text)
    text = re.sub(r"\\([A-Za-z]+)(\s*(?=[A-Za-z]))?", _sign, text)
    text = (
        text.replace(_DONE, "")
        .replace("{", "")
        .replace("}", "")
        .replace("-", "−")
        .replace("'", "′")
        .replace("\\", "")
    )
    return re.sub(r"(?<=\w) (?=[(′])", "", " ".join(text.split()))


def _sign(match: re.Match[str]) -> str:
    name, before_letter = match[1], match[2] is not None
    if name in _SIGNS:
        return _SIGNS[name] + (match[2] or "" if name not in _TIGHT else "")
    return f"{name} " if before_letter else name


def _fraction(match: re.Match[str]) -> str:
    return f"{_held(match[1])}/{_held(match[2])}"


def _held(part: str) -> str:
    return part if re.fullmatch(r"[\w.√]+|\[[^\]]*\]|\\[A-Za-z]+", part) else f"({part})"


def _shifted(match: re.Match[str], characters: dict[str, str], sign: str) -> str:
    inner = match[1] if match[1] is not None else match[2]
    if all(c in characters for c in inner):
        return "".join(characters[c] for c in inner)
    return f"{sign}{_DONE}{_held(inner)}"
