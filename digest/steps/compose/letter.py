"""Letter: an issue's content becomes the message that is sent. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from digest.config import Config
from digest.mail.message import Letter
from digest.model import UNSUBSCRIBE_SLOT, IssueContent, MailContext, MailLinks
from digest.rendering import RenderedMail
from digest.rendering.prose import shorten
from digest.rendering.wording import Wording

MAX_SUBJECT_CHARACTERS = 70
"""Longer subjects are cut at a word; phones show about half of it."""

_SENDER_ID_CHARACTERS = (5, 15)
"""How long the last part of Feedback-ID may be (Gmail's Postmaster Tools)."""


@dataclass(frozen=True, slots=True)
class Heading:
    """What all variants of an issue have in common."""

    briefing: str
    number: int
    slot: str
    """What stands in the mail where each reader's own token comes."""

    now: datetime
    mark: str = ""
    """Comes before the subject."""

    introduction: str = ""
    counts_clicks: bool = False
    """Whether its links are counted: true only of what is frozen then."""

    subject: str = ""
    """What an editor called it; empty: as the settings say."""


def context_of(
    config: Config, heading: Heading, content: IssueContent, language: str
) -> MailContext:
    """Return what the templates are given for readers of *language*."""
    name = heading.briefing
    briefing = config.briefings[name]
    day = heading.now.astimezone(ZoneInfo(briefing.timezone)).date()
    wording = Wording(language, briefing.timezone)
    subject = heading.subject or briefing.subject_of(
        lead=content.articles[0].title, date=wording.full_date(day), number=heading.number
    )
    base = config.web.url
    return MailContext(
        publication=config.publication_value(),
        briefing=replace(config.briefing_info(name), language=language),
        number=heading.number,
        date=day,
        subject=heading.mark + shorten(subject, MAX_SUBJECT_CHARACTERS),
        content=content,
        links=MailLinks(
            unsubscribe=f"{base}unsubscribe/{heading.slot}",
            preferences=f"{base}preferences/{heading.slot}",
            view_online=f"{base}issues/{name}/{heading.number}",
            archive=f"{base}issues/{name}",
        ),
        introduction=heading.introduction,
    )


def letter_of(config: Config, heading: Heading, context: MailContext, mail: RenderedMail) -> Letter:
    """Return the message that *mail*, made of *context*, is sent as.

    Without HTML it is of text alone.
    """
    briefing = config.briefings[heading.briefing]
    return Letter(
        from_name=briefing.from_name,
        from_address=briefing.from_address,
        reply_to=briefing.reply_to,
        subject=context.subject,
        date=heading.now,
        html=mail.html,
        text=mail.text,
        message_id_domain=briefing.from_address.rpartition("@")[2],
        slots={UNSUBSCRIBE_SLOT: heading.slot},
        list_id=briefing.list_id,
        list_name=briefing.title,
        list_help=context.links.archive,
        list_archive=context.links.archive,
        list_owner=briefing.reply_to or briefing.from_address,
        unsubscribe_url=context.links.unsubscribe,
        unsubscribe_mailto=briefing.unsubscribe_mailto,
        unsubscribe_slot=UNSUBSCRIBE_SLOT,
        feedback_id=feedback_id(heading.briefing, heading.number, config.publication.url),
        language=context.briefing.language,
    )


def feedback_id(briefing: str, number: int, url: str) -> str:
    """Return the Feedback-ID of an issue: the same for all its readers (email.md, L8)."""
    least, most = _SENDER_ID_CHARACTERS
    host = re.sub(r"[^a-z0-9]", "", (urlsplit(url).hostname or "").lower())
    return f"{number}:{briefing}:briefing:{host[:most].ljust(least, 'x')}"
