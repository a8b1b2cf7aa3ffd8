"""From what a feed, a page, or a mail states to an article that arrives: alike for all of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit

from digest.model import Draft, Enclosure, Episode, Image
from digest.model.upstream import Arrival
from digest.syndication import markup, sanitize
from digest.syndication.identity import slugify
from digest.syndication.lead import first_paragraph, take_figure
from digest.syndication.parse.texts import authors_of, language_of, title_of, topics_of
from digest.syndication.sentences import summarize
from digest.syndication.upstream import clean_html
from digest.syndication.urls import web_url

MAX_CONTENT_CHARS = 1_000_000
"""Of one article; what is longer keeps its summary only."""

MAX_ENCLOSURES = 10
_MAX_GUID_CHARS = 2_000
_SUMMARY_CHARS = 600
"""Text that is shorter, in a feed that has nothing else, is taken for a summary."""

_UNFINISHED = re.compile(r"(?:…|\.\.\.|\[…\]|\[\.\.\.\])\s*$")
_SHORT_TITLE_CHARS = 80
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_MOST_ALIKE = 20
"""Of articles with one guid and address, so many are compared with each that follows."""


@dataclass(frozen=True, slots=True)
class Stated:
    """What is said of an article, as it stands there."""

    title: str = ""
    title_is_html: bool = True
    content_html: str = ""
    summary_html: str = ""
    has_content: bool = False
    """Whether the content is said to be all of it."""

    base: str = ""
    """What addresses in the content are relative to."""

    guid: str = ""
    url: str = ""
    language: tuple[str | None, ...] = ()
    """Surest first; what is no language is passed over."""

    authors: tuple[tuple[str, str], ...] = ()
    """Names and web addresses."""

    topics: tuple[str, ...] = ()
    published_at: datetime | None = None
    updated_at: datetime | None = None
    image: Image | None = None
    enclosures: tuple[Enclosure, ...] = ()
    episode: Episode | None = None
    origin: str = ""
    origin_url: str = ""


def arrival(stated: Stated) -> Arrival | None:
    """Return *stated* as an article that arrives; ``None`` if there is nothing in it to show."""
    too_long = len(stated.content_html) > MAX_CONTENT_CHARS
    raw = stated.summary_html if too_long else stated.content_html
    html = clean_html(raw[:MAX_CONTENT_CHARS], stated.base or stated.url)
    text = sanitize.html_to_text(html)
    summary = markup.inner_text(clean_html(stated.summary_html[:MAX_CONTENT_CHARS], stated.base))
    picture, rest = take_figure(html)
    image = _better(stated.image, picture)
    title = title_of(stated.title, is_html=stated.title_is_html) or _title_from(summary or text)
    if not title and (image or stated.enclosures or stated.url):
        # A photograph or a recording may come without a word.
        title = _title_from(image.alt if image else "") or _words_of(stated)
    if not title:
        return None
    if image is not None and picture is not None and image.url == picture.url:
        html = rest
        text = sanitize.html_to_text(html)
    is_whole = stated.has_content and not too_long
    return Arrival(
        Draft(
            title=title,
            content_html=html,
            content_text=text,
            summary=summarize(summary or first_paragraph(html)),
            slug=slugify(title),
            authors=authors_of(stated.authors),
            topics=topics_of(stated.topics),
            published_at=stated.published_at,
            updated_at=_later(stated.updated_at, stated.published_at),
            image=image,
            url=web_url(stated.url),
            language=language_of(*stated.language),
            enclosures=stated.enclosures,
            episode=stated.episode,
        ),
        guid=sanitize.one_line(stated.guid)[:_MAX_GUID_CHARS],
        is_summary=_is_summary(text, is_whole=is_whole),
        origin=stated.origin,
        origin_url=stated.origin_url,
    )


def _better(stated: Image | None, shown: Image | None) -> Image | None:
    """Return the article's picture: the one that it begins with, or the one that the feed names."""
    if shown is not None and web_url(shown.url):
        if stated is not None and stated.url == shown.url:
            return replace(
                shown,
                caption=shown.caption or stated.caption,
                credit=shown.credit or stated.credit,
                width=shown.width or stated.width,
                height=shown.height or stated.height,
            )
        return shown
    address = sanitize.picture_url(stated.url, "") if stated is not None else ""
    return replace(stated, url=address) if stated is not None and address else None


def _title_from(text: str) -> str:
    """Return a title for what has none, as notes have: its first words."""
    words = sanitize.one_line(text)
    if len(words) <= _SHORT_TITLE_CHARS:
        return words
    head, _, _ = words[:_SHORT_TITLE_CHARS].rpartition(" ")
    return f"{head or words[:_SHORT_TITLE_CHARS]}…"


def _later(updated: datetime | None, published: datetime | None) -> datetime | None:
    if updated is None or published is None or updated <= published:
        return None
    return updated


def _is_summary(text: str, *, is_whole: bool) -> bool:
    if _UNFINISHED.search(text):
        return True
    return not is_whole and len(text) < _SUMMARY_CHARS


def _words_of(stated: Stated) -> str:
    """Return what its addresses say; empty when they say nothing a person could read."""
    for address in (stated.url, *(item.url for item in stated.enclosures)):
        last = unquote(urlsplit(address).path).rstrip("/").rpartition("/")[2]
        words = re.sub(r"[\W_]+", " ", re.sub(r"\.\w{1,5}$", "", last)).strip()
        if re.search(r"[^\W\d_]{3}", words):
            return _title_from(words[:1].upper() + words[1:])
    return ""


def distinct(arrivals: Iterable[Arrival]) -> tuple[Arrival, ...]:
    """Return *arrivals* without those that are there already.

    Several with one guid are versions of one article (RFC 4287, section 4.1.1), of which the one
    updated last stays, in the first one's place; unless their addresses differ, or their titles and
    no time of an update tells that one is the other's version: some feeds call all of their
    articles by one name.
    """
    found: list[Arrival] = []
    places: dict[tuple[str, str], list[int]] = {}
    for item in arrivals:
        alike = places.setdefault((item.guid, item.draft.url), [])
        same = next((place for place in alike if _is_same(found[place], item)), None)
        if same is None:
            if len(alike) < _MOST_ALIKE:
                alike.append(len(found))
            found.append(item)
        elif _changed_at(item) > _changed_at(found[same]):
            found[same] = item
    return tuple(found)


def _is_same(one: Arrival, other: Arrival) -> bool:
    mine, theirs = one.draft, other.draft
    if mine.title == theirs.title:
        is_told_apart = one.guid or mine.url or mine.content_text == theirs.content_text
        return bool(is_told_apart)
    is_version = mine.updated_at != theirs.updated_at and mine.published_at == theirs.published_at
    return bool(one.guid) and mine.published_at is not None and is_version


def _changed_at(item: Arrival) -> datetime:
    """Return when it was last changed; what does not say was changed long ago."""
    return item.draft.updated_at or item.draft.published_at or _LONG_AGO
