"""Numbers as a person writes them, on the server and in the browser."""

from __future__ import annotations

import math
import random
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ui import words
from app.ui.modules import STATIC
from app.ui.numbers import number, numbers

SMALL = 1e-300
FINITE = st.floats(SMALL, 1e300) | st.floats(-1e300, -SMALL) | st.just(0.0)
PLAIN = "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"


def read(text: str) -> float:
    """The number that a text says."""
    text = text.replace(",", "").replace("−", "-")
    if "×10" in text:
        mantissa, power = text.split("×10")
        text = f"{mantissa}e{power.translate(str.maketrans(PLAIN, '-0123456789'))}"
    return float(text)


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.0, None, "0"), (0.0003, None, "0.0003"), (10_000, None, "10,000"), (0.5, None, "0.5"),
        (1e-13, None, "1×10⁻¹³"),
        (1e-300, 3, "1×10⁻³⁰⁰"), (1.2345e300, 3, "1.23×10³⁰⁰"), (-2.5, None, "−2.5"), (0.125, 2, "0.13"),
        (9.999, 3, "10"),
        (0.9996, 3, "1"), (123_456_789, None, "123,456,789"), (1e9, None, "1×10⁹"), (1234.5, 3, "1,230"),
        (math.nan, None, "–"), (-math.inf, 3, "–"), (1e-6, None, "0.000001"), (0.1 + 0.2, 3, "0.3"),
    ],
)  # fmt: skip
def test_numbers_read_as_a_person_writes_them(value: float, digits: int | None, text: str) -> None:
    assert number(value, digits) == text


@given(FINITE, st.sampled_from([None, 1, 2, 3, 6, 17]), st.booleans())
def test_a_text_says_the_number_from_1e_minus_300_to_1e300(value: float, digits: int | None, padded: bool) -> None:
    text = number(value, digits, padded)
    assert re.fullmatch(r"−?\d[\d,]*(\.\d+)?(×10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?", text) and not text.endswith(".")
    error = 0.0 if digits is None else 0.5000001 * 10.0 ** (1 - digits)
    assert math.isclose(read(text), value, rel_tol=error, abs_tol=0.0)


@given(st.lists(FINITE, min_size=1, max_size=8))
def test_different_numbers_of_a_list_read_differently(values: list[float]) -> None:
    assert len(set(numbers(values))) == len(set(values))


def test_settings_keep_all_their_digits() -> None:
    assert [words.number(value) for value in (1e-13, 0.0003, 3, 0.123456789, 100_000.0)] == [
        "1×10⁻¹³", "0.0003", "3", "0.123456789", "100,000",
    ]  # fmt: skip


def test_the_browser_writes_the_same(browser: Any) -> None:
    made = random.Random(5)
    values = [made.choice((-1, 1)) * 10 ** made.uniform(-300, 300) for _ in range(300)]
    values += [made.uniform(-2, 2) for _ in range(100)] + [0.125, 2.5, 0.5, 1e21, 1e-7, 1e-6, 999_999_999.5, 0.0]
    cases = [(value, digits, padded) for value in values for digits in (None, 1, 3) for padded in (False, True)]
    lists = [[1, 1.0001, 1.0002], [0.1, 0.2], [1e-9, 2e-9, 0], [math.pi] * 2]
    source = (STATIC / "ui" / "numbers.js").read_text("utf-8").replace("export ", "")
    page = browser.new_page()
    found = page.evaluate(
        f"""([cases, lists]) => {{ {source}
        const one = ([value, digits, padded]) => number(value, digits ?? undefined, padded)
        return [cases.map(one), lists.map(each => numbers(each))] }}""",
        [cases, lists],
    )
    page.close()
    assert found == [[number(*case) for case in cases], [numbers(each) for each in lists]]
