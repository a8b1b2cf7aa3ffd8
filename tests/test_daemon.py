"""The daemon: wakes the steps, keeps going whatever goes wrong, and ends cleanly."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from patience import PATIENCE_SECONDS
from structlog.testing import capture_logs

from digest.clock import ManualClock
from digest.config import load
from digest.daemon import Daemon
from digest.errors import BusyError, StoreError
from digest.files import owned
from digest.mail.sink import Sink
from digest.model import OccurrenceState, SubscriptionState
from digest.steps.deliver import Deliverer
from digest.steps.subscribe import Wish, person_of, subscribe
from digest.store import alerts, occurrences
from digest.wiring import Service, plug_in

CONFIG = """
[publication]
title = "Gazette"
url = "https://gazette.example/"
id = "tag:gazette.example,2026"
timezone = "Europe/Zurich"
postal_address = "1 Quay Street"

[briefings.daily]
title = "Morning Briefing"
from_address = "briefing@gazette.example"
send_at = "07:00"

[relays.default]
host = "127.0.0.1"
port = {port}
tls = "none"
"""

EVENING = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
DUE = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)


def make_service(root: Path, port: int = 1) -> Service:
    """A publication with one article and one reader; its clock stands at Monday evening."""
    (root / "articles").mkdir(exist_ok=True)
    (root / "articles" / "one.md").write_text("# One\n\nThe first article.\n")
    service = plug_in(load(CONFIG.format(port=port)), root, ManualClock(EVENING))
    subscribe(
        service.store,
        service.keyring,
        [Wish(person_of("ada@reader.example"), "daily", SubscriptionState.CONFIRMED)],
        method="form",
        evidence="",
        now=EVENING,
    )
    return service


def set_clock(service: Service, to: datetime) -> None:
    assert isinstance(service.clock, ManualClock)
    service.clock.jump(to)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    made = make_service(tmp_path)
    yield made
    made.close()


async def test_an_issue_is_composed_when_it_is_due_and_not_before(service: Service) -> None:
    daemon = Daemon(service)
    first = await daemon.tick()
    assert [item.reason for item in first.composed] == ["the briefing was set up after this time"]
    set_clock(service, DUE - timedelta(seconds=1))
    assert (await daemon.tick()).composed == ()
    set_clock(service, DUE)
    [composed] = (await daemon.tick()).composed
    assert (composed.period, composed.number, composed.candidates) == ("2026-11-24", 1, 1)
    assert (await daemon.tick()).composed == ()


async def test_two_daemons_on_one_database_compose_once(tmp_path: Path) -> None:
    """design.md 5: whoever inserts the occurrence composes."""
    first, second = make_service(tmp_path), make_service(tmp_path)
    try:
        await Daemon(first).tick()
        for service in (first, second):
            set_clock(service, DUE)
        ticks = await asyncio.gather(Daemon(first).tick(), Daemon(second).tick())
    finally:
        first.close()
        second.close()
    assert [item.number for tick in ticks for item in tick.composed] == [1]


async def test_an_occurrence_missed_by_a_night_is_skipped_with_a_reason(service: Service) -> None:
    """design.md 6: later than max_lateness is a skipped row and an alert, never silence."""
    daemon = Daemon(service)
    await daemon.tick()
    set_clock(service, DUE + timedelta(hours=7))
    [skipped] = (await daemon.tick()).composed
    assert skipped.issue_id is None
    assert "missed by 7 h" in skipped.reason
    with service.store.read() as tx:
        row = occurrences.latest(tx, "daily")
        [alert] = alerts.open_alerts(tx)
    assert row is not None
    assert (row.state, row.reason) == (OccurrenceState.SKIPPED, skipped.reason)
    assert "2026-11-24" in alert.text


async def test_after_a_short_downtime_the_issue_is_made_up_for(service: Service) -> None:
    daemon = Daemon(service)
    await daemon.tick()
    set_clock(service, DUE + timedelta(hours=5, minutes=59))
    [composed] = (await daemon.tick()).composed
    assert composed.number == 1


async def test_one_step_that_fails_does_not_stop_the_others(service: Service) -> None:
    """A folder that is not mounted: said once as an alert; due issues are composed all the same."""
    daemon = Daemon(service)
    await daemon.tick()
    articles = service.root / "articles"
    articles.rename(service.root / "elsewhere")
    set_clock(service, DUE)
    ticked = await daemon.tick()
    assert [item.number for item in ticked.composed] == [1]
    assert "there is no folder" in ticked.failures[0]
    await daemon.tick()
    with service.store.read() as tx:
        assert [alert.key for alert in alerts.open_alerts(tx)] == ["failed:ingest:articles"]
    (service.root / "elsewhere").rename(articles)
    assert (await daemon.tick()).failures == ()
    with service.store.read() as tx:
        assert alerts.open_alerts(tx) == []


async def test_a_broken_template_sends_nothing_and_is_tried_again(service: Service) -> None:
    """The issue goes out once the template is mended, if it is not too late by then."""
    template = service.root / "templates" / "email" / "briefing.txt"
    template.parent.mkdir(parents=True)
    template.write_text("{{ nonsense }}")
    daemon = Daemon(service)
    await daemon.tick()
    set_clock(service, DUE)
    ticked = await daemon.tick()
    assert ticked.composed == ()
    assert "briefing.txt:1" in ticked.failures[0]
    template.unlink()
    assert [item.number for item in (await daemon.tick()).composed] == [1]


async def test_an_embargo_that_ends_is_published_in_time(service: Service) -> None:
    """Nobody touches a file; the feed changes when the embargo says."""
    until = EVENING + timedelta(minutes=2)
    (service.root / "articles" / "two.md").write_text(
        f"---\ntitle: Two\npublished: {until.isoformat()}\n---\nSecret until then.\n"
    )
    daemon = Daemon(service)
    await daemon.tick()
    feed = service.root / "feeds" / "rss.xml"
    assert "Secret" not in feed.read_text()
    set_clock(service, until)
    assert (await daemon.tick()).published is not None
    assert "Secret" in feed.read_text()


async def test_a_second_daemon_is_refused(service: Service) -> None:
    """reliability.md: on SQLite the second refuses to start, saying why."""
    with owned(service.lock_path, "runs this publication"), pytest.raises(BusyError, match="only"):
        await Daemon(service).run()


async def test_it_runs_sends_and_stops(tmp_path: Path) -> None:
    """The issue that is due at the start goes out; stop() ends it with everything settled."""
    arrived = asyncio.Event()
    async with Sink(on_message=lambda _mail: arrived.set()) as sink:
        service = make_service(tmp_path, sink.port)
        daemon = Daemon(service)
        await daemon.tick()
        set_clock(service, DUE)
        running = asyncio.create_task(daemon.run())
        async with asyncio.timeout(PATIENCE_SECONDS):
            await arrived.wait()
            daemon.stop()
            await running
        service.close()
    assert [mail.recipients for mail in sink.received] == [("ada@reader.example",)]


async def test_what_goes_on_to_be_in_the_way_is_logged_once(service: Service) -> None:
    """A relay that is left alone for half an hour is looked at every few seconds."""
    daemon = Daemon(service)
    await daemon.run_once()
    set_clock(service, DUE)
    with capture_logs() as logs:
        for _ in range(3):
            await daemon.run_once()
    (told,) = [entry for entry in logs if entry["event"] == "delivered"]
    assert "relay 'default'" in told["trouble"]


async def test_a_full_disk_at_the_start_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """reliability.md, disk full: an alert, and it goes on by itself."""
    monkeypatch.setattr("digest.daemon.loop.DELIVERY_POLL_SECONDS", 0.05)
    arrived, tried = asyncio.Event(), 0
    async with Sink(on_message=lambda _mail: arrived.set()) as sink:
        service = make_service(tmp_path, sink.port)
        set_clock(service, DUE - timedelta(seconds=1))
        await Daemon(service).tick()
        set_clock(service, DUE)
        recover, said = Deliverer.recover, list[str]()

        def full_at_first(deliverer: Deliverer) -> int:
            nonlocal tried
            tried += 1
            with service.store.read() as tx:
                up = alerts.open_alerts(tx)
            said.extend(alert.text for alert in up if alert.key == "failed:delivery")
            if tried < 3:
                raise StoreError("the disk is full")
            return recover(deliverer)

        monkeypatch.setattr(Deliverer, "recover", full_at_first)
        daemon = Daemon(service)
        running = asyncio.create_task(daemon.run())
        async with asyncio.timeout(PATIENCE_SECONDS):
            await arrived.wait()
            daemon.stop()
            await running
        with service.store.read() as tx:
            assert "failed:delivery" not in {alert.key for alert in alerts.open_alerts(tx)}
        service.close()
    assert said == ["nothing is sent: the disk is full"] * 2


async def test_what_fails_unforeseen_is_logged_and_survived(service: Service) -> None:
    """A defect of ours in one step is an alert, not the end of the daemon."""
    daemon = Daemon(service)
    await daemon.tick()
    feeds = service.root / "feeds"
    kept = (feeds / "rss.xml").read_bytes()
    (feeds / "rss.xml").unlink()
    (feeds / "rss.xml").mkdir()
    set_clock(service, EVENING + timedelta(minutes=6))
    [failure] = (await daemon.tick()).failures
    assert failure.startswith("publish: ")
    (feeds / "rss.xml").rmdir()
    set_clock(service, EVENING + timedelta(minutes=12))
    assert (await daemon.tick()).failures == ()
    assert (feeds / "rss.xml").read_bytes() == kept
