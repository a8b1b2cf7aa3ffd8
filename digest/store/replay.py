"""Replay: what the journal knows and this database does not is written into it.

Each fact can be replayed any number of times: what is there already is left alone. People first,
then issues and their audience, then what became of each delivery, whatever the order of writing; so
the journals of several hosts can be replayed together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, exists, insert, literal, select, update

from digest.model import (
    OPEN_STATES,
    Cadence,
    DeliveryState,
    IssueState,
    Occurrence,
    OccurrenceState,
    SubscriptionState,
)
from digest.model.facts import (
    Audience,
    Begun,
    Consented,
    Fact,
    IssueName,
    Lifted,
    Moved,
    Settled,
    Suppressed,
    short_hash,
)
from digest.store import deliveries as ledgers
from digest.store import erasure, facts, issues, occurrences, subscribers, suppressions
from digest.store.dialects import as_table, insert_new
from digest.store.engine import Transaction
from digest.store.portable import from_portable
from digest.store.schema import (
    articles,
    begun_issues,
    deliveries,
    issue_articles,
    mailed_articles,
    revisions,
    subscriptions,
    variants,
)
from digest.store.schema import issues as issue_rows
from digest.store.schema import subscribers as subscriber_rows
from digest.store.schema import suppressions as suppression_rows
from digest.store.subscribers import Consent

METHOD = "reconcile"
"""What the record of consent says of changes that came from the journal."""

_DETAIL = "as the journal says"


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay wrote. Zero everywhere: there was nothing to write."""

    issues: int = 0
    """Issues that this database did not have, made again as they were."""

    deliveries: int = 0
    """Deliveries of those issues, made again."""

    accepted: int = 0
    """Deliveries that are known to be accepted now, and would have been sent again."""

    settled: int = 0
    """Deliveries of which something else is known now: refused, uncertain, cancelled."""

    left: int = 0
    """Subscriptions ended."""

    confirmed: int = 0
    """Subscriptions confirmed, of people whom this database knows."""

    suppressed: int = 0
    """Addresses put on the do-not-mail record."""

    erased: int = 0
    """People erased again: they had asked for it after the backup was made."""

    lost_people: int = 0
    """People who subscribed after the backup was made: the journal has no addresses."""


def replay(
    tx: Transaction,
    read: Callable[[], Iterator[Fact]],
    now: datetime,
    uncertain_until: datetime | None,
) -> Replayed:
    """Write all facts that *read* yields, each time it is called, and are not known here.

    Args:
        tx: An open transaction. What it notes for the journal is forgotten: it is there.
        read: Yields the facts in the order of writing.
        now: The time.
        uncertain_until: When to try again what is uncertain; ``None``: when the issue expires.
    """
    work = _Replay(tx, now, uncertain_until)
    for fact in read():
        if isinstance(fact, (Consented, Suppressed, Lifted)):
            work.learn_of_person(fact)
        elif isinstance(fact, Moved) and fact.state is IssueState.CANCELLED:
            work.cancelled.add(fact.name)
    work.write_consents()
    for fact in read():
        if isinstance(fact, Begun):
            work.begin(fact)
        elif isinstance(fact, Audience):
            work.freeze(fact)
    for fact in read():
        if isinstance(fact, Settled):
            work.settle(fact)
        elif isinstance(fact, Moved) and work.moved.get(fact.name) is not IssueState.CANCELLED:
            # What was cancelled stays so: what came later came from a database that did not know.
            work.moved[fact.name] = fact.state
    work.finish()
    facts.forget(tx)
    return work.result()


class _Replay:
    """One replay: what was found and counted so far."""

    def __init__(self, tx: Transaction, now: datetime, uncertain_until: datetime | None) -> None:
        self.moved: dict[IssueName, IssueState] = {}
        self.cancelled: set[IssueName] = set()
        self._tx = tx
        self._now = now
        self._uncertain_until = uncertain_until
        self._people = _people(tx)
        self._consents: dict[tuple[str, str], Consented] = {}
        self._issues: dict[IssueName, int] = {}
        self._made: set[int] = set()
        self._to_erase: list[int] = []
        self._counts: Counter[str] = Counter()
        self._unknown: set[str] = set()

    def learn_of_person(self, fact: Consented | Suppressed | Lifted) -> None:
        """Suppress at once; of consents only the last of each person and briefing counts."""
        if isinstance(fact, Consented):
            self._consents[fact.person, fact.briefing] = fact
        elif isinstance(fact, Lifted):
            suppressions.lift(self._tx, fact.address_hash)
        elif not subscribers.is_suppressed(self._tx, fact.address_hash):
            subscribers.suppress(self._tx, fact.address_hash, fact.at, fact.reason, fact.evidence)
            self._counts["suppressed"] += 1
            number = self._people.get(short_hash(fact.address_hash))
            if fact.reason == erasure.REASON and number is not None:
                self._to_erase.append(number)

    def write_consents(self) -> None:
        """Bring the subscriptions of known people into their last states."""
        for (person, briefing), fact in self._consents.items():
            number = self._people.get(person)
            if number is None:
                if fact.state is not SubscriptionState.UNSUBSCRIBED:
                    self._unknown.add(person)
                continue
            known = subscribers.subscription(self._tx, number, briefing)
            if known is not None and known.state is fact.state:
                continue
            subscribers.set_state(
                self._tx,
                Consent(number, briefing, fact.at, fact.state, METHOD, "as the journal says"),
            )
            if fact.state is SubscriptionState.UNSUBSCRIBED:
                self._counts["left"] += 1
            elif fact.state is SubscriptionState.CONFIRMED:
                self._counts["confirmed"] += 1

    def begin(self, fact: Begun) -> None:
        """Make the issue again unless it is here."""
        issue_id = self._find(fact.name) or self._find_period(fact)
        if issue_id is None:
            issue_id = self._make(fact)
            self._made.add(issue_id)
            self._counts["issues"] += 1
        self._issues[fact.name] = issue_id
        insert_new(self._tx, begun_issues, {"issue_id": issue_id})

    def freeze(self, fact: Audience) -> None:
        """Write the deliveries of an issue that was made again."""
        issue_id = self._issues.get(fact.name)
        if issue_id not in self._made:
            return
        ids = self._known(fact.people)
        self._unknown |= {person for person in fact.people if person not in self._people}
        variant = self._tx.execute(
            select(variants.c.id).where(
                variants.c.issue_id == issue_id, variants.c.name == fact.variant
            )
        ).scalar_one()
        on_record = exists().where(
            suppression_rows.c.address_hash == subscriber_rows.c.address_hash
        )
        audience = as_table(self._tx, [subscriber_rows.c.id], [(number,) for number in ids])
        chosen = (
            select(
                literal(issue_id),
                literal(variant),
                subscriber_rows.c.id,
                subscriptions.c.id,
                subscriber_rows.c.email,
                case((on_record, DeliveryState.SUPPRESSED), else_=DeliveryState.QUEUED),
                literal(0),
                literal(0),
                case((on_record, suppressions.SETTLED_AS), else_=""),
            )
            .join(audience, audience.c.id == subscriber_rows.c.id)
            .join(subscriptions, subscriptions.c.subscriber_id == subscriber_rows.c.id)
            .where(
                subscriptions.c.briefing == fact.name.briefing,
                ~exists().where(
                    deliveries.c.issue_id == issue_id,
                    deliveries.c.subscriber_id == subscriber_rows.c.id,
                ),
            )
            .order_by(subscriber_rows.c.id)
        )
        columns = ["issue_id", "variant_id", "subscriber_id", "subscription_id", "email"]
        columns += ["state", "attempts", "fence", "detail"]
        self._tx.execute(insert(deliveries).from_select(columns, chosen))
        # A change of cadence after the backup was made is lost with it: what they were mailed in
        # the other one is to be looked up from now on.
        made_for = select(issue_rows.c.cadence).where(issue_rows.c.id == issue_id)
        self._tx.execute(
            update(subscriptions)
            .where(
                subscriptions.c.briefing == fact.name.briefing,
                subscriptions.c.subscriber_id.in_(select(audience.c.id)),
                subscriptions.c.cadence != made_for.scalar_subquery(),
                subscriptions.c.moved_at.is_(None),
            )
            .values(moved_at=self._now)
        )

    def settle(self, fact: Settled) -> None:
        """Write what became of deliveries that are still open here.

        What was accepted counts in any case: also if it was cancelled here before the replay.
        """
        issue_id = self._issues.get(fact.name) or self._find(fact.name)
        if issue_id is None:
            return
        self._issues[fact.name] = issue_id
        ids = self._known(fact.people)
        batch = as_table(self._tx, [deliveries.c.subscriber_id], [(number,) for number in ids])
        again = None
        if fact.state is DeliveryState.UNCERTAIN:
            issue = issues.get(self._tx, issue_id)
            again = self._uncertain_until or (issue.expires_at if issue else self._now)
        is_accepted = fact.state is DeliveryState.ACCEPTED
        changing = set(DeliveryState) - {DeliveryState.ACCEPTED} if is_accepted else OPEN_STATES
        done = self._tx.execute(
            update(deliveries)
            .where(
                deliveries.c.issue_id == issue_id,
                deliveries.c.subscriber_id == batch.c.subscriber_id,
                deliveries.c.state.in_([str(state) for state in changing]),
            )
            .values(
                state=fact.state,
                detail=_DETAIL,
                settled_at=self._now,
                next_attempt_at=again,
                lease_until=None,
            )
        )
        self._counts["accepted" if is_accepted else "settled"] += done.rowcount

    def finish(self) -> None:
        """Bring issues into their last states, and finish those with nothing open."""
        for name, state in self.moved.items():
            issue_id = self._issues.get(name) or self._find(name)
            if issue_id is None:
                continue
            self._issues[name] = issue_id
            if state is IssueState.FINISHED:
                continue  # Told by the ledger below.
            ended_at = None
            if state is IssueState.CANCELLED:
                ledgers.cancel(self._tx, issue_id, self._now)
                ended_at = self._now
            others = set(IssueState) - {state, IssueState.FINISHED, IssueState.CANCELLED}
            issues.move(self._tx, issue_id, state, if_in=others, finished_at=ended_at)
        for number in self._to_erase:
            erasure.erase(self._tx, number, self._now, method=METHOD)
            self._counts["erased"] += 1
        for issue_id in self._made:
            self._counts["deliveries"] += self._count(issue_id)
        for issue_id in set(self._issues.values()):
            if ledgers.ledger(self._tx, issue_id).open == 0:
                issues.move(
                    self._tx,
                    issue_id,
                    IssueState.FINISHED,
                    if_in={IssueState.SENDING},
                    finished_at=self._now,
                )

    def result(self) -> Replayed:
        """Return what was written."""
        return Replayed(**self._counts, lost_people=len(self._unknown))

    def _known(self, people: tuple[str, ...]) -> list[int]:
        return [self._people[person] for person in people if person in self._people]

    def _find(self, name: IssueName) -> int | None:
        query = select(issue_rows.c.id).where(
            issue_rows.c.briefing == name.briefing,
            issue_rows.c.number == name.number,
            issue_rows.c.composed_at == name.composed_at,
        )
        found: int | None = self._tx.execute(query).scalar_one_or_none()
        return found

    def _find_period(self, fact: Begun) -> int | None:
        """Return the issue that was composed for the same period anew, before anybody noticed."""
        query = select(issue_rows.c.id).where(
            issue_rows.c.briefing == fact.name.briefing, issue_rows.c.period == fact.period
        )
        found: int | None = self._tx.execute(query).scalar_one_or_none()
        if found is not None and facts.name_of(self._tx, found) in self.cancelled:
            issues.retire(self._tx, found)  # It was cancelled so that the other takes its place.
            return None
        return found

    def _make(self, fact: Begun) -> int:
        tx, briefing = self._tx, fact.name.briefing
        row = from_portable(issue_rows, fact.issue)
        is_taken = issues.find(tx, briefing, fact.name.number) is not None
        row |= {
            "number": issues.next_number(tx, briefing) if is_taken else fact.name.number,
            "state": IssueState.SENDING,
            "candidates": 0,
            "finished_at": None,
        }
        del row["id"]
        issue_id: int = tx.execute(
            insert(issue_rows).values(row).returning(issue_rows.c.id)
        ).scalar_one()
        for cells in fact.variants:
            variant = from_portable(variants, cells) | {"issue_id": issue_id}
            del variant["id"]
            tx.execute(insert(variants).values(variant))
        for cells in fact.articles:
            self._place(issue_id, briefing, str(cells["uid"]), from_portable(issue_articles, cells))
        if fact.due_at is not None:
            occurrence = Occurrence(
                briefing, fact.period, fact.due_at, cadence=row.get("cadence", Cadence.EACH)
            )
            occurrences.claim(tx, occurrence, self._now)
            occurrences.settle(
                tx, briefing, fact.period, OccurrenceState.COMPOSED, issue_id=issue_id
            )
        return issue_id

    def _place(self, issue_id: int, briefing: str, uid: str, row: dict[str, Any]) -> None:
        """Say that an article was mailed, whether this database has it yet or not."""
        found = self._tx.execute(
            select(articles.c.id, articles.c.revision).where(articles.c.uid == uid)
        ).one_or_none()
        if found is None:
            mailed = {"briefing": briefing, "cadence": row.get("cadence", Cadence.EACH), "uid": uid}
            insert_new(self._tx, mailed_articles, mailed)
            return
        has_revision = exists().where(
            revisions.c.article_id == found.id, revisions.c.revision == row["revision"]
        )
        is_there = self._tx.execute(select(has_revision)).scalar_one()
        row |= {
            "issue_id": issue_id,
            "article_id": found.id,
            "revision": row["revision"] if is_there else found.revision,
        }
        insert_new(self._tx, issue_articles, row)

    def _count(self, issue_id: int) -> int:
        """Set the issue's candidates to the deliveries that it has; return how many."""
        number = sum(ledgers.ledger(self._tx, issue_id).counts.values())
        issues.set_candidates(self._tx, issue_id, number)
        return number


def _people(tx: Transaction) -> dict[str, int]:
    """Return the ids of all subscribers by what facts know of them."""
    query = select(subscriber_rows.c.id, subscriber_rows.c.address_hash).where(
        subscriber_rows.c.address_hash != ""
    )
    return {short_hash(row.address_hash): row.id for row in tx.execute(query)}
