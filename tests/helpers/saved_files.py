"""Files that a browser saves from a chart, pressed for again and again while frames keep coming."""

from __future__ import annotations

from pathlib import Path
from typing import Any

PRESSES = 20


def pressed_for(page: Any, chart: str, presses: int = PRESSES) -> list[str]:
    """The texts of the files that come when a chart's data are asked for so many times, some of them at once.

    Args:
        page: with a live component.
        chart: its name there.
        presses: of the button that saves it as CSV.
    """
    files: list[Any] = []

    def keep(file: Any) -> None:  # Playwright notes things on a handler, which it cannot on a method of a list
        files.append(file)

    page.on("download", keep)
    for press in range(presses):
        page.evaluate("chart => document.querySelector(`.live-${chart} .live-csv`).click()", chart)
        page.wait_for_timeout(150 if press % 2 else 0)
    for _ in range(600):
        if len(files) >= presses:
            break
        page.wait_for_timeout(100)
    page.wait_for_timeout(750)  # some frames long: none may come twice
    page.remove_listener("download", keep)
    assert len(files) == presses, (len(files), presses)
    return [Path(file.path()).read_text("utf-8") for file in files]
