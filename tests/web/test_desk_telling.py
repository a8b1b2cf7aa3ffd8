"""How the desk tells times and numbers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from digest.web.desk.telling import Telling

NOW = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
TELL = Telling(NOW, ZoneInfo("Europe/Zurich"))


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        (NOW, "today 07:00"),
        (NOW + timedelta(hours=17), "tomorrow 00:00"),
        (NOW - timedelta(hours=8), "yesterday 23:00"),
        (NOW + timedelta(days=3), "Fri 27 Nov 07:00"),
        (NOW - timedelta(days=365), "Mon 24 Nov 2025 07:00"),
    ],
)
def test_times(moment: datetime, told: str) -> None:
    assert TELL.time(moment) == told


@pytest.mark.parametrize(
    ("gap", "told"),
    [
        (timedelta(seconds=59), "now"),
        (timedelta(minutes=5), "5 min ago"),
        (timedelta(minutes=119), "119 min ago"),
        (timedelta(hours=3), "3 h ago"),
        (timedelta(hours=47), "47 h ago"),
        (timedelta(days=2), "2 days ago"),
        (-timedelta(minutes=30), "in 30 min"),
    ],
)
def test_how_long_ago(gap: timedelta, told: str) -> None:
    assert TELL.ago(NOW - gap) == told


def test_days_and_numbers() -> None:
    assert TELL.day(NOW) == "24 Nov 2026"
    assert TELL.full(NOW) == "2026-11-24 07:00:00 CET"
    assert TELL.iso(NOW) == "2026-11-24T06:00:00Z"
    assert TELL.number(12345) == "12,345"
    assert TELL.count(1, "issue") == "1 issue"
    assert TELL.count(1200, "issue") == "1,200 issues"
    assert TELL.count(2, "entry", "entries") == "2 entries"
