"""JSON Feed 1.1."""

from __future__ import annotations

import json
from dataclasses import replace

from feed_samples import AWKWARD, FEED, FEED_PUBLICATION, FULL, WITHDRAWN

from digest.syndication.write import write_feed


def test_is_utf_8_for_people_to_read() -> None:
    """feeds.md X2: no escapes for what UTF-8 can say."""
    data = write_feed(FEED_PUBLICATION, FEED, AWKWARD).json
    assert "המים ירדו".encode() in data
    assert "🌊".encode() in data
    assert b"\\u" not in data
    assert data.endswith(b"}\n")


def test_keys_without_value_are_not_there() -> None:
    """feeds.md J1: every value has the type that the format gives it."""
    bare = replace(FULL, image=None, enclosures=(), topics=(), authors=(), content_html="")
    feed = json.loads(write_feed(FEED_PUBLICATION, replace(FEED, hubs=()), [bare]).json)
    assert "hubs" not in feed
    (item,) = feed["items"]
    for key in ("image", "banner_image", "attachments", "tags", "authors"):
        assert key not in item


def test_article_without_content_has_its_summary_as_text() -> None:
    """feeds.md J1: content_html or content_text."""
    bare = replace(FULL, content_html="", correction="", image=None)
    (item,) = json.loads(write_feed(FEED_PUBLICATION, FEED, [bare]).json)["items"]
    assert "content_html" not in item
    assert item["content_text"] == FULL.summary


def test_empty_feed_has_an_empty_list() -> None:
    feed = json.loads(write_feed(FEED_PUBLICATION, FEED, [WITHDRAWN]).json)
    assert feed["items"] == []
