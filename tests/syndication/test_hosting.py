"""Settings for other servers (feeds.md H15); tests/web/test_hosting.py tries them on real ones."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.syndication import served
from digest.syndication.hosting import Hosted
from digest.syndication.hosting_caddy import caddy
from digest.syndication.hosting_nginx import nginx
from digest.syndication.hosting_static import headers_file, redirects_file

BASE = "https://gazette.example/feeds/"

HOSTED = Hosted(
    url=BASE,
    folder="/srv/gazette/feeds",
    every_minutes=10,
    hubs=["https://hub.example/"],
    moved={f"{BASE}sea/rss.xml": f"{BASE}world/rss.xml", f"{BASE}a b.xml": "https://x.example/ü$1"},
    gone=[f"{BASE}old/rss.xml"],
)


def test_h6_what_moved_and_ended_is_in_all_settings() -> None:
    for text in (nginx(HOSTED), caddy(HOSTED), redirects_file(HOSTED)):
        assert f"{BASE}world/rss.xml" in text
        assert "https://x.example/%C3%BC%241" in text, (
            "nginx would put something else in place of $1"
        )
        assert re.search(r"/feeds/old/rss\\?\.xml", text)


def test_nothing_moved_is_an_empty_file() -> None:
    assert redirects_file(Hosted(BASE, "/srv/feeds", 10)) == ""


def test_h15_static_hosts_are_told_of_every_document_and_its_archive() -> None:
    text = headers_file(HOSTED, [f"{BASE}rss.xml", f"{BASE}world/feed.json", f"{BASE}feeds.opml"])
    rules = dict(rule.split("\n", 1) for rule in text.split("\n\n"))
    assert list(rules) == [
        "/feeds/rss.xml",
        "/feeds/world/feed.json",
        "/feeds/feeds.opml",
        "/feeds/archive/:number/rss.xml",
        "/feeds/world/archive/:number/feed.json",
        "/feeds/media/*",
    ]
    assert "  Content-Type: application/rss+xml; charset=utf-8\n" in rules["/feeds/rss.xml"]
    assert f'  Link: <{BASE}rss.xml>; rel="self"' in rules["/feeds/rss.xml"]
    assert '<https://hub.example/>; rel="hub"' in rules["/feeds/rss.xml"]
    assert served.ARCHIVE_CACHING in rules["/feeds/archive/:number/rss.xml"]
    assert "immutable" in rules["/feeds/media/*"]


@pytest.mark.parametrize("write", [nginx, caddy])
def test_security_nothing_hidden_is_served(write: object) -> None:
    """The states behind the links hold what was withdrawn a moment ago."""
    assert callable(write)
    text = str(write(HOSTED))
    assert "404" in text.partition("rss")[0]


def test_a_folder_that_is_the_whole_site_has_its_pages_served_too() -> None:
    site = Hosted("https://gazette.example/", "/srv/site", 10, is_site=True)
    assert 'location "/" {' in nginx(site)
    assert "strip_prefix" not in caddy(site)
    assert 'location "/feeds/" {' not in nginx(HOSTED)


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="?#\\"), min_size=1)
)
def test_any_path_keeps_braces_and_quotes_in_pairs(path: str) -> None:
    """A path of the settings never opens a block, ends a word, or begins a comment."""
    hosted = Hosted(BASE, "/srv/feeds", 10, gone=[BASE + path], moved={BASE + path: BASE + path})
    plain = Hosted(BASE, "/srv/feeds", 10, gone=[f"{BASE}x"], moved={f"{BASE}x": f"{BASE}x"})
    outside_quotes = re.compile(r'"(?:[^"\\]|\\.)*"')
    assert outside_quotes.sub("", nginx(hosted)) == outside_quotes.sub("", nginx(plain))
    outside_ticks = re.compile("`[^`]*`")
    assert outside_ticks.sub("", caddy(hosted)) == outside_ticks.sub("", caddy(plain))
    assert len(redirects_file(hosted).splitlines()) == 2
    assert all(len(rule.split(" ")) == 3 for rule in redirects_file(hosted).splitlines())
