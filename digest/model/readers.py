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


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A person's address."""

    id: int
    email: str
    name: str = ""
    language: str = ""
    timezone: str = ""


@dataclass(frozen=True, slots=True)
class Subscription:
    """A person's consent to one briefing."""

    id: int
    subscriber: Subscriber
    briefing: str
    state: SubscriptionState
    confirmed_at: datetime | None = None
    unsubscribed_at: datetime | None = None
