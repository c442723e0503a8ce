"""Random streams: independent by name, reproducible, the same for ever."""

from __future__ import annotations

import itertools

import numpy as np

from reportgen.streams import ReplicateStreams, replicate_streams


def first(root_seed: int, experiment: str, index: int, stream: str) -> int:
    generator = ReplicateStreams(root_seed, experiment, index).generator(stream)
    return int(generator.integers(2**63))


def test_streams_differ_in_every_part_of_their_name():
    names = itertools.product((1, 2), ("signal", "saddle"), (0, 1, 256), ("init", "split", "noise"))
    numbers = [first(*name) for name in names]
    assert len(set(numbers)) == len(numbers) == 36


def test_streams_do_not_depend_on_the_other_replicates():
    few, many = (replicate_streams(7, "signal", indices) for indices in (range(2), (5, 1, 0)))
    np.testing.assert_array_equal(
        few[1].generator("init").standard_normal(5), many[1].generator("init").standard_normal(5)
    )


def test_generator_starts_afresh_each_time():
    streams = ReplicateStreams(7, "signal", 0)
    assert streams.generator("init").random() == streams.generator("init").random()


def test_streams_stay_what_they_were():
    """A change here changes every number of every handout."""
    assert first(2024, "signal", 3, "init") == GOLDEN


GOLDEN = 3894569586572458934
