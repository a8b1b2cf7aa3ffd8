"""What the site shows at one moment: which articles, under which addresses and topics.

Pure: made of values once, asked as often as pages are read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from digest.model import Issue, Listed
from digest.store.site import Addresses
from digest.syndication.identity import slugify

ARTICLES_FOLDER = "articles/"
"""Below the site's base; ingest makes articles' URLs with the same word."""

MAX_RELATED = 3


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic and its public articles, newest first."""

    slug: str
    title: str
    """As the newest article that has it spells it."""

    articles: tuple[Listed, ...]

    @property
    def path(self) -> str:
        """Where its page is, below the base."""
        return f"topics/{self.slug}"


@dataclass(frozen=True, slots=True)
class Place:
    """What an address of an article leads to."""

    article: Listed
    path: str
    """The article's page below the base; empty when it has none here."""

    url: str
    """Absolute; elsewhere when :attr:`path` is empty."""


@dataclass(frozen=True, slots=True)
class Library:
    """Everything public at one moment."""

    articles: tuple[Listed, ...]
    """Newest first."""

    topics: Mapping[str, Topic]
    """By slug, those with the most articles first."""

    issues: tuple[Issue, ...]
    """Newest first."""

    next_change_at: datetime | None
    """When the next embargo ends; ``None`` when there is none."""

    _places: Mapping[int, Place]
    _owners: Mapping[str, int]
    """Path below the base, now or once → sequence number."""

    _withdrawn: frozenset[int]

    def place(self, sequence: int) -> Place:
        """Return where the public article with that number is."""
        return self._places[sequence]

    def at(self, path: str) -> Place | None:
        """Return the public article that is, or once was, at *path* below the base.

        ``None`` when there is none, or it is not public; see :meth:`is_gone`.
        """
        owner = self._owners.get(path)
        return self._places.get(owner) if owner is not None else None

    def is_gone(self, path: str) -> bool:
        """Return whether an article was at *path* that has been withdrawn since."""
        return self._owners.get(path) in self._withdrawn

    def past_paths(self) -> list[str]:
        """Return the paths that lead elsewhere now, or to what was withdrawn."""
        current = {place.path for place in self._places.values()}
        return [
            path
            for path, owner in self._owners.items()
            if path not in current and (owner in self._places or owner in self._withdrawn)
        ]

    def lead(self) -> Listed | None:
        """Return the article that the front page leads with: the newest pinned one, or newest."""
        pinned = (article for article in self.articles if article.pinned)
        return next(pinned, None) or next(iter(self.articles), None)

    def related(self, article: Listed) -> tuple[Listed, ...]:
        """Return the articles that share most topics with *article*, the newest of equal ones."""
        own = {topic.casefold() for topic in article.topics}
        shared = [
            (len(own & {topic.casefold() for topic in other.topics}), other)
            for other in self.articles
            if other.sequence != article.sequence
        ]
        # Sorting keeps the order of equal ones, which is newest first.
        shared.sort(key=lambda pair: pair[0], reverse=True)
        return tuple(other for count, other in shared[:MAX_RELATED] if count)

    def issues_of(self, briefing: str) -> tuple[Issue, ...]:
        """Return the issues of *briefing*, newest first."""
        return tuple(issue for issue in self.issues if issue.briefing == briefing)

    def topics_of(self, article: Listed) -> tuple[Topic, ...]:
        """Return the topics of *article*, in its order."""
        slugs = dict.fromkeys(topic_slug(title) for title in article.topics)
        return tuple(self.topics[slug] for slug in slugs if slug in self.topics)


def arrange(
    listed: Iterable[Listed],
    addresses: Addresses,
    issues: Sequence[Issue],
    *,
    base_url: str,
    now: datetime,
) -> Library:
    """Return what the site shows at *now*.

    Args:
        listed: All articles.
        addresses: Where they are and were.
        issues: Those that readers may see, newest first.
        base_url: The site's base; articles below its ``articles/`` have a page here.
        now: Articles published later than this are not shown yet.
    """
    known = list(listed)
    public = [item for item in known if item.withdrawn_at is None and item.published_at <= now]
    public.sort(key=lambda item: (item.published_at, item.sequence), reverse=True)
    waiting = [
        item.published_at for item in known if item.withdrawn_at is None and item.published_at > now
    ]
    places = {}
    for item in public:
        url = addresses.now.get(item.sequence, "")
        own = f"{base_url}{ARTICLES_FOLDER}{item.slug}"
        places[item.sequence] = Place(item, own.removeprefix(base_url) if url == own else "", url)
    owners = {
        url.removeprefix(base_url): sequence
        for url, sequence in addresses.ever.items()
        if url.startswith(base_url + ARTICLES_FOLDER)
    }
    # Whatever was there before: an address belongs to the article that is there now.
    owners |= {place.path: sequence for sequence, place in places.items() if place.path}
    return Library(
        articles=tuple(public),
        topics=_topics(public),
        issues=tuple(issues),
        next_change_at=min(waiting, default=None),
        _places=places,
        _owners=owners,
        _withdrawn=frozenset(item.sequence for item in known if item.withdrawn_at is not None),
    )


def topic_slug(title: str) -> str:
    """Return what stands for the topic called *title* in addresses."""
    return slugify(title.casefold())


def _topics(articles: Sequence[Listed]) -> dict[str, Topic]:
    titles: dict[str, str] = {}
    members: dict[str, list[Listed]] = {}
    for article in articles:
        for title in article.topics:
            titles.setdefault(topic_slug(title), title)
        for slug in dict.fromkeys(map(topic_slug, article.topics)):
            members.setdefault(slug, []).append(article)
    counts = Counter({slug: len(found) for slug, found in members.items()})
    order = sorted(counts, key=lambda slug: (-counts[slug], titles[slug].casefold()))
    return {slug: Topic(slug, titles[slug], tuple(members[slug])) for slug in order}
