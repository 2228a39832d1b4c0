"""The data of the charts of the page "Depth" as tidy pandas frames: theory beside measurement. No Streamlit."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from app.depth.charts import SCALES, chi_over_scales, multipliers
from ipcore.recordings.measurement import Measured
from ipcore.theory.depth import Signal

if TYPE_CHECKING:
    import pandas as pd


def layers(signals: Mapping[str, Signal], measured: Mapping[str, Measured]) -> pd.DataFrame:
    """Both charts by layer: a row for each method and hidden layer, counted from 1 at the input side.

    Args:
        signals: method -> the signal in each layer in theory.
        measured: method -> what was measured; the columns of other methods are NaN.
    """
    import pandas as pd  # here, since importing a chart needs no frame

    made = []
    for method in dict.fromkeys([*signals, *measured]):
        signal, seen = signals.get(method), measured.get(method)
        depth = len((signal or measured[method]).activity)
        unknown = np.full(depth, math.nan)
        columns: dict[str, Any] = {
            "method": method,
            "layer": np.arange(1, depth + 1),
            "theory_rms_output": np.sqrt(signal.activity) if signal else unknown,
            "theory_rms_error_signal_over_last": signal.error_signal if signal else unknown,
            "measured_rms_output": seen.activity if seen else unknown,
            "measured_rms_error_signal": seen.error_signal if seen else unknown,
            "measured_mean_abs_weight_gradient": seen.weight_gradient if seen else unknown,
        }
        made.append(pd.DataFrame(columns))
    return pd.concat(made, ignore_index=True)


def multiplier(methods: Iterable[str], scale: float, measured: Mapping[str, Measured]) -> pd.DataFrame:
    """The multiplier chi of each method: theory and measurement at one weight scale, then theory at all scales.

    Args:
        methods: the methods that are shown.
        scale: the scale of the weights, as in :class:`ipcore.config.RunConfig`.
        measured: method -> what was measured at this scale.
    """
    import pandas as pd

    made = []
    for row in multipliers(methods, scale, measured):
        unknown = [math.nan] * len(SCALES)
        columns: dict[str, Any] = {
            "method": row.method,
            "weight_scale": [scale, *SCALES],
            "theory_chi": [math.nan if row.theory is None else row.theory, *chi_over_scales(row.method)],
            "measured_chi": [math.nan if row.measured is None else row.measured, *unknown],
            "measured_sd_over_seeds": [math.nan if row.spread is None else row.spread, *unknown],
        }
        made.append(pd.DataFrame(columns))
    return pd.concat(made, ignore_index=True)
