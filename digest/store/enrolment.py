"""Subscribers by the thousand: what subscribers.py does, for many people in one statement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, bindparam, case, or_, select

from digest.model import Cadence, SubscriptionState
from digest.store import consent as consent_record
from digest.store.consent import Consent
from digest.store.dialects import as_table, insert_into
from digest.store.engine import Transaction
from digest.store.schema import subscribers, subscriptions, suppressions
from digest.store.subscribers import NewSubscriber


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


def ids_of(tx: Transaction, keys: Iterable[str]) -> dict[str, int]:
    """Return the ids of the subscribers among *keys*, canonical keys of addresses, by key."""
    column = subscribers.c.email_key
    wanted = as_table(tx, [column], [(key,) for key in keys])
    query = select(subscribers.c.email_key, subscribers.c.id).join(
        wanted, wanted.c.email_key == column
    )
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


def add_people(tx: Transaction, people: Sequence[NewSubscriber], at: datetime) -> None:
    """Write people; those who are there already, whoever was faster, stay as they are."""
    rows = [
        {
            "email": person.email,
            "email_key": person.email_key,
            "address_hash": person.address_hash,
            "name": person.name,
            "language": person.language,
            "timezone": person.timezone,
            "format": person.format,
            "created_at": at,
        }
        for person in people
    ]
    if rows:
        tx.execute(insert_into(tx, subscribers).on_conflict_do_nothing(), rows)


def set_states(tx: Transaction, entries: Sequence[Entry]) -> None:
    """Put each subscription into the state that its event leads to, and record the events.

    No subscription may be among *entries* twice. What a person chose for a subscription that is
    there already stays; so does a subscription that another transaction ended first, when this one
    had seen none.
    """
    rows: list[dict[str, Any]] = []
    for entry in entries:
        event = entry.consent
        is_confirmed = event.state is SubscriptionState.CONFIRMED
        is_over = event.state is SubscriptionState.UNSUBSCRIBED
        rows.append(
            {
                "subscriber_id": event.subscriber_id,
                "briefing": event.briefing,
                "state": event.state,
                "created_at": event.at,
                "confirmed_at": entry.since if is_confirmed else None,
                "unsubscribed_at": entry.since if is_over else None,
                "topics": list(entry.topics),
                "cadence": entry.cadence,
                "paused_until": entry.paused_until,
                "may_return": entry.may_return,
            }
        )
    if not rows:
        return
    statement = insert_into(tx, subscriptions)
    new, old = statement.excluded, subscriptions.c
    comes = new.state == SubscriptionState.CONFIRMED
    goes = new.state == SubscriptionState.UNSUBSCRIBED
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=["subscriber_id", "briefing"],
            set_={
                "state": new.state,
                "confirmed_at": case((comes, new.confirmed_at), else_=old.confirmed_at),
                # Stays until it is confirmed again: asking anew is not yet consent.
                "unsubscribed_at": case(
                    (comes, None),
                    (goes, new.unsubscribed_at),
                    else_=old.unsubscribed_at,
                ),
            },
            where=or_(
                old.state != SubscriptionState.UNSUBSCRIBED,
                bindparam("may_return", type_=Boolean()),
            ),
        ),
        rows,
    )
    consent_record.record(tx, *(entry.consent for entry in entries))


def suppress_all(tx: Transaction, reasons: Iterable[tuple[str, str, str]], at: datetime) -> None:
    """Put addresses (hash, reason, evidence) on the do-not-mail record; first reasons stay."""
    rows = [
        {"address_hash": address_hash, "at": at, "reason": reason, "evidence": evidence}
        for address_hash, reason, evidence in reasons
    ]
    if rows:
        tx.execute(insert_into(tx, suppressions).on_conflict_do_nothing(), rows)
