"""What the site's templates are given, made of articles and issues. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import quote, urlsplit

from digest.model import Article, FeedInfo
from digest.rendering.pages import Frame, TopicLink
from digest.steps.site.library import Library, Topic

T = TypeVar("T")

PER_PAGE = 20
"""Articles or issues on one page of a list."""

FRONT_PAGE_ARTICLES = 16
"""Beside the lead."""

MAX_NAVIGATION = 8
"""Topics in the navigation of every page."""

READERS = {
    "Feedly": "https://feedly.com/i/subscription/feed%2F{url}",
    "Inoreader": "https://www.inoreader.com/?add_feed={url}",
    "NewsBlur": "https://www.newsblur.com/?url={url}",
    "The Old Reader": "https://theoldreader.com/feeds/subscribe?url={url}",
    "FreshRSS, NetNewsWire, Reeder": "feed:{raw}",
}
"""Readers' programs, and the address that has each subscribe to a feed.

The last opens whichever program of the reader's own machine has taken on ``feed:`` addresses.
"""

_NUMBER = re.compile(r"[1-9][0-9]{0,5}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Card:
    """An article where it is announced, or at the head of its page."""

    article: Article
    href: str
    """Its page; elsewhere when :attr:`host` is not empty."""

    host: str
    """Whose site it is on, when it is not ours."""

    topics: tuple[TopicLink, ...]


@dataclass(frozen=True, slots=True)
class Pager:
    """Where in a list of several pages a page stands."""

    number: int
    """From 1."""

    total: int
    newer: str
    """Where the page before it is; empty on the first."""

    older: str
    """Where the page after it is; empty on the last."""


@dataclass(frozen=True, slots=True)
class ReaderLink:
    """A reader's program and what has it subscribe."""

    name: str
    href: str


@dataclass(frozen=True, slots=True)
class FeedView:
    """A feed for people: where it is, in each format, and how to subscribe."""

    info: FeedInfo
    href: str
    """Its page for people."""

    readers: tuple[ReaderLink, ...]


def topic_link(topic: Topic) -> TopicLink:
    """Return *topic* as pages link to it."""
    return TopicLink(topic.title, topic.path, len(topic.articles))


def navigation(library: Library, sections: Sequence[str]) -> tuple[TopicLink, ...]:
    """Return the topics of every page's navigation: those of *sections*, then the largest."""
    first = {title.casefold(): place for place, title in enumerate(sections)}
    topics = sorted(
        library.topics.values(),
        key=lambda topic: first.get(topic.title.casefold(), len(first)),
    )
    return tuple(topic_link(topic) for topic in topics[:MAX_NAVIGATION])


def card(article: Article, library: Library, frame: Frame) -> Card:
    """Return *article*, which is public, as pages announce it."""
    place = library.place(article.sequence)
    return Card(
        article=article,
        href=frame.link(place.path) if place.path else article.url,
        host="" if place.path else (urlsplit(article.url).hostname or ""),
        topics=tuple(topic_link(topic) for topic in library.topics_of(place.article)),
    )


def feed_view(info: FeedInfo, frame: Frame) -> FeedView:
    """Return the feed that *info* describes for people."""
    raw = info.atom_url
    values: Mapping[str, str] = {"url": quote(raw, safe=""), "raw": raw}
    links = tuple(ReaderLink(name, form.format_map(values)) for name, form in READERS.items())
    return FeedView(info, frame.link(f"feeds/{info.name}"), links)


def page_number(text: str) -> int | None:
    """Return the number that *text* is in its one normal form, 1 to 999999; else ``None``."""
    return int(text) if _NUMBER.fullmatch(text) else None


def pages_in(items: Sequence[object]) -> int:
    """Return over how many pages a list of *items* goes; an empty one has one page too."""
    return max(1, -(-len(items) // PER_PAGE))


def paged(
    items: Sequence[T], number: int, path: str, frame: Frame
) -> tuple[tuple[T, ...], Pager] | None:
    """Return the items of page *number* of the list at *path*; ``None`` when there is no such."""
    total = pages_in(items)
    if not 1 <= number <= total:
        return None
    shown = tuple(items[(number - 1) * PER_PAGE : number * PER_PAGE])
    newer = frame.link(page_path(path, number - 1)) if number > 1 else ""
    older = frame.link(page_path(path, number + 1)) if number < total else ""
    return shown, Pager(number, total, newer, older)


def page_path(path: str, number: int) -> str:
    """Return where page *number* of the list at *path* is."""
    return path if number == 1 else f"{path}/page/{number}"


def page_paths(path: str, items: Sequence[object]) -> Iterable[str]:
    """Yield where each page of the list of *items* at *path* is."""
    return (page_path(path, number) for number in range(1, pages_in(items) + 1))
