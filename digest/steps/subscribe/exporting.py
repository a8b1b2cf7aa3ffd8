"""Subscriptions as CSV that an import reads back and no spreadsheet runs. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import datetime

from digest.store.listing import Listed

COLUMNS = (
    "email",
    "name",
    "briefing",
    "state",
    "language",
    "timezone",
    "confirmed_at",
    "unsubscribed_at",
    "suppressed",
    "format",
    "topics",
    "cadence",
    "paused_until",
)
"""What an import understands and an export writes; only ``email`` is required."""

TOPIC_SEPARATOR = ";"

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would run when an exported cell begins with it."""


def export_csv(found: Iterable[Listed]) -> Iterator[str]:
    """Yield *found* as CSV, line by line; the first one names the columns."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    yield out.getvalue()
    for item in found:
        out.seek(0)
        out.truncate()
        writer.writerow([harmless(cell) for cell in _cells(item)])
        yield out.getvalue()


def harmless(cell: str) -> str:
    """Return *cell* with a quote before what a spreadsheet would run (security.md 15).

    Also before quotes that stand there already, so that :func:`unquoted` finds back to *cell*.
    """
    return f"'{cell}" if cell.lstrip("'").startswith(_FORMULA_STARTS) else cell


def unquoted(cell: str) -> str:
    """Return *cell* without the quote that :func:`harmless` put before it. Its inverse."""
    is_quoted = cell.startswith("'") and cell.lstrip("'").startswith(_FORMULA_STARTS)
    return cell[1:] if is_quoted else cell


def _cells(item: Listed) -> tuple[str, ...]:
    subscription, person = item.subscription, item.subscription.subscriber
    return (
        person.email,
        person.name,
        subscription.briefing,
        str(subscription.state),
        person.language,
        person.timezone,
        _at(subscription.confirmed_at),
        _at(subscription.unsubscribed_at),
        item.suppressed,
        str(person.format),
        TOPIC_SEPARATOR.join(subscription.topics),
        str(subscription.cadence),
        _at(subscription.paused_until),
    )


def _at(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
