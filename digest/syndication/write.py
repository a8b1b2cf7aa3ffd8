"""A feed's three documents: RSS and Atom through feedgen, and JSON Feed.

feedgen 1.0.0 has defects that its interface leaves no way around. So it is given only what it
writes well, and the lxml trees that it builds are corrected (``rss.py``, ``atom.py``) before
they become bytes. Each correction carries the number of its defect, as listed in
``tests/syndication/test_write_defects.py``, where each is shown to be needed.

Entries are made once, each by itself, and set into whichever documents hold them: :class:`Cache`.

This is the only module that imports feedgen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from feedgen.feed import FeedGenerator
from lxml import etree

from digest.model import Article, FeedInfo, Publication
from digest.syndication.atom import TOMBSTONES, correct_entries, correct_feed
from digest.syndication.document import ALONE, Document, Paging, prepare
from digest.syndication.entry import (
    Entry,
    Ground,
    prepare_entry,
    prepare_ground,
    prepare_tombstone,
    uid_of,
)
from digest.syndication.jsonfeed import write_item, write_json
from digest.syndication.media import MEDIA
from digest.syndication.podcast import ITUNES, PODCAST
from digest.syndication.rss import DC, HISTORY, SY, correct_channel, correct_items

VERSION = 2
"""Raised when the same articles would become other bytes: then all documents are written again."""

CACHE_BYTES = 24_000_000

_OPENING_TAG = re.compile(rb"<[^>]*>")
_DECLARATION = re.compile(rb' xmlns:[a-z]+="[^"]*"')


@dataclass(frozen=True, slots=True)
class FeedDocuments:
    """One feed in every format, each UTF-8."""

    rss: bytes
    atom: bytes
    json: bytes

    @property
    def largest(self) -> int:
        """The length in bytes of the longest of the three."""
        return max(len(self.rss), len(self.atom), len(self.json))


@dataclass(frozen=True, slots=True)
class Fragment:
    """An article as the piece that each format's document has of it."""

    rss: bytes
    atom: bytes
    json: bytes
    updated_at: datetime


class Cache:
    """Keeps fragments, so that an article is written once for all documents and for all times.

    By the article's number and revision: both must be right. When it is full the oldest go.
    """

    def __init__(self, limit_bytes: int = CACHE_BYTES) -> None:
        """Keep about *limit_bytes* at most."""
        self._limit = limit_bytes
        self._kept: dict[object, Fragment] = {}
        self._bytes = 0

    def get(self, article: Article, ground: Ground) -> Fragment | None:
        """Return the fragment of *article* if it is there."""
        return self._kept.get((article.sequence, article.revision, ground))

    def put(self, article: Article, ground: Ground, fragment: Fragment) -> None:
        """Keep the fragment of *article*."""
        self._kept[article.sequence, article.revision, ground] = fragment
        self._bytes += _size(fragment)
        while self._bytes > self._limit:
            oldest = next(iter(self._kept))
            self._bytes -= _size(self._kept.pop(oldest))


def write_feed(
    publication: Publication,
    feed: FeedInfo,
    articles: Sequence[Article],
    *,
    paging: Paging = ALONE,
    cache: Cache | None = None,
) -> FeedDocuments:
    """Return the documents of *feed* with *articles* in the order given, newest first.

    The same input gives the same bytes, whatever the time, locale, or time zone. No article
    can stop a feed: forbidden characters are taken out, what cannot be said is left unsaid, and
    of articles that share a uid the first stands. Withdrawn ones become tombstones in Atom
    (RFC 6721) and are absent from RSS and JSON Feed.

    Args:
        publication: Who publishes.
        feed: What the feed says of itself; with ``full_content`` false, entries carry their
            summary only. In an archive document its URLs are those of that document.
        articles: The articles that it holds.
        paging: The documents beside this one.
        cache: What was written before; ``None`` means that nothing is kept.

    Raises:
        ValueError: if *publication* or *feed* lacks an id or an absolute http(s) URL.
    """
    ground = prepare_ground(publication, feed)
    distinct: dict[str, Article] = {}
    for article in articles:
        distinct.setdefault(uid_of(article, ground), article)
    standing = [item for item in distinct.values() if item.withdrawn_at is None]
    withdrawn = [item for item in distinct.values() if item.withdrawn_at is not None]
    fragments = write_fragments(standing, ground, cache)
    document = prepare(
        publication,
        feed,
        paging=paging,
        changed_at=[fragment.updated_at for fragment in fragments],
        tombstones=[prepare_tombstone(article, ground) for article in withdrawn],
    )
    rss, atom = _heads(document, fragments)
    return FeedDocuments(
        _filled(rss, b"</channel>", (fragment.rss for fragment in fragments)),
        _filled(atom, b"</feed>", (fragment.atom for fragment in fragments)),
        write_json(document, (fragment.json for fragment in fragments)),
    )


def write_fragments(
    articles: Sequence[Article], ground: Ground, cache: Cache | None = None
) -> list[Fragment]:
    """Return the fragment of each of *articles*, none of which is withdrawn."""
    found = {place: cache and cache.get(item, ground) for place, item in enumerate(articles)}
    missing = [place for place, fragment in found.items() if not fragment]
    entries = [prepare_entry(articles[place], ground) for place in missing]
    for place, fragment in zip(missing, _written(entries, ground), strict=True):
        found[place] = fragment
        if cache is not None:
            cache.put(articles[place], ground, fragment)
    return [fragment for fragment in found.values() if fragment]


def _written(entries: Sequence[Entry], ground: Ground) -> list[Fragment]:
    generator = FeedGenerator()
    generator.id(ground.publication_id or ground.site_url)
    generator.title(ground.site_url)
    generator.description(ground.site_url)
    generator.link(href=ground.site_url)
    generator.updated(datetime(1970, 1, 1, tzinfo=UTC))  # 8
    generator._FeedGenerator__rss_lastBuildDate = None  # noqa: SLF001 - 12: see _generator
    _add_entries(generator, entries)
    _declare(generator, rss=_RSS_PREFIXES, atom=_ATOM_PREFIXES)
    rss, _ = generator._create_rss()  # noqa: SLF001 - rss_str() gives bytes: too late to correct
    correct_items(rss, entries, ground.language)
    atom, _ = generator._create_atom()  # noqa: SLF001 - the same
    correct_entries(atom, entries, ground.language)
    return [
        Fragment(_piece(item), _piece(element), write_item(entry), entry.updated_at)
        for item, element, entry in zip(
            rss[0].findall("item"), atom.findall("entry"), entries, strict=True
        )
    ]


def _piece(element: etree._Element) -> bytes:
    """Return *element* as it stands in a document whose root declares all prefixes."""
    data = etree.tostring(element, encoding="UTF-8", pretty_print=True, with_tail=False)
    data = data.removeprefix(b"<?xml version='1.0' encoding='UTF-8'?>\n")
    tag = _OPENING_TAG.match(data)
    if tag is None:  # pragma: no cover - an element begins with one
        raise AssertionError(data[:80])
    return _DECLARATION.sub(b"", tag[0]) + data[tag.end() :]


def _filled(head: bytes, before: bytes, pieces: Iterable[bytes]) -> bytes:
    """Return *head*, a whole document without entries, with *pieces* set in."""
    place = head.rindex(before)
    return head[:place].rstrip(b" ") + b"".join(pieces) + head[place:]


_RSS_PREFIXES = {"dc": DC, "media": MEDIA, "sy": SY, "itunes": ITUNES, "podcast": PODCAST}
_ATOM_PREFIXES = {"media": MEDIA}


def _heads(document: Document, fragments: Sequence[Fragment]) -> tuple[bytes, bytes]:
    """Return RSS and Atom without entries."""
    generator = _generator(document)
    history = {"fh": HISTORY} if document.paging.is_archive else {}
    seldom = {
        name: _RSS_PREFIXES[name]
        for name in ("itunes", "podcast")
        if document.podcast or any(f"<{name}:".encode() in item.rss for item in fragments)
    }
    always = {name: _RSS_PREFIXES[name] for name in ("dc", "media", "sy")}
    tombstones = {"at": TOMBSTONES} if document.tombstones else {}
    _declare(generator, rss=always | seldom | history, atom=_ATOM_PREFIXES | tombstones | history)
    rss, _ = generator._create_rss()  # noqa: SLF001 - rss_str() gives bytes: too late to correct
    correct_channel(rss, document)
    atom, _ = generator._create_atom()  # noqa: SLF001 - the same
    correct_feed(atom, document)
    return _serialised(rss), _serialised(atom)


def _generator(document: Document) -> Any:  # noqa: ANN401 - feedgen has no types
    """Return a feedgen generator that holds what feedgen writes well."""
    generator = FeedGenerator()
    generator.id(document.uid)
    generator.title(document.title)
    generator.description(document.description)
    generator.updated(document.updated_at)  # 8: else it is the time of building
    # 12: with a date here, _create_rss() would change the locale of the whole process while it
    # formats it. There is no method to take the date away; rss.py writes the element.
    generator._FeedGenerator__rss_lastBuildDate = None  # noqa: SLF001 - see above
    generator.link(href=document.site_url)  # 2, 3: and no other link
    generator.language(document.language)
    generator.generator("Digest")
    generator.ttl(document.ttl_minutes)
    author = document.author
    generator.author(name=author.name, email=author.email, uri=author.url)
    if document.copyright:
        generator.rights(document.copyright)
    if document.logo_url:
        generator.logo(document.logo_url)
        generator.icon(document.logo_url)
    return generator


def _add_entries(generator: Any, entries: Iterable[Entry]) -> None:  # noqa: ANN401 - see _generator
    """Add the entries; their dates in RSS (12), enclosures (1, 9), and media (11) come later."""
    for entry in entries:
        element = generator.add_entry(order="append")  # 13: its default turns the order round
        element.id(entry.uid)
        element.title(entry.title)
        element.updated(entry.updated_at)
        element.link(href=entry.url)
        element.summary(entry.summary)
        if entry.content_html:
            element.content(entry.content_html, type="html")  # 4, 5: neither CDATA nor no type
        for author in entry.authors:
            element.author(name=author.name, email=author.email, uri=author.url)
        for topic in entry.topics:
            element.category(term=topic)


def _declare(
    generator: Any,  # noqa: ANN401 - see _generator
    *,
    rss: Mapping[str, str],
    atom: Mapping[str, str],
) -> None:
    """Have the prefixes of our own elements declared once, at the root."""
    generator.register_extension("rss_names", lambda: _Namespaces(rss), atom=False)
    generator.register_extension("atom_names", lambda: _Namespaces(atom), rss=False)


class _Namespaces:
    """A feedgen extension that declares namespaces and adds no elements."""

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        self._prefixes = prefixes

    def extend_ns(self) -> Mapping[str, str]:
        """Return what feedgen is to declare."""
        return self._prefixes

    def extend_rss(self, root: etree._Element) -> None:
        """Leave RSS as it is."""

    def extend_atom(self, root: etree._Element) -> None:
        """Leave Atom as it is."""


def _serialised(root: etree._Element) -> bytes:
    """Return the document as UTF-8 with an XML declaration and no DTD (feeds.md X2)."""
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _size(fragment: Fragment) -> int:
    return len(fragment.rss) + len(fragment.atom) + len(fragment.json)
