"""One root seed → independent named random streams per experiment and replicate."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class ReplicateStreams:
    """The random streams of one replicate of one experiment (a :class:`reportgen.model.Replicate`).

    Streams are told apart by name: ``split``, ``init``, ``batches``, ``noise`` …. All arms of a comparison
    ask for the same names and so share their random numbers. A stream's spawn key is made of the experiment's
    id, the replicate's index and the stream's name, so a replicate's numbers do not depend on how many others
    exist.
    """

    root_seed: int
    experiment: str
    index: int

    def seed_sequence(self, stream: str) -> np.random.SeedSequence:
        """Return the seed sequence of the named stream."""
        key = (*_words(self.experiment), self.index, *_words(stream))
        return np.random.SeedSequence(self.root_seed, spawn_key=key)

    def generator(self, stream: str) -> np.random.Generator:
        """Return a fresh SFC64 generator at the start of the named stream."""
        return np.random.Generator(np.random.SFC64(self.seed_sequence(stream)))


def replicate_streams(
    root_seed: int, experiment: str, indices: Iterable[int]
) -> tuple[ReplicateStreams, ...]:
    """Return the streams of the replicates with these indices."""
    return tuple(ReplicateStreams(root_seed, experiment, index) for index in indices)


def _words(name: str) -> tuple[int, ...]:
    """Hash a name to four 32-bit words: enough that two names never meet."""
    digest = hashlib.sha256(name.encode()).digest()
    return tuple(int.from_bytes(digest[i : i + 4], "little") for i in range(0, 16, 4))
