"""What an operator says about single articles of a source: which to take, and what to change.

Each rule is one line of config.toml:

- ``include`` and ``exclude``: a word or phrase, as it is or after the field it must stand in:
  ``football``, ``title: live blog``, ``url: /sport/``.
- ``topic_map``: ``their topic = ours``; nothing after the ``=`` drops it, ``* =`` all not named.
- ``rewrite``: ``field: pattern => replacement`` with a regular expression of Python.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

FIELDS = ("title", "text", "author", "topic", "url")
REWRITABLE = ("title", "summary", "content", "author", "url")
OTHERS = "*"
"""Stands for all topics that are not named."""

_MAX_PATTERN_CHARS = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """A word to look for."""

    field: str
    """One of :data:`FIELDS`; empty for title and text."""

    phrase: str
    """In small letters. It matches whole words, but in ``url`` any part of it."""


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A change to each article."""

    field: str
    pattern: re.Pattern[str]
    replacement: str


def parse_wanted(line: str) -> Wanted:
    """Return the rule that *line* is.

    Raises:
        ValueError: if it names nothing to look for.
    """
    field, colon, phrase = line.partition(":")
    if colon and field.strip().lower() in FIELDS:
        rule = Wanted(field.strip().lower(), " ".join(phrase.split()).casefold())
    else:
        rule = Wanted("", " ".join(line.split()).casefold())
    if not rule.phrase:
        raise ValueError(f"{line!r} names no word; write it like 'title: live blog'")
    return rule


def parse_topic(line: str) -> tuple[str, str]:
    """Return their topic in small letters (or ``*``), and ours; empty to drop it.

    Raises:
        ValueError: if it is no such pair.
    """
    theirs, equals, ours = line.partition("=")
    theirs, ours = " ".join(theirs.split()).casefold(), " ".join(ours.split())
    if not equals or not theirs:
        raise ValueError(f"{line!r} must be 'their topic = ours'")
    return theirs, ours


def parse_rewrite(line: str) -> Rewrite:
    """Return the change that *line* is.

    Raises:
        ValueError: if it is none, or its pattern is no regular expression.
    """
    left, arrow, replacement = line.partition("=>")
    field, colon, pattern = left.partition(":")
    field = field.strip().lower()
    if not (arrow and colon) or field not in REWRITABLE:
        names = ", ".join(REWRITABLE)
        raise ValueError(f"{line!r} must be 'field: pattern => replacement', field one of {names}")
    pattern, replacement = pattern.strip(), replacement.strip()
    if not pattern or len(pattern) > _MAX_PATTERN_CHARS:
        raise ValueError(f"{line!r} needs a pattern of 1 to {_MAX_PATTERN_CHARS} characters")
    try:
        compiled = re.compile(pattern)
        compiled.sub(replacement, "")
        re.compile(f"(?:{pattern})|").sub(replacement, "")
    except (re.error, IndexError) as error:
        raise ValueError(f"{line!r}: {error}; see Python's re for patterns") from None
    return Rewrite(field, compiled, replacement)


def mapped(topics: tuple[str, ...], table: Mapping[str, str]) -> tuple[str, ...]:
    """Return *topics* in our words, each once, in order.

    Args:
        topics: Theirs.
        table: Theirs in small letters to ours; empty drops one; :data:`OTHERS` is for all others.
    """
    found: dict[str, str] = {}
    for topic in topics:
        ours = table.get(topic.casefold(), table.get(OTHERS, topic))
        if ours:
            found.setdefault(ours.casefold(), ours)
    return tuple(found.values())
