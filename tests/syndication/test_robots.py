"""What sites ask of programs (RFC 9309)."""

from __future__ import annotations

import time

import pytest

from digest.syndication.robots import MAX_BYTES, NOTHING, Rules, read_robots

SITE = "https://a.example"


@pytest.mark.parametrize(
    ("rules", "path", "is_allowed"),
    [
        ("Disallow: /", "/a", False),
        ("Disallow:", "/a", True),
        ("Disallow: /private", "/private/a", False),
        ("Disallow: /private", "/public", True),
        # The longest rule decides (section 2.2.2), and of two alike the one that allows.
        ("Disallow: /a\nAllow: /a/b", "/a/b/c", True),
        ("Allow: /a\nDisallow: /a/b", "/a/b/c", False),
        ("Disallow: /a\nAllow: /a", "/a", True),
        # Section 2.2.3: wildcards, and the end of the path.
        ("Disallow: *.pdf$", "/x/y.pdf", False),
        ("Disallow: *.pdf$", "/x/y.pdfs", True),
        ("Disallow: /*/print", "/a/b/print?x", False),
        ("Disallow: /a$", "/a", False),
        ("Disallow: /a$", "/a/b", True),
        ("Disallow: /*?", "/a?b=1", False),
        ("Disallow: /*.gif$\nAllow: /", "/a.gif.gif", False),
        # Escapes are one spelling or another of the same.
        ("Disallow: /caf%C3%A9", "/café", False),
        ("Disallow: /café", "/caf%c3%a9", False),
        ("Disallow: /a%62c", "/abc", False),
        ("Disallow: /a%2Fb", "/a/b", True),
        ("Disallow: /robots.txt\nDisallow: /", "/robots.txt", True),
        ("nonsense\n: x\nDisallow /a", "/a", True),
        ("Disallow: /a # all of it", "/a", False),
        ("Disallow: " + "*a" * 30, "/aaaa", True),
    ],
)
def test_the_longest_rule_that_fits_decides(rules: str, path: str, is_allowed: bool) -> None:  # noqa: FBT001 - a column of the table
    found = read_robots(f"User-agent: *\n{rules}".encode())
    assert found.allow(SITE + path) is is_allowed


def test_a_site_is_free_where_nothing_is_said() -> None:
    assert Rules().allow(SITE)
    assert not NOTHING.allow(f"{SITE}/a")


def test_groups_for_us_by_name_count_instead_of_those_for_all() -> None:
    text = (
        "\ufeffUser-agent: *\nDisallow: /\n\n"
        "User-Agent: Other/2.0\nUser-agent: DIGEST/1.0 (x)\nDisallow: /a\nCrawl-delay: 2.5\n\n"
        "Sitemap: https://a.example/map\nUser-agent: digest\nDisallow: /b\n"
    )
    found = read_robots(text.encode())
    assert [found.allow(SITE + path) for path in ("/a", "/b", "/c")] == [False, False, True]
    assert found.delay_seconds == 2.5
    assert not read_robots(text.encode(), "another").allow(f"{SITE}/c")
    assert read_robots(b"User-agent: *\nCrawl-delay: soon").delay_seconds == 0


def test_a_hostile_file_takes_no_time() -> None:
    text = "User-agent: *\n" + "Disallow: /*a*a*a*a*a*a*a*a*a*a*b$\n" * 20_000
    start = time.perf_counter()
    assert read_robots(text.encode()[:MAX_BYTES]).allow(f"{SITE}/{'a' * 500}")
    assert time.perf_counter() - start < 20
