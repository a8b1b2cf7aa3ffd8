"""What sending learns, kept in the store: beginnings, pauses, days of relays, and turns."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text
from store_samples import LEASE, NOW, add_people, freeze_issue, result_of, states_of

from digest.model import DeliveryState
from digest.store import deliveries, pacing, turns
from digest.store.engine import Store, Transaction
from digest.store.pacing import Pause, StartCounts

LATER = NOW + timedelta(minutes=3)


def test_the_first_results_of_an_issue_add_up(store: Store) -> None:
    """However many processes count."""
    with store.write() as tx:
        issue = freeze_issue(tx)
        assert pacing.start_of(tx, issue, "readers") == StartCounts()
        pacing.add_start(tx, issue, "readers", StartCounts(3, 1, 0, 2))
        pacing.add_start(tx, issue, "seeds", StartCounts(1))
        pacing.add_start(tx, issue, "readers", StartCounts(1, 0, 1, 0))
    with store.read() as tx:
        assert pacing.start_of(tx, issue, "readers") == StartCounts(4, 1, 1, 2)
        assert pacing.start_of(tx, issue, "seeds") == StartCounts(1)


def test_an_issue_pauses_itself_once_for_each_cause(store: Store) -> None:
    with store.write() as tx:
        issue = freeze_issue(tx)
        assert pacing.note_pause(tx, issue, "our fault", "Spam.", NOW)
        assert not pacing.note_pause(tx, issue, "our fault", "Spam again.", LATER)
        assert pacing.answer_pauses(tx, issue, LATER) == 1
        assert pacing.answer_pauses(tx, issue, LATER) == 0
        assert not pacing.note_pause(tx, issue, "our fault", "Spam for ever.", LATER)
        assert pacing.note_pause(tx, issue, "deferred", "Later.", LATER)
    with store.read() as tx:
        assert pacing.pauses_of(tx, issue) == [
            Pause("our fault", "Spam.", NOW, LATER),
            Pause("deferred", "Later.", LATER, None),
        ]
        assert pacing.pauses_of(tx, issue + 1) == []


def test_messages_are_counted_by_relay_and_day(store: Store) -> None:
    with store.write() as tx:
        pacing.add_messages(tx, "a", "2026-11-24", 3)
        pacing.add_messages(tx, "a", "2026-11-24", 4)
        pacing.add_messages(tx, "b", "2026-11-24", 1)
    with store.read() as tx:
        assert pacing.messages_on(tx, "a", "2026-11-24") == 7
        assert pacing.messages_on(tx, "b", "2026-11-24") == 1
        assert pacing.messages_on(tx, "a", "2026-11-25") == 0


def test_what_is_put_off_counts_no_attempt_and_comes_back_at_its_time(store: Store) -> None:
    """reliability.md R7: the ledger stays right; domains that are full hold nobody."""
    with store.write() as tx:
        add_people(tx, 3)
        issue = freeze_issue(tx)
        first, second, third = deliveries.claim(tx, issue, 3, NOW, NOW + LEASE)
        assert turns.postpone(tx, [(first, LATER), (second, LATER + timedelta(seconds=1))]) == 2
        assert not turns.is_due(tx, issue, NOW)
        assert deliveries.next_attempt_at(tx, issue) == LATER
        ledger = deliveries.ledger(tx, issue)
        assert (ledger.adds_up, ledger.counts[DeliveryState.QUEUED]) == (True, 2)
        assert deliveries.claim(tx, issue, 3, LATER - timedelta(seconds=1), LATER + LEASE) == []
        assert turns.is_due(tx, issue, LATER)
        [again] = deliveries.claim(tx, issue, 3, LATER, LATER + LEASE)
        assert (again.id, again.attempts, again.is_retry) == (first.id, 0, True)
        assert deliveries.settle(tx, [result_of(again), result_of(third)]) == []


def test_what_was_lost_is_not_put_off(store: Store) -> None:
    """reliability.md R5: by fence, like a result."""
    with store.write() as tx:
        add_people(tx, 1)
        issue = freeze_issue(tx)
        [old] = deliveries.claim(tx, issue, 1, NOW, NOW + LEASE)
        deliveries.recover(tx, NOW + 2 * LEASE)
        [new] = deliveries.claim(tx, issue, 1, NOW + 2 * LEASE, NOW + 3 * LEASE)
        assert turns.postpone(tx, [(old, LATER)]) == 0
        assert turns.postpone(tx, []) == 0
        assert deliveries.settle(tx, [result_of(new)]) == []


def test_a_deferred_one_that_is_put_off_keeps_its_attempts(store: Store) -> None:
    with store.write() as tx:
        add_people(tx, 1)
        issue = freeze_issue(tx)
        [claim] = deliveries.claim(tx, issue, 1, NOW, NOW + LEASE)
        state = DeliveryState.DEFERRED
        deliveries.settle(tx, [result_of(claim, state, next_attempt_at=NOW)])
        [claim] = deliveries.claim(tx, issue, 1, NOW, NOW + LEASE)
        turns.postpone(tx, [(claim, LATER)])
        [row] = deliveries.list_deliveries(tx, issue)
        assert (row.attempts, row.next_attempt_at, row.detail) == (1, LATER, "250 ok")


def test_who_goes_first_is_found_by_address_and_claimed_alone(store: Store) -> None:
    with store.write() as tx:
        add_people(tx, 4)
        issue = freeze_issue(tx)
        ids = sorted(states_of_tx(tx, issue))
        keys = ["daily-0002@example.org", "daily-0004@example.org", "nobody@example.org"]
        assert turns.waiting_for(tx, issue, keys) == {ids[1], ids[3]}
        assert turns.waiting_for(tx, issue, []) == set()
        claims = turns.claim_first(tx, issue, [ids[1], ids[3]], 5, NOW + LEASE)
        assert [claim.id for claim in claims] == [ids[1], ids[3]]
        assert turns.claim_first(tx, issue, ids, 0, NOW + LEASE) == []
        assert turns.claim_first(tx, issue, ids[1:2], 5, NOW + LEASE) == []
        assert turns.waiting_for(tx, issue, keys) == {ids[1], ids[3]}
        deliveries.settle(tx, [result_of(claims[0])])
        turns.postpone(tx, [(claims[1], LATER)])
        assert turns.waiting_for(tx, issue, keys) == set()
        rest = deliveries.claim(tx, issue, 4, NOW, NOW + LEASE)
        assert [claim.id for claim in rest] == [ids[0], ids[2]]
        assert rest[0].fence > claims[0].fence


def states_of_tx(tx: Transaction, issue: int) -> list[int]:
    return [row.id for row in deliveries.list_deliveries(tx, issue)]


def test_who_left_does_not_go_first(store: Store) -> None:
    with store.write() as tx:
        add_people(tx, 1)
        issue = freeze_issue(tx)
        [number] = states_of_tx(tx, issue)
        tx.execute(text("UPDATE subscriptions SET state = 'unsubscribed'"))
        assert turns.waiting_for(tx, issue, ["daily-0001@example.org"]) == set()
        assert turns.claim_first(tx, issue, [number], 5, NOW + LEASE) == []
        assert deliveries.claim(tx, issue, 1, NOW, NOW + LEASE) == []
    assert states_of(store, issue) == {number: DeliveryState.SUPPRESSED}
