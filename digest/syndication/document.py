"""A feed's document before it has a format: every value clean, checked, and in its final form.

RSS, Atom, and JSON Feed are all written from one :class:`Document`, so what must be the same in
them (ids, dates, URLs) cannot differ, and bad input is dealt with in one place: whatever an
article holds, it makes an entry that every format can carry, and no article stops a feed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain
from typing import TypeVar

from digest.model import Article, Author, Enclosure, FeedInfo, Image, Publication
from digest.syndication.content import feed_html, with_extras
from digest.syndication.sanitize import one_line
from digest.syndication.timestamps import utc
from digest.syndication.urls import encode, web_url

T = TypeVar("T")

MAX_TITLE_LENGTH = 80
"""Characters of a title that has to be taken from the text."""

MAX_SUMMARY_LENGTH = 280
"""Characters of a summary that has to be taken from the text."""

MAX_TTL_MINUTES = 525_600
"""A year: the longest period that the syndication module can name."""

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*")
_TAG_DATE = re.compile(r",(\d{4})(?:-(\d\d))?(?:-(\d\d))?")

_IMAGE_TYPES = {
    "avif": "image/avif",
    "gif": "image/gif",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "png": "image/png",
    "svg": "image/svg+xml",
    "webp": "image/webp",
}
"""By extension. The standard library's table differs from host to host: not identical bytes."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An article as every format carries it."""

    uid: str
    """A URI; no two entries and tombstones of a document share one."""

    url: str
    title: str
    """One line of plain text, never empty."""

    summary: str
    """One paragraph of plain text, never empty."""

    content_html: str
    """Safe, with absolute URLs only; empty when the feed carries summaries."""

    published_at: datetime
    updated_at: datetime
    """Never before :attr:`published_at`."""

    language: str
    authors: tuple[Author, ...]
    """Each has a name; :attr:`Author.email` and :attr:`Author.url` are valid or empty."""

    topics: tuple[str, ...]
    image: Image | None
    enclosures: tuple[Enclosure, ...]
    """Their ``length_bytes`` is 0 when unknown."""


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What is left of a withdrawn article (RFC 6721)."""

    uid: str
    withdrawn_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Document:
    """What a feed says of itself, and its entries in the order in which they stand."""

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
    entries: tuple[Entry, ...]
    tombstones: tuple[Tombstone, ...]


def prepare(publication: Publication, feed: FeedInfo, articles: Sequence[Article]) -> Document:
    """Return the document that *feed* is to be, whatever is wrong with its *articles*.

    Of articles that share a uid the first stands.

    Raises:
        ValueError: *publication* or *feed* lacks an address or id without which no document can
            be valid. The configuration is checked for this long before.
    """
    site_url = _required("publication.url", web_url(publication.url))
    uid = _required("feed.uid", encode(one_line(feed.uid)))
    language = _language(feed.language, _language(publication.language, "en"))
    entries: list[Entry] = []
    tombstones: list[Tombstone] = []
    seen: set[str] = set()
    for article in articles:
        article_uid = _uid(article, publication)
        if article_uid in seen:
            continue
        seen.add(article_uid)
        if article.withdrawn_at is not None:
            reason = one_line(article.withdrawn_reason)
            tombstones.append(Tombstone(article_uid, utc(article.withdrawn_at), reason))
        else:
            full = feed.full_content
            entries.append(_entry(article, article_uid, site_url, language, full_content=full))
    title = one_line(feed.title) or one_line(publication.title) or site_url
    return Document(
        uid=uid,
        title=title,
        description=one_line(feed.description) or one_line(publication.description) or title,
        site_url=site_url,
        rss_url=_required("feed.rss_url", web_url(feed.rss_url)),
        atom_url=_required("feed.atom_url", web_url(feed.atom_url)),
        json_url=_required("feed.json_url", web_url(feed.json_url)),
        language=language,
        author=_author(publication.author)
        or Author(one_line(publication.title) or title, url=site_url),
        copyright=one_line(publication.copyright),
        logo_url=web_url(publication.logo_url, site_url),
        hubs=_distinct(web_url(hub) for hub in feed.hubs),
        ttl_minutes=min(max(feed.ttl_minutes, 1), MAX_TTL_MINUTES),
        updated_at=_updated_at(publication, entries, tombstones),
        entries=tuple(entries),
        tombstones=tuple(tombstones),
    )


def _required(name: str, value: str) -> str:
    """Return *value* unless it is empty."""
    if not value:
        raise ValueError(f"{name} must be set, and absolute if it is a URL")
    return value


def _updated_at(
    publication: Publication, entries: Sequence[Entry], tombstones: Sequence[Tombstone]
) -> datetime:
    """Return when the document last changed: never the time at which it is built (feeds.md T4).

    A withdrawal counts: with a feed that seems to go back in time, readers would not look at
    the tombstone. An empty feed is as old as the right to the publication's name: the date in
    its tag URI (RFC 4151, section 2.1), or 1970 when it has none.
    """
    moments = chain(
        (entry.updated_at for entry in entries),
        (tombstone.withdrawn_at for tombstone in tombstones),
    )
    latest = max(moments, default=None)
    if latest is not None:
        return latest
    match = _TAG_DATE.search(publication.id)
    year, month, day = (int(part or 1) for part in match.groups()) if match else (1970, 1, 1)
    try:
        return datetime(year, month, day, tzinfo=UTC)
    except ValueError:  # 2026-13-45
        return datetime(max(year, 1), 1, 1, tzinfo=UTC)


def _uid(article: Article, publication: Publication) -> str:
    """Return the article's id as a URI; never empty, and the same in every feed."""
    name = one_line(article.slug) or article.url
    return encode(one_line(article.uid) or f"{one_line(publication.id)}:{one_line(name)}")


def _entry(
    article: Article, uid: str, site_url: str, language: str, *, full_content: bool
) -> Entry:
    """Return *article* as an entry; total: no article is refused."""
    url = web_url(article.url, site_url) or site_url
    text = one_line(article.content_text)
    image = _image(article.image, url) if article.image else None
    summary = one_line(article.summary) or excerpt(text, MAX_SUMMARY_LENGTH)
    title = one_line(article.title) or excerpt(summary, MAX_TITLE_LENGTH)
    title = title or one_line(article.slug) or uid
    published_at = utc(article.published_at)
    content = ""
    if full_content:
        correction = one_line(article.correction)
        html = feed_html(article.content_html, url)
        content = with_extras(html, correction=correction, image=image)
    authors = _distinct(_author(author) for author in article.authors)
    enclosures = _distinct(_enclosure(enclosure, url) for enclosure in article.enclosures)
    return Entry(
        uid=uid,
        url=url,
        title=title,
        summary=summary or title,
        content_html=content,
        published_at=published_at,
        updated_at=max(published_at, utc(article.updated_at)),
        language=_language(article.language, language),
        authors=authors,
        topics=_distinct(one_line(topic) for topic in article.topics),
        image=image,
        enclosures=enclosures,
    )


def excerpt(text: str, length: int) -> str:
    """Return at most *length* characters of *text*, cut between words where it has words."""
    if len(text) <= length:
        return text
    head = text[:length]
    return (head.rpartition(" ")[0] or head[:-1]).rstrip() + "…"


def _language(tag: str, fallback: str) -> str:
    """Return *tag* if it has the form of a language tag (BCP 47), else *fallback*."""
    return tag if _LANGUAGE.fullmatch(tag) else fallback


def _author(author: Author) -> Author | None:
    """Return *author* with a name; ``None`` when there is neither name nor mail."""
    email = author.email if _EMAIL.fullmatch(author.email) else ""
    name = one_line(author.name) or email
    return Author(name, email, web_url(author.url)) if name else None


def _image(image: Image, base: str) -> Image | None:
    """Return *image* with an absolute URL, sizes that are positive or ``None``, and its type."""
    url = web_url(image.url, base)
    if not url:
        return None
    extension = url.partition("?")[0].partition("#")[0].rpartition(".")[2].lower()
    media_type = image.media_type.lower()
    if not _MEDIA_TYPE.fullmatch(media_type):
        media_type = _IMAGE_TYPES.get(extension, "")
    return replace(
        image,
        url=url,
        alt=one_line(image.alt),
        caption=one_line(image.caption),
        credit=one_line(image.credit),
        media_type=media_type,
        length_bytes=_positive(image.length_bytes),
        width=_positive(image.width),
        height=_positive(image.height),
    )


def _enclosure(enclosure: Enclosure, base: str) -> Enclosure | None:
    """Return *enclosure* with an absolute URL and a type; ``None`` when there is no such URL."""
    url = web_url(enclosure.url, base)
    if not url:
        return None
    media_type = enclosure.media_type.lower()
    return replace(
        enclosure,
        url=url,
        media_type=media_type if _MEDIA_TYPE.fullmatch(media_type) else "application/octet-stream",
        length_bytes=max(enclosure.length_bytes, 0),
        title=one_line(enclosure.title),
        duration_seconds=_positive(enclosure.duration_seconds),
    )


def _positive(number: int | None) -> int | None:
    """Return *number* if it can be the size of something."""
    return number if number and number > 0 else None


def _distinct(values: Iterable[T | None]) -> tuple[T, ...]:
    """Return *values* without the empty ones and without repetitions, in their order."""
    return tuple(dict.fromkeys(value for value in values if value))
