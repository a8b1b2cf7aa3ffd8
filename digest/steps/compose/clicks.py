"""Clicks: links to articles go by an address of ours, the same for all, that counts. Pure."""

from __future__ import annotations

from dataclasses import replace

from digest.model import Article, IssueContent, Section

FOLDER = "c"
"""Below the site's base, where the web app counts and redirects."""


def counted(content: IssueContent, base: str, briefing: str, number: int) -> IssueContent:
    """Return *content* with links to its articles by way of the site at *base* (ends in ``/``)."""

    def led(article: Article) -> Article:
        return replace(article, url=f"{base}{FOLDER}/{briefing}/{number}/{article.sequence}")

    return replace(
        content,
        lead=led(content.lead) if content.lead else None,
        sections=tuple(
            Section(section.title, tuple(map(led, section.articles)))
            for section in content.sections
        ),
        more=tuple(map(led, content.more)),
        corrections=tuple(map(led, content.corrections)),
        also={uid: tuple(map(led, others)) for uid, others in content.also.items()},
    )
