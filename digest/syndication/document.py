"""A feed's document before it has a format: every value clean, checked, and in its final form.

RSS, Atom, and JSON Feed are all written from one :class:`Document`, so what must be the same in
them (ids, dates, URLs) cannot differ. Its entries are in ``entry.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from digest.model import Author, FeedInfo, Podcast, Publication
from digest.syndication.entry import (
    EMAIL,
    Tombstone,
    clean_author,
    distinct,
    prepare_ground,
    required,
)
from digest.syndication.sanitize import one_line
from digest.syndication.urls import encode, web_url

MAX_TTL_MINUTES = 525_600
"""A year: the longest period that the syndication module can name."""

_TAG_DATE = re.compile(r",(\d{4})(?:-(\d\d))?(?:-(\d\d))?")


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a document is in each format: absolute URLs."""

    rss: str
    atom: str
    json: str


@dataclass(frozen=True, slots=True)
class Paging:
    """Where a document stands between the current one and the first archive document (RFC 5005)."""

    is_archive: bool = False
    """Whether the document will never change again."""

    current: Addresses | None = None
    """``None`` in the current document itself, and for a feed that is not archived."""

    previous: Addresses | None = None
    """The archive document with the next older articles; ``None`` when there is none."""

    following: Addresses | None = None
    """The archive document with the next newer articles; ``None`` when that is the current one."""


ALONE = Paging()
"""A document that is all there is of its feed."""


@dataclass(frozen=True, slots=True)
class Document:
    """What a feed's document says of itself."""

    uid: str
    title: str
    description: str
    site_url: str
    rss_url: str
    atom_url: str
    json_url: str
    language: str
    author: Author
    copyright: str
    logo_url: str
    hubs: tuple[str, ...]
    ttl_minutes: int
    updated_at: datetime
    tombstones: tuple[Tombstone, ...]
    podcast: Podcast | None
    paging: Paging


def prepare(
    publication: Publication,
    feed: FeedInfo,
    *,
    paging: Paging,
    changed_at: Iterable[datetime],
    tombstones: Sequence[Tombstone],
) -> Document:
    """Return what a document of *feed* is to say of itself.

    Args:
        publication: Who publishes.
        feed: What the feed says of itself; its URLs are those of this document.
        paging: The documents beside this one.
        changed_at: When each of its entries changed last.
        tombstones: The withdrawn articles that it tells of.

    Raises:
        ValueError: *publication* or *feed* lacks an address or id without which no document can
            be valid. The configuration is checked for this long before.
    """
    ground = prepare_ground(publication, feed)
    uid = required("feed.uid", encode(one_line(feed.uid)))
    title = one_line(feed.title) or one_line(publication.title) or ground.site_url
    return Document(
        uid=uid,
        title=title,
        description=one_line(feed.description) or one_line(publication.description) or title,
        site_url=ground.site_url,
        rss_url=required("feed.rss_url", web_url(feed.rss_url)),
        atom_url=required("feed.atom_url", web_url(feed.atom_url)),
        json_url=required("feed.json_url", web_url(feed.json_url)),
        language=ground.language,
        author=clean_author(publication.author)
        or Author(one_line(publication.title) or title, url=ground.site_url),
        copyright=one_line(publication.copyright),
        logo_url=web_url(publication.logo_url, ground.site_url),
        # What never changes again has nothing to push.
        hubs=() if paging.is_archive else distinct(web_url(hub) for hub in feed.hubs),
        ttl_minutes=min(max(feed.ttl_minutes, 1), MAX_TTL_MINUTES),
        updated_at=_updated_at(publication, [*changed_at, *(t.withdrawn_at for t in tombstones)]),
        tombstones=tuple(tombstones),
        podcast=feed.podcast and _podcast(feed.podcast, ground.site_url),
        paging=paging,
    )


def _updated_at(publication: Publication, moments: Iterable[datetime]) -> datetime:
    """Return when the document last changed: never the time at which it is built (feeds.md T4).

    A withdrawal counts: with a feed that seems to go back in time, readers would not look at
    the tombstone. An empty feed is as old as the right to the publication's name: the date in
    its tag URI (RFC 4151, section 2.1), or 1970 when it has none.
    """
    latest = max(moments, default=None)
    if latest is not None:
        return latest
    match = _TAG_DATE.search(publication.id)
    year, month, day = (int(part or 1) for part in match.groups()) if match else (1970, 1, 1)
    try:
        return datetime(year, month, day, tzinfo=UTC)
    except ValueError:  # 2026-13-45
        return datetime(max(year, 1), 1, 1, tzinfo=UTC)


def _podcast(podcast: Podcast, base: str) -> Podcast:
    """Return *podcast* with clean text, an absolute URL, and a mail that is one or empty."""
    email = podcast.owner_email
    return replace(
        podcast,
        guid=one_line(podcast.guid),
        author=one_line(podcast.author),
        owner_name=one_line(podcast.owner_name),
        owner_email=email if EMAIL.fullmatch(email) else "",
        image_url=web_url(podcast.image_url, base),
        categories=distinct(map(one_line, podcast.categories)),
    )
