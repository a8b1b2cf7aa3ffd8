# ruff: noqa: RUF001 - the letters of Western languages
"""From the bytes of a file to text, without guessing where there is nothing to guess."""

from __future__ import annotations

import codecs
import re

import charset_normalizer

_BYTE_ORDER_MARKS = (
    # UTF-32 first: its little-endian mark starts with that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_DECLARED = {
    # Labels as browsers read them (WHATWG Encoding Standard, section 4.2): pages that say Latin-1
    # or Shift_JIS hold the vendors' larger sets.
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "iso-8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "big5": "big5hkscs",
    "x-euc-jp": "euc_jp",
} | {
    name: name
    for name in (
        *("euc-jp", "iso-2022-jp", "gb18030", "koi8-r", "koi8-u", "tis-620", "macintosh"),
        *(f"windows-125{n}" for n in range(9)),
        *(f"iso-8859-{n}" for n in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)),
    )
}

_OF_SERVERS = {"utf-16": "utf-16-le", "utf-16le": "utf-16-le", "utf-16be": "utf-16-be"}
"""Sets that only a server can name: no page that it could be read from is written in them."""

_CANDIDATES = [
    *(f"cp125{n}" for n in range(8)),
    *("koi8_r", "koi8_u", "iso8859_15", "cp932", "euc_jp", "gb18030", "big5", "cp949"),
]
_SAMPLE_BYTES = 65_536
_META_BYTES = 1_024  # where browsers stop looking for a declaration
_META_CHARSET = re.compile(
    rb"""<meta[^>]{0,200}?charset\s{0,9}=\s{0,9}["']?([A-Za-z0-9_-]+)""", re.IGNORECASE
)
_WESTERN = frozenset(
    "ÀÂÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÖØÙÚÜßàáâäåæçèéêëìíîïñòóôöøùúûüÿŒœ‘’“”‚„‹›«»–—…•€£§©®°·¡¿ºª´½\xa0"
)
_SIGN_IN_WORD = re.compile("[^\\W\\d_][¹²³¼½¾¿¡§¤¦¨¬±¶¸¯÷×¢£¥][^\\W\\d_]")
"""Letters of Central Europe read in the character set of another region."""

_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f\x1b")) + b"\x7f"
_MAX_CONTROLS = 0.1


class DecodeError(ValueError):
    """The bytes are not text that we can read; the message says what to do."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        """Carry the *line*, counted from 1, where reading failed; None for the file as a whole."""
        self.line = line
        super().__init__(reason)


def decode(data: bytes, *, html: bool = False) -> str:
    """Return *data* as text with LF line ends, without a byte-order mark.

    In order: a byte-order mark; ISO-2022-JP by its escapes; UTF-8; with *html*, the charset that a
    ``<meta>`` declares; at last the character set that fits the language best.

    Raises:
        DecodeError: for binary data, and where no character set fits.
    """
    return _decode(data, html=html).replace("\r\n", "\n").replace("\r", "\n")


def decode_as(data: bytes, label: str) -> str:
    """Return *data* in the character set that a server calls *label*, with LF line ends.

    Empty where that cannot be right, or need not be believed: *data* has a byte-order mark, or is
    UTF-8 whatever anybody says.
    """
    if data.startswith(tuple(mark for mark, _ in _BYTE_ORDER_MARKS)) or _try(data, "utf-8"):
        return ""
    name = _OF_SERVERS.get(label.lower()) or _DECLARED.get(label.lower(), "")
    return _try(data, name).replace("\r\n", "\n").replace("\r", "\n")


def _decode(data: bytes, *, html: bool) -> str:
    for mark, name in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            try:
                return data.decode(name)
            except UnicodeDecodeError:
                raise DecodeError(
                    f"is damaged: it starts as {name}, but does not go on so"
                ) from None
    if b"\0" in data:
        raise DecodeError("is not text: it holds NUL bytes; if it is text, save it as UTF-8")
    if len(data) - len(data.translate(None, _CONTROLS)) > _MAX_CONTROLS * len(data):
        raise DecodeError("is not text: it is full of control characters")
    if b"\x1b$" in data and data.isascii():
        return _try(data, "iso2022_jp") or data.decode("ascii")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        _refuse_damaged_utf8(data, error.start)
    if html and (text := _try(data, _declared(data))):
        return text
    return _guess(data)


def _try(data: bytes, name: str) -> str:
    try:
        return data.decode(name) if name else ""
    except UnicodeDecodeError:
        return ""


def _declared(data: bytes) -> str:
    match = _META_CHARSET.search(data[:_META_BYTES])
    return _DECLARED.get(match[1].decode("ascii").lower(), "") if match else ""


def _refuse_damaged_utf8(data: bytes, position: int) -> None:
    """Raise if *data* is UTF-8 but for a few bytes: as anything else, all of it would be wrong."""
    text = data.decode("utf-8", "replace")
    lost = text.count("\ufffd")
    # In other encodings bytes hardly ever happen to follow each other as in UTF-8.
    sequences = sum(1 for char in text if char > "\x7f") - lost
    if sequences >= lost:
        line = data.count(b"\n", 0, position) + 1
        raise DecodeError("has bytes that are not UTF-8, though the rest is; type them anew", line)


def _guess(data: bytes) -> str:
    text = _try(data, "cp1252")
    foreign = {char for char in text if char > "\x7f"} - _WESTERN
    # The õ that Hungarian shows as Latin-1 comes without the ã that Portuguese has beside it.
    if text and not foreign - ({"ã", "õ", "Ã", "Õ"} if "ã" in text else set()):
        return text
    sample = data[:_SAMPLE_BYTES]
    likely = list(charset_normalizer.from_bytes(sample, cp_isolation=_CANDIDATES))
    likely.sort(key=lambda match: bool(_SIGN_IN_WORD.search(str(match))))
    for name in (*(match.encoding for match in likely[:1]), "cp1252"):
        if text := _try(data, name):
            return text
    raise DecodeError("is in a character set that cannot be told; save it as UTF-8")
