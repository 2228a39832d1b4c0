"""The queue in which visitors take turns: its order on examples, and what must hold for any course of events."""

from hypothesis import given
from hypothesis import strategies as st

from ipcore.worker.turns import Turns


def queue(names: str) -> Turns[str]:
    """Items such as ``a1``: the first of owner ``a``."""
    turns: Turns[str] = Turns()
    for index, owner in enumerate(names):
        turns.add(f"{owner}{names[: index + 1].count(owner)}", owner)
    return turns


def test_everybodys_first_comes_before_anybodys_second():
    assert queue("aaabcb").items() == ["a1", "b1", "c1", "a2", "b2", "a3"]


def test_one_who_was_just_served_does_not_go_before_those_who_wait():
    turns = queue("ab")
    assert turns.take() == "a1"
    turns.add("a2", "a")
    assert turns.items() == ["b1", "a2"]


def test_places():
    turns = queue("aab")
    assert [turns.position(item) for item in ("a1", "b1", "a2", "never came")] == [1, 2, 3, 0]
    turns.remove("a1")
    turns.remove("a1")
    assert [turns.position(item) for item in ("a1", "b1", "a2")] == [0, 1, 2]
    assert len(turns) == 2


@given(st.lists(st.sampled_from("abcd.")))
def test_one_is_overtaken_by_each_owner_once_for_every_own_item_before_at_most(course):
    """Letters add an item of that owner; a full stop serves one."""
    turns: Turns[tuple[int, str]] = Turns()
    overtaken: dict[tuple[int, str], list[str]] = {}
    for item in [*enumerate(course), *((len(course), ".") for _ in course)]:
        if item[1] != ".":
            overtaken[item] = []
            turns.add(item, item[1])
        elif turns:
            served = turns.take()
            for other in turns.items():
                if other[0] < served[0]:
                    overtaken[other].append(served[1])
    for (place, owner), by in overtaken.items():
        ahead = sum(other < place for other, letter in overtaken if letter == owner)
        assert all(by.count(letter) <= ahead for letter in set(by))
        assert owner not in by
