"""Plain text for people: paragraphs, lines of a readable width, and the few words of a preview."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

LINE_WIDTH = 72
"""Columns of a line in the text part: fits a terminal of 80 with room for quoting."""

PREHEADER_CHARACTERS = 140
"""What mail clients show of a message in their list, at most."""

_BLANK_LINES = re.compile(r"\n[^\S\n]*\n\s*")
_BULLET = re.compile(r"(?:[-*+•>]|\d{1,3}[.)])\s+")


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of *text*, which are parted by empty lines, each on a single line."""
    return [" ".join(part.split()) for part in _BLANK_LINES.split(text) if part.strip()]


def wrap(text: str, width: int = LINE_WIDTH, indent: str = "") -> str:
    """Return *text* with no line wider than *width* columns, every line led by *indent*.

    Line breaks and indents of *text* stay. A list item's continuation lines stand under its first
    word. Words are never cut, so a long URL stays whole on a line that is too wide. Scripts written
    without spaces (Chinese, Japanese) break between any two characters; theirs take two columns
    each.
    """
    room = width - _columns(indent)
    lines = (line for source in text.split("\n") for line in _wrapped(source, room))
    return "\n".join((indent + line).rstrip() for line in lines)


def shorten(text: str, characters: int) -> str:
    """Return *text* on one line, cut at a word so that it has at most *characters* of them.

    A text that was cut ends in an ellipsis.
    """
    line = " ".join(text.split())
    if len(line) <= characters:
        return line
    cut = line[: characters - 1]
    at_word = cut.rsplit(" ", 1)[0] if not line[characters - 1].isspace() else cut
    return at_word.rstrip(" ,;:.\u2013\u2014-") + "…"


def _wrapped(line: str, width: int) -> Iterator[str]:
    lead = line[: len(line) - len(line.lstrip())]
    bullet = _BULLET.match(line.lstrip())
    hanging = lead + " " * (bullet.end() if bullet else 0)
    current, empty = lead, True
    for piece, spaced in _pieces(line):
        joined = f"{current} {piece}" if spaced and not empty else current + piece
        if empty or _columns(joined) <= width:
            current, empty = joined, False
        else:
            yield current
            current = hanging + piece
    yield current


def _pieces(line: str) -> Iterator[tuple[str, bool]]:
    """Yield what may stand on a line of its own, and whether a space leads it."""
    for word in line.split():
        spaced = True
        for piece in _breakable(word):
            yield piece, spaced
            spaced = False


def _breakable(word: str) -> Iterator[str]:
    """Yield *word* in pieces between which a line may end.

    Closing punctuation stays with what is before it, opening punctuation with what follows.
    """
    piece = ""
    for character in word:
        closes = unicodedata.category(character) in {"Pe", "Pf", "Po"}
        opens = bool(piece) and unicodedata.category(piece[-1]) in {"Ps", "Pi"}
        if piece and not closes and not opens and (_is_wide(character) or _is_wide(piece[-1])):
            yield piece
            piece = ""
        piece += character
    yield piece


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in {"W", "F"}


def _columns(text: str) -> int:
    wide = sum(map(_is_wide, text))
    combining = sum(unicodedata.category(character) == "Mn" for character in text)
    return len(text) + wide - combining


def underline(text: str, character: str = "=") -> str:
    """Return *text* with a line of *character* of the same width, :data:`LINE_WIDTH` at most."""
    return f"{text}\n{character * min(_columns(text), LINE_WIDTH)}"


def closed_up(text: str) -> str:
    """Return a rendered text template without the gaps that its own layout left behind.

    At most one empty line stands between two others, none at the ends, and exactly one line break
    closes the text.
    """
    lines = "\n".join(line.rstrip() for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", lines).strip() + "\n"
