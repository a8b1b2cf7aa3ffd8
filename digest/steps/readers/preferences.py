"""Preferences: what readers get, when, and where to; shown and changed by a link that is mailed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from digest.config import Config
from digest.errors import AddressError
from digest.mail.address import key_of, mailbox_key, parse_address
from digest.model import (
    Cadence,
    MailFormat,
    RequestKind,
    Subscriber,
    Subscription,
    SubscriptionState,
)
from digest.steps.readers.ask import budgets_of
from digest.steps.readers.links import pending, take
from digest.steps.readers.words import words_of
from digest.store import choices, private_feeds, requests, subscribers
from digest.store.consent import Consent
from digest.store.engine import Store, Transaction
from digest.store.requests import NewRequest
from digest.tokens import Keyring, Purpose, make


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a reader has now."""

    person: Subscriber
    subscriptions: Mapping[str, Subscription | None]
    """By briefing, in the order of the settings; ``None``: never had it."""

    feeds: Mapping[str, str]
    """By briefing, of those that the reader gets, where their own feed is; empty: not offered."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a reader wants of one briefing; ``None``: as it is."""

    is_wanted: bool
    topics: tuple[str, ...] | None = None
    cadence: Cadence | None = None
    paused_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Choices:
    """What a reader wants from now on."""

    briefings: Mapping[str, Choice]
    language: str = ""
    timezone: str = ""
    mail_format: MailFormat | None = None
    """``None``: as it is."""

    new_address: str = ""
    """Empty: the same."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What came of a reader's choices."""

    language: str
    is_moving: bool = False
    """A mail goes to the new address, to ask whether it is theirs."""

    has_bad_address: bool = False
    """The new address is none; everything else was saved."""


def show_choices(
    store: Store, config: Config, keyring: Keyring, token: str, *, now: datetime
) -> Preferences | None:
    """Return what a reader has, for the link mailed to them; ``None`` if it does nothing."""
    request = pending(store, keyring, RequestKind.PREFERENCES, token, now=now)
    with store.read() as tx:
        person = subscribers.get(tx, request.subscriber_id or 0) if request else None
        if person is None:
            return None
        mine = {each.briefing: each for each in subscribers.subscriptions_of(tx, person.id)}
        feeds = {
            each.briefing: config.private_feed_url(
                make(keyring, Purpose.FEED, each.id, scope=private_feeds.serial_of(tx, each.id))
            )
            for each in mine.values()
            if config.web.private_feeds and each.state is SubscriptionState.CONFIRMED
        }
    return Preferences(person, {name: mine.get(name) for name in config.briefings}, feeds)


def save_choices(
    store: Store,
    config: Config,
    keyring: Keyring,
    token: str,
    wanted: Choices,
    *,
    network: str,
    now: datetime,
) -> Saved | None:
    """Set what a reader chose; their link is used up by it. ``None`` if it does nothing."""
    with store.write() as tx:
        request = take(tx, keyring, RequestKind.PREFERENCES, token, now)
        person = subscribers.get(tx, request.subscriber_id or 0) if request else None
        if person is None:
            return None
        choices.set_person(
            tx,
            person.id,
            language=wanted.language or person.language,
            timezone=wanted.timezone or person.timezone,
            mail_format=wanted.mail_format or person.format,
        )
        for name, choice in wanted.briefings.items():
            if name in config.briefings:
                _set_briefing(tx, config, person, name, choice, network, now)
        language = wanted.language or person.language
        return _ask_new_address(tx, config, person, wanted.new_address, language, network, now)


def _set_briefing(
    tx: Transaction,
    config: Config,
    person: Subscriber,
    briefing: str,
    choice: Choice,
    network: str,
    now: datetime,
) -> None:
    before = subscribers.subscription(tx, person.id, briefing)
    has_it = before is not None and before.state is SubscriptionState.CONFIRMED
    if choice.is_wanted != has_it:
        # They were shown the words on the page, and hold a link that only their mailbox got.
        words = words_of(config, briefing, person.language)
        agreed = (words.text, words.version) if choice.is_wanted else ("", "")
        state = SubscriptionState.CONFIRMED if choice.is_wanted else SubscriptionState.UNSUBSCRIBED
        event = Consent(person.id, briefing, now, state, "preferences", *agreed, network)
        subscribers.set_state(tx, event)
    found = subscribers.subscription(tx, person.id, briefing)
    if found is not None and choice.is_wanted:
        choices.set_subscription(
            tx,
            found.id,
            topics=found.topics if choice.topics is None else choice.topics,
            cadence=choice.cadence or found.cadence,
            paused_until=choice.paused_until,
            now=now,
        )


def _ask_new_address(
    tx: Transaction,
    config: Config,
    person: Subscriber,
    text: str,
    language: str,
    network: str,
    now: datetime,
) -> Saved:
    """Write down that a reader wants to move to the address *text*, if it says any."""
    try:
        address = parse_address(text.strip())
    except AddressError:
        return Saved(language, has_bad_address=bool(text.strip()))
    key = key_of(address)
    if key == mailbox_key(person.email):
        return Saved(language)
    request = NewRequest(
        kind=RequestKind.CHANGE_ADDRESS,
        at=now,
        network=network,
        email=str(address),
        email_key=key,
        domain=address.domain,
        subscriber_id=person.id,
        details={"language": language},
    )
    requests.add_within(tx, request, budgets_of(config))
    return Saved(language, is_moving=True)
