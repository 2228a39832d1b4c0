"""Writes tables as CSV, from pandas frames, in the same way for every page, export and command."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

DIGITS = "%.7g"
"""Format of numbers: seven digits, about the precision of float32."""
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""A spreadsheet takes a text that begins with one of these characters for a formula; the last four are wide ones."""


def to_csv(frame: pd.DataFrame, header: bool = True) -> str:
    r"""A frame as CSV. Numbers have at most seven digits, unknown values are empty, and lines end in ``\n``.

    A text that a spreadsheet would take for a formula gets an apostrophe in front.

    Args:
        frame: the table; its index is not written.
        header: whether the first line names the columns.

    >>> import pandas as pd
    >>> print(to_csv(pd.DataFrame({"method": ["ip", "=1+1"], "loss": [1 / 3, float("nan")]})), end="")
    method,loss
    ip,0.3333333
    '=1+1,
    """
    written = {str(name): _as_text(column) for name, column in frame.items() if column.dtype.kind == "f"}
    return _without_formulas(frame).assign(**written).to_csv(index=False, header=header, lineterminator="\n")


def parts(frames: Iterable[pd.DataFrame]) -> Iterator[str]:
    """Writes frames with the same columns as one CSV and yields it in parts, of which the first names the columns."""
    for number, frame in enumerate(frames):
        yield to_csv(frame, header=number == 0)


def _as_text(column: pd.Series[float]) -> np.ndarray:
    """Numbers as text, made here because ``to_csv(float_format=...)`` takes three times as long."""
    numbers = column.to_numpy(float, na_value=np.nan)
    texts = np.array(list(map(DIGITS.__mod__, numbers.tolist())), object)
    texts[np.isnan(numbers)] = ""
    return texts


def _without_formulas(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with an apostrophe before every text that a spreadsheet would take for a formula."""
    changed: dict[str, Any] = {}
    for name, column in frame.items():
        if column.dtype == "category":
            if any(map(_is_formula, column.cat.categories)):
                changed[str(name)] = column.cat.rename_categories(_with_apostrophe)
        elif column.dtype in ("str", "object") and any(map(_is_formula, column)):
            changed[str(name)] = column.map(_with_apostrophe)
    return frame.assign(**changed) if changed else frame


def _is_formula(cell: object) -> bool:
    return isinstance(cell, str) and (cell.startswith(FORMULA_SIGNS) or "\r" in cell)


def _with_apostrophe(cell: object) -> object:
    if not isinstance(cell, str):
        return cell
    text = f"'{cell}" if cell.startswith(FORMULA_SIGNS) else cell
    return text.replace("\r", " ")  # pandas does not quote it, and it would end the row
