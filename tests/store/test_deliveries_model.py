"""Random sequences of everything that happens to deliveries, compared with a simple model."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from store_samples import NOW, add_people, consent_to, freeze_issue

from digest.model import DeliveryState, SubscriptionState
from digest.store import deliveries, subscribers
from digest.store.deliveries import Claim, Settlement
from digest.store.engine import Store

PEOPLE = 6
_WAITING = (DeliveryState.QUEUED, DeliveryState.DEFERRED, DeliveryState.UNCERTAIN)
_RESULTS = (
    DeliveryState.ACCEPTED,
    DeliveryState.REFUSED,
    DeliveryState.SUPPRESSED,
    DeliveryState.DEFERRED,
    DeliveryState.UNCERTAIN,
)
_names = itertools.count()


@dataclass(slots=True)
class Expected:
    """What the model knows of one delivery."""

    id: int
    subscriber_id: int
    state: DeliveryState
    due_at: datetime | None = None
    fence: int = 0
    lease_until: datetime | None = None
    attempts: int = 0

    def back_to_queue(self) -> None:
        """Wait again, due as it was."""
        self.state, self.lease_until = DeliveryState.QUEUED, None

    def finish(self, state: DeliveryState) -> None:
        """Be settled; what waits gets its time afterwards."""
        self.state, self.due_at, self.lease_until = state, None, None


class Sending(RuleBasedStateMachine):
    """One issue, several senders that crash and come back late, and people who come and go."""

    store: Store

    def __init__(self) -> None:
        """Freeze an issue to some people, one of them on the do-not-mail record."""
        super().__init__()
        self.briefing = f"briefing {next(_names)}"
        self.now = NOW
        self.expires_at = NOW + timedelta(days=2)
        self.after_id = 0
        self.claims: list[Claim] = []
        self.accepted: Counter[int] = Counter()
        with self.store.write() as tx:
            people = add_people(tx, PEOPLE, briefing=self.briefing)
            hashed = f"hash of {self.briefing}-0001"
            subscribers.suppress(tx, hashed, NOW, "complaint", "")
            self.issue_id = freeze_issue(tx, briefing=self.briefing)
            self.rows = {
                row.id: Expected(row.id, row.subscriber_id, row.state)
                for row in deliveries.list_deliveries(tx, self.issue_id)
            }
        self.subscribed = dict.fromkeys(people, True)
        assert [row.state for row in self.rows.values()].count(DeliveryState.SUPPRESSED) == 1

    def waiting(self) -> list[Expected]:
        """Return what waits."""
        return [row for row in self.rows.values() if row.state in _WAITING]

    def due(self, limit: int, after_id: int) -> list[Expected]:
        """Say what the next claim should take: retries by time, then the rest from the cursor."""
        retries = sorted(
            (row for row in self.waiting() if row.due_at is not None and row.due_at <= self.now),
            key=lambda row: (row.due_at, row.id),
        )
        first = sorted(
            (row for row in self.waiting() if row.due_at is None),
            key=lambda row: (row.id <= after_id, row.id),
        )
        return [*retries, *first][:limit]

    @rule(limit=st.integers(1, PEOPLE), with_cursor=st.booleans())
    def claim(self, limit: int, *, with_cursor: bool) -> None:
        """Claim as :meth:`due` says."""
        after_id = self.after_id if with_cursor else 0
        lease_until = self.now + timedelta(seconds=60)
        while gone := [
            row for row in self.due(limit, after_id) if not self.subscribed[row.subscriber_id]
        ]:
            for row in gone:
                row.finish(DeliveryState.SUPPRESSED)
        wanted = self.due(limit, after_id)
        with self.store.write() as tx:
            made = deliveries.claim(
                tx, self.issue_id, limit, self.now, lease_until, after_id=after_id
            )
        assert [item.id for item in made] == [row.id for row in wanted]
        assert [item.attempts for item in made] == [row.attempts for row in wanted]
        assert len({item.fence for item in made}) <= 1
        assert all(item.fence > old.fence for item in made for old in self.claims)
        for item, row in zip(made, wanted, strict=True):
            row.state, row.fence, row.lease_until = DeliveryState.CLAIMED, item.fence, lease_until
        self.claims += made
        self.after_id = deliveries.resume_after(made)

    def holds(self, item: Claim) -> bool:
        """Return whether the claim still holds."""
        row = self.rows[item.id]
        return row.state is DeliveryState.CLAIMED and row.fence == item.fence

    @precondition(lambda self: self.claims)
    @rule(
        data=st.data(),
        states=st.lists(st.sampled_from(_RESULTS), min_size=1, max_size=4),
        minutes=st.none() | st.integers(0, 10),
    )
    def settle(self, data: st.DataObject, states: list[DeliveryState], minutes: int | None) -> None:
        """Results come late as well, of claims that were lost long ago."""
        picked = data.draw(
            st.lists(
                st.sampled_from(self.claims),
                max_size=len(states),
                unique_by=lambda item: item.id,
            )
        )
        again = None if minutes is None else self.now + timedelta(minutes=minutes)
        results = [
            Settlement(item.id, item.fence, state, item.attempts + 1, "said", self.now, again)
            for item, state in zip(picked, states, strict=False)
        ]
        lost = [item.id for item in picked if not self.holds(item)]
        with self.store.write() as tx:
            assert deliveries.settle(tx, results) == lost
        for result in results:
            if result.id in lost:
                continue
            row = self.rows[result.id]
            row.attempts = result.attempts
            row.finish(result.state)
            if result.state in _WAITING:
                row.due_at = again or self.now
            if result.state is DeliveryState.ACCEPTED:
                self.accepted[row.id] += 1

    @precondition(lambda self: self.claims)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        """Give claims back, lost ones among them."""
        picked = data.draw(st.lists(st.sampled_from(self.claims), max_size=3))
        with self.store.write() as tx:
            deliveries.release(tx, picked)
        for item in picked:
            if self.holds(item):
                self.rows[item.id].back_to_queue()

    @rule(everything=st.booleans())
    def recover(self, *, everything: bool) -> None:
        """Take back what gone senders hold."""
        gone = [
            row
            for row in self.rows.values()
            if row.lease_until is not None and (everything or row.lease_until < self.now)
        ]
        with self.store.write() as tx:
            assert deliveries.recover(tx, None if everything else self.now) == len(gone)
        for row in gone:
            row.back_to_queue()

    @rule(data=st.data(), back=st.booleans())
    def come_and_go(self, data: st.DataObject, *, back: bool) -> None:
        """Somebody leaves or subscribes again."""
        person = data.draw(st.sampled_from(sorted(self.subscribed)))
        state = SubscriptionState.CONFIRMED if back else SubscriptionState.UNSUBSCRIBED
        with self.store.write() as tx:
            subscribers.set_state(
                tx, consent_to(person, state, briefing=self.briefing, at=self.now)
            )
        self.subscribed[person] = back

    @rule()
    def suppress_unsubscribed(self) -> None:
        """Settle what waits for people who left."""
        gone = [row for row in self.waiting() if not self.subscribed[row.subscriber_id]]
        with self.store.write() as tx:
            found = deliveries.suppress_unsubscribed(tx, self.issue_id, self.now)
        assert found == len(gone)
        for row in gone:
            row.finish(DeliveryState.SUPPRESSED)

    @rule(seconds=st.sampled_from([1, 30, 61, 300, 3600, 90_000]))
    def let_time_pass(self, seconds: int) -> None:
        """Leases end, retries become due, the issue grows old."""
        self.now += timedelta(seconds=seconds)

    @rule()
    def expire(self) -> None:
        """Settle what waits when the issue is too old."""
        old = self.waiting() if self.now >= self.expires_at else []
        with self.store.write() as tx:
            assert deliveries.expire(tx, self.issue_id, self.now) == len(old)
        for row in old:
            row.finish(DeliveryState.EXPIRED)

    @precondition(lambda self: len(self.claims) > PEOPLE)
    @rule()
    def cancel(self) -> None:
        """Settle what waits; seldom, as it ends the story."""
        waiting = self.waiting()
        with self.store.write() as tx:
            assert deliveries.cancel(tx, self.issue_id, self.now) == len(waiting)
        for row in waiting:
            row.finish(DeliveryState.CANCELLED)

    @invariant()
    def every_row_is_where_the_model_has_it(self) -> None:
        """Compare each delivery."""
        with self.store.read() as tx:
            found = deliveries.list_deliveries(tx, self.issue_id)
        assert [(row.id, row.state, row.next_attempt_at, row.attempts) for row in found] == [
            (row.id, row.state, row.due_at, row.attempts) for row in self.rows.values()
        ]

    @invariant()
    def the_ledger_adds_up(self) -> None:
        """reliability.md R7."""
        with self.store.read() as tx:
            ledger = deliveries.ledger(tx, self.issue_id)
        assert ledger.adds_up
        assert ledger.candidates == PEOPLE
        assert ledger.open == sum(
            row.state in {*_WAITING, DeliveryState.CLAIMED} for row in self.rows.values()
        )

    @invariant()
    def nothing_is_accepted_twice(self) -> None:
        """A result counts once."""
        assert all(times == 1 for times in self.accepted.values())

    @invariant()
    def the_next_attempt_is_known(self) -> None:
        """The sender sleeps until then."""
        due = [row.due_at for row in self.waiting()]
        at_once = not due or any(moment is None for moment in due)
        wanted = None if at_once else min(moment for moment in due if moment)
        with self.store.read() as tx:
            assert deliveries.next_attempt_at(tx, self.issue_id) == wanted

    def teardown(self) -> None:
        """Leave no claims behind: recovering sees those of all issues."""
        with self.store.write() as tx:
            deliveries.recover(tx, None)


def machine_of(of: Store) -> type[Sending]:
    class SendingFromStore(Sending):
        store = of

    return SendingFromStore


def run(store: Store, examples: int, steps: int) -> None:
    run_state_machine_as_test(
        machine_of(store),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
        ),
    )


def test_the_ledger_adds_up_whatever_happens_on_sqlite(sqlite_store: Store) -> None:
    """reliability.md R2, R5, R7: nothing lost, nothing claimed twice, nothing accepted twice."""
    run(sqlite_store, examples=settings().max_examples // 3, steps=30)


def test_the_ledger_adds_up_whatever_happens_on_postgresql(postgresql_store: Store) -> None:
    """The same with SKIP LOCKED and the sequence of fences."""
    run(postgresql_store, examples=6, steps=25)
