"""Our own hub, with subscribers on real sockets (feeds.md H8)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hub_samples import HUB, NOW, TOPIC, HubRig, Subscriber
from web_servers import playing

from digest.errors import StoreError
from digest.model import HubMode
from digest.store import hub, pings
from digest.store.engine import Store
from digest.syndication import websub
from digest.syndication.websub import HubRequestError

JSON_TOPIC = "https://gazette.example/feeds/world/feed.json"


@pytest.fixture
def rig(sqlite_store: Store, tmp_path: Path) -> HubRig:
    return HubRig(sqlite_store, tmp_path / "feeds")


def callbacks(rig: HubRig) -> list[tuple[str, str]]:
    with rig.store.read() as tx:
        return [(item.topic, item.callback) for item in hub.callbacks(tx)]


async def test_who_confirms_gets_the_exact_bytes_with_type_and_links(rig: HubRig) -> None:
    """WebSub 5 and 7."""
    subscriber = Subscriber()
    async with playing(subscriber) as server:
        await rig.subscribed(server.url("/cb?user=7"), lease_seconds="7200")
        [question] = subscriber.asked
        assert question.pop("hub.challenge")
        assert question == {
            "user": "7",
            "hub.mode": "subscribe",
            "hub.topic": TOPIC,
            "hub.lease_seconds": "7200",
        }
        body = rig.publish("<feed>second \N{SNOWMAN}</feed>")
        assert rig.notifier().look() == (TOPIC,)
        assert await rig.round() == {"taken": 1}
    [got] = subscriber.got
    assert (got.path, got.body) == ("/cb?user=7", body)
    assert got.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert got.headers["link"] == f'<{HUB}>; rel="hub", <{TOPIC}>; rel="self"'
    assert "x-hub-signature" not in got.headers
    assert await rig.round() == {}


async def test_content_is_signed_with_the_secret(rig: HubRig) -> None:
    """WebSub 7.1."""
    subscriber = Subscriber()
    async with playing(subscriber) as server:
        await rig.subscribed(server.url(), secret="sésame")
        body = rig.publish("<feed>second</feed>")
        rig.notifier().look()
        await rig.round()
    [got] = subscriber.got
    assert websub.is_signed("sésame", body, got.headers["x-hub-signature"])
    assert not websub.is_signed("sesame", body, got.headers["x-hub-signature"])


async def test_who_does_not_repeat_the_challenge_gets_nothing(rig: HubRig) -> None:
    """WebSub 5.3: a request changes nothing by itself."""
    subscriber = Subscriber(says_yes=False)
    rig.publish("<feed>first</feed>")
    rig.notifier().look()
    async with playing(subscriber) as server:
        rig.ask(server.url())
        assert await rig.round() == {"unconfirmed": 1}
        rig.publish("<feed>second</feed>")
        rig.notifier().look()
        assert await rig.round() == {}
    assert (subscriber.got, len(subscriber.asked)) == ([], 1)


async def test_each_question_has_a_challenge_of_its_own(rig: HubRig) -> None:
    subscriber = Subscriber()
    async with playing(subscriber) as server:
        for path in ("/a", "/b"):
            await rig.subscribed(server.url(path))
    first, second = (question["hub.challenge"] for question in subscriber.asked)
    assert first != second
    assert min(len(first), len(second)) >= 32


async def test_nobody_can_unsubscribe_another(rig: HubRig) -> None:
    subscriber = Subscriber()
    async with playing(subscriber) as server:
        await rig.subscribed(server.url())
        subscriber.says_yes = False
        rig.ask(server.url(), mode="unsubscribe")
        assert await rig.round() == {"unconfirmed": 1}
        assert callbacks(rig) == [(TOPIC, server.url())]
        subscriber.says_yes = True
        rig.ask(server.url(), mode="unsubscribe")
        assert await rig.round() == {"confirmed": 1}
    assert callbacks(rig) == []


async def test_a_lease_ends_and_a_renewal_goes_on(rig: HubRig) -> None:
    subscriber = Subscriber()
    async with playing(subscriber) as server:
        await rig.subscribed(server.url("/ends"), lease_seconds="3600")
        await rig.subscribed(server.url("/stays"), lease_seconds="3600")
        rig.clock.advance(timedelta(minutes=59))
        rig.ask(server.url("/stays"), lease_seconds="3600", secret="new")
        assert await rig.round() == {"confirmed": 1}
        rig.clock.advance(timedelta(minutes=2))
        body = rig.publish("<feed>second</feed>")
        rig.notifier().look()
        assert await rig.round() == {"expired": 1, "taken": 1}
    [got] = subscriber.got
    assert got.path == "/stays"
    assert websub.is_signed("new", body, got.headers["x-hub-signature"])


async def test_what_fails_is_tried_for_hours_and_gets_the_newest(rig: HubRig) -> None:
    subscriber = Subscriber(status=500)
    async with playing(subscriber) as server:
        await rig.subscribed(server.url())
        rig.publish("<feed>second</feed>")
        rig.notifier().look()
        for minutes in (1, 5, 15, 60, 120):
            assert await rig.round() == {"failed": 1}
            rig.clock.advance(timedelta(minutes=minutes) - timedelta(seconds=1))
            assert await rig.round() == {}
            rig.clock.advance(timedelta(seconds=1))
        with rig.store.read() as tx:
            [standing] = hub.standings(tx)
        assert (standing.subscribers, standing.failing, standing.waiting) == (1, 1, 1)
        newest = rig.publish("<feed>third</feed>")
        rig.notifier().look()
        subscriber.status = 200
        assert await rig.round() == {"taken": 1}
    assert subscriber.bodies[-1] == newest
    with rig.store.read() as tx:
        [standing] = hub.standings(tx)
    assert (standing.failing, standing.waiting, standing.delivered_at) == (0, 0, rig.clock.now())


async def test_a_change_does_not_hurry_who_fails(rig: HubRig) -> None:
    """Publishing each minute must not hammer a server that is in trouble."""
    subscriber = Subscriber(status=503)
    async with playing(subscriber) as server:
        await rig.subscribed(server.url())
        for number in range(5):
            rig.publish(f"<feed>{number}</feed>")
            rig.notifier().look()
            await rig.round()
    assert len(subscriber.got) == 1


async def test_who_answers_410_gets_nothing_more(rig: HubRig) -> None:
    """WebSub 7: 410 Gone ends a subscription."""
    subscriber = Subscriber(status=410)
    async with playing(subscriber) as server:
        await rig.subscribed(server.url())
        rig.publish("<feed>second</feed>")
        rig.notifier().look()
        assert await rig.round() == {"ended": 1}
        assert await rig.round() == {}
    assert callbacks(rig) == []
    assert len(subscriber.asked) == 1


async def test_who_fails_for_days_is_given_up_and_told(rig: HubRig) -> None:
    rig.websub = "drop_after_days = 1"
    subscriber = Subscriber(status=500)
    async with playing(subscriber) as server:
        await rig.subscribed(server.url(), lease_seconds="2592000")
        rig.publish("<feed>second</feed>")
        rig.notifier().look()
        counts = Counter[str]()
        while not counts["told"]:
            assert sum(counts.values()) < 20
            counts.update(await rig.round())
            rig.clock.advance(timedelta(hours=4))
    assert counts == {"failed": 6, "ended": 1, "told": 1}
    assert callbacks(rig) == []
    assert subscriber.asked[-1] == {
        "hub.mode": "denied",
        "hub.topic": TOPIC,
        "hub.reason": "nothing was taken for days",
    }
    assert len(subscriber.got) == 7


async def test_a_redirect_is_a_failure_wherever_it_leads(rig: HubRig) -> None:
    """WebSub 7: subscriptions do not move by redirects."""
    elsewhere, subscriber = Subscriber(), Subscriber(status=307)
    async with playing(elsewhere) as other, playing(subscriber) as server:
        subscriber.location = other.url()
        await rig.subscribed(server.url())
        rig.publish("<feed>second</feed>")
        rig.notifier().look()
        assert await rig.round() == {"failed": 1}
    assert elsewhere.got == []


async def test_subscribers_of_a_feed_that_is_no_more_are_told(rig: HubRig) -> None:
    subscriber = Subscriber()
    async with playing(subscriber) as server:
        rig.publish("{}", "world/feed.json")
        await rig.subscribed(server.url("/stays"))
        await rig.subscribed(server.url("/ends"), topic=JSON_TOPIC)
        rig.ask(server.url("/too-late"), topic=JSON_TOPIC)
        with rig.store.write() as tx:
            pings.forget(tx, [TOPIC], [])
            assert hub.end_orphans(tx, NOW, "the feed is no more") == 2
        assert await rig.round() == {"told": 2}
    assert callbacks(rig) == [(TOPIC, server.url("/stays"))]
    assert [item["hub.mode"] for item in subscriber.asked[-2:]] == ["denied", "denied"]
    assert {item["hub.topic"] for item in subscriber.asked[-2:]} == {JSON_TOPIC}


async def test_only_subscribers_of_what_changed_are_sent_to(rig: HubRig) -> None:
    subscriber = Subscriber()
    async with playing(subscriber) as server:
        rig.publish("{}", "world/feed.json")
        await rig.subscribed(server.url("/atom"))
        await rig.subscribed(server.url("/json"), topic=JSON_TOPIC)
        rig.publish('{"version": 1}', "world/feed.json")
        assert rig.notifier().look() == (JSON_TOPIC,)
        assert await rig.round() == {"taken": 1}
    [got] = subscriber.got
    assert (got.path, got.body) == ("/json", b'{"version": 1}')
    assert got.headers["content-type"] == "application/feed+json; charset=utf-8"


async def test_what_has_come_and_gone_back_is_not_sent_again(rig: HubRig) -> None:
    subscriber = Subscriber()
    async with playing(subscriber) as server:
        await rig.subscribed(server.url())
        for text in ("<feed>second</feed>", "<feed>third</feed>"):
            rig.publish(text)
            rig.notifier().look()
            await rig.round()
        rig.publish("<feed>fourth</feed>")
        rig.notifier().look()
        rig.publish("<feed>third</feed>")
        assert await rig.round() == {"idle": 1}
    assert len(subscriber.got) == 2


async def test_a_document_that_is_gone_is_sent_to_nobody(rig: HubRig) -> None:
    subscriber = Subscriber()
    async with playing(subscriber) as server:
        await rig.subscribed(server.url())
        rig.publish("<feed>second</feed>")
        rig.notifier().look()
        (rig.folder / "atom.xml").unlink()
        assert await rig.round() == {"idle": 1}
    assert subscriber.got == []


async def test_everything_survives_a_restart(rig: HubRig) -> None:
    """Killed after asking, after publishing, and in the middle of sending."""
    subscriber = Subscriber()
    rig.publish("<feed>first</feed>")
    rig.notifier().look()
    async with playing(subscriber) as server:
        rig.ask(server.url())
        with rig.store.write() as tx:  # Claimed by one that was killed then.
            assert len(hub.claim_requests(tx, rig.clock.now(), 9, timedelta(minutes=5))) == 1
        assert await rig.round() == {}
        rig.clock.advance(timedelta(minutes=5))
        assert await rig.round() == {"confirmed": 1}
        body = rig.publish("<feed>second</feed>")  # And killed before anybody was told.
        rig.notifier().look()
        with rig.store.write() as tx:
            assert len(hub.claim(tx, rig.clock.now(), 9, timedelta(minutes=5))) == 1
        assert await rig.round() == {}
        rig.clock.advance(timedelta(minutes=5))
        assert await rig.round() == {"taken": 1}
    assert subscriber.bodies == [body]


async def test_one_that_has_been_stopped_takes_nothing_up(rig: HubRig) -> None:
    subscriber = Subscriber()
    rig.publish("<feed>first</feed>")
    rig.notifier().look()
    async with playing(subscriber) as server:
        rig.ask(server.url())
        stopped = rig.hub()
        stopped.stop()
        assert await rig.round(stopped) == {}
        assert await rig.round() == {"confirmed": 1}


async def test_a_callback_that_cannot_be_reached_is_asked_three_times(rig: HubRig) -> None:
    rig.publish("<feed>first</feed>")
    rig.notifier().look()
    async with playing(Subscriber()) as server:
        url = server.url()
    rig.ask(url)
    assert await rig.round() == {"unasked": 1}
    assert await rig.round() == {}
    rig.clock.advance(timedelta(minutes=1))
    assert await rig.round() == {"unasked": 1}
    rig.clock.advance(timedelta(minutes=5))
    assert await rig.round() == {"unconfirmed": 1}
    rig.clock.advance(timedelta(days=1))
    assert await rig.round() == {}


async def test_a_newer_request_takes_the_place_of_one_that_is_being_asked(rig: HubRig) -> None:
    rig.publish("<feed>first</feed>")
    rig.notifier().look()
    rig.ask("https://reader.example/")
    with rig.store.write() as tx:
        [old] = hub.claim_requests(tx, rig.clock.now(), 9, timedelta(minutes=5))
    rig.clock.advance(timedelta(seconds=1))
    rig.ask("https://reader.example/", mode="unsubscribe")
    with rig.store.write() as tx:
        hub.put_off_request(tx, old, rig.clock.now() + timedelta(hours=1))
        assert not hub.drop_request(tx, old)
        [new] = hub.claim_requests(tx, rig.clock.now(), 9, timedelta(minutes=5))
    assert (old.mode, new.mode) == (HubMode.SUBSCRIBE, HubMode.UNSUBSCRIBE)


@pytest.mark.parametrize(
    ("websub_settings", "url_of", "network_of", "status", "reason"),
    [
        ("max_per_host = 3", "https://reader.example/{}", "192.0.2.{}", 429, "host of hub.callb"),
        ("max_subscriptions = 3", "https://r{}.example/", "192.0.2.{}", 503, "as many subscript"),
        ("", "https://r{}.example/", "192.0.2.0/24", 429, "your network"),
    ],
)
def test_there_are_limits_by_host_in_all_and_by_network(
    rig: HubRig,
    websub_settings: str,
    url_of: str,
    network_of: str,
    status: int,
    reason: str,
) -> None:
    rig.websub = websub_settings
    rig.publish("<feed>first</feed>")
    rig.notifier().look()
    most = 3 if websub_settings else 100
    for number in range(most):
        rig.ask(url_of.format(number), network=network_of.format(number))
    with pytest.raises(HubRequestError, match=reason) as caught:
        rig.ask(url_of.format("x"), network=network_of.format("x"))
    assert caught.value.status == status
    with rig.store.read() as tx:
        assert hub.unconfirmed(tx) == most


async def test_who_is_subscribed_can_renew_however_full_the_hub_is(rig: HubRig) -> None:
    rig.websub = "max_subscriptions = 1"
    async with playing(Subscriber()) as server:
        await rig.subscribed(server.url())
        rig.ask(server.url())
        assert await rig.round() == {"confirmed": 1}
        with pytest.raises(HubRequestError, match="as many subscriptions"):
            rig.ask(server.url("/other"))


async def test_a_change_while_content_is_on_its_way_is_sent_too(rig: HubRig) -> None:
    subscriber = Subscriber()
    async with playing(subscriber) as server:
        await rig.subscribed(server.url())
        rig.publish("<feed>second</feed>")
        rig.notifier().look()
        with rig.store.write() as tx:
            [taken] = hub.claim(tx, rig.clock.now(), 1, timedelta(minutes=5))
        third = rig.publish("<feed>third</feed>")
        rig.notifier().look()
        with rig.store.write() as tx:
            hub.settle_taken(tx, taken, taken.known_tag, rig.clock.now())
        assert await rig.round() == {"taken": 1}
    assert subscriber.bodies == [third]


@pytest.fixture
def many(rig: HubRig) -> Callable[[int], None]:
    def subscribe(count: int) -> None:
        with rig.store.write() as tx:
            for number in range(count):
                request = hub.Request(
                    HubMode.SUBSCRIBE,
                    TOPIC,
                    f"https://reader.example/{number}",
                    "reader.example:443",
                    NOW,
                    lease=timedelta(days=10),
                )
                hub.confirm(tx, request, NOW)

    return subscribe


async def test_no_more_callbacks_are_talked_to_at_once_than_allowed(
    rig: HubRig, many: Callable[[int], None]
) -> None:
    rig.websub = "connections = 4"
    rig.publish("<feed>first</feed>")
    rig.notifier().look()
    many(30)
    rig.publish("<feed>second</feed>")
    rig.notifier().look()
    asked, busy, most, are_four = 0, 0, 0, asyncio.Event()

    async def inside(_host: str, _port: int) -> list[str]:
        nonlocal asked, busy, most
        asked, busy = asked + 1, busy + 1
        most = max(most, busy)
        if busy == 4:
            are_four.set()
        async with asyncio.timeout(5):
            await are_four.wait()
        await asyncio.sleep(0.01)
        busy -= 1
        return ["127.0.0.1"]

    rig.resolver = inside
    assert await rig.round() == {"failed": 30}
    assert (asked, most) == (30, 4)


async def test_who_is_stopped_in_the_middle_finishes_what_is_on_its_way(
    rig: HubRig, many: Callable[[int], None]
) -> None:
    rig.websub = "connections = 1"
    rig.publish("<feed>first</feed>")
    rig.notifier().look()
    many(3)
    for number in range(3):
        rig.ask(f"https://new.example/{number}")
    rig.publish("<feed>second</feed>")
    rig.notifier().look()
    going = rig.hub()

    async def stopping(_host: str, _port: int) -> list[str]:
        going.stop()
        return ["127.0.0.1"]

    rig.resolver = stopping
    assert await rig.round(going) == {"failed": 1, "unconfirmed": 1}


async def test_results_that_cannot_be_written_end_the_round(rig: HubRig) -> None:
    """What was taken up comes back when its lease is over."""
    rig.publish("<feed>first</feed>")
    rig.notifier().look()
    rig.ask("https://reader.example/")

    async def failing(_host: str, _port: int) -> list[str]:
        with rig.store.write() as tx:
            tx.exec_driver_sql("ALTER TABLE hub_requests RENAME TO elsewhere")
        return ["127.0.0.1"]

    rig.resolver = failing
    with pytest.raises(StoreError, match="no such table"):
        await rig.round()
    with rig.store.write() as tx:
        tx.exec_driver_sql("ALTER TABLE elsewhere RENAME TO hub_requests")
        assert hub.unconfirmed(tx) == 1
