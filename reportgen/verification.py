"""Are published files what their manifest says?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from reportgen.errors import ProjectError
from reportgen.manifest import MANIFEST, find_manifests, read_manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A published file and what became of it."""

    path: Path
    state: Literal["intact", "changed", "missing"]


def verify(folder: Path) -> tuple[Verified, ...]:
    """Recompute the hash of every output of every manifest in a folder; a manifest itself may be given."""
    manifests = [folder] if folder.name == MANIFEST and folder.is_file() else find_manifests(folder)
    return tuple(verified for path in manifests for verified in _verify_one(path))


def _verify_one(path: Path) -> Iterator[Verified]:
    for name, entry in read_manifest(path)["outputs"].items():
        output = path.parent / name
        try:
            same = hashlib.sha256(output.read_bytes()).hexdigest() == entry["sha256"]
        except FileNotFoundError:
            yield Verified(path=output, state="missing")
        except OSError as error:
            raise ProjectError(f"cannot be read: {error.strerror or error}", where=output) from error
        else:
            yield Verified(path=output, state="intact" if same else "changed")
