"""Who gets which slug. Pure.

A slug is part of an article's address, so whoever has one keeps it, and only who has none yet, or
wants another, can be refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from digest.store.articles import Known


@dataclass(frozen=True, slots=True)
class Wish:
    """A file that wants a slug."""

    path: str
    slug: str
    known: Known | None
    """The article that the file is; ``None`` for a new one."""

    is_withdrawn: bool = False
    """Whether the file takes its article back."""


@dataclass(slots=True)
class Allotment:
    """What became of all wishes."""

    slugs: dict[str, str] = field(default_factory=dict)
    """Path → slug. Empty for a withdrawn article whose slug another one has."""

    refused: dict[str, str] = field(default_factory=dict)
    """Path → who has the slug: the path of its file."""

    freed: list[Known] = field(default_factory=list)
    """Articles that are not published any more and whose slug another one takes over."""


def allot(
    source: str, wishes: Sequence[Wish], known: Iterable[Known], gone: Iterable[int]
) -> Allotment:
    """Return who gets which slug.

    Args:
        source: Where the files of *wishes* are.
        wishes: One for each file that is read.
        known: Every article of every source.
        gone: Sequence numbers of articles that are about to be withdrawn.
    """
    wanting = {wish.known.sequence for wish in wishes if wish.known}
    yielding = set(gone)
    standing, freeable = {}, {}
    for item in known:
        if item.sequence in wanting or not item.slug:
            continue
        if item.withdrawn_at or item.sequence in yielding:
            freeable[item.slug] = item
        else:
            elsewhere = "" if item.source == source else f" of {item.source}"
            standing[item.slug] = f"{item.path}{elsewhere}"
    # Who keeps its slug comes first, who is withdrawn last; sorting is stable.
    ordered = sorted(wishes, key=lambda wish: (wish.is_withdrawn, not _keeps(wish)))
    refused: dict[str, str] = {}
    while True:
        result = _allot(ordered, standing, freeable, refused)
        if result.refused.keys() == refused.keys():
            return result
        # Who is refused keeps the slug it has, which somebody was given just now.
        refused = result.refused


def _allot(
    wishes: Sequence[Wish],
    standing: Mapping[str, str],
    freeable: Mapping[str, Known],
    refused: Mapping[str, str],
) -> Allotment:
    """Return who gets which slug when those in *refused* keep what they have."""
    result = Allotment(refused=dict(refused))
    held = dict(standing)
    held.update(
        (wish.known.slug, wish.path)
        for wish in wishes
        if wish.path in refused and wish.known and wish.known.slug
    )
    for wish in wishes:
        if wish.path in refused:
            continue
        if wish.slug not in held:
            held[wish.slug] = wish.path
            result.slugs[wish.path] = wish.slug
            if wish.slug in freeable:
                result.freed.append(freeable[wish.slug])
        elif wish.is_withdrawn and wish.known:
            result.slugs[wish.path] = ""
        else:
            result.refused[wish.path] = held[wish.slug]
    return result


def _keeps(wish: Wish) -> bool:
    return wish.known is not None and wish.known.slug == wish.slug
