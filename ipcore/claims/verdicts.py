"""The rules that turn numbers into verdicts. They are pure functions; docs/claims.md tells them in words.

A number is a difference or the logarithm of a ratio over seeds, with its 95 % interval, and says something *for* its
claim, *against* it, or that both are *level*. From such numbers follows the verdict at one place, such as one start and
depth, and from the verdicts at all places that of the claim.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from ipcore.claims.results import Condition, Outcome, Word
from ipcore.statistics.intervals import Interval

ACCURACY_MARGIN = 0.01
"""A difference of accuracies below this counts as none, even where its interval excludes 0."""
LEVEL_MARGIN = 0.02
"""Accuracies, and information, count as similar if the whole interval of their difference is within this."""
INFORMATION_MARGIN = 0.005
"""A difference of information below this counts as none."""
RATIO_MARGIN = math.log(1.1)
"""A ratio of gradients below 1.1 (or above 1 / 1.1) counts as none."""
REST_MARGIN = 0.05
"""Gain and centre count as at their equilibrium if the whole interval of their relative error is within this."""


def ahead(difference: Interval, margin: float) -> Outcome:
    """What a difference says of the claim that it is positive.

    ``for`` if its interval is above 0 and its mean at least the margin, ``against`` if it is below 0 and its mean at
    most minus the margin, else ``level``; ``unknown`` if there is no interval.
    """
    if not difference.known:
        return "unknown"
    if difference.low > 0 and difference.mean >= margin:
        return "for"
    if difference.high < 0 and difference.mean <= -margin:
        return "against"
    return "level"


def similar(difference: Interval, margin: float) -> Outcome:
    """What a difference says of the claim that two things are similar.

    ``for`` if its whole interval is within plus and minus the margin, ``against`` if it is wholly outside, else
    ``level``, which means here that it cannot be told; ``unknown`` if there is no interval.
    """
    if not difference.known:
        return "unknown"
    if -margin <= difference.low and difference.high <= margin:
        return "for"
    return "against" if difference.low > margin or difference.high < -margin else "level"


def not_behind(difference: Interval, margin: float) -> Outcome:
    """What a difference says of the claim that it is not negative.

    ``for`` if its whole interval is above minus the margin, ``against`` if it is wholly below, else ``level``;
    ``unknown`` if there is no interval.
    """
    if not difference.known:
        return "unknown"
    if difference.low >= -margin:
        return "for"
    return "against" if difference.high < -margin else "level"


def at_place(outcomes: Iterable[Outcome], required: Sequence[Outcome] = ()) -> Word:
    """The verdict at one place.

    * ``holds``: some number is for the claim, none is against it, and all that are required are for it;
    * ``holds in part``: some number is for it;
    * ``not seen``: none is for it;
    * ``not measured``: nothing is known.

    Args:
        outcomes: what the numbers of the place say.
        required: what those say without which the claim does not hold; they are among ``outcomes`` too.
    """
    known = [each for each in outcomes if each != "unknown"]
    if not known:
        return "not measured"
    if "for" not in known:
        return "not seen"
    if "against" in known or any(each != "for" for each in required):
        return "holds in part"
    return "holds"


def of_claim(conditions: Iterable[Condition]) -> Word:
    """The verdict of a claim, from those of its conditions that decide and are measured.

    * ``holds``: it holds at every place;
    * ``holds in part``: it holds, or holds in part, at some place;
    * ``not seen``: at none;
    * ``not measured``: no place is measured.
    """
    words = [each.verdict for each in conditions if each.decides and each.verdict != "not measured"]
    if not words:
        return "not measured"
    if all(word == "holds" for word in words):
        return "holds"
    return "not seen" if all(word == "not seen" for word in words) else "holds in part"
