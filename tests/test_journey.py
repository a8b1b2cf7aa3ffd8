"""The whole story on one page: articles in, feeds and a briefing out, for three days.

Read this first. Every step is the real one: files on disk, SQLite, SMTP over a socket. Only the
clock is ours.
"""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import feedparser
import pytest

from digest.clock import ManualClock
from digest.config import load
from digest.daemon import Daemon
from digest.mail.sink import Sink
from digest.model import DeliveryState, IssueState, SubscriptionState
from digest.steps.subscribe import Wish, person_of, subscribe, unsubscribe
from digest.store import deliveries, issues, occurrences
from digest.wiring import Service, plug_in

CONFIG = """
[publication]
title = "The Harbour Gazette"
url = "https://gazette.example/"
id = "tag:gazette.example,2026"
timezone = "Europe/Lisbon"
postal_address = "1 Quay Street, Port Halden"

[briefings.daily]
title = "Morning Briefing"
from_address = "briefing@gazette.example"
send_at = "07:00"

[relays.default]
host = "127.0.0.1"
port = {port}
tls = "none"
"""

FERRY = """\
---
title: The ferry runs again
authors: Ines Prado <ines@gazette.example>
topics: [Local]
image: {file: ferry.png, alt: A white ferry at the quay, credit: Gazette}
---
After eleven weeks the ferry to the island runs again, twice a day.

It takes forty cars and two hundred people.
"""

PASTED = """\
Town council votes on the new bridge

Councillors in the town hall on Monday, before the vote. Photo: Gazette

Must read

The council has voted for the new bridge, by eleven to nine, after a debate of five hours.

More articles
"""

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


@pytest.mark.filterwarnings("ignore::DeprecationWarning:feedparser")
async def test_three_days_of_a_publication(tmp_path: Path) -> None:
    """What is written in a folder is read in feeds and mails, once, by those who asked for it."""
    articles = tmp_path / "articles"
    articles.mkdir()
    async with Sink(tmp_path / "inbox") as sink:
        clock = ManualClock(datetime(2026, 11, 23, 18, 0, tzinfo=UTC))
        service = plug_in(load(CONFIG.format(port=sink.port)), tmp_path, clock)
        try:
            await _three_days(service, clock, articles, sink)
        finally:
            service.close()


async def _three_days(service: Service, clock: ManualClock, articles: Path, sink: Sink) -> None:
    daemon = Daemon(service)

    # Monday evening. Two articles are written; the feeds have them at once, the briefing waits.
    (articles / "ferry.md").write_text(FERRY)
    (articles / "ferry.png").write_bytes(PNG)
    (articles / "bridge.txt").write_text(PASTED)
    for name in ("ada", "bob"):
        _subscribe(service, f"{name}@reader.example")
    ticked, sent = await daemon.run_once()
    assert ticked.failures == ()
    assert sent == ()
    feed = feedparser.parse((service.root / "feeds" / "rss.xml").read_bytes())
    assert not feed.bozo
    assert {entry.title for entry in feed.entries} == {
        "The ferry runs again",
        "Town council votes on the new bridge",
    }
    assert "Must read" not in (service.root / "feeds" / "atom.xml").read_text()

    # Tuesday, seven in the morning in Lisbon: the issue is composed and sent.
    clock.advance(datetime(2026, 11, 24, 7, 0, tzinfo=UTC) - clock.now())
    await daemon.run_once()
    assert sorted(mail.recipients for mail in sink.received) == [
        ("ada@reader.example",),
        ("bob@reader.example",),
    ]
    mail = _parsed(sink.received[0].content)
    assert mail["Subject"] == "The ferry runs again"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text = mail.get_body(("plain",))
    assert text is not None
    assert "The council has voted for the new bridge" in text.get_content()

    # Looking again, as often as one likes, sends nothing twice.
    for _ in range(3):
        clock.advance(timedelta(minutes=5))
        await daemon.run_once()
    assert len(sink.received) == 2

    # Wednesday: one new article, and Bob has left. The ferry's correction reaches the feeds.
    (articles / "tide.md").write_text("# Spring tide on Friday\n\nThe quay will be closed.\n")
    (articles / "ferry.md").write_text(FERRY.replace("eleven weeks", "twelve weeks"))
    unsubscribe(
        service.store, "bob@reader.example", "daily", method="form", evidence="", now=clock.now()
    )
    clock.advance(datetime(2026, 11, 25, 7, 30, tzinfo=UTC) - clock.now())
    await daemon.run_once()
    assert [mail.recipients for mail in sink.received[2:]] == [("ada@reader.example",)]
    assert b"The ferry runs again" not in sink.received[2].content
    assert "twelve weeks" in (service.root / "feeds" / "feed.json").read_text()

    # Thursday: nothing new, so nothing is sent, and the reason is kept.
    clock.advance(datetime(2026, 11, 26, 7, 0, tzinfo=UTC) - clock.now())
    await daemon.run_once()
    assert len(sink.received) == 3
    with service.store.read() as tx:
        days = {item.period: item.reason for item in occurrences.recent(tx, "daily")}
        assert days["2026-11-26"] == "no new articles"
        assert days["2026-11-25"] == days["2026-11-24"] == ""
        for issue in issues.list_issues(tx):
            ledger = deliveries.ledger(tx, issue.id)
            assert issue.state is IssueState.FINISHED
            assert ledger.adds_up
            assert ledger.counts[DeliveryState.ACCEPTED] == ledger.candidates


def _subscribe(service: Service, address: str) -> None:
    wish = Wish(person_of(address), "daily", SubscriptionState.CONFIRMED)
    subscribe(
        service.store,
        service.keyring,
        [wish],
        method="form",
        evidence="ticked the box",
        now=service.clock.now(),
    )


def _parsed(content: bytes) -> EmailMessage:
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message
