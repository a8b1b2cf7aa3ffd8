"""What the words of other people's feeds mean: titles, names, topics, languages, and times."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import MAXYEAR, UTC, datetime
from html import unescape

from digest.config.values import check_language
from digest.model import Author
from digest.syndication import markup, sanitize
from digest.syndication.scalars import parse_moment

MAX_TITLE_CHARS = 300
MAX_TOPICS = 20
MAX_TOPIC_CHARS = 60
MAX_AUTHORS = 10
_MAX_NAME_CHARS = 100
_LOOK_CHARS = 1_000
EARLIEST_YEAR = 1970

_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_LEAP_SECOND = re.compile(r"(?<=:[0-9]{2}):60\b")
_ADDRESS = re.compile(r"[^\s@()<>]{1,64}@[^\s@()<>]{1,190}")
_BY = re.compile(r"(?i)(?:by|von|par|por|від)\s+(?=\w)")
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,300}>")


def plain(text: str, *, is_html: bool) -> str:
    """Return *text* on one line, as a reader would see it.

    RSS does not say whether a title is text or HTML, so writers differ: what looks like a tag or a
    reference is taken for one.

    Args:
        text: As the XML or JSON parser gave it.
        is_html: Whether the document may mean HTML by it.
    """
    if is_html and ("<" in text or "&" in text):
        text = markup.inner_text(_TAG.sub(_kept, text)) if "<" in text else text
        if _REFERENCE.search(text):
            text = unescape(text)
    return sanitize.one_line(sanitize.clean_text(text))


def _kept(tag: re.Match[str]) -> str:
    """Return a tag that HTML has as it is, and any other thing in brackets as text."""
    name = re.match(r"</?([a-zA-Z][a-zA-Z0-9]*)", tag[0])
    known = name is not None and name[1].lower() in sanitize.ALLOWED_TAGS
    return tag[0] if known else tag[0].replace("<", "&lt;")


def title_of(text: str, *, is_html: bool) -> str:
    """Return a title, cut where it is too long to be one; empty where nobody would see it."""
    title = plain(text, is_html=is_html)
    if len(title) > MAX_TITLE_CHARS:
        head, _, _ = title[:MAX_TITLE_CHARS].rpartition(" ")
        title = f"{head or title[: MAX_TITLE_CHARS - 1]}…"
    return title


def authors_of(names: Iterable[tuple[str, str]]) -> tuple[Author, ...]:
    """Return who wrote it, from pairs of name and web address.

    E-mail addresses are not passed on: whoever put theirs into a feed did not put it into ours.
    """
    found: dict[str, Author] = {}
    for name, url in names:
        shown = _ADDRESS.sub("", plain(name[:_LOOK_CHARS], is_html=True)).strip(" \t()<>,;")
        shown = _BY.sub("", shown, count=1) if _BY.match(shown) else shown
        if shown and len(shown) <= _MAX_NAME_CHARS:
            found.setdefault(shown.casefold(), Author(shown, url=url))
    return tuple(found.values())[:MAX_AUTHORS]


def topics_of(words: Iterable[str]) -> tuple[str, ...]:
    """Return each topic once, in order; without what is an address or too long to be one."""
    found: dict[str, str] = {}
    for word in words:
        topic = plain(word, is_html=True).strip(" #,;")
        if topic and len(topic) <= MAX_TOPIC_CHARS and "://" not in topic:
            found.setdefault(topic.casefold(), topic)
    return tuple(found.values())[:MAX_TOPICS]


def language_of(*tags: str | None) -> str:
    """Return the first of *tags* that is a language, in its recommended case; else empty."""
    for tag in tags:
        try:
            return check_language((tag or "").strip().replace("_", "-"))
        except ValueError:
            continue
    return ""


def stated_moment(text: str) -> datetime | None:
    """Return the time in UTC that *text* states (RFC 5322, ISO 8601); ``None`` if it states none.

    What has no zone is in UTC. A leap second is the one before it.
    """
    moment = parse_moment(_LEAP_SECOND.sub(":59", text[:_LOOK_CHARS]), UTC)
    if moment is None or moment.year < EARLIEST_YEAR:
        return None
    return moment.replace(microsecond=0)


def moment_of(fields: object) -> datetime | None:
    """Return a time from nine numbers in UTC; ``None`` if there is none that could be meant."""
    if not isinstance(fields, tuple) or not EARLIEST_YEAR <= fields[0] <= MAXYEAR:
        return None
    year, month, day, hour, minute, second = fields[:6]
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:  # a day that no month has
        return None


def as_html(text: str, kind: object) -> str:
    """Return *text* as HTML, paragraphs kept."""
    if kind != "text/plain" or not text.strip():
        return text
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    parts = re.split(r"\n[ \t]*\n\s*", escaped.strip())
    return "".join(f"<p>{part.strip()}</p>" for part in parts)
