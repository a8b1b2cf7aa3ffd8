"""Hubs of sources: our own hub on one side, we as its subscriber on the other (WebSub)."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hub_samples import NOW, HubRig
from web_servers import Asked, Playing, answer, playing

from digest.clock import ManualClock
from digest.config import Config, load
from digest.steps.gather import Gatherer, Listener, Receipt, answer_question, hear
from digest.steps.hub import ask
from digest.store import hub as hubs
from digest.store import sources
from digest.store.engine import Store, open_store
from digest.store.sources import State
from digest.syndication import websub
from digest.syndication.fetch import Fetcher, Limits

TOPIC = "https://gazette.example/feeds/atom.xml"

CONFIG = """
[publication]
title = "Ferry Notes"
url = "{url}"
id = "tag:ferry.example,2026"

[web]
{listen}

[sources.gazette]
kind = "feed"
url = "{feed}"

[fetch]
allow = ["127.0.0.1"]
"""

FEED = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Gazette</title>
<id>tag:gazette.example,2026:feed</id><updated>2026-11-23T17:00:00Z</updated>
<link rel="self" href="{topic}"/><link rel="hub" href="{hub}"/>{entries}</feed>"""
ENTRY = """<entry><id>tag:gazette.example,2026:{0}</id><title>{0}</title>
<link href="https://gazette.example/{0}"/><updated>2026-11-23T{1}Z</updated>
<content type="html">&lt;p&gt;About {0}.&lt;/p&gt;</content></entry>"""


def document(hub: str, *entries: tuple[str, str]) -> str:
    """Return a feed with *entries*, each a name and a time on the day of NOW."""
    return FEED.format(topic=TOPIC, hub=hub, entries="".join(ENTRY.format(*e) for e in entries))


@dataclass(slots=True)
class Subscriber:
    """We, on the side of the subscriber; its server answers at :attr:`url`."""

    store: Store
    theirs: HubRig
    """The publication whose hub we ask."""

    url: str = ""
    hub: str = ""
    listen: str = 'listen = "127.0.0.1:1"'
    refuses: int = 0
    """What the hub answers instead of hearing us; 0: it hears us."""

    clock: ManualClock = field(default_factory=lambda: ManualClock(NOW))
    receipts: list[Receipt] = field(default_factory=list)
    text: str = ""
    requests: list[Asked] = field(default_factory=list)
    """What the hub was asked."""

    settings: str = ""

    @property
    def config(self) -> Config:
        """Our settings."""
        text = CONFIG.format(url=self.url, feed=f"{self.hub}feed", listen=self.listen)
        return load(text.replace("[fetch]", f"{self.settings}\n[fetch]"))

    def fetcher(self, limits: Limits) -> Fetcher:
        """Return a client."""
        return Fetcher("Test/1", allow=["127.0.0.1"], limits=limits)

    @property
    def gatherer(self) -> Gatherer:
        """Return what asks the source."""
        return Gatherer(self.store, self.config, self.fetcher, self.clock, pause_seconds=0)

    @property
    def state(self) -> State:
        """How the source is doing."""
        with self.store.read() as tx:
            state = sources.state(tx, "gazette")
        assert state is not None
        return state

    async def poll(self) -> int:
        """Ask the source if it is due; return how many articles it brought."""
        result = await self.gatherer.go_round()
        return sum(len(item.added) for item in result.gathered)

    async def listen_once(self) -> dict[str, int]:
        """Ask the hub what is due; return what happened."""
        listener = Listener(self.store, self.config, self.fetcher, self.clock)
        return dict((await listener.go_round()).counts)

    async def subscribed(self, *entries: tuple[str, str]) -> None:
        """Read the feed, and have its hub bring what is new from now on."""
        self.publish(*(entries or (("Piers", "16:00:00"),)))
        await self.poll()
        assert await self.listen_once() == {"subscribe": 1}
        await self.theirs.round()
        assert self.state.hub_until is not None

    def publish(self, *entries: tuple[str, str]) -> None:
        """Let the other publication publish."""
        self.text = document(f"{self.hub}hub", *entries)
        self.theirs.publish(self.text)
        self.theirs.notifier().look()

    async def at_hub(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        """Play the other publication's web server."""
        if asked.path == "/feed":
            writer.write(answer(200, self.text.encode(), **{"Content-Type": "application/xml"}))
        elif self.refuses:
            writer.write(answer(self.refuses))
        else:
            self.requests.append(asked)
            form = {name: item[0] for name, item in parse_qs(asked.body.decode()).items()}
            ask(self.theirs.store, self.theirs.config, form, "192.0.2.0/24", self.clock.now())
            writer.write(answer(202))
        await writer.drain()

    async def at_ours(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        """Play our own web server: what digest/web/callbacks.py does."""
        parts = urlsplit(asked.path)
        token, now = parts.path.rpartition("/")[2], self.clock.now()
        if asked.method == "POST":
            receipt = await asyncio.to_thread(
                hear,
                self.gatherer,
                self.store,
                self.config,
                token,
                asked.body,
                asked.headers,
                now,
            )
            self.receipts.append(receipt)
            writer.write(answer(204 if receipt is Receipt.TAKEN else 410))
        else:
            query = {name: item[0] for name, item in parse_qs(parts.query).items()}
            said = await asyncio.to_thread(
                answer_question, self.store, self.config, token, query, now
            )
            writer.write(answer(404) if said is None else answer(200, said.encode()))
        await writer.drain()

    def wait(self, by: timedelta) -> None:
        """Let time pass on both sides."""
        self.clock.advance(by)
        self.theirs.clock.advance(by)


@asynccontextmanager
async def playing_both(us: Subscriber) -> AsyncIterator[tuple[Playing, Playing]]:
    """Run both servers."""
    async with playing(us.at_hub) as hub, playing(us.at_ours) as ours:
        us.url, us.hub = ours.url(), hub.url()
        yield hub, ours


@pytest.fixture
def us(sqlite_store: Store, tmp_path: Path) -> Subscriber:
    theirs = open_store(f"sqlite:///{tmp_path / 'theirs.db'}")
    return Subscriber(sqlite_store, HubRig(theirs, tmp_path / "feeds"))


async def test_a_hub_brings_what_is_new_and_the_source_is_asked_seldom(us: Subscriber) -> None:
    """One publication's hub, another one subscribing: end to end."""
    async with playing_both(us) as (server, _):
        await us.subscribed()
        us.publish(("Piers", "16:00:00"), ("Cranes", "17:30:00"))
        assert await us.theirs.round() == {"taken": 1}
        assert us.state.articles_used == 2
        assert us.state.next_poll_at is not None
        assert us.state.next_poll_at - NOW >= timedelta(hours=12)
        us.wait(timedelta(hours=11))
        assert await us.poll() == 0
        assert [asked.path for asked in server.asked].count("/feed") == 1
        us.wait(timedelta(hours=3))
        await us.poll()
        assert [asked.path for asked in server.asked].count("/feed") == 2


async def test_the_lease_is_renewed_before_it_ends_with_the_same_names(us: Subscriber) -> None:
    async with playing_both(us):
        await us.subscribed()
        before = us.state
        assert before.hub_until == NOW + websub.DEFAULT_LEASE
        us.wait(timedelta(days=8))
        assert await us.listen_once() == {}
        us.wait(timedelta(days=1, minutes=1))
        assert await us.listen_once() == {"subscribe": 1}
        await us.theirs.round()
    after = us.state
    assert (after.callback, after.secret) == (before.callback, before.secret)
    assert after.hub_until == us.clock.now() + websub.DEFAULT_LEASE
    assert len({item.callback for item in callbacks_of(us)}) == 1


def callbacks_of(us: Subscriber) -> list[hubs.Callback]:
    with us.theirs.store.read() as tx:
        return hubs.callbacks(tx)


@pytest.mark.parametrize(
    "said", ["", "sha256=00", "sha1={sha1}", "sha256", "md5={sha1}"], ids=lambda text: text[:8]
)
async def test_what_is_not_signed_as_agreed_is_taken_and_ignored(us: Subscriber, said: str) -> None:
    """WebSub 8: 2xx, and nothing happens. SHA-1 proves too little."""
    async with playing_both(us):
        await us.subscribed()
    body = document(us.hub, ("Forged", "17:30:00")).encode()
    old = hmac.new(us.state.secret.encode(), body, hashlib.sha1).hexdigest()
    headers = {"x-hub-signature": said.format(sha1=old)}
    before = us.state
    got = hear(us.gatherer, us.store, us.config, before.callback, body, headers, NOW)
    assert got is Receipt.TAKEN
    assert us.state == before


async def test_a_source_that_is_paused_is_called_off(us: Subscriber) -> None:
    async with playing_both(us):
        await us.subscribed()
        with us.store.write() as tx:
            sources.save(tx, "gazette", is_paused=True, next_poll_at=None)
        assert await us.listen_once() == {"unsubscribe": 1}
        await us.theirs.round()
        assert callbacks_of(us) == []
        assert us.state.callback == ""
        assert await us.listen_once() == {}


async def test_a_source_that_was_taken_out_of_the_settings_is_called_off(us: Subscriber) -> None:
    async with playing_both(us):
        await us.subscribed()
        us.hub = us.hub.replace("127.0.0.1", "localhost")  # Another address: another source.
        assert await us.listen_once() == {"unsubscribe": 1}
        await us.theirs.round()
        assert callbacks_of(us) == []


async def test_a_hub_that_does_not_answer_to_a_farewell_is_forgotten(us: Subscriber) -> None:
    async with playing_both(us):
        await us.subscribed()
        with us.store.write() as tx:
            sources.save(tx, "gazette", is_paused=True)
        await us.listen_once()
        us.clock.advance(timedelta(days=2))
        assert await us.listen_once() == {"over": 1}
        token = us.state.callback
    assert token == ""
    assert hear(us.gatherer, us.store, us.config, "x" * 43, b"", {}, NOW) is Receipt.NOBODY


async def test_nobody_is_asked_without_a_server_that_could_be_told(us: Subscriber) -> None:
    us.listen = ""
    async with playing_both(us):
        us.publish(("Piers", "16:00:00"))
        await us.poll()
        assert us.state.hub == f"{us.hub}hub"
        assert await us.listen_once() == {}


async def test_a_hub_that_refuses_is_asked_again_the_next_day_and_the_source_as_ever(
    us: Subscriber,
) -> None:
    us.refuses = 403
    async with playing_both(us) as (server, _):
        us.publish(("Piers", "16:00:00"))
        await us.poll()
        due = us.state.next_poll_at
        listener = Listener(us.store, us.config, us.fetcher, us.clock)
        result = await listener.go_round()
        assert result.failures == {"gazette": f"{us.hub}hub answered with 403"}
        us.clock.advance(timedelta(hours=23))
        assert await us.listen_once() == {}
        us.refuses = 0
        us.clock.advance(timedelta(hours=1))
        assert await us.listen_once() == {"subscribe": 1}
        assert [asked.method for asked in server.asked].count("POST") == 2
    assert due is not None
    assert due - NOW < timedelta(hours=2)


async def test_a_hub_that_misses_news_is_not_relied_on(us: Subscriber) -> None:
    async with playing_both(us):
        await us.subscribed()
        us.wait(timedelta(hours=14))
        us.text = document(f"{us.hub}hub", ("Piers", "16:00:00"), ("Silent", "18:30:00"))
        with us.store.write() as tx:
            sources.save(tx, "gazette", next_poll_at=us.clock.now())
        assert await us.poll() == 1
    assert us.state.hub_until is None
    assert us.state.hub_next_at == us.clock.now() + timedelta(days=1)
    assert us.state.next_poll_at is not None
    assert us.state.next_poll_at - us.clock.now() < timedelta(hours=12)


async def test_what_is_signed_and_no_feed_makes_the_source_be_asked_soon(us: Subscriber) -> None:
    async with playing_both(us):
        await us.subscribed()
    with us.store.write() as tx:
        sources.save(tx, "gazette", next_poll_at=NOW + timedelta(hours=12))
    for body in (b"", b"no feed at all"):
        signed = {"x-hub-signature": websub.signature(us.state.secret, body)}
        got = hear(us.gatherer, us.store, us.config, us.state.callback, body, signed, NOW)
        assert got is Receipt.TAKEN
        assert us.state.next_poll_at == NOW + timedelta(minutes=10)
        assert us.state.failures == 0


async def test_a_source_of_whole_texts_is_asked_soon_when_a_hub_brings_summaries(
    us: Subscriber,
) -> None:
    async with playing_both(us):
        await us.subscribed()
    with us.store.write() as tx:
        sources.save(tx, "gazette", next_poll_at=NOW + timedelta(hours=12))
    us.settings = "full_text = true"
    body = document(us.hub, ("Cranes", "17:30:00")).encode()
    signed = {"x-hub-signature": websub.signature(us.state.secret, body)}
    got = hear(us.gatherer, us.store, us.config, us.state.callback, body, signed, NOW)
    assert got is Receipt.TAKEN
    assert us.state.next_poll_at == NOW
    assert us.state.articles_used == 1


@pytest.mark.parametrize(
    "change",
    [
        {"hub.topic": "https://gazette.example/other"},
        {"hub.mode": "unsubscribe"},
    ],
)
async def test_what_we_did_not_ask_for_is_not_confirmed(
    us: Subscriber, change: dict[str, str]
) -> None:
    """WebSub 5.3: verification of intent."""
    async with playing_both(us):
        await us.subscribed()
    query = {"hub.mode": "subscribe", "hub.topic": TOPIC, "hub.challenge": "7"} | change
    token = us.state.callback
    assert answer_question(us.store, us.config, token, query, NOW) is None
    assert answer_question(us.store, us.config, "x" * 43, query, NOW) is None
    late = {**query, "hub.mode": "subscribe", "hub.topic": TOPIC}
    assert answer_question(us.store, us.config, token, late, NOW + timedelta(days=2)) is None
    assert answer_question(us.store, us.config, token, late, NOW) == "7"


async def test_a_hub_that_denies_is_not_relied_on(us: Subscriber) -> None:
    """WebSub 5.2."""
    async with playing_both(us):
        await us.subscribed()
    query = {"hub.mode": "denied", "hub.topic": TOPIC, "hub.reason": "no"}
    assert answer_question(us.store, us.config, us.state.callback, query, NOW) == ""
    assert us.state.hub_until is None
    assert us.state.hub_next_at == NOW + timedelta(days=1)


async def test_another_hub_gets_another_address_and_secret(us: Subscriber) -> None:
    async with playing_both(us):
        await us.subscribed()
        before = us.state
        us.text = us.text.replace(f"{us.hub}hub", f"{us.hub}hub?2")
        with us.store.write() as tx:
            sources.save(tx, "gazette", next_poll_at=NOW)
        await us.poll()
        assert us.state.hub == f"{us.hub}hub?2"
        assert us.state.hub_until is None
        assert await us.listen_once() == {"subscribe": 1}
        us.publish(("Piers", "16:00:00"), ("Cranes", "17:30:00"))
        # Whoever still brings something to the old address learns that nobody is there.
        assert hear(us.gatherer, us.store, us.config, before.callback, b"", {}, NOW) is (
            Receipt.NOBODY
        )
    assert us.state.callback not in {"", before.callback}
    assert us.state.secret not in {"", before.secret}


async def test_a_hub_may_send_us_elsewhere_and_need_not_be_there(us: Subscriber) -> None:
    """WebSub 5.1; a hub that is away is asked again within the hour."""
    async with playing_both(us) as (hub, _):

        async def elsewhere(_asked: Asked, writer: asyncio.StreamWriter) -> None:
            writer.write(answer(307, b"", Location=hub.url("/hub")))
            await writer.drain()

        us.publish(("Piers", "16:00:00"))
        await us.poll()
        async with playing(elsewhere) as other:
            with us.store.write() as tx:
                sources.save(tx, "gazette", hub=other.url())
            assert await us.listen_once() == {"subscribe": 1}
        us.clock.advance(timedelta(days=1))
        listener = Listener(us.store, us.config, us.fetcher, us.clock)
        assert [*(await listener.go_round()).failures] == ["gazette"]
    assert [asked.path for asked in us.requests] == ["/hub"]


async def test_a_listener_that_is_stopped_asks_nobody(us: Subscriber) -> None:
    async with playing_both(us):
        us.publish(("Piers", "16:00:00"))
        await us.poll()
        listener = Listener(us.store, us.config, us.fetcher, us.clock)
        listener.stop()
        assert (await listener.go_round()).counts == {}
        assert us.requests == []
