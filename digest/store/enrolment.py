"""Subscribers by the thousand: what subscribers.py does, for many people in one statement."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, func, literal, literal_column, select, update

from digest.model import Cadence, SubscriptionState
from digest.store import consent as consent_record
from digest.store import facts
from digest.store import subscribers as people
from digest.store.audience import changed_cadence
from digest.store.consent import Consent
from digest.store.dialects import as_table, insert_into
from digest.store.engine import Transaction
from digest.store.schema import Utc, subscribers, subscriptions, suppressions
from digest.store.subscribers import NewSubscriber

_CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Entry:
    """A subscription that comes into a state, with the event that led to it."""

    consent: Consent
    since: datetime
    """When it came into that state, which may be long ago, elsewhere."""

    may_return: bool = False
    """Whether it may have been given up before."""

    topics: tuple[str, ...] = ()
    cadence: Cadence = Cadence.EACH
    paused_until: datetime | None = None

    @property
    def has_choices(self) -> bool:
        """Whether anything is chosen that is not the usual."""
        return bool(self.topics or self.paused_until) or self.cadence is not Cadence.EACH


def ids_of(tx: Transaction, keys: Iterable[str], *, lock: bool = False) -> dict[str, int]:
    """Return the ids of the subscribers among *keys*, canonical keys of addresses, by key.

    With *lock* whoever else asks so waits until the transaction ends, and then sees what it did.
    """
    column = subscribers.c.email_key
    wanted = as_table(tx, [column], [(key,) for key in keys])
    query = select(subscribers.c.email_key, subscribers.c.id).join(
        wanted, wanted.c.email_key == column
    )
    if lock:
        # In one order, or two could wait for each other for ever.
        query = query.order_by(column).with_for_update(of=subscribers, key_share=True)
    return {row.email_key: row.id for row in tx.execute(query)}


def states_of(
    tx: Transaction, subscriber_ids: Iterable[int], *, lock: bool = False
) -> dict[tuple[int, str], SubscriptionState]:
    """Return the state of each subscription of these people, by subscriber and briefing.

    With *lock* nobody else changes them before the transaction ends.
    """
    column = subscriptions.c.subscriber_id
    wanted = as_table(tx, [column], [(number,) for number in subscriber_ids])
    query = select(column, subscriptions.c.briefing, subscriptions.c.state).join(
        wanted, wanted.c.subscriber_id == column
    )
    if lock:
        query = query.with_for_update(of=subscriptions)
    return {
        (row.subscriber_id, row.briefing): SubscriptionState(row.state) for row in tx.execute(query)
    }


def add_people(tx: Transaction, new: Sequence[NewSubscriber], at: datetime) -> None:
    """Write people; those who are there already, whoever was faster, stay as they are."""
    if not new:
        return
    rows = [[getattr(person, column.name) for column in _PERSON] for person in new]
    found = select(as_table(tx, _PERSON, rows), literal(at, Utc()).label("created_at"))
    names = [*(column.name for column in _PERSON), "created_at"]
    tx.execute(
        insert_into(tx, subscribers).from_select(names, _some(found)).on_conflict_do_nothing()
    )


def set_states(tx: Transaction, entries: Sequence[Entry]) -> None:
    """Put each subscription into the state that its event leads to, and record the events.

    No subscription may be among *entries* twice. What a person chose for a subscription that is
    there already stays; so does a subscription that another transaction ended first, when this one
    had seen none.
    """
    for may_return in (False, True):
        some = [entry for entry in entries if entry.may_return is may_return]
        if some:
            _upsert(tx, some, may_return=may_return)
    for entry in entries:
        if entry.has_choices and not entry.may_return:
            _choose(tx, entry)
    consent_record.record(tx, *(entry.consent for entry in entries))


def suppress_all(tx: Transaction, reasons: Iterable[tuple[str, str, str]], at: datetime) -> None:
    """Put addresses (hash, reason, evidence) on the do-not-mail record; first reasons stay."""
    for address_hash, reason, evidence in reasons:
        people.suppress(tx, address_hash, at, reason, evidence)


def rehash(tx: Transaction, hash_of: Callable[[str], str]) -> tuple[int, int]:
    """Know every address by another hash: *hash_of* returns it for the canonical key.

    Suppressions of subscribers come along. Return how many did, and how many belong to nobody who
    is there and stay as they are, without effect. What the journal says of people by their old
    hashes is told again by the new ones, as far as it keeps mail away from them.
    """
    total = tx.execute(select(func.count()).select_from(suppressions)).scalar_one()
    taken, after = 0, 0
    while True:
        query = select(subscribers.c.id, subscribers.c.email_key, subscribers.c.address_hash)
        query = query.where(subscribers.c.id > after, subscribers.c.erased_at.is_(None))
        rows = tx.execute(query.order_by(subscribers.c.id).limit(_CHUNK)).all()
        if not rows:
            return taken, total - taken
        after = rows[-1].id
        new = {row.address_hash: hash_of(row.email_key) for row in rows}
        on_record = people.suppressed_among(tx, new)
        for old in on_record:
            tx.execute(
                update(suppressions)
                .where(suppressions.c.address_hash == old)
                .values(address_hash=new[old])
            )
        taken += len(on_record)
        columns = [subscribers.c.id, subscribers.c.address_hash]
        found = as_table(tx, columns, [(row.id, new[row.address_hash]) for row in rows])
        tx.execute(
            update(subscribers)
            .where(subscribers.c.id == found.c.id)
            .values(address_hash=found.c.address_hash)
        )
        _note_anew(tx, {row.id: new[row.address_hash] for row in rows})


def _note_anew(tx: Transaction, people: Mapping[int, str]) -> None:
    """Note who of *people*, hashes by id, is on the do-not-mail record, or has left a briefing."""
    on_record = select(suppressions).where(suppressions.c.address_hash.in_(people.values()))
    for row in tx.execute(on_record):
        facts.note_suppressed(tx, row.address_hash, row.at, row.reason, row.evidence)
    gone = SubscriptionState.UNSUBSCRIBED
    left = select(subscriptions).where(
        subscriptions.c.subscriber_id.in_(people), subscriptions.c.state == gone
    )
    facts.note_consents(
        tx,
        [(row.subscriber_id, row.briefing, gone, row.unsubscribed_at) for row in tx.execute(left)],
    )


def _upsert(tx: Transaction, entries: Sequence[Entry], *, may_return: bool) -> None:
    rows = []
    for entry in entries:
        event = entry.consent
        comes = event.state is SubscriptionState.CONFIRMED
        goes = event.state is SubscriptionState.UNSUBSCRIBED
        rows.append(
            (
                event.subscriber_id,
                event.briefing,
                event.state,
                event.at,
                entry.since if comes else None,
                entry.since if goes else None,
            )
        )
    names = [column.name for column in _SUBSCRIPTION]
    found = _some(select(as_table(tx, _SUBSCRIPTION, rows)))
    statement = insert_into(tx, subscriptions).from_select(names, found)
    new, old = statement.excluded, subscriptions.c
    is_confirmed = new.state == SubscriptionState.CONFIRMED
    is_over = new.state == SubscriptionState.UNSUBSCRIBED
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=["subscriber_id", "briefing"],
            set_={
                "state": new.state,
                "confirmed_at": case((is_confirmed, new.confirmed_at), else_=old.confirmed_at),
                # Stays until it is confirmed again: asking anew is not yet consent.
                "unsubscribed_at": case(
                    (is_confirmed, None),
                    (is_over, new.unsubscribed_at),
                    else_=old.unsubscribed_at,
                ),
            },
            where=None if may_return else old.state != SubscriptionState.UNSUBSCRIBED,
        )
    )


def _choose(tx: Transaction, entry: Entry) -> None:
    tx.execute(
        update(subscriptions)
        .where(
            subscriptions.c.subscriber_id == entry.consent.subscriber_id,
            subscriptions.c.briefing == entry.consent.briefing,
        )
        .values(
            topics=list(entry.topics),
            paused_until=entry.paused_until,
            **changed_cadence(entry.cadence, entry.consent.at),
        )
    )


def _some(found: Select[Any]) -> Select[Any]:
    """Return the same query with a condition: without one SQLite takes ON CONFLICT for a join's."""
    return found.where(literal_column("1") == literal_column("1"))


_PERSON = tuple(
    subscribers.c[name]
    for name in ("email", "email_key", "address_hash", "name", "language", "timezone", "format")
)
_SUBSCRIPTION = tuple(
    subscriptions.c[name]
    for name in (
        "subscriber_id",
        "briefing",
        "state",
        "created_at",
        "confirmed_at",
        "unsubscribed_at",
    )
)
