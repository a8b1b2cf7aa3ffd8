"""Articles and what becomes of a file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


FILE_REMOVED = "its file was removed"
"""The reason that is kept of an article withdrawn by removing its file: for operators."""

MAX_SOURCE_BYTES = 1_000_000
"""Largest article file that is read; larger ones are named and left out."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote an article."""

    name: str
    email: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Image:
    """A picture with the words that belong to it."""

    url: str
    """Absolute http(s) URL once ingested; in a :class:`Draft` it may be a path beside the file."""

    alt: str = ""
    caption: str = ""
    credit: str = ""
    media_type: str = ""
    """Like ``image/png``; empty when unknown."""

    length_bytes: int | None = None
    width: int | None = None
    """Pixels; ``None`` when unknown."""

    height: int | None = None


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that comes with an article: a podcast episode, a report as PDF."""

    url: str
    media_type: str
    length_bytes: int
    title: str = ""
    duration_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Transcript:
    """The words of an episode."""

    url: str
    media_type: str
    language: str = ""
    """BCP 47; empty means the article's."""


@dataclass(frozen=True, slots=True)
class Episode:
    """What a podcast says of one of its episodes; the sound itself is an :class:`Enclosure`."""

    season: int | None = None
    number: int | None = None
    kind: str = ""
    """``full``, ``trailer``, or ``bonus``; empty when it does not say."""

    explicit: bool | None = None
    """``None`` means as the podcast."""

    transcripts: tuple[Transcript, ...] = ()
    chapters: str = ""
    """URL of a JSON chapters file, or empty."""


class Change(StrEnum):
    """What :class:`Removal` took from a pasted text."""

    FURNITURE = "furniture"  #: A line that belongs to the page, not to the article.
    CONTROL = "control"  #: Characters that XML 1.0 forbids.


@dataclass(frozen=True, slots=True)
class Removal:
    """A piece of the source that is left out of the article, and why."""

    line: int
    """Counted from 1 in the file."""

    text: str
    kind: Change
    reason: str
    """Which rule took it, for people: ``"share line (en)"``."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An article as one file states it, before it has an identity.

    ``None`` and empty values mean that the file is silent; ingest fills them.
    """

    title: str
    content_html: str
    """Sanitised; relative URLs are still relative."""

    content_text: str
    """The same content as readable plain text."""

    summary: str = ""
    """Plain text; from the front matter, or the first real paragraph."""

    slug: str = ""
    """Always ``[a-z0-9-]{1,80}``; from the front matter or made from title or file name."""

    slug_is_explicit: bool = False
    uid: str = ""
    """Only where the front matter fixes one."""

    authors: tuple[Author, ...] = ()
    topics: tuple[str, ...] = ()
    published_at: datetime | None = None
    updated_at: datetime | None = None
    image: Image | None = None
    url: str = ""
    """Where the page lives, when that is elsewhere."""

    language: str = ""
    """BCP 47; empty means the publication's."""

    pinned: bool = False
    withdrawn: str = ""
    """Why it was withdrawn; empty when it is not."""

    correction: str = ""
    """What was corrected, shown with the article."""

    enclosures: tuple[Enclosure, ...] = ()
    episode: Episode | None = None
    removals: tuple[Removal, ...] = ()

    def topics_and(self, more: tuple[str, ...]) -> tuple[str, ...]:
        """Return its topics, and those of *more* that it does not have, however written."""
        own = {topic.casefold() for topic in self.topics}
        return (*self.topics, *(topic for topic in more if topic.casefold() not in own))


@dataclass(frozen=True, slots=True)
class Article:
    """A piece of content we publish. :attr:`uid` is minted once and never changes."""

    uid: str
    """A tag URI (RFC 4151), the same in every feed, format and mail."""

    slug: str
    title: str
    url: str
    """Absolute http(s) URL of the article's page."""

    summary: str
    content_html: str
    """Sanitised, with absolute URLs only."""

    content_text: str
    published_at: datetime
    updated_at: datetime
    """Moves only for a real change; never before :attr:`published_at`."""

    source: str = "articles"
    origin: str = ""
    """Who wrote it, for readers, when it comes from upstream; empty when it is our own."""

    language: str = "en"
    authors: tuple[Author, ...] = ()
    topics: tuple[str, ...] = ()
    image: Image | None = None
    enclosures: tuple[Enclosure, ...] = ()
    episode: Episode | None = None
    pinned: bool = False
    correction: str = ""
    withdrawn_at: datetime | None = None
    withdrawn_reason: str = ""
    sequence: int = 0
    """Order of first sight, from 1; selection for issues goes by this."""

    revision: int = 1
    first_seen_at: datetime | None = None
    is_backfill: bool = False
    """Whether it was old already at first sight: it is in the feeds, not in mails."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What deciding about an article takes: all but its content."""

    sequence: int
    """Order of first sight, from 1."""

    revision: int
    slug: str
    source: str
    title: str
    language: str
    topics: tuple[str, ...]
    pinned: bool
    published_at: datetime
    updated_at: datetime
    first_seen_at: datetime
    withdrawn_at: datetime | None = None
    correction: str = ""
    authors: tuple[str, ...] = ()
    """Their names."""

    is_backfill: bool = False
    """Whether it was old already at first sight: nobody is mailed it."""
