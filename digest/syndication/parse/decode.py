"""From the bytes of a feed to its text, and past all that stands before its first element.

A charset may be named by the server, by the document, and by its first bytes, and all three may
differ or be wrong (RFC 7303, section 3: the byte order mark counts, then the server). Pure.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from html.entities import html5

from digest.syndication.sanitize import clean_text

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins as UTF-16's does
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_STARTS = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
"""How UTF-16 without a mark begins (XML 1.0, appendix F)."""

_IN_HEADER = re.compile(r"""(?i)charset\s*=\s*["']?\s*([\w.:-]{1,40})""")
_IN_DOCUMENT = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']""")
_LOOK_BYTES = 1_000
_LOOK_CHARS = 20_000
_SINGLE_BYTE = re.compile(
    r"(?:us-?)?ascii|iso8859-\d+|cp125\d|windows-125\d|latin-?\d+|koi8-[ru]|mac-\w+"
)
_AS_BROWSERS_DO = {"iso8859-1": "cp1252", "ascii": "cp1252", "gb2312": "gb18030", "gbk": "gb18030"}
"""What is said, and what is meant by it (WHATWG Encoding, section 4.2)."""

_TEXTS = (
    frozenset(
        (  # noqa: SIM905 - three lines, not thirty
            "ascii big5 big5hkscs cp866 cp874 cp932 cp949 euc_jp euc_kr gb18030 gb2312 gbk "
            "iso2022_jp johab koi8-r koi8-u mac-cyrillic mac-roman shift_jis tis-620 utf-8 utf-16 "
            "utf-16-le utf-16-be utf-32 utf-32-le utf-32-be"
        ).split()
    )
    | {f"iso8859-{number}" for number in (*range(1, 12), 13, 14, 15, 16)}
    | {f"cp125{number}" for number in range(9)}
)
"""Python also knows codecs that are none of texts, or take long."""

_REFERENCE = re.compile(r"&(?:#[0-9]{1,7};|#[xX][0-9A-Fa-f]{1,6};|([A-Za-z][A-Za-z0-9]{1,31});)?")
_OF_XML = frozenset({"amp", "lt", "gt", "quot", "apos"})
_ROOT = re.compile(r"[A-Za-z_]")
_SUBSET_END = re.compile(r"\]\s*>")


def decode(data: bytes, content_type: str) -> tuple[str, str]:
    """Return *data* as text that XML allows, and what was wrong with how it says that it is coded.

    Args:
        data: The document.
        content_type: The header of that name; empty: there was none.
    """
    for mark, name in (*_BOMS, *_STARTS):
        if data.startswith(mark):
            whole = data.removeprefix(mark) if (mark, name) in _BOMS else data
            text = whole.decode(name, "replace")
            bad = "\ufffd" in text
            return clean_text(text), f"it is no right {name}" if bad else ""
    named = [_codec(name) for name in _named(data, content_type)]
    said = [name for name in named if name]
    if _is_utf8(data) and all(_SINGLE_BYTE.fullmatch(name) for name in said if name != "utf-8"):
        # Nothing else looks like UTF-8 by chance, and servers often name a default.
        wrong = next((name for name in said if name != "utf-8"), "")
        is_wrong = bool(wrong) and not data.isascii()
        return (
            clean_text(data.decode()),
            f"it says that it is {wrong}, and is utf-8" if is_wrong else "",
        )
    for name in said:
        try:
            text = data.decode(_AS_BROWSERS_DO.get(name, name))
        except UnicodeError:
            continue
        return clean_text(text), "" if name == said[0] else f"it is {name}, not {said[0]}"
    guess = said[0] if said and not _SINGLE_BYTE.fullmatch(said[0]) else "cp1252"
    text = data.decode(guess, "replace")
    return clean_text(text), "its charset is none that it says" if said else "it names no charset"


def _named(data: bytes, content_type: str) -> Iterator[str]:
    header = _IN_HEADER.search(content_type)
    if header:
        yield header[1]
    document = _IN_DOCUMENT.match(data[:_LOOK_BYTES])
    if document:
        yield document[1].decode("ascii")


def _codec(name: str) -> str:
    """Return the name that Python has for the charset *name*; empty if it is none of texts."""
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError):
        return ""
    return found if found in _TEXTS else ""


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    # Charsets of several bytes that switch with escapes are ASCII to look at.
    return b"\x1b" not in data


def from_root(text: str) -> str:
    """Return *text* from its first element on; empty when there is none.

    What stands before that says nothing about a feed: declarations, comments, style sheets, what a
    server let slip, and document types, whose entities are never looked at (security.md 9).
    """
    declared = text.find("<?xml", 0, _LOOK_CHARS)
    position = max(declared, 0)
    while (position := text.find("<", position)) >= 0:
        if _ROOT.match(text, position + 1):
            return text[position:]
        if text.startswith("<!--", position):
            end = text.find("-->", position + 4)
        elif text.startswith("<?", position):
            end = text.find("?>", position + 2)
        elif text.startswith("<!", position):
            end = _end_of_type(text, position)
        else:
            end = position
        if end < 0:
            return ""
        position = end + 1
    return ""


def _end_of_type(text: str, start: int) -> int:
    """Return where the document type that begins at *start* ends; -1 when it does not."""
    end = text.find(">", start)
    subset = text.find("[", start, max(end, start))
    if subset < 0:
        return end
    closing = _SUBSET_END.search(text, subset)
    return closing.end() - 1 if closing else -1


def count_tags(text: str) -> int:
    """Return how many tags XML *text* has at most; what stands in CDATA sections is none."""
    return sum(part.count("<") for part, is_cdata in _parts(text) if not is_cdata)


def with_known_references(text: str) -> str:
    """Return XML *text* with HTML's entities as their characters, and lone ampersands escaped.

    CDATA sections stay as they are. Few feeds that use such entities declare them.
    """
    if "&" not in text:
        return text
    return "".join(
        part if is_cdata else _REFERENCE.sub(_spelt, part) for part, is_cdata in _parts(text)
    )


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    """Yield *text* in pieces, and whether each is a CDATA section; one that never ends is none."""
    position = 0
    while position < len(text):
        start = text.find("<![CDATA[", position)
        end = text.find("]]>", start) if start >= 0 else -1
        if end < 0:
            yield text[position:], False
            return
        yield text[position:start], False
        yield text[start:end], True
        position = end


def _spelt(found: re.Match[str]) -> str:
    if found[0] == "&":
        return "&amp;"
    name = found[1]
    if name is None or name in _OF_XML:
        return found[0]
    characters = html5.get(f"{name};")
    if characters is None:
        return f"&amp;{name};"
    return "".join(f"&#{ord(character)};" for character in characters)
