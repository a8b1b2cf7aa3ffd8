"""Who is to be subscribed to what, and what becomes of that. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from digest.config.values import check_language
from digest.mail import headers
from digest.mail.address import key_of, parse_address
from digest.model import Cadence, MailFormat, SubscriptionState

MAX_NAME_CHARACTERS = 200


class Change(StrEnum):
    """What a wish did."""

    ADDED = "added"
    CONFIRMED = "confirmed"  #: Was there, unconfirmed.
    UNSUBSCRIBED = "unsubscribed"  #: Was there; the wish was to be there no longer.
    NEWLY_SUPPRESSED = "newly suppressed"  #: Put on the do-not-mail record: the wish said so.
    UNCHANGED = "unchanged"
    KEPT_OUT = "kept out"  #: Had unsubscribed; stays so.
    SUPPRESSED = "suppressed"  #: Is on the do-not-mail record; stays so.


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to be subscribed, checked."""

    email: str
    """With the domain as A-label."""

    key: str
    name: str = ""
    language: str = ""
    timezone: str = ""
    format: MailFormat = MailFormat.HTML


@dataclass(frozen=True, slots=True)
class Wish:
    """One person's subscription to one briefing as it is to be."""

    person: Person
    briefing: str
    state: SubscriptionState
    since: datetime | None = None
    """When that came to be, where the list they come from says so; ``None``: now."""

    suppressed: str = ""
    """Why the address must get no mail whatever anybody wishes; empty: it may."""

    note: str = ""
    """What the list they come from says of their consent, for the record."""

    network: str = ""
    """From where they agreed: a network, never a single address; empty: not known."""

    topics: tuple[str, ...] = ()
    cadence: Cadence = Cadence.EACH
    paused_until: datetime | None = None


def decide(
    wish: Wish, before: SubscriptionState | None, *, is_suppressed: bool, allow_return: bool
) -> Change:
    """Return what becomes of *wish*.

    Args:
        wish: The wish.
        before: The state of the subscription; ``None``: there never was one.
        is_suppressed: Whether the address is on the do-not-mail record.
        allow_return: Whether somebody who unsubscribed may come back: only on their own word.
    """
    if is_suppressed:
        return Change.SUPPRESSED
    if wish.suppressed:
        return Change.NEWLY_SUPPRESSED
    if before is None:
        return Change.ADDED
    if before is wish.state or (
        before is SubscriptionState.CONFIRMED and wish.state is SubscriptionState.UNCONFIRMED
    ):
        return Change.UNCHANGED
    if before is SubscriptionState.UNSUBSCRIBED and not allow_return:
        return Change.KEPT_OUT
    is_end = wish.state is SubscriptionState.UNSUBSCRIBED
    return Change.UNSUBSCRIBED if is_end else Change.CONFIRMED


def person_of(
    email: str,
    name: str = "",
    language: str = "",
    timezone: str = "",
    format: MailFormat = MailFormat.HTML,  # noqa: A002 - what it is called everywhere
) -> Person:
    """Return the person with these facts.

    Raises:
        AddressError: if *email* is no address we can write to.
        ValueError: if *name* is too long, *language* is no language tag, or *timezone* no IANA
            zone.
    """
    address = parse_address(email)
    if timezone:
        _check_timezone(timezone)
    name = " ".join(headers.clean(name).split())
    if len(name) > MAX_NAME_CHARACTERS:
        raise ValueError(f"the name has more than {MAX_NAME_CHARACTERS} characters: shorten it")
    language = language.strip()
    if language:
        language = check_language(language)
    return Person(str(address), key_of(address), name, language, timezone, format)


@lru_cache(maxsize=1000)
def _check_timezone(timezone: str) -> None:
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"{timezone!r} is no time zone (use names like Europe/Zurich)") from error
