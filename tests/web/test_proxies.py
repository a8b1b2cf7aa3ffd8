"""Proxies lying about the client (security.md 17)."""

from __future__ import annotations

from pathlib import Path

import pytest
import web_samples
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send
from web_client import WebClient

from digest.web.proxies import (
    UNKNOWN,
    SeeThroughProxies,
    client_of,
    is_within,
    parse_address,
    parse_networks,
)

TRUSTED = parse_networks(["10.0.0.0/8", "192.0.2.1", "2001:db8::/32"])


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", ["198.51.100.7"], "203.0.113.9"),
        ("10.1.1.1", ["198.51.100.7"], "198.51.100.7"),
        ("10.1.1.1", ["1.2.3.4", "198.51.100.7"], "198.51.100.7"),
        ("10.1.1.1", ["1.2.3.4", "198.51.100.7", "10.2.2.2"], "198.51.100.7"),
        ("10.1.1.1", ["10.3.3.3"], "10.3.3.3"),
        ("10.1.1.1", [], "10.1.1.1"),
        ("10.1.1.1", ["1.2.3.4", "nonsense"], "10.1.1.1"),
        ("10.1.1.1", ["198.51.100.7:4711"], "198.51.100.7"),
        ("10.1.1.1", ["[2001:db9::7]:4711"], "2001:db9::7"),
        ("::ffff:10.1.1.1", ["198.51.100.7"], "198.51.100.7"),
        ("2001:db8::1", ["2001:db9::7"], "2001:db9::7"),
        ("", ["198.51.100.7"], UNKNOWN),
        ("unix:", [], UNKNOWN),
    ],
)
def test_the_reader_is_the_first_that_is_no_trusted_proxy(
    peer: str, forwarded: list[str], client: str
) -> None:
    assert client_of(peer, forwarded, TRUSTED) == client


@given(st.lists(st.text(max_size=12), max_size=40))
def test_nothing_that_somebody_forwards_moves_an_untrusted_peer(forwarded: list[str]) -> None:
    assert client_of("203.0.113.9", forwarded, TRUSTED) == "203.0.113.9"


def test_nobody_is_in_no_network() -> None:
    assert not is_within(None, TRUSTED)
    assert not is_within(parse_address("203.0.113.9"), ())
    assert parse_address("999.1.1.1") is None


class Spy:
    """An app that keeps what it was asked."""

    scope: Scope

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Keep it, and answer nothing."""
        self.scope = scope
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b""})


def asked(ip: str, headers: dict[str, str], target: str = "/", base: str = "/") -> Scope:
    spy = Spy()
    WebClient(SeeThroughProxies(spy, ["10.0.0.0/8"], base=base), ip).get(target, **headers)
    return spy.scope


@pytest.mark.parametrize(
    ("ip", "headers", "client", "is_https", "is_direct"),
    [
        ("203.0.113.9", {}, "203.0.113.9", False, True),
        ("203.0.113.9", {"x_forwarded_proto": "https"}, "203.0.113.9", False, False),
        ("203.0.113.9", {"forwarded": "for=10.0.0.1"}, "203.0.113.9", False, False),
        (
            "10.0.0.1",
            {"x_forwarded_for": "198.51.100.7", "x_forwarded_proto": "https"},
            "198.51.100.7",
            True,
            True,
        ),
        ("10.0.0.1", {"x_forwarded_proto": "https, http"}, "10.0.0.1", False, True),
    ],
)
def test_each_request_says_who_asks_and_how(
    ip: str, headers: dict[str, str], client: str, *, is_https: bool, is_direct: bool
) -> None:
    state = asked(ip, headers)["state"]
    assert state == {"client_ip": client, "is_https": is_https, "is_direct": is_direct}


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/news/articles", "/articles"),
        ("/news", "/"),
        ("/news/", "/"),
        ("/articles", "/articles"),
        ("/newspaper", "/newspaper"),
        ("/news/news/x", "/news/x"),
    ],
)
def test_the_base_path_is_taken_off_if_the_proxy_left_it_on(target: str, path: str) -> None:
    assert asked("203.0.113.9", {}, target, base="/news/")["path"] == path


async def test_what_is_not_http_is_handed_on_untouched() -> None:
    spy, scope = Spy(), {"type": "lifespan"}

    async def receive() -> dict[str, str]:
        return {}

    async def send(_message: object) -> None: ...

    await SeeThroughProxies(spy, (), base="/")(scope, receive, send)
    assert spy.scope is scope


def test_a_forged_address_is_not_believed_by_the_app(tmp_path: Path, sqlite_template: Path) -> None:
    """Figures are for loopback: no header makes a stranger local, and one behind a proxy is one."""
    service = web_samples.site_service(tmp_path, sqlite_template)
    for ip, forwarded, status in (
        ("203.0.113.9", None, 404),
        ("203.0.113.9", "127.0.0.1", 404),
        ("127.0.0.1", None, 200),
        ("127.0.0.1", "127.0.0.1", 404),
    ):
        headers = {"x_forwarded_for": forwarded} if forwarded else {}
        assert web_samples.client_of(service, ip).get("/metrics", **headers).status == status
    service.close()
