"""What a client and a stored document agree on (RFC 9110): codings and validators. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

IDENTITY = ""
"""The coding of a body that is sent as it is."""

_TAG = re.compile(r'(?:W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_MAX_HEADER = 4_000
"""Longer ones are not read: nobody sends them in good faith."""


def choose_coding(accept: str | None, available: Sequence[str]) -> str:
    """Return which of *available* codings to send; :data:`IDENTITY` when none is wanted.

    Args:
        accept: The value of Accept-Encoding; ``None`` when there is none.
        available: Codings that there are, the best first.
    """
    if not accept or len(accept) > _MAX_HEADER:
        return IDENTITY
    wanted = dict(_weighted(accept))
    other = wanted.get("*", 0.0)
    best, best_weight = IDENTITY, 0.0
    for coding in available:
        weight = wanted.get(coding, wanted.get(f"x-{coding}", other))
        if weight > best_weight:
            best, best_weight = coding, weight
    # "identity;q=1, gzip;q=0.5" prefers no coding; without a word on it, any coding is preferred.
    return IDENTITY if wanted.get("identity", 0.0) > best_weight else best


def tags(value: str | None) -> tuple[str, ...]:
    """Return the opaque tags that If-None-Match or If-Match lists, without quotes; ``*`` for any.

    Weak ones count as strong (RFC 9110, 13.1.2: comparison is weak).
    """
    if value is None or len(value) > _MAX_HEADER:
        return ()
    if value.strip() == "*":
        return ("*",)
    return tuple(_TAG.findall(value))


def is_not_modified(
    none_match: str | None, since: str | None, own: Iterable[str], modified: datetime
) -> bool:
    """Return whether the client's copy is still good.

    Args:
        none_match: The value of If-None-Match; when there is one, *since* does not count.
        since: The value of If-Modified-Since.
        own: Tags of the document, in all codings.
        modified: When it last changed.
    """
    if none_match is not None:
        listed = tags(none_match)
        return "*" in listed or any(tag in listed for tag in own)
    moment = parse_date(since)
    return moment is not None and modified.replace(microsecond=0) <= moment


def parse_date(value: str | None) -> datetime | None:
    """Return the moment that an HTTP date names; ``None`` for what is none."""
    if not value or len(value) > 100:  # noqa: PLR2004 - three times as long as any date
        return None
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def http_date(moment: datetime) -> str:
    """Return *moment*, aware, as HTTP writes it: ``Tue, 24 Nov 2026 07:00:00 GMT``."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def manipulations(value: str | None) -> frozenset[str]:
    """Return what A-IM accepts (RFC 3229, 10.5.3), in lower case."""
    if not value or len(value) > _MAX_HEADER:
        return frozenset()
    return frozenset(name for name, weight in _weighted(value) if weight > 0)


def _weighted(value: str) -> list[tuple[str, float]]:
    found = []
    for member in value.split(","):
        name, *parameters = (part.strip() for part in member.split(";"))
        if name:
            found.append((name.lower(), _weight(parameters)))
    return found


def _weight(parameters: Iterable[str]) -> float:
    for parameter in parameters:
        name, _, number = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                return min(1.0, max(0.0, float(number)))
            except ValueError:
                return 0.0
    return 1.0
