"""What becomes of a request: a mail, or the reason why there is none. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from digest.store.requests import MAILED, Request

A_DAY = timedelta(hours=24)
LINK_PAUSE = timedelta(minutes=5)
"""How soon the same kind of link is mailed again."""

LINKS_A_DAY = 5
PENDING_MAILS = 3
"""How many confirmation mails an address gets that confirms nothing."""


class Outcome(StrEnum):
    """What a request came to."""

    MAILED = MAILED
    LIMITED = "limited"  #: It got enough mails lately.
    SUPPRESSED = "suppressed"  #: It is on the do-not-mail record.
    UNKNOWN = "unknown"  #: Nobody has that address here.
    GONE = "gone"  #: What it was about is no longer there.


def decide_sign_up(
    *, is_suppressed: bool, mailed: Sequence[Request], confirm_within: timedelta, now: datetime
) -> Outcome:
    """Return what becomes of a sign-up.

    Args:
        is_suppressed: Whether the address is on the do-not-mail record.
        mailed: Sign-ups for the address that led to mails.
        confirm_within: How long their links work, so how long they are pending.
        now: The time.
    """
    if is_suppressed:
        return Outcome.SUPPRESSED
    if any(each.at > now - A_DAY for each in mailed):
        return Outcome.LIMITED
    pending = [each for each in mailed if not each.used_at and each.at > now - confirm_within]
    return Outcome.LIMITED if len(pending) >= PENDING_MAILS else Outcome.MAILED


def decide_link(
    *, is_known: bool, is_suppressed: bool, mailed: Sequence[Request], now: datetime
) -> Outcome:
    """Return what becomes of the wish for a link; *mailed* are the same person's of that kind."""
    if not is_known:
        return Outcome.UNKNOWN
    if is_suppressed:
        return Outcome.SUPPRESSED
    lately = [each for each in mailed if each.at > now - A_DAY]
    if len(lately) >= LINKS_A_DAY or any(each.at > now - LINK_PAUSE for each in lately):
        return Outcome.LIMITED
    return Outcome.MAILED


def decide_move(*, is_suppressed: bool, mailed: Sequence[Request], now: datetime) -> Outcome:
    """Return what becomes of the wish to move to an address: for all we know another person's.

    *mailed* are all such wishes that led to mails to it.
    """
    if is_suppressed:
        return Outcome.SUPPRESSED
    if any(each.at > now - A_DAY for each in mailed):
        return Outcome.LIMITED
    return Outcome.MAILED
