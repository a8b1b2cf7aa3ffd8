"""Web addresses: absolute, http(s), percent-encoded, and nothing raises."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.syndication.check_rules import is_url
from digest.syndication.urls import encode, link_url, web_url

BASE = "https://courier.example/articles/low-water/"
ANY_TEXT = st.text(st.characters(exclude_categories=()))
URLS = st.one_of(
    ANY_TEXT,
    st.builds("{}{}".format, st.sampled_from(["//", "http://", "HTTPS://", "mailto:"]), ANY_TEXT),
    st.builds("https://{}/{}?{}#{}".format, ANY_TEXT, ANY_TEXT, ANY_TEXT, ANY_TEXT),
    st.from_regex(r"https?://[a-z0-9.-]{1,20}(:[0-9]{1,6})?(/[ -~]*)?", fullmatch=True),
)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://courier.example", "https://courier.example"),
        ("HTTPS://Courier.EXAMPLE/Path", "https://courier.example/Path"),
        ("  https://courier.example/a\n\tb ", "https://courier.example/ab"),
        ("https://courier.example/ä b/%7E/100%", "https://courier.example/%C3%A4%20b/%7E/100%25"),
        (
            "https://courier.example/?q=ü&x=[1]#ß",
            "https://courier.example/?q=%C3%BC&x=%5B1%5D#%C3%9F",
        ),
        ("https://courier.example:8443/x", "https://courier.example:8443/x"),
        ("https://courier.example:99999/x", ""),
        ("https://courier.example:port/x", ""),
        ("https://reader:secret@courier.example/x", ""),
        ("https://good.example\\@evil.example/", ""),
        ("https://[::1]:80/x", "https://[::1]:80/x"),
        ("https://[::zz]/", ""),
        ("https://[v1.a:b]/", ""),
        ("https://[fe80::1%25eth0]/", ""),
        ("https://[broken/", ""),
        ("https:///x", ""),
        ("https://a..b/", ""),
        (f"https://{'a' * 64}.example/", ""),
        (f"https://{'a.' * 127}example/", ""),
        ("https://spaced host/", ""),
        ("https://\ud83c.example/", ""),
        ("https://cou\u200brier.example/", ""),
        ("https://courier.example/\ud83c", "https://courier.example/"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("ftp://courier.example/", ""),
        ("/relative", ""),
        ("", ""),
    ],
)
def test_addresses_come_out_in_order_or_not_at_all(url: str, expected: str) -> None:
    """feeds.md T5."""
    assert web_url(url) == expected


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("bücher", "xn--bcher-kva"),
        ("BÜCHER", "xn--bcher-kva"),
        ("straße", "xn--strae-oqa"),
        ("\uff43\uff4f\uff55rier", "courier"),
        ("例え\u3002テスト", "xn--r8jz45g.xn--zckzah"),
    ],
    ids=["plain", "capitals", "sharp-s", "wide", "dot"],
)
def test_hosts_become_what_browsers_make_of_them(host: str, expected: str) -> None:
    """UTS 46: a ß stays itself; as ss it could be somebody else's host."""
    assert web_url(f"https://{host}.example/") == f"https://{expected}.example/"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("../high-water/", "https://courier.example/articles/high-water/"),
        ("/about", "https://courier.example/about"),
        ("#note-1", f"{BASE}#note-1"),
        ("//cdn.example/x.png", "https://cdn.example/x.png"),
        ("https://other.example/", "https://other.example/"),
        ("", ""),
        (" ", ""),
    ],
)
def test_relative_addresses_are_resolved(url: str, expected: str) -> None:
    assert web_url(url, BASE) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("mailto:desk@courier.example", "mailto:desk@courier.example"),
        ("MAILTO:a b@c?subject=Tide & ä", "mailto:a%20b@c?subject=Tide%20&%20%C3%A4"),
        ("mailto:", ""),
        ("java\nscript:alert(1)", ""),
        ("/about", "https://courier.example/about"),
        ("https://courier.example/", "https://courier.example/"),
    ],
)
def test_links_may_lead_to_a_mailbox_too(url: str, expected: str) -> None:
    """feeds.md X3: http, https, and mailto links only."""
    assert link_url(url, BASE) == expected


@given(URLS)
@example("https://courier.example/?")
@example("https://a%2fb.example/")
def test_what_comes_out_is_valid_and_stays_as_it_is(url: str) -> None:
    once = web_url(url, BASE)
    assert once == "" or is_url(once)
    assert web_url(once, BASE) == once


@given(
    st.from_regex(r"https://[a-z]{1,9}\.example/[a-z0-9/._~-]{0,20}(\?[a-z=&]+)?", fullmatch=True)
)
def test_what_is_in_order_is_left_alone(url: str) -> None:
    assert web_url(url) == url == urljoin(BASE, url)
    assert urlsplit(web_url(url)) == urlsplit(url)


@given(ANY_TEXT)
def test_encoding_twice_is_encoding_once(text: str) -> None:
    assert encode(encode(text)) == encode(text)
    assert encode(text).isascii()
