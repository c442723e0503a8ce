"""The theme's files: found in the project first, then in the built-in folder; and its fixed words."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from reportgen.errors import ProjectError
from reportgen.typeset.names import unknown


def theme_file(folders: tuple[Path, ...], name: str) -> Path:
    """Return the first ``theme/<name>`` in the folders."""
    for folder in folders:
        path = folder / "theme" / name
        if path.is_file():
            return path
    raise ProjectError(
        f"theme file {name!r} does not exist", where=folders[-1] / "theme" if folders else None
    )


def theme_text(folders: tuple[Path, ...], name: str) -> str:
    return theme_file(folders, name).read_text(encoding="utf-8")


class Words:
    """The fixed words of one language: ``words["figure"]``, ``words.of("verdict", "confirmed")``."""

    def __init__(self, language: str, table: Mapping[str, Any], where: Path) -> None:
        self.language = language
        self._table = table
        self._where = where

    def __getitem__(self, key: str) -> str:
        word = self._table.get(key)
        if not isinstance(word, str):
            raise unknown("word", key, self._table.keys(), self._where)
        return word

    def of(self, group: str, key: str, default: str | None = None) -> str:
        """Return a word of a group; ``default`` for keys that the theme does not name."""
        word = self._table.get(group, {}).get(key, default)
        if not isinstance(word, str):
            raise unknown(f"word of {group}", key, self._table.get(group, {}).keys(), self._where)
        return word

    def fill(self, key: str, **fields: object) -> str:
        return self[key].format(**fields)

    @property
    def plain(self) -> dict[str, Any]:
        """The whole table, for templates."""
        return dict(self._table)


def load_words(folders: tuple[Path, ...], language: str) -> Words:
    """Read ``theme/words.toml``; files of later folders fill what an earlier one lacks."""
    merged: dict[str, Any] = {}
    where = theme_file(folders, "words.toml")
    for folder in reversed(folders):
        path = folder / "theme" / "words.toml"
        if not path.is_file():
            continue
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise ProjectError(str(error), where=path) from error
        _merge(merged, table.get(language, {}))
    if not merged:
        raise ProjectError(
            f"the theme has no words for the language {language!r}", where=where, hint=f"add [{language}]"
        )
    return Words(language, merged, where)


def _merge(into: dict[str, Any], table: Mapping[str, Any]) -> None:
    for key, value in table.items():
        if isinstance(value, dict):
            _merge(into.setdefault(key, {}), value)
        else:
            into[key] = value
