"""Times as feeds write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.syndication.timestamps import rfc822, rfc3339, utc

EAST = timezone(timedelta(hours=14))
WEST = timezone(timedelta(hours=-12))


class Silent(tzinfo):
    """A time zone that does not know its offset: its times count as naive."""

    def utcoffset(self, _moment: datetime | None) -> None:
        """Return nothing, as the standard library allows."""

    def dst(self, _moment: datetime | None) -> None:
        """Return nothing."""

    def tzname(self, _moment: datetime | None) -> None:
        """Return nothing."""


@pytest.mark.parametrize(
    ("moment", "mail", "web"),
    [
        (
            datetime(2026, 3, 1, 9, 5, 7, 999_999, tzinfo=UTC),
            "Sun, 01 Mar 2026 09:05:07 GMT",
            "2026-03-01T09:05:07Z",
        ),
        (
            datetime(2026, 3, 1, 9, 5, tzinfo=EAST),
            "Sat, 28 Feb 2026 19:05:00 GMT",
            "2026-02-28T19:05:00Z",
        ),
        (
            datetime(2026, 3, 1, 9, 5),  # noqa: DTZ001 - naive on purpose
            "Sun, 01 Mar 2026 09:05:00 GMT",
            "2026-03-01T09:05:00Z",
        ),
        (
            datetime(2026, 3, 1, 9, 5, tzinfo=Silent()),
            "Sun, 01 Mar 2026 09:05:00 GMT",
            "2026-03-01T09:05:00Z",
        ),
        (datetime(7, 8, 9, tzinfo=UTC), "Thu, 09 Aug 0007 00:00:00 GMT", "0007-08-09T00:00:00Z"),
        (
            datetime.min.replace(tzinfo=EAST),
            "Mon, 01 Jan 0001 00:00:00 GMT",
            "0001-01-01T00:00:00Z",
        ),
        (
            datetime.max.replace(tzinfo=WEST),
            "Fri, 31 Dec 9999 23:59:59 GMT",
            "9999-12-31T23:59:59Z",
        ),
    ],
    ids=["utc", "zone", "naive", "silent", "ancient", "first", "last"],
)
def test_both_forms(moment: datetime, mail: str, web: str) -> None:
    """feeds.md R4, J1: a four-digit year, and no naive time raises (feedgen #7)."""
    assert rfc822(moment) == mail
    assert rfc3339(moment) == web


@given(st.datetimes(min_value=datetime(1900, 1, 2), timezones=st.timezones()))  # noqa: DTZ001 - Hypothesis wants it naive
def test_both_forms_say_the_same_instant(moment: datetime) -> None:
    assert parsedate_to_datetime(rfc822(moment)) == utc(moment)
    assert datetime.fromisoformat(rfc3339(moment)) == utc(moment)
