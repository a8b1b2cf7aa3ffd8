"""A feed's three documents: RSS and Atom through feedgen, and JSON Feed.

feedgen 1.0.0 has defects that its interface leaves no way around. So it is given only what it
writes well, and the lxml trees that it builds are corrected (``rss.py``, ``atom.py``) before
they become bytes. Each correction carries the number of its defect, as listed in
``tests/syndication/test_write_defects.py``, where each is shown to be needed.

This is the only module that imports feedgen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from feedgen.feed import FeedGenerator
from lxml import etree

from digest.model import Article, FeedInfo, Publication
from digest.syndication.atom import TOMBSTONES, correct_atom
from digest.syndication.document import Document, prepare
from digest.syndication.jsonfeed import write_json
from digest.syndication.media import MEDIA
from digest.syndication.rss import DC, ITUNES, SY, correct_rss


@dataclass(frozen=True, slots=True)
class FeedDocuments:
    """One feed in every format, each UTF-8."""

    rss: bytes
    atom: bytes
    json: bytes


def write_feed(
    publication: Publication, feed: FeedInfo, articles: Sequence[Article]
) -> FeedDocuments:
    """Return the documents of *feed* with *articles* in the order given, newest first.

    The same input gives the same bytes, whatever the time, locale, or time zone. No article
    can stop a feed: forbidden characters are taken out, what cannot be said is left unsaid, and
    of articles that share a uid the first stands. Withdrawn ones become tombstones in Atom
    (RFC 6721) and are absent from RSS and JSON Feed.

    Args:
        publication: Who publishes.
        feed: What the feed says of itself; with ``full_content`` false, entries carry their
            summary only.
        articles: The articles that it holds.

    Raises:
        ValueError: if *publication* or *feed* lacks an id or an absolute http(s) URL.
    """
    document = prepare(publication, feed, articles)
    generator = _generator(document)
    rss, _ = generator._create_rss()  # noqa: SLF001 - rss_str() gives bytes: too late to correct
    correct_rss(rss, document)
    atom, _ = generator._create_atom()  # noqa: SLF001 - the same
    correct_atom(atom, document)
    return FeedDocuments(_serialised(rss), _serialised(atom), write_json(document))


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
    _add_entries(generator, document)
    _declare_namespaces(generator, document)
    return generator


def _add_entries(generator: Any, document: Document) -> None:  # noqa: ANN401 - see _generator
    """Add the entries; their dates in RSS (12), enclosures (1, 9), and media (11) come later."""
    for entry in document.entries:
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


def _declare_namespaces(generator: Any, document: Document) -> None:  # noqa: ANN401 - see _generator
    """Have the prefixes of our own elements declared once, at the root."""
    rss = {"dc": DC, "media": MEDIA, "sy": SY}
    if any(file.duration_seconds for entry in document.entries for file in entry.enclosures):
        rss["itunes"] = ITUNES
    atom = {"media": MEDIA} | ({"at": TOMBSTONES} if document.tombstones else {})
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
