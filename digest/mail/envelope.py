"""One message on its way to the relay, as the bytes that go over the wire.

Pure. Nothing that is not an address can get into a command, and nothing of a message can end it
early.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from digest.errors import MessageError
from digest.mail.replies import Reply, Result, Stage

MAX_PATH_BYTES = 254
"""An address inside ``<>`` (RFC 5321 section 4.5.3.1.3, less the brackets)."""

_ADDRESS = re.compile(r"[^\s\x00-\x20\x7f-\x9f<>\u2028\u2029\ud800-\udfff]+@[^\s<>@\"]+")


class Body(NamedTuple):
    """A message as it goes over the wire, but for its final dot. See :func:`body_of`."""

    pieces: tuple[bytes, ...]
    """Whole CRLF lines, those that begin with a dot with another one before it."""

    size_bytes: int
    """As RFC 1870 counts: without the doubled dots."""

    wire_bytes: int
    """Of all :attr:`pieces`."""

    is_ascii: bool

    @property
    def content(self) -> bytes:
        """The message, without the doubled dots."""
        whole = b"\n" + b"".join(self.pieces)
        return whole.replace(b"\n..", b"\n.")[1:]


class Outgoing(NamedTuple):
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

    body: Body | None = None
    """Instead of :attr:`message`, where that was looked through already."""

    @property
    def content(self) -> bytes:
        """The whole message."""
        return self.message if self.body is None else self.body.content


class Prepared(NamedTuple):
    """A message as the bytes to write."""

    outgoing: Outgoing
    mail: bytes
    """``MAIL FROM:<…> …`` with its CRLF."""

    rcpt: bytes
    body: Body


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
    body = outgoing.body
    if body is None:
        try:
            body = body_of(outgoing.message)
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
        body=body,
    )


def _refusal(body: Body, offers: Mapping[str, str], *, utf8: bool) -> Reply | None:
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


def body_of(message: bytes) -> Body:
    """Return *message* with every dot that begins a line doubled (RFC 5321 section 4.5.2).

    Raises:
        ValueError: if a CR or LF stands alone, or it is empty; the words go on from "The message".
    """
    if not message:
        raise ValueError("is empty.")
    rest = message.replace(b"\r\n", b"")
    if b"\r" in rest or b"\n" in rest:
        raise ValueError("has a CR or an LF that is not part of a CRLF.")
    if not message.endswith(b"\n"):
        message += b"\r\n"
    stuffed = (b"\n" + message).replace(b"\n.", b"\n..")[1:]
    return Body((stuffed,), len(message), len(stuffed), message.isascii())
