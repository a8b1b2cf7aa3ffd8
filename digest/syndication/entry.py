"""An article as every format carries it: every value clean, checked, and in its final form.

Bad input is dealt with here, once: whatever an article holds, it makes an entry that every format
can carry, and no article stops a feed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from digest.model import (
    Article,
    Author,
    Enclosure,
    Episode,
    FeedInfo,
    Image,
    Publication,
    Transcript,
)
from digest.syndication.content import feed_html, with_extras
from digest.syndication.sanitize import one_line
from digest.syndication.timestamps import utc
from digest.syndication.urls import encode, web_url

T = TypeVar("T")

MAX_TITLE_LENGTH = 80
"""Characters of a title that has to be taken from the text."""

MAX_SUMMARY_LENGTH = 280
"""Characters of a summary that has to be taken from the text."""

EPISODE_KINDS = frozenset({"full", "trailer", "bonus"})
"""Of podcasts, as Apple names them."""

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*")

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

    episode: Episode | None


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What is left of a withdrawn article (RFC 6721)."""

    uid: str
    withdrawn_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Ground:
    """What an entry takes from the publication and the feed in which it stands."""

    publication_id: str
    site_url: str
    language: str
    full_content: bool


def prepare_ground(publication: Publication, feed: FeedInfo) -> Ground:
    """Return what the entries of *feed* take from it.

    Raises:
        ValueError: *publication* has no absolute URL.
    """
    return Ground(
        publication_id=one_line(publication.id),
        site_url=required("publication.url", web_url(publication.url)),
        language=language_or(feed.language, language_or(publication.language, "en")),
        full_content=feed.full_content,
    )


def prepare_tombstone(article: Article, ground: Ground) -> Tombstone:
    """Return what is left of the withdrawn *article*."""
    if article.withdrawn_at is None:
        raise AssertionError(article.uid)
    reason = one_line(article.withdrawn_reason)
    return Tombstone(uid_of(article, ground), utc(article.withdrawn_at), reason)


def required(name: str, value: str) -> str:
    """Return *value* unless it is empty."""
    if not value:
        raise ValueError(f"{name} must be set, and absolute if it is a URL")
    return value


def uid_of(article: Article, ground: Ground) -> str:
    """Return the article's id as a URI; never empty, and the same in every feed."""
    name = one_line(article.slug) or article.url
    return encode(one_line(article.uid) or f"{ground.publication_id}:{one_line(name)}")


def prepare_entry(article: Article, ground: Ground) -> Entry:
    """Return *article* as an entry; total: no article is refused."""
    uid = uid_of(article, ground)
    url = web_url(article.url, ground.site_url) or ground.site_url
    image = _image(article.image, url) if article.image else None
    summary = one_line(article.summary)
    if not summary:
        summary = excerpt(one_line(article.content_text), MAX_SUMMARY_LENGTH)
    title = one_line(article.title) or excerpt(summary, MAX_TITLE_LENGTH)
    title = title or one_line(article.slug) or uid
    summary = summary or title
    published_at = utc(article.published_at)
    correction = one_line(article.correction)
    content = ""
    if ground.full_content:
        html = feed_html(article.content_html, url)
        origin = one_line(article.origin)
        content = with_extras(html, correction=correction, image=image, origin=origin, url=url)
    if correction and not content:
        summary = f"{summary} ({correction})"
    authors = distinct(clean_author(author) for author in article.authors)
    enclosures = distinct(_enclosure(enclosure, url) for enclosure in article.enclosures)
    return Entry(
        uid=uid,
        url=url,
        title=title,
        summary=summary,
        content_html=content,
        published_at=published_at,
        updated_at=max(published_at, utc(article.updated_at)),
        language=language_or(article.language, ground.language),
        authors=authors,
        topics=distinct(one_line(topic) for topic in article.topics),
        image=image,
        enclosures=enclosures,
        episode=article.episode and _episode(article.episode, url),
    )


def excerpt(text: str, length: int) -> str:
    """Return at most *length* characters of *text*, cut between words where it has words."""
    if len(text) <= length:
        return text
    head = text[:length]
    return (head.rpartition(" ")[0] or head[:-1]).rstrip() + "…"


def language_or(tag: str, fallback: str) -> str:
    """Return *tag* if it has the form of a language tag (BCP 47), else *fallback*."""
    return tag if _LANGUAGE.fullmatch(tag) else fallback


def clean_author(author: Author) -> Author | None:
    """Return *author* with a name; ``None`` when there is neither name nor mail."""
    email = author.email if EMAIL.fullmatch(author.email) else ""
    name = one_line(author.name) or email
    return Author(name, email, web_url(author.url)) if name else None


def _image(image: Image, base: str) -> Image | None:
    """Return *image* with an absolute URL, sizes that are positive or ``None``, and its type."""
    url = web_url(image.url, base)
    if not url:
        return None
    extension = url.partition("?")[0].partition("#")[0].rpartition(".")[2].lower()
    return replace(
        image,
        url=url,
        alt=one_line(image.alt),
        caption=one_line(image.caption),
        credit=one_line(image.credit),
        media_type=_media_type(image.media_type, _IMAGE_TYPES.get(extension, "")),
        length_bytes=_positive(image.length_bytes),
        width=_positive(image.width),
        height=_positive(image.height),
    )


def _enclosure(enclosure: Enclosure, base: str) -> Enclosure | None:
    """Return *enclosure* with an absolute URL and a type; ``None`` when there is no such URL."""
    url = web_url(enclosure.url, base)
    if not url:
        return None
    return replace(
        enclosure,
        url=url,
        media_type=_media_type(enclosure.media_type, "application/octet-stream"),
        length_bytes=max(enclosure.length_bytes, 0),
        title=one_line(enclosure.title),
        duration_seconds=_positive(enclosure.duration_seconds),
    )


def _episode(episode: Episode, base: str) -> Episode:
    """Return *episode* with absolute URLs; what has none is left out."""
    transcripts = (
        Transcript(
            web_url(item.url, base),
            _media_type(item.media_type, "text/plain"),
            language_or(item.language, ""),
        )
        for item in episode.transcripts
    )
    return replace(
        episode,
        season=_positive(episode.season),
        number=_positive(episode.number),
        kind=episode.kind if episode.kind in EPISODE_KINDS else "",
        transcripts=tuple(item for item in transcripts if item.url),
        chapters=web_url(episode.chapters, base),
    )


def _media_type(text: str, fallback: str) -> str:
    """Return *text* in small letters if it has the form of a media type, else *fallback*."""
    text = text.lower()
    return text if _MEDIA_TYPE.fullmatch(text) else fallback


def _positive(number: int | None) -> int | None:
    """Return *number* if it can be the size of something."""
    return number if number and number > 0 else None


def distinct(values: Iterable[T | None]) -> tuple[T, ...]:
    """Return *values* without the empty ones and without repetitions, in their order."""
    return tuple(dict.fromkeys(value for value in values if value))
