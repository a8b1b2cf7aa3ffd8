"""How a mail is written: one letter for all readers becomes a skeleton, filled per reader.

Pure, and correct whatever Python's own email package does: headers are written by ``headers``,
bodies by ``encode``, and the finished bytes are read back and compared before they leave.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

from digest.errors import MessageError
from digest.mail import domains, encode, headers, skeleton
from digest.mail.address import Address, parse_address
from digest.mail.skeleton import SLOT_LENGTH, Skeleton
from digest.tokens import mac

__all__ = ["Letter", "Skeleton", "build", "message_id", "placeholder"]

MIN_SECRET_BYTES = 16

_BASE62 = string.digits + string.ascii_letters
_TO_MARK = b"\0to\0"  # cannot collide: no encoder lets a NUL pass
_MESSAGE_ID_MARK = b"\0message-id\0"
_LIST_ID = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+")
_MAX_LIST_ID_OCTETS = 255  # RFC 2919, section 3
_FEEDBACK_ID = re.compile(r"[A-Za-z0-9._-]*(?::[A-Za-z0-9._-]*){0,2}:[A-Za-z0-9._-]{5,15}")
_MAILTO_SAFE = "!$'*+"  # RFC 6068, section 2, less what separates URIs
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
_EXTRA_NAME = re.compile(rf"[A-Za-z][A-Za-z0-9-]{{0,{headers.MAX_NAME - 1}}}")
_OURS = frozenset(
    {
        "from",
        "to",
        "cc",
        "bcc",
        "sender",
        "reply-to",
        "subject",
        "date",
        "message-id",
        "mime-version",
        "content-type",
        "content-transfer-encoding",
        "content-language",
        "content-disposition",
        "return-path",
        "received",
        "list-id",
        "list-help",
        "list-archive",
        "list-owner",
        "list-unsubscribe",
        "list-unsubscribe-post",
        "feedback-id",
        "auto-submitted",
        "precedence",
        "dkim-signature",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """All that is the same for every reader of one variant of an issue.

    Empty optional fields leave their header out. Placeholders may stand in :attr:`html`,
    :attr:`text`, and the URLs.
    """

    from_name: str
    from_address: str
    subject: str
    """Never empty. Decoded text; what looks like an encoded-word stays as it looks."""

    date: datetime
    """Aware. The issue's own date, so that every retry has the same."""

    text: str
    """Never empty. Any line ends."""

    html: str = ""
    """A whole document. Empty makes a mail of plain text only."""

    message_id_domain: str
    """Ours, under which no one else makes Message-IDs."""

    slots: Mapping[str, str] = field(default_factory=dict)
    """Name to placeholder, see :func:`placeholder`. Each must occur somewhere."""

    reply_to: str = ""
    list_id: str = ""
    """Like ``daily.example.org``; never changes in the life of a briefing (RFC 2919)."""

    list_name: str = ""
    """The briefing's title, shown beside :attr:`list_id`."""

    list_help: str = ""
    """URL, http(s) or mailto."""

    list_archive: str = ""
    """URL."""

    list_owner: str = ""
    """An address."""

    unsubscribe_url: str = ""
    """https, with the placeholder of :attr:`unsubscribe_slot` in it. With http, which only a test
    on one machine has, there is no one-click header: RFC 8058 forbids it."""

    unsubscribe_mailto: str = ""
    """The address that unsubscribes whoever mails to it; needs :attr:`unsubscribe_url`."""

    unsubscribe_slot: str = "unsubscribe"
    """The slot whose value is the subject of mail to :attr:`unsubscribe_mailto`."""

    feedback_id: str = ""
    """Up to four parts like ``daily:briefing:sender``, the last one 5 to 15 characters long, none
    of them personal (Gmail's Postmaster Tools)."""

    language: str = ""
    """BCP 47."""

    precedence: str = "bulk"
    """Empty for mail that somebody asked for, such as a confirmation."""

    extra_headers: tuple[tuple[str, str], ...] = ()
    """Name and free text; no name that Digest writes itself."""


def placeholder(secret: bytes, issue_key: str, slot: str) -> str:
    """Return the stand-in for the value of *slot* in the issue called *issue_key*.

    40 letters and digits that nobody who writes articles can guess, so no text can collide with
    them. The same arguments always give the same.

    Raises:
        MessageError: if *secret* has fewer than 16 bytes.
    """
    text = _mac_input(secret, "placeholder", issue_key, slot)
    digest = hmac.digest(secret, text, "sha512")
    number = int.from_bytes(digest, "big")
    characters = []
    for _ in range(SLOT_LENGTH):
        number, rest = divmod(number, len(_BASE62))
        characters.append(_BASE62[rest])
    return "".join(characters)


def message_id(secret: bytes, issue_key: str, subscriber_id: int, domain: str) -> str:
    """Return the Message-ID, in angle brackets, of one issue to one subscriber.

    The same at every attempt, on every host, so that receivers can drop a repetition.

    Raises:
        MessageError: if *secret* has fewer than 16 bytes.
        AddressError: if *domain* is not in lower case and A-labels.
    """
    domains.check(domain)
    digest = mac(secret, _mac_input(secret, "message-id", issue_key, str(subscriber_id)))
    return f"<{encode.base32(digest[:20])}@{domain}>"


def build(letter: Letter) -> Skeleton:
    """Write *letter* and cut it at its placeholders.

    The same letter gives the same bytes on every Python version. Every line is CRLF-terminated
    7-bit ASCII and at most 998 octets long, and the header fields are exactly those intended.

    Raises:
        MessageError: if that is impossible; the message names the field of the letter.
        AddressError: if one of its addresses or domains is not valid.
    """
    skeleton.check_slots(letter.slots)
    _check_letter(letter)
    marks = {value.encode("ascii"): name for name, value in letter.slots.items()}
    part_headers, body = _body(letter, marks)
    fields = [
        *_envelope_fields(letter),
        *_list_fields(letter),
        *_kind_fields(letter),
        *part_headers,
    ]
    message = b"".join(content for _, content in fields) + b"\r\n" + body
    sample = message.replace(_TO_MARK, b"a@a.example").replace(_MESSAGE_ID_MARK, b"<a@a.example>")
    headers.verify(sample, [name for name, _ in fields])
    marks |= {_TO_MARK: skeleton.TO, _MESSAGE_ID_MARK: skeleton.MESSAGE_ID}
    return skeleton.cut(message, marks, domains.to_ascii(letter.message_id_domain))


Fields = list[tuple[str, bytes]]


def _mac_input(secret: bytes, purpose: str, *parts: str) -> bytes:
    if len(secret) < MIN_SECRET_BYTES:
        raise MessageError(f"the secret is shorter than {MIN_SECRET_BYTES} bytes")
    return "\0".join((purpose, *parts)).encode()


def _check_letter(letter: Letter) -> None:
    if not headers.clean(letter.subject):
        raise MessageError("the subject is empty: every mail needs one")
    if not letter.text.strip():
        raise MessageError("the plain text is empty: every mail needs one beside its HTML")
    personal = letter.slots.values()
    fixed = {
        "from_name": letter.from_name,
        "subject": letter.subject,
        "list_name": letter.list_name,
        "feedback_id": letter.feedback_id,
        **{f"extra header {name}": value for name, value in letter.extra_headers},
    }
    for where, value in fixed.items():
        if any(each in value for each in personal):
            raise MessageError(f"{where} holds a placeholder: only text, html, and URLs can")


def _envelope_fields(letter: Letter) -> Fields:
    """Return who writes to whom, what about, and when."""
    sender = _ascii_address("from_address", letter.from_address)
    fields = [
        ("From", headers.phrase("From", letter.from_name, sender)),
        ("To", b"To: " + _TO_MARK + b"\r\n"),
    ]
    if letter.reply_to:
        reply_to = _ascii_address("reply_to", letter.reply_to)
        fields.append(("Reply-To", headers.literal("Reply-To", reply_to)))
    return [
        *fields,
        ("Subject", headers.unstructured("Subject", letter.subject)),
        ("Date", headers.literal("Date", headers.date(letter.date))),
        ("Message-ID", b"Message-ID: " + _MESSAGE_ID_MARK + b"\r\n"),
    ]


def _list_fields(letter: Letter) -> Fields:
    """Return what tells mail programs that this is a list, and how to leave it (RFC 2369, 8058)."""
    fields: Fields = []
    if letter.list_id:
        if len(letter.list_id) > _MAX_LIST_ID_OCTETS or not _LIST_ID.fullmatch(letter.list_id):
            raise MessageError(f"list_id {letter.list_id!r} is not of the form daily.example.org")
        fields.append(("List-Id", headers.phrase("List-Id", letter.list_name, letter.list_id)))
    if letter.list_help:
        fields.append(("List-Help", headers.uris("List-Help", letter.list_help)))
    if letter.list_archive:
        fields.append(("List-Archive", headers.uris("List-Archive", letter.list_archive)))
    if letter.list_owner:
        owner = _mailto("list_owner", letter.list_owner)
        fields.append(("List-Owner", headers.uris("List-Owner", owner)))
    return [*fields, *_unsubscribe_fields(letter)]


def _unsubscribe_fields(letter: Letter) -> Fields:
    if not letter.unsubscribe_url:
        if letter.unsubscribe_mailto:
            raise MessageError("unsubscribe_mailto needs unsubscribe_url: one-click comes first")
        return []
    token = letter.slots.get(letter.unsubscribe_slot)
    if token is None or token not in letter.unsubscribe_url:
        raise MessageError(
            f"unsubscribe_url has no placeholder of the slot {letter.unsubscribe_slot!r}: "
            "nobody could tell who unsubscribes"
        )
    ways = [letter.unsubscribe_url]
    if letter.unsubscribe_mailto:
        mailto = _mailto("unsubscribe_mailto", letter.unsubscribe_mailto)
        ways.append(f"{mailto}?subject={token}")
    fields = [("List-Unsubscribe", headers.uris("List-Unsubscribe", *ways))]
    if letter.unsubscribe_url.startswith("https://"):
        name = "List-Unsubscribe-Post"
        fields.append((name, headers.literal(name, "List-Unsubscribe=One-Click")))
    return fields


def _kind_fields(letter: Letter) -> Fields:
    """Return what tells programs not to answer, how to count, and what language it is."""
    fields: Fields = []
    if letter.feedback_id:
        if not _FEEDBACK_ID.fullmatch(letter.feedback_id):
            raise MessageError(
                f"feedback_id {letter.feedback_id!r} is not of the form daily:briefing:sender, "
                "ending in a sender of 5 to 15 letters and digits"
            )
        fields.append(("Feedback-ID", headers.literal("Feedback-ID", letter.feedback_id)))
    fields.append(("Auto-Submitted", headers.literal("Auto-Submitted", "auto-generated")))
    if letter.precedence:
        fields.append(("Precedence", headers.literal("Precedence", letter.precedence)))
    if letter.language:
        if not _LANGUAGE.fullmatch(letter.language):
            raise MessageError(
                f"language {letter.language!r} is not a language tag like en or de-AT"
            )
        fields.append(("Content-Language", headers.literal("Content-Language", letter.language)))
    for name, value in letter.extra_headers:
        if not _EXTRA_NAME.fullmatch(name) or name.lower() in _OURS or not headers.clean(value):
            raise MessageError(
                f"{name!r} cannot be an extra header: take a name that Digest does not write "
                "itself, of letters, digits, and hyphens, and a value that is not empty"
            )
        fields.append((name, headers.unstructured(name, value)))
    return fields


def _body(letter: Letter, marks: Mapping[bytes, str]) -> tuple[Fields, bytes]:
    """Return the MIME fields of the header, and what comes after its empty line."""
    whole = skeleton.one_of(marks)
    version = ("MIME-Version", b"MIME-Version: 1.0\r\n")
    text_fields, text = _part("plain", letter.text, whole)
    if not letter.html:
        return [version, *text_fields], text
    html_fields, html = _part("html", letter.html, whole)
    parts = [
        b"".join(content for _, content in fields) + b"\r\n" + part + b"\r\n"
        for fields, part in ((text_fields, text), (html_fields, html))
    ]
    # Slots count by their names, so that the boundary is the same around values. "=_" cannot
    # occur in quoted-printable (RFC 2045, section 6.7), so the boundary cannot occur in the parts.
    content = whole.sub(lambda match: b"\0" + marks[match[1]].encode("ascii"), b"".join(parts))
    boundary = b"=_" + hashlib.sha256(content).hexdigest()[:32].encode("ascii")
    delimiter = b"--" + boundary
    content_type = b'Content-Type: multipart/alternative;\r\n boundary="' + boundary + b'"\r\n'
    body = b"".join(delimiter + b"\r\n" + part for part in parts) + delimiter + b"--\r\n"
    return [version, ("Content-Type", content_type)], body


def _part(kind: str, text: str, whole: re.Pattern[bytes]) -> tuple[Fields, bytes]:
    """Return the header fields and the encoded octets of one text, ending in a line end."""
    content_type = headers.literal("Content-Type", f"text/{kind}; charset=utf-8")
    encoding = headers.literal("Content-Transfer-Encoding", "quoted-printable")
    fields = [("Content-Type", content_type), ("Content-Transfer-Encoding", encoding)]
    lines = encode.clean(text).rstrip("\n") + "\n"
    return fields, encode.quoted_printable(lines, whole)


def _ascii_address(where: str, text: str) -> str:
    """Return an address of ours, which must work at every relay."""
    address = parse_address(text).ascii
    if address is None:
        raise MessageError(f"{where} {text!r} is not ASCII before the @: take one that is")
    return address


def _mailto(where: str, text: str) -> str:
    address = Address(*_ascii_address(where, text).rsplit("@", 1))
    return f"mailto:{quote(address.local, safe=_MAILTO_SAFE)}@{address.domain}"
