"""One spelling for each address, and what of it stays when a site moves."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.syndication.canonical import canonical, place_within, without_tracking

KEY = "harbour.example/ferry?a=1&b=2"


@pytest.mark.parametrize(
    "url",
    [
        "https://harbour.example/ferry?a=1&b=2",
        "http://harbour.example/ferry?a=1&b=2",
        "https://www.harbour.example/ferry/?b=2&a=1",
        "https://HARBOUR.example:443/ferry?a=1&b=2#comments",
        "https://harbour.example./ferry?a=1&b=2&utm_source=rss&UTM_medium=feed",
        "https://harbour.example/ferry?fbclid=x&a=1&&b=2#xtor=RSS-1",
        "https://harbour.example//ferry/index.html?a=1&b=2",
    ],
)
def test_spellings_of_one_address_share_a_key(url: str) -> None:
    assert canonical(url) == KEY


@pytest.mark.parametrize(
    "url",
    [
        "https://harbour.example/Ferry?a=1&b=2",
        "https://harbour.example:8080/ferry?a=1&b=2",
        "https://notes.harbour.example/ferry?a=1&b=2",
        "https://harbour.example/ferry?a=1&b=3",
        "https://harbour.example/ferry#!/2",
        "https://harbour.example/ferry#/2",
    ],
)
def test_other_addresses_have_other_keys(url: str) -> None:
    assert canonical(url) not in {KEY, canonical("https://harbour.example/ferry")}


@pytest.mark.parametrize("url", ["", "urn:x:1", "mailto:a@b.example", "https://", "/ferry", "n 1"])
def test_what_is_no_web_address_has_no_key(url: str) -> None:
    assert (canonical(url), place_within(url)) == ("", "")


def test_parameters_that_follow_readers_go_and_the_others_stay_as_they_are() -> None:
    assert without_tracking("https://a.example/?utm_id=1&B=%7e&gclid=2&a#f") == (
        "https://a.example/?B=%7e&a#f"
    )
    assert without_tracking("https://a.example/?gclid=2#f") == "https://a.example/#f"
    assert without_tracking("https://a.example/?q=utm_id") == "https://a.example/?q=utm_id"
    assert without_tracking("https://a.example/") == "https://a.example/"


def test_the_place_within_a_site_stays_when_the_site_moves() -> None:
    one, other = "http://old.example/2026/a/?p=1#v2", "https://new.example:8443/2026/a?p=1#v2"
    assert place_within(one) == place_within(other) == "/2026/a?p=1#v2"
    assert place_within("https://old.example/") == ""
    assert place_within("https://a.example/x#1") != place_within("https://a.example/x#2")


addresses = st.builds(
    "{}://{}/{}{}".format,
    st.sampled_from(["http", "https", "HTTP", "ftp"]),
    st.sampled_from(
        ["a.example", "www.a.example", "www.www.a.example", "a.example:80", "é.example"]
    ),
    st.text("ab/.%é &", max_size=12),
    st.text("?&=#utm_a!/;é", max_size=12),
)


@given(addresses | st.text())
@example("https://a.example/?&")
@example("https://www.www.a.example/index.html/index.php")
@example("https://a.example///")
@example("https://a.example/?#?")
def test_a_key_read_as_an_address_has_itself_for_a_key(url: str) -> None:
    key = canonical(url)
    assert canonical(f"https://{key}") == key
    assert without_tracking(without_tracking(url)) == without_tracking(url)
