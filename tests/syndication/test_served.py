"""What servers say of feeds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.syndication import served


def test_h3_caches_keep_a_feed_as_long_as_it_is_published_at_most() -> None:
    """feeds.md H3."""
    expected = "max-age=600, stale-while-revalidate=600, stale-if-error=86400"
    assert served.caching(10) == expected


def test_h8_a_document_names_itself_and_its_hubs() -> None:
    link = served.links("https://x.example/rss.xml", served.MEDIA_TYPES["rss.xml"], ["https://h/"])
    own = '<https://x.example/rss.xml>; rel="self"; type="application/rss+xml"'
    assert link == f'{own}, <https://h/>; rel="hub"'


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://x.example/a?b=c&d=%20#e", "https://x.example/a?b=c&d=%20#e"),
        ("https://x.example/ü", "https://x.example/%C3%BC"),
        ("https://x.example/a b$", "https://x.example/a%20b%24"),
    ],
)
def test_a_location_is_a_url(url: str, expected: str) -> None:
    assert served.location(url) == expected


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_security_a_location_never_ends_a_header(text: str) -> None:
    assert set(served.location(text)).isdisjoint('\r\n"<>\\^`{|} $')
    assert served.location(text).isascii()
