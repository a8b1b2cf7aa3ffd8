"""The vocabulary: what Digest talks about. Values only; no input, output, or clock.

Times are aware and in UTC. Text is plain Unicode unless its name ends in ``_html``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime

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
    removals: tuple[Removal, ...] = ()


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
    language: str = "en"
    authors: tuple[Author, ...] = ()
    topics: tuple[str, ...] = ()
    image: Image | None = None
    enclosures: tuple[Enclosure, ...] = ()
    pinned: bool = False
    correction: str = ""
    withdrawn_at: datetime | None = None
    withdrawn_reason: str = ""
    sequence: int = 0
    """Order of first sight, from 1; selection for issues goes by this."""

    revision: int = 1
    first_seen_at: datetime | None = None


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


@dataclass(frozen=True, slots=True)
class Publication:
    """Who publishes: what feeds, mails and pages say of themselves."""

    title: str
    url: str
    """The site, absolute, ending in ``/``."""

    id: str
    """Prefix of all tag URIs, like ``tag:example.org,2026``."""

    description: str = ""
    language: str = "en"
    author: Author = field(default_factory=lambda: Author(""))
    postal_address: str = ""
    copyright: str = ""
    logo_url: str = ""
    accent: str = "#8a1c1c"
    """CSS colour ``#rrggbb``."""


@dataclass(frozen=True, slots=True)
class FeedInfo:
    """What a feed's document says of itself, whatever articles it holds."""

    name: str
    title: str
    description: str
    language: str
    rss_url: str
    """Where each format is fetched from: its ``rel=self``."""

    atom_url: str
    json_url: str
    uid: str
    """The Atom feed's id, a tag URI."""

    full_content: bool = True
    ttl_minutes: int = 60
    """How often the feed can change: the real publishing interval."""

    hubs: tuple[str, ...] = ()


class SubscriptionState(StrEnum):
    """Where a person's consent to one briefing stands."""

    UNCONFIRMED = "unconfirmed"
    CONFIRMED = "confirmed"
    UNSUBSCRIBED = "unsubscribed"


class IssueState(StrEnum):
    """Where an issue stands. Frozen from the first moment."""

    COMPOSED = "composed"
    SENDING = "sending"
    PAUSED = "paused"
    HELD = "held"
    FINISHED = "finished"
    CANCELLED = "cancelled"


class DeliveryState(StrEnum):
    """What is known of one issue to one subscriber."""

    QUEUED = "queued"  #: Waits for its first attempt.
    CLAIMED = "claimed"  #: A sender holds it at this moment.
    ACCEPTED = "accepted"  #: The relay took over; it may still bounce.
    DEFERRED = "deferred"  #: To be tried again at ``next_attempt_at``.
    REFUSED = "refused"  #: The relay said no for good.
    UNCERTAIN = "uncertain"  #: The final dot went out and no reply came back.
    SUPPRESSED = "suppressed"  #: Not sent: unsubscribed or on the do-not-mail record.
    EXPIRED = "expired"  #: Not sent: too old to be of use.
    CANCELLED = "cancelled"  #: Not sent: the operator cancelled the issue.


OPEN_STATES = frozenset(
    {
        DeliveryState.QUEUED,
        DeliveryState.CLAIMED,
        DeliveryState.DEFERRED,
        DeliveryState.UNCERTAIN,
    }
)
"""States of a delivery that keep its issue from being finished."""


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A person's address."""

    id: int
    email: str
    name: str = ""
    language: str = ""
    timezone: str = ""


@dataclass(frozen=True, slots=True)
class Subscription:
    """A person's consent to one briefing."""

    id: int
    subscriber: Subscriber
    briefing: str
    state: SubscriptionState
    confirmed_at: datetime | None = None
    unsubscribed_at: datetime | None = None


class OccurrenceState(StrEnum):
    """What became of one due time."""

    DUE = "due"
    COMPOSED = "composed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One due time of one schedule, keyed by its local date."""

    briefing: str
    period: str
    """The local date, ``2026-11-24``."""

    due_at: datetime
    state: OccurrenceState = OccurrenceState.DUE
    reason: str = ""
    """Why nothing was sent, when nothing was."""


@dataclass(frozen=True, slots=True)
class Issue:
    """One number of a briefing, frozen when composed."""

    id: int
    briefing: str
    number: int
    period: str
    subject: str
    state: IssueState
    composed_at: datetime
    expires_at: datetime
    """After this nothing of it is sent any more."""

    finished_at: datetime | None = None
    relay: str = ""
    candidates: int = 0
    """How many deliveries were frozen; the ledger adds up to this for ever."""

    @property
    def key(self) -> str:
        """The issue's name in Message-IDs and placeholders; see :func:`issue_key`."""
        return issue_key(self.briefing, self.number, self.composed_at)


def issue_key(briefing: str, number: int, composed_at: datetime) -> str:
    """Return what names an issue for ever, even if a restored backup counts a number twice."""
    return f"{briefing}/{number}/{composed_at.isoformat()}"


UNSUBSCRIBE_SLOT = "unsubscribe"
"""The slot of a mail that a subscription's own token to unsubscribe is filled into."""


@dataclass(frozen=True, slots=True)
class BriefingInfo:
    """What a briefing says of itself in its mails."""

    name: str
    title: str
    description: str = ""
    language: str = "en"
    full_content: bool = False
    """Whether articles stand in the mail whole, or as summaries with a link."""

    timezone: str = "UTC"
    """IANA zone in which the mail tells dates and times."""


@dataclass(frozen=True, slots=True)
class Section:
    """Articles of one topic, under its heading."""

    title: str
    articles: tuple[Article, ...]


@dataclass(frozen=True, slots=True)
class IssueContent:
    """The articles of an issue in the order and the roles an editor gives them.

    Every article stands in exactly one of :attr:`lead`, :attr:`sections`, and :attr:`more`;
    :attr:`corrections` repeats those of them that carry one, and may add earlier ones.
    """

    lead: Article | None
    sections: tuple[Section, ...] = ()
    more: tuple[Article, ...] = ()
    """Shown as headlines only."""

    corrections: tuple[Article, ...] = ()

    @property
    def articles(self) -> tuple[Article, ...]:
        """Every article once, in reading order."""
        lead = (self.lead,) if self.lead else ()
        return (*lead, *(a for section in self.sections for a in section.articles), *self.more)


@dataclass(frozen=True, slots=True)
class MailLinks:
    """Where the links of a mail's furniture lead: absolute URLs.

    Those that are personal hold a placeholder of ``mail/message.py`` in place of the token.
    """

    unsubscribe: str
    preferences: str
    view_online: str
    archive: str = ""


@dataclass(frozen=True, slots=True)
class MailContext:
    """All that the briefing's templates are given."""

    publication: Publication
    briefing: BriefingInfo
    number: int
    date: date
    """The issue's date in the briefing's zone."""

    subject: str
    content: IssueContent
    links: MailLinks
    introduction: str = ""
    """Plain text by the editor; paragraphs are parted by empty lines."""
