"""What becomes of a request: a mail, or the reason why there is none (email.md, Consent)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from reader_samples import START

from digest.model import RequestKind
from digest.steps.readers.decide import (
    LINK_PAUSE,
    LINKS_A_DAY,
    Outcome,
    decide_link,
    decide_move,
    decide_sign_up,
)
from digest.store.requests import MAILED, Request

WEEK = timedelta(days=7)


def mailed(*ago: timedelta, used: bool = False) -> list[Request]:
    """Return requests that led to mails so long ago."""
    return [
        Request(
            id=number,
            kind=RequestKind.SUBSCRIBE,
            at=START - each,
            network="",
            email="a@example.org",
            email_key="a@example.org",
            subscription_id=None,
            subscriber_id=None,
            details={},
            outcome=MAILED,
            expires_at=START - each + WEEK,
            used_at=_used(START - each) if used else None,
        )
        for number, each in enumerate(ago, start=1)
    ]


def _used(at: datetime) -> datetime:
    return at + timedelta(minutes=1)


HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("before", "outcome"),
    [
        ([], Outcome.MAILED),
        (mailed(HOUR), Outcome.LIMITED),
        (mailed(DAY - timedelta(seconds=1)), Outcome.LIMITED),
        (mailed(DAY), Outcome.MAILED),
        (mailed(HOUR, used=True), Outcome.LIMITED),
        (mailed(2 * DAY, DAY), Outcome.MAILED),
        (mailed(3 * DAY, 2 * DAY, DAY), Outcome.LIMITED),
        (mailed(3 * DAY, 2 * DAY, DAY, used=True), Outcome.MAILED),
        (mailed(7 * DAY, 2 * DAY, DAY), Outcome.MAILED),
    ],
)
def test_one_confirmation_mail_a_day_and_three_while_pending(
    before: list[Request], outcome: Outcome
) -> None:
    assert (
        decide_sign_up(is_suppressed=False, mailed=before, confirm_within=WEEK, now=START)
        is outcome
    )


def test_who_is_on_the_do_not_mail_record_gets_nothing() -> None:
    found = [
        decide_sign_up(is_suppressed=True, mailed=[], confirm_within=WEEK, now=START),
        decide_link(is_known=True, is_suppressed=True, mailed=[], now=START),
        decide_move(is_suppressed=True, mailed=[], now=START),
    ]
    assert set(found) == {Outcome.SUPPRESSED}


@pytest.mark.parametrize(
    ("before", "outcome"),
    [
        ([], Outcome.MAILED),
        (mailed(LINK_PAUSE - timedelta(seconds=1)), Outcome.LIMITED),
        (mailed(LINK_PAUSE), Outcome.MAILED),
        (mailed(*[HOUR] * LINKS_A_DAY), Outcome.LIMITED),
        (mailed(*[DAY] * LINKS_A_DAY), Outcome.MAILED),
    ],
)
def test_links_are_mailed_not_too_often(before: list[Request], outcome: Outcome) -> None:
    assert decide_link(is_known=True, is_suppressed=False, mailed=before, now=START) is outcome


def test_nobody_who_is_not_here_gets_a_link() -> None:
    assert decide_link(is_known=False, is_suppressed=False, mailed=[], now=START) is Outcome.UNKNOWN


@pytest.mark.parametrize(("ago", "outcome"), [(HOUR, Outcome.LIMITED), (DAY, Outcome.MAILED)])
def test_an_address_is_asked_once_a_day_whether_somebody_moves_there(
    ago: timedelta, outcome: Outcome
) -> None:
    assert decide_move(is_suppressed=False, mailed=mailed(ago), now=START) is outcome
