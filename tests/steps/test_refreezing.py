"""An issue that was frozen wrongly is composed anew while nobody has got it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
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
from digest.errors import DigestError, NotFoundError, RestoredError
from digest.mail.sink import Sink
from digest.model import DeliveryState, Issue, IssueState
from digest.steps.compose import ComposeResult, compose_due, compose_now, refreeze
from digest.steps.control import Command, control
from digest.steps.reconcile import reconcile
from digest.store import deliveries, issues, occurrences
from digest.store.deliveries import Settlement
from digest.wiring import Service

PEOPLE = readers(5)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    made = open_publication(tmp_path, clock=ManualClock(DUE))
    add_readers(made, PEOPLE)
    yield made
    made.close()


def composed(service: Service, *, by_hand: bool = False) -> int:
    take_in(service)
    parts = (service.store, service.config, service.renderer, service.keyring)
    now = service.clock.now()
    if by_hand:
        made = compose_now(*parts, "daily", now=now)
    else:
        compose_due(*parts, now=EVENING - timedelta(hours=1))
        [made] = [item for item in compose_due(*parts, now=now) if item.issue_id]
    assert made.issue_id is not None
    return made.issue_id


def anew(service: Service, issue_id: int) -> ComposeResult:
    parts = (service.store, service.config, service.renderer, service.keyring)
    return refreeze(*parts, issue_id, now=service.clock.now())


def correct_article(service: Service) -> None:
    path = service.source_folder("articles") / "one.md"
    path.write_text("# One, put right\n\nThe first article.\n")
    take_in(service)


def all_issues(service: Service) -> list[Issue]:
    with service.store.read() as tx:
        return sorted(issues.list_issues(tx), key=lambda issue: issue.number)


@pytest.mark.parametrize("by_hand", [False, True])
@pytest.mark.parametrize("command", [None, Command.HOLD, Command.PAUSE])
def test_a_new_issue_takes_the_place_of_the_wrong_one(
    service: Service,
    command: Command | None,
    by_hand: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """reliability.md, article edited after the freeze: `hold` and re-freeze."""
    wrong = composed(service, by_hand=by_hand)
    [before] = all_issues(service)
    if command:
        control(service.store, wrong, command, now=DUE)
    correct_article(service)
    made = anew(service, wrong)
    old, new = all_issues(service)
    assert (old.state, new.state) == (IssueState.CANCELLED, IssueState.COMPOSED)
    assert (new.number, new.period) == (2, before.period)
    assert (made.number, made.candidates) == (2, len(PEOPLE))
    with service.store.read() as tx:
        assert "One, put right" in issues.variants_of(tx, new.id)[new.id].text
        assert issues.articles_of(tx, old.id) == []
        ledger = deliveries.ledger(tx, old.id)
        why = deliveries.reasons(tx, old.id)
        known = occurrences.find(tx, "daily", before.period)
    assert ledger.adds_up
    assert why == [(DeliveryState.CANCELLED, "composed anew", len(PEOPLE))]
    assert (known is None) is by_hand
    parts = (service.store, service.config, service.renderer, service.keyring)
    assert [item for item in compose_due(*parts, now=DUE) if item.issue_id] == []


async def test_everybody_gets_the_new_one_and_nobody_the_old_one(tmp_path: Path) -> None:
    async with Sink() as sink:
        service = open_publication(tmp_path, sink.port, clock=ManualClock(DUE))
        add_readers(service, PEOPLE)
        wrong = composed(service)
        correct_article(service)
        anew(service, wrong)
        await service.deliverer().run_due()
        assert Counter(mail.recipients[0] for mail in sink.received) == Counter(PEOPLE)
        assert all(b"put right" in mail.content for mail in sink.received)
        service.close()


def settle_one(service: Service, issue_id: int, state: DeliveryState | None) -> None:
    """Claim a delivery of the issue; settle it unless *state* is ``None``."""
    with service.store.write() as tx:
        issues.move(tx, issue_id, IssueState.SENDING, if_in={IssueState.COMPOSED})
        [claim] = deliveries.claim(tx, issue_id, 1, DUE, DUE + timedelta(minutes=1))
        if state:
            again = None if state is DeliveryState.ACCEPTED else DUE
            deliveries.settle(
                tx, [Settlement(claim.id, claim.fence, state, 1, "said so", DUE, again)]
            )


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (DeliveryState.ACCEPTED, "1 readers have got it and 0 may have"),
        (DeliveryState.UNCERTAIN, "0 readers have got it and 1 may have"),
        (None, "are on their way at this moment. `digest issues hold daily/1`"),
    ],
)
def test_once_anybody_may_have_got_it_it_stays(
    service: Service, state: DeliveryState | None, reason: str
) -> None:
    issue_id = composed(service)
    settle_one(service, issue_id, state)
    with pytest.raises(DigestError, match=f"daily/1 cannot be composed anew: .*{reason}"):
        anew(service, issue_id)
    assert [issue.state for issue in all_issues(service)] == [IssueState.SENDING]


def test_who_was_put_off_has_not_got_it(service: Service) -> None:
    issue_id = composed(service)
    settle_one(service, issue_id, DeliveryState.DEFERRED)
    assert anew(service, issue_id).candidates == len(PEOPLE)


def test_what_is_over_or_too_late_is_not_composed_anew(service: Service) -> None:
    issue_id = composed(service)
    with pytest.raises(NotFoundError):
        anew(service, 77)
    assert isinstance(service.clock, ManualClock)
    service.clock.advance(timedelta(days=4))
    with pytest.raises(DigestError, match="too late for it"):
        anew(service, issue_id)
    control(service.store, issue_id, Command.CANCEL, now=DUE)
    with pytest.raises(DigestError, match="it is cancelled; `digest send daily --now`"):
        anew(service, issue_id)


def test_nothing_is_given_up_for_nothing(service: Service) -> None:
    issue_id = composed(service)
    with service.store.read() as tx:
        before = issues.articles_of(tx, issue_id)
    withdraw_all(service)
    with pytest.raises(DigestError, match="daily/1 stays as it is: nothing would take its place"):
        anew(service, issue_id)
    with service.store.read() as tx:
        assert issues.articles_of(tx, issue_id) == before
    assert [issue.state for issue in all_issues(service)] == [IssueState.COMPOSED]


def withdraw_all(service: Service) -> None:
    with service.store.write() as tx:
        tx.exec_driver_sql("UPDATE articles SET withdrawn_at = '2026-11-24 06:00:00.000000'")


@pytest.mark.parametrize("is_early", [True, False])
async def test_a_backup_from_before_knows_which_one_counts_once_it_is_reconciled(
    tmp_path: Path,
    is_early: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """reliability.md, restored backup: nobody is lost, nobody gets it twice, or the wrong one."""
    async with Sink(refuse={PEOPLE[0]: "451 4.3.0 Not now"}) as sink:
        first = open_publication(tmp_path, sink.port, clock=ManualClock(DUE))
        add_readers(first, PEOPLE)
        take_in(first)
        copy = save(tmp_path)
        wrong = composed(first)
        control(first.store, wrong, Command.HOLD, now=DUE)
        control(first.store, wrong, Command.RESUME, now=DUE)  # so that the journal has it
        if not is_early:
            copy = save(tmp_path)
        correct_article(first)
        anew(first, wrong)
        await first.deliverer().run_due()
        first.close()
    put_back(tmp_path, copy)
    async with Sink() as other:
        clock = ManualClock(DUE + timedelta(minutes=10))
        second = open_publication(tmp_path, other.port, clock=clock)
        with pytest.raises(RestoredError):
            anew(second, 1)
        reconcile(second.store, now=DUE, uncertain_after=None)
        await second.deliverer().run_due()
        states = {issue.number: issue.state for issue in all_issues(second)}
        second.close()
    received = [*sink.received, *other.received]
    assert Counter(mail.recipients[0] for mail in received) == Counter(PEOPLE)
    assert all(b"put right" in mail.content for mail in received)
    assert states == {1: IssueState.CANCELLED, 2: IssueState.FINISHED}
