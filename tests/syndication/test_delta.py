"""Feeds with only what is new (feeds.md H11, RFC 3229)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import feedparser
import pytest
from feed_samples import FEED, FEED_PUBLICATION, WITHDRAWN
from samples import sample_article

from digest.model import Article
from digest.syndication.check import check_feed
from digest.syndication.delta import fingerprints, only_new
from digest.syndication.write import write_feed

KINDS = {
    "rss": "application/rss+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
}

OLD = [sample_article(number, title=f"Old {number}") for number in (1, 2, 3)]
NEWEST = max(item.updated_at for item in OLD) + timedelta(hours=12)
NEW = sample_article(4, title="New", published_at=NEWEST, updated_at=NEWEST)


def written(kind: str, articles: list[Article]) -> bytes:
    return bytes(getattr(write_feed(FEED_PUBLICATION, FEED, articles), kind))


def titles(kind: str, document: bytes) -> list[str]:
    if kind == "json":
        return [item["title"] for item in json.loads(document)["items"]]
    return [entry.title for entry in feedparser.parse(document).entries]


@pytest.mark.parametrize("kind", KINDS)
def test_h11_only_entries_that_the_client_has_not_are_sent(kind: str) -> None:
    known = fingerprints(written(kind, OLD), KINDS[kind])
    assert len(known) == 3
    found = only_new(written(kind, [NEW, *OLD]), KINDS[kind], known)
    assert found is not None
    assert titles(kind, found) == ["New"]


@pytest.mark.parametrize("kind", KINDS)
def test_h11_an_edited_entry_is_new(kind: str) -> None:
    known = fingerprints(written(kind, OLD), KINDS[kind])
    edited = replace(OLD[1], title="Edited")
    found = only_new(written(kind, [OLD[0], edited, OLD[2]]), KINDS[kind], known)
    assert found is not None
    assert titles(kind, found) == ["Edited"]


def test_h11_a_tombstone_is_new() -> None:
    known = fingerprints(written("atom", OLD), KINDS["atom"])
    found = only_new(written("atom", [OLD[0], OLD[2], WITHDRAWN]), KINDS["atom"], known)
    assert found is not None
    assert titles("atom", found) == []
    assert WITHDRAWN.uid.encode() in found


def test_h11_what_is_sent_are_valid_feeds() -> None:
    whole = [NEW, *OLD]
    parts = {
        kind: only_new(
            written(kind, whole), KINDS[kind], fingerprints(written(kind, OLD), KINDS[kind])
        )
        or b""
        for kind in KINDS
    }
    assert check_feed(parts["rss"], parts["atom"], parts["json"]) == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("articles", [OLD, OLD[:2], [replace(item, title="x") for item in OLD]])
def test_h11_the_whole_is_sent_when_nothing_or_all_is_new(
    kind: str, articles: list[Article]
) -> None:
    known = fingerprints(written(kind, OLD), KINDS[kind])
    assert only_new(written(kind, articles), KINDS[kind], known) is None


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("document", [b"", b"<rss", b"{}", b'{"items": 1}', b"[]", b"\xff\xfe"])
def test_what_is_no_feed_has_no_entries(kind: str, document: bytes) -> None:
    assert fingerprints(document, KINDS[kind]) == frozenset()
    assert only_new(document, KINDS[kind], frozenset()) is None
