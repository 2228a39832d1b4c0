"""Rates and comparisons in words."""

from ipcore.claims.findings.by_rate import ByRate
from ipcore.claims.findings.words import at_rates, compared


def test_where_there_is_no_rate_it_says_so():
    assert at_rates([]) == "at no rate"
    assert at_rates(iter([0.1, 0.3])) == "at rate 0.1 and 0.3"


def test_a_comparison_names_only_what_there_is():
    found = ByRate(outcomes={0.1: "for"})
    assert compared(f"Larger {at_rates(found.where('for'))}", "smaller", found) == "Larger at rate 0.1."
    found = ByRate(outcomes={0.3: "level", 1.0: "against"}, neither=[3.0])
    assert compared(f"Larger {at_rates(found.where('for'))}", "smaller", found) == (
        "Larger at no rate; smaller at 1; no clear difference at 0.3; neither learns at 3."
    )
