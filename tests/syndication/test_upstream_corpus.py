"""Odd feeds, each with what is to be understood of it beside it, in ``tests/data/upstream``.

``NAME.toml`` states what counts of the document ``NAME.*``: fields of the feed, one table for each
article with some of its fields (none may be missing), or the error. An empty text is "nothing".
"""

from __future__ import annotations

import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from digest.model.upstream import Arrival, UpstreamFeed
from digest.syndication import sanitize
from digest.syndication.parse import FeedError, parse_feed

FOLDER = Path(__file__).parent.parent / "data" / "upstream"
EXPECTED = sorted(FOLDER.glob("*.toml"))
URL = "https://harbour.example/feed"


def document_of(expected: Path) -> bytes:
    [path] = [path for path in FOLDER.glob(f"{expected.stem}.*") if path.suffix != ".toml"]
    return path.read_bytes()


def shown_feed(feed: UpstreamFeed) -> dict[str, Any]:
    return {
        "kind": feed.kind,
        "title": feed.title,
        "site_url": feed.site_url,
        "self_url": feed.self_url,
        "language": feed.language,
        "hubs": list(feed.hubs),
        "deleted": sorted(feed.deleted),
        "ttl_minutes": int(feed.ttl.total_seconds() / 60) if feed.ttl is not None else 0,
        "skip_hours": sorted(feed.skip_hours),
        "skip_days": sorted(feed.skip_days),
        "problems": list(feed.problems),
        "articles": list(feed.arrivals),
    }


def shown_article(arrival: Arrival) -> dict[str, Any]:
    draft, image, episode = arrival.draft, arrival.draft.image, arrival.draft.episode
    return {
        "title": draft.title,
        "guid": arrival.guid,
        "url": draft.url,
        "html": draft.content_html,
        "text": draft.content_text,
        "summary": draft.summary,
        "authors": [author.name for author in draft.authors],
        "author_emails": [author.email for author in draft.authors],
        "topics": list(draft.topics),
        "published": moment(draft.published_at),
        "updated": moment(draft.updated_at),
        "image": image.url if image else "",
        "caption": image.caption if image else "",
        "credit": image.credit if image else "",
        "language": draft.language,
        "enclosures": [[item.url, item.media_type, item.length_bytes] for item in draft.enclosures],
        "seconds": draft.enclosures[0].duration_seconds if draft.enclosures else None,
        "season": episode.season if episode else None,
        "episode": episode.number if episode else None,
        "is_summary": arrival.is_summary,
        "origin": arrival.origin,
        "origin_url": arrival.origin_url,
    }


def moment(value: datetime | None) -> str:
    return value.isoformat() if value else ""


@pytest.mark.parametrize("path", EXPECTED, ids=lambda path: path.stem)
def test_an_odd_feed_is_understood(path: Path) -> None:
    """security.md 6 and 9."""
    expected = tomllib.loads(path.read_text("utf-8"))
    content_type, data = expected.pop("content_type", ""), document_of(path)
    if "error" in expected:
        with pytest.raises(FeedError, match=expected["error"]):
            parse_feed(data, url=URL, content_type=content_type)
        return
    feed = parse_feed(data, url=URL, content_type=content_type)
    articles = expected.pop("articles")
    shown = shown_feed(feed)
    assert {name: shown[name] for name in expected} == expected
    assert [
        {name: value for name, value in shown_article(arrival).items() if name in wanted}
        for arrival, wanted in zip(feed.arrivals, articles, strict=False)
    ] == articles
    assert len(feed.arrivals) == len(articles)
    for arrival in feed.arrivals:
        html = arrival.draft.content_html
        assert sanitize.sanitize_html(html) == html


def test_the_corpus_is_as_large_as_it_is_said_to_be() -> None:
    assert len(EXPECTED) >= 60
