"""What several tests share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from reportgen.pool import Outcome, Pool, run_here


class InlinePool(Pool):
    """A pool that works in this process: no worker has to import everything anew."""

    def run(
        self, function: Callable[[Any], Any], requests: Iterable[Any]
    ) -> Iterator[tuple[Any, Outcome[Any]]]:
        """Yield requests with what became of them."""
        for request in requests:
            yield request, run_here(function, request)


@pytest.fixture(scope="module")
def _inline_pool() -> Iterator[None]:
    """Let the commands that draw work in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("reportgen.line.session.Pool", InlinePool)
        yield
