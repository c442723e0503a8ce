"""The words of one language: of an author's texts, and of the lecture's terms."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field

from reportgen.errors import ProjectError
from reportgen.model import Text


@dataclass(frozen=True)
class LectureWords:
    """``words(Text(…))`` gives the text in this language, ``words("key")`` the term of that key."""

    language: str
    terms: Mapping[str, Text] = field(default_factory=dict)

    def __call__(self, text: Text | str) -> str:
        """Return the words; an unknown term or a missing translation is an error."""
        entry = self._term(text) if isinstance(text, str) else text
        try:
            return entry[self.language]
        except KeyError:
            raise ProjectError(
                f"no words in the language {self.language!r} for {text!r}",
                hint=f"There are {', '.join(entry) or 'none'}: add {self.language}=….",
            ) from None

    def _term(self, key: str) -> Text:
        try:
            return self.terms[key]
        except KeyError:
            near = difflib.get_close_matches(key, self.terms, n=3)
            hint = (
                f"Did you mean {' or '.join(near)}?"
                if near
                else "Write Text(ko=…, en=…) or add it to terms.toml."
            )
            raise ProjectError(f"unknown term {key!r}", where="terms.toml", hint=hint) from None
