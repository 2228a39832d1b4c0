"""Looks at an open page as those do who cannot see it, who have only a keyboard, or who sit far away."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
"""What ``npm ci`` installs; used by tests and benchmarks alone."""
GRAVE = ("serious", "critical")
"""How axe-core names what keeps somebody from using a page."""

WATCH_SHIFTS = """
window.shifted = 0
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) shifted += entry.value
}).observe({ type: "layout-shift", buffered: true })
"""
"""JavaScript, run before a page is loaded, that adds up how far what a visitor sees moves about unasked."""

_WHOLE = """() => !document.getElementById("opening") && document.querySelector("#root h1, #root .runs-name") &&
  document.querySelector(".stApp")?.dataset.testScriptState === "notRunning" &&
  !document.querySelector('#root [data-testid="stSkeleton"], #root .live-loading')"""

_SMALLEST = """() => {
  let [least, where] = [Infinity, ""];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const box = texts.currentNode.parentElement;
    const text = texts.currentNode.textContent.trim();
    if (!text || !box.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    if (box.closest("script, style, annotation, [inert], .live-spoken, [data-testid=stIconMaterial], .katex")) continue;
    if (box.matches("sup, tspan[dy], tspan[style*='font-size:70%']")) continue; // raised, as in a power
    const range = document.createRange();
    range.selectNodeContents(texts.currentNode);
    const { width, height } = range.getBoundingClientRect();
    const size = parseFloat(getComputedStyle(box).fontSize);
    if (width <= 1 || height <= 1 || size >= least) continue;
    [least, where] = [size, `${box.className.baseVal ?? box.className}: ${text.slice(0, 40)}`];
  }
  return [least, where];
}"""

_FOCUSED = """() => {
  const now = document.activeElement;
  if (!now || now === document.body) return null;
  const grid = now.closest("canvas"); // of a table that is drawn, with its cells as elements within
  const box = (grid ?? now).getBoundingClientRect();
  const text = now.getAttribute("aria-label") || now.innerText || now.value || now.id || now.className;
  const key = now.closest('[class*="st-key-"]')?.className.match(/st-key-(\\S+)/)?.[1];
  return { what: now.tagName.toLowerCase(), key: key ?? "", text: String(text).trim().slice(0, 50),
    box: [box.x, box.y, box.width, box.height], grid: Boolean(grid), main: Boolean(now.closest("main, .stMain")) };
}"""

_AXE_RUN = (
    """async () => (await axe.run({ exclude: [[".live-plot svg"]] }, { resultTypes: ["violations"] })).violations"""
)
"""Charts are pictures, each with a label: what is drawn in them has no elements of its own for a reader."""


@dataclass(frozen=True)
class Finding:
    """What axe-core found.

    Args:
        rule: the name of its rule.
        impact: how grave it is: minor, moderate, serious or critical.
        where: a selector of each element, and what is wrong with it.
    """

    rule: str
    impact: str
    where: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.impact} {self.rule}: {'; '.join(self.where[:4])}"


@dataclass(frozen=True)
class Stop:
    """An element that the tabulator reaches.

    Args:
        what: the name of its tag.
        key: the name of the part of the page that holds it.
        text: its label.
        seen: whether one sees that it has the focus.
    """

    what: str
    key: str
    text: str
    seen: bool


def until_whole(page: Any, patience: int = 60_000) -> None:
    """Waits until nothing of a page is missing any more."""
    page.wait_for_function(_WHOLE, timeout=patience)


def findings(page: Any) -> list[Finding]:
    """What axe-core finds on a page, as it is now."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate(_AXE_RUN)
    return [
        Finding(
            each["id"],
            each["impact"] or "minor",
            tuple(
                f"{node['target'][-1]} ({node['failureSummary'].splitlines()[-1].strip()})" for node in each["nodes"]
            ),
        )
        for each in found
    ]


def smallest_text(page: Any) -> tuple[float, str]:
    """The size of the smallest text that is seen on a page, in px, and where it stands."""
    size, where = page.evaluate(_SMALLEST)
    return size, where


def walk(page: Any, most: int = 200) -> list[Stop]:
    """Goes through a page with the tabulator, from its beginning until it is left or a stop comes again.

    Whether a focus is seen is asked of the picture: the surroundings of the element must look otherwise without it. A
    table that is drawn keeps its mark when the focus is taken away; it must have moved since the stop before.
    """
    page.evaluate("() => { document.activeElement?.blur(); scrollTo(0, 0); }")
    stops: list[Stop] = []
    table = b""
    for _ in range(most):
        page.keyboard.press("Tab")
        now = page.evaluate(_FOCUSED)
        if now is None:
            break
        if now["key"] == "" and stops and now["text"] == stops[0].text and now["what"] == stops[0].what:
            break
        if now["grid"]:
            before, table = table, _picture(page, now["box"])
            seen = table != before
        else:
            seen = _is_seen(page, now["box"])
        stops.append(Stop(now["what"], now["key"], now["text"], seen))
    return stops


def _is_seen(page: Any, box: list[float]) -> bool:
    """Whether the focus can be seen: the picture around the element is another one when the focus is taken away."""
    with_focus = _picture(page, box)
    page.evaluate("() => { window.focused = document.activeElement; focused.blur(); }")
    without = _picture(page, box)
    page.evaluate("() => focused.focus({ preventScroll: true })")
    return with_focus != without


def _picture(page: Any, box: list[float]) -> bytes:
    """What is seen in a box and just around it; empty if that is outside of the window."""
    x, y, width, height = box
    size = page.viewport_size
    left, top = max(0.0, x - 6), max(0.0, y - 6)
    right, bottom = min(size["width"], x + width + 6), min(size["height"], y + height + 6)
    if right - left < 2 or bottom - top < 2:
        return b""
    clip = {"x": left, "y": top, "width": right - left, "height": bottom - top}
    page.wait_for_timeout(60)
    return bytes(page.screenshot(clip=clip, animations="disabled", caret="hide"))
