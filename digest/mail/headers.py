"""Header fields, written byte for byte (RFC 5322, RFC 2047), and read back to prove them.

Pure. The standard library's writer is not used: depending on the Python version it puts long URLs
and international domains into encoded-words, and lets a decoded line break begin a new header
(CVE-2024-6923).

Every writer returns one whole field with its final CRLF, folded at 78 columns. It is never folded
before its first word, because some servers take an empty first line for an empty field; a word
that is too long for a line stays whole and makes the line longer.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from digest.errors import MessageError

MAX_LINE_OCTETS = 998
"""RFC 5322, section 2.1.1; without the CRLF."""

FOLD_AT = 78
FOLD_ENCODED_AT = 76
"""RFC 2047, section 2: the limit for lines that hold an encoded-word."""

MAX_ENCODED_WORD = 75
MAX_NAME = 40
"""Longest field name, so that an encoded-word always fits beside it."""

_UNPRINTABLE = re.compile("[\x00-\x20\x7f-\x9f\u2028\u2029]+")
_SURROGATES = re.compile("[\ud800-\udfff]")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_Q_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
_Q_CODES = {
    byte: "_" if byte == ord(" ") else chr(byte) if byte in _Q_SAFE else f"={byte:02X}"
    for byte in range(256)
}  # the set for phrases (RFC 2047, section 5, rule 3) is safe everywhere
_URI = re.compile("(?:https?://|mailto:)[!-;=?-~]+")
_PRINTABLE = re.compile("[!-~]+(?: [!-~]+)*")
_NAME = re.compile(rb"([!-9;-~]+):")
_BARE_LINE_END = re.compile(rb"\r(?!\n)|(?<!\r)\n")
_FORBIDDEN = re.compile(rb"[^\t\r\n -~]")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = tuple("JanFebMarAprMayJunJulAugSepOctNovDec"[at : at + 3] for at in range(0, 36, 3))


def clean(text: str) -> str:
    """Return *text* on one line: runs of white space and controls become one space.

    Lone surrogates become U+FFFD. Nothing is decoded: what looks like an encoded-word is text.
    """
    return _SURROGATES.sub("\ufffd", _UNPRINTABLE.sub(" ", text)).strip(" ")


def unstructured(name: str, text: str) -> bytes:
    """Write a field whose body is free text, like Subject.

    Decoding the field gives ``clean(text)``. ASCII stays readable; anything else, and whatever a
    reader could take for an encoded-word, becomes encoded-words as a whole.
    """
    text = clean(text)
    words = text.split(" ")
    first = FOLD_AT - len(name) - 2
    if not _is_plain(text) or len(words[0]) > first or max(map(len, words)) >= FOLD_AT:
        words = _encoded_words(text, FOLD_ENCODED_AT - len(name) - 2)
    return _fold(name, words)


def phrase(name: str, text: str, angle: str) -> bytes:
    """Write a field of the form ``text <angle>``, like From or List-Id.

    *angle* is ASCII without white space and never encoded. With an empty *text* a mailbox stands
    bare; anything else keeps its angle brackets.
    """
    text = clean(text)
    if not text:
        return _fold(name, [angle if "@" in angle else f"<{angle}>"])
    return _fold(name, [*_phrase_words(text, len(name) + 2), f"<{angle}>"])


def uris(name: str, *addresses: str) -> bytes:
    """Write a field that lists *addresses* in angle brackets (RFC 2369), folded only between them.

    Raises:
        MessageError: if one is not an absolute http, https, or mailto URI in ASCII, or too long.
    """
    for address in addresses:
        if not _URI.fullmatch(address):
            raise MessageError(
                f"{name} cannot hold {address!r}: write an absolute http(s) URL or a mailto "
                "address, with spaces and non-ASCII characters percent-encoded"
            )
        if len(name) + len(address) + len(": <>,") > MAX_LINE_OCTETS:
            raise MessageError(
                f"the URL for {name} is longer than a header line can be: shorten it"
            )
    brackets = [f"<{address}>" for address in addresses]
    return _fold(name, [*(f"{each}," for each in brackets[:-1]), brackets[-1]])


def literal(name: str, value: str) -> bytes:
    """Write a field whose *value* is a fixed form of printable ASCII, folded at its spaces.

    Raises:
        MessageError: if *value* is anything else, or a word in it is too long.
    """
    words = value.split(" ")
    if not _PRINTABLE.fullmatch(value) or max(map(len, words)) > MAX_LINE_OCTETS - MAX_NAME - 2:
        raise MessageError(f"{name} cannot hold {value!r}: only printable ASCII can stand there")
    return _fold(name, words)


def date(moment: datetime) -> str:
    """Return *moment* as RFC 5322 wants it (section 3.3), with a numeric zone.

    Raises:
        MessageError: if *moment* has no zone: nobody can tell when it is.
    """
    offset = moment.utcoffset()
    if offset is None:
        raise MessageError("the date of a mail needs a zone: pass an aware datetime")
    if offset % timedelta(minutes=1):  # local mean times before standard zones had seconds
        moment, offset = moment.astimezone(UTC), timedelta()
    hours, minutes = divmod(abs(offset) // timedelta(minutes=1), 60)
    sign = "-" if offset < timedelta() else "+"
    return (
        f"{_DAYS[moment.weekday()]}, {moment.day:02d} {_MONTHS[moment.month - 1]} "
        f"{moment.year:04d} {moment:%H:%M:%S} {sign}{hours:02d}{minutes:02d}"
    )


def read_names(message: bytes) -> list[str]:
    """Return the names of the header fields of *message* in order, as any parser would see them.

    Raises:
        MessageError: if a line is neither a field, nor the continuation of one, nor the empty line
            that ends the header.
    """
    head, end, _ = message.partition(b"\r\n\r\n")
    if not end:
        raise MessageError("the header of the mail has no end")
    names: list[str] = []
    for line in head.split(b"\r\n"):
        if names and line.startswith((b" ", b"\t")) and line.strip():
            continue
        match = _NAME.match(line)
        if not match:
            raise MessageError(f"this line does not belong into a mail's header: {line[:60]!r}")
        names.append(match[1].decode("ascii"))
    return names


def verify(message: bytes, names: Sequence[str]) -> None:
    """Prove that *message* can go over any relay and has exactly the header fields *names*.

    Raises:
        MessageError: if a header was injected or lost, a line is longer than 998 octets, CR or LF
            stands alone, or anything but printable ASCII is in it.
    """
    if wrong := _BARE_LINE_END.search(message):
        raise MessageError(f"a line of the mail ends in {wrong[0]!r} alone")
    if wrong := _FORBIDDEN.search(message):
        raise MessageError(f"the octet {wrong[0]!r} cannot stand in a mail")
    if any(len(line) > MAX_LINE_OCTETS for line in message.split(b"\r\n")):
        raise MessageError(f"a line of the mail is longer than {MAX_LINE_OCTETS} octets")
    found = read_names(message)
    if found != list(names):
        raise MessageError(
            f"the mail would have the header fields {', '.join(found)} instead of "
            f"{', '.join(names)}: look for text that ended up in a header"
        )


def _is_plain(text: str) -> bool:
    return text.isascii() and "=?" not in text


def _phrase_words(text: str, used: int) -> list[str]:
    """Return a display name as atoms, one quoted string, or encoded-words, as simple as it can be.

    *used* is how many columns of the first line are taken.
    """
    longest = FOLD_ENCODED_AT - used
    if _is_plain(text):
        words = text.split(" ")
        if _ATOMS.fullmatch(text) and max(map(len, words)) <= longest:
            return words
        quoted = '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'
        if len(quoted) <= longest:
            return [quoted]
    return _encoded_words(text, longest)


def _encoded_words(text: str, first: int) -> list[str]:
    """Return *text* as encoded-words of UTF-8, the first of them at most *first* characters long.

    Each holds whole characters (RFC 2047, section 5) and is at most 75 long. Base64 is taken where
    it is shorter, but not for ASCII: spam filters count that as hiding.
    """
    encode = _q if text.isascii() or len(_q(text)) <= len(_b(text)) else _b
    words = []
    chunk = ""
    room = min(first, MAX_ENCODED_WORD)
    for character in text:
        if chunk and len(encode(chunk + character)) > room:
            words.append(encode(chunk))
            chunk = ""
            room = MAX_ENCODED_WORD
        chunk += character
    return [*words, encode(chunk)]


def _q(text: str) -> str:
    return f"=?utf-8?q?{''.join(_Q_CODES[byte] for byte in text.encode())}?="


def _b(text: str) -> str:
    return f"=?utf-8?b?{base64.b64encode(text.encode()).decode('ascii')}?="


def _fold(name: str, words: Sequence[str]) -> bytes:
    """Join *words* by spaces, with a line break before those that do not fit."""
    limit = FOLD_ENCODED_AT if any(word.startswith("=?") for word in words) else FOLD_AT
    field = f"{name}: {words[0]}"
    column = len(field)
    for word in words[1:]:
        if column + 1 + len(word) > limit:
            field += "\r\n"
            column = 0
        field += f" {word}"
        column += 1 + len(word)
    return f"{field}\r\n".encode("ascii")
