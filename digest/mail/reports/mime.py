"""Reading mail that anybody may have written: nothing in it makes this raise or take long."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator
from contextlib import suppress
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from html import unescape
from itertools import islice

from digest.tokens import TOKEN_LENGTH

MAX_BYTES = 262_144
"""More of a mail is not looked at: a report's facts stand at its beginning."""

TOKEN = re.compile(rf"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{{{TOKEN_LENGTH}}}(?![A-Za-z0-9_-])")
"""Finds what looks like one of our tokens."""

_MAX_PARTS = 100
_MAX_BOUNDARIES = 50
"""Each level of nesting costs the parser a comparison for every line; no report has as many."""

_TOO_LONG = re.compile(rb"([^\n]{2000})[^\n]+")
"""Lines have 998 bytes at most (RFC 5322); patterns can take long for far longer ones."""

_MAX_TEXT = 100_000
_MAX_HEADER = 2_000
_MAX_FIELDS = 20
_BOUNDARY = re.compile(rb"boundary\s*=", re.IGNORECASE)
_UNSEEN = re.compile(r"<(style|script)\b(?:[^<]|<!--){0,20000}</\1[^<>]{0,100}>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,1000}>")
_ADDRESS = re.compile(r"[^\s<>@\"',;:()\[\]]{1,64}@[^\s<>@\"',;:()\[\]]{1,255}")
_ANGLE = re.compile(rf"<{_ADDRESS.pattern}>")
_MESSAGE_ID = re.compile(r"<([^<>\s]{1,250})>")


def parse(data: bytes) -> Message | None:
    """Return *data* as a message; ``None`` if the email package trips over it."""
    data = _TOO_LONG.sub(rb"\1", data[:MAX_BYTES])
    excess = next(islice(_BOUNDARY.finditer(data), _MAX_BOUNDARIES, None), None)
    if excess is not None:
        data = data[: excess.start()]
    try:
        return message_from_bytes(data)
    except Exception:  # noqa: BLE001 - it fails in ever new ways on what anybody wrote
        return None


def header(message: Message, name: str) -> str:
    """Return the field called *name*, decoded, on one line; empty when there is none."""
    wanted = name.lower()
    value = next((found for key, found in message.raw_items() if key.lower() == wanted), None)
    if value is None:
        return ""
    # Many write UTF-8 as it is (RFC 6532); ``get`` would give question marks for it.
    octets = str(value)[:_MAX_HEADER].encode("utf-8", "surrogateescape")
    text = octets.decode("utf-8", "replace")
    with suppress(HeaderParseError, LookupError, ValueError, TypeError):
        text = "".join(
            piece.decode(charset or "ascii", "replace") if isinstance(piece, bytes) else piece
            for piece, charset in decode_header(text)
        )
    return " ".join(text.encode("utf-8", "replace").decode("utf-8").split())


def headers(message: Message, name: str) -> list[str]:
    """Return all fields called *name*, as they stand, each on one line; up to a bound."""
    values = message.get_all(name, [])
    return [" ".join(str(value)[:_MAX_HEADER].split()) for value in values[:_MAX_FIELDS]]


def address(message: Message, name: str) -> str:
    """Return the address in the field called *name*, in lower case; empty when there is none."""
    text = header(message, name)
    # The one in angle brackets, if there are any: what stands before them may look like another.
    found = _ANGLE.search(text) or _ADDRESS.search(text)
    return found[0].strip("<>").lower() if found else ""


def addresses(text: str) -> list[str]:
    """Return the addresses that stand in *text*, in lower case, each once."""
    return list(dict.fromkeys(item.lower().rstrip(".") for item in _ADDRESS.findall(text)))


def message_id(text: str) -> str:
    """Return the first ``<…>`` of *text* without its brackets; empty when there is none."""
    found = _MESSAGE_ID.search(text)
    return found[1] if found else ""


def parts(message: Message) -> Iterator[Message]:
    """Yield *message* and all that is in it, outer parts first, up to a bound."""
    waiting, count = [message], 0
    while waiting and count < _MAX_PARTS:
        part = waiting.pop(0)
        count += 1
        yield part
        payload = part.get_payload()
        if isinstance(payload, list):
            waiting[:0] = [item for item in payload if isinstance(item, Message)]


def content_type(part: Message) -> str:
    """Return the part's type in lower case, like ``text/plain``."""
    return part.get_content_type()


def text(part: Message) -> str:
    """Return the part's own text, decoded; empty for a multipart and for what is no text."""
    raw = part.get_payload(decode=True)
    if not isinstance(raw, bytes):
        return ""
    charset = part.get_content_charset("utf-8")
    try:
        return raw[:_MAX_TEXT].decode(charset, "replace")
    except (LookupError, ValueError):
        return raw[:_MAX_TEXT].decode("utf-8", "replace")


def unpacked(packed: str) -> str:
    """Return the text that is *packed* in base64; empty when it is not."""
    try:
        return b64decode(packed).decode("utf-8", "replace")
    except ValueError:
        return ""


def words(message: Message) -> str:
    """Return what a reader of *message* sees first: its first plain text, else its first HTML."""
    html = ""
    for part in parts(message):
        kind = content_type(part)
        if kind == "text/plain" and (found := text(part).strip()):
            return found
        if kind == "text/html" and not html:
            html = unescape(_TAG.sub(" ", _UNSEEN.sub(" ", text(part)))).strip()
        if kind == "message/rfc822":
            break  # What follows is the message that it is about.
    return html
