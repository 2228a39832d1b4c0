"""A race that nobody has trained: it has settings and no numbers. Pure; no Streamlit."""

from __future__ import annotations

from ipcore.config import RunConfig
from ipcore.recordings.race import Recording

PRESS_START = "Press Start"
UNTRAINED = "No network has been trained with these settings yet. Press Start to train them."
REFUSED = "Networks with these settings cannot be trained."


class Blank(Recording):
    """An empty recording.

    Args:
        config: the settings.
        refused: whether they are settings that cannot be trained; the recording then has others.
    """

    def __init__(self, config: RunConfig, refused: bool = False) -> None:
        super().__init__(config)
        self.refused = refused

    @property
    def says(self) -> str:
        """Why there is nothing to see, and what to do about it."""
        return REFUSED if self.refused else UNTRAINED

    @property
    def on_charts(self) -> str:
        """What stands on the empty charts."""
        return "" if self.refused else PRESS_START
