"""Frames that are hard to label, and a look in the browser at which texts of a chart lie over one another."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
from live_page import made

from app.race.frames import frame
from app.ui.frames import pack, unpack

WIDTHS = (390, 420, 480, 560, 640, 720, 820, 960, 1100, 1280, 1440, 1920)
"""Widths of a window, in px, from a telephone to a projector."""
MARKS = [[100, "learning rate", "0.3"], [110, "intrinsic rate", "0.00001"], [140, "learning rate", "1"]]


def moments() -> list[bytes]:
    """Eight frames of a race with four methods: short and long, early and late, with values that are close or tiny."""
    header, arrays = unpack(frame(made(), step=180))
    kept = {name: value for name, value in header.items() if name not in ("arrays", "length", "state")}
    methods, _, points = arrays["loss"].shape
    spread = np.linspace(0.2, 1.0, methods, dtype=np.float32)[:, None, None]
    changes: list[dict[str, Any]] = [
        {},
        {"horizon": 100_000, "at": 1.0},
        {"horizon": 100_000, "at": 0.02},
        {"horizon": 50_000, "at": 0.6, "loss": np.full_like(arrays["loss"], 2.30258)},
        {"horizon": 1_000, "at": 1.0, "loss": arrays["loss"] * 1e-9},
        {"horizon": 20_000, "at": 0.9, "loss": np.broadcast_to(spread, arrays["loss"].shape)},
        {"horizon": 200_000, "at": 1.0, "accuracy": np.full_like(arrays["accuracy"], 0.1)},
        {"horizon": 1_000_000, "at": 0.5, "loss": arrays["loss"] * 1e6},
    ]
    frames = []
    for number, change in enumerate(changes):
        horizon = change.get("horizon", header["horizon"])
        scale = horizon * change.get("at", 1.0) / 200
        steps = {name: (arrays[name] * scale).astype(np.float32) for name in ("loss_steps", "accuracy_steps")}
        marks = [[round(step * scale), *rest] for step, *rest in MARKS]
        newest = int(200 * scale)
        asked = None if number % 2 else newest // 2
        facts = {"horizon": horizon, "total": horizon, "newest": newest, "marks": marks, "asked": asked}
        facts |= {"step": 1_000_001 + number, "run": 1_000_000, "state": "finished", "diverged": []}
        values = {name: np.ascontiguousarray(change[name]) for name in ("loss", "accuracy") if name in change}
        frames.append(pack({**kept, **facts}, {**arrays, **steps, **values}))
    assert points > 3
    return frames


SHOW = """async (frame) => {
  const address = performance.getEntriesByType("resource").find(({ name }) => name.endsWith("/race/all.js")).name
  const { show } = await import(address)
  const root = document.querySelector("#root .live:not(.lead), .live:not(.lead)")
  const data = Uint8Array.from(atob(frame), (letter) => letter.charCodeAt(0))
  show(root, { data, setStateValue() {} })
}"""
"""JavaScript that shows a frame, in base64, in the component of the page."""

OVERLAPS = """() => {
  const found = []
  for (const card of document.querySelectorAll(".live-card")) {
    if (!card.checkVisibility()) continue
    const edge = card.querySelector(".live-plot").getBoundingClientRect()
    if (edge.bottom < 0 || edge.top > innerHeight) continue
    const texts = [...card.querySelectorAll(".main-svg text")]
      .filter((text) => text.textContent.trim() && text.checkVisibility())
      .map((text) => [text.textContent, text.getBoundingClientRect()])
      .filter(([, box]) => box.width > 1 && box.height > 1)
    texts.forEach(([one, a], index) => {
      if (a.left < edge.left - 1 || a.right > edge.right + 1) found.push([card.className, one, "leaves its card"])
      for (const [other, b] of texts.slice(index + 1)) {
        const across = Math.min(a.right, b.right) - Math.max(a.left, b.left)
        const along = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top)
        if (across > 1 && along > 3) found.push([card.className, one, other])
      }
    })
    const axes = card.querySelector(".nsewdrag")?.getBoundingClientRect()
    for (const text of card.querySelectorAll(".textpoint text")) {
      if (!/loss|accuracy/.test(card.className) || !text.textContent.trim()) continue
      const { left } = text.getBoundingClientRect()
      if (left < axes.right - 2) found.push([card.className, text.textContent, "lies on lines"])
    }
  }
  return found
}"""
"""JavaScript that names pairs of texts in the charts in view of which one lies over the other."""


def show(page: Any, one: bytes) -> None:
    """Shows a frame and waits until it is drawn."""
    page.evaluate(SHOW, base64.b64encode(one).decode())
    step = unpack(one)[0]["step"]
    page.wait_for_function("step => document.querySelector('.live[data-drawn]')?.dataset.drawn == step", arg=step)
