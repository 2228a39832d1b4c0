"""The page "Depth" in a real browser, with a real worker: networks are measured, and the table read."""

from __future__ import annotations

from typing import Any

import pytest
from browser_tab import SharedContext
from serving import Server

from ipcore.theory.depth import gradient_multiplier


def rows(page: Any) -> dict[str, list[str]]:
    """Method -> theory, measured, difference, as the table of multipliers says them."""
    lines = page.locator(".st-key-card_multipliers tbody tr").all()
    cells = [line.locator("td").all_inner_texts() for line in lines]
    return {method: rest for method, *rest in cells}


def test_networks_are_measured_at_the_press_of_a_button(server: Server, shared: SharedContext) -> None:
    page = shared.page(height=1400)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(f"{server.url}/depth?depth=6&width=32")
    page.get_by_text("Only theory is shown. Press Measure").wait_for()
    page.locator(".st-key-card_multipliers tbody tr").nth(2).wait_for()
    assert [measured for _, measured, _ in rows(page).values()] == ["–"] * 3
    page.locator(".st-key-measure button:visible").click()
    page.locator(".measure-note:visible", has_text="Measured in").wait_for()
    page.locator(".st-key-card_multipliers td", has_text="±").nth(2).wait_for()
    for method, (theory, measured, difference) in rows(page).items():
        chi = gradient_multiplier(method.replace(" ", "-").lower())
        mean = float(measured.split(" ± ")[0])
        assert float(theory) == pytest.approx(chi, rel=1e-3) and mean == pytest.approx(chi, rel=0.3)
        assert float(difference.removesuffix(" %").replace("−", "-")) == pytest.approx(100 * (mean / chi - 1), abs=0.2)
    assert len(rows(page)) == 3 and problems == []
    page.close()
