"""Pages as people have them: in the window of a projector, a laptop, a tablet and a telephone, light and dark."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PROJECTOR = (1920, 1080)
WINDOWS = (PROJECTOR, (1440, 900), (820, 1180), (390, 844))
"""Width and height of each window, in px."""
SCHEMES = ("light", "dark")


@dataclass(frozen=True)
class View:
    """A page in a window.

    Args:
        page: its name.
        url: its address.
        window: width and height in px.
        scheme: whether the browser prefers pages "light" or "dark".
    """

    page: str
    url: str
    window: tuple[int, int]
    scheme: str

    def visitor(self, browser: Any) -> Any:
        """A new visitor with this window, as a context of the browser."""
        width, height = self.window
        viewport = {"width": width, "height": height}
        return browser.new_context(viewport=viewport, color_scheme=self.scheme, bypass_csp=True)

    @property
    def columns(self) -> str:
        """The window and the scheme, as they stand in a row of a table."""
        return f"{'{} x {}'.format(*self.window):>12} {self.scheme:<6}"


def views(
    server: str,
    pages: Mapping[str, str],
    named: Collection[str] = (),
    windows: Sequence[tuple[int, int]] = WINDOWS,
) -> Iterator[View]:
    """Pages in all windows, light and dark.

    Args:
        server: the address of the server.
        pages: name of a page -> its address, below that of the server.
        named: the names of the pages that are wanted; all if there are none.
        windows: width and height of each.
    """
    for name, path in pages.items():
        if not named or name in named:
            for window in windows:
                for scheme in SCHEMES:
                    yield View(name, f"{server}/{path}", window, scheme)
