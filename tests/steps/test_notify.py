"""Hubs of others hear of what changed, until they have taken notice (feeds.md H8)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from hub_samples import TOPIC, HubRig
from web_servers import Asked, Playing, answer, playing, saying

from digest.steps.notify import forget_hubs
from digest.store import alerts, pings
from digest.store import feeds as placed
from digest.store.engine import Store
from digest.store.feeds import State
from digest.store.pings import Ping

WORLD = "https://gazette.example/feeds/world/rss.xml"


@pytest.fixture
def rig(sqlite_store: Store, tmp_path: Path) -> HubRig:
    return HubRig(sqlite_store, tmp_path / "feeds")


def at(rig: HubRig, *servers: Playing) -> None:
    rig.websub = f"hubs = {[server.url('/hub') for server in servers]}"


def told(asked: list[Asked]) -> list[str]:
    """Return the documents that a hub was told of."""
    return [parse_qs(request.body.decode())["hub.url"][0] for request in asked]


def records(rig: HubRig) -> list[Ping]:
    with rig.store.read() as tx:
        return pings.pings(tx)


async def test_hubs_are_told_of_what_changed_and_of_nothing_else(rig: HubRig) -> None:
    async with playing(saying(answer(204))) as one, playing(saying(answer(204))) as two:
        at(rig, one, two)
        rig.publish("<feed>first</feed>")
        rig.publish("<rss>first</rss>", "world/rss.xml")
        notifier = rig.notifier()
        first = await notifier.go_round()
        assert sorted(first.changed) == [TOPIC, WORLD]
        assert (first.told, first.failures) == (4, ())
        assert sorted(told(one.asked)) == sorted(told(two.asked)) == [TOPIC, WORLD]
        [request] = {item.headers["content-type"] for item in one.asked}
        assert request == "application/x-www-form-urlencoded"
        assert await notifier.go_round() == type(first)()
        rig.publish("<rss>second</rss>", "world/rss.xml")
        second = await notifier.go_round()
        assert (second.changed, second.told) == ((WORLD,), 2)
        assert told(one.asked)[2:] == [WORLD]


async def test_a_file_that_is_written_again_with_the_same_bytes_is_no_change(rig: HubRig) -> None:
    async with playing(saying(answer(204))) as server:
        at(rig, server)
        notifier = rig.notifier()
        for _ in range(2):
            rig.publish("<feed>same</feed>")
            await notifier.go_round()
        assert told(server.asked) == [TOPIC]


async def test_what_was_published_before_a_kill_is_told_after_the_restart(rig: HubRig) -> None:
    async with playing(saying(answer(204))) as server:
        at(rig, server)
        rig.publish("<feed>first</feed>")
        await rig.notifier().go_round()
        rig.publish("<feed>second</feed>")  # And killed.
        assert (await rig.notifier().go_round()).changed == (TOPIC,)
        rig.publish("<feed>third</feed>")
        rig.notifier().look()  # And killed before it could tell.
        assert (await rig.notifier().go_round()).told == 1
        assert (await rig.notifier().go_round()).told == 0
        assert len(server.asked) == 3


async def test_a_hub_that_does_not_listen_is_told_again_later_and_later(rig: HubRig) -> None:
    async with playing(saying(answer(503, b"busy"), answer(500), answer(202))) as server:
        at(rig, server)
        rig.publish("<feed>first</feed>")
        notifier = rig.notifier()
        result = await notifier.go_round()
        hub = server.url("/hub")
        assert result.failures == (f"{hub} of {TOPIC}: 503 busy",)
        [record] = records(rig)
        assert (record.hub, record.topic, record.attempts) == (hub, TOPIC, 1)
        assert (record.tried_at, record.told_at) == (rig.clock.now(), None)
        assert (record.detail, record.next_attempt_at) == (
            "503 busy",
            rig.clock.now() + timedelta(minutes=1),
        )
        rig.clock.advance(timedelta(seconds=59))
        assert (await notifier.go_round()).failures == ()
        rig.clock.advance(timedelta(seconds=1))
        assert len((await notifier.go_round()).failures) == 1
        rig.clock.advance(timedelta(minutes=5))
        assert (await notifier.go_round()).told == 1
    [record] = records(rig)
    assert (record.told_at, record.next_attempt_at) == (rig.clock.now(), None)
    assert record.detail == "202"


async def test_after_three_days_it_is_given_up_until_the_next_change(rig: HubRig) -> None:
    async with playing(saying(answer(500))) as server:
        at(rig, server)
        rig.publish("<feed>first</feed>")
        notifier = rig.notifier()
        tries = 0
        for _ in range(60):
            tries += len((await notifier.go_round()).failures)
            rig.clock.advance(timedelta(hours=4))
        assert tries == 24
        assert records(rig)[0].next_attempt_at is None
        rig.publish("<feed>second</feed>")
        assert len((await notifier.go_round()).failures) == 1


async def test_a_change_while_a_hub_is_being_told_is_told_too(rig: HubRig) -> None:
    rig.websub = 'hubs = ["https://hub.example/"]'
    rig.publish("<feed>first</feed>")
    notifier = rig.notifier()
    notifier.look()
    now = rig.clock.now()
    with rig.store.write() as tx:
        [taken] = pings.claim(tx, now, 5, timedelta(minutes=5))
        assert pings.claim(tx, now, 5, timedelta(minutes=5)) == []
    rig.clock.advance(timedelta(seconds=1))
    rig.publish("<feed>second</feed>")
    notifier.look()
    with rig.store.write() as tx:
        pings.settle(tx, taken, now=now, is_told=True, next_attempt_at=None, detail="204")
        [again] = pings.claim(tx, rig.clock.now(), 5, timedelta(minutes=5))
    assert (again.told_at, again.attempts) == (now, 0)
    assert again.changed_at > taken.changed_at


async def test_a_hub_that_is_new_hears_of_all_and_one_that_left_is_forgotten(rig: HubRig) -> None:
    async with playing(saying(answer(204))) as one, playing(saying(answer(204))) as two:
        at(rig, one)
        rig.publish("<feed>first</feed>")
        await rig.notifier().go_round()
        at(rig, two)
        result = await rig.notifier().go_round()
        assert (result.changed, result.told) == ((), 1)
        assert told(two.asked) == [TOPIC]
        assert [record.hub for record in records(rig)] == [two.url("/hub")]


async def test_the_feeds_of_single_topics_are_looked_at_too(rig: HubRig) -> None:
    topic = "https://gazette.example/feeds/topics/sea/feed.json"
    rig.websub = "[publish]\ntopic_feeds = true"
    with rig.store.write() as tx:
        placed.put_state(tx, "topics/sea", State("x", "Sea"))
        placed.put_state(tx, "main", State("x"))
    rig.publish("{}", "topics/sea/feed.json")
    assert rig.notifier().look() == (topic,)
    rig.websub = ""
    rig.publish("<feed>first</feed>")
    assert rig.notifier().look() == (TOPIC,)
    with rig.store.read() as tx:
        assert list(pings.topics(tx)) == [TOPIC]


async def test_nothing_published_is_nothing_to_tell(rig: HubRig) -> None:
    assert await rig.notifier().go_round() == type(await rig.notifier().go_round())()
    with rig.store.read() as tx:
        assert pings.topics(tx) == {}


async def test_a_document_that_goes_while_it_is_looked_at_waits_for_the_next_look(
    rig: HubRig,
) -> None:
    (rig.folder / "atom.xml").mkdir(parents=True)  # It is there, and cannot be read.
    notifier = rig.notifier()
    assert notifier.look() == ()
    (rig.folder / "atom.xml").rmdir()
    rig.publish("<feed>first</feed>")
    assert notifier.look() == (TOPIC,)


async def test_one_that_has_been_stopped_tells_nobody(rig: HubRig) -> None:
    async with playing(saying(answer(204))) as server:
        at(rig, server)
        rig.publish("<feed>first</feed>")
        notifier = rig.notifier()
        notifier.stop()
        assert (await notifier.go_round()).told == 0
        assert server.asked == []


async def test_every_hub_can_be_told_of_everything(rig: HubRig) -> None:
    async with playing(saying(answer(204))) as server:
        at(rig, server)
        rig.publish("<feed>first</feed>")
        notifier = rig.notifier()
        await notifier.go_round()
        notifier.demand_all()
        assert (await notifier.tell_due()).told == 1
        assert told(server.asked) == [TOPIC, TOPIC]


async def test_a_hub_that_fails_for_hours_raises_one_alert_which_ends_when_it_heals(
    rig: HubRig,
) -> None:
    """However often the feed changes meanwhile: each change begins to be told anew."""
    replies = [answer(503, b"busy")] * 8 + [answer(204)]
    async with playing(saying(*replies)) as server:
        at(rig, server)
        notifier = rig.notifier()
        found = []
        for hour in range(9):
            rig.publish(f"<feed>{hour}</feed>")
            await notifier.go_round()
            found.append([alert.text for alert in up(rig)])
            rig.clock.advance(timedelta(hours=1))
        assert found[5] == found[8] == []
        [text] = found[6]
        assert server.url("/hub") in text
        assert "for more than 6 h: 503 busy." in text
        assert found[7] == [text]


async def test_the_alert_about_a_hub_ends_when_the_settings_name_it_no_more(rig: HubRig) -> None:
    async with playing(saying(answer(500))) as server:
        at(rig, server)
        rig.publish("<feed>first</feed>")
        for _ in range(2):
            await rig.notifier().go_round()
            rig.clock.advance(timedelta(hours=7))
        forget_hubs(rig.store, [server.url("/hub")], rig.clock.now())
        assert len(up(rig)) == 1
        forget_hubs(rig.store, [], rig.clock.now())
        assert up(rig) == []
        await rig.notifier().go_round()
        assert up(rig) == []


def up(rig: HubRig) -> list[alerts.Alert]:
    with rig.store.read() as tx:
        return alerts.open_alerts(tx)
