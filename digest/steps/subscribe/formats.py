"""Lists as other programs export them, put into our own columns. Pure.

Facts by the programs' own documentation and source; docs/importing.md tells them to people. A
column that is named nowhere here is ignored: it says nothing of consent.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

Row = Mapping[str, str]
"""The cells of a line by the name of their column, in lower case."""

_GO_TIME = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)(?:[ T](?P<time>\d\d:\d\d(?::\d\d)?)(?:\.\d+)?)?"
    r" ?(?P<zone>Z|[+-]\d\d:?\d\d)?(?: [A-Z+\d-]+)?(?: m=.*)?"
)
"""ISO 8601, and as Go writes times: ``2024-07-05 08:51:07.12 +0000 UTC``."""

_NETWORK_BITS = {4: 24, 6: 56}

_CHECKED = frozenset({"true", "1", "yes", "t"})
_UNCHECKED = frozenset({"false", "0", "no", "f"})

BOUNCED, COMPLAINED, BLOCKED = "bounce", "complaint", "blocked"
"""Reasons for which other programs mail an address no more."""


@dataclass(frozen=True, slots=True)
class Format:
    """One program's list."""

    name: str
    """What ``--format`` calls it."""

    title: str
    marks: tuple[frozenset[str], ...]
    """Columns that tell it from the others: all of one of these sets."""

    read: Callable[[Row], dict[str, str]]
    """Returns a line in our own columns.

    Raises:
        ValueError: if what the line says of consent is not understood.
    """

    def is_told_by(self, columns: Collection[str]) -> bool:
        """Return whether *columns*, in lower case, are those of this program."""
        return any(marks.issubset(columns) for marks in self.marks)


def moment(text: str) -> datetime | None:
    """Return the time in *text*, UTC where it names no zone; ``None`` for an empty text.

    Raises:
        ValueError: if it is no time.
    """
    text = text.strip()
    if not text:
        return None
    match = _GO_TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no time (write it like 2026-11-24T07:00:00+00:00)")
    zone = (match["zone"] or "+00:00").replace("Z", "+00:00")
    try:
        return datetime.fromisoformat(
            f"{match['day']}T{match['time'] or '00:00'}{zone}"
        ).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"there is no time {text!r}") from None


def network(address: str) -> str:
    """Return the network of *address*, like ``192.0.2.0/24``; empty when it is no IP address."""
    try:
        found = ipaddress.ip_address(address.strip())
    except ValueError:
        return ""
    return str(ipaddress.ip_network((found, _NETWORK_BITS[found.version]), strict=False))


def _mailchimp(row: Row) -> dict[str, str]:
    names = (row.get("first name", ""), row.get("last name", ""))
    out = {
        "email": row.get("email address") or row.get("email", ""),
        "name": row.get("name") or row.get("full name") or " ".join(filter(None, names)),
        "network": network(row.get("confirm_ip", "")) or network(row.get("optin_ip", "")),
        "note": _dated("opted in", row.get("optin_time", "")),
    }
    if "clean_time" in row:
        return out | {"suppressed": BOUNCED, "note": _dated("cleaned", row["clean_time"])}
    if "unsub_time" in row:
        why = row.get("unsub_reason", "")
        note = f"{_dated('unsubscribed', row['unsub_time'])}{f' ({why})' if why else ''}"
        return out | {"state": "unsubscribed", "unsubscribed_at": row["unsub_time"], "note": note}
    since = row.get("confirm_time") or row.get("optin_time", "")
    return out | {"state": "confirmed", "confirmed_at": since}


def _substack(row: Row) -> dict[str, str]:
    out = {"email": row.get("email", ""), "name": row.get("name", "")}
    if _flag(row, "email_disabled"):
        return out | {"state": "unsubscribed", "note": "emails were turned off"}
    return out | {
        "state": "confirmed",
        "confirmed_at": row.get("created_at", ""),
        "note": _dated("subscribed", row.get("created_at", "")),
    }


def _ghost(row: Row) -> dict[str, str]:
    out = {"email": row.get("email", ""), "name": row.get("name", "")}
    if row.get("deleted_at"):
        at = row["deleted_at"]
        note = _dated("deleted", at)
        return out | {"state": "unsubscribed", "unsubscribed_at": at, "note": note}
    if not _flag(row, "subscribed_to_emails", needed=True):
        return out | {"state": "unsubscribed", "note": "was not subscribed to emails"}
    return out | {
        "state": "confirmed",
        "confirmed_at": row.get("created_at", ""),
        "note": _dated("member since", row.get("created_at", "")),
    }


def _listmonk(row: Row) -> dict[str, str]:
    at = row.get("created_at", "")
    out = {
        "email": row.get("email", ""),
        "name": row.get("name", ""),
        "note": _dated("added", at),
    }
    match row.get("status", "").casefold():
        case "enabled":
            # Whether they confirmed a list stands nowhere in it: that is the operator's to say.
            return out | {"confirmed_at": at}
        case "disabled":
            return out | {"state": "unsubscribed", "note": "was disabled"}
        case "blocklisted":
            return out | {"suppressed": BLOCKED, "note": "was on the blocklist"}
        case status:
            raise ValueError(f"listmonk's status {status!r} is not known")


_BUTTONDOWN_STATES = {
    **dict.fromkeys(
        (
            "regular",
            "premium",
            "paid",
            "trialed",
            "unpaid",
            "gifted",
            "churning",
            "churned",
            "past_due",
            "paused",
        ),
        "confirmed",
    ),
    "unactivated": "unconfirmed",
    **dict.fromkeys(("unsubscribed", "removed", "spammy", "upcoming"), "unsubscribed"),
}
_BUTTONDOWN_SUPPRESSED = {
    "undeliverable": BOUNCED,
    "complained": COMPLAINED,
    "blocked": BLOCKED,
}


def _buttondown(row: Row) -> dict[str, str]:
    kind = (row.get("type") or row.get("subscriber_type", "")).casefold()
    since, left = row.get("creation_date", ""), row.get("unsubscription_date", "")
    out = {
        "email": row.get("email_address") or row.get("email", ""),
        "network": network(row.get("ip_address", "")),
        "note": _dated("subscribed", since),
    }
    if kind in _BUTTONDOWN_SUPPRESSED:
        return out | {"suppressed": _BUTTONDOWN_SUPPRESSED[kind], "note": f"was {kind}"}
    state = "unsubscribed" if left else _BUTTONDOWN_STATES.get(kind)
    if state is None:
        raise ValueError(f"Buttondown's type {kind!r} is not known")
    if state == "unsubscribed":
        note = _dated("unsubscribed", left) or f"was {kind}"
        return out | {"state": state, "unsubscribed_at": left, "note": note}
    return out | {"state": state, "confirmed_at": since if state == "confirmed" else ""}


FORMATS = {
    item.name: item
    for item in (
        Format(
            "mailchimp",
            "Mailchimp",
            (frozenset({"leid", "euid"}), frozenset({"member_rating", "optin_time"})),
            _mailchimp,
        ),
        Format("substack", "Substack", (frozenset({"email", "active_subscription"}),), _substack),
        Format("ghost", "Ghost", (frozenset({"email", "subscribed_to_emails"}),), _ghost),
        Format(
            "listmonk",
            "listmonk",
            (frozenset({"uuid", "email", "attributes", "status"}),),
            _listmonk,
        ),
        Format(
            "buttondown",
            "Buttondown",
            (
                frozenset({"email_address", "type"}),
                frozenset({"email", "subscriber_type"}),
                frozenset({"email", "type", "creation_date"}),
            ),
            _buttondown,
        ),
    )
}
"""By name."""

WRONG_FILES = {
    "nonsubscribed": "holds people who never subscribed: leave it out",
    "unsubscribed": "has no column UNSUB_TIME, so it would count as people who are subscribed",
    "cleaned": "has no column CLEAN_TIME, so it would count as people who are subscribed",
}
"""What the name of a file of Mailchimp says against it when its columns tell of no leaving."""


def format_of(columns: Collection[str]) -> Format | None:
    """Return whose export has these *columns* (in lower case); ``None`` when nobody's we know."""
    return next((item for item in FORMATS.values() if item.is_told_by(columns)), None)


def _flag(row: Row, column: str, *, needed: bool = False) -> bool:
    value = row.get(column, "").casefold()
    if value in _CHECKED:
        return True
    if value in _UNCHECKED or (not value and not needed):
        return False
    raise ValueError(f"{column} is {value!r}, neither true nor false")


def _dated(what: str, at: str) -> str:
    return f"{what} {at}" if at else ""
