"""Saved runs as rows of a table."""

from dataclasses import replace

from app.saved.table import rows
from app.store.saved_run import SavedRun
from ipcore.config import RunConfig
from ipcore.sweeps.plan import Sweep

RACE = SavedRun(
    id="a", owner="", kind="race", name="A race", created=0.0, config=RunConfig(depth=3).to_dict(), dataset="mnist-5k",
    methods=("ip",), state="finished", message="", pinned=False, deleted_at=None, size=0, chunks=0, events=0, missing=0,
    step=600, accuracy={"ip": 0.9},
)  # fmt: skip


def test_a_sweep_over_depth_has_no_one_depth():
    """The column stays one of numbers, so that it can be sorted."""
    config = RunConfig(methods="ip", depth=3)
    over = {"depth": (1, 8)}, {"depth": (1, 8), "width": (2, 4)}, {"width": (2, 4)}
    sweeps = [replace(RACE, kind="sweep", config=Sweep(config, each).to_dict()) for each in over]
    assert rows([RACE, *sweeps])["depth"] == [3, None, None, 3]
