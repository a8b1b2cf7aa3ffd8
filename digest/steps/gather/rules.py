"""What the operator's rules make of an article that arrives. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from digest.config import SourceConfig
from digest.config.source_rules import Rewrite, Wanted, mapped
from digest.model import Author, Draft
from digest.model.upstream import Arrival
from digest.syndication import sanitize
from digest.syndication.urls import web_url


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one source, read."""

    include: tuple[Wanted, ...] = ()
    exclude: tuple[Wanted, ...] = ()
    topic_map: dict[str, str] | None = None
    rewrites: tuple[Rewrite, ...] = ()

    @classmethod
    def of(cls, settings: SourceConfig) -> Rules:
        """Return what *settings* say."""
        include, exclude = settings.wanted()
        return cls(include, exclude, settings.topics_map(), settings.rewrites())

    def changed(self, arrival: Arrival) -> Arrival:
        """Return *arrival* with its topics in our words and everything rewritten."""
        draft = arrival.draft
        if self.topic_map:
            draft = replace(draft, topics=mapped(draft.topics, self.topic_map))
        for rewrite in self.rewrites:
            draft = _rewritten(draft, rewrite)
        return arrival if draft is arrival.draft else replace(arrival, draft=draft)

    def reason_against(self, arrival: Arrival) -> str:
        """Return why *arrival* is not wanted; empty when it is."""
        for wanted in self.exclude:
            if _has(arrival.draft, wanted):
                return f"has {_named(wanted)} (exclude)"
        if self.include and not any(_has(arrival.draft, wanted) for wanted in self.include):
            return f"has none of {', '.join(map(_named, self.include))} (include)"
        return ""


def newest(arrivals: Sequence[Arrival], number: int) -> list[Arrival]:
    """Return the newest *number* of *arrivals* in their order; 0 for all.

    Those without a time count as they stand in the document: feeds begin with the newest.
    """
    if not number or len(arrivals) <= number:
        return list(arrivals)
    places = range(len(arrivals))

    def age(place: int) -> tuple[float, int]:
        published_at = arrivals[place].draft.published_at
        return (-published_at.timestamp() if published_at else float("-inf"), place)

    kept = set(sorted(places, key=age)[:number])
    return [arrivals[place] for place in places if place in kept]


def _named(wanted: Wanted) -> str:
    return f"{wanted.field}: {wanted.phrase}" if wanted.field else repr(wanted.phrase)


def _has(draft: Draft, wanted: Wanted) -> bool:
    if wanted.field == "url":
        return wanted.phrase in draft.url.casefold()
    words = re.compile(rf"(?<!\w){re.escape(wanted.phrase)}(?!\w)")
    return any(words.search(" ".join(text.split()).casefold()) for text in _texts(draft, wanted))


def _texts(draft: Draft, wanted: Wanted) -> Sequence[str]:
    match wanted.field:
        case "title":
            return (draft.title,)
        case "text":
            return (draft.summary, draft.content_text)
        case "author":
            return tuple(author.name for author in draft.authors)
        case "topic":
            return draft.topics
        case _:
            return (draft.title, draft.summary, draft.content_text)


def _rewritten(draft: Draft, rewrite: Rewrite) -> Draft:
    """Return *draft* with one change; as it was where the change would leave nothing."""

    def new(text: str) -> str:
        return rewrite.pattern.sub(rewrite.replacement, text)

    match rewrite.field:
        case "title":
            title = sanitize.one_line(new(draft.title))
            return replace(draft, title=title) if title else draft
        case "summary":
            return replace(draft, summary=sanitize.one_line(new(draft.summary)))
        case "content":
            html = sanitize.sanitize_html(new(draft.content_html))
            text = sanitize.html_to_text(html)
            return replace(draft, content_html=html, content_text=text)
        case "author":
            names = ((sanitize.one_line(new(author.name)), author) for author in draft.authors)
            authors = tuple(
                Author(name, author.email, author.url) for name, author in names if name
            )
            return replace(draft, authors=authors)
        case _:
            url = web_url(new(draft.url))
            return replace(draft, url=url) if url else draft
