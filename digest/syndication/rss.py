"""RSS 2.0: what has to be put right in the tree that feedgen makes.

Each correction names the defects of feedgen 1.0.0 that it makes up for, by their numbers in the
table of ``tests/syndication/test_write_defects.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from lxml import etree

from digest.model import Author
from digest.syndication.document import Document
from digest.syndication.entry import Entry
from digest.syndication.media import add_media, medium_of
from digest.syndication.podcast import ITUNES, add_episode, add_podcast
from digest.syndication.timestamps import rfc822

ATOM = "http://www.w3.org/2005/Atom"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
DC = "http://purl.org/dc/elements/1.1/"
HISTORY = "http://purl.org/syndication/history/1.0"
SY = "http://purl.org/rss/1.0/modules/syndication/"

PERIODS = (("hourly", 60), ("daily", 1440), ("weekly", 10_080), ("yearly", 525_600))
"""Names of the syndication module with their minutes; a month has no fixed length."""

_TOLERANCE = 0.05
"""How far, as a share, updatePeriod and updateFrequency may be from the ttl."""


def correct_channel(root: etree._Element, document: Document) -> None:
    """Make *root*, feedgen's tree of a channel without items, the one that Digest publishes."""
    channel = root[0]
    _add_links(channel, document)
    _add_editor(channel, document.author)
    _text(channel, "lastBuildDate", rfc822(document.updated_at))  # 8 and 12: see write.py
    _add_schedule(channel, document.ttl_minutes)
    if document.podcast is not None:
        add_podcast(channel, document.podcast)


def correct_items(root: etree._Element, entries: Sequence[Entry], language: str) -> None:
    """Make the items of feedgen's tree the ones that a channel in *language* has of *entries*."""
    for item, entry in zip(root[0].findall("item"), entries, strict=True):
        _correct_item(item, entry, language)


def schedule(ttl_minutes: int) -> tuple[str, int]:
    """Return the period and frequency that say *ttl_minutes* best: 30 is twice ``hourly``."""
    choices = [(name, minutes, max(1, round(minutes / ttl_minutes))) for name, minutes in PERIODS]
    good = (
        (name, frequency)
        for name, minutes, frequency in choices
        if abs(minutes / frequency - ttl_minutes) <= ttl_minutes * _TOLERANCE
    )
    return next(good, ("yearly", 1))


def _add_links(head: etree._Element, document: Document) -> None:
    """Add rel=self and rel=hub (3), which feedgen is not given so that link stays the site (2).

    And the way through the archive documents (15; RFC 5005, section 4).
    """
    paging = document.paging
    if paging.is_archive:
        etree.SubElement(head, f"{{{HISTORY}}}archive")
    for rel, url in (
        ("self", document.rss_url),
        ("current", paging.current and paging.current.rss),
        ("prev-archive", paging.previous and paging.previous.rss),
        ("next-archive", paging.following and paging.following.rss),
    ):
        if url:
            attributes = {"href": url, "rel": rel, "type": "application/rss+xml"}
            etree.SubElement(head, f"{{{ATOM}}}link", attributes)
    for hub in document.hubs:
        etree.SubElement(head, f"{{{ATOM}}}link", {"href": hub, "rel": "hub"})


def _add_editor(head: etree._Element, author: Author) -> None:
    """Say who publishes (6): feedgen takes the author and writes nothing."""
    address = _mail_with_name(author)
    if address:
        _text(head, "managingEditor", address)
    else:
        _text(head, f"{{{DC}}}creator", author.name)


def _add_schedule(head: etree._Element, ttl_minutes: int) -> None:
    """Add the syndication module's elements (10): feedgen's have names that nobody reads."""
    period, frequency = schedule(ttl_minutes)
    _text(head, f"{{{SY}}}updatePeriod", period)
    _text(head, f"{{{SY}}}updateFrequency", str(frequency))


def _correct_item(item: etree._Element, entry: Entry, language: str) -> None:
    """Put right one *item* of a channel in *language*."""
    # description holds HTML (RSS 2.0, "Elements of <item>"): plain text must be escaped for it.
    description = item.find("description")
    if description is None:  # pragma: no cover - feedgen writes one for every summary
        raise AssertionError("an item without description")
    description.text = escape(entry.summary, quote=False)
    _text(item, "pubDate", rfc822(entry.published_at))  # 12: feedgen's changes the locale
    _correct_authors(item, entry.authors)
    if entry.language != language:
        _text(item, f"{{{DC}}}language", entry.language)
    _correct_files(item, entry)


def _correct_authors(item: etree._Element, authors: tuple[Author, ...]) -> None:
    """Write ``mail (Name)`` for one author with a mail, else a dc:creator for each name (6).

    Never both: RSS allows one ``author``, and validators take the two for the same statement.
    """
    address = _mail_with_name(authors[0]) if len(authors) == 1 else ""
    for element in item.findall("author"):
        item.remove(element)
    if address:
        _text(item, "author", address)
        return
    for author in authors:
        _text(item, f"{{{DC}}}creator", author.name)


def _correct_files(item: etree._Element, entry: Entry) -> None:
    """Give the first file whose length is known as the enclosure, all others as media (9, 11)."""
    first = next((file for file in entry.enclosures if file.length_bytes), None)
    if first is not None:
        attributes = {
            "url": first.url,
            "length": str(first.length_bytes),
            "type": first.media_type,
        }
        etree.SubElement(item, "enclosure", attributes)
        if first.duration_seconds and medium_of(first.media_type) in {"audio", "video"}:
            _text(item, f"{{{ITUNES}}}duration", str(first.duration_seconds))
    add_episode(item, entry)
    add_media(item, entry, (file for file in entry.enclosures if file is not first))


def _mail_with_name(author: Author) -> str:
    """Return ``mail (Name)``; empty without a mail, or when the name would break the brackets."""
    if not author.email or set("()\\") & set(author.name):
        return ""
    return f"{author.email} ({author.name})"


def _text(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, name).text = text
