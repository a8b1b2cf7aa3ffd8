"""RSS, Atom, and RDF, through feedparser: kept within bounds, and cured of what it mixes up.

feedparser is driven by hand: its own door opens files and URLs, and its HTML cleaner is not
needed, for everything passes ours. What it is not given: document types with their entities
(security.md 9), more tags than a feed has, and elements inside each other without end, which cost
it quadratic time.
"""

from __future__ import annotations

import re
import xml.sax
import xml.sax.handler
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any, ClassVar
from xml.sax.expatreader import ExpatParser

import feedparser.api

from digest.model.upstream import UpstreamFeed
from digest.syndication.parse.build import distinct
from digest.syndication.parse.decode import count_tags, decode, from_root, with_known_references
from digest.syndication.parse.entries import arrival_of
from digest.syndication.parse.errors import FeedError
from digest.syndication.parse.pages import feeds_named
from digest.syndication.parse.texts import language_of, plain
from digest.syndication.urls import web_url

MAX_TAGS = 200_000
"""Outside CDATA sections. No feed has half as many; each may cost 40 microseconds."""

MAX_ENTRIES = 5_000
"""Those after that are not looked at: feeds begin with the newest."""

MAX_DEPTH = 60
"""Elements inside each other, those of articles' text not counted."""

_TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
_KINDS = {
    "rss090": "RSS 0.90",
    "rss091n": "RSS 0.91",
    "rss091u": "RSS 0.91",
    "rss092": "RSS 0.92",
    "rss10": "RSS 1.0 (RDF)",
    "rss20": "RSS 2.0",
    "atom03": "Atom 0.3",
    "atom10": "Atom 1.0",
}
_PERIODS = {"hourly": 1, "daily": 24, "weekly": 24 * 7, "monthly": 24 * 30, "yearly": 24 * 365}
_MAX_TTL = timedelta(days=7)
_HOURS = 24
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_PAGE = re.compile(r"(?i)<(?:html|head|body)[\s/>]")


class _TooDeepError(Exception):
    """More elements inside each other than a feed has."""


class _Bounded:
    """What both of feedparser's readers are given on top."""

    # Its own tables, with one more namespace. feedparser fills the second one where it finds it
    # empty, and whoever reads in another thread meanwhile would find half of it.
    namespaces: ClassVar = {**feedparser.api.StrictFeedParser.namespaces, _TOMBSTONES: "at"}
    _matchnamespaces: ClassVar = {name.lower(): prefix for name, prefix in namespaces.items()}
    elementstack: list[Any]
    feeddata: dict[str, Any]

    def push(self, element: str, expecting_text: int) -> None:
        """Begin an element."""
        if len(self.elementstack) >= MAX_DEPTH:
            raise _TooDeepError
        super().push(element, expecting_text)  # type: ignore[misc]

    def _sync_author_detail(self, key: str = "author") -> None:
        """Take what is said of an author as it is: feedparser knows short domains of mail only."""
        context = self._get_context()  # type: ignore[attr-defined]
        details = context.get(f"{key}s") or [{}]
        if details[-1]:
            super()._sync_author_detail(key)  # type: ignore[misc]
        elif context.get(key):
            details[-1]["name"] = context[key]

    def _start_hour(self, _attributes: dict[str, str]) -> None:
        """Keep each hour of rest: feedparser keeps the last."""
        self.push("hour", 1)

    def _end_hour(self) -> None:
        self._note("hours", self.pop("hour"))  # type: ignore[attr-defined]

    def _start_day(self, _attributes: dict[str, str]) -> None:
        self.push("day", 1)

    def _end_day(self) -> None:
        self._note("days", self.pop("day"))  # type: ignore[attr-defined]

    def _note(self, name: str, value: object) -> None:
        if value:
            self.feeddata.setdefault(name, []).append(str(value))

    def _start_media_description(self, _attributes: dict[str, str]) -> None:
        """Keep a picture's words apart from the article's, which feedparser puts them over."""
        self.push("media_description", 1)

    def _end_media_description(self) -> None:
        self.pop("media_description")  # type: ignore[attr-defined]

    def _start_media_title(self, _attributes: dict[str, str]) -> None:
        self.push("media_title", 1)

    def _end_media_title(self) -> None:
        self.pop("media_title")  # type: ignore[attr-defined]


def _take_back(reader: _Bounded, attributes: dict[str, str]) -> None:
    """Note an ``at:deleted-entry`` (RFC 6721, section 3)."""
    reader.feeddata.setdefault("deleted", []).append(attributes.get("ref", ""))
    reader.push("at_deleted-entry", 0)


setattr(_Bounded, "_start_at_deleted-entry", _take_back)


class _Strict(_Bounded, feedparser.api.StrictFeedParser):  # type: ignore[misc]
    """For XML that is well-formed."""


class _Loose(_Bounded, feedparser.api.LooseFeedParser):  # type: ignore[misc]
    """For all other."""


def read_xml_feed(data: bytes, url: str, content_type: str) -> UpstreamFeed:
    """Return what the document says.

    Raises:
        FeedError: if it is no feed, or has more markup than one has.
    """
    text, coding = decode(data, content_type)
    text = from_root(text)
    if count_tags(text) > MAX_TAGS:
        raise FeedError(f"has more than {MAX_TAGS:,} tags")
    text = with_known_references(text)
    if _PAGE.match(text):
        raise FeedError("is a web page, not a feed", feeds_named(data, url))
    try:
        reader, problem = _read(text, url)
    except _TooDeepError:
        raise FeedError("has elements inside each other without end") from None
    problems = tuple(part for part in (problem, coding) if part)
    if not (reader.version or reader.entries):
        raise FeedError(f"is no feed{f': {problem}' if problem else ''}", feeds_named(data, url))
    return _feed(reader, url, problems)


def _read(text: str, url: str) -> tuple[Any, str]:
    """Return the reader that has read *text*, and what was wrong with it."""
    strict = _prepared(_Strict(url, None, "utf-8"))
    parser = ExpatParser(namespaceHandling=1)
    parser.setFeature(xml.sax.handler.feature_external_ges, 0)
    parser.setContentHandler(strict)
    parser.setErrorHandler(strict)
    try:
        parser.feed(text.encode())
        parser.close()
    except xml.sax.SAXException as error:
        problem = _said(error)
    except _TooDeepError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever trips feedparser, the other reader is left
        problem = _said(error)
    else:
        return strict, ""
    loose = _prepared(_Loose(url, None, "utf-8", {}))
    try:
        loose.feed(text)
    except _TooDeepError:
        raise
    except Exception as error:  # noqa: BLE001 - what it read before that counts
        problem = f"{problem}; {_said(error)}"
    return loose, problem


def _prepared(reader: Any) -> Any:  # noqa: ANN401 - feedparser has no types
    reader.resolve_relative_uris = False  # ours are resolved with the HTML
    reader.sanitize_html = False
    return reader


def _said(error: object) -> str:
    return "" if error is None else plain(str(error), is_html=False)[:200]


def _feed(reader: Any, url: str, problems: tuple[str, ...]) -> UpstreamFeed:  # noqa: ANN401 - feedparser has no types
    said = reader.feeddata
    kind = _KINDS.get(reader.version, "Atom" if reader.version.startswith("atom") else "RSS")
    is_atom = reader.version.startswith("atom")
    language = language_of(said.get("language"))
    entries = reader.entries[:MAX_ENTRIES]
    arrivals = [arrival_of(entry, said, url=url, is_atom=is_atom) for entry in entries]
    links = said.get("links") or []
    return UpstreamFeed(
        kind=kind,
        title=plain(said.get("title") or "", is_html=not is_atom),
        site_url=web_url(said.get("link") or "", url),
        self_url=_linked(links, "self", url)[0] if _linked(links, "self", url) else "",
        language=language,
        arrivals=distinct(item for item in arrivals if item is not None),
        deleted=frozenset(ref for ref in said.get("deleted", ()) if ref),
        hubs=_linked(links, "hub", url),
        ttl=_ttl(said),
        skip_hours=frozenset(_hours(said.get("hours", ()))),
        skip_days=frozenset(
            _DAYS.index(day)
            for day in (str(value).strip().lower() for value in said.get("days", ()))
            if day in _DAYS
        ),
        problems=problems,
    )


def _linked(links: list[Any], rel: str, base: str) -> tuple[str, ...]:
    addresses = (
        web_url(link.get("href") or "", base)
        for link in links
        if str(link.get("rel", "")).lower() == rel
    )
    return tuple(dict.fromkeys(address for address in addresses if address))


def _ttl(said: Any) -> timedelta | None:  # noqa: ANN401 - feedparser has no types
    """Return how long the feed says it stays as it is."""
    minutes = str(said.get("ttl") or "").strip()
    if re.fullmatch("[0-9]{1,6}", minutes) and int(minutes):
        return min(timedelta(minutes=int(minutes)), _MAX_TTL)
    hours = _PERIODS.get(str(said.get("sy_updateperiod") or "").strip().lower())
    if hours is None:
        return None
    times = str(said.get("sy_updatefrequency") or "1").strip()
    frequency = int(times) if re.fullmatch("[0-9]{1,4}", times) else 1
    return min(timedelta(hours=hours) / max(frequency, 1), _MAX_TTL)


def _hours(said: Iterable[str]) -> Iterator[int]:
    """Yield hours of the day from 0 to 23; RSS 0.91 calls midnight 24."""
    for value in said:
        text = value.strip()
        if re.fullmatch("[0-9]{1,2}", text) and int(text) <= _HOURS:
            yield int(text) % _HOURS
