"""Values of the model for tests: plausible, complete, and changed by keyword.

The publication is invented; its addresses are of the domains reserved for examples (RFC 2606).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from digest.model import (
    Article,
    Author,
    BriefingInfo,
    Image,
    IssueContent,
    MailContext,
    MailLinks,
    Publication,
    Section,
)

SAMPLE_AT = datetime(2026, 11, 24, 5, 30, tzinfo=UTC)
"""When sample articles were published: the morning of the sample issue."""

SAMPLE_PUBLICATION = Publication(
    title="The Meridian Courier",
    url="https://courier.example/",
    id="tag:courier.example,2026",
    description="Reporting from where the lines cross",
    author=Author("The Meridian Courier", "desk@courier.example"),
    postal_address="The Meridian Courier\n12 Observatory Quay\nPort Halden",
    copyright="© 2026 The Meridian Courier",
)

_PARAGRAPH = (
    "The lake had been falling for three summers when the engineers came back with their poles"
    " and their notebooks, and found that the oldest mark on the harbour wall was dry."
)


def sample_article(number: int = 1, /, **changes: Any) -> Article:  # noqa: ANN401 - any field
    """Return the sample article of that *number*; *changes* are fields of :class:`Article`."""
    article = Article(
        uid=f"tag:courier.example,2026:{number}",
        slug=f"article-{number}",
        title=f"The harbour that measured the lake, part {number}",
        url=f"https://courier.example/articles/article-{number}/",
        summary=f"{_PARAGRAPH} What they do next will decide who may draw water in spring.",
        content_html=f"<p>{_PARAGRAPH}</p>\n<h2>A mark on the wall</h2>\n<p>{_PARAGRAPH * 8}</p>",
        content_text=f"{_PARAGRAPH}\n\nA mark on the wall\n\n{_PARAGRAPH * 8}",
        published_at=SAMPLE_AT - timedelta(hours=number),
        updated_at=SAMPLE_AT - timedelta(hours=number),
        authors=(Author("Ilse Varga", "ilse@courier.example"),),
        topics=("World",),
        sequence=number,
        first_seen_at=SAMPLE_AT - timedelta(hours=number),
    )
    return replace(article, **changes)


def sample_image(number: int = 1, /, **changes: Any) -> Image:  # noqa: ANN401 - any field
    """Return the sample picture of that *number*; *changes* are fields of :class:`Image`."""
    image = Image(
        url=f"https://courier.example/media/{number}.jpg",
        alt=f"A harbour wall with {number} marks above the water",
        caption="The harbour wall in October",
        credit="Noor Haddad",
        media_type="image/jpeg",
        length_bytes=90_000,
        width=1200,
        height=675,
    )
    return replace(image, **changes)


def sample_content() -> IssueContent:
    """Return an ordinary issue's articles: a lead, three sections, two headlines, a correction."""
    corrected = sample_article(5, correction="An earlier version gave the depth in feet.")
    return IssueContent(
        lead=sample_article(1, image=sample_image(1)),
        sections=(
            Section("World", (sample_article(2, image=sample_image(2)), sample_article(3))),
            Section("Science", (sample_article(4), corrected)),
            Section("Culture", (sample_article(6, image=sample_image(6)),)),
        ),
        more=(sample_article(7), sample_article(8)),
        corrections=(corrected,),
    )


def sample_context(**changes: Any) -> MailContext:  # noqa: ANN401 - any field
    """Return an ordinary issue of a daily briefing; *changes* are fields of ``MailContext``."""
    context = MailContext(
        publication=SAMPLE_PUBLICATION,
        briefing=BriefingInfo(
            "daily", "The Morning Meridian", "The day, before it starts", timezone="Europe/Zurich"
        ),
        number=128,
        date=date(2026, 11, 24),
        subject="The harbour that measured the lake",
        content=sample_content(),
        links=MailLinks(
            unsubscribe="https://courier.example/u/TOKEN?briefing=daily&v=1",
            preferences="https://courier.example/p/TOKEN?briefing=daily&v=1",
            view_online="https://courier.example/archive/daily/128/",
            archive="https://courier.example/archive/daily/",
        ),
        introduction="Good morning. Today we begin at the water's edge.",
    )
    return replace(context, **changes)
