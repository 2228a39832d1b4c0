"""What a teacher's link says: read strictly, told in words, and written back as it was read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ui import teacher_link
from app.ui.qr import LONGEST, code
from app.ui.teacher_link import TeacherLink, parse

CONTROLS, CHARTS = ("depth", "width", "methods"), ("loss", "accuracy")


def some(names: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...] | None]:
    return st.none() | st.lists(st.sampled_from(names), unique=True).map(
        lambda found: tuple(sorted(found, key=names.index))
    )


@given(some(CONTROLS), some(CHARTS), some(CONTROLS))
def test_every_link_is_read_as_it_was_written(controls, charts, locked) -> None:
    link = TeacherLink(controls, charts, locked)
    assert parse(link.to_parameters(), CONTROLS, CHARTS) == (link, [])
    assert bool(link) == bool(link.to_parameters())


def test_an_address_without_its_parameters_restricts_nothing() -> None:
    link, notices = parse({"depth": "30", "steps": "x"}, CONTROLS, CHARTS)
    assert link == TeacherLink() and not link and not notices
    assert link.draws("depth") and link.shows("loss") and not link.locks("depth")


@given(st.dictionaries(st.sampled_from(teacher_link.NAMES), st.text(max_size=3000)))
def test_whatever_a_link_says_it_names_parts_of_the_page_and_says_what_it_ignores(parameters) -> None:
    link, notices = parse(parameters, CONTROLS, CHARTS)
    assert set(link.controls or ()) | set(link.locked or ()) <= set(CONTROLS) and set(link.charts or ()) <= set(CHARTS)
    assert len(notices) <= len(parameters) and all(len(each) < 600 for each in notices)


def test_unknown_names_are_told_and_the_others_count() -> None:
    link, notices = parse({"lock": "depth, dpth,a,b,c", "show": "loss,map"}, CONTROLS, CHARTS)
    assert link == TeacherLink(None, ("loss",), ("depth",))
    assert notices == [
        "'map' in show, which knows the charts loss, accuracy",
        "'dpth', 'a', 'b' and 1 more in lock, which knows the controls depth, width, methods",
    ]
    link, notices = parse({"controls": "nonsense"}, CONTROLS, CHARTS)
    assert not link and len(notices) == 1, "a list without a known name hides nothing"
    link, notices = parse({"show": "loss", "lock": "all"}, (), ())
    assert not link and notices == [
        "show, since this page has no charts to choose from",
        "lock, since this page has no controls to choose from",
    ]


def test_what_is_left_out_or_locked_is_not_free() -> None:
    teacher_link.begin(TeacherLink(("depth", "width"), None, ("width",)))
    assert teacher_link.free(["depth"])
    assert not teacher_link.free(["depth", "width"]) and not teacher_link.free(["methods"])
    assert teacher_link.offer("depth", "Depth") and not teacher_link.offer("methods", "Methods")
    assert teacher_link.offered() == {"depth": "Depth", "methods": "Methods"}, "a teacher chooses from all"
    teacher_link.begin(TeacherLink())
    assert teacher_link.offered() == {} and teacher_link.free(["methods"])


def test_a_code_has_its_three_finders_and_a_quiet_zone() -> None:
    found = code("http://192.168.1.20:8501/?depth=30")
    size = found["size"]
    dark = set()
    for run in found["path"].split("z")[:-1]:
        corner, rest = run[1:].split("h", 1)
        x, y = map(int, corner.split())
        dark |= {(x + step, y) for step in range(int(rest.split("v")[0]))}
    assert (size - 8 - 17) % 4 == 0 and all(4 <= x < size - 4 and 4 <= y < size - 4 for x, y in dark)
    finder = ["#######", "#     #", "# ### #", "# ### #", "# ### #", "#     #", "#######"]
    for left, top in ((4, 4), (size - 11, 4), (4, size - 11)):
        square = ["".join("# "[(x, y) not in dark] for x in range(left, left + 7)) for y in range(top, top + 7)]
        assert square == finder


@pytest.mark.parametrize("text", ["", "javascript:alert(1)", "file:///etc/passwd", "http://" + "x" * LONGEST])
def test_a_code_is_only_made_of_an_address(text: str) -> None:
    with pytest.raises(ValueError):
        code(text)
