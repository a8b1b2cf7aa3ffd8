"""Corners of reading other people's feeds that the corpus does not reach."""

from __future__ import annotations

import pytest

from digest.model import Enclosure, Image
from digest.syndication.opml_sources import Outline, read_opml, write_opml
from digest.syndication.parse import FeedError, parse_feed
from digest.syndication.parse.build import MAX_CONTENT_CHARS, Stated, arrival
from digest.syndication.parse.decode import count_tags, decode, from_root, with_known_references
from digest.syndication.parse.texts import MAX_TITLE_CHARS, moment_of, title_of
from digest.syndication.parse.xml import MAX_ENTRIES

URL = "https://harbour.example/feed"


@pytest.mark.parametrize(
    "text",
    ["", "words", "<!-- <a>", "<?xml <a>", "<!DOCTYPE a [ <a>", "<!DOCTYPE a", "< 1 >", "</a>"],
)
def test_what_has_no_element_has_no_root(text: str) -> None:
    assert from_root(text) == ""


@pytest.mark.parametrize(
    "before",
    [
        "",
        "\n words ",
        "<?xml version='1.0'?><?style href='<a>'?>",
        "<!-- <b> --><!DOCTYPE a>",
        "<!DOCTYPE a [<!ENTITY x '<b>'>\n] >",
        "<br>warning <?xml version='1.0'?>",
    ],
)
def test_what_stands_before_the_root_is_dropped(before: str) -> None:
    assert from_root(f"{before}<a>b</a>") == "<a>b</a>"


def test_references_that_xml_does_not_know_become_characters() -> None:
    text = "&nbsp;&amp;&#233;&#xE9;& &x; <![CDATA[&nbsp; <a>]]> &eacute; <![CDATA[&"
    assert with_known_references(text) == (
        "&#160;&amp;&#233;&#xE9;&amp; &amp;x; <![CDATA[&nbsp; <a>]]> &#233; <![CDATA[&amp;"
    )
    assert with_known_references("<a>") == "<a>"
    assert count_tags("<a><![CDATA[<b><c>]]></a>") == 2


@pytest.mark.parametrize(
    ("data", "content_type", "text", "problem"),
    [
        (b"abc", "", "abc", ""),
        (b"\xe9", "text/xml; charset=koi8-r", "И", ""),
        (b"\xff\xfe\x00\xd8", "", "\ufffd", "it is no right utf-16-le"),
        (
            b"\x81\xff",
            "text/xml; charset=euc-jp",
            "\ufffd\ufffd",
            "its charset is none that it says",
        ),
        (
            b"<?xml encoding='big5'?>\xa4",
            "text/xml; charset=latin1",
            "<?xml encoding='big5'?>¤",
            "",
        ),
        (b"<?xml encoding='latin1'?>\x81", "", "<?xml encoding='latin1'?>\ufffd", "its charset"),
    ],
)
def test_a_charset_is_found(data: bytes, content_type: str, text: str, problem: str) -> None:
    """RFC 7303, section 3."""
    found, said = decode(data, content_type)
    assert found == text
    assert said.startswith(problem) if problem else said == ""


def test_a_text_that_is_far_too_long_is_left_and_the_summary_stays() -> None:
    long = "<p>" + "word " * (MAX_CONTENT_CHARS // 5) + "</p>"
    found = arrival(Stated(title="A", content_html=long, summary_html="Short.", has_content=True))
    assert found is not None
    assert (found.draft.content_text, found.is_summary) == ("Short.", True)


def test_what_has_no_title_is_called_by_what_it_shows() -> None:
    picture = arrival(Stated(image=Image("https://h.example/1.jpg", alt="A seal asleep")))
    assert picture is not None
    assert picture.draft.title == "A seal asleep"
    sound = Enclosure("https://h.example/old-fog_horn.mp3", "audio/mpeg", 1)
    heard = arrival(Stated(url="https://h.example/7", enclosures=(sound,)))
    assert heard is not None
    assert heard.draft.title == "Old fog horn"
    assert arrival(Stated(url="https://h.example/2026/7")) is None


def test_the_picture_that_an_article_begins_with_is_its_own() -> None:
    html = '<img src="https://h.example/a.jpg" alt="Quay"><p>Words.</p>'
    named = Image("https://h.example/a.jpg", caption="The quay", credit="Ole", width=9, height=5)
    found = arrival(Stated(title="A", content_html=html, image=named))
    assert found is not None
    assert found.draft.image is not None
    assert (found.draft.image.caption, found.draft.image.credit) == ("The quay", "Ole")
    assert (found.draft.image.alt, found.draft.image.width) == ("Quay", 9)


def test_titles_are_cut_between_words() -> None:
    assert title_of("word " * 200, is_html=False).endswith("word…")
    assert len(title_of("x" * 900, is_html=False)) <= MAX_TITLE_CHARS


@pytest.mark.parametrize("fields", [None, (1969, 1, 1, 0, 0, 0), (2026, 2, 30, 0, 0, 0)])
def test_numbers_that_are_no_time_are_none(fields: object) -> None:
    assert moment_of(fields) is None


def test_a_list_of_feeds_that_we_write_is_read_again() -> None:
    outlines = [Outline("Isles & more", "https://isles.example/feed"), Outline("B", URL, ("Sea",))]
    written = write_opml("Mine", outlines)
    assert [(item.title, item.url) for item in read_opml(written)] == [
        (item.title, item.url) for item in outlines
    ]


@pytest.mark.parametrize(
    "data", [b"", b"  ", b"words", b"<html/>", b"<opml" + b"<outline>" * 9_000]
)
def test_what_is_no_list_of_feeds_is_said_or_empty(data: bytes) -> None:
    try:
        assert read_opml(data) == []
    except FeedError as error:
        assert str(error) == "is no OPML"  # noqa: PT017 - either will do


def test_security_9_entities_of_a_list_are_not_looked_up() -> None:
    bomb = b"<!DOCTYPE opml [<!ENTITY a 'x'><!ENTITY f SYSTEM 'file:///etc/passwd'>]>"
    found = read_opml(
        bomb + b"<opml><body><outline text='&f;' xmlUrl='https://a.example/'/></body></opml>"
    )
    assert all("root" not in item.title for item in found)


@pytest.mark.slow
def test_a_feed_of_many_articles_is_read_to_a_bound() -> None:
    items = b"".join(b"<item><title>Note %d</title></item>" % number for number in range(6_000))
    feed = parse_feed(b"<rss><channel>" + items + b"</channel></rss>", url=URL)
    assert len(feed.arrivals) == MAX_ENTRIES
