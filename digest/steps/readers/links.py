"""Links: what the links do that are mailed for one thing, once, and only when a button is pressed.

Each belongs to a request. Looking at the page behind one changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from digest import tokens
from digest.config import Config
from digest.mail.address import mailbox_key
from digest.model import MailFormat, NoticeKind, RequestKind, Subscriber, SubscriptionState
from digest.steps.readers.answer import WELCOME_LASTS
from digest.steps.readers.ask import BY_FORM
from digest.store import choices, consent, erasure, notices, requests, subscribers
from digest.store.consent import Consent
from digest.store.dossier import dossier
from digest.store.engine import Store, Transaction
from digest.store.requests import Request
from digest.store.subscribers import NewSubscriber
from digest.tokens import Keyring, Purpose

PURPOSES = {
    RequestKind.SUBSCRIBE: Purpose.CONFIRM,
    RequestKind.PREFERENCES: Purpose.PREFERENCES,
    RequestKind.EXPORT: Purpose.EXPORT,
    RequestKind.ERASE: Purpose.ERASE,
    RequestKind.CHANGE_ADDRESS: Purpose.CHANGE_ADDRESS,
}
"""What the token of each kind of request allows."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Somebody who confirmed."""

    briefings: tuple[str, ...]
    language: str
    is_suppressed: bool = False
    """The address is on the do-not-mail record: nothing was changed."""


@dataclass(frozen=True, slots=True)
class Moved:
    """Somebody who has another address now."""

    language: str


@dataclass(frozen=True, slots=True)
class AddressTaken:
    """The new address has subscriptions of its own: nothing was changed."""

    language: str


def token_of(keyring: Keyring, request: Request) -> str:
    """Return the token for the link of *request*, which must have one: the same each time."""
    return tokens.make(keyring, PURPOSES[request.kind], request.id, expires_at=request.expires_at)


def pending(
    store: Store, keyring: Keyring, kind: RequestKind, token: str, *, now: datetime
) -> Request | None:
    """Return the request that *token* would do; ``None`` if it cannot, or not any more."""
    claim = tokens.check(keyring, PURPOSES[kind], token, now)
    if claim is None:
        return None
    with store.read() as tx:
        found = requests.get(tx, claim.subject)
    is_open = found is not None and found.kind is kind and found.expires_at is not None
    return found if found and is_open and found.used_at is None else None


def take(
    tx: Transaction, keyring: Keyring, kind: RequestKind, token: str, now: datetime
) -> Request | None:
    """Use the link up. Return its request, or ``None`` if it does nothing (any more)."""
    claim = tokens.check(keyring, PURPOSES[kind], token, now)
    return requests.use(tx, claim.subject, kind, now) if claim else None


def confirm(
    store: Store, config: Config, keyring: Keyring, token: str, *, network: str, now: datetime
) -> Confirmed | None:
    """Subscribe whoever pressed the button behind the link of a confirmation mail.

    ``None`` if the link does nothing (any more).
    """
    with store.write() as tx:
        request = take(tx, keyring, RequestKind.SUBSCRIBE, token, now)
        if request is None:
            return None
        wanted = tuple(name for name in request.details["briefings"] if name in config.briefings)
        language = request.details["language"]
        address_hash = keyring.address_hash(request.email_key)
        if subscribers.is_suppressed(tx, address_hash):
            return Confirmed(wanted, language, is_suppressed=True)
        person = _subscriber(tx, request, address_hash, now)
        for name in wanted:
            _agree(tx, person, name, request, network, now)
        if config.signup.welcome and wanted:
            mine = subscribers.subscriptions_of(tx, person.id)
            details = {
                "briefings": list(wanted),
                "language": language,
                "subscriptions": {
                    each.briefing: each.id for each in mine if each.briefing in wanted
                },
                "key": keyring.first_id,
            }
            notices.add(
                tx,
                NoticeKind.WELCOME,
                person.email,
                details,
                now=now,
                expires_at=now + WELCOME_LASTS,
                request_id=request.id,
            )
        return Confirmed(wanted, language)


def export(store: Store, keyring: Keyring, token: str, *, now: datetime) -> dict[str, Any] | None:
    """Return all that is stored of whoever the link is for; ``None`` if it does nothing."""
    with store.write() as tx:
        request = take(tx, keyring, RequestKind.EXPORT, token, now)
        if request is None or request.subscriber_id is None:
            return None
        return dossier(tx, request.subscriber_id)


def erase(store: Store, keyring: Keyring, token: str, *, now: datetime) -> bool:
    """Erase whoever the link is for. Return whether it did."""
    with store.write() as tx:
        request = take(tx, keyring, RequestKind.ERASE, token, now)
        if request is None or request.subscriber_id is None:
            return False
        return erasure.erase(tx, request.subscriber_id, now, method="erasure")


def change_address(
    store: Store, config: Config, keyring: Keyring, token: str, *, network: str, now: datetime
) -> Moved | AddressTaken | None:
    """Move whoever asked to the address that the link was mailed to; tell the old one.

    ``None`` if the link does nothing (any more).
    """
    with store.write() as tx:
        request = take(tx, keyring, RequestKind.CHANGE_ADDRESS, token, now)
        person = subscribers.get(tx, request.subscriber_id or 0) if request else None
        if request is None or person is None:
            return None
        language = request.details["language"]
        other = subscribers.find(tx, request.email_key)
        address_hash = keyring.address_hash(request.email_key)
        if other is not None and other.id != person.id:
            return AddressTaken(language)
        if subscribers.is_suppressed(tx, address_hash):
            return None
        # What they asked for at the old address is theirs still, and is erased with them.
        requests.claim_for(tx, mailbox_key(person.email), person.id)
        choices.set_address(tx, person.id, request.email, request.email_key, address_hash)
        for each in subscribers.subscriptions_of(tx, person.id):
            if each.state is SubscriptionState.CONFIRMED:
                event = Consent(
                    person.id, each.briefing, now, each.state, "address change", "", "", network
                )
                consent.record(tx, event)
        details = {
            "language": language,
            "briefings": list(config.briefings)[:1],
            "key": keyring.first_id,
        }
        notices.add(
            tx,
            NoticeKind.ADDRESS_CHANGED,
            person.email,
            details,
            now=now,
            expires_at=now + WELCOME_LASTS,
        )
        return Moved(language)


def _subscriber(tx: Transaction, request: Request, address_hash: str, now: datetime) -> Subscriber:
    """Return who confirmed, written down if they are new, with what they chose."""
    person = subscribers.find(tx, request.email_key)
    if person is None:
        person = subscribers.add(
            tx, NewSubscriber(request.email, request.email_key, address_hash), now
        )
    details = request.details
    choices.set_person(
        tx,
        person.id,
        language=details["language"] or person.language,
        timezone=details["timezone"] or person.timezone,
        mail_format=MailFormat(details["format"]),
    )
    return person


def _agree(
    tx: Transaction,
    person: Subscriber,
    briefing: str,
    request: Request,
    network: str,
    now: datetime,
) -> None:
    """Record that they asked and that they confirmed, and set what they chose."""
    before = subscribers.subscription(tx, person.id, briefing)
    words = request.details["briefings"][briefing]
    if before is None or before.state is not SubscriptionState.CONFIRMED:
        agreed = (words["text"], words["version"])
        unconfirmed, confirmed = SubscriptionState.UNCONFIRMED, SubscriptionState.CONFIRMED
        if request.details.get("by", BY_FORM) == BY_FORM:
            asked = Consent(
                person.id, briefing, request.at, unconfirmed, BY_FORM, *agreed, request.network
            )
            consent.record(tx, asked)
        subscribers.set_state(
            tx, Consent(person.id, briefing, now, confirmed, "mail", *agreed, network)
        )
    for mine in subscribers.subscriptions_of(tx, person.id):
        if mine.briefing == briefing:
            choices.set_subscription(
                tx,
                mine.id,
                topics=tuple(request.details["topics"]) or mine.topics,
                cadence=mine.cadence,
                paused_until=None,
                now=now,
            )
