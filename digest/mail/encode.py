"""Text of a mail's body as lines that every relay leaves alone: quoted-printable (RFC 2045, 6.7).

Pure. The standard library's encoder is not used: it knows nothing of slots, which must stay whole
on one line, and leaves "From " and a leading dot as they are.
"""

from __future__ import annotations

import re

MAX_LINE = 76
"""Longest encoded line, without its CRLF (RFC 2045, section 6.7, rule 5)."""

_BASE32 = b"abcdefghijklmnopqrstuvwxyz234567" + bytes(224)
_BASE32_BYTES, _BASE32_LETTERS = 20, 32


def _halves(bits: int) -> tuple[int, int]:
    """Return where in 256 bits the upper and lower halves of fields are, of so many *bits* each.

    There is a byte for every five bits.
    """
    width = 16 * bits // 5
    low = sum(((1 << bits) - 1) << at for at in range(0, 8 * _BASE32_LETTERS, width))
    return low << bits, low


_HIGH_80, _LOW_80 = _halves(80)
_HIGH_40, _LOW_40 = _halves(40)
_HIGH_20, _LOW_20 = _halves(20)
_HIGH_10, _LOW_10 = _halves(10)
_HIGH_5, _LOW_5 = _halves(5)

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
    """Return *data*, 20 bytes, as 32 letters of lower-case base32 (RFC 4648, section 6).

    All of them at once, in one long number: the standard library's takes several times as long.

    Raises:
        ValueError: if there are more or fewer bytes.
    """
    if len(data) != _BASE32_BYTES:
        raise ValueError(f"{len(data)} bytes are not {_BASE32_BYTES}")
    number = int.from_bytes(data, "big")
    # Halves are moved apart, and theirs, until each byte has five bits.
    number = (number & _HIGH_80) << 48 | number & _LOW_80
    number = (number & _HIGH_40) << 24 | number & _LOW_40
    number = (number & _HIGH_20) << 12 | number & _LOW_20
    number = (number & _HIGH_10) << 6 | number & _LOW_10
    number = (number & _HIGH_5) << 3 | number & _LOW_5
    return number.to_bytes(_BASE32_LETTERS, "big").translate(_BASE32).decode("ascii")


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
