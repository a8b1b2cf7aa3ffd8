"""Which articles of different sources tell the same story. Pure.

Two papers print an agency's text with other headlines, or write of the same event in words of their
own under nearly the same headline. A briefing that gathers from both should tell it once, and say
where else it stands.

Texts are compared by their runs of three words (w-shingling: Broder, "On the resemblance and
containment of documents", 1997), headlines by their words, rare ones counting more. Articles of one
source are never taken for each other: "Morning weather" of today is not that of yesterday.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

WINDOW = timedelta(hours=72)
"""Articles published further apart are about different days."""

SAME_TEXT = 0.5
"""From this share of the shorter text's runs on, the texts are the same story."""

SAME_TITLE = 0.8
"""From this likeness of headlines on they are the same story, if the texts agree a little."""

SOME_TEXT = 0.08
"""What "a little" is: names, numbers, and quotations of the same event."""

_RUN = 3
_MOST_TOKENS = 600
"""The beginning of a news article tells the story."""

_LEAST_RUNS = 12
"""Texts with fewer say too little to be compared."""

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Story:
    """What comparing takes of an article."""

    sequence: int
    """Order of first sight."""

    source: str
    title: str
    text: str
    published_at: datetime
    language: str = ""


@dataclass(frozen=True, slots=True)
class _Prepared:
    story: Story
    words: frozenset[str]
    """Of the headline."""

    runs: frozenset[int]
    """Of the text."""


def same_stories(stories: Iterable[Story]) -> tuple[tuple[int, ...], ...]:
    """Return the groups of two or more articles that tell the same story, as sequence numbers.

    Each group begins with the article seen first, and the others are like that one, not only like
    each other; groups and their members are in the order of first sight. The order of *stories*
    does not matter.
    """
    prepared = [
        _prepare(story)
        for story in sorted(stories, key=lambda item: (item.sequence, item.source, item.title))
    ]
    weights = _weights(prepared)
    finder = _Finder(weights)
    groups: dict[int, list[int]] = {}
    for item in prepared:
        leader = finder.find(item)
        if leader is None:
            groups[item.story.sequence] = [item.story.sequence]
            finder.add(item)
        else:
            groups[leader.story.sequence].append(item.story.sequence)
    return tuple(tuple(group) for group in groups.values() if len(group) > 1)


def tokens(text: str) -> list[str]:
    """Return the words of *text*, folded; of scripts without spaces, the characters."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    found: list[str] = []
    for word in _WORD.findall(folded):
        if any(_is_ideographic(char) for char in word):
            found += word
        else:
            found.append(word)
    return found


class _Finder:
    """Finds, among articles that began a group, the one that a further one is like."""

    def __init__(self, weights: dict[str, float]) -> None:
        self._weights = weights
        self._leaders: list[_Prepared] = []
        self._by_run: dict[int, list[int]] = defaultdict(list)
        self._by_word: dict[str, list[int]] = defaultdict(list)

    def add(self, item: _Prepared) -> None:
        number = len(self._leaders)
        self._leaders.append(item)
        for run in item.runs:
            self._by_run[run].append(number)
        for word in item.words:
            self._by_word[word].append(number)

    def find(self, item: _Prepared) -> _Prepared | None:
        shared = Counter(number for run in item.runs for number in self._by_run.get(run, ()))
        alike: Counter[int] = Counter()
        for word in item.words:
            for number in self._by_word.get(word, ()):
                alike[number] += 1
        best, best_score = None, 0.0
        for number in sorted(shared.keys() | alike.keys()):
            leader = self._leaders[number]
            if not _may_be_same(item.story, leader.story):
                continue
            score = self._score(item, leader, shared[number])
            if score > best_score:
                best, best_score = leader, score
        return best

    def _score(self, item: _Prepared, leader: _Prepared, shared: int) -> float:
        """Return how alike two articles are; 0 when they are not the same story."""
        shorter = min(len(item.runs), len(leader.runs))
        text = shared / shorter if shorter >= _LEAST_RUNS else 0.0
        title = self._likeness(item.words, leader.words)
        is_same = text >= SAME_TEXT or (
            title >= SAME_TITLE and (text >= SOME_TEXT or shorter < _LEAST_RUNS)
        )
        return text + title if is_same else 0.0

    def _likeness(self, one: frozenset[str], other: frozenset[str]) -> float:
        """Return the weighted share of words that two headlines have in common."""
        total = sum(self._weights[word] for word in one | other)
        return sum(self._weights[word] for word in one & other) / total if total else 0.0


def _prepare(story: Story) -> _Prepared:
    found = tokens(story.text)[:_MOST_TOKENS]
    runs = frozenset(hash(tuple(found[at : at + _RUN])) for at in range(len(found) - _RUN + 1))
    return _Prepared(story, frozenset(tokens(story.title)), runs)


def _weights(prepared: Sequence[_Prepared]) -> dict[str, float]:
    """Return how much each word of the headlines tells: the rarer, the more."""
    counts = Counter(word for item in prepared for word in item.words)
    return {word: 1 + math.log(len(prepared) / count) for word, count in counts.items()}


def _may_be_same(one: Story, other: Story) -> bool:
    return (
        one.source != other.source
        and abs(one.published_at - other.published_at) <= WINDOW
        and (not one.language or not other.language or _main(one.language) == _main(other.language))
    )


def _main(language: str) -> str:
    return language.partition("-")[0].lower()


def _is_ideographic(char: str) -> bool:
    return unicodedata.category(char) == "Lo" and unicodedata.east_asian_width(char) in {"W", "F"}
