"""How a frame is packed, thinned and quantised on its way to the browser."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from race_charts import unpack

from app.ui.frames import decades, horizon, pack, quantise, thinned


def test_what_is_packed_comes_back() -> None:
    arrays = {
        "bytes": np.arange(5, dtype=np.uint8),
        "numbers": np.array([[1.5, np.nan], [-np.inf, 3]], np.float32),
        "empty": np.zeros((3, 0), np.float32),
        "steps": np.array([1, 2, 70_000], np.int32),
    }
    header, back = unpack(pack({"state": "läuft"}, arrays))
    assert header["state"] == "läuft"
    for name, array in arrays.items():
        np.testing.assert_array_equal(back[name], array)
        assert back[name].dtype == array.dtype


def test_packing_refuses_what_a_browser_could_not_read() -> None:
    with pytest.raises(ValueError, match="array 'x' is of float64"):
        pack({}, {"x": np.zeros(3)})
    with pytest.raises(ValueError):
        pack({"x": math.nan}, {})


@given(count=st.integers(1, 5_000), at_most=st.integers(4, 400))
def test_thinning_keeps_both_ends_and_stays_small(count: int, at_most: int) -> None:
    kept = thinned(count, at_most)
    assert kept[0] == 0
    assert kept[-1] == count - 1
    assert len(kept) <= at_most
    assert np.all(np.diff(kept) > 0)


@given(total=st.integers(1, 100_000), share=st.floats(0, 1))
def test_the_axis_of_steps_holds_the_curve_and_never_shrinks(total: int, share: float) -> None:
    step = int(share * total)
    assert min(total, 500) <= horizon(total, step) <= total
    assert horizon(total, step) >= step
    assert horizon(total, min(total, step + 1)) >= horizon(total, step)


def test_numbers_in_254_levels() -> None:
    levels = quantise(np.array([-9.0, -4, -2, 0, 9, np.nan]), -4, 0)
    assert levels.tolist() == [0, 0, 127, 254, 254, 255]
    assert decades([3e-5, 0.2], least=2) == (-5, 0)
    assert decades([0.02, 0.03], least=2) == (-2, 0)
    assert decades([1e-30, 0.2], least=2) == (-12, 0)
