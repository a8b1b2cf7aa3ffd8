"""What the templates of mails are given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from digest.model.articles import Article
from digest.model.publication import Publication

if TYPE_CHECKING:
    from datetime import date


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
    also: Mapping[str, tuple[Article, ...]] = field(default_factory=dict)
    """By the uid of an article of the issue: those of other sources that tell the same story."""

    minutes: Mapping[str, int] = field(default_factory=dict)
    """By uid: how long all of an article takes to read, where the issue has less of it."""

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


@dataclass(frozen=True, slots=True)
class NoticeContext:
    """All that the templates of a notice are given: a mail to one person, about subscribing.

    Every text was written by us or stands in the settings; nothing of it is a stranger's.
    """

    publication: Publication
    language: str
    timezone: str
    subject: str
    heading: str
    paragraphs: tuple[str, ...]
    button: tuple[str, str] | None = None
    """What the button says and where it leads."""

    after: tuple[str, ...] = ()
    """Smaller paragraphs below the button."""

    links: tuple[tuple[str, str], ...] = ()
    """What further links say and where they lead."""

    sender: str = ""
    """Who sends this and why, at the foot."""
