"""Fetching from servers that misbehave (security.md 8 and 9)."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from web_servers import Asked, Play, Playing, answer, dripping, playing, saying

from digest.errors import FetchError, ForbiddenFetchError
from digest.syndication.fetch import Fetcher, Limits, resolve


@asynccontextmanager
async def fetching(
    play: Play, limits: Limits | None = None
) -> AsyncIterator[tuple[Fetcher, Playing]]:
    async with (
        playing(play) as server,
        Fetcher("Test/1", allow=[server.address], limits=limits) as fetcher,
    ):
        yield fetcher, server


async def test_a_page_is_fetched_with_its_headers() -> None:
    response = answer(200, b"news", ETag='"1"', X_Two="a", x_two="b")
    async with fetching(saying(response)) as (fetcher, server):
        found = await fetcher.get(server.url("/feed"), {"If-None-Match": '"0"'})
    assert (found.url, found.status, found.body) == (server.url("/feed"), 200, b"news")
    assert found.is_success
    assert found.headers["etag"] == '"1"'
    assert found.headers["x-two"] == "a, b"
    assert found.moved_to == ""
    sent = server.asked[0].headers
    assert sent["user-agent"] == "Test/1"
    assert sent["if-none-match"] == '"0"'
    assert sent["accept-encoding"] == "gzip, br, zstd, deflate"
    assert sent["host"] == server.address


async def test_a_packed_page_is_unpacked() -> None:
    response = answer(200, gzip.compress(b"news"), Content_Encoding="gzip")
    async with fetching(saying(response)) as (fetcher, server):
        assert (await fetcher.get(server.url())).body == b"news"


async def test_any_status_is_an_answer() -> None:
    async with fetching(saying(answer(503, b"later", Retry_After="60"))) as (fetcher, server):
        found = await fetcher.get(server.url())
    assert (found.status, found.is_success) == (503, False)
    assert found.headers["retry-after"] == "60"


async def test_a_304_has_no_body_whatever_its_headers_say() -> None:
    response = b"HTTP/1.1 304 Not Modified\r\nContent-Encoding: gzip\r\nContent-Length: 99\r\n\r\n"
    async with fetching(saying(response)) as (fetcher, server):
        found = await fetcher.get(server.url())
    assert (found.status, found.body) == (304, b"")


async def test_head_brings_headers_only() -> None:
    response = answer(200, b"news", Content_Encoding="br")
    async with fetching(saying(response)) as (fetcher, server):
        found = await fetcher.head(server.url())
    assert (found.body, found.headers["content-length"]) == (b"", "4")
    assert server.asked[0].method == "HEAD"


async def test_post_sends_a_body_and_takes_a_redirect_for_an_answer() -> None:
    moved = answer(307, b"", Location="/other")
    async with fetching(saying(moved)) as (fetcher, server):
        found = await fetcher.post(server.url("/hook"), b"a=1", {"Content-Type": "text/plain"})
    assert found.status == 307
    assert [(asked.path, asked.body) for asked in server.asked] == [("/hook", b"a=1")]


@pytest.mark.parametrize(
    ("statuses", "moved"),
    [([301], "/1"), ([308, 301], "/2"), ([302], ""), ([301, 302], "/1"), ([302, 301], "")],
)
async def test_only_permanent_redirects_are_to_be_remembered(
    statuses: list[int], moved: str
) -> None:
    steps = [answer(s, b"", Location=f"/{n}") for n, s in enumerate(statuses, start=1)]
    async with fetching(saying(*steps, answer(200, b"news"))) as (fetcher, server):
        found = await fetcher.get(server.url("/0"))
    assert found.url == server.url(f"/{len(statuses)}")
    assert found.moved_to == (server.url(moved) if moved else "")


async def test_a_redirect_that_names_nothing_is_the_answer() -> None:
    async with fetching(saying(answer(302))) as (fetcher, server):
        assert (await fetcher.get(server.url())).status == 302


async def test_security_8_a_loop_of_redirects_ends() -> None:
    async with fetching(saying(answer(302, b"", Location="/again"))) as (fetcher, server):
        with pytest.raises(FetchError, match="redirects more than 5 times"):
            await fetcher.get(server.url("/again"))
    assert len(server.asked) == 6


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd",
        "http://127.0.0.1:1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://2130706433/",
        "gopher://127.0.0.1/",
        "http://user:pass@news.example/",
    ],
)
async def test_security_8_each_redirect_is_looked_at_again(location: str) -> None:
    async with fetching(saying(answer(302, b"", Location=location))) as (fetcher, server):
        with pytest.raises(ForbiddenFetchError, match="redirects to"):
            await fetcher.get(server.url())
    assert len(server.asked) == 1


async def test_security_8_a_name_that_leads_inside_is_not_connected_to() -> None:
    async def inside(host: str, port: int) -> list[str]:
        del host, port
        return ["127.0.0.1"]

    async with playing(saying(answer())) as server, Fetcher("Test/1", resolver=inside) as fetcher:
        with pytest.raises(ForbiddenFetchError, match=r"127\.0\.0\.1 is not a public address"):
            await fetcher.get("http://innocent.example/")
    assert server.asked == []


async def test_security_8_one_address_inside_spoils_the_others() -> None:
    async def both(host: str, port: int) -> list[str]:
        del host, port
        return ["93.184.215.14", "10.0.0.1"]

    async with Fetcher("Test/1", resolver=both) as fetcher:
        with pytest.raises(ForbiddenFetchError, match=r"10\.0\.0\.1 is not a public address"):
            await fetcher.get("http://innocent.example/")


async def test_security_8_a_name_that_flips_is_looked_up_once_for_each_connection() -> None:
    """What is connected to is the address that was looked at, not what the name says then."""
    asked = []

    async def flipping(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return ["192.0.2.1" if len(asked) % 2 else "127.0.0.1"]

    async with Fetcher("Test/1", resolver=flipping) as fetcher:
        for address in ("192.0.2.1", "127.0.0.1"):
            with pytest.raises(ForbiddenFetchError, match=address):
                await fetcher.get("http://flip.example/")
    assert asked == [("flip.example", 80)] * 2


async def test_a_name_is_used_for_the_request_and_its_address_for_the_connection() -> None:
    async with playing(saying(answer(200, b"news"))) as server:

        async def here(host: str, port: int) -> list[str]:
            assert (host, port) == ("feeds.example", server.port)
            return ["127.0.0.1"]

        allow = [f"feeds.example:{server.port}"]
        async with Fetcher("Test/1", allow=allow, resolver=here) as fetcher:
            found = await fetcher.get(f"http://feeds.example:{server.port}/")
    assert found.body == b"news"
    assert server.asked[0].headers["host"] == f"feeds.example:{server.port}"


async def test_the_next_address_is_tried_when_one_is_dead() -> None:
    async with playing(saying(answer(200, b"news"))) as server:

        async def two(host: str, port: int) -> list[str]:
            del host, port
            return ["127.0.0.2", "127.0.0.1"]

        allow = [f"feeds.example:{server.port}"]
        async with Fetcher("Test/1", allow=allow, resolver=two) as fetcher:
            assert (await fetcher.get(f"http://feeds.example:{server.port}/")).body == b"news"


@pytest.mark.parametrize("addresses", [[], ["127.0.0.1"]])
async def test_a_host_that_is_not_there_is_an_error_that_says_so(addresses: list[str]) -> None:
    async def resolver(host: str, port: int) -> list[str]:
        del host, port
        return addresses

    async with Fetcher("Test/1", allow=["gone.example"], resolver=resolver) as fetcher:
        with pytest.raises(FetchError, match=r"^http://gone\.example:1/ cannot be fetched"):
            await fetcher.get("http://gone.example:1/")


async def test_a_name_that_does_not_exist_is_an_error_that_says_so() -> None:
    async with Fetcher("Test/1") as fetcher:
        with pytest.raises(FetchError, match="its host has no address"):
            await fetcher.get("http://no-such-host.invalid/")


async def test_the_system_resolves_names() -> None:
    assert set(await resolve("localhost", 80)) <= {"127.0.0.1", "::1"}


async def test_security_9_a_byte_at_a_time_is_cut_off() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
    drip = dripping(head, b"x", 0.05, 1000)
    async with fetching(drip, Limits(seconds=0.4)) as (fetcher, server):
        with pytest.raises(FetchError, match=r"took longer than 0\.4 s"):
            await fetcher.get(server.url())


async def test_security_9_headers_a_byte_at_a_time_are_cut_off() -> None:
    drip = dripping(b"HTTP/1.1 200 OK\r\nX: ", b"x", 0.05, 1000)
    async with fetching(drip, Limits(seconds=0.4)) as (fetcher, server):
        with pytest.raises(FetchError, match="took longer than"):
            await fetcher.get(server.url())


async def test_security_9_headers_without_end_are_cut_off() -> None:
    drip = dripping(b"HTTP/1.1 200 OK\r\n", b"X: " + b"x" * 65_000, 0, 1000)
    async with fetching(drip) as (fetcher, server):
        with pytest.raises(FetchError, match="cannot be fetched"):
            await fetcher.get(server.url())


async def test_security_9_a_body_without_end_is_cut_off() -> None:
    drip = dripping(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65_536, 0, 1000)
    async with fetching(drip, Limits(body_bytes=200_000)) as (fetcher, server):
        with pytest.raises(FetchError, match="is larger than 200000 bytes"):
            await fetcher.get(server.url())


async def test_security_9_a_bomb_does_not_go_off() -> None:
    bomb = answer(200, gzip.compress(bytes(50_000_000)), Content_Encoding="gzip")
    async with fetching(saying(bomb)) as (fetcher, server):
        with pytest.raises(FetchError, match="is a bomb when unpacked"):
            await fetcher.get(server.url())


@pytest.mark.parametrize(
    "response",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
    ],
)
async def test_what_is_no_answer_is_an_error(response: bytes) -> None:
    async with fetching(saying(response)) as (fetcher, server):
        with pytest.raises(FetchError, match="cannot be fetched"):
            await fetcher.get(server.url())


async def test_fetches_run_at_the_same_time() -> None:
    together = asyncio.Barrier(5)

    async def meet(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await together.wait()
        writer.write(answer(200, asked.path.encode()))

    async with fetching(meet) as (fetcher, server):
        found = await asyncio.gather(*(fetcher.get(server.url(f"/{n}")) for n in range(5)))
    assert [item.body for item in found] == [b"/0", b"/1", b"/2", b"/3", b"/4"]
