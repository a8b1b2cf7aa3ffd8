"""Serving over real HTTP: beside the daemon, and ending cleanly."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest
from command_line import run
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from digest.errors import ConfigError
from digest.web.serving import Serving, bind


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("hello")(scope, receive, send)


async def ask(url: str, path: str = "/") -> bytes:
    host, _, port = url.removeprefix("http://").rstrip("/").rpartition(":")
    reader, writer = await asyncio.open_connection(host.strip("[]"), int(port))
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


async def test_an_app_is_served_and_finishes_what_it_answers() -> None:
    begun = asyncio.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        begun.set()
        await asyncio.sleep(0.05)
        await hello(scope, receive, send)

    async with Serving(slow, "127.0.0.1:0") as serving:
        asked = asyncio.create_task(ask(serving.url))
        await begun.wait()
    answer = await asked
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert answer.endswith(b"hello")
    assert b"server:" not in answer.lower()
    with pytest.raises(OSError, match=r"refused|failed"):
        await ask(serving.url)


async def test_an_address_of_ipv6_has_brackets() -> None:
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    try:
        serving = Serving(hello, "[::1]:0")
        async with serving:
            assert serving.url.startswith("http://[::1]:")
            assert (await ask(serving.url)).endswith(b"hello")
    except ConfigError:
        pytest.skip("this machine has no IPv6 loopback")


def test_a_port_that_is_taken_says_what_to_do() -> None:
    taken = bind("127.0.0.1:0")
    port = taken.getsockname()[1]
    with pytest.raises(ConfigError, match=r"choose another port in .web. listen"):
        bind(f"127.0.0.1:{port}")
    taken.close()


def test_a_host_that_is_not_ours_says_so() -> None:
    with pytest.raises(ConfigError, match=r"web.listen: cannot listen on 192\.0\.2\.1:8000"):
        bind("192.0.2.1:8000")


def test_the_command_refuses_what_is_no_place_to_listen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.toml").write_text(
        '[publication]\ntitle = "G"\nurl = "https://g.example/"\nid = "tag:g.example,2026"\n'
    )
    monkeypatch.chdir(tmp_path)
    assert "must be a host and a port" in run("web", "--listen", "everywhere", code=2)
