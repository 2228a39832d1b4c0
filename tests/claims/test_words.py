"""Rates and comparisons in words."""

from ipcore.claims.findings.words import at_rates, compared


def test_where_there_is_no_rate_it_says_so():
    assert at_rates([]) == "at no rate"
    assert at_rates(iter([0.1, 0.3])) == "at rate 0.1 and 0.3"


def test_a_comparison_names_only_what_there_is():
    where = {"for": [0.1], "against": [], "level": [], "unknown": []}
    assert compared(f"Larger {at_rates(where['for'])}", "smaller", where, []) == "Larger at rate 0.1."
    where = {"for": [], "against": [1.0], "level": [0.3], "unknown": []}
    assert compared(f"Larger {at_rates(where['for'])}", "smaller", where, [3.0]) == (
        "Larger at no rate; smaller at 1; no clear difference at 0.3; neither learns at 3."
    )
