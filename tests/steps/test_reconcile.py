"""A restored backup learns what was done since; the server's own log is the judge."""

from __future__ import annotations

import asyncio
import errno
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
import structlog
from conftest import PostgresServer
from patience import until
from restore_samples import (
    DUE,
    EVENING,
    add_readers,
    open_publication,
    put_back,
    readers,
    save,
    take_in,
)

from digest.clock import ManualClock
from digest.daemon import Daemon
from digest.errors import DigestError, RestoredError, StoreError
from digest.journal import Journal
from digest.mail.reports import Arrival
from digest.mail.sink import Received, Sink
from digest.model import DeliveryState, IssueState, SubscriptionState
from digest.model.facts import Audience, Consented, Fact, IssueName, Moved, Settled
from digest.steps.compose import compose_now
from digest.steps.control import Command, control
from digest.steps.deliver import Deliverer
from digest.steps.feedback import take_mail
from digest.steps.reconcile import ALERT, ReconcileResult, reconcile
from digest.steps.subscribe import unsubscribe
from digest.store import alerts, deliveries, erasure, issues, subscribers, suppressions
from digest.store.catchup import why_held
from digest.store.deliveries import Settlement
from digest.store.engine import Store
from digest.store.gaps import GAP
from digest.store.replay import Replayed
from digest.wiring import Service

UNCERTAIN_AFTER = timedelta(minutes=15)


def compose(service: Service) -> int:
    take_in(service)
    made = compose_now(
        service.store,
        service.config,
        service.renderer,
        service.keyring,
        "daily",
        now=service.clock.now(),
    )
    assert made.issue_id is not None, made.reason
    return made.issue_id


def run_reconcile(
    service: Service, *, dry_run: bool = False, without_journal: bool = False
) -> ReconcileResult:
    return reconcile(
        service.store,
        now=service.clock.now(),
        uncertain_after=UNCERTAIN_AFTER,
        dry_run=dry_run,
        without_journal=without_journal,
    )


def recipients(sink: Sink) -> Counter[str]:
    return Counter(mail.recipients[0] for mail in sink.received)


async def test_a_send_restored_to_its_first_quarter_loses_nobody_and_repeats_nobody(
    tmp_path: Path,
) -> None:
    """reliability.md: restored backup. Sending is held until the journal has been replayed."""
    people = readers(40)
    copies: list[Path] = []
    running: list[Deliverer] = []

    def watch(mail: Received) -> None:
        if mail.number == 10:
            copies.append(save(tmp_path))
        if mail.number == 20:
            running[0].stop()

    async with Sink(on_message=watch) as sink:
        first = open_publication(tmp_path, sink.port)
        add_readers(first, people)
        issue_id = compose(first)
        running.append(first.deliverer())
        [half] = await running[0].run_due()
        assert 20 <= len(sink.received) < 40
        gone = next(who for who in people if who not in recipients(sink))
        unsubscribe(first.store, gone, None, method="form", evidence="", now=EVENING)
        first.close()
        accepted_before = recipients(sink)

        put_back(tmp_path, copies[0])
        second = open_publication(tmp_path, sink.port)
        with pytest.raises(RestoredError, match="older than its journal"):
            await second.deliverer().run_due()
        with pytest.raises(RestoredError, match="digest reconcile"):
            compose(second)
        assert recipients(sink) == accepted_before

        tried = run_reconcile(second, dry_run=True)
        assert tried.is_dry_run
        assert why_held(second.store)
        done = run_reconcile(second)
        assert done.replayed == tried.replayed
        assert done.replayed.left == 1
        assert done.replayed.accepted >= 8
        assert why_held(second.store) == ""
        again = run_reconcile(second)
        assert again.replayed == type(again.replayed)()

        [rest] = await second.deliverer().run_due()
        assert recipients(sink) == dict.fromkeys(set(people) - {gone}, 1)
        assert rest.ledger.adds_up
        assert rest.ledger.open == 0
        assert half.issue.id == issue_id
        second.close()


async def test_what_was_cancelled_before_the_replay_stays_accepted_if_it_was(
    tmp_path: Path,
) -> None:
    """reliability.md R7: the ledger tells what went out, even if it was cancelled before."""
    people = readers(40)  # More than are claimed at once: claims are not cancelled.
    copies: list[Path] = []

    def watch(mail: Received) -> None:
        if mail.number == 1:
            copies.append(save(tmp_path))

    async with Sink(on_message=watch) as sink:
        first = open_publication(tmp_path, sink.port)
        add_readers(first, people)
        issue_id = compose(first)
        await first.deliverer().run_due()
        first.close()
        put_back(tmp_path, copies[0])
        second = open_publication(tmp_path, sink.port)
        with second.store.write() as tx:  # which `control` refuses
            assert deliveries.cancel(tx, issue_id, EVENING)
            issues.move(tx, issue_id, IssueState.CANCELLED, if_in={IssueState.SENDING})
        run_reconcile(second)
        with second.store.read() as tx:
            ledger = deliveries.ledger(tx, issue_id)
        second.close()
    assert ledger.adds_up
    assert ledger.counts[DeliveryState.ACCEPTED] == len(people)


async def test_an_issue_frozen_after_the_backup_goes_to_those_who_have_not_got_it(
    tmp_path: Path,
) -> None:
    """The very same issue: same number, same Message-IDs; its articles are not mailed again."""
    people = readers(12)
    running: list[Deliverer] = []

    def watch(mail: Received) -> None:
        if mail.number == 5:
            running[0].stop()

    async with Sink(on_message=watch) as sink:
        first = open_publication(tmp_path, sink.port)
        add_readers(first, people)
        copy = save(tmp_path)
        add_readers(first, ["late@reader.example"])
        issue_id = compose(first)
        with first.store.read() as tx:
            before = issues.get(tx, issue_id)
            skeletons = [item.skeleton for item in issues.variants_of(tx, issue_id).values()]
        running.append(first.deliverer())
        await running[0].run_due()
        gone_out = recipients(sink)
        assert 5 <= len(gone_out) < 12
        first.close()

        put_back(tmp_path, copy)
        second = open_publication(tmp_path, sink.port)
        done = run_reconcile(second).replayed
        assert (done.issues, done.deliveries, done.lost_people) == (1, 12, 1)
        with second.store.read() as tx:
            [after] = issues.list_issues(tx)
            made_again = [item.skeleton for item in issues.variants_of(tx, after.id).values()]
        assert before is not None
        assert (after.key, after.subject, after.expires_at) == (
            before.key,
            before.subject,
            before.expires_at,
        )
        assert made_again == skeletons
        [rest] = await second.deliverer().run_due()
        assert rest.ledger.adds_up
        assert Counter(people) == Counter(
            {who: count for who, count in recipients(sink).items() if who in people}
        )
        # The article that this database first saw after it was restored was mailed already.
        take_in(second)
        composed = compose_now(
            second.store, second.config, second.renderer, second.keyring, "daily", now=EVENING
        )
        assert composed.reason == "no new articles"
        second.close()


async def test_the_daemon_holds_mails_and_goes_on_with_the_feeds_until_it_is_reconciled(
    tmp_path: Path,
) -> None:
    async with Sink() as sink:
        first = open_publication(tmp_path, sink.port)
        add_readers(first, readers(3))
        copy = save(tmp_path)
        assert isinstance(first.clock, ManualClock)
        await Daemon(first).tick()
        first.clock.jump(DUE)
        _, delivered = await Daemon(first).run_once()
        assert len(delivered) == 1
        first.close()
        assert len(sink.received) == 3

        put_back(tmp_path, copy)
        second = open_publication(tmp_path, sink.port)
        assert isinstance(second.clock, ManualClock)
        second.clock.jump(DUE)
        ticked = await Daemon(second).tick()
        assert ticked.published is not None
        assert ["older than its journal" in item for item in ticked.failures] == [True]
        with pytest.raises(RestoredError):
            await Daemon(second).run_once()
        run_reconcile(second)
        _, delivered = await Daemon(second).run_once()
        assert delivered == ()
        assert len(sink.received) == 3
        with second.store.read() as tx:
            assert [item.number for item in issues.list_issues(tx)] == [1]
        second.close()


async def test_a_running_daemon_goes_on_by_itself_once_it_is_reconciled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says why it sends nothing, once, and raises an alert that ends with the reconciling."""
    monkeypatch.setattr("digest.daemon.loop.DELIVERY_POLL_SECONDS", 0.02)
    async with Sink() as sink:
        first = open_publication(tmp_path, sink.port)
        add_readers(first, readers(3))
        issue_id = compose(first)
        copy = save(tmp_path)
        accept(first, issue_id, DeliveryState.ACCEPTED, 2)
        with first.store.write() as tx:
            subscribers.suppress(tx, "c" * 64, EVENING, "complaint", "")
        first.close()
        put_back(tmp_path, copy)
        second = open_publication(tmp_path, sink.port)
        daemon = Daemon(second)
        with structlog.testing.capture_logs() as logs:
            running = asyncio.create_task(daemon.run())
            await until(lambda: ALERT in alert_keys(second))
            await asyncio.sleep(0.1)
            assert sink.received == []
            await asyncio.to_thread(run_reconcile, second)
            await until(lambda: len(sink.received) == 1)
            daemon.stop()
            await running
        assert [item["event"] for item in logs].count("sending held") == 1
        assert ALERT not in alert_keys(second)
        second.close()


def alert_keys(service: Service) -> set[str]:
    with service.store.read() as tx:
        return {alert.key for alert in alerts.open_alerts(tx)}


class Crash(Journal):
    """A journal after whose next write the process dies, before it commits."""

    def append(self, position: int, facts: Sequence[Fact], *, base: int | None = None) -> None:
        """Write, and be gone."""
        super().append(position, facts, base=base)
        if any(isinstance(fact, Settled) for fact in facts):
            raise OSError(errno.EIO, "gone")


async def test_what_a_crash_left_in_the_journal_alone_is_made_good_by_itself(
    tmp_path: Path,
) -> None:
    """Ahead by one transaction is a crash before the commit: not even its messages are repeated."""
    async with Sink() as sink:
        first = open_publication(tmp_path, sink.port)
        add_readers(first, readers(1))
        issue_id = compose(first)
        first.store.fact_log = Crash(tmp_path / "state" / "digest.journal")
        with pytest.raises(StoreError, match="journal beside the database cannot be written"):
            await first.deliverer().run_due()
        with first.store.read() as tx:
            assert deliveries.ledger(tx, issue_id).counts[DeliveryState.ACCEPTED] == 0
        first.close()
        second = open_publication(tmp_path, sink.port)
        await second.deliverer().run_due()
        assert len(sink.received) == 1
        with second.store.read() as tx:
            found = issues.get(tx, issue_id)
            assert deliveries.ledger(tx, issue_id).counts[DeliveryState.ACCEPTED] == 1
        assert found is not None
        assert found.state is IssueState.FINISHED
        second.close()


def test_what_comes_back_waits_until_a_restored_database_knows_what_it_is_about(
    tmp_path: Path,
) -> None:
    """reliability.md: restored backup. The mail server, or the service, keeps what is not taken."""
    first = open_publication(tmp_path)
    add_readers(first, readers(5))
    copy = save(tmp_path)
    for email in readers(5):
        unsubscribe(first.store, email, None, method="form", evidence="", now=EVENING)
    first.close()
    put_back(tmp_path, copy)
    second = open_publication(tmp_path)
    mail = Arrival(b"Subject: Undelivered\r\n\r\nNo such address.\r\n", "lmtp", "", ())
    now = second.clock.now()
    with pytest.raises(RestoredError):
        take_mail(second.store, second.config, second.keyring, mail, now=now)
    run_reconcile(second)
    assert take_mail(second.store, second.config, second.keyring, mail, now=now).is_new
    second.close()


def test_without_the_journal_nothing_goes_on_until_the_operator_says_so(tmp_path: Path) -> None:
    """Issues on their way are put on hold: nobody knows whom they went to."""
    first = open_publication(tmp_path)
    add_readers(first, readers(2))
    compose(first)
    first.close()
    (tmp_path / "state" / "digest.journal").rename(tmp_path / "elsewhere")
    second = open_publication(tmp_path)
    with pytest.raises(RestoredError, match="journal beside the database is missing"):
        compose(second)
    # Who leaves meanwhile has left; that needs no journal.
    unsubscribe(second.store, readers(1)[0], None, method="form", evidence="", now=EVENING)
    with pytest.raises(RestoredError, match="--without-journal"):
        run_reconcile(second)
    done = run_reconcile(second, without_journal=True)
    assert done.found.is_missing
    assert done.held == ("daily/1",)
    assert why_held(second.store) == ""
    unsubscribe(second.store, readers(2)[1], None, method="form", evidence="", now=EVENING)
    second.close()
    third = open_publication(tmp_path)
    assert why_held(third.store) == ""
    third.close()


def test_who_left_complained_or_was_taken_off_the_record_stays_so(tmp_path: Path) -> None:
    people = readers(3)
    first = open_publication(tmp_path)
    add_readers(first, people)
    copy = save(tmp_path)
    unsubscribe(first.store, people[0], None, method="form", evidence="", now=EVENING)
    with first.store.write() as tx:
        subscribers.suppress(tx, "a" * 64, EVENING, "complaint", "")
    add_readers(first, ["new@reader.example"])
    lost = number_of(first, "new@reader.example")
    first.close()
    put_back(tmp_path, copy)
    second = open_publication(tmp_path)
    done = run_reconcile(second).replayed
    assert (done.left, done.suppressed, done.lost_people) == (1, 1, 1)
    # The links of who was lost must not become somebody else's.
    add_readers(second, ["other@reader.example"])
    assert number_of(second, "other@reader.example") > lost + GAP // 2
    unsubscribe(second.store, "other@reader.example", None, method="form", evidence="", now=EVENING)
    with second.store.read() as tx:
        assert subscribers.is_suppressed(tx, "a" * 64)
        found = {
            item.subscriber.email: str(item.state) for item in subscribers.list_subscriptions(tx)
        }
    assert found == {
        people[0]: "unsubscribed",
        people[1]: "confirmed",
        people[2]: "confirmed",
        "other@reader.example": "unsubscribed",
    }
    second.close()


def number_of(service: Service, email: str) -> int:
    """Return the lower of the two numbers by which links name somebody."""
    with service.store.read() as tx:
        found = [i for i in subscribers.list_subscriptions(tx) if i.subscriber.email == email]
    return min(found[0].id, found[0].subscriber.id)


async def test_on_postgresql_a_restored_database_is_found_out_and_reconciled_too(
    tmp_path: Path, postgres_server: PostgresServer
) -> None:
    people = readers(12)
    running: list[Deliverer] = []

    def watch(mail: Received) -> None:
        if mail.number == 5:
            running[0].stop()

    database = postgres_server.borrow()
    async with Sink(on_message=watch) as sink:
        first = open_publication(tmp_path, sink.port, postgres_server.url_of(database))
        add_readers(first, people)
        first.close()
        copy = postgres_server.create(database)
        first = open_publication(tmp_path, sink.port, postgres_server.url_of(database))
        compose(first)
        running.append(first.deliverer())
        await running[0].run_due()
        assert 5 <= len(sink.received) < 12
        first.close()

        second = open_publication(tmp_path, sink.port, postgres_server.url_of(copy))
        with pytest.raises(RestoredError, match="older than its journal"):
            await second.deliverer().run_due()
        done = run_reconcile(second).replayed
        assert (done.issues, done.deliveries) == (1, 12)
        add_readers(second, ["new@reader.example"])
        assert number_of(second, "new@reader.example") > GAP
        [rest] = await second.deliverer().run_due()
        assert rest.ledger.adds_up
        assert rest.ledger.open == 0
        assert recipients(sink) == dict.fromkeys(people, 1)
        second.close()
    postgres_server.drop(copy)
    postgres_server.drop(database)


def accept(service: Service, issue_id: int, state: DeliveryState, count: int) -> None:
    """Let so many deliveries come into *state*, as a sender would."""
    with service.store.write() as tx:
        issues.move(tx, issue_id, IssueState.SENDING, if_in={IssueState.COMPOSED})
        claimed = deliveries.claim(tx, issue_id, count, EVENING, EVENING + UNCERTAIN_AFTER)
        again = EVENING if state is DeliveryState.UNCERTAIN else None
        results = [
            Settlement(claim.id, claim.fence, state, 1, "said so", EVENING, again)
            for claim in claimed
        ]
        deliveries.settle(tx, results)


def test_an_issue_that_was_composed_again_keeps_who_got_the_first_one(tmp_path: Path) -> None:
    """If somebody forced it: nobody gets the issue of a day twice."""
    first = open_publication(tmp_path)
    add_readers(first, readers(4))
    copy = save(tmp_path)
    accept(first, compose(first), DeliveryState.ACCEPTED, 3)
    first.close()
    put_back(tmp_path, copy)
    second = open_publication(tmp_path)
    log, second.store.fact_log = second.store.fact_log, None
    assert isinstance(second.clock, ManualClock)
    second.clock.advance(timedelta(minutes=1))
    issue_id = compose(second)
    second.store.fact_log = log
    done = run_reconcile(second).replayed
    assert (done.issues, done.accepted) == (0, 3)
    with second.store.read() as tx:
        ledger = deliveries.ledger(tx, issue_id)
    assert ledger.counts[DeliveryState.ACCEPTED] == 3
    assert ledger.counts[DeliveryState.QUEUED] == 1
    second.close()


def test_an_issue_whose_number_was_given_out_again_gets_the_next(tmp_path: Path) -> None:
    first = open_publication(tmp_path)
    add_readers(first, readers(2))
    take_in(first)
    copy = save(tmp_path)
    issue_id = compose(first)
    accept(first, issue_id, DeliveryState.ACCEPTED, 1)
    accept(first, issue_id, DeliveryState.REFUSED, 1)
    first.close()
    put_back(tmp_path, copy)
    second = open_publication(tmp_path)
    log, second.store.fact_log = second.store.fact_log, None
    assert isinstance(second.clock, ManualClock)
    second.clock.advance(timedelta(days=1))
    compose(second)
    second.store.fact_log = log
    done = run_reconcile(second).replayed
    assert (done.issues, done.accepted, done.settled) == (1, 1, 1)
    with second.store.read() as tx:
        found = {item.number: item for item in issues.list_issues(tx)}
    assert found[2].composed_at == EVENING
    assert found[2].state is IssueState.FINISHED
    assert found[1].state is IssueState.COMPOSED
    second.close()


@pytest.mark.parametrize("after", [UNCERTAIN_AFTER, None])
def test_what_was_uncertain_is_uncertain_again(tmp_path: Path, after: timedelta | None) -> None:
    first = open_publication(tmp_path)
    add_readers(first, readers(1))
    issue_id = compose(first)
    copy = save(tmp_path)
    accept(first, issue_id, DeliveryState.UNCERTAIN, 1)
    first.close()
    put_back(tmp_path, copy)
    second = open_publication(tmp_path)
    done = reconcile(second.store, now=EVENING, uncertain_after=after)
    assert done.replayed.settled == 1
    with second.store.read() as tx:
        issue = issues.get(tx, issue_id)
        again = deliveries.next_attempt_at(tx, issue_id)
    assert issue is not None
    assert again == (issue.expires_at if after is None else EVENING + after)
    second.close()


def test_an_issue_that_was_cancelled_or_stopped_stays_so(tmp_path: Path) -> None:
    first = open_publication(tmp_path)
    add_readers(first, readers(2))
    issue_id = compose(first)
    copy = save(tmp_path)
    control(first.store, issue_id, Command.PAUSE, now=EVENING)
    control(first.store, issue_id, Command.CANCEL, now=EVENING)
    first.close()
    put_back(tmp_path, copy)
    second = open_publication(tmp_path)
    run_reconcile(second)
    with second.store.read() as tx:
        issue = issues.get(tx, issue_id)
        ledger = deliveries.ledger(tx, issue_id)
    assert issue is not None
    assert issue.state is IssueState.CANCELLED
    assert ledger.counts[DeliveryState.CANCELLED] == 2
    second.close()


def test_who_was_erased_is_erased_again_and_whose_suppression_was_lifted_may_be_mailed(
    tmp_path: Path,
) -> None:
    people = readers(2)
    first = open_publication(tmp_path)
    add_readers(first, people)
    with first.store.write() as tx:
        subscribers.suppress(tx, "b" * 64, EVENING, "bounce", "")
    copy = save(tmp_path)
    with first.store.write() as tx:
        suppressions.lift(tx, "b" * 64)
        person = subscribers.find(tx, people[0])
        assert person is not None
        erasure.erase(tx, person.id, EVENING, method="form")
    first.close()
    put_back(tmp_path, copy)
    second = open_publication(tmp_path)
    done = run_reconcile(second).replayed
    assert (done.erased, done.left) == (1, 1)
    with second.store.read() as tx:
        assert subscribers.find(tx, people[0]) is None
        assert subscribers.find(tx, people[1]) is not None
        assert not subscribers.is_suppressed(tx, "b" * 64)
    second.close()


def test_a_journal_that_begins_after_the_backup_is_not_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files older than `journal_days` are gone; what they told is not known."""
    monkeypatch.setattr("digest.journal.SEGMENT_BYTES", 1)
    first = open_publication(tmp_path)
    add_readers(first, readers(2))
    issue_id = compose(first)
    copy = save(tmp_path)
    accept(first, issue_id, DeliveryState.ACCEPTED, 1)
    unsubscribe(first.store, readers(2)[0], None, method="form", evidence="", now=EVENING)
    first.close()
    paths = sorted((tmp_path / "state" / "digest.journal").glob("*.journal"))
    for path in paths[:-1]:
        path.unlink()
    put_back(tmp_path, copy)
    second = open_publication(tmp_path)
    with pytest.raises(RestoredError, match=r"journal begins with transaction \d+ and"):
        run_reconcile(second)
    done = run_reconcile(second, without_journal=True)
    assert done.held == ("daily/1",)
    assert done.replayed.left == 1
    second.close()


def test_journals_of_other_hosts_are_replayed_with_ones_own(tmp_path: Path) -> None:
    """What one host began, another went on with."""
    other = Journal(tmp_path / "other")
    first = open_publication(tmp_path)
    add_readers(first, readers(2))
    copy = save(tmp_path)
    issue_id = compose(first)
    accept(first, issue_id, DeliveryState.ACCEPTED, 1)
    assert other.id
    first.store.fact_log = other
    accept(first, issue_id, DeliveryState.ACCEPTED, 1)
    first.close()
    put_back(tmp_path, copy)
    second = open_publication(tmp_path)
    done = reconcile(
        second.store, now=EVENING, uncertain_after=UNCERTAIN_AFTER, others=[other]
    ).replayed
    assert (done.issues, done.accepted) == (1, 2)
    second.close()


def test_a_database_without_a_journal_cannot_be_reconciled(sqlite_store: Store) -> None:
    with pytest.raises(DigestError, match="no journal"):
        reconcile(sqlite_store, now=EVENING, uncertain_after=None)


def test_what_the_journal_tells_of_issues_and_people_nobody_knows_is_left_alone(
    tmp_path: Path,
) -> None:
    service = open_publication(tmp_path)
    log = service.store.fact_log
    assert log is not None
    assert log.id
    name = IssueName("daily", 99, EVENING)
    left = Consented("nobody", "daily", SubscriptionState.UNSUBSCRIBED, EVENING)
    log.append(1, [left, Audience(name, "all", ("nobody",))])
    log.append(2, [Settled(name, DeliveryState.ACCEPTED, ("nobody",))])
    log.append(3, [Moved(name, IssueState.PAUSED)])
    assert run_reconcile(service).replayed == Replayed()
    service.close()


def forget_replay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Break it: what the journal says of deliveries is not written."""
    monkeypatch.setattr("digest.store.replay._Replay.settle", lambda *_: None)


def forget_audience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Break it: an issue that was made again goes to nobody."""
    monkeypatch.setattr("digest.store.replay._Replay.freeze", lambda *_: None)


def write_no_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Break it: results are committed and the journal does not hear of them."""
    monkeypatch.setattr("digest.store.facts.note_settled", lambda *_: None)
    monkeypatch.setattr("digest.store.facts.note_known", lambda *_: None)


def never_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Break it: a database that is behind is taken for one that is not."""
    monkeypatch.setattr("digest.store.generation.Standing.is_restored", property(lambda _: False))
    monkeypatch.setattr("digest.store.replay.replay", lambda *_: Replayed())
    monkeypatch.setattr("digest.store.catchup.replay", lambda *_: Replayed())


@pytest.mark.parametrize(
    ("broken", "harm"),
    [
        (None, ""),
        (forget_replay, "twice"),
        (forget_audience, "lost"),
        (write_no_journal, "twice"),
        (never_hold, "twice"),
    ],
    ids=lambda item: getattr(item, "__name__", str(item)),
)
async def test_what_is_broken_on_purpose_is_seen_by_the_servers_log(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    broken: Callable[[pytest.MonkeyPatch], None] | None,
    harm: str,
) -> None:
    """A test that cannot fail would show nothing."""
    people = readers(12)
    running: list[Deliverer] = []

    def watch(mail: Received) -> None:
        if mail.number == 5:
            running[0].stop()

    if broken is not None:
        broken(monkeypatch)
    async with Sink(on_message=watch) as sink:
        first = open_publication(tmp_path, sink.port)
        add_readers(first, people)
        copy = save(tmp_path)
        compose(first)
        running.append(first.deliverer())
        await running[0].run_due()
        first.close()
        put_back(tmp_path, copy)
        second = open_publication(tmp_path, sink.port)
        if broken is never_hold:
            compose(second)
        else:
            run_reconcile(second)
        await second.deliverer().run_due()
        second.close()
    counts = recipients(sink)
    is_lost = set(counts) != set(people)
    is_twice = max(counts.values()) > 1
    assert (is_lost, is_twice) == (harm == "lost", harm == "twice")
