"""How networks start and learn, as a visitor sets it: on the front page and on Robustness, in links, by a button."""

import pytest
from race_pages import MAIN, checked, header, text
from streamlit.testing.v1 import AppTest

from ipcore.config import CHOICES, RunConfig

LINKS = [
    {"initialization": "xavier", "biases": "drawn", "optimizer": "momentum", "train_examples": "1500"},
    {"initialization": "orthogonal", "optimizer": "adam"},
    {},
]


def visit(path: str = "", **parameters: str) -> AppTest:
    """A page as a visitor with this link sees it."""
    page = AppTest.from_file(MAIN, default_timeout=20)
    if path:
        page.switch_page(f"../pages/{path}.py")
    for name, value in parameters.items():
        page.query_params[name] = value
    return checked(page.run())


def unfolded(page: AppTest) -> bool:
    """Whether the settings that are seldom used are unfolded."""
    (found,) = [each for each in page.expander if each.label == "More settings"]
    return found.proto.expanded


@pytest.mark.parametrize("link", LINKS, ids=["all", "some", "none"])
def test_a_link_to_a_race_restores_each_choice(races, link):
    page = visit(**link)
    assert not page.warning and page.query_params == link
    for name, choice in CHOICES.items():
        assert page.selectbox(key=name).value == link.get(name, choice.default)
        assert len(page.selectbox(key=name).options) == len(choice.options)
    checked(page.button(key="start").click().run())
    assert races.started[0].config == RunConfig(**link)


@pytest.mark.parametrize("link", LINKS, ids=["all", "some", "none"])
def test_a_link_to_a_sweep_restores_each_choice(races, link):
    page = visit("robustness", **link)
    assert not page.warning and page.query_params == link
    for name, choice in CHOICES.items():
        assert page.selectbox(key=f"sweep_{name}").value == link.get(name, choice.default)
    assert page.number_input(key="sweep_train_examples").value == int(link.get("train_examples", 0))
    if link:
        assert "Press Start to train with your settings" in text(page)


def test_what_is_wrong_in_a_link_is_named_and_the_rest_kept(races):
    page = visit(initialization="he", optimizer="Adam", biases="drawn", train_examples="-1")
    (notice,) = page.warning
    assert all(f"{name} must be one of" in notice.value for name in ("initialization", "optimizer"))
    assert "must be a whole number from 0 to 60,000, not '-1'" in notice.value
    assert page.query_params == {"biases": "drawn"}


def test_more_training_examples_than_there_are_are_refused_with_how_many_there_are(races):
    page = visit(train_examples="5000")
    assert "Training examples must be from 100, the batch size, to 4,000, all that mnist-5k has" in text(page)
    assert page.button(key="start").disabled
    checked(page.selectbox(key="dataset").set_value("mnist").run())
    assert not page.button(key="start").disabled


def test_settings_that_are_seldom_used_are_folded_away_until_one_is_unusual(races):
    page = visit()
    assert not unfolded(page)
    checked(page.selectbox(key="optimizer").set_value("adam").run())
    assert unfolded(page) and page.query_params == {"optimizer": "adam"}
    checked(page.selectbox(key="optimizer").set_value("sgd").run())
    assert unfolded(page), "it does not close under the hand of a visitor"
    assert unfolded(visit("robustness", biases="drawn")) and not unfolded(visit("robustness", initialization="xavier"))


def test_the_page_says_how_weights_start_and_one_click_gives_plain_a_better_start(races):
    page = visit(weight_scale="0.5", depth="20")
    assert "Weights start in 0.5 times PyTorch" in header(page)["condition"], "of what Start would train"
    checked(page.button(key="start").click().run())
    assert (
        "Weights start in 0.5 times PyTorch" in header(page)["condition"] and not page.button(key="best_start").disabled
    )
    checked(page.button(key="best_start").click().run())
    assert page.query_params == {"initialization": "xavier", "depth": "20"} and page.button(key="best_start").disabled
    assert "Weights start in 0.5 times PyTorch" in header(page)["condition"], "the race on screen goes on as it is"
    assert "Changes of weight scale and initialization take effect at the next start." in text(page)
    assert len(races.started) == 1
    checked(page.button(key="start").click().run())
    assert races.started[1].config == RunConfig(depth=20, initialization="xavier")
    assert "Weights start in Xavier's range (variance 2/(fan-in + fan-out))." in header(page)["condition"]


def test_without_plain_nothing_offers_it_a_better_start(races):
    assert visit(methods="batch-norm,ip").button(key="best_start").disabled
    assert visit(initialization="orthogonal").button(key="best_start").disabled
