"""Callbacks and hubs that mean ill, one by one (security.md 8 and 9)."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hub_samples import TOPIC, HubRig, Subscriber
from patience import PATIENCE_SECONDS, until
from web_servers import Asked, Play, Playing, answer, dripping, playing, saying

from digest.store import hub, pings
from digest.store.engine import Store
from digest.syndication.fetch import Limits
from digest.syndication.websub import HubRequestError

INSIDE = [
    "127.0.0.1",
    "10.0.0.8",
    "169.254.169.254",
    "192.0.0.8",
    "100.64.0.1",
    "224.0.0.1",
    "::1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "fec0::1",
    "fd00::1",
    "ff02::1",
    "0.0.0.0",  # noqa: S104 - to connect to, not to listen on
]


@pytest.fixture
def rig(sqlite_store: Store, tmp_path: Path) -> HubRig:
    made = HubRig(sqlite_store, tmp_path / "feeds", allow=())
    made.publish("<feed>first</feed>")
    made.notifier().look()
    return made


def names(*answers: list[str]) -> Callable[[str, int], Coroutine[Any, Any, list[str]]]:
    """Return a name server that gives *answers* in turn, the last one again and again."""
    left = list(answers)

    async def resolver(_host: str, _port: int) -> list[str]:
        return left.pop(0) if len(left) > 1 else left[0]

    return resolver


@pytest.mark.parametrize("address", INSIDE)
async def test_a_callback_whose_name_leads_inside_is_not_connected_to(
    rig: HubRig, address: str
) -> None:
    rig.resolver = names([address])
    rig.ask("https://reader.example/cb")
    assert await rig.round() == {"unconfirmed": 1}
    assert await rig.round() == {}


async def test_one_address_inside_among_public_ones_spoils_the_name(rig: HubRig) -> None:
    rig.resolver = names(["93.184.215.14", "127.0.0.1"])
    rig.ask("http://reader.example/cb")
    assert await rig.round() == {"unconfirmed": 1}


async def test_a_name_that_flips_after_it_was_confirmed_gets_no_content(rig: HubRig) -> None:
    """DNS rebinding: what was looked at before does not count."""
    inside = Subscriber()
    async with playing(inside) as server:
        # Let in by name while it is asked; then the name is one like any other.
        rig.allow = [f"reader.example:{server.port}"]
        rig.resolver = names(["127.0.0.1"])
        rig.ask(f"http://reader.example:{server.port}/cb")
        assert await rig.round() == {"confirmed": 1}
        rig.allow = []
        rig.publish("<feed>secret draft</feed>")
        rig.notifier().look()
        assert await rig.round() == {"failed": 1}
    assert inside.got == []


async def test_a_name_that_flips_between_look_and_connection_is_of_no_use(rig: HubRig) -> None:
    """It is asked for once, and what was looked at is what is connected to."""
    asked = 0

    async def resolver(_host: str, _port: int) -> list[str]:
        nonlocal asked
        asked += 1
        return ["127.0.0.1"] if asked > 1 else ["10.1.2.3"]

    rig.resolver = resolver
    rig.ask("http://reader.example/cb")
    assert await rig.round() == {"unconfirmed": 1}
    assert asked == 1


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd",
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1:22/",
        "gopher://127.0.0.1/",
        "//evil.example/",
    ],
)
async def test_a_question_does_not_follow_redirects(rig: HubRig, location: str) -> None:
    """WebSub 5.3: 3xx is a failure, and so nothing can be reached by one."""
    async with playing(saying(answer(302, Location=location))) as server:
        rig.allow = [server.address]
        rig.ask(server.url())
        counts = await rig.round()
        assert set(counts) <= {"unconfirmed", "unasked"}
        assert len(server.asked) == 1


async def test_a_redirect_to_one_that_says_yes_confirms_nothing(rig: HubRig) -> None:
    """An open redirect on somebody's host is no consent of theirs."""
    accomplice = Subscriber()
    async with playing(accomplice) as other:

        async def play(asked: Asked, writer: asyncio.StreamWriter) -> None:
            query = asked.path.partition("?")[2]
            writer.write(answer(302, Location=other.url(f"/?{query}")))
            await writer.drain()

        async with playing(play) as victim:
            rig.allow = [victim.address, other.address]
            rig.ask(victim.url())
            assert "confirmed" not in await rig.round()
    assert accomplice.asked == []


async def test_a_redirect_loop_ends_at_once(rig: HubRig) -> None:
    async with playing(saying(answer(301, Location="/again"))) as server:
        rig.allow = [server.address]
        rig.ask(server.url())
        assert await rig.round() == {"unasked": 1}
        assert len(server.asked) == 1


def _drip(seconds: float) -> AbstractAsyncContextManager[Playing]:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
    return playing(dripping(head, b"x", seconds, 10_000))


async def test_an_answer_that_drips_ends_after_its_time(rig: HubRig) -> None:
    """security.md 9: a byte a second holds nobody for long."""
    rig.limits = Limits(seconds=0.4, redirects=0)
    async with _drip(0.05) as server:
        rig.allow = [server.address]
        rig.ask(server.url())
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await rig.round() == {"unasked": 1}


async def test_one_that_drips_keeps_no_other_waiting(rig: HubRig) -> None:
    """They drip until it was asked, or for longer than it has to be."""
    rig.limits = Limits(seconds=2 * PATIENCE_SECONDS, redirects=0)
    quick = Subscriber()

    async def drip(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not quick.asked:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with playing(drip) as slow, playing(quick) as server:
        rig.allow = [slow.address, server.address]
        for number in range(5):
            rig.ask(slow.url(f"/{number}"))
        rig.ask(server.url())
        going = asyncio.create_task(rig.round())
        await until(lambda: quick.asked)
        assert await going == {"unasked": 5, "confirmed": 1}


@pytest.mark.parametrize(
    "play",
    [
        saying(answer(200, gzip.compress(b"\0" * 30_000_000), Content_Encoding="gzip")),
        saying(answer(200, b"x" * 1_000_000)),
        saying(answer(200, b"x", Content_Encoding="compress")),
        saying(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"),
        saying(b"\x16\x03\x01 no http at all\r\n\r\n"),
        saying(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 300_000 + b"\r\n\r\n"),
    ],
    ids=["gzip bomb", "endless", "unknown coding", "cut off", "no http", "long header"],
)
async def test_a_damaged_or_endless_answer_confirms_nothing(rig: HubRig, play: Play) -> None:
    """security.md 9."""
    rig.limits = Limits(body_bytes=10_000, seconds=2.0, redirects=0)
    async with playing(play) as server:
        rig.allow = [server.address]
        rig.ask(server.url())
        assert set(await rig.round()) == {"unasked"}


async def test_a_subscriber_that_answers_content_with_a_bomb_fails_and_no_more(
    rig: HubRig,
) -> None:
    bomb = gzip.compress(b"\0" * 30_000_000)
    subscriber = Subscriber()

    async def play(asked: Asked, writer: asyncio.StreamWriter) -> None:
        if asked.method == "POST":
            writer.write(answer(200, bomb, Content_Encoding="gzip"))
            await writer.drain()
        else:
            await subscriber(asked, writer)

    async with playing(play) as server:
        rig.allow = [server.address]
        await rig.subscribed(server.url())
        rig.publish("<feed>second</feed>")
        rig.notifier().look()
        assert await rig.round() == {"failed": 1}
    with rig.store.read() as tx:
        [standing] = hub.standings(tx)
    assert standing.failing == 1


async def test_one_network_cannot_have_strangers_asked_without_end(rig: HubRig) -> None:
    """The hub as a means to flood others: by callback's host, and by who asks."""
    rig.websub = "max_per_host = 5"
    refused = 0
    for number in range(50):
        try:
            rig.ask(f"https://victim.example/{number}", network=f"192.0.{number}.0/24")
        except HubRequestError:
            refused += 1
    with rig.store.read() as tx:
        assert (refused, hub.unconfirmed(tx)) == (45, 5)


async def test_a_hub_of_the_settings_that_leads_inside_is_not_told(rig: HubRig) -> None:
    """A name of somebody else's can be pointed inside, even one the operator chose."""
    rig.websub = 'hubs = ["https://hub.example/"]'
    rig.resolver = names(["10.0.0.1"])
    rig.publish("<feed>second</feed>")
    result = await rig.notifier().go_round()
    assert (result.changed, result.told) == ((TOPIC,), 0)
    assert "10.0.0.1 is not a public address" in result.failures[0]
    with rig.store.read() as tx:
        [ping] = pings.pings(tx)
    assert ping.next_attempt_at == rig.clock.now() + timedelta(minutes=1)


async def test_what_a_hub_says_cannot_reach_the_terminal(rig: HubRig) -> None:
    async with playing(saying(answer(500, b"\x1b[2J\x07oops " + b"x" * 900))) as server:
        rig.allow = [server.address]
        rig.websub = f'hubs = ["{server.url()}"]'
        rig.publish("<feed>second</feed>")
        await rig.notifier().go_round()
    with rig.store.read() as tx:
        [ping] = pings.pings(tx)
    assert ping.detail.startswith("500 ?[2J?oops xxx")
    assert ping.detail.isprintable()
    assert len(ping.detail) == 200
