"""Leave: the link of any mail ends its subscription, for ever and at once.

Its token says which subscription, and allows nothing else. What takes that back is a token of its
own, which only the page has that ended it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from digest import tokens
from digest.model import Subscription, SubscriptionState
from digest.store import subscribers
from digest.store.consent import Consent
from digest.store.engine import Store, Transaction
from digest.tokens import Keyring, Purpose

UNDO_LASTS = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Left:
    """A subscription that is over."""

    subscription_id: int
    briefing: str
    language: str
    """The reader's; empty: the briefing's."""

    undo: str = ""
    """What takes it back; empty when nothing was ended now: it was over before."""


def left_by(store: Store, keyring: Keyring, token: str, *, now: datetime) -> Subscription | None:
    """Return the subscription that *token* would end; ``None`` if it is no such token."""
    claim = tokens.check(keyring, Purpose.UNSUBSCRIBE, token, now)
    if claim is None:
        return None
    with store.read() as tx:
        return subscribers.subscription_with(tx, claim.subject)


def unsubscribe_by_token(
    store: Store, keyring: Keyring, token: str, *, method: str, now: datetime, network: str = ""
) -> Left | None:
    """End the subscription that *token* belongs to; the same again changes nothing.

    Args:
        store: Where subscriptions are kept.
        keyring: The keys that tokens were ever made with.
        token: From the link of a mail, or the subject of a mail to the unsubscribe address.
        method: For the record: ``one-click``, ``page``, ``mailto``.
        now: When.
        network: Where it came from; empty when not from a page.

    Returns:
        The subscription, also when it was over before, or its person was erased; ``None`` if
        *token* is none of ours, or of a subscription that never was.
    """
    claim = tokens.check(keyring, Purpose.UNSUBSCRIBE, token, now)
    if claim is None:
        return None
    with store.write() as tx:
        found = subscribers.subscription_with(tx, claim.subject)
        if found is None:
            return None
        left = Left(found.id, found.briefing, found.subscriber.language)
        if found.state is SubscriptionState.UNSUBSCRIBED:
            return left
        was_confirmed = found.state is SubscriptionState.CONFIRMED
        _set(tx, found, SubscriptionState.UNSUBSCRIBED, method, network, now)
    if not was_confirmed:
        return left
    undo_token = tokens.make(
        keyring,
        Purpose.UNDO,
        found.id,
        scope=_scope(now),
        expires_at=now + UNDO_LASTS,
    )
    return Left(left.subscription_id, left.briefing, left.language, undo_token)


def undo(
    store: Store, keyring: Keyring, token: str, *, now: datetime, network: str = ""
) -> Left | None:
    """Take back what :func:`unsubscribe_by_token` did, with the token that it gave.

    ``None`` if that cannot be: it is too late, was done already, or the person left again since.
    """
    claim = tokens.check(keyring, Purpose.UNDO, token, now)
    if claim is None:
        return None
    with store.write() as tx:
        found = subscribers.subscription_with(tx, claim.subject)
        if (
            found is None
            or found.state is not SubscriptionState.UNSUBSCRIBED
            or found.unsubscribed_at is None
            or _scope(found.unsubscribed_at) != claim.scope
            or not found.subscriber.email
            or subscribers.is_suppressed(tx, subscribers.hash_of(tx, found.subscriber.id))
        ):
            return None
        _set(tx, found, SubscriptionState.CONFIRMED, "undo", network, now)
        return Left(found.id, found.briefing, found.subscriber.language)


def _set(
    tx: Transaction,
    subscription: Subscription,
    state: SubscriptionState,
    method: str,
    network: str,
    now: datetime,
) -> None:
    consent = Consent(
        subscription.subscriber.id, subscription.briefing, now, state, method, "", "", network
    )
    subscribers.set_state(tx, consent)


def _scope(moment: datetime) -> int:
    """Return which ending it was: the low bits of its second."""
    return int(moment.timestamp()) % (tokens.MAX_SCOPE + 1)
