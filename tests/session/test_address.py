"""The network address of a visitor."""

import pytest

from app.session.address import client_address, proxies


@pytest.mark.parametrize(
    ("peer", "forwarded", "count", "address"),
    [
        ("192.0.2.1", None, 0, "192.0.2.1"),
        (None, None, 0, ""),
        ("192.0.2.1", "203.0.113.9", 0, "192.0.2.1"),
        ("10.0.0.1", "203.0.113.9", 1, "203.0.113.9"),
        ("10.0.0.1", "1.2.3.4, 203.0.113.9", 1, "203.0.113.9"),
        ("10.0.0.1", "1.2.3.4, 203.0.113.9, 10.0.0.2", 2, "203.0.113.9"),
        ("10.0.0.1", "203.0.113.9", 2, ""),
        ("10.0.0.1", None, 1, ""),
    ],
)
def test_only_what_our_own_proxies_say_is_believed(peer, forwarded, count, address):
    assert client_address(peer, forwarded, count) == address


def test_the_number_of_proxies_is_checked(monkeypatch):
    monkeypatch.delenv("IPCORE_PROXIES", raising=False)
    assert proxies() == 0
    monkeypatch.setenv("IPCORE_PROXIES", "2")
    assert proxies() == 2
    for nonsense in ("-1", "many", "10"):
        monkeypatch.setenv("IPCORE_PROXIES", nonsense)
        with pytest.raises(ValueError, match="IPCORE_PROXIES must be a whole number from 0 to 9"):
            proxies()
