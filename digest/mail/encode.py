"""Text of a mail's body as lines that every relay leaves alone: quoted-printable (RFC 2045, 6.7).

Pure. The standard library's encoder is not used: it knows nothing of slots, which must stay whole
on one line, and leaves "From " and a leading dot as they are.
"""

from __future__ import annotations

import re

MAX_LINE = 76
"""Longest encoded line, without its CRLF (RFC 2045, section 6.7, rule 5)."""

_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
_BASE32_PAIRS = tuple(first + second for first in _BASE32 for second in _BASE32)
_PAIR_BITS, _PAIR_MASK = 10, 1023
_BASE32_BLOCK = 5

_NEWLINES = re.compile("\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_UNSAFE = re.compile(rb"[^\t !-<>-~]")


def clean(text: str) -> str:
    r"""Return *text* with ``\n`` as its only line end, and without what no mail may hold.

    Controls and lone surrogates become U+FFFD. They are not taken out, because that could join
    what a sanitiser saw apart: ``<scr\0ipt>``.
    """
    return _CONTROLS.sub("\ufffd", _NEWLINES.sub("\n", text))


def quoted_printable(text: str, whole: re.Pattern[bytes]) -> bytes:
    """Encode *text*, which :func:`clean` has seen, as UTF-8 in quoted-printable with CRLF.

    No line is longer than 76 octets or starts with a dot or ``From ``, and no soft line break
    falls into a match of *whole* (matches are at most 70 octets of letters, digits, ``-`` and
    ``_``). Decoding gives *text* back exactly, with CRLF as line end.
    """
    return b"\r\n".join(_encode_line(line, whole) for line in text.encode().split(b"\n"))


def base32(data: bytes) -> str:
    """Return *data*, a multiple of five bytes, in lower-case base32 (RFC 4648, section 6).

    Two characters at a time from a table: the standard library's takes several times as long.

    Raises:
        ValueError: if the length is another: there would be padding.
    """
    if len(data) % _BASE32_BLOCK:
        raise ValueError(f"{len(data)} bytes are no multiple of {_BASE32_BLOCK}")
    number = int.from_bytes(data, "big")
    shifts = range(8 * len(data) - _PAIR_BITS, -1, -_PAIR_BITS)
    return "".join([_BASE32_PAIRS[number >> shift & _PAIR_MASK] for shift in shifts])


def _encode_line(line: bytes, whole: re.Pattern[bytes]) -> bytes:
    encoded = _UNSAFE.sub(lambda match: b"=%02X" % match[0][0], line)
    if encoded.endswith((b" ", b"\t")):  # white space at the end of a line gets lost on the way
        encoded = encoded[:-1] + b"=%02X" % encoded[-1]
    if len(encoded) < MAX_LINE - 1 and not encoded.startswith((b".", b"From ")):
        return encoded
    spans = [match.span() for match in whole.finditer(encoded)]
    lines = []
    start = 0
    while True:  # every turn takes at least 30 octets
        prefix = _guard(encoded, start)
        start += bool(prefix)
        end = start + MAX_LINE - len(prefix)
        if end >= len(encoded):
            lines.append(prefix + encoded[start:])
            return b"=\r\n".join(lines)
        end = _break_before(encoded, end - 1, spans)  # one column for the "=" of the soft break
        lines.append(prefix + encoded[start:end])
        start = end


def _guard(encoded: bytes, start: int) -> bytes:
    """Return the code for the character at *start* if it must not begin a line, else nothing.

    A dot would need dot-stuffing, which broken relays undo twice or never; ``From `` gets a ``>``
    where mail is kept in mbox files, and the DKIM signature fails.
    """
    if encoded.startswith(b".", start):
        return b"=2E"
    if encoded.startswith(b"From ", start):
        return b"=46"
    return b""


def _break_before(encoded: bytes, end: int, spans: list[tuple[int, int]]) -> int:
    """Return the last place up to *end* that is neither in an ``=XX`` nor in one of *spans*."""
    if encoded[end - 1] == ord("="):
        end -= 1
    elif encoded[end - 2] == ord("="):
        end -= 2
    return next((first for first, last in spans if first < end < last), end)
