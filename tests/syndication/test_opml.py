"""OPML 2.0."""

from __future__ import annotations

from dataclasses import replace

from feed_samples import FEED, FEED_PUBLICATION
from lxml import etree

from digest.model import Author
from digest.syndication.opml import write_opml


def test_names_every_feed_with_text_and_title() -> None:
    """feeds.md H14."""
    second = replace(FEED, title="Ports\x07", rss_url="https://courier.example/feeds/ports.rss")
    root = etree.fromstring(write_opml(FEED_PUBLICATION, [FEED, second]))
    assert (root.tag, root.get("version")) == ("opml", "2.0")
    outlines = [dict(outline.attrib) for outline in root.findall("body/outline")]
    assert outlines == [
        {
            "type": "rss",
            "text": "Tide & Table: <everything>",
            "title": "Tide & Table: <everything>",
            "description": "All we print & more",
            "language": "en",
            "xmlUrl": FEED.rss_url,
            "htmlUrl": "https://courier.example/",
            "version": "RSS2",
        },
        {
            "type": "rss",
            "text": "Ports",
            "title": "Ports",
            "description": "All we print & more",
            "language": "en",
            "xmlUrl": "https://courier.example/feeds/ports.rss",
            "htmlUrl": "https://courier.example/",
            "version": "RSS2",
        },
    ]


def test_says_whose_feeds_they_are() -> None:
    root = etree.fromstring(write_opml(FEED_PUBLICATION, []))
    assert {element.tag: element.text for element in root.findall("head/*")} == {
        "title": "Tide & Table",
        "ownerName": "Ada Quill",
        "ownerEmail": "ada@example.org",
        "ownerId": "https://courier.example/ada",
    }


def test_leaves_out_what_nobody_said() -> None:
    nobody = replace(FEED_PUBLICATION, title="", author=Author(""))
    data = write_opml(nobody, [replace(FEED, title="", description="", language="")])
    root = etree.fromstring(data)
    assert [element.tag for element in root.findall("head/*")] == ["title"]
    assert root.findtext("head/title") == "https://courier.example/"
    (outline,) = root.findall("body/outline")
    assert outline.get("text") == outline.get("title") == "all"
    assert set(outline.attrib) == {"type", "text", "title", "xmlUrl", "htmlUrl", "version"}


def test_bytes_are_the_same_every_time() -> None:
    """feeds.md X5: there are no dates in it."""
    assert write_opml(FEED_PUBLICATION, [FEED]) == write_opml(FEED_PUBLICATION, [FEED])
    assert b"date" not in write_opml(FEED_PUBLICATION, [FEED]).lower()
