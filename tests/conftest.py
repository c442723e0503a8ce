"""What several tests share."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from reportgen.pool import Outcome, Pool, run_here

# A built handout is looked at by .ci/run.
collect_ignore = [] if os.environ.get("REPORTGEN_OUTPUT") else ["published"]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Count a skipped test as a failure where everything is installed, as in .ci/run."""
    reporter: Any = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("REPORTGEN_REQUIRE_ALL") and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED


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
