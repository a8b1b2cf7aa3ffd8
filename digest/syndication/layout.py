"""How the lines of a plain text make paragraphs.

Three layouts occur: an empty line between paragraphs; every line a paragraph; and lines broken at
a fixed width, as in mails. They are told apart by what a line break was for: where the next word
would still have fitted, nobody had to break the line, so it was meant.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from digest.syndication.sentences import ends_sentence

_MIN_WIDTH = 50
_MAX_WIDTH = 100
_WRAPPED_SHARE = 0.6
"""Of the breaks inside blocks, how many must have been forced for a text to be hard-wrapped."""

_SLACK_AFTER_SENTENCE = 4
_SLACK = 16
"""Columns left free at a break, from which on it was meant; few are enough after a full stop."""

_VERSE_WIDTH = 60
_INDENT = re.compile(r"[ \t]*")
BULLET = re.compile(r"[*•‣▪◦·-]\s+(?=\S)")
NUMBER = re.compile(r"([0-9]{1,3})[.)]\s+(?=\S)")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the file, white space at its end removed."""

    number: int
    """Counted from 1 in the file."""

    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Text that belongs together."""

    lines: tuple[str, ...]
    """More than one where the line breaks are part of the text: verse, addresses."""

    number: int
    """The line of the file on which it starts."""

    @property
    def text(self) -> str:
        """The paragraph on one line."""
        return " ".join(self.lines)


def width(text: str) -> int:
    """Return how many columns *text* takes; East Asian characters take two."""
    if text.isascii():
        return len(text)
    return sum(1 + (unicodedata.east_asian_width(char) in "WF") for char in text)


def blocks(lines: Sequence[Line]) -> list[list[Line]]:
    """Return *lines* as groups that empty lines part."""
    found: list[list[Line]] = [[]]
    for line in lines:
        if line.text.strip():
            found[-1].append(line)
        elif found[-1]:
            found.append([])
    return [block for block in found if block]


def wrap_width(groups: Sequence[Sequence[Line]]) -> int:
    """Return at which column the text is hard-wrapped; 0 if it is not."""
    breaks = [pair for group in groups for pair in pairwise(group) if not _is_item(pair[1].text)]
    lines = [line for group in groups if len(group) > 1 for line in group if "://" not in line.text]
    full = max((width(line.text) for line in lines), default=0)
    if not breaks or not _MIN_WIDTH <= full <= _MAX_WIDTH:
        return 0
    forced = sum(_free(a, b, full) <= _SLACK_AFTER_SENTENCE for a, b in breaks)
    finished = sum(ends_sentence(a.text) for a, _ in breaks)
    share = len(breaks) * _WRAPPED_SHARE
    return full if forced >= share and finished <= share else 0


def paragraphs(group: Sequence[Line], full: int) -> Iterator[Paragraph]:
    """Yield the paragraphs of one block of a text that is wrapped at *full* columns (0: is not)."""
    if not full:
        yield from _unwrapped(group)
        return
    joined: list[Line] = []
    for line, after in zip(group, [*group[1:], None], strict=True):
        if joined and _starts_anew(joined, line, after, full):
            yield _join(joined)
            joined = []
        joined.append(line)
    yield _join(joined)


def _unwrapped(group: Sequence[Line]) -> Iterator[Paragraph]:
    texts = tuple(line.text.strip() for line in group)
    is_verse = len(texts) > 1 and not any(
        _is_item(text) or width(text) > _VERSE_WIDTH or ends_sentence(text) for text in texts[:-1]
    )
    if is_verse and width(texts[-1]) <= _VERSE_WIDTH:
        yield Paragraph(texts, group[0].number)
    else:
        yield from (Paragraph((line.text.strip(),), line.number) for line in group)


def _starts_anew(joined: Sequence[Line], line: Line, after: Line | None, full: int) -> bool:
    first, before = joined[0], joined[-1]
    if _is_item(line.text):
        return True
    if _is_item(first.text) and _indent(line.text) > _indent(first.text):
        return False
    if _indent(line.text) > _indent(before.text):
        return True
    if not ends_sentence(before.text):
        return _free(before, line, full) > _SLACK
    # A heading between paragraphs, even where the line before it happens to be full.
    heads = after is not None and not ends_sentence(line.text) and _free(line, after, full) > _SLACK
    return heads or _free(before, line, full) > _SLACK_AFTER_SENTENCE


def _free(before: Line, after: Line, full: int) -> int:
    """Return how many columns would be left on *before* with the next word on it, too."""
    text = after.text.strip()
    word = text[:1] if _is_wide(text[:1]) else text.split(None, 1)[0]
    space = 0 if _is_wide(before.text[-1:]) and _is_wide(text[:1]) else 1
    return full - width(before.text) - space - width(word)


def _join(lines: Sequence[Line]) -> Paragraph:
    text = ""
    for line in lines:
        piece = line.text.strip()
        glue = "" if not text or (_is_wide(text[-1]) and _is_wide(piece[0])) else " "
        text += glue + piece
    return Paragraph((text,), lines[0].number)


def _is_wide(char: str) -> bool:
    """Say whether *char* is of a script that is written without spaces: not Hangul."""
    return bool(re.match("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uff60]", char))


def _is_item(text: str) -> bool:
    text = text.strip()
    return bool(BULLET.match(text) or NUMBER.match(text))


def _indent(text: str) -> int:
    match = _INDENT.match(text)
    return match.end() if match else 0
