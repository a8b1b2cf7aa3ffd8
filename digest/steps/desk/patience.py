"""Patience: how long one waits after wrong passwords. Pure.

A wait ends by itself and is never made longer by those who knock meanwhile: whoever guesses slows
guessing down and cannot lock anybody out for ever. Browsers in which an account was used before
have a count of their own, so that strangers who guess do not even slow its owner down.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from digest.store.desk import Failures

NETWORK, ACCOUNT, DEVICE = "network", "account", "device"

FREE: Mapping[str, int] = {NETWORK: 20, ACCOUNT: 5, DEVICE: 10}
"""How many wrong passwords cost nothing, by what is counted. An office is one network."""

FIRST_WAIT = timedelta(seconds=30)
"""After the first one that does; doubled with each."""

LONGEST_WAIT = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=24)
"""So long after the last wrong password nothing is counted any more."""


def wait_of(kind: str, failures: Failures, now: datetime) -> timedelta:
    """Return how long one must still wait at *now*; zero when one may try.

    *kind* is :data:`NETWORK`, :data:`ACCOUNT`, or :data:`DEVICE`.
    """
    over = failures.count - FREE[kind]
    if failures.last_at is None or over < 0 or now - failures.last_at >= FORGOTTEN_AFTER:
        return timedelta()
    wait = min(FIRST_WAIT * (1 << min(over, 10)), LONGEST_WAIT)
    # A clock that was set back does not make it longer.
    return max(min(failures.last_at, now) + wait - now, timedelta())
