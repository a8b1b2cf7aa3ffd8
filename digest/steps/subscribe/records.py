"""One person: looked up with all there is, put on the do-not-mail record, taken off it, erased."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches

from digest.errors import AddressError, DigestError, NotFoundError
from digest.mail.address import key_of, parse_address
from digest.model import Subscriber, Subscription
from digest.store import consent, erasure, listing, subscribers, suppressions
from digest.store.consent import Consent
from digest.store.engine import Store, Transaction
from digest.store.listing import Delivered
from digest.store.suppressions import Suppression
from digest.tokens import Keyring

BY_OPERATOR = "operator"
"""Who did it, for the record; and why an address that the operator put there is suppressed."""


@dataclass(frozen=True, slots=True)
class Record:
    """Everything that an operator may want to know of one address."""

    email: str
    subscriber: Subscriber | None
    """``None``: nobody with that address ever subscribed; it may be suppressed all the same."""

    subscriptions: tuple[Subscription, ...] = ()
    consents: tuple[Consent, ...] = ()
    """Oldest first."""

    suppression: Suppression | None = None
    deliveries: tuple[Delivered, ...] = ()
    """The last ones, newest first."""


def record_of(store: Store, keyring: Keyring, who: str, *, deliveries: int = 10) -> Record:
    """Return what there is about *who*, an address or the number of a subscriber.

    Raises:
        NotFoundError: if there is nothing; it names addresses that are nearly the same.
        AddressError: if *who* is neither.
    """
    with store.read() as tx:
        email, person, address_hash = _find(tx, keyring, who)
        suppression = suppressions.get(tx, address_hash)
        if person is None:
            if suppression is None:
                raise unknown(tx, who)
            return Record(email, None, suppression=suppression)
        return Record(
            email,
            person,
            tuple(subscribers.subscriptions_of(tx, person.id)),
            tuple(consent.consents_of(tx, person.id)),
            suppression,
            tuple(listing.deliveries_to(tx, person.id, deliveries)),
        )


def suppress(store: Store, keyring: Keyring, who: str, *, evidence: str, now: datetime) -> bool:
    """Put an address on the do-not-mail record, whether it subscribed or not.

    What waits to be sent there is not sent. Return whether it was put there: an address that is on
    it already keeps its first reason.

    Raises:
        AddressError: if *who* is no address.
        NotFoundError: if *who* is a number that no subscriber has.
    """
    with store.write() as tx:
        _, person, address_hash = _find(tx, keyring, who)
        is_new = suppressions.get(tx, address_hash) is None
        if is_new:
            subscribers.suppress(tx, address_hash, now, BY_OPERATOR, evidence)
        if person is not None:
            suppressions.settle_waiting(tx, person.id, now)
    return is_new


def unsuppress(
    store: Store, keyring: Keyring, who: str, *, evidence: str, now: datetime
) -> Suppression:
    """Take an address off the do-not-mail record, and return why it was on it.

    The person's record of consent keeps that, and why it was done; their subscriptions stay as they
    are.

    Raises:
        NotFoundError: if it is not on the record.
        DigestError: if the person had everything erased: only they themselves can come back.
    """
    with store.write() as tx:
        email, person, address_hash = _find(tx, keyring, who)
        before = suppressions.get(tx, address_hash)
        if before is None:
            raise NotFoundError("suppression of", email)
        if before.reason == erasure.REASON:
            raise DigestError(
                f"{email} had everything erased; only they themselves can come back, by signing up"
            )
        suppressions.lift(tx, address_hash)
        if person is not None:
            was = f"{before.reason} on {before.at:%Y-%m-%d}"
            words = f"taken off the do-not-mail record ({was}): {evidence}"
            consent.record(
                tx,
                *(
                    Consent(person.id, item.briefing, now, item.state, BY_OPERATOR, words)
                    for item in subscribers.subscriptions_of(tx, person.id)
                ),
            )
    return before


def erase(store: Store, keyring: Keyring, who: str, *, now: datetime) -> Subscriber:
    """Erase a person as they themselves can, and return who it was.

    Raises:
        NotFoundError: if there is nobody to erase.
    """
    with store.write() as tx:
        _, person, _ = _find(tx, keyring, who)
        if person is None or not erasure.erase(tx, person.id, now, method=BY_OPERATOR):
            raise unknown(tx, who)
    return person


def _find(tx: Transaction, keyring: Keyring, who: str) -> tuple[str, Subscriber | None, str]:
    """Return the address, the subscriber, and the hash that *who* stands for."""
    if who.isascii() and who.isdecimal():
        person = subscribers.get(tx, int(who))
        if person is None:
            raise NotFoundError("subscriber", who)
        return person.email, person, subscribers.hash_of(tx, person.id)
    try:
        address = parse_address(who)
    except AddressError as error:
        raise AddressError(f"{who!r} is no address: {error}") from None
    key = key_of(address)
    return str(address), subscribers.find(tx, key), keyring.address_hash(key)


def unknown(tx: Transaction, who: str) -> NotFoundError:
    """Return the error that no subscriber has the address *who*, and whom that may stand for."""
    near = listing.like(tx, key_of(parse_address(who)))
    return NotFoundError("subscriber", who, get_close_matches(who, near, n=3, cutoff=0.8))
