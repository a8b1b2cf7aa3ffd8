"""A mail that came to us: where it was addressed to, and by what it is known again."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from digest.mail.reports import mime

_ADDRESSED = (
    "Delivered-To",
    "X-Original-To",
    "Envelope-To",
    "X-Envelope-To",
    "X-Delivered-To",
    "To",
)
"""Where servers write to whom a mail was handed over, the surest first; To at last."""

_MAX_ADDRESSES = 20
_END_OF_HEADER = re.compile(rb"\r?\n\r?\n")
_LINE_END = re.compile(rb"\r?\n")


@dataclass(frozen=True, slots=True)
class Arrival:
    """One mail, as it came in."""

    data: bytes
    """Header and body."""

    source: str
    """How it came: ``lmtp``, ``smtp``, ``imap``, ``maildir``, ``stdin``."""

    sender: str | None = None
    """Envelope sender; empty for the null path ``<>``. ``None``: only the header may tell."""

    recipients: tuple[str, ...] = ()
    """Envelope recipients; empty: only the header may tell."""


def addressed_to(arrival: Arrival) -> tuple[str, ...]:
    """Return the addresses that the mail was sent to, the surest first.

    What stands in the header anybody may have written. That does no harm: it is the MAC in an
    address that proves something, wherever that is found.
    """
    found = list(arrival.recipients[:_MAX_ADDRESSES])
    message = mime.parse(arrival.data)
    if message is not None:
        for name in _ADDRESSED:
            found += mime.addresses(" ".join(mime.headers(message, name)))[:_MAX_ADDRESSES]
    return tuple(dict.fromkeys(found))


def is_null_sender(arrival: Arrival) -> bool:
    """Return whether the envelope sender was empty, as that of reports is (RFC 5321, 4.5.5)."""
    if arrival.sender is not None:
        return arrival.sender in {"", "<>"}
    message = mime.parse(arrival.data)
    return message is not None and mime.header(message, "Return-Path") == "<>"


def identity_of(arrival: Arrival, about: str) -> str:
    """Return by what the mail is known when it comes again: 64 hexadecimal digits.

    What servers write into the header on its way does not matter, nor how lines end.

    Args:
        arrival: The mail.
        about: Whom it was proved to be about, so that nobody can take the place of another's.
    """
    # The same bytes are hashed whatever the email package makes of them.
    halves = _END_OF_HEADER.split(arrival.data, 1)
    body = _LINE_END.sub(b"\n", halves[1] if len(halves) > 1 else b"").rstrip(b"\n")
    message = mime.parse(arrival.data)
    fields = [about]
    if message is not None:
        fields += [mime.header(message, name) for name in ("Message-ID", "Date", "From", "Subject")]
    hashed = hashlib.sha256("\0".join(fields).encode("utf-8", "replace"))
    hashed.update(b"\0" + body)
    return hashed.hexdigest()
