"""The recording that tests of the live component show."""

from __future__ import annotations

from typing import Any

from recordings import events

from ipcore.config import RunConfig
from ipcore.recordings.race import Recording

SMALL = RunConfig(methods="plain,batch-norm,infomax,ip", steps=200, depth=6, width=8, seeds=2)
_made: list[Any] = []
MARKS = (
    (100, "learning_rate", 0.03),
    (104, "learning_rate", 0.3),
    (108, "intrinsic_rate", 0.1),
    (180, "learning_rate", 1.0),
)


def made() -> Any:
    """The one recording that the page of the browser tests shows."""
    if not _made:
        _made.append(Recording(SMALL))
        for event in events(SMALL, snapshots=21):
            _made[0].add(event)
            if event["event"] == "steps" and _made[0].step == 100:
                for step, setting, value in MARKS:
                    mark = {"event": "mark", "step": step, "setting": setting, "previous": 0.01, "value": value}
                    _made[0].add(mark)
    return _made[0]
