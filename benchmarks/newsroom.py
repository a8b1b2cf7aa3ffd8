"""A publication to publish with: a folder of articles, and feeds with archives."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.gate import GateError
from digest.clock import SystemClock
from digest.model import Article
from digest.steps.inspect import Published, check_published
from digest.store import articles
from digest.store.articles import New
from digest.wiring import Service, open_service

_SETTINGS = """
[publication]
title = "The Harbour Gazette"
url = "https://gazette.example/"
id = "tag:gazette.example,2026"
"""
_WORDS = (
    "harbour",
    "lake",
    "water",
    "pole",
    "mark",
    "wall",
    "dry",
    "spring",
    "quay",
    "salt",
    "vote",
)
_FIRST = datetime(2010, 1, 1, tzinfo=UTC)
_PARAGRAPH_WORDS = 80


def open_newsroom(root: Path) -> Service:
    """Make a publication without articles in the folder *root*, and open it."""
    (root / "articles").mkdir(parents=True)
    (root / "config.toml").write_text(_SETTINGS, encoding="utf-8")
    return open_service(root / "config.toml", {}, SystemClock())


def write_files(root: Path, count: int, size_bytes: int) -> None:
    """Write *count* Markdown articles of about *size_bytes* each."""
    for number in range(count):
        text, paragraph = _front(number), 0
        while len(text) < size_bytes:
            words = (
                _WORDS[(number * 7 + paragraph * 13 + place * place) % len(_WORDS)]
                for place in range(_PARAGRAPH_WORDS)
            )
            link = f"[tide {number}](https://gazette.example/tides/{number}/{paragraph})"
            text += f"{' '.join(words).capitalize()} {link}.\n\n"
            paragraph += 1
        (root / "articles" / f"story-{number:06}.md").write_text(text, encoding="utf-8")


def add_rows(service: Service, count: int) -> None:
    """Put *count* short articles into the store, as if they had been ingested long ago."""
    items = []
    for number in range(count):
        at = _FIRST + timedelta(hours=number)
        name = f"old-{number:06}"
        text = f"What was said of the tide {number} times."
        article = Article(
            uid=f"tag:gazette.example,2026:articles/{name}",
            slug=name,
            title=f"Old story {number}",
            url=f"https://gazette.example/articles/{name}",
            summary=text,
            content_html=f"<p>{text}</p>",
            content_text=text,
            published_at=at,
            updated_at=at,
        )
        items.append(New(article, f"{name}.md", name, [f"path:articles/{name}.md"]))
    with service.store.write() as tx:
        articles.add_all(tx, items, seen_at=_FIRST)


def check_feeds(service: Service, expected: int) -> None:
    """Make sure that the feed is valid and leads to *expected* articles, each once.

    Raises:
        GateError: if not; the message says what is wrong.
    """
    published = Published(service.config, service.root)
    result = check_published(
        published, service.config.feed_infos(), frozenset(), with_archives=False
    )
    if result.problems:
        raise GateError(f"the feed is not valid: {result.problems[0]}")
    url, found = service.config.feed_infos()[0].json_url, []
    while url:
        document = json.loads(published.read(url) or b"{}")
        found += [item["id"] for item in document.get("items", [])]
        url = document.get("next_url", "")
    if not len(found) == len(set(found)) == expected:
        raise GateError(f"{len(found)} entries of {len(set(found))} articles, not {expected}")


def _front(number: int) -> str:
    at = _FIRST + timedelta(hours=number)
    return f"---\ntitle: Story {number}\ntopics: World\npublished: {at:%Y-%m-%d %H:%M}\n---\n"
