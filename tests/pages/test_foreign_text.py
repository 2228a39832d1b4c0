"""Text from a link, a name or an error message is never rendered as Markdown, on any page."""

import re
from types import SimpleNamespace

import pytest
from race_pages import MAIN, Races, checked
from recordings import events
from streamlit.testing.v1 import AppTest

from app.session import server, visitor
from app.session.saved import runs as saved
from app.store.chunks import pack
from app.store.saver import Saver
from app.store.schema import StoreError
from app.store.store import Store
from ipcore.config import RunConfig
from ipcore.jsonlines import encode

IMAGE, LINK = "![x](http://127.0.0.1:9/x.png)", "[press](http://127.0.0.1:9/)"
OWNER = "0" * 31 + "1"
PLAIN = (
    "html",
    "text",
    "code",
    "text_input",
    "dataframe",
    "arrow_data_frame",
    "bidi_component",
    "plotly_chart",
    "selectbox",
)
"""Elements that show text as it is, if their labels are left out; in html it is escaped."""


@pytest.fixture
def store(monkeypatch, tmp_path):
    """An empty store, behind the pages."""
    store = Store(tmp_path)
    saver = Saver(store)
    for name, double in (("store", store), ("saver", saver), ("runs", Races())):
        monkeypatch.setattr(server, name, lambda double=double: double)
    monkeypatch.setattr(visitor, "_remember", lambda **_: SimpleNamespace(known={"name": None, "owner": OWNER}))
    Races.get = lambda self, id: None
    saved._replays.clear()
    yield store
    saver.close()
    store.close()
    del Races.get


def visit(name: str, parameters: dict[str, str]) -> AppTest:
    page = AppTest.from_file(MAIN, default_timeout=60)
    page.switch_page(f"../pages/{name}.py")
    for parameter, text in parameters.items():
        page.query_params[parameter] = text
    return checked(page.run())


def live(page: AppTest) -> list[str]:
    """Sources of elements that would be rendered with our image or link: their texts, labels, hints and options."""
    shown = [element for part in (page.main, page.sidebar) for element in part if element.type not in PLAIN]
    sources = [str(element.proto) for element in shown if getattr(element, "proto", None) is not None]
    return [source for source in sources if re.search(r"(?<!\\)!\[x|(?<!\\)\[press|http://127", source)]


@pytest.mark.parametrize("name", ["live", "claims", "neuron", "depth", "robustness", "runs", "guide"])
def test_a_crafted_link_shows_neither_image_nor_link(store, name):
    page = visit(name, {"depth": IMAGE, "methods": LINK, LINK: "1"})
    if name not in ("claims", "runs", "guide"):
        (notice,) = page.warning
        assert r"\[press\](http\:" in notice.value  # it is named
    assert not live(page)


def test_a_name_of_a_run_is_text_wherever_it_is_shown(store):
    config = RunConfig(dataset="moons", methods=("plain", "ip"), depth=2, width=4, steps=40)
    ids = ["foreign-run-000000001", "foreign-run-000000002"]
    for id in ids:
        store.create(id, OWNER, "race", f"{IMAGE} {LINK}", config.to_dict())
        store.append(id, 0, pack([encode(event).encode() for event in events(config, snapshots=4)]), 40, {"ip": 0.5})
        store.finish(id, "finished")
    for parameters in ({}, {"run": ids[0]}, {"compare": ",".join(ids)}, {"state": LINK, IMAGE: "1"}, {"run": IMAGE}):
        page = visit("runs", parameters)
        assert not live(page), parameters
    compared = visit("runs", {"compare": ",".join(ids)})
    assert not live(checked(compared.segmented_control(key="compare_mode").set_value("Difference").run()))
    opened = visit("runs", {"run": ids[0]})
    for key in ("rename", "delete"):
        assert not live(checked(opened.button(key=key).click().run()))


def test_a_message_of_the_database_is_text(store, monkeypatch):
    def fail(*_, **__):
        raise StoreError(IMAGE)

    monkeypatch.setattr(store, "list", fail)
    page = visit("runs", {})
    assert page.error and not live(page)
