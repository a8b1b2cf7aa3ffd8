"""One message on its way to the relay, as the bytes that go over the wire.

Pure. Nothing that is not an address can get into a command, and nothing of a message can end it
early.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from digest.errors import MessageError
from digest.mail.replies import Reply, Result, Stage

_MIN_KEPT_BYTES = 1024
"""Shorter parts are personal more often than not, and quickly looked through."""

MAX_PATH_BYTES = 254
"""An address inside ``<>`` (RFC 5321 section 4.5.3.1.3, less the brackets)."""

_ADDRESS = re.compile(r"[^\s\x00-\x20\x7f-\x9f<>\u2028\u2029\ud800-\udfff]+@[^\s<>@\"]+")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to one recipient (R8)."""

    sender: str
    """Envelope sender; empty for the null path ``<>``."""

    recipient: str
    message: bytes = b""
    """Headers and body with CRLF line ends, not dot-stuffed."""

    key: object = None
    """The caller's own name for it; handed back untouched."""

    smtputf8: bool = False
    """Whether headers hold UTF-8 (RFC 6531); an address that does needs no saying."""

    parts: Sequence[bytes] = ()
    """Instead of :attr:`message`: its pieces. What is the same for all recipients of an issue
    should be the same object each time: it is then looked through once and never copied."""

    @property
    def content(self) -> bytes:
        """The whole message."""
        return b"".join(self.parts) if self.parts else self.message


@dataclass(frozen=True, slots=True)
class Prepared:
    """A message as the bytes to write."""

    outgoing: Outgoing
    mail: bytes
    """``MAIL FROM:<…> …`` with its CRLF."""

    rcpt: bytes
    body: tuple[bytes, ...]
    """Pieces, dot-stuffed, the last one ending in CRLF; without the final dot."""

    size_bytes: int
    """Of :attr:`body`."""


def prepare(outgoing: Outgoing, offers: Mapping[str, str]) -> Prepared | Result:
    """Return *outgoing* as bytes, or the refusal that a relay with these *offers* would cause.

    *offers* is what :func:`~digest.mail.replies.extensions_of` returned for this session.

    Raises:
        MessageError: if an address cannot stand in a command, or the message is empty or holds a
            bare CR or LF, which some servers take for the end of a line (SMTP smuggling).
    """
    sender, recipient = _path(outgoing.sender), _path(outgoing.recipient)
    if not recipient:
        raise MessageError("A message needs a recipient.")
    try:
        body = _body(outgoing.parts or (outgoing.message,))
    except ValueError as error:
        raise MessageError(f"The message to {outgoing.recipient} {error}") from None
    utf8 = outgoing.smtputf8 or not (sender.isascii() and recipient.isascii())
    refusal = _refusal(body, offers, utf8=utf8)
    if refusal is not None:
        return Result(Stage.LOCAL, refusal)
    options = b" SIZE=%d" % body.size_bytes if "SIZE" in offers else b""
    if not body.is_ascii:
        options += b" BODY=8BITMIME"
    if utf8:
        options += b" SMTPUTF8"
    return Prepared(
        outgoing,
        mail=b"MAIL FROM:<%b>%b\r\n" % (sender, options),
        rcpt=b"RCPT TO:<%b>\r\n" % recipient,
        body=body.pieces,
        size_bytes=sum([len(piece) for piece in body.pieces]),
    )


class _Body(NamedTuple):
    pieces: tuple[bytes, ...]
    size_bytes: int
    """As RFC 1870 counts: without the stuffed dots."""

    is_ascii: bool


def _refusal(body: _Body, offers: Mapping[str, str], *, utf8: bool) -> Reply | None:
    """Return the reply a relay would give if it were asked for what it does not offer."""
    if utf8 and "SMTPUTF8" not in offers:
        return Reply(553, ("5.6.7 The relay does not offer SMTPUTF8, which this address needs",))
    if not body.is_ascii and "8BITMIME" not in offers:
        return Reply(554, ("5.6.3 The message has 8-bit bytes; the relay takes only 7-bit ones",))
    limit = offers.get("SIZE", "")
    if limit.isdecimal() and 0 < int(limit) < body.size_bytes:
        return Reply(
            552, (f"5.3.4 The message has {body.size_bytes} bytes; the relay takes {limit}",)
        )
    return None


def _path(address: str) -> bytes:
    """Return *address* as it stands between ``<`` and ``>``; empty for the null path.

    Raises:
        MessageError: if it could end the path or the command, or is no address at all.
    """
    if not address:
        return b""
    if not _ADDRESS.fullmatch(address):
        raise MessageError(f"{address!r} cannot be used as an envelope address.")
    path = address.encode()
    if len(path) > MAX_PATH_BYTES:
        raise MessageError(
            f"{address[:40]!r}… has {len(path)} bytes; {MAX_PATH_BYTES} are allowed."
        )
    return path


def _body(parts: Iterable[bytes]) -> _Body:
    """Return *parts* with every dot that begins a line doubled (RFC 5321 section 4.5.2).

    Raises:
        ValueError: if a CR or LF stands alone, in a part or where two meet, or if all are empty.
    """
    pieces: list[bytes] = []
    size, is_ascii, end = 0, True, b"\n"
    for part in parts:
        if not part:
            continue
        length, first = len(part), part[:1]
        stuffed, has_whole_lines, has_ascii = (
            _kept_facts(part) if length >= _MIN_KEPT_BYTES else _facts(part)
        )
        if not has_whole_lines or (end == b"\r") != (first == b"\n"):
            raise ValueError("has a CR or an LF that is not part of a CRLF.")
        if first == b"." and end == b"\n":
            pieces.append(b".")
        pieces.append(stuffed)
        size += length
        is_ascii = is_ascii and has_ascii
        end = part[-1:]
    if not size:
        raise ValueError("is empty.")
    if end == b"\r":
        raise ValueError("ends in the middle of a CRLF.")
    if end != b"\n":
        pieces.append(b"\r\n")
        size += 2
    return _Body(tuple(pieces), size, is_ascii)


def _facts(part: bytes) -> tuple[bytes, bool, bool]:
    """Return *part* with its dots doubled, whether its lines are whole, and whether it is ASCII.

    Whole: every CR is followed by LF and the reverse, but for LF first and CR last.
    """
    rest = part.replace(b"\r\n", b"")
    has_whole_lines = True
    if b"\r" in rest or b"\n" in rest:
        inner = part[part.startswith(b"\n") : len(part) - part.endswith(b"\r")]
        pairs = inner.count(b"\r\n")
        has_whole_lines = inner.count(b"\r") == pairs == inner.count(b"\n")
    stuffed = part.replace(b"\n.", b"\n..") if b"\n." in part else part
    return stuffed, has_whole_lines, part.isascii()


_kept_facts = lru_cache(maxsize=128)(_facts)
"""Kept, since the long parts of a message are the same for every recipient."""
