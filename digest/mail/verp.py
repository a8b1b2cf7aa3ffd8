"""Envelope senders that say which delivery bounced, and that nobody can make up.

Every delivery gets its own sender (variable envelope return path), so a bounce is known by the
address it comes to, however badly its text is written. A MAC keeps strangers from bouncing
subscribers away.

Pure. The local part reads ``<mailbox>+<32 characters>``: lower-case base32, which survives servers
that change case, of issue (5 bytes), subscriber (5), and MAC (10).
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Sequence

from digest.errors import AddressError, MessageError
from digest.mail.address import MAX_LOCAL_OCTETS, Address
from digest.mail.encode import base32
from digest.tokens import mac

MAX_ID = 2**40 - 1
"""Largest issue or subscriber id that fits."""

TOKEN_LENGTH = 32
MAX_MAILBOX_OCTETS = MAX_LOCAL_OCTETS - TOKEN_LENGTH - 1
MIN_SECRET_BYTES = 16

_ID_BYTES = 5
_MAC_BYTES = 10
_SENDER = re.compile(r"[^@]*[+=-]([a-z2-7]{32})@[^@]+")


def encode(
    mailbox: Address,
    issue_id: int,
    subscriber_id: int,
    secrets: Sequence[bytes],
    *,
    separator: str = "+",
) -> str:
    """Return the envelope sender for one issue to one subscriber; always the same.

    *mailbox* is where bounces are collected, at most 31 characters before its @: mail for
    ``<mailbox><separator><anything>`` must arrive there too (a server's recipient delimiter, ``+``,
    ``-`` or ``=``). The first of *secrets* signs.

    Raises:
        AddressError: if *mailbox* is too long or not ASCII.
        MessageError: if an id is not in 0 to 2**40 - 1, a secret has fewer than 16 bytes, or the
            separator is another.
    """
    if mailbox.needs_smtputf8 or len(mailbox.local) > MAX_MAILBOX_OCTETS:
        raise AddressError(
            f"bounces cannot be collected at {mailbox}: before the @, take at most "
            f"{MAX_MAILBOX_OCTETS} ASCII characters"
        )
    if separator not in {"+", "-", "="}:
        raise MessageError(
            f"{separator!r} cannot separate a mailbox from its token: take +, - or ="
        )
    if not (0 <= issue_id <= MAX_ID and 0 <= subscriber_id <= MAX_ID):
        raise MessageError(f"issue {issue_id} or subscriber {subscriber_id} is out of range")
    if not secrets:
        raise MessageError("no secret to sign envelope senders with")
    ids = issue_id.to_bytes(_ID_BYTES, "big") + subscriber_id.to_bytes(_ID_BYTES, "big")
    token = base32(ids + _mac(secrets[0], ids))
    return f"{mailbox.local}{separator}{token}@{mailbox.domain}"


def decode(address: str, secrets: Sequence[bytes]) -> tuple[int, int] | None:
    """Return the issue and the subscriber that *address* was made for, by any of *secrets*.

    Case does not matter, nor mailbox and domain, which may have changed since. ``None`` means that
    :func:`encode` did not make it.

    Raises:
        MessageError: if a secret has fewer than 16 bytes.
    """
    match = _SENDER.fullmatch(address.lower()) if address.isascii() else None
    if match is None:
        return None
    data = base64.b32decode(match[1].upper())
    ids, mac = data[:-_MAC_BYTES], data[-_MAC_BYTES:]
    if not any(hmac.compare_digest(mac, _mac(secret, ids)) for secret in secrets):
        return None
    return int.from_bytes(ids[:_ID_BYTES], "big"), int.from_bytes(ids[_ID_BYTES:], "big")


def _mac(secret: bytes, ids: bytes) -> bytes:
    if len(secret) < MIN_SECRET_BYTES:
        raise MessageError(f"the secret is shorter than {MIN_SECRET_BYTES} bytes")
    return mac(secret, b"verp\0" + ids)[:_MAC_BYTES]
