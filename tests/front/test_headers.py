"""Headers and names of the server: what every answer carries, who may frame it, and by which names it is reached."""

from __future__ import annotations

import base64
import hashlib
import http.client
from urllib.parse import urlsplit

import pytest
from serving import Server
from test_front import PAGE, Files, ask

from app.front import environment
from app.front.headers import POLICY, SafeHeaders
from app.front.hosts import KnownHosts, is_allowed, name_of
from app.front.opening import Opening
from app.front.policy import policy

TOKEN = "0123456789abcdef"


def directives(text: str) -> dict[str, list[str]]:
    """The directives of a content security policy."""
    parts = [part.split() for part in text.split(";")]
    return {name: values for name, *values in parts}


def request(server: Server, path: str, **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=60)
    connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


@pytest.mark.parametrize(
    "path", ["/", "/neuron", "/_stcore/health", "/static/favicon.png", "/app/static/icon.svg", "/gone"]
)
def test_every_answer_of_the_server_carries_the_headers(server: Server, path: str) -> None:
    headers = request(server, path).headers
    assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "same-origin"
    found = directives(headers[POLICY])
    assert found["default-src"] == ["'self'"] and found["object-src"] == ["'none'"]
    assert found["frame-ancestors"] == ["'self'"] and headers["x-frame-options"] == "SAMEORIGIN"
    assert "'unsafe-inline'" not in found["script-src"] and "'unsafe-eval'" not in found["script-src"]


def test_the_server_keeps_its_metrics_to_itself_and_answers_to_no_other_name(server: Server) -> None:
    assert request(server, "/_stcore/metrics").status == 404
    for path in ("/", "/_stcore/health", "/_stcore/stream"):
        assert request(server, path, Host="elsewhere.example").status == 421
        assert request(server, path, Host="a b").status in (400, 421)
    assert request(server, "/_stcore/health", Host="localhost:80").status == 200


def test_scripts_in_a_page_may_run_by_their_hashes_alone() -> None:
    html = "<script>\n a </script><script type='module' src='b.js'></script><script type=\"module\">c</script>"
    found = directives(policy(html, "host:1", ("https://a.example",)))
    hashes = [value for value in found["script-src"] if value.startswith("'sha256-")]
    digests = [base64.b64encode(hashlib.sha256(script).digest()).decode() for script in (b"\n a ", b"c")]
    assert hashes == [f"'sha256-{digest}'" for digest in digests]
    assert found["connect-src"] == ["'self'", "ws://host:1", "wss://host:1"]
    assert found["frame-ancestors"] == ["'self'", "https://a.example"]


def test_the_beginning_of_a_page_is_part_of_its_policy() -> None:
    answered = ask(SafeHeaders(Opening(Files("text/html; charset=utf-8", PAGE))), "/", host="localhost")[1]
    scripts = [value for value in directives(answered[POLICY])["script-src"] if value.startswith("'sha256-")]
    assert len(scripts) == 3, "the two scripts of the opening, and that of every page"
    assert "localhost" in answered[POLICY]
    assert ";x" not in ask(SafeHeaders(Files()), "/", host="a;x")[1][POLICY], "a host is named only if it is one"


def test_framing_is_allowed_where_the_owner_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(environment.FRAMES_VARIABLE, "https://school.example/, *.uni.example")
    headers = ask(SafeHeaders(Files()), "/")[1]
    assert directives(headers[POLICY])["frame-ancestors"] == ["'self'", "https://school.example", "*.uni.example"]
    assert "x-frame-options" not in headers
    for wrong in ("https://a.example; script-src *", "a b", "'none'", "javascript:x", "https://"):
        monkeypatch.setenv(environment.FRAMES_VARIABLE, wrong)
        with pytest.raises(ValueError, match=environment.FRAMES_VARIABLE):
            environment.check()
        assert directives(ask(SafeHeaders(Files()), "/")[1][POLICY])["frame-ancestors"] == ["'self'"]


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("Localhost:8501", "localhost"),
        ("[::1]:80", "::1"),
        ("a.example.", "a.example"),
        ("", None),
        ("a@b", None),
        ("a/b", None),
        ("a b", None),
        ("a:b", None),
        ("a;script-src", None),
        ("a" * 300, None),
    ],
)
def test_the_name_in_a_host_header(host: str, name: str | None) -> None:
    assert name_of(host) == name
    assert is_allowed(host, ()) is (name is not None or host == "")


def test_which_names_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(environment.HOSTS_VARIABLE, "Plasticity.example, *.school.example")
    patterns = environment.hosts()
    for host in ("plasticity.example", "PLASTICITY.example:443", "a.school.example", "192.168.0.7", "[fe80::1]:80"):
        assert is_allowed(host, patterns)
    for host in ("a.plasticity.example", "school.example", "xschool.example", "localhost"):
        assert not is_allowed(host, patterns)
    monkeypatch.setenv(environment.HOSTS_VARIABLE, "*")
    assert is_allowed("anything.example", environment.hosts())
    monkeypatch.setenv(environment.HOSTS_VARIABLE, "http://a")
    with pytest.raises(ValueError, match=environment.HOSTS_VARIABLE):
        environment.check()
    assert ask(KnownHosts(Files()), "/", host="a")[0] == 200, "the page says what is wrong"


@pytest.mark.parametrize(
    ("address", "allowed"),
    [("127.0.0.1", False), ("::1", False), ("localhost", False), ("0.0.0.0", True), (None, True)],
)
def test_a_server_for_its_own_machine_answers_to_its_names_alone(
    monkeypatch: pytest.MonkeyPatch, address: str | None, allowed: bool
) -> None:
    monkeypatch.setattr(environment.st, "get_option", {"server.address": address}.get)
    app = KnownHosts(Files())
    assert (ask(app, "/", host="elsewhere.example")[0] == 200) is allowed
    for host in ("localhost:8501", "127.0.0.1:8501", "192.168.0.7"):
        assert ask(app, "/", host=host)[0] == 200


@pytest.mark.parametrize(
    ("token", "said", "status"),
    [
        (None, "Bearer ", 404),
        (None, "Bearer None", 404),
        (TOKEN, "", 404),
        (TOKEN, "Bearer x" + TOKEN, 404),
        (TOKEN, TOKEN, 404),
        (TOKEN, "Bearer ä", 404),
        (TOKEN, "bearer " + TOKEN, 200),
        ("short", "Bearer short", 404),
    ],
)
def test_metrics_are_told_to_the_owner_alone(
    monkeypatch: pytest.MonkeyPatch, token: str | None, said: str, status: int
) -> None:
    monkeypatch.delenv(environment.STATUS_VARIABLE, raising=False)
    if token:
        monkeypatch.setenv(environment.STATUS_VARIABLE, token)
    for path in ("/_stcore/metrics", "/base/_stcore/metrics/"):
        assert ask(KnownHosts(Files()), path, host="localhost", authorization=said)[0] == status


def test_a_short_token_is_refused_in_words_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(environment.STATUS_VARIABLE, "hunter2")
    with pytest.raises(ValueError, match="at least 16 characters") as refused:
        environment.check()
    assert "hunter2" not in str(refused.value)
