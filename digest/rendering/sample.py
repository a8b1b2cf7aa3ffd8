"""Issues made up to try templates with: everything at once, next to nothing, the unusual."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from digest.model import (
    DEFAULT_THEME,
    Article,
    Author,
    BriefingInfo,
    Enclosure,
    Image,
    IssueContent,
    MailContext,
    MailLinks,
    NoticeContext,
    Publication,
    Section,
)

_AT = datetime(2026, 11, 24, 5, 30, tzinfo=UTC)


def samples(theme: str = DEFAULT_THEME) -> tuple[MailContext, ...]:
    """Return issues of *theme* that between them reach every part of a template."""
    full = _full(theme)
    bare_article = replace(_article(1), summary="", authors=(), topics=(), image=None)
    return (
        full,
        replace(full, briefing=replace(full.briefing, full_content=True)),
        _right_to_left(full),
        replace(full, content=_without_images(full.content)),
        replace(full, content=IssueContent(lead=bare_article), introduction=""),
        replace(full, content=IssueContent(lead=None, more=(bare_article,)), introduction=""),
    )


def notice_sample(theme: str = DEFAULT_THEME) -> NoticeContext:
    """Return a notice of *theme* that has everything."""
    publication = _full(theme).publication
    return NoticeContext(
        publication=publication,
        language="en",
        timezone="UTC",
        subject="Please confirm",
        heading="Is this address yours?",
        paragraphs=("Press the button.",),
        button=("Confirm", f"{publication.url}confirm/token"),
        after=("The link works for a week.",),
        links=(("Read the latest issue", f"{publication.url}issues/daily/1"),),
        sender="You get this mail because it was asked for.",
    )


def _full(theme: str) -> MailContext:
    return MailContext(
        publication=Publication(
            title="The Sample",
            url="https://example.org/",
            id="tag:example.org,2026",
            description="A publication made up to try templates with",
            author=Author("The Sample"),
            postal_address="The Sample\n1 Example Street\nExampleton",
            copyright="The Sample",
            logo_url="https://example.org/logo.png",
            theme=theme,
        ),
        briefing=BriefingInfo("daily", "Daily Briefing", "Every morning"),
        number=1,
        date=_AT.date(),
        subject="A sample & <nothing> more",
        content=IssueContent(
            lead=replace(_article(1), title="A lead & its <headline>"),
            sections=(
                Section("World", (_article(2), replace(_article(3), image=None))),
                Section("Science", (replace(_article(4), language="ar"),)),
            ),
            more=(_article(5), _article(6)),
            corrections=(_article(2),),
            also={_article(2).uid: (replace(_article(7), url="https://example.net/7"),)},
        ),
        links=MailLinks(
            unsubscribe="https://example.org/unsubscribe?token=sample&briefing=daily",
            preferences="https://example.org/preferences?token=sample&briefing=daily",
            view_online="https://example.org/archive/daily/1",
            archive="https://example.org/archive/daily",
        ),
        introduction="Good morning.\n\nThis is what an editor's introduction looks like.",
    )


def _article(number: int) -> Article:
    return Article(
        uid=f"tag:example.org,2026:{number}",
        slug=f"sample-{number}",
        title=f"Sample headline {number}",
        url=f"https://example.org/sample-{number}",
        summary="One sentence that says what happened, and another that says why it matters.",
        content_html=(
            "<p>Text.</p><blockquote><p>A quotation.</p><cite>Somebody</cite></blockquote>"
            '<h2>Heading</h2><p><img src="https://example.org/a.png" alt="A picture"></p>'
        ),
        content_text="Text.\n\n> A quotation.\n\nHeading\n",
        published_at=_AT,
        updated_at=_AT,
        authors=(Author("A. Writer"), Author("B. Writer")),
        topics=("World",),
        image=Image(f"https://example.org/{number}.jpg", "A picture", "A caption", "A. Painter"),
        enclosures=(
            Enclosure("https://example.org/a.mp3", "audio/mpeg", 1_000_000, "A recording"),
        ),
        correction="An earlier version named another street.",
    )


def _right_to_left(context: MailContext) -> MailContext:
    content = context.content
    sections = tuple(
        Section("العالم", tuple(replace(each, language="ar") for each in section.articles))
        for section in content.sections
    )
    return replace(
        context,
        briefing=replace(context.briefing, language="ar", title="موجز الصباح"),
        content=replace(content, sections=sections),
    )


def _without_images(content: IssueContent) -> IssueContent:
    return replace(
        content,
        lead=replace(content.lead, image=None) if content.lead else None,
        sections=tuple(
            Section(s.title, tuple(replace(each, image=None) for each in s.articles))
            for s in content.sections
        ),
    )
