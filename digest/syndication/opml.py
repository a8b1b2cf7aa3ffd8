"""OPML 2.0: all feeds of a publication, for a reader to subscribe to in one go."""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from digest.model import FeedInfo, Publication
from digest.syndication.sanitize import one_line
from digest.syndication.urls import web_url


def write_opml(publication: Publication, feeds: Sequence[FeedInfo]) -> bytes:
    """Return the subscription list of *feeds* in the order given, as UTF-8 (opml.org/spec2).

    Each outline carries ``text`` and ``title`` (readers show one or the other) and points to the
    feed's RSS document. No dates: the same input gives the same bytes.
    """
    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    author = publication.author
    for name, text in (
        ("title", one_line(publication.title) or web_url(publication.url)),
        ("ownerName", one_line(author.name)),
        ("ownerEmail", one_line(author.email)),
        ("ownerId", web_url(author.url)),
    ):
        if text:
            etree.SubElement(head, name).text = text
    body = etree.SubElement(root, "body")
    for feed in feeds:
        _add_outline(body, publication, feed)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _add_outline(body: etree._Element, publication: Publication, feed: FeedInfo) -> None:
    title = one_line(feed.title) or one_line(feed.name)
    attributes = {
        "type": "rss",
        "text": title,
        "title": title,
        "description": one_line(feed.description),
        "language": one_line(feed.language),
        "xmlUrl": web_url(feed.rss_url),
        "htmlUrl": web_url(publication.url),
        "version": "RSS2",
    }
    etree.SubElement(body, "outline", {key: value for key, value in attributes.items() if value})
