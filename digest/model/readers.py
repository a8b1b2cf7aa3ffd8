"""Subscribers and their consent."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class SubscriptionState(StrEnum):
    """Where a person's consent to one briefing stands."""

    UNCONFIRMED = "unconfirmed"
    CONFIRMED = "confirmed"
    UNSUBSCRIBED = "unsubscribed"


class MailFormat(StrEnum):
    """How a person wants their mails."""

    HTML = "html"
    TEXT = "text"


class Cadence(StrEnum):
    """How often a person wants a briefing."""

    EACH = "each"  #: Every issue, as it comes.
    WEEKLY = "weekly"  #: Once a week, with what is new since.


class RequestKind(StrEnum):
    """What can be asked for on a page, and is done by a link that is mailed."""

    SUBSCRIBE = "subscribe"
    PREFERENCES = "preferences"
    EXPORT = "export"
    ERASE = "erase"
    CHANGE_ADDRESS = "change-address"


class NoticeKind(StrEnum):
    """What a person is told by mail about their subscriptions."""

    CONFIRM = "confirm"  #: Asks whether they really want it.
    WELCOME = "welcome"
    PREFERENCES = "preferences"  #: A link to choose.
    EXPORT = "export"  #: A link to get all that is stored.
    ERASE = "erase"  #: A link to have it all erased.
    CHANGE_ADDRESS = "change-address"  #: Asks at the new address whether it is theirs.
    ADDRESS_CHANGED = "address-changed"  #: Tells the old address.
    APPROVAL = "approval"  #: Asks an editor whether an issue may go out.


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A person's address."""

    id: int
    email: str
    """Empty once erased."""

    name: str = ""
    language: str = ""
    timezone: str = ""
    format: MailFormat = MailFormat.HTML


@dataclass(frozen=True, slots=True)
class Subscription:
    """A person's consent to one briefing."""

    id: int
    subscriber: Subscriber
    briefing: str
    state: SubscriptionState
    confirmed_at: datetime | None = None
    unsubscribed_at: datetime | None = None
    topics: tuple[str, ...] = ()
    """Only articles with one of these; empty: all."""

    cadence: Cadence = Cadence.EACH
    paused_until: datetime | None = None
    """Until then no issue is for them; ``None``: not paused."""
