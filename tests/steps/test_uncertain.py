"""Mails of which nobody knows whether they arrived: repeated a few times, then the operator's."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from restore_samples import EVENING, add_readers, open_publication, readers, take_in
from smtp_servers import ScriptedServer, closes, keeps

from digest.clock import ManualClock, SystemClock
from digest.errors import NotFoundError
from digest.mail.sink import Received, Sink
from digest.model import DeliveryState, Issue, IssueState
from digest.steps.compose import compose_now
from digest.steps.control import Command, control, decide_uncertain
from digest.store import alerts, deliveries, issues, subscribers
from digest.store.deliveries import Settlement
from digest.store.engine import Store
from digest.store.uncertain import Choice, count_attempt
from digest.wiring import Service

RETRIES = 3

SLOW = "rate_per_second = 20"


def compose(service: Service, number: int) -> Issue:
    """Freeze an issue for so many readers."""
    take_in(service)
    add_readers(service, readers(number))
    made = compose_now(
        service.store,
        service.config,
        service.renderer,
        service.keyring,
        "daily",
        now=service.clock.now(),
    )
    with service.store.read() as tx:
        issue = issues.get(tx, made.issue_id or 0)
    assert issue is not None
    return issue


def make_uncertain(store: Store, issue: Issue, retries: int = RETRIES) -> bool:
    """Let all deliveries end uncertain once more. Return whether the last one is held."""
    is_held = False
    with store.write() as tx:
        issues.move(tx, issue.id, IssueState.SENDING, if_in={IssueState.COMPOSED})
        at = issue.expires_at - timedelta(seconds=1)
        claimed = deliveries.claim(tx, issue.id, 10, at, at)
        for claim in claimed:
            state = DeliveryState.UNCERTAIN
            deliveries.settle(
                tx, [Settlement(claim.id, claim.fence, state, 1, "broke off", EVENING, EVENING)]
            )
            is_held = count_attempt(tx, issue, claim.id, retries, EVENING)
    return is_held


def next_at(store: Store, issue: Issue) -> object:
    with store.read() as tx:
        [row] = deliveries.list_deliveries(tx, issue.id)
    return row.next_attempt_at


def alert_texts(store: Store) -> list[str]:
    with store.read() as tx:
        return [alert.text for alert in alerts.open_alerts(tx)]


def test_after_a_few_retries_an_uncertain_mail_is_held_and_told(tmp_path: Path) -> None:
    """A relay that always dies after the dot must not repeat a mail for two days (R9)."""
    service = open_publication(tmp_path)
    issue = compose(service, 1)
    assert [make_uncertain(service.store, issue) for _ in range(3)] == [False] * 3
    assert next_at(service.store, issue) == EVENING
    assert alert_texts(service.store) == []
    assert make_uncertain(service.store, issue)
    assert next_at(service.store, issue) == issue.expires_at
    [text] = alert_texts(service.store)
    assert text.startswith("a mail of daily/1 was sent 4 times and the relay never said")
    assert "digest issues uncertain daily/1" in text
    # Sent again at the operator's word, and counted from the start.
    done = decide_uncertain(service.store, issue.id, Choice.RETRY, now=EVENING)
    assert (done.decided, done.ledger.open) == (1, 1)
    assert next_at(service.store, issue) == EVENING
    assert alert_texts(service.store) == []
    assert not make_uncertain(service.store, issue)
    service.close()


def test_where_uncertain_mails_are_held_the_first_one_is_told(tmp_path: Path) -> None:
    service = open_publication(tmp_path)
    issue = compose(service, 1)
    assert make_uncertain(service.store, issue, retries=0)
    assert "was sent once and" in alert_texts(service.store)[0]
    service.close()


@pytest.mark.parametrize(
    ("choice", "state"),
    [(Choice.ACCEPT, DeliveryState.ACCEPTED), (Choice.DROP, DeliveryState.CANCELLED)],
)
def test_the_operator_says_what_became_of_them(
    tmp_path: Path, choice: Choice, state: DeliveryState
) -> None:
    """The issue is finished by that, if nothing else of it waits; the journal knows it too."""
    service = open_publication(tmp_path)
    issue = compose(service, 2)
    make_uncertain(service.store, issue)
    done = decide_uncertain(service.store, issue.id, choice, now=EVENING)
    assert done.decided == 2
    assert done.ledger.counts[state] == 2
    assert done.ledger.adds_up
    again = decide_uncertain(service.store, issue.id, choice, now=EVENING)
    assert again.decided == 0
    with service.store.read() as tx:
        found = issues.get(tx, issue.id)
    assert found is not None
    assert found.state is IssueState.FINISHED
    log = service.store.fact_log
    assert log is not None
    assert any(getattr(fact, "state", None) is state for fact in log.facts())
    service.close()


def test_there_is_nothing_to_decide_of_an_issue_that_is_not_there(tmp_path: Path) -> None:
    service = open_publication(tmp_path)
    with pytest.raises(NotFoundError, match="there is no issue '7'"):
        decide_uncertain(service.store, 7, Choice.RETRY, now=EVENING)
    service.close()


async def test_a_relay_that_always_dies_after_the_dot_gets_a_mail_four_times_at_most(
    tmp_path: Path,
) -> None:
    async with ScriptedServer({"dot": [keeps(closes)] * 20}) as server:
        service = open_publication(tmp_path, server.port)
        issue = compose(service, 1)
        assert isinstance(service.clock, ManualClock)
        deliverer = service.deliverer()
        for _ in range(8):
            await deliverer.run_due()
            service.clock.advance(timedelta(hours=3))
        assert len(server.accepted) == 1 + RETRIES
        assert len(alert_texts(service.store)) >= 1
        with service.store.read() as tx:
            ledger = deliveries.ledger(tx, issue.id)
        assert ledger.counts[DeliveryState.UNCERTAIN] == 1
        service.close()


@pytest.mark.parametrize("command", [Command.PAUSE, Command.HOLD, Command.CANCEL])
async def test_a_command_stops_a_send_within_a_second(tmp_path: Path, command: Command) -> None:
    """reliability.md: pause, hold, and cancel at any time, each effective within a second."""
    commanded_at: list[float] = []
    arrivals: list[float] = []
    loop = asyncio.get_running_loop()

    def watch(mail: Received) -> None:
        arrivals.append(loop.time())
        if mail.number == 10:
            control(service.store, issue.id, command, now=EVENING)
            commanded_at.append(loop.time())

    async with Sink(on_message=watch) as sink:
        service = open_publication(tmp_path, sink.port, relay=SLOW, clock=SystemClock())
        issue = compose(service, 100)
        async with asyncio.timeout(20):
            await service.deliverer().run_due()
        assert 10 <= len(sink.received) < 40
        assert max(arrivals) - commanded_at[0] < 1
        with service.store.read() as tx:
            ledger = deliveries.ledger(tx, issue.id)
        assert ledger.adds_up
        assert ledger.counts[DeliveryState.ACCEPTED] == len(sink.received)
        service.close()


async def test_who_complains_while_it_is_sent_gets_nothing_after_a_second(tmp_path: Path) -> None:
    """The do-not-mail record is looked at just before MAIL, as subscriptions are."""
    people = readers(60)
    complained_at: list[float] = []
    arrivals: dict[str, float] = {}
    loop = asyncio.get_running_loop()

    def watch(mail: Received) -> None:
        arrivals[mail.recipients[0]] = loop.time()
        if mail.number == 5:
            with service.store.write() as tx:
                for place in hashes:
                    subscribers.suppress(tx, place, service.clock.now(), "complaint", "")
            complained_at.append(loop.time())

    async with Sink(on_message=watch) as sink:
        service = open_publication(tmp_path, sink.port, relay=SLOW, clock=SystemClock())
        issue = compose(service, len(people))
        with service.store.read() as tx:
            found = tx.exec_driver_sql("SELECT address_hash FROM subscribers")
            hashes = [str(row[0]) for row in found]
        async with asyncio.timeout(20):
            [done] = await service.deliverer().run_due()
        assert max(arrivals.values()) - complained_at[0] < 1
        assert Counter(done.ledger.counts)[DeliveryState.SUPPRESSED] == 60 - len(arrivals)
        assert done.issue.id == issue.id
        service.close()
