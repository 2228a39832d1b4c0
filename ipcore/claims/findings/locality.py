"""C7: a local rule, compared with batch norm, and with controls that say what an advantage is due to."""

from __future__ import annotations

import numpy as np

from ipcore.claims.evidence import Evidence, difference, number
from ipcore.claims.experiments import CONTROLS, CONTROLS_AT_SMALL_BATCHES, MIDDLE, SHALLOW, STARTS, NetworkKey
from ipcore.claims.findings.by_rate import by_rate
from ipcore.claims.findings.words import NOT_MEASURED, at_rates, by_verdict, label, listed, place_words, signed, span
from ipcore.claims.results import Condition, Finding, Number, Outcome, Picture, Series
from ipcore.claims.verdicts import LEVEL_MARGIN, ahead, at_place, not_behind, of_claim
from ipcore.jsonlines import finite
from ipcore.methods import registry
from ipcore.statistics.intervals import Interval, t_interval

AT_ONCE = ("plain", "batch-norm", "ip", *CONTROLS_AT_SMALL_BATCHES)
"""The methods of the picture."""


def locality(evidence: Evidence) -> Finding:
    """Judges C7.

    The rule must be local. Besides, IP must not be behind batch norm by more than 0.02: at each start and depth, at all
    rates at which one of them learns, and at each small batch size at the best rates. Whether an advantage is due to
    the rule is said beside it, from the controls.
    """
    numbers: list[Number] = []
    conditions = [_local()]
    conditions += [_depth(evidence, start, depth, numbers) for start in STARTS for depth in evidence.plan.size.depths]
    conditions += [_small_batches(evidence, size, numbers) for size in evidence.plan.size.batch_sizes]
    conditions += [_control(evidence, size, numbers) for size in evidence.plan.size.batch_sizes]
    conditions.append(_controls_at_depth(evidence, numbers))
    shared = [each.where for each in conditions if not each.decides and each.verdict == "not seen"]
    local = "The rule is local." if conditions[0].verdict == "holds" else "The rule is not local."
    behind = span(numbers, "accuracy, IP - batch norm")
    summary = f"{local} Not behind batch norm: {by_verdict(conditions[1:])} {behind}".strip()
    if any("batch size" in where for where in shared):
        summary += " An advantage at small batches is not the rule's: running batch norm, which does not normalise by "
        summary += "the minibatch either, does as well."
    return Finding(
        verdict=of_claim(conditions),
        summary=summary,
        conditions=conditions,
        numbers=numbers,
        picture=_picture(evidence),
    )


def is_local(method: str) -> bool:
    """Whether a neuron's gain and bias depend on nothing but its own input, potential and output.

    It is tried, not read from the record: two neurons are updated together, and the first alone; the update of the
    first must be the same to the last bit.
    """
    found = registry.get(method)
    if not found.local:
        return False
    generator = np.random.default_rng(0)
    x = generator.normal(1.0, 2.0, (50, 2))
    state = found.start(np.full, (2,))
    u = state["gain"] * x + state["bias"]
    together = found.step(x, u, np.tanh(u), state, 0.05)
    one, own = slice(0, 1), {name: values[:1] for name, values in state.items()}
    alone = found.step(x[:, one], u[:, one], np.tanh(u[:, one]), own, 0.05)
    return all(np.array_equal(together[name][:1], alone[name]) for name in alone)


def _local() -> Condition:
    if is_local("ip"):
        words = "A neuron's update is the same to the last bit whatever its neighbours do; backprop is not needed."
        return Condition(where="the rule itself", verdict="holds", words=words)
    return Condition(where="the rule itself", verdict="not seen", words="Its update depends on more than the neuron.")


def _depth(evidence: Evidence, start: str, depth: int, numbers: list[Number]) -> Condition:
    ours, theirs = ("ip", start, depth, 100), ("batch-norm", start, depth, 100)
    if not evidence.known(ours, theirs):
        return Condition(where=place_words(start, depth), verdict="not measured", words=NOT_MEASURED)
    found = by_rate(
        evidence, ours, theirs, evidence.accuracy, lambda gap: not_behind(gap, LEVEL_MARGIN),
        "accuracy, IP - batch norm",
    )  # fmt: skip
    numbers += found.numbers
    if level := found.where("for"):
        words = f"IP is not behind batch norm by more than {LEVEL_MARGIN} {at_rates(level)}"
    else:
        words = f"There is no rate at which IP is surely less than {LEVEL_MARGIN} behind batch norm"
    for said, rates in (("behind", found.where("against")), ("it cannot be told", found.where("level"))):
        gaps = listed(f"{rate:g} ({signed(found.found[rate])})" for rate in rates)
        words += f"; {said} at {gaps}" if rates else ""
    verdict = at_place(found.said(), found.said())
    return Condition(where=place_words(start, depth), verdict=verdict, words=f"{words}.")


def _key(method: str, size: int) -> NetworkKey:
    return method, "pytorch", SHALLOW, size


def _at_best(
    evidence: Evidence, ours: NetworkKey, theirs: NetworkKey, numbers: list[Number], decides: bool = False
) -> tuple[Interval, Outcome] | None:
    """Ours minus theirs at each one's best rate, and whether ours is not behind; None if one is not measured."""
    first, second = evidence.best(ours), evidence.best(theirs)
    if first is None or second is None:
        return None
    found = difference(first[1], second[1])
    outcome = not_behind(found, LEVEL_MARGIN)
    place: dict[str, str | float] = {"start": ours[1], "depth": ours[2], "batch_size": ours[3]}
    address = evidence.robustness(evidence.plan.networks[ours], (theirs[0], ours[0]))
    name = f"accuracy at each one's best rate, {label(ours[0])} - {label(theirs[0])}"
    numbers.append(number(name, place, found, "accuracy", outcome, address, decides))
    return found, outcome


def _small_batches(evidence: Evidence, size: int, numbers: list[Number]) -> Condition:
    where = place_words("pytorch", SHALLOW, size)
    best = evidence.best(_key("ip", size))
    if best is None or not evidence.known(_key("ip", size)):
        return Condition(where=where, verdict="not measured", words=NOT_MEASURED)
    reached = t_interval(best[1])
    if too_small := registry.get("batch-norm").too_small(size):
        outcome: Outcome = "unknown" if not reached.known else "level"
        if reached.known and evidence.learns(_key("ip", size)).any():
            outcome = "for"
        words = f"Batch norm cannot train ({too_small.partition(': ')[2]}); IP reaches {reached.mean:.3f}."
        return Condition(where=where, verdict=at_place([outcome]), words=words)
    compared = _at_best(evidence, _key("ip", size), _key("batch-norm", size), numbers, decides=True)
    if compared is None or not compared[0].known:
        return Condition(where=where, verdict="not measured", words=NOT_MEASURED)
    words = f"IP reaches {reached.mean:.3f}; IP - batch norm at the best rates {signed(compared[0])}."
    return Condition(where=where, verdict=at_place([compared[1]]), words=words)


def _control(evidence: Evidence, size: int, numbers: list[Number]) -> Condition:
    """Whether IP is ahead of everything else that does not normalise by the minibatch: then it is due to the rule."""
    where = f"due to the rule, batch size {size}"
    found = {}
    for method in ("running-batch-norm", "averaged-ip", "layer-norm", "plain"):
        ours, theirs = _key("ip", size), _key(method, size)
        if theirs in evidence.plan.networks and (compared := _at_best(evidence, ours, theirs, numbers)):
            found[method] = compared[0]
    outcomes: list[Outcome] = [ahead(each, 0.0) for each in found.values()]
    words = "IP - " + ", IP - ".join(f"{label(method)} {signed(each)}" for method, each in found.items()) + "."
    required = outcomes
    running = found.get("running-batch-norm")
    if running is not None and running.known and ahead(running, 0.0) != "for":
        words += " Running batch norm does as well: the advantage is not the rule's."
        outcomes = ["level"]
    verdict = at_place(outcomes, required if outcomes is required else ())
    words = NOT_MEASURED if verdict == "not measured" else words
    return Condition(where=where, verdict=verdict, words=words, decides=False)


def _controls_at_depth(evidence: Evidence, numbers: list[Number]) -> Condition:
    """IP against each control at depth, at each one's best rate."""
    where = f"controls, {place_words('pytorch', MIDDLE)}"
    words, outcomes = [], []
    for method in CONTROLS:
        ours, theirs = ("ip", "pytorch", MIDDLE, 100), (method, "pytorch", MIDDLE, 100)
        if theirs in evidence.plan.networks and (compared := _at_best(evidence, ours, theirs, numbers)):
            words.append(f"IP - {label(method)} {signed(compared[0])}")
            outcomes.append(compared[1])
    verdict = at_place(outcomes, outcomes)
    text = NOT_MEASURED if verdict == "not measured" else f"At the best rates {', '.join(words)}."
    return Condition(where=where, verdict=verdict, words=text, decides=False)


def _picture(evidence: Evidence) -> Picture:
    sizes = evidence.plan.size.batch_sizes
    series = []
    for method in AT_ONCE:
        x: list[float | str] = []
        found = []
        for size in sizes:
            if _key(method, size) in evidence.plan.networks and (best := evidence.best(_key(method, size))):
                x.append(float(size))
                found.append(t_interval(best[1]))
        if found:
            mean, low, high = (finite([float(getattr(each, end)) for each in found]) for end in ("mean", "low", "high"))
            series.append(Series(name=label(method), x=x, y=mean, low=low, high=high, method=method))
    title = f"Accuracy at {SHALLOW} layers, each method's best rate"
    return Picture(title=title, x="batch size", y="test accuracy", series=series, log_x=True)
