"""Korean particles that agree with what stands before them, and words that do not break in the middle."""

from __future__ import annotations

import re

_PAIRS = (
    "은/는",
    "이/가",
    "을/를",
    "과/와",
    "으로/로",
    "이나/나",
    "이라/라",
    "이란/란",
    "이며/며",
    "이다/다",
    "이고/고",
    "아/야",
)
_BY_SPELLING = {p: p for p in _PAIRS} | {"/".join(reversed(p.split("/"))): p for p in _PAIRS}

_NO, _YES, _RIEUL = "", "x", "ㄹ"  # what the last syllable closes with
_DIGITS = dict(zip("0123456789", "영일이삼사오육칠팔구", strict=True))
_UNITS = {
    "%": "퍼센트", "‰": "퍼밀", "°": "도", "s": "초", "ms": "초", "µs": "초", "μs": "초", "ns": "초",
    "mm": "미터", "cm": "미터", "m": "미터", "px": "픽셀", "pt": "포인트", "kB": "바이트", "MB": "바이트",
    "GB": "바이트", "Hz": "츠", "GHz": "츠", "dB": "벨", "g": "그램", "kg": "그램", "K": "빈",
}  # fmt: skip
_LETTERS = {
    "l": "엘", "m": "엠", "n": "엔", "r": "알",
    "ε": "론", "ϵ": "론", "υ": "론", "ο": "론",
}  # fmt: skip
# Spoken forms that the rule for Latin words gets wrong.
_WORDS = {
    "he": "허", "xavier": "어", "relu": "루", "tanh": "트", "sigmoid": "드", "batch": "치", "epoch": "폭",
    "loss": "스", "gradient": "트", "rmsprop": "롭", "adagrad": "드", "nesterov": "프", "adam": "담",
    "momentum": "텀", "dropout": "웃", "softmax": "스", "dataset": "셋", "mnist": "트", "digits": "츠",
    "numpy": "이", "pytorch": "치", "std": "디", "rms": "스", "sgd": "디", "weight": "트", "type": "입",
    "rate": "트", "update": "트", "test": "트", "affine": "인",
}  # fmt: skip
_TEX_LETTERS = {"varepsilon": "론", "epsilon": "론", "infty": "대"}

_HANGUL = "\uac00-\ud7a3"
_JOINT = re.compile(rf"(?<=[{_HANGUL}])(?=[{_HANGUL}])|(?<=[A-Za-z0-9)\]%’”」』])(?=[{_HANGUL}])")
WORD_JOINER = "\u2060"


def choose_particle(word: str, pair: str) -> str:
    """Return the particle of ``"은/는"`` (either order) that follows ``word``.

    Numbers agree with how they are read (10 십, 0.5 영점오), Latin words with their usual transcription, and
    a bracket at the end is passed over: 기울기(gradient)**는**.
    """
    pair = _BY_SPELLING.get(pair, pair)
    closed, _, open_ = pair.partition("/")
    if not open_:
        raise ValueError(f"{pair!r} is no pair of particles such as '은/는'")
    final = _final(word)
    if final == _RIEUL and closed.startswith("으"):
        return open_
    return closed if final else open_


def agree(word: str, pair: str) -> str:
    """Return ``word`` with the particle that fits it."""
    return word + choose_particle(word, pair)


def knows_pair(pair: str) -> bool:
    return pair in _BY_SPELLING


def join_words(text: str) -> str:
    """Put U+2060 where a Korean word must not break: between syllables, and after Latin or a bracket."""
    return _JOINT.sub(WORD_JOINER, text)


def _final(word: str) -> str:
    """Return what the last spoken syllable closes with: nothing, ㄹ or another consonant."""
    word = re.sub(r"[\u2060\s\u202f.,;:!?…\"'’”」』*`]+$", "", word)
    if numbered := re.search(r"\s\((?:\d+\.)*(\d+)\)$", word):  # 식 (4.2)를: the number is read
        return _final_of_number(numbered[1])
    while (shorter := re.sub(r"\s*(\([^()]*\)|\[[^\[\]]*\])$", "", word)) != word and shorter:
        word = shorter
    word = word.rstrip(")]")
    if not word:
        return _NO
    if re.search(r"[⁰¹²³⁴⁵⁶⁷⁸⁹]$", word):
        return "ㅇ"  # …승
    number = re.search(r"(\d[\d,]*(?:\.\d+)?)[\s\u202f]*(%|‰|°|[A-Za-zµμ]{1,3})?$", word)
    if number:
        unit = number.group(2)
        if unit is None:
            return _final_of_number(number.group(1).replace(",", ""))
        if unit in _UNITS:
            return _final_of_syllable(_UNITS[unit][-1])
    last = word[-1]
    if "가" <= last <= "힣":
        return _final_of_syllable(last)
    if last in "∞":
        return _NO
    latin = re.search(r"[A-Za-z]+$", word)
    if latin:
        return _final_of_latin(latin.group())
    return _final_of_syllable(_LETTERS.get(last.lower(), "가"))


def _final_of_syllable(syllable: str) -> str:
    index = (ord(syllable) - 0xAC00) % 28
    return _RIEUL if index == 8 else _YES if index else _NO


def _final_of_number(digits: str) -> str:
    if "." in digits or not digits.strip("0"):
        return _final_of_syllable(_DIGITS[digits[-1]])
    zeros = len(digits) - len(digits.rstrip("0"))
    if not zeros:
        return _final_of_syllable(_DIGITS[digits[-1]])
    if zeros >= 12:
        return _NO  # 조
    return _YES  # 십, 백, 천, 만, 억


def _final_of_latin(word: str) -> str:
    known = _WORDS.get(word.lower())
    if known:
        return _final_of_syllable(known[-1])
    if len(word) == 1 or (word.isupper() and len(word) <= 5):  # spelt letter by letter
        return _final_of_syllable(_LETTERS.get(word[-1].lower(), "가")[-1])
    low = word.lower()
    if re.search(r"(l|le|ll)$", low):
        return _RIEUL
    if re.search(r"([mn]|[aeiou]ne|[aeiou]me|ng)$", low):
        return _YES
    if re.search(r"(^|[^aeiou])[aeiou][ptk]$|ck$", low):
        return _YES
    return _NO


def spoken_tex(tex: str) -> str:
    r"""Return a word that ends like a formula is read: ``\rho`` → rho, ``x_{1}`` → 1."""
    token = re.findall(r"\\[A-Za-z]+|[A-Za-z]|\d[\d.]*|[가-힣]+", tex)
    if not token:
        return tex
    last: str = token[-1]
    if last.startswith("\\"):
        return _TEX_LETTERS.get(last[1:], "가")
    return last
