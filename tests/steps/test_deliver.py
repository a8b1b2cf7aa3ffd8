"""Frozen issues go to the relay; what was sent is judged by the log of the server."""

from __future__ import annotations

import asyncio
import email
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as SinkSession
from fakes import KEYRING, NOW, Desk, FullDisk, add_readers, compose_issue, make_config, states_of
from running_clock import RunningClock
from smtp_servers import ScriptedServer, Session, closes, says

from digest.clock import ManualClock
from digest.config import Config
from digest.errors import StoreError
from digest.mail.relay import Relay
from digest.mail.sink import Received, Sink
from digest.model import DeliveryState, Issue, IssueState, SubscriptionState
from digest.steps.deliver import Deliverer, DeliverResult, Progress
from digest.steps.deliver.commits import Also, Commits
from digest.steps.deliver.supply import CLAIMS_A_CONNECTION
from digest.steps.subscribe import unsubscribe
from digest.store import alerts, deliveries, issues, subscribers
from digest.store.deliveries import Claim, Settlement
from digest.store.engine import Store
from digest.store.subscribers import Consent, NewSubscriber

CONNECTIONS = 2


class Office:
    """A publication with an issue to be sent, and a clock of ours."""

    def __init__(self, store: Store, root: Path, **settings: Any) -> None:  # noqa: ANN401 - see make_config
        """Make the settings, with further lines from *settings*."""
        self.store = FullDisk(store)
        self.settings = {"connections": CONNECTIONS} | settings
        self.desk = Desk(self.store, root, make_config(**self.settings))
        self.clock: ManualClock | RunningClock = ManualClock(NOW)
        self.progress: list[Progress] | None = []

    @property
    def config(self) -> Config:
        """The settings."""
        return self.desk.config

    def compose(self, emails: list[str]) -> Issue:
        """Freeze an issue; its deliveries are in the order of *emails*."""
        for reader in emails:
            add_readers(self.store, [reader])
        return compose_issue(self.desk, [])

    def deliverer(self, port: int, config: Config | None = None) -> Deliverer:
        """Return what sends to the server at *port*."""
        relay = Relay(
            "default",
            "127.0.0.1",
            port,
            tls="none",
            connect_timeout_seconds=2,
            command_timeout_seconds=2,
            messages_per_connection=self.config.relays["default"].messages_per_connection,
        )
        return Deliverer(
            self.store,
            config or self.config,
            KEYRING,
            {"default": relay},
            self.clock,
            jitter=lambda: 0.5,
            on_progress=None if self.progress is None else self.progress.append,
        )

    async def send(self, port: int) -> DeliverResult:
        """Run once with a deliverer of its own, as a restarted process does."""
        deliverer = self.deliverer(port)
        deliverer.recover()
        (result,) = await deliverer.run_due()
        return result

    def wait(self, **duration: float) -> None:
        """Let time pass."""
        self.clock.advance(timedelta(**duration))

    def leave(self, address: str) -> None:
        """Unsubscribe somebody."""
        unsubscribe(self.store, address, None, method="x", evidence="", now=self.clock.now())

    def move(self, issue: Issue, state: IssueState) -> None:
        """Put the issue into *state*."""
        with self.store.write() as tx:
            assert issues.move(tx, issue.id, state, if_in=set(IssueState))

    def alerts(self) -> list[str]:
        """Return the texts of the alerts that are up."""
        with self.store.read() as tx:
            return [alert.text for alert in alerts.open_alerts(tx)]

    def states(self, issue: Issue) -> Counter[str]:
        """Return how many deliveries stand where."""
        return Counter(states_of(self.store, issue).values())


@pytest.fixture
def office(sqlite_store: Store, tmp_path: Path) -> Office:
    return Office(sqlite_store, tmp_path)


def readers(number: int) -> list[str]:
    return [f"reader-{place:03}@reader.example" for place in range(number)]


def recipients(sink: Sink) -> Counter[str]:
    """How often the server took a message to each address: the judge."""
    return Counter(mail.recipients[0] for mail in sink.received)


def each_once(people: list[str]) -> Counter[str]:
    return Counter(people)


class SilentSink(Sink):
    """A sink that keeps some messages and hangs up instead of saying so."""

    silent: frozenset[int] = frozenset({1})

    async def handle_DATA(self, _server: SMTP, _session: SinkSession, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep the message, and hang up if its number is among :attr:`silent`."""
        reply = await super().handle_DATA(_server, _session, envelope)
        if self.received[-1].number in self.silent and _server.transport is not None:
            cast("asyncio.Transport", _server.transport).abort()
        return reply


# All is well.


async def test_everybody_gets_it_once_on_both_engines(store: Store, tmp_path: Path) -> None:
    """reliability.md R7 and R8: the ledger adds up, the issue is finished."""
    office, people = Office(store, tmp_path), readers(40)
    issue = office.compose(people)
    async with Sink() as sink:
        deliverer = office.deliverer(sink.port)
        (result,) = await deliverer.run_due()
        assert recipients(sink) == each_once(people)
        assert await deliverer.run_due() == ()
        assert len(sink.received) == 40
    assert result.counts == {DeliveryState.ACCEPTED: 40}
    assert result.issue.state is IssueState.FINISHED
    assert result.issue.finished_at == NOW
    assert result.ledger.adds_up
    assert (result.ledger.open, result.next_attempt_at, result.trouble) == (0, None, "")
    assert office.states(issue) == {"accepted": 40}
    assert office.alerts() == []
    told = Counter[DeliveryState]()
    for step in office.progress or ():
        assert step.issue.id == issue.id
        told.update(step.counts)
    assert told == {DeliveryState.ACCEPTED: 40}
    last = (office.progress or [])[-1]
    assert (last.done, last.candidates, last.seconds_left) == (40, 40, 0.0)


async def test_a_delivery_is_settled_after_the_reply_only(office: Office) -> None:
    """And no more is claimed than four for each connection, and what these have in hand (R2)."""
    people = readers(20)
    issue, seen, claimed = office.compose(people), list[str](), list[int]()

    def look(mail: Received) -> None:
        states = states_of(office.store, issue)
        seen.append(states[mail.recipients[0]])
        claimed.append(Counter(states.values())["claimed"])

    async with Sink(on_message=look) as sink:
        await office.send(sink.port)
    assert seen == ["claimed"] * 20
    assert max(claimed) <= (CLAIMS_A_CONNECTION + 3) * CONNECTIONS
    assert office.states(issue) == {"accepted": 20}


async def test_several_connections_share_the_work(office: Office) -> None:
    office.compose(readers(30))
    async with ScriptedServer() as server:
        await office.send(server.port)
        assert len(server.accepted) == 30
        counts = [sum(c.startswith(b"RCPT") for c in s.commands) for s in server.sessions]
    assert len(counts) == CONNECTIONS
    assert min(counts) > 0


async def test_a_connection_is_given_up_after_so_many_messages(
    sqlite_store: Store, tmp_path: Path
) -> None:
    relay, people = "messages_per_connection = 4", readers(30)
    office = Office(sqlite_store, tmp_path, relay=relay)
    office.compose(people)
    async with ScriptedServer() as server:
        result = await office.send(server.port)
        assert Counter(address for address, _ in server.accepted) == each_once(people)
        assert len(server.sessions) >= 8
    assert result.issue.state is IssueState.FINISHED


async def test_messages_go_no_faster_than_they_may(sqlite_store: Store, tmp_path: Path) -> None:
    office = Office(sqlite_store, tmp_path, relay="rate_per_second = 50")
    office.clock = RunningClock(NOW)
    office.compose(readers(16))
    async with Sink() as sink:
        began = time.perf_counter()
        await office.send(sink.port)
        # What was missed may be made up for a tenth of a second: see mail/pace/rate.py.
        assert time.perf_counter() - began >= 15 / 50 - 0.1
        assert len(sink.received) == 16


async def test_one_issue_of_several_can_be_sent(office: Office) -> None:
    first = office.compose(["ada@reader.example"])
    office.desk.write("harbour.md")
    second = office.compose(["ada@reader.example"])
    async with Sink() as sink:
        deliverer = office.deliverer(sink.port)
        (result,) = await deliverer.run_due(second.id)
        assert result.issue.id == second.id
        assert office.states(first) == {"queued": 1}
        (result,) = await deliverer.run_due()
        assert result.issue.id == first.id
        assert len(sink.received) == 2


async def test_two_issues_share_a_relay(office: Office) -> None:
    people = readers(10)
    office.compose(people)
    office.desk.write("harbour.md")
    office.compose([])
    office.progress = None
    async with Sink() as sink:
        results = await office.deliverer(sink.port).run_due()
        assert [result.issue.number for result in results] == [1, 2]
        assert recipients(sink) == Counter(people * 2)


async def test_an_issue_of_a_briefing_that_is_no_more_waits_and_says_so(office: Office) -> None:
    """Nobody is lost: it goes on once the briefing is back, or is cancelled by the operator."""
    office.compose(["ada@reader.example"])
    other = make_config(more='[briefings.other]\ntitle = "O"\nfrom_address = "o@gazette.example"')
    config = other.model_copy(update={"briefings": {"other": other.briefings["other"]}})
    async with Sink() as sink:
        (result,) = await office.deliverer(sink.port, config).run_due()
        assert sink.received == []
        assert "there is no briefing 'daily' in the settings any more" in result.trouble
        assert "digest issues cancel daily/1" in result.trouble
        assert result.ledger.counts[DeliveryState.QUEUED] == 1
        (result,) = await office.deliverer(sink.port).run_due()
        assert len(sink.received) == 1
    assert result.issue.state is IssueState.FINISHED


# Recipients.


async def test_one_who_is_refused_does_not_hold_the_others(office: Office) -> None:
    issue = office.compose(["ada@reader.example", "bob@reader.example"])
    refuse = {"ada@reader.example": "550 5.1.1 No such user"}
    async with Sink(refuse=refuse) as sink:
        result = await office.send(sink.port)
        assert recipients(sink) == {"bob@reader.example": 1}
    assert result.counts == {DeliveryState.ACCEPTED: 1, DeliveryState.REFUSED: 1}
    assert result.issue.state is IssueState.FINISHED
    with office.store.read() as tx:
        (row,) = deliveries.list_deliveries(tx, issue.id, {DeliveryState.REFUSED})
    assert row.detail == "RCPT: 550 5.1.1 No such user"


async def test_who_is_deferred_is_tried_again_at_its_time(office: Office) -> None:
    issue = office.compose(["ada@reader.example", "bob@reader.example"])
    async with Sink(refuse={"ada@reader.example": "451 4.3.0 Not now"}) as sink:
        result = await office.send(sink.port)
        assert recipients(sink) == {"bob@reader.example": 1}
    assert result.issue.state is IssueState.SENDING
    assert result.next_attempt_at == NOW + timedelta(minutes=5)
    assert result.trouble == ""
    async with Sink() as sink:
        office.wait(seconds=299)
        assert (await office.send(sink.port)).counts == {}
        assert sink.received == []
        office.wait(seconds=1)
        result = await office.send(sink.port)
        assert recipients(sink) == {"ada@reader.example": 1}
    assert result.issue.state is IssueState.FINISHED
    assert office.states(issue) == {"accepted": 2}


async def test_what_got_no_reply_is_sent_again_the_very_same(office: Office) -> None:
    """reliability.md R6 and R9: after 15 minutes, same Message-ID, same bytes."""
    issue = office.compose(["ada@reader.example"])
    async with SilentSink() as sink:
        result = await office.send(sink.port)
        assert result.counts == {DeliveryState.UNCERTAIN: 1}
        assert office.states(issue) == {"uncertain": 1}
        office.wait(minutes=14)
        await office.send(sink.port)
        assert len(sink.received) == 1
        office.wait(minutes=1)
        result = await office.send(sink.port)
        first, second = sink.received
    assert first.content == second.content
    assert email.message_from_bytes(first.content)["Message-ID"]
    assert result.issue.state is IssueState.FINISHED


async def test_what_got_no_reply_can_be_held(sqlite_store: Store, tmp_path: Path) -> None:
    office = Office(sqlite_store, tmp_path, more='[delivery]\nuncertain = "hold"')
    issue = office.compose(["ada@reader.example"])
    async with SilentSink() as sink:
        await office.send(sink.port)
        office.wait(hours=47)
        await office.send(sink.port)
        assert office.states(issue) == {"uncertain": 1}
        office.wait(hours=1)
        result = await office.send(sink.port)
        assert len(sink.received) == 1
    assert result.ledger.counts[DeliveryState.EXPIRED] == 1


async def test_an_address_in_other_letters_needs_smtputf8(office: Office) -> None:
    """email.md F6: refused with 5.6.7 where it is not offered, never mangled."""
    people = ["jörg@reader.example", "ada@reader.example"]
    issue = office.compose(people)
    async with ScriptedServer() as server:
        result = await office.send(server.port)
        assert [address for address, _ in server.accepted] == ["ada@reader.example"]
    assert result.counts == {DeliveryState.ACCEPTED: 1, DeliveryState.REFUSED: 1}
    with office.store.read() as tx:
        (row,) = deliveries.list_deliveries(tx, issue.id, {DeliveryState.REFUSED})
    assert row.detail.startswith("local: 553 5.6.7 The relay does not offer SMTPUTF8")
    office.desk.write("harbour.md")
    office.compose([])
    async with Sink() as sink:
        await office.send(sink.port)
        assert recipients(sink) == each_once(people)


async def test_what_is_no_address_is_refused_and_blocks_nobody(office: Office) -> None:
    """However it came into the database."""
    with office.store.write() as tx:
        person = subscribers.add(tx, NewSubscriber("a b", "a b", "hash"), NOW)
        consent = Consent(person.id, "daily", NOW, SubscriptionState.CONFIRMED, "x", "")
        subscribers.set_state(tx, consent)
    issue = office.compose(["ada@reader.example"])
    async with Sink() as sink:
        result = await office.send(sink.port)
        assert recipients(sink) == {"ada@reader.example": 1}
    assert result.issue.state is IssueState.FINISHED
    assert states_of(office.store, issue)["a b"] == "refused"


# Who leaves, and what stops.


async def test_who_leaves_after_the_freeze_gets_nothing(office: Office) -> None:
    issue = office.compose(["ada@reader.example", "bob@reader.example"])
    office.leave("ada@reader.example")
    async with Sink() as sink:
        await office.send(sink.port)
        assert recipients(sink) == {"bob@reader.example": 1}
    assert states_of(office.store, issue)["ada@reader.example"] == "suppressed"


async def test_who_leaves_while_it_is_sent_gets_nothing(office: Office) -> None:
    """reliability.md: no message starts more than a second after the wish is committed."""
    people = readers(12)
    issue, gone = office.compose(people), set(people[-6:])

    def leave(mail: Received) -> None:
        if mail.number == 1:
            for person in gone:
                office.leave(person)
            office.wait(seconds=1)

    async with Sink(on_message=leave) as sink:
        result = await office.send(sink.port)
        assert recipients(sink) == each_once(people[:6])
    assert result.issue.state is IssueState.FINISHED
    assert office.states(issue) == {"accepted": 6, "suppressed": 6}


async def test_an_issue_that_is_too_old_is_not_sent(office: Office) -> None:
    issue = office.compose(readers(3))
    office.clock.jump(issue.expires_at)
    async with Sink() as sink:
        result = await office.send(sink.port)
        assert sink.received == []
    assert result.issue.state is IssueState.FINISHED
    assert office.states(issue) == {"expired": 3}
    assert result.ledger.adds_up


async def test_a_paused_issue_stops_and_goes_on(office: Office) -> None:
    people = readers(30)
    issue = office.compose(people)

    def pause(mail: Received) -> None:
        if mail.number == 5:
            office.move(issue, IssueState.PAUSED)
            office.wait(seconds=1)

    async with Sink(on_message=pause) as sink:
        result = await office.send(sink.port)
        sent = len(sink.received)
        assert 5 <= sent <= 5 + CONNECTIONS
        assert result.issue.state is IssueState.PAUSED
        assert office.states(issue) == {"accepted": sent, "queued": 30 - sent}
        assert await office.deliverer(sink.port).run_due() == ()
        office.move(issue, IssueState.SENDING)
        await office.send(sink.port)
        assert recipients(sink) == each_once(people)


async def test_stopping_finishes_what_is_on_the_wire_and_releases_the_rest(office: Office) -> None:
    """reliability.md, SIGTERM: 0 lost, 0 duplicates."""
    people = readers(30)
    issue = office.compose(people)
    deliverer = office.deliverer(0)

    def stop(mail: Received) -> None:
        if mail.number == 5:
            deliverer.stop()

    async with Sink(on_message=stop) as sink:
        deliverer = office.deliverer(sink.port)
        (result,) = await deliverer.run_due()
        sent = len(sink.received)
        assert 5 <= sent < 30
        assert result.counts == {DeliveryState.ACCEPTED: sent}
        assert result.trouble == ""
        assert office.states(issue) == {"accepted": sent, "queued": 30 - sent}
        (result,) = await deliverer.run_due()
        assert len(sink.received) == sent
        await office.send(sink.port)
        assert recipients(sink) == each_once(people)


async def test_stopping_while_a_connection_is_opened(office: Office) -> None:
    issue = office.compose(readers(10))
    deliverer = office.deliverer(0)

    async def stop(session: Session, normal: bytes) -> None:
        deliverer.stop()
        await session.say(normal)

    async with ScriptedServer({"EHLO": [stop]}) as server:
        deliverer = office.deliverer(server.port)
        await deliverer.run_due()
        assert len(server.accepted) <= 2 * CONNECTIONS
        sent = len(server.accepted)
    assert office.states(issue) == +Counter({"accepted": sent, "queued": 10 - sent})


# A relay in trouble.


async def test_a_relay_that_is_down_loses_nobody_and_is_left_alone(office: Office) -> None:
    """reliability.md, Replies, relay: deferred all, with an alert, once; then all is well."""
    people = readers(10)
    issue = office.compose(people)
    async with Sink() as sink:
        port = sink.port
    deliverer = office.deliverer(port)
    (result,) = await deliverer.run_due()
    assert result.trouble.startswith(f"relay 'default' at 127.0.0.1:{port}: connect: refused")
    assert result.counts == {}
    assert result.next_attempt_at is None
    assert office.states(issue) == {"queued": 10}
    assert office.alerts() == [result.trouble]
    async with Sink(port=port) as sink:
        office.wait(seconds=29)
        (again,) = await deliverer.run_due()
        assert again.trouble == result.trouble
        assert sink.received == []
        assert office.alerts() == [result.trouble]
        office.wait(seconds=1)
        (result,) = await deliverer.run_due()
        assert recipients(sink) == each_once(people)
    assert result.trouble == ""
    assert office.alerts() == []


async def test_rests_double_up_to_a_quarter_of_an_hour(office: Office) -> None:
    """However many connections find out at the same time."""
    office.compose(readers(10))
    async with ScriptedServer({"greeting": [says("421 4.3.2 Busy")] * 100}) as server:
        deliverer, rests = office.deliverer(server.port), []
        for _ in range(7):
            before, waited = len(server.sessions), 0
            while len(server.sessions) == before:
                await deliverer.run_due()
                office.wait(seconds=10)
                waited += 10
            rests.append(waited)
    # Each is found out at the look after it, ten seconds later at most.
    assert rests == [10, 30, 60, 120, 240, 480, 900]


async def test_one_connection_too_many_is_no_trouble(office: Office) -> None:
    """Where the others do all there is to do."""
    people = readers(20)
    office.compose(people)
    async with ScriptedServer({"greeting": [None, says("421 4.7.0 Too many")]}) as server:
        result = await office.send(server.port)
        assert Counter(address for address, _ in server.accepted) == each_once(people)
    assert result.trouble == ""
    assert office.alerts() == []


async def test_a_relay_that_breaks_every_session_off_is_left_alone(office: Office) -> None:
    issue = office.compose(readers(10))
    async with ScriptedServer({"MAIL": [closes] * 100}) as server:
        result = await office.send(server.port)
        assert len(server.sessions) <= 2 * CONNECTIONS
        assert server.accepted == []
    assert result.trouble.startswith("relay 'default': MAIL: EOF")
    assert office.alerts() == [result.trouble]
    states = office.states(issue)
    assert states["queued"] + states["deferred"] == 10
    with office.store.read() as tx:
        assert {row.attempts for row in deliveries.list_deliveries(tx, issue.id)} == {0}


async def test_a_session_that_breaks_now_and_then_is_opened_again(office: Office) -> None:
    people = readers(20)
    issue = office.compose(people)
    script = {"MAIL": [None, None, closes, None, None, None, closes]}
    async with ScriptedServer(script) as server:
        deliverer = office.deliverer(server.port)
        await deliverer.run_due()
        office.wait(minutes=10)
        await deliverer.run_due()
        assert Counter(address for address, _ in server.accepted) == each_once(people)
    assert office.states(issue) == {"accepted": 20}


async def test_a_relay_that_blames_us_is_left_alone(office: Office) -> None:
    """reliability.md, Replies, our fault: no subscriber is touched; alert."""
    issue = office.compose(readers(20))
    async with Sink(refuse={"*": "554 5.7.1 Your IP is on a blocklist"}) as sink:
        result = await office.send(sink.port)
    assert "blocklist" in result.trouble
    assert office.alerts() == [result.trouble]
    states = office.states(issue)
    assert states["queued"] >= 20 - 3 - 2 * CONNECTIONS
    assert states["queued"] + states["deferred"] == 20
    office.wait(hours=2)
    async with Sink() as sink:
        result = await office.send(sink.port)
        assert len(sink.received) == 20
    assert office.alerts() == []


async def test_a_relay_that_is_no_more_is_named(office: Office) -> None:
    issue = office.compose(readers(2))
    deliverer = Deliverer(office.store, office.config, KEYRING, {}, office.clock)
    (result,) = await deliverer.run_due()
    assert result.trouble == "there is no relay 'default' in the settings any more"
    assert office.alerts() == [result.trouble]
    assert office.states(issue) == {"queued": 2}


# Crashes.


CRASHES = 3


async def crash_repeatedly(office: Office, sink: Sink, crash: asyncio.Event, after: int) -> None:
    """Cancel a run after so many further messages, three times; each time a new process begins."""
    for _ in range(CRASHES):
        crash.clear()
        limit = len(sink.received) + after
        sink._on_message = (  # noqa: SLF001 - another limit each time
            lambda mail, limit=limit: crash.set() if mail.number >= limit else None
        )
        deliverer = office.deliverer(sink.port)
        deliverer.recover()
        run = asyncio.create_task(deliverer.run_due())
        crashed = asyncio.create_task(crash.wait())
        await asyncio.wait({run, crashed}, return_when=asyncio.FIRST_COMPLETED)
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run
        # On PostgreSQL others may be at work: who is gone is known by its lease.
        office.wait(seconds=61)


@pytest.mark.parametrize("after", [1, 7, 20])
async def test_a_crash_loses_nobody_and_repeats_one_for_each_connection_at_most(
    store: Store, tmp_path: Path, after: int
) -> None:
    """reliability.md R4: three crashes in a row; the sink's own log is the judge."""
    office, people = Office(store, tmp_path), readers(80)
    issue = office.compose(people)
    async with Sink() as sink:
        await crash_repeatedly(office, sink, asyncio.Event(), after)
        with store.read() as tx:
            assert deliveries.ledger(tx, issue.id).adds_up
        result = await office.send(sink.port)
        sent = recipients(sink)
    assert set(sent) == set(people)
    assert sent.total() <= len(people) + CRASHES * CONNECTIONS
    assert result.ledger.counts[DeliveryState.ACCEPTED] == 80
    assert result.issue.state is IssueState.FINISHED
    by_recipient: dict[str, set[bytes]] = {}
    for mail in sink.received:
        by_recipient.setdefault(mail.recipients[0], set()).add(mail.content)
    assert all(len(contents) == 1 for contents in by_recipient.values())


async def test_the_judge_sees_results_that_are_not_durable(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sender broken on purpose: it goes on before the last result is committed."""
    people = readers(80)
    office.compose(people)

    async def later(_: Commits, __: Settlement, *___: Also) -> None:
        await asyncio.sleep(0)

    async with Sink() as sink:
        with monkeypatch.context() as patch:
            patch.setattr(Commits, "add", later)
            await crash_repeatedly(office, sink, asyncio.Event(), 20)
        await office.send(sink.port)
        assert recipients(sink).total() > len(people) + CRASHES * CONNECTIONS


async def test_the_judge_sees_what_is_marked_before_it_is_sent(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sender broken on purpose: it notes first and sends afterwards."""
    people = readers(80)
    office.compose(people)
    claim = deliveries.claim

    def marking(tx: Any, *args: Any, **kwargs: Any) -> list[Claim]:  # noqa: ANN401 - handed on
        found = claim(tx, *args, **kwargs)
        state = DeliveryState.ACCEPTED
        deliveries.settle(tx, [Settlement(c.id, c.fence, state, 1, "", NOW) for c in found])
        return found

    async with Sink() as sink:
        with monkeypatch.context() as patch:
            patch.setattr("digest.store.deliveries.claim", marking)
            await crash_repeatedly(office, sink, asyncio.Event(), 7)
        await office.send(sink.port)
        assert set(recipients(sink)) < set(people)


async def test_a_disk_that_is_full_stops_sending_until_it_is_not(office: Office) -> None:
    """reliability.md, disk full: it goes on by itself, with no restart."""
    people = readers(30)
    office.compose(people)

    def fill(mail: Received) -> None:
        if mail.number == 5:
            office.store.is_full = True

    async with Sink(on_message=fill) as sink:
        deliverer = office.deliverer(sink.port)
        with pytest.raises(StoreError, match="disk is full"):
            await deliverer.run_due()
        assert len(sink.received) <= 5 + CONNECTIONS
        sent = len(sink.received)
        with pytest.raises(StoreError):
            await deliverer.run_due()
        assert len(sink.received) == sent
        office.store.is_full = False
        (result,) = await deliverer.run_due()
        assert set(recipients(sink)) == set(people)
        assert len(sink.received) <= 30 + 2 * CONNECTIONS
    assert result.issue.state is IssueState.FINISHED


async def test_one_issue_that_fails_leaves_the_other_ones_connections_in_order(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = readers(10)
    first = office.compose(people)
    office.desk.write("harbour.md")
    second = office.compose([])
    settle = deliveries.settle
    ids: set[int] = set()
    with office.store.read() as tx:
        ids.update(row.id for row in deliveries.list_deliveries(tx, first.id))

    def failing(tx: Any, group: Any) -> list[int]:  # noqa: ANN401 - handed on
        if ids & {item.id for item in group}:
            raise StoreError("no")
        return settle(tx, group)

    async with Sink() as sink:
        deliverer = office.deliverer(sink.port)
        with monkeypatch.context() as patch:
            patch.setattr("digest.store.deliveries.settle", failing)
            with pytest.raises(StoreError, match="no"):
                await deliverer.run_due()
        assert office.states(second) == {"accepted": 10}
        await deliverer.run_due()
    assert office.states(first) == {"accepted": 10}


async def test_recovering_takes_nothing_from_who_is_sending(office: Office) -> None:
    people = readers(20)
    office.compose(people)
    recover: Callable[[], int] = lambda: -1  # noqa: E731 - set below
    found: list[int] = []
    async with Sink(on_message=lambda _: found.append(recover())) as sink:
        deliverer = office.deliverer(sink.port)
        recover = deliverer.recover
        await deliverer.run_due()
        assert recipients(sink) == each_once(people)
    assert set(found) == {0}


async def test_what_a_dead_sender_held_is_taken_back(store: Store, tmp_path: Path) -> None:
    """SQLite has one owner; on PostgreSQL the lease must be over."""
    office = Office(store, tmp_path)
    issue = office.compose(readers(3))
    with store.write() as tx:
        lease = NOW + timedelta(seconds=60)
        assert len(deliveries.claim(tx, issue.id, 2, NOW, lease)) == 2
    deliverer = office.deliverer(0)
    assert deliverer.recover() == (2 if store.is_sqlite else 0)
    office.wait(seconds=61)
    assert deliverer.recover() == (0 if store.is_sqlite else 2)
    assert office.states(issue) == {"queued": 3}


async def test_who_subscribes_after_the_freeze_gets_the_next_one(office: Office) -> None:
    issue = office.compose(["ada@reader.example"])
    add_readers(office.store, ["late@reader.example"])
    async with Sink() as sink:
        await office.send(sink.port)
        assert recipients(sink) == {"ada@reader.example": 1}
    assert office.states(issue) == {"accepted": 1}
