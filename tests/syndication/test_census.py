"""Who fetches feeds, by what they say of themselves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.syndication.census import MAX_PROGRAM, OTHER, Fetcher, fetcher_of

CASES = {
    "Feedly/1.0 (+http://www.feedly.com/fetcher.html; 214 subscribers; like FeedFetcher-Google)": (
        Fetcher("Feedly", 214)
    ),
    "Mozilla/5.0 (compatible; inoreader.com; 114 subscribers)": Fetcher("Inoreader", 114),
    "Feedbin feed-id:1697787 - 102 subscribers": Fetcher("Feedbin", 102, "1697787"),
    "NewsBlur Feed Fetcher - 27 subscribers - https://www.newsblur.com/site/7/x": (
        Fetcher("NewsBlur", 27)
    ),
    "Mozilla/5.0 (compatible; theoldreader.com; 1 subscribers; feed-id=cead6c3a8376)": (
        Fetcher("The Old Reader", 1, "cead6c3a8376")
    ),
    "Mozilla/5.0 (compatible; BazQux/2.4; +https://bazqux.com/fetcher; 3 subscribers)": (
        Fetcher("BazQux", 3)
    ),
    "Dreamwidth Studios (webmaster@dreamwidth.org; for https://x.example/; 2 readers)": (
        Fetcher("Dreamwidth Studios", 2)
    ),
    "Netvibes (http://www.netvibes.com/; subscribers: 12; feedID: 123)": (
        Fetcher("Netvibes", 12, "123")
    ),
    "NetNewsWire (RSS Reader; https://netnewswire.com/)": Fetcher("NetNewsWire"),
    "newsboat/2.30.1 (Linux x86_64)": Fetcher("newsboat"),
    "Tiny Tiny RSS/23.05 (https://tt-rss.org/)": Fetcher("Tiny Tiny RSS"),
    "python-feedparser/6.0.11 +https://github.com/kurtmckee/feedparser/": (
        Fetcher("python-feedparser")
    ),
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0": Fetcher("a browser"),
    "FreshRSS/1.20.1 (Linux; https://freshrss.org)": Fetcher("FreshRSS"),
    "": Fetcher(OTHER),
    "/1.0": Fetcher(OTHER),
    "A 999999999 subscribers": Fetcher("A", 100_000_000),
}


@pytest.mark.parametrize(("agent", "expected"), CASES.items())
def test_what_programs_say_of_themselves_is_understood(agent: str, expected: Fetcher) -> None:
    assert fetcher_of(agent) == expected


@given(st.text() | st.text("Mozilla/5.0 (compatible; 12subscriberfd-=:)", max_size=80))
def test_any_text_is_a_program_of_bounded_length(agent: str) -> None:
    found = fetcher_of(agent)
    assert 0 < len(found.program) <= MAX_PROGRAM
    assert found.subscribers is None or 0 <= found.subscribers <= 100_000_000
    assert len(found.feed_id) <= 32
