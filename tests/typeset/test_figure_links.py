"""A ribbon leads to the figure that shows its claim: the experiment's next one in the text."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from reportgen.typeset import View, render_html
from reportgen.typeset.view import MemoryCache


def figure_of(page: str, claim: str) -> list[str]:
    """Return the figures that a claim's ribbon links to."""
    ribbon = re.search(rf'<aside class="ribbon" data-claim="{claim}".*?</aside>', page, re.DOTALL)
    assert ribbon is not None
    return re.findall(r'class="ref ref-figure" href="#([^"]+)"', ribbon[0])


def test_ribbon_leads_to_the_next_figure_of_its_experiment(
    small: Callable[..., View], cache: MemoryCache
) -> None:
    view = small(
        "{{ figure('signal.rho') }}\n\n{{ claim('D09') }}\n\n{{ figure('signal.histograms') }}\n\n"
        "{{ claim('D10') }}"
    )
    claims = {
        name: replace(claim, experiment="signal", figures=()) if name in ("D09", "D10") else claim
        for name, claim in view.claims.items()
    }
    page = render_html(replace(view, claims=claims), cache)
    assert figure_of(page, "D09") == ["signal.histograms"]
    assert figure_of(page, "D10") == ["signal.histograms"]
