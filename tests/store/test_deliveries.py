"""Deliveries: frozen once, claimed by one, settled under the fence, and never lost."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError
from store_samples import (
    LEASE,
    NOW,
    add_people,
    add_person,
    at_once,
    consent_to,
    freeze_issue,
    result_of,
    states_of,
)

from digest.model import OPEN_STATES, DeliveryState, SubscriptionState
from digest.model.facts import short_hash
from digest.store import deliveries, issues, subscribers
from digest.store.deliveries import Claim, Ledger
from digest.store.engine import Store, Transaction

QUEUED = DeliveryState.QUEUED
CLAIMED = DeliveryState.CLAIMED
ACCEPTED = DeliveryState.ACCEPTED
DEFERRED = DeliveryState.DEFERRED
SUPPRESSED = DeliveryState.SUPPRESSED
UNCERTAIN = DeliveryState.UNCERTAIN

SOON = NOW + timedelta(minutes=5)
WAITING = (QUEUED, DEFERRED, UNCERTAIN)


def frozen(store: Store, number: int) -> int:
    """Freeze an issue to that many people. Return its id."""
    with store.write() as tx:
        add_people(tx, number)
        return freeze_issue(tx)


def claim(tx: Transaction, issue_id: int, limit: int = 100, after_id: int = 0) -> list[Claim]:
    return deliveries.claim(tx, issue_id, limit, NOW, NOW + LEASE, after_id=after_id)


def put_in(tx: Transaction, item: Claim, state: DeliveryState) -> None:
    """Bring a claimed delivery into a waiting *state*."""
    if state is QUEUED:
        deliveries.release(tx, [item])
    else:
        assert deliveries.settle(tx, [result_of(item, state, next_attempt_at=NOW)]) == []


def test_freezing_writes_exactly_the_confirmed_ones(store: Store) -> None:
    """reliability.md R1. Those on the do-not-mail record are shown, as suppressed."""
    with store.write() as tx:
        ana = add_person(tx, "ana")
        ben = add_person(tx, "ben")
        add_person(tx, "unconfirmed", SubscriptionState.UNCONFIRMED)
        add_person(tx, "gone", SubscriptionState.UNSUBSCRIBED)
        add_person(tx, "nothing", None)
        add_person(tx, "other", briefing="weekly")
        subscribers.suppress(tx, "hash of ben", NOW, "complaint", "")
        subscribers.suppress(tx, "hash of gone", NOW, "complaint", "")
        issue_id = freeze_issue(tx)
        rows = deliveries.list_deliveries(tx, issue_id)
        ledger = deliveries.ledger(tx, issue_id)
    assert [(row.subscriber_id, row.email, row.state, row.detail) for row in rows] == [
        (ana, "ana@example.org", QUEUED, ""),
        (ben, "ben@example.org", SUPPRESSED, "on the do-not-mail record"),
    ]
    assert [(row.attempts, row.settled_at, row.next_attempt_at) for row in rows] == [
        (0, None, None)
    ] * 2
    assert ledger.candidates == 2
    assert ledger.adds_up
    assert ledger.open == 1


def test_freezing_tells_how_many_it_wrote(store: Store) -> None:
    with store.write() as tx:
        add_people(tx, 3)
        issue_id = freeze_issue(tx)
        issue = issues.get(tx, issue_id)
        other = freeze_issue(tx, briefing="weekly")
        empty = issues.get(tx, other)
    assert issue is not None
    assert empty is not None
    assert (issue.candidates, empty.candidates) == (3, 0)


def test_an_issue_cannot_be_frozen_twice(store: Store) -> None:
    issue_id = frozen(store, 2)
    with store.read() as tx:
        [variant_id] = issues.variants_of(tx, issue_id)
    with pytest.raises(IntegrityError), store.write() as tx:
        deliveries.freeze(tx, issue_id, "daily", variant_id)


def test_somebody_who_comes_after_the_freeze_gets_the_next_issue(store: Store) -> None:
    """reliability.md, faults: subscriber added in mid-send."""
    issue_id = frozen(store, 2)
    with store.write() as tx:
        add_person(tx, "late")
        assert len(claim(tx, issue_id)) == 2
        assert len(claim(tx, freeze_issue(tx, number=2))) == 3


def test_whether_anybody_would_get_an_issue_is_told(store: Store) -> None:
    with store.write() as tx:
        add_person(tx, "ana", SubscriptionState.UNCONFIRMED)
        assert not deliveries.has_audience(tx, "daily")
        add_person(tx, "ben")
        assert deliveries.has_audience(tx, "daily")
        assert not deliveries.has_audience(tx, "weekly")


def test_a_claim_has_all_that_sending_needs(store: Store) -> None:
    """reliability.md R2."""
    with store.write() as tx:
        person = add_person(tx, "ana")
        issue_id = freeze_issue(tx)
        [variant_id] = issues.variants_of(tx, issue_id)
        subscription = subscribers.subscription(tx, person, "daily")
        [row] = deliveries.list_deliveries(tx, issue_id)
        [made] = claim(tx, issue_id)
    assert subscription is not None
    assert made == Claim(
        row.id,
        variant_id,
        person,
        subscription.id,
        "ana@example.org",
        0,
        made.fence,
        person=short_hash("hash of ana"),
    )
    assert made.fence > 0


def test_claims_go_by_id_and_each_has_a_fence_of_its_own(store: Store) -> None:
    issue_id = frozen(store, 5)
    with store.write() as tx:
        first, second, third = (claim(tx, issue_id, 2) for _ in range(3))
        assert claim(tx, issue_id, 2) == []
    ids = [item.id for item in (*first, *second, *third)]
    assert ids == sorted(states_of(store, issue_id))
    fences = [{item.fence for item in claims} for claims in (first, second, third)]
    assert [len(numbers) for numbers in fences] == [1, 1, 1]
    assert min(fences[0]) < min(fences[1]) < min(fences[2])


def test_claims_are_of_one_issue(store: Store) -> None:
    first = frozen(store, 2)
    with store.write() as tx:
        second = freeze_issue(tx, number=2)
        assert len(claim(tx, second)) == 2
    assert set(states_of(store, first).values()) == {QUEUED}


def test_what_is_to_be_tried_later_is_claimed_when_it_is_due(store: Store) -> None:
    issue_id = frozen(store, 1)
    with store.write() as tx:
        [item] = claim(tx, issue_id)
        assert deliveries.settle(tx, [result_of(item, DEFERRED, next_attempt_at=SOON)]) == []
        assert claim(tx, issue_id) == []
        assert deliveries.next_attempt_at(tx, issue_id) == SOON
        [again] = deliveries.claim(tx, issue_id, 9, SOON, SOON + LEASE)
    assert (again.id, again.attempts, again.is_retry) == (item.id, 1, True)


def test_retries_go_before_first_attempts_the_longest_due_first(store: Store) -> None:
    issue_id = frozen(store, 5)
    with store.write() as tx:
        a, b, c = claim(tx, issue_id, 3)
        for item, minutes in ((a, 1), (b, 3), (c, 2)):
            due = NOW - timedelta(minutes=minutes)
            assert deliveries.settle(tx, [result_of(item, DEFERRED, next_attempt_at=due)]) == []
        made = claim(tx, issue_id, 5)
    assert [item.id for item in made[:3]] == [b.id, c.id, a.id]
    assert [item.is_retry for item in made] == [True, True, True, False, False]


def test_a_backlog_of_retries_and_what_was_never_attempted_share_the_claims(store: Store) -> None:
    """Thousands that come back must not keep the others waiting, nor the other way round."""
    issue_id = frozen(store, 9)
    with store.write() as tx:
        for item in claim(tx, issue_id, 5):
            deliveries.settle(tx, [result_of(item, DEFERRED, next_attempt_at=NOW)])
        first = claim(tx, issue_id, 4)
        second = claim(tx, issue_id, 4, deliveries.resume_after(first))
        third = claim(tx, issue_id, 4, deliveries.resume_after(second))
    shares = [[item.is_retry for item in made] for made in (first, second, third)]
    assert shares == [[True, True, False, False], [True, True, False, False], [True]]


def test_one_at_a_time_retries_go_first(store: Store) -> None:
    issue_id = frozen(store, 2)
    with store.write() as tx:
        [item] = claim(tx, issue_id, 1)
        deliveries.settle(tx, [result_of(item, DEFERRED, next_attempt_at=NOW)])
        assert [claim(tx, issue_id, 1)[0].is_retry for _ in range(2)] == [True, False]


def test_claiming_goes_on_behind_the_last_ones_and_finds_what_was_left(store: Store) -> None:
    """Released ones with smaller ids wait for the end of the pass, and are not forgotten."""
    issue_id = frozen(store, 6)
    with store.write() as tx:
        first = claim(tx, issue_id, 2)
        ids = sorted(row.id for row in deliveries.list_deliveries(tx, issue_id))
        deliveries.release(tx, first)
        second = claim(tx, issue_id, 2, deliveries.resume_after(first))
        third = claim(tx, issue_id, 3, deliveries.resume_after(second))
        fourth = claim(tx, issue_id, 3, deliveries.resume_after(third))
        fifth = claim(tx, issue_id, 3, deliveries.resume_after(fourth))
    assert [item.id for item in second] == ids[2:4]
    assert [item.id for item in third] == [*ids[4:], ids[0]]
    assert [item.id for item in fourth] == [ids[1]]
    assert fifth == []


def test_where_to_resume_is_behind_the_last_first_attempt() -> None:
    def made(number: int, *, is_retry: bool) -> Claim:
        return Claim(number, 1, 1, 1, "a@example.org", 0, 1, is_retry=is_retry)

    assert deliveries.resume_after([]) == 0
    assert deliveries.resume_after([made(9, is_retry=True)]) == 0
    claims = [made(9, is_retry=True), made(3, is_retry=False), made(4, is_retry=False)]
    assert deliveries.resume_after(claims) == 4


@pytest.mark.parametrize("gone", [SubscriptionState.UNSUBSCRIBED, SubscriptionState.UNCONFIRMED])
def test_who_left_is_not_claimed_and_the_others_are(store: Store, gone: SubscriptionState) -> None:
    """reliability.md, faults: unsubscribe in mid-send."""
    with store.write() as tx:
        people = add_people(tx, 6)
        issue_id = freeze_issue(tx)
        for person in (people[0], people[1], people[3]):
            subscribers.set_state(tx, consent_to(person, gone))
        made = claim(tx, issue_id, 2)
        rows = deliveries.list_deliveries(tx, issue_id)
    assert [item.subscriber_id for item in made] == [people[2], people[4]]
    assert [row.state for row in rows] == [
        SUPPRESSED,
        SUPPRESSED,
        CLAIMED,
        SUPPRESSED,
        CLAIMED,
        QUEUED,
    ]
    assert (rows[0].detail, rows[0].settled_at) == ("unsubscribed", NOW)


def test_a_retry_to_somebody_who_left_is_suppressed(store: Store) -> None:
    with store.write() as tx:
        [person] = add_people(tx, 1)
        issue_id = freeze_issue(tx)
        [item] = claim(tx, issue_id)
        put_in(tx, item, UNCERTAIN)
        subscribers.set_state(tx, consent_to(person, SubscriptionState.UNSUBSCRIBED))
        assert claim(tx, issue_id) == []
        assert deliveries.ledger(tx, issue_id).counts[SUPPRESSED] == 1


@pytest.mark.parametrize("with_cursor", [False, True])
def test_no_delivery_is_claimed_twice_by_senders_that_run_at_once(
    store: Store, *, with_cursor: bool
) -> None:
    """reliability.md R2: on PostgreSQL they share, on SQLite they queue."""
    issue_id = frozen(store, 80)

    def send(_: int) -> list[int]:
        mine: list[int] = []
        after = 0
        for _ in range(200):
            with store.write() as tx:
                made = claim(tx, issue_id, 7, after)
            if not made:
                return mine
            after = deliveries.resume_after(made) if with_cursor else 0
            mine += [item.id for item in made]
            with store.write() as tx:
                assert deliveries.settle(tx, [result_of(item) for item in made]) == []
        raise AssertionError

    sent = [number for mine in at_once(4, send) for number in mine]
    assert sorted(sent) == sorted(states_of(store, issue_id))
    assert set(states_of(store, issue_id).values()) == {ACCEPTED}


def test_a_second_sender_skips_what_the_first_has_locked(postgresql_store: Store) -> None:
    """reliability.md R2: SKIP LOCKED: neither waits for the other's commit."""
    issue_id = frozen(postgresql_store, 5)
    with postgresql_store.write() as one, postgresql_store.write() as two:
        two.exec_driver_sql("SET LOCAL lock_timeout = '5s'")
        first = claim(one, issue_id, 3)
        second = claim(two, issue_id, 3)
        assert claim(two, issue_id, 3) == []
    assert len(first) == 3
    assert len(second) == 2
    assert not {item.id for item in first} & {item.id for item in second}
    assert first[0].fence != second[0].fence


def test_results_are_written(store: Store) -> None:
    """reliability.md R5."""
    issue_id = frozen(store, 3)
    with store.write() as tx:
        claims = claim(tx, issue_id)
        results = [
            replace(result_of(claims[0]), detail="250 2.0.0 queued", settled_at=SOON),
            replace(result_of(claims[1], DEFERRED, next_attempt_at=SOON), attempts=4),
            replace(result_of(claims[2], DeliveryState.REFUSED), detail=""),
        ]
        assert deliveries.settle(tx, results) == []
        rows = deliveries.list_deliveries(tx, issue_id)
    assert [
        (row.state, row.attempts, row.detail, row.settled_at, row.next_attempt_at) for row in rows
    ] == [
        (ACCEPTED, 1, "250 2.0.0 queued", SOON, None),
        (DEFERRED, 4, "250 ok", NOW, SOON),
        (DeliveryState.REFUSED, 1, "", NOW, None),
    ]


def test_many_results_are_written_at_once(store: Store) -> None:
    issue_id = frozen(store, 300)
    with store.write() as tx, counted(tx) as statements:
        claims = claim(tx, issue_id, 300)
        statements.clear()
        stale = [replace(item, fence=item.fence + 1) for item in claims[:100:2]]
        good = claims[100:] + claims[1:100:2]
        lost = deliveries.settle(tx, [result_of(item) for item in stale + good])
        assert len(statements) <= 2
        counts = deliveries.ledger(tx, issue_id).counts
    assert lost == [item.id for item in stale]
    assert (counts[ACCEPTED], counts[CLAIMED]) == (250, 50)


def test_no_results_are_nothing(store: Store) -> None:
    with store.write() as tx:
        assert deliveries.settle(tx, []) == []
        deliveries.release(tx, [])


def test_a_result_of_a_lost_claim_touches_nothing_and_is_reported(store: Store) -> None:
    """reliability.md R5: the delivery was recovered and claimed by another sender meanwhile."""
    issue_id = frozen(store, 2)
    with store.write() as tx:
        old = claim(tx, issue_id)
        assert deliveries.recover(tx, NOW + 2 * LEASE) == 2
        [new] = claim(tx, issue_id, 1)
        before = tx.exec_driver_sql("SELECT * FROM deliveries ORDER BY id").all()
        assert deliveries.settle(tx, [result_of(item) for item in old]) == [old[0].id, old[1].id]
        deliveries.release(tx, old)
        assert tx.exec_driver_sql("SELECT * FROM deliveries ORDER BY id").all() == before
        assert deliveries.settle(tx, [result_of(new)]) == []


def test_a_result_counts_once(store: Store) -> None:
    issue_id = frozen(store, 1)
    with store.write() as tx:
        [item] = claim(tx, issue_id)
        first, second = result_of(item), result_of(item, DeliveryState.REFUSED)
        assert deliveries.settle(tx, [first, second]) == [item.id]
        assert deliveries.settle(tx, [second]) == [item.id]
    assert states_of(store, issue_id) == {item.id: ACCEPTED}


def test_a_delivery_that_does_not_exist_is_reported_as_lost(store: Store) -> None:
    issue_id = frozen(store, 1)
    with store.write() as tx:
        [item] = claim(tx, issue_id)
        assert deliveries.settle(tx, [result_of(replace(item, id=999))]) == [999]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("550 'no' \"such\" user; %s :x \\ é 📪", "550 'no' \"such\" user; %s :x \\ é 📪"),
        ("550 \0 cut", "550 \ufffd cut"),
        ("550 \udcff bytes", "550 ? bytes"),
    ],
    ids=["special characters", "NUL", "half a pair"],
)
def test_whatever_a_server_says_does_not_cost_the_result(
    store: Store, said: str, kept: str
) -> None:
    issue_id = frozen(store, 1)
    with store.write() as tx:
        [item] = claim(tx, issue_id)
        assert deliveries.settle(tx, [replace(result_of(item), detail=said)]) == []
        assert [row.detail for row in deliveries.list_deliveries(tx, issue_id)] == [kept]


@pytest.mark.parametrize("state", [DEFERRED, UNCERTAIN])
def test_what_is_to_be_tried_at_once_is_due_at_once(store: Store, state: DeliveryState) -> None:
    issue_id = frozen(store, 1)
    with store.write() as tx:
        [item] = claim(tx, issue_id)
        assert deliveries.settle(tx, [result_of(item, state)]) == []
        assert deliveries.next_attempt_at(tx, issue_id) == NOW
        assert [again.id for again in claim(tx, issue_id)] == [item.id]


def test_a_final_result_is_never_tried_again(store: Store) -> None:
    issue_id = frozen(store, 1)
    with store.write() as tx:
        [item] = claim(tx, issue_id)
        assert deliveries.settle(tx, [result_of(item, next_attempt_at=NOW)]) == []
        assert claim(tx, issue_id) == []
        assert deliveries.next_attempt_at(tx, issue_id) is None


def test_what_is_given_back_is_due_at_once_and_counts_no_attempt(store: Store) -> None:
    issue_id = frozen(store, 2)
    with store.write() as tx:
        first, second = claim(tx, issue_id)
        deliveries.release(tx, [second])
        [again] = claim(tx, issue_id)
    assert again == replace(second, fence=again.fence)
    assert again.fence > first.fence


def test_only_leases_that_ended_are_recovered(store: Store) -> None:
    """reliability.md R2."""
    issue_id = frozen(store, 3)
    with store.write() as tx:
        [ended] = deliveries.claim(tx, issue_id, 1, NOW, NOW + LEASE)
        [held] = deliveries.claim(tx, issue_id, 1, NOW, NOW + 3 * LEASE)
        assert deliveries.recover(tx, NOW + LEASE) == 0
        assert deliveries.recover(tx, NOW + 2 * LEASE) == 1
    states = states_of(store, issue_id)
    assert (states[ended.id], states[held.id]) == (QUEUED, CLAIMED)


def test_recovering_does_not_wait_for_a_host_that_is_frozen_in_a_commit(
    postgresql_store: Store,
) -> None:
    """reliability.md R2: what it is writing to comes back once that has ended."""
    issue_id = frozen(postgresql_store, 2)
    with postgresql_store.write() as tx:
        first, second = claim(tx, issue_id)
    with postgresql_store.write() as stuck:
        assert deliveries.settle(stuck, [result_of(first)]) == []
        with postgresql_store.write() as tx:
            assert deliveries.recover(tx, NOW + 2 * LEASE) == 1
        states = states_of(postgresql_store, issue_id)
        assert (states[first.id], states[second.id]) == (CLAIMED, QUEUED)


def test_the_one_owner_recovers_all_claims_of_all_issues(store: Store) -> None:
    first = frozen(store, 2)
    with store.write() as tx:
        second = freeze_issue(tx, number=2)
        for issue_id in (first, second):
            claim(tx, issue_id, 1)
        assert deliveries.recover(tx, None) == 2
        assert deliveries.recover(tx, None) == 0
    assert set(states_of(store, first).values()) == {QUEUED}


@pytest.mark.parametrize("state", WAITING)
def test_cancelling_settles_all_that_waits_and_nothing_that_is_claimed(
    store: Store, state: DeliveryState
) -> None:
    issue_id = frozen(store, 4)
    with store.write() as tx:
        waiting, held, done = claim(tx, issue_id, 3)
        put_in(tx, waiting, state)
        assert deliveries.settle(tx, [result_of(done)]) == []
        assert deliveries.cancel(tx, issue_id, SOON) == 2
        rows = {row.id: row for row in deliveries.list_deliveries(tx, issue_id)}
    assert rows[held.id].state is CLAIMED
    assert rows[done.id].state is ACCEPTED
    assert rows[waiting.id].state is DeliveryState.CANCELLED
    assert rows[waiting.id].detail == "issue cancelled"
    assert (rows[waiting.id].settled_at, rows[waiting.id].next_attempt_at) == (SOON, None)


def test_what_is_too_old_expires(store: Store) -> None:
    """reliability.md, replies: a week-old morning briefing must not arrive."""
    issue_id = frozen(store, 3)
    end = NOW + timedelta(days=2)
    with store.write() as tx:
        [held] = claim(tx, issue_id, 1)
        assert deliveries.expire(tx, issue_id, end - timedelta(microseconds=1)) == 0
        assert deliveries.expire(tx, issue_id, end) == 2
        assert deliveries.expire(tx, issue_id, end) == 0
        counts = deliveries.ledger(tx, issue_id).counts
        assert deliveries.settle(tx, [result_of(held)]) == []
    assert (counts[DeliveryState.EXPIRED], counts[CLAIMED]) == (2, 1)


def test_who_left_since_the_freeze_is_suppressed_in_one_go(store: Store) -> None:
    with store.write() as tx:
        people = add_people(tx, 4)
        issue_id = freeze_issue(tx)
        other = freeze_issue(tx, number=2)
        [held] = claim(tx, issue_id, 1)
        for person in people[:2]:
            subscribers.set_state(tx, consent_to(person, SubscriptionState.UNSUBSCRIBED))
        subscribers.set_state(tx, consent_to(people[2], SubscriptionState.UNCONFIRMED))
        add_person(tx, "gone", SubscriptionState.UNSUBSCRIBED)
        assert deliveries.suppress_unsubscribed(tx, issue_id, SOON) == 2
        assert deliveries.suppress_unsubscribed(tx, issue_id, SOON) == 0
        rows = deliveries.list_deliveries(tx, issue_id)
    assert [row.state for row in rows] == [CLAIMED, SUPPRESSED, SUPPRESSED, QUEUED]
    assert rows[0].id == held.id
    assert (rows[1].detail, rows[1].settled_at) == ("unsubscribed", SOON)
    assert set(states_of(store, other).values()) == {QUEUED}


def test_who_left_since_a_moment_is_told(store: Store) -> None:
    with store.write() as tx:
        people = add_people(tx, 4)
        gone = SubscriptionState.UNSUBSCRIBED
        before = NOW - timedelta(seconds=1)
        subscribers.set_state(tx, consent_to(people[0], gone, at=before))
        subscribers.set_state(tx, consent_to(people[1], gone, at=NOW))
        subscribers.set_state(tx, consent_to(people[2], gone, at=SOON))
        wanted = {
            item.id
            for person in people[1:3]
            if (item := subscribers.subscription(tx, person, "daily"))
        }
        assert deliveries.left_since(tx, "daily", NOW) == dict.fromkeys(wanted, "unsubscribed")
        assert deliveries.left_since(tx, "weekly", NOW) == {}
        # Asking anew is no consent; confirming again is.
        subscribers.set_state(tx, consent_to(people[1], SubscriptionState.UNCONFIRMED))
        assert deliveries.left_since(tx, "daily", NOW) == dict.fromkeys(wanted, "unsubscribed")
        for person in people[1:3]:
            subscribers.set_state(tx, consent_to(person, at=SOON))
        assert deliveries.left_since(tx, "daily", NOW) == {}


def test_whether_a_subscription_stands_is_told(store: Store) -> None:
    with store.write() as tx:
        [person] = add_people(tx, 1)
        subscription = subscribers.subscription(tx, person, "daily")
        assert subscription is not None
        assert deliveries.is_confirmed(tx, subscription.id)
        assert not deliveries.is_confirmed(tx, subscription.id + 1)
        subscribers.set_state(tx, consent_to(person, SubscriptionState.UNSUBSCRIBED))
        assert not deliveries.is_confirmed(tx, subscription.id)


@pytest.mark.parametrize("state", DeliveryState)
def test_an_issue_is_open_while_a_delivery_is(state: DeliveryState) -> None:
    """reliability.md R7: finished only when queued, claimed, deferred, and uncertain are zero."""
    counts = dict.fromkeys(DeliveryState, 0) | {state: 2}
    assert Ledger(2, counts).open == (2 if state in OPEN_STATES else 0)
    assert Ledger(2, counts).adds_up
    assert not Ledger(3, counts).adds_up


def test_when_something_is_due_next_is_told(store: Store) -> None:
    issue_id = frozen(store, 3)
    with store.write() as tx:
        assert deliveries.next_attempt_at(tx, issue_id) is None
        first, second = claim(tx, issue_id, 2)
        later = SOON + timedelta(hours=1)
        assert not deliveries.settle(
            tx,
            [
                result_of(first, DEFERRED, next_attempt_at=later),
                result_of(second, UNCERTAIN, next_attempt_at=SOON),
            ],
        )
        assert deliveries.next_attempt_at(tx, issue_id) is None, "one is queued"
        [third] = claim(tx, issue_id)
        assert deliveries.next_attempt_at(tx, issue_id) == SOON
        assert not deliveries.settle(tx, [result_of(third)])
        deliveries.claim(tx, issue_id, 1, SOON, SOON + LEASE)
        assert deliveries.next_attempt_at(tx, issue_id) == later, "the other one is claimed"


def test_deliveries_are_listed_by_id_and_state(store: Store) -> None:
    issue_id = frozen(store, 4)
    with store.write() as tx:
        made = claim(tx, issue_id, 2)
        everything = deliveries.list_deliveries(tx, issue_id)
        assert deliveries.list_deliveries(tx, issue_id, [CLAIMED], limit=1) == everything[:1]
        assert deliveries.list_deliveries(tx, issue_id, [CLAIMED, ACCEPTED]) == everything[:2]
        assert [row.id for row in everything[:2]] == [item.id for item in made]
        assert deliveries.list_deliveries(tx, issue_id + 1) == []


@contextmanager
def counted(tx: Transaction) -> Iterator[list[str]]:
    """Give the list to which every statement of *tx* is added; on SQLite with its values in it.

    There the driver has to be asked: statements that are run very often go past the library.
    """
    seen: list[str] = []

    def note(*details: Any) -> None:  # noqa: ANN401 - as SQLAlchemy calls it
        seen.append(details[2])

    if tx.dialect.name == "sqlite":
        driver = cast("sqlite3.Connection", tx.connection.dbapi_connection)
        driver.set_trace_callback(seen.append)
        yield seen
        driver.set_trace_callback(None)
    else:
        event.listen(tx, "before_cursor_execute", note)
        yield seen
        event.remove(tx, "before_cursor_execute", note)


@pytest.mark.parametrize("after_id", [0, 2])
def test_the_work_of_sending_walks_along_indexes(sqlite_store: Store, after_id: int) -> None:
    """No statement that is repeated while sending reads or sorts a whole issue."""
    issue_id = frozen(sqlite_store, 4)
    with sqlite_store.write() as tx, counted(tx) as statements:
        made = claim(tx, issue_id, 9, after_id)
        deliveries.settle(tx, [result_of(item) for item in made[1:]])
        deliveries.release(tx, made[:1])
        deliveries.recover(tx, NOW)
        deliveries.expire(tx, issue_id, NOW)
        deliveries.left_since(tx, "daily", NOW)
        deliveries.next_attempt_at(tx, issue_id)
    with sqlite_store.read() as tx:
        plans = {
            step.detail: statement
            for statement in statements
            for step in tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}")
        }
    used = {word for step in plans for word in step.split() if word.startswith("ix_")}
    assert {
        "ix_deliveries_state",
        "ix_deliveries_due",
        "ix_deliveries_claimed",
        "ix_subscriptions_left",
    } <= used
    slow = [step for step in plans if "TEMP B-TREE" in step or step.startswith("SCAN")]
    assert slow
    # The batch itself, and what was found for one.
    slow = [step for step in slow if "VIRTUAL TABLE" not in step and step != "SCAN found"]
    assert slow == [], plans


def test_looking_at_an_issue_that_does_not_exist_fails_loudly(store: Store) -> None:
    with pytest.raises(Exception, match="No row was found"), store.read() as tx:
        deliveries.ledger(tx, 99)
