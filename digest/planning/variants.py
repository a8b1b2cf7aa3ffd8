"""Variants: what readers chose decides which kind of an issue each gets. Pure.

An issue is rendered once for each *kind*: a set of articles, a language, and a format. Choices that
come to the same are one kind, so a thousand combinations of topics are few kinds on a quiet day.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from digest.config import BriefingConfig
from digest.model import Listed, MailFormat
from digest.selection import IssuePlan
from digest.selection.matching import speaks
from digest.store.audience import Choice, Group

PAUSED = "paused by the reader"
OTHER_TOPICS = "nothing new that fits the topics they chose"
ALL_HAD = "had all of it already"


@dataclass(frozen=True, slots=True)
class Kind:
    """What some readers get of an issue."""

    keep: frozenset[int]
    """Sequence numbers, of what the issue has."""

    language: str
    """Of everything but the articles."""

    format: MailFormat = MailFormat.HTML
    added: frozenset[int] = frozenset()
    """Sequence numbers of articles of earlier issues that these readers missed."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it."""
        return not self.keep and not self.added


@dataclass(frozen=True, slots=True)
class Special:
    """A reader who gets an issue of their own: without what they had, with what they missed."""

    subscription_id: int
    choice: Choice
    had: frozenset[int] = frozenset()
    missed: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Sorting:
    """Which kind each reader of an issue gets."""

    kinds: tuple[Kind, ...]
    """Never empty. The first is the whole issue, whether any reader gets it or not."""

    by_choice: Mapping[Choice, Kind]
    """Readers whose choice is not in it get nothing."""

    own: Mapping[int, Kind | None] = field(default_factory=dict)
    """By subscription; ``None``: nothing is for them."""

    absences: Mapping[str, int] = field(default_factory=dict)
    """Why confirmed readers get nothing, and how many they are."""

    merged: int = 0
    """How many readers get all of the issue because there would have been too many kinds."""

    wanted_kinds: int = 1
    """How many kinds there would have been."""

    @property
    def takes_all(self) -> bool:
        """Whether every choice gets something."""
        return OTHER_TOPICS not in self.absences

    @property
    def has_readers(self) -> bool:
        """Whether anybody gets anything."""
        return bool(self.by_choice) or any(kind is not None for kind in self.own.values())


@dataclass(frozen=True, slots=True)
class Sorter:
    """An issue, and how what readers chose is read."""

    plan: IssuePlan
    briefing: BriefingConfig
    spoken: Collection[str]
    """Languages that mails can be in."""

    earlier: Mapping[int, Listed] = field(default_factory=dict)
    """Articles of earlier issues that somebody missed, by sequence number."""

    def sort(self, groups: Sequence[Group], specials: Sequence[Special]) -> Sorting:
        """Return which kind everybody gets.

        With more kinds than the settings allow those of the fewest readers get all of the issue, in
        the briefing's language. Nobody gets anything twice for that: readers with an issue of their
        own keep it, only less of what they chose is heeded.
        """
        whole = Kind(frozenset(self.plan.mailed), self.briefing.language)
        taking = [group for group in groups if not group.is_paused]
        kinds = {group.choice: self.kind_of(group.choice) for group in taking}
        sizes: Counter[Kind] = Counter()
        for group in taking:
            sizes[kinds[group.choice]] += group.readers
        absences = Counter({PAUSED: sum(item.readers for item in groups if item.is_paused)})
        for kind in [kind for kind in sizes if kind.is_empty]:
            absences[OTHER_TOPICS] += sizes.pop(kind)
        sizes.pop(whole, 0)
        allowed = self.briefing.max_variants - 1
        dropped = {kind for kind, _ in sizes.most_common()[allowed:]}
        merged = sum(sizes[kind] for kind in dropped)
        by_choice = {
            choice: whole if kind in dropped else kind
            for choice, kind in kinds.items()
            if not kind.is_empty
        }
        own = self._own(specials, kinds, absences)
        used = dict.fromkeys([whole, *by_choice.values(), *(kind for kind in own.values() if kind)])
        return Sorting(
            kinds=tuple(used),
            by_choice=by_choice,
            own=own,
            absences={reason: number for reason, number in absences.items() if number > 0},
            merged=merged,
            wanted_kinds=1 + len(sizes),
        )

    def kind_of(self, choice: Choice) -> Kind:
        """Return what readers who chose that get."""
        fitting = frozenset(
            each.sequence
            for item in self.plan.articles
            for each in (item, *self.plan.beside.get(item.sequence, ()))
            if self._fits(each, choice)
        )
        return Kind(fitting, self._language(choice), choice.format)

    def _own(
        self, specials: Sequence[Special], kinds: Mapping[Choice, Kind], absences: Counter[str]
    ) -> dict[int, Kind | None]:
        found = {item: self._special(item, item.choice) for item in specials}
        if len(set(found.values())) > self.briefing.max_variants:
            found = {item: self._special(item, Choice()) for item in specials}
        own: dict[int, Kind | None] = {}
        for item, kind in found.items():
            usual = kinds.get(item.choice) or self.kind_of(item.choice)
            if kind == usual:
                continue
            own[item.subscription_id] = None if kind.is_empty else kind
            # They were counted with those who chose the same.
            if usual.is_empty:
                absences[OTHER_TOPICS] -= 1
            if kind.is_empty:
                absences[ALL_HAD] += 1
        return own

    def _special(self, reader: Special, choice: Choice) -> Kind:
        kind = self.kind_of(choice)
        told = {
            each
            for item in self.plan.articles
            for story in [[item, *self.plan.beside.get(item.sequence, ())]]
            if any(member.sequence in reader.had for member in story)
            for each in (member.sequence for member in story)
        }
        missed = frozenset(
            number
            for number in reader.missed - reader.had
            if number in self.earlier and self._fits(self.earlier[number], choice)
        )
        return replace(kind, keep=kind.keep - told - reader.had, added=missed)

    def _fits(self, article: Listed, choice: Choice) -> bool:
        topics = topics_of(choice)
        if topics and not topics & {topic.casefold() for topic in article.topics}:
            return False
        if not self.briefing.match_language or not choice.language:
            return True
        return speaks(article.language, _main(choice.language))

    def _language(self, choice: Choice) -> str:
        """Return the language of the mail: the reader's if we speak it, else the briefing's."""
        own = self.briefing.language
        if not choice.language or _main(choice.language) not in self.spoken:
            return own
        # "en" is no wish for American dates where the briefing is in British English.
        return own if choice.language == _main(own) else choice.language


def topics_of(choice: Choice) -> frozenset[str]:
    """Return the topics of *choice*, case-folded; none: all."""
    return frozenset(str(topic).casefold() for topic in json.loads(choice.topics))


def wanted_topics(groups: Sequence[Group]) -> frozenset[str] | None:
    """Return the topics that any reader chose, case-folded; ``None`` when somebody wants all.

    ``None`` as well when there is nobody.
    """
    chosen = [topics_of(group.choice) for group in groups if not group.is_paused]
    if not chosen or not all(chosen):
        return None
    return frozenset().union(*chosen)


def name_of(kind: Kind, plan: IssuePlan, taken: Collection[str], whole: Kind) -> str:
    """Return what tells *kind* from those whose names are *taken*: at most 100 characters."""
    if kind == whole:
        return "all"
    parts = []
    if kind.keep != whole.keep:
        topics = dict.fromkeys(
            item.topics[0] for item in plan.articles if item.topics and item.sequence in kind.keep
        )
        parts.append(f"{len(kind.keep)} of {len(whole.keep)}: {', '.join(topics)}".rstrip(": "))
    if kind.added:
        parts.append(f"{len(kind.added)} missed before")
    if kind.language != whole.language:
        parts.append(kind.language)
    if kind.format is MailFormat.TEXT:
        parts.append("text")
    base = name = " · ".join(parts)[:90]
    number = 1
    while name in taken or name == "all":
        number += 1
        name = f"{base} ({number})"
    return name


def _main(language: str) -> str:
    return language.partition("-")[0].lower()
