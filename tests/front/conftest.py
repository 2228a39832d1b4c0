"""Tests of the front read Streamlit's settings as the server does."""

import pytest

from app.front import start


@pytest.fixture(autouse=True, scope="session")
def settings_of_the_server() -> None:
    start.prepare()
