"""Atom 1.0: what has to be put right in the tree that feedgen makes.

feedgen writes Atom's namespace as if it were an attribute, so names in its tree stand bare; the
document is right once it is serialised. Numbers are those of feedgen's defects, as in ``rss.py``.
"""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from digest.syndication.document import Document
from digest.syndication.entry import Entry, Tombstone
from digest.syndication.media import add_media
from digest.syndication.timestamps import rfc3339

HISTORY = "http://purl.org/syndication/history/1.0"
TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def correct_feed(root: etree._Element, document: Document) -> None:
    """Make *root*, feedgen's tree of a feed without entries, the one that Digest publishes."""
    _set(root, "updated", rfc3339(document.updated_at))
    site = root.find("link")
    if site is None:  # pragma: no cover - feedgen was given the site
        raise AssertionError("a feed without link")
    site.set("rel", "alternate")
    site.set("type", "text/html")
    place = root.index(site) + 1
    root[place:place] = _links(document)
    if document.paging.is_archive:
        root.insert(0, etree.Element(f"{{{HISTORY}}}archive"))
    for tombstone in document.tombstones:
        _add_tombstone(root, tombstone)


def correct_entries(root: etree._Element, entries: Sequence[Entry], language: str) -> None:
    """Make the entries of feedgen's tree the ones that a feed in *language* has of *entries*."""
    for element, entry in zip(root.findall("entry"), entries, strict=True):
        _correct_entry(element, entry, language)


def _links(document: Document) -> list[etree._Element]:
    """Return the links that feedgen is not given, so that RSS's link stays the site (2).

    And the way through the archive documents (15; RFC 5005, section 4).
    """
    paging = document.paging
    ways = (
        ("self", document.atom_url),
        ("current", paging.current and paging.current.atom),
        ("prev-archive", paging.previous and paging.previous.atom),
        ("next-archive", paging.following and paging.following.atom),
    )
    return [
        *(
            etree.Element("link", {"rel": rel, "type": "application/atom+xml", "href": url})
            for rel, url in ways
            if url
        ),
        *(etree.Element("link", {"rel": "hub", "href": hub}) for hub in document.hubs),
    ]


def _correct_entry(element: etree._Element, entry: Entry, language: str) -> None:
    """Put right one entry of a feed in *language*."""
    if entry.language != language:
        element.set(_XML_LANG, entry.language)
    _set(element, "updated", rfc3339(entry.updated_at))
    etree.SubElement(element, "published").text = rfc3339(entry.published_at)
    _correct_links(element, entry)
    add_media(element, entry, ())  # 11


def _correct_links(element: etree._Element, entry: Entry) -> None:
    """Write the entry's links anew: feedgen leaves nothing of them but href (1)."""
    for link in element.findall("link"):
        element.remove(link)
    etree.SubElement(element, "link", {"rel": "alternate", "type": "text/html", "href": entry.url})
    for file in entry.enclosures:
        link = etree.SubElement(
            element, "link", {"rel": "enclosure", "type": file.media_type, "href": file.url}
        )
        if file.length_bytes:  # 9
            link.set("length", str(file.length_bytes))
        if file.title:
            link.set("title", file.title)


def _add_tombstone(root: etree._Element, tombstone: Tombstone) -> None:
    """Say that an entry is no more (15; RFC 6721, section 3)."""
    attributes = {"ref": tombstone.uid, "when": rfc3339(tombstone.withdrawn_at)}
    element = etree.SubElement(root, f"{{{TOMBSTONES}}}deleted-entry", attributes)
    if tombstone.reason:
        etree.SubElement(element, f"{{{TOMBSTONES}}}comment").text = tombstone.reason


def _set(parent: etree._Element, name: str, text: str) -> None:
    """Replace the text of the first child called *name*, which must be there."""
    next(parent.iterchildren(name)).text = text
