"""Whether texts of the charts lie over one another, at twelve widths of a window.

Looked at are eight moments of a race, and the pages whose charts stand still.
"""

from __future__ import annotations

import sys

from benchmarks.browser import PATIENCE, dashboard, missing
from tests.helpers.serving import ROOT

sys.path.insert(0, str(ROOT / "tests" / "helpers"))


STILL = ("depth", "runs?compare=claim-c1,claim-c1-xavier", "runs?compare=claim-c1,claim-c1-xavier,default-race")
"""The addresses of pages whose charts stand still."""
REST = 1_000
"""ms in which they are drawn anew for another width."""


def main() -> None:
    """Prints every pair of texts of which one lies over the other, and how many pictures were looked at."""
    import overlaps

    if why := missing():
        print(f"overlaps: left out; {why}")
        return
    looked = wrong = 0
    with dashboard() as (browser, server):
        page = browser.new_page(viewport={"width": 1440, "height": 2400})
        page.goto(server.url)
        page.wait_for_selector("#root .live[data-drawn]", timeout=PATIENCE)
        for width in overlaps.WIDTHS:
            page.set_viewport_size({"width": width, "height": 2400})
            for number, one in enumerate(overlaps.moments()):
                overlaps.show(page, one)
                found = page.evaluate(overlaps.OVERLAPS)
                looked, wrong = looked + 1, wrong + len(found)
                for each in found:
                    print(f"  {width} px, moment {number}: {' / '.join(each)}")
        for address in STILL:
            page.set_viewport_size({"width": overlaps.WIDTHS[0], "height": 6000})
            page.goto(f"{server.url}/{address}")
            page.wait_for_selector("#opening", state="detached", timeout=PATIENCE)
            page.wait_for_selector("#root .live[data-drawn]", timeout=PATIENCE)
            for width in overlaps.WIDTHS:
                page.set_viewport_size({"width": width, "height": 6000})
                page.wait_for_timeout(REST)
                found = page.evaluate(overlaps.OVERLAPS)
                looked, wrong = looked + 1, wrong + len(found)
                for each in found:
                    print(f"  {width} px, {address}: {' / '.join(each)}")
    print(f"overlaps: {wrong} in {looked} pictures of all charts")
