"""Feeds that were damaged on the way: nothing breaks, nothing takes long, nothing is looked up."""

from __future__ import annotations

import random
import socket
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from digest.steps.gather.drafts import from_json, keys_in, to_json
from digest.syndication import sanitize
from digest.syndication.identity import upstream_keys
from digest.syndication.parse import FeedError, parse_feed
from digest.syndication.urls import web_url

FOLDER = Path(__file__).parent.parent / "data" / "upstream"
DOCUMENTS = [path.read_bytes() for path in sorted(FOLDER.iterdir()) if path.suffix != ".toml"]
TYPES = ("", "text/xml", "application/rss+xml; charset=utf-16", "text/html; charset=big5")
SPICES = (
    b"<",
    b">",
    b"&",
    b"]]>",
    b"<![CDATA[",
    b"<!DOCTYPE x [<!ENTITY a 'b'>]>",
    b"<!--",
    b"\0",
    b"\xff\xfe",
    b"<item>",
    b"</item>",
    b"<guid>x</guid>",
    b"xmlns='urn:x'",
    b"&#0;",
    b"&#1114112;",
    b"&lol;",
    b"{",
    b'"',
    b"<entry xml:base='http://['>",
    b"99999999999999999999",
    b"\xf0\x9f\x9a\xa2",
    b"\xed\xa0\x80",
)


def mutated(dice: random.Random) -> bytes:
    """Return one of the documents, damaged in up to six ways."""
    data = bytearray(dice.choice(DOCUMENTS))
    for _ in range(dice.randint(1, 6)):
        start = dice.randrange(len(data) + 1)
        end = min(len(data), start + dice.choice((0, 1, 5, 40, 400)))
        match dice.randrange(5):
            case 0:
                del data[start:end]
            case 1:
                data[start:start] = dice.choice(SPICES)
            case 2:
                data[start:start] = data[start:end] * dice.randint(1, 4)
            case 3 if start < len(data):
                data[start] = dice.randrange(256)
            case _:
                other = dice.choice(DOCUMENTS)
                cut = dice.randrange(len(other) + 1)
                data[start:] = other[cut : cut + 3_000]
    return bytes(data)


def check(data: bytes, content_type: str) -> None:
    """Read *data*; whatever it is, what comes of it is in order."""
    try:
        feed = parse_feed(data, url="https://harbour.example/feed", content_type=content_type)
    except FeedError:
        return
    for arrival in feed.arrivals:
        draft = arrival.draft
        assert draft.title.strip()
        assert sanitize.sanitize_html(draft.content_html) == draft.content_html
        assert not draft.url or web_url(draft.url) == draft.url
        keys = upstream_keys("a", arrival)
        kept = to_json(arrival, keys)
        assert (from_json(kept), keys_in(kept)) == (arrival, keys)


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """Whoever connects, or asks for a name, is noted."""
    tried: list[object] = []

    def forbidden(*words: object, **_more: object) -> None:
        tried.append(words)
        raise OSError("there is no network here")

    monkeypatch.setattr(socket.socket, "connect", forbidden)
    monkeypatch.setattr(socket, "getaddrinfo", forbidden)
    yield tried
    assert tried == []


@pytest.mark.usefixtures("no_network")
def test_security_9_damaged_feeds_break_nothing() -> None:
    dice = random.Random(2026)  # noqa: S311 - the same each time
    for _ in range(150):
        check(mutated(dice), dice.choice(TYPES))


@pytest.mark.slow
@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("seed", range(10))
def test_security_9_ten_thousand_damaged_feeds_break_nothing_and_take_no_long_time(
    seed: int,
) -> None:
    dice = random.Random(seed)  # noqa: S311 - the same each time
    longest = 0.0
    for _ in range(1_000):
        data, content_type = mutated(dice), dice.choice(TYPES)
        started = time.process_time()
        check(data, content_type)
        longest = max(longest, time.process_time() - started)
    assert longest < 5


_LONG = {
    "items": b"<item><title>a</title></item>",
    "entries": b"<entry><title>a</title></entry>",
    "nothing": b"<a>",
    "empty": b"<a/>",
    "links": b"<link href='/x' rel='hub'/>",
    "categories": b"<category>a</category>",
    "authors": b"<author>a@",
    "ampersands": b"&",
    "references": b"&amp;lt;",
    "cdata": b"<![CDATA[",
    "comments": b"<!--",
    "types": b"<!DOCTYPE a [",
    "declarations": b"<?xml ?>",
    "declared": b"<!",
    "hours": b"<skipHours><hour>1</hour></skipHours>",
    "titles": b"<title>",
    "media": b"<media:content url='/a.jpg'/>",
    "attributes": b" a='b'",
    "quotes": b'<a b="',
    "mails": b"a.b-c+d@e.",
    "bases": b"<x xml:base='a/'>",
    "namespaces": b"<x xmlns:a='urn:a'/>",
    "spaces": b" \n",
    "open": b"<",
}


def test_security_9_a_feed_of_nothing_but_tags_is_not_read() -> None:
    with pytest.raises(FeedError, match="has more than 200,000 tags"):
        parse_feed(b"<rss>" + b"<a>" * 200_001, url="https://harbour.example/feed")


def test_texts_in_cdata_sections_may_have_as_many_tags_as_they_like() -> None:
    text = b"<rss><channel><item><title>a</title><description><![CDATA[" + b"<b>" * 200_001
    feed = parse_feed(text + b"]]></description></item></channel></rss>", url="https://a.example/")
    assert len(feed.arrivals) == 1


@pytest.mark.slow
@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("kind", _LONG)
@pytest.mark.parametrize("place", ["alone", "channel", "title", "description", "author"])
def test_security_9_a_long_feed_takes_bounded_time_and_memory(kind: str, place: str) -> None:
    piece = _LONG[kind]
    long = piece * min(2_000_000 // len(piece), 190_000 // max(piece.count(b"<"), 1))
    head = b"<rss version='2.0'><channel><title>a</title>"
    data = {
        "alone": long,
        "channel": head + long,
        "title": head + b"<item><title>" + long,
        "description": head + b"<item><description>" + long + b"</description></item>",
        "author": head + b"<item><title>a</title><author>" + long + b"</author></item>",
    }[place]
    tracemalloc.start()
    started = time.process_time()
    with suppress(FeedError):
        parse_feed(data, url="https://harbour.example/feed")
    took = time.process_time() - started
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert took < 120  # several times what it takes, for tracing slows it down
    assert peak < 1_500_000_000
