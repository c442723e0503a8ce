"""TOML files read strictly: an error names the file, the line and the nearest known key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reportgen.errors import ProjectError
from reportgen.model import Text
from reportgen.project.nearest import nearest

LANGUAGE = re.compile(r"[a-z]{2,3}")
_HEADER = re.compile(r"\s*\[+\s*(?P<name>[^\]]+?)\s*\]")
_KEY = re.compile(r"\s*(?P<name>[\w\"'.-]+)\s*=")
_PLACE = re.compile(r" \(at (?:line (?P<line>\d+), column \d+|end of document)\)$")


@dataclass(frozen=True, slots=True)
class TomlFile:
    """A file's values, and its text for the line of an error."""

    path: Path
    text: str
    values: Mapping[str, Any]

    def error(self, what: str, *key: str, hint: str | None = None) -> ProjectError:
        """Return the error at the line of a key (its tables first), if the key is there."""
        return ProjectError(what, where=self.path, line=_find_line(self.text, key), hint=hint)

    def check_keys(self, known: Collection[str], required: Collection[str] = ()) -> None:
        """Refuse keys of the file that are not known, and the lack of required ones."""
        for key in self.values:
            if key not in known:
                raise self.error(f"unknown key {key!r}", key, hint=nearest(key, known))
        for key in required:
            if key not in self.values:
                raise self.error(f"the key {key!r} is missing", hint=f"add {key} = …")

    def read_text(self, *key: str, languages: Collection[str], also: Collection[str] = ()) -> Text:
        """Return ``{ko = "…", en = "…"}`` or one string for all languages; ``also``: keys read elsewhere."""
        value: Any = self.values
        for part in key:
            value = value[part]
        name = ".".join(key)
        if isinstance(value, str):
            return Text(**dict.fromkeys(languages, value))
        texts = {k: v for k, v in value.items() if k not in also} if isinstance(value, dict) else {}
        if not isinstance(value, dict) or not all(isinstance(text, str) for text in texts.values()):
            example = ", ".join(f'{language} = "…"' for language in languages)
            raise self.error(f"{name} must be a text: {value!r}", *key, hint=f"write {{ {example} }}")
        for part in texts:
            if not LANGUAGE.fullmatch(part):
                raise self.error(
                    f"unknown key {part!r} in {name}", *key, hint=nearest(part, [*languages, *also])
                )
        for language in languages:
            if not texts.get(language):
                raise self.error(
                    f"{name} lacks the language {language!r}", *key, hint=f'add {language} = "…"'
                )
        return Text(**texts)


def read_toml(path: Path) -> TomlFile:
    """Read a TOML file."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ProjectError("there is no such file", where=path) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ProjectError(f"cannot be read: {error}", where=path, hint="it must be text in UTF-8") from error
    try:
        return TomlFile(path, text, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        place = _PLACE.search(str(error))
        line = int(place["line"] or text.count("\n") + 1) if place else None
        what = _PLACE.sub("", str(error))
        raise ProjectError(f"is not valid TOML: {what}", where=path, line=line) from error


def _find_line(text: str, key: tuple[str, ...]) -> int | None:
    """Return the line that sets the key, or its table's; None for no key."""
    best: tuple[int, int] | None = None  # how many parts of the key the line names, the line
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = names = _split(header["name"])
        elif match := _KEY.match(line):
            names = (*table, *_split(match["name"]))
        else:
            continue
        if names == key[: len(names)] and (best is None or len(names) > best[0]):
            best = (len(names), number)
    return None if best is None else best[1]


def _split(name: str) -> tuple[str, ...]:
    return tuple(part.strip(" \"'") for part in name.split("."))
