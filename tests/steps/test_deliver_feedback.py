"""What relays answer while we send counts like reports; what reports ask for is left alone."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from fakes import KEYRING, NOW, Desk, compose_issue, make_config

from digest.clock import ManualClock
from digest.mail.relay import Relay
from digest.mail.sink import Sink
from digest.model import Issue
from digest.steps.deliver import Deliverer, DeliverResult
from digest.steps.feedback import settle_undecided
from digest.store import feedback, subscribers
from digest.store.engine import Store

ANN, BEN = "ann@one.example", "ben@two.example"


async def sent(store: Store, desk: Desk, issue: Issue, sink: Sink) -> DeliverResult:
    relay = Relay("default", "127.0.0.1", sink.port, tls="none")
    deliverer = Deliverer(
        store, desk.config, KEYRING, {"default": relay}, ManualClock(NOW), jitter=lambda: 0.5
    )
    (result,) = await deliverer.run_due(issue.id)
    return result


async def test_a_refusal_of_the_recipient_gives_the_address_up(
    sqlite_store: Store, tmp_path: Path
) -> None:
    """reliability.md, Replies: 5.1.1 suppresses, a full mailbox scores."""
    desk = Desk(sqlite_store, tmp_path, make_config())
    issue = compose_issue(desk, [ANN, BEN])
    async with Sink(refuse={ANN: "550 5.1.1 No such user", BEN: "452 4.2.2 Full"}) as sink:
        await sent(sqlite_store, desk, issue, sink)
    assert settle_undecided(sqlite_store, desk.config, now=NOW) == 2
    with sqlite_store.read() as tx:
        found = {item.email: item for item in feedback.list_reports(tx)}
        assert subscribers.is_suppressed(tx, KEYRING.address_hash(ANN))
        assert not subscribers.is_suppressed(tx, KEYRING.address_hash(BEN))
    assert (found[ANN].effect, found[BEN].effect) == ("suppressed", "counted")
    assert found[ANN].reason == "There is no such address."
    assert "550 5.1.1" in found[ANN].diagnostic
    assert (found[BEN].relay, found[BEN].domain) == ("default", "two.example")


async def test_a_domain_that_reports_blame_us_is_left_alone(
    sqlite_store: Store, tmp_path: Path
) -> None:
    desk = Desk(sqlite_store, tmp_path, make_config())
    issue = compose_issue(desk, [ANN, BEN])
    until = NOW + timedelta(minutes=30)
    with sqlite_store.write() as tx:
        feedback.pause(tx, "default", "one.example", until, "policy")
        feedback.pause(tx, "gone", "", until, "a relay of earlier settings")
    async with Sink() as sink:
        await sent(sqlite_store, desk, issue, sink)
        assert [item.recipients for item in sink.received] == [(BEN,)]


async def test_a_relay_that_reports_blame_is_left_alone(
    sqlite_store: Store, tmp_path: Path
) -> None:
    desk = Desk(sqlite_store, tmp_path, make_config())
    issue = compose_issue(desk, [ANN])
    with sqlite_store.write() as tx:
        feedback.pause(tx, "default", "", NOW + timedelta(minutes=30), "3 domains blame us")
    async with Sink() as sink:
        result = await sent(sqlite_store, desk, issue, sink)
        assert sink.received == []
    assert "3 domains blame us" in result.trouble
