"""Times as feeds write them: always UTC, whole seconds, English, whatever the locale.

``strftime`` obeys the process's locale, and years before 1000 lose their zeros with it; so the
words stand here.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def utc(moment: datetime) -> datetime:
    """Return *moment* in UTC without its fraction of a second.

    A naive time is taken as UTC. Never raises: at the two ends of the calendar, where UTC would
    fall out of it, the time keeps its digits.
    """
    if moment.utcoffset() is not None:
        with suppress(OverflowError):
            moment = moment.astimezone(UTC)
    return moment.replace(tzinfo=UTC, microsecond=0)


def rfc3339(moment: datetime) -> str:
    """Return *moment* as Atom and JSON Feed want it: ``2026-03-01T09:30:00Z`` (RFC 3339)."""
    return utc(moment).isoformat().replace("+00:00", "Z")


def rfc822(moment: datetime) -> str:
    """Return *moment* as RSS wants it: ``Sun, 01 Mar 2026 09:30:00 GMT``.

    RFC 822, section 5, with the four-digit year of RFC 1123.
    """
    m = utc(moment)
    return (
        f"{_DAYS[m.weekday()]}, {m.day:02} {_MONTHS[m.month - 1]} {m.year:04} "
        f"{m.hour:02}:{m.minute:02}:{m.second:02} GMT"
    )
