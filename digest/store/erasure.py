"""Erasing a person: what tells who it was goes, what was counted stays.

Their address leaves every table. The do-not-mail record keeps a keyed hash of it, so that no import
brings them back. Deliveries keep their states, so that the ledgers of issues add up for ever, and
the record of consent keeps that somebody agreed and left.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_, case, delete, func, or_, select, update

from digest.model import DeliveryState, SubscriptionState
from digest.store import feedback
from digest.store import subscribers as people
from digest.store.consent import Consent
from digest.store.engine import Transaction
from digest.store.schema import consents, deliveries, notices, requests, subscribers, subscriptions

REASON = "erased"
"""Why an erased address is on the do-not-mail record."""

_WAITING = (DeliveryState.QUEUED, DeliveryState.DEFERRED, DeliveryState.UNCERTAIN)


def erase(tx: Transaction, subscriber_id: int, now: datetime, *, method: str) -> bool:
    """Erase a person, as *method* (for the record) asked. Return whether there was one to erase."""
    row = tx.execute(
        select(subscribers).where(
            subscribers.c.id == subscriber_id, subscribers.c.erased_at.is_(None)
        )
    ).one_or_none()
    if row is None:
        return False
    people.suppress(tx, row.address_hash, now, REASON, "")
    for subscription in people.subscriptions_of(tx, subscriber_id):
        if subscription.state is not SubscriptionState.UNSUBSCRIBED:
            state = SubscriptionState.UNSUBSCRIBED
            people.set_state(
                tx, Consent(subscriber_id, subscription.briefing, now, state, method, "")
            )
    _blank_deliveries(tx, subscriber_id, row.email, now)
    forget_requests(tx, row.email_key, subscriber_id)
    feedback.forget_person(tx, subscriber_id)
    # What operators wrote may name the person; words that were shown to everybody do not.
    tx.execute(
        update(consents)
        .where(consents.c.subscriber_id == subscriber_id)
        .values(
            network="", evidence=case((consents.c.version == "", ""), else_=consents.c.evidence)
        )
    )
    tx.execute(
        update(subscriptions)
        .where(subscriptions.c.subscriber_id == subscriber_id)
        .values(topics=[], paused_until=None)
    )
    tx.execute(
        update(subscribers)
        .where(subscribers.c.id == subscriber_id)
        .values(
            email="",
            email_key=f"erased {subscriber_id}",
            address_hash="",
            name="",
            language="",
            timezone="",
            erased_at=now,
        )
    )
    return True


def forget_requests(tx: Transaction, email_key: str, subscriber_id: int) -> None:
    """Remove what was asked for an address, by whomever, and by the subscriber."""
    own = select(subscriptions.c.id).where(subscriptions.c.subscriber_id == subscriber_id)
    theirs = or_(
        requests.c.email_key == email_key,
        requests.c.subscriber_id == subscriber_id,
        requests.c.subscription_id.in_(own),
    )
    asked = select(requests.c.id).where(theirs)
    tx.execute(
        delete(notices).where(
            or_(notices.c.request_id.in_(asked), func.lower(notices.c.recipient) == email_key)
        )
    )
    tx.execute(delete(requests).where(theirs))


def _blank_deliveries(tx: Transaction, subscriber_id: int, email: str, now: datetime) -> None:
    mine = deliveries.c.subscriber_id == subscriber_id
    tx.execute(
        update(deliveries)
        .where(mine, deliveries.c.state.in_([str(state) for state in _WAITING]))
        .values(
            state=DeliveryState.SUPPRESSED,
            detail="unsubscribed",
            next_attempt_at=None,
            settled_at=now,
        )
    )
    # Relays repeat the address in their replies; in changed case, too.
    said = and_(
        func.lower(deliveries.c.detail).contains(email.lower(), autoescape=True),
        deliveries.c.detail != "",
    )
    tx.execute(
        update(deliveries)
        .where(mine)
        .values(
            # A name that nobody has: a delivery always has a recipient's place.
            email="",
            detail=case((said, "the reply was erased with the address"), else_=deliveries.c.detail),
        )
    )
