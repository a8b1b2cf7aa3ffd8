"""A new sender begins small."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.mail.pace.warmup import Ramp, allowed_today

FIRST = date(2026, 11, 24)


def test_the_default_ramp_takes_two_weeks() -> None:
    days = Ramp().allowances()
    assert days[:6] == (200, 300, 450, 675, 1012, 1518)
    assert len(days) == 16
    assert days[-1] <= 100_000 < days[-1] * 1.5


@pytest.mark.parametrize(
    ("day", "sent", "allowed"),
    [
        (0, 0, 200),
        (0, 150, 50),
        (0, 250, 0),
        (1, 0, 300),
        (15, 0, 87_578),
        (16, 0, None),
        (16, 999_999, None),
        (4000, 0, None),
        (-3, 20, 180),
    ],
)
def test_the_allowance_goes_by_the_day(day: int, sent: int, allowed: int | None) -> None:
    """A clock that was wrong does not lift it."""
    assert allowed_today(Ramp(), FIRST, FIRST + timedelta(days=day), sent) == allowed


def test_before_the_first_message_it_is_the_first_day() -> None:
    assert allowed_today(Ramp(), None, FIRST, 0) == 200


def test_without_a_ramp_there_is_no_limit() -> None:
    assert allowed_today(None, FIRST, FIRST, 10**9) is None


@pytest.mark.parametrize(
    ("first", "growth", "last"), [(0, 1.5, 100), (10, 1.0, 100), (10, 0.5, 100), (10, 2.0, 9)]
)
def test_a_ramp_that_leads_nowhere_is_refused(first: int, growth: float, last: int) -> None:
    with pytest.raises(ValueError, match="warm-up ramp"):
        Ramp(first, growth, last)


@given(st.integers(1, 1000), st.floats(1.01, 10), st.integers(1000, 10**9))
@example(1, 1.01, 10**9)
def test_the_allowance_grows_day_by_day_and_ends(first: int, growth: float, last: int) -> None:
    days = Ramp(first, growth, last).allowances()
    assert days[0] == first
    assert list(days) == sorted(days)
    assert days[-1] <= last
    assert days[-1] * growth + growth > last
