"""An article as a program hands it over, made one that arrives. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from digest.model import Image
from digest.model.upstream import Arrival
from digest.syndication import sanitize
from digest.syndication.articles import markdown_html
from digest.syndication.parse.build import Stated, arrival
from digest.syndication.parse.texts import as_html


class Markup(StrEnum):
    """What its content is written in."""

    HTML = "html"
    MARKDOWN = "markdown"
    TEXT = "text"  #: Paragraphs with empty lines between them.


@dataclass(frozen=True, slots=True)
class Pushed:
    """An article as somebody states it."""

    id: str
    """What they call it, for good."""

    title: str
    content: str
    markup: Markup = Markup.HTML
    summary: str = ""
    """Plain text; empty: the first paragraph."""

    url: str = ""
    """Where its page is; empty: here."""

    slug: str = ""
    """What the page here is called; empty: as the title is. An article keeps its first one."""

    authors: tuple[tuple[str, str], ...] = ()
    """Names and web addresses."""

    topics: tuple[str, ...] = ()
    published_at: datetime | None = None
    """``None``: now, or as it was. Before that time nobody sees it."""

    updated_at: datetime | None = None
    image: Image | None = None
    language: str = ""
    pinned: bool = False
    correction: str = ""


def pushed_arrival(pushed: Pushed, base: str) -> Arrival | None:
    """Return *pushed* as an article that arrives; ``None`` if it has nothing to show.

    *base* is what relative addresses are relative to when it has no URL of its own.
    """
    html = pushed.content
    if pushed.markup is Markup.MARKDOWN:
        html = markdown_html(html)
    elif pushed.markup is Markup.TEXT:
        html = as_html(html, "text/plain")
    made = arrival(
        Stated(
            title=pushed.title,
            title_is_html=False,
            content_html=html,
            summary_html=as_html(pushed.summary, "text/plain"),
            has_content=True,
            base=pushed.url or base,
            guid=pushed.id,
            url=pushed.url,
            language=(pushed.language,),
            authors=pushed.authors,
            topics=pushed.topics,
            published_at=pushed.published_at,
            updated_at=pushed.updated_at,
            image=pushed.image,
        )
    )
    if made is None or not (made.draft.content_html.strip() or made.draft.summary):
        return None
    draft = replace(
        made.draft,
        slug=pushed.slug or made.draft.slug,
        pinned=pushed.pinned,
        correction=sanitize.one_line(pushed.correction),
    )
    return replace(made, draft=draft)
