"""Single values as people write them: moments, durations, and whole numbers. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from email.utils import parsedate_to_datetime

_MAX_SECONDS = 10**7
_YEARS = range(1000, 9999)


def parse_moment(text: str, timezone: tzinfo) -> datetime | None:
    """Return the time that *text* states (ISO 8601 or RFC 5322) in UTC, or None if it is none.

    A date alone is its first moment; what has no zone is in *timezone*.
    """
    # YAML writes times with spaces and with offsets of one digit: "2026-01-21 14:30:00 +2".
    iso = re.sub(r"^(\d{4}-\d\d-\d\d)\s+(?=\d)", r"\1T", text.strip())
    iso = re.sub(r"\s+(?=(?:Z|[+-]\d[\d:]*)$)", "", iso)
    iso = re.sub(r"([+-])(\d)(:\d\d)?$", r"\g<1>0\2\3", iso) if "T" in iso else iso
    for parse, written in ((datetime.fromisoformat, iso), (parsedate_to_datetime, text)):
        try:
            moment = parse(written)
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=timezone)
            moment = moment.astimezone(UTC)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        return moment if moment.year in _YEARS else None
    return None


def whole_number(text: str, limit: int) -> bool:
    """Tell whether *text* is a whole number in digits, at most *limit*."""
    return bool(re.fullmatch("[0-9]{1,15}", text)) and int(text) <= limit


def duration(text: str) -> int | None:
    """Return the seconds that *text* states: ``754`` or ``1:02:03``; ``None`` when it is none."""
    if not re.fullmatch("[0-9]{1,8}(?::[0-5]?[0-9]){0,2}", text):
        return None
    seconds = 0
    for part in text.split(":"):
        seconds = seconds * 60 + int(part)
    return seconds if seconds <= _MAX_SECONDS else None
