"""What a feed's documents say, read back by feedparser and by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import escape, unescape
from typing import Any

import feedparser
import pytest
from feed_samples import (
    AWKWARD,
    EPISODE,
    FEED,
    FEED_PUBLICATION,
    FULL,
    PICTURE,
    REPORT,
    WITHDRAWN,
)
from lxml import etree
from samples import sample_article

from digest.model import Article, Author, Enclosure, Episode, FeedInfo, Image, Transcript
from digest.syndication.check import check_feed
from digest.syndication.sanitize import sanitize_html
from digest.syndication.write import Cache, FeedDocuments, write_feed

NS = {
    "a": "http://www.w3.org/2005/Atom",
    "at": "http://purl.org/atompub/tombstones/1.0",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
}
PICTURE_URL = "https://courier.example/media/quay%20&%20lake.png"
CONTENT = (
    "<p><em>An earlier version gave &lt;another&gt; depth &amp; date.</em></p>\n"
    '<figure><img src="https://courier.example/media/quay%20&amp;%20lake.png"'
    ' alt="A quay at low water" width="1200" height="600">'
    "<figcaption>The quay &lt;in&gt; March <small>R. &amp; S. Okafor</small></figcaption>"
    "</figure>\n"
    '<p>It <a href="https://courier.example/about?a=1&amp;b=2">fell</a> &amp; fell.</p>'
)


def written(*articles: Article, feed: FeedInfo = FEED) -> FeedDocuments:
    return write_feed(FEED_PUBLICATION, feed, articles)


def texts(data: bytes, path: str) -> list[str]:
    """Return the text of every element at *path*, or the attribute that it ends in."""
    found: Any = etree.fromstring(data).xpath(path, namespaces=NS)
    return [node if isinstance(node, str) else "".join(node.itertext()) for node in found]


def read(data: bytes) -> Any:  # noqa: ANN401 - feedparser has no types
    """Return what feedparser makes of *data*; it is given bytes, since a str could be a URL."""
    parsed = feedparser.parse(data)
    assert not parsed.bozo, parsed.get("bozo_exception")
    return parsed


# Every field comes back as it was given (feeds.md, "read every field back").


def test_read_back_of_feed_in_rss() -> None:
    feed = read(written(FULL).rss).feed
    assert feed.title == "Tide & Table: <everything>"
    assert feed.subtitle == "All we print & more"
    assert feed.link == "https://courier.example/"
    assert feed.language == "en"
    assert feed.rights == "© 2026 The Meridian Courier"
    assert feed.author_detail == {"name": "Ada Quill", "email": "ada@example.org"}
    assert feed.generator == "Digest"
    assert feed.ttl == "30"
    assert (feed.sy_updateperiod, feed.sy_updatefrequency) == ("hourly", "2")
    assert feed.image.href == "https://courier.example/logo.png"
    assert (feed.image.title, feed.image.link) == (feed.title, feed.link)
    assert feed.updated_parsed[:6] == (2026, 3, 2, 7, 5, 9)
    links = {(link.rel, link.get("type"), link.href) for link in feed.links}
    assert ("self", "application/rss+xml", FEED.rss_url) in links
    assert [link.href for link in feed.links if link.rel == "hub"] == list(FEED.hubs)


def test_read_back_of_feed_in_atom() -> None:
    feed = read(written(FULL).atom).feed
    assert feed.id == FEED.uid
    assert feed.title == "Tide & Table: <everything>"
    assert feed.subtitle == "All we print & more"
    assert feed.language == "en"
    assert feed.rights == "© 2026 The Meridian Courier"
    assert feed.author_detail == {
        "name": "Ada Quill",
        "email": "ada@example.org",
        "href": "https://courier.example/ada",
    }
    assert feed.generator == "Digest"
    assert feed.icon == feed.logo == "https://courier.example/logo.png"
    assert feed.updated == "2026-03-02T07:05:09Z"
    links = {(link.rel, link.type, link.href) for link in feed.links}
    assert ("alternate", "text/html", "https://courier.example/") in links
    assert ("self", "application/atom+xml", FEED.atom_url) in links
    assert [link.href for link in feed.links if link.rel == "hub"] == list(FEED.hubs)


@pytest.mark.parametrize("name", ["rss", "atom"])
def test_read_back_of_entry(name: str) -> None:
    entry = read(getattr(written(FULL), name)).entries[0]
    assert entry.id == FULL.uid
    assert entry.guidislink is (name == "atom")  # its own rule; RSS says isPermaLink=false
    assert entry.title == FULL.title
    assert entry.link == FULL.url
    summary = unescape(entry.summary) if name == "rss" else entry.summary
    assert summary == FULL.summary
    assert entry.published_parsed[:6] == (2026, 3, 1, 9, 30, 0)
    assert entry.author_detail["name"] == "Ilse Varga"
    assert entry.author_detail["email"] == "ilse@example.org"
    assert [tag.term for tag in entry.tags] == list(FULL.topics)
    assert len(entry.content) == 1
    assert entry.content[0].type == "text/html"
    for words in ("An earlier version", "The quay &lt;in&gt; March", "about?a=1&amp;b=2"):
        assert words in entry.content[0].value
    assert entry.media_content[0] == {
        "url": PICTURE_URL,
        "medium": "image",
        "type": "image/png",
        "filesize": "20480",
        "width": "1200",
        "height": "600",
    }
    assert entry.media_credit[0]["content"] == PICTURE.credit


def test_read_back_of_enclosures_in_rss() -> None:
    """feeds.md R7: the first is the enclosure, the others are media."""
    entry = read(written(FULL).rss).entries[0]
    assert [(e.href, e.length, e.type) for e in entry.enclosures] == [
        (EPISODE.url, "4211207", "audio/mpeg")
    ]
    assert entry.itunes_duration == "754"
    assert entry.media_content[1] == {
        "url": REPORT.url,
        "medium": "document",
        "type": "application/pdf",
        "filesize": "90112",
    }


def test_read_back_of_enclosures_in_atom() -> None:
    """feeds.md T2: all of them, with type, length, and title."""
    entry = read(written(FULL).atom).entries[0]
    assert [(e.href, e.length, e.type, e.title) for e in entry.enclosures] == [
        (EPISODE.url, "4211207", "audio/mpeg", EPISODE.title),
        (REPORT.url, "90112", "application/pdf", REPORT.title),
    ]
    assert entry.updated == "2026-03-02T07:05:09Z"
    assert entry.published == "2026-03-01T09:30:00Z"


def test_read_back_of_json() -> None:
    """feeds.md J1: every key, exactly."""
    feed = json.loads(written(FULL).json)
    items = feed.pop("items")
    assert feed == {
        "version": "https://jsonfeed.org/version/1.1",
        "title": FEED.title,
        "home_page_url": "https://courier.example/",
        "feed_url": FEED.json_url,
        "description": FEED.description,
        "icon": "https://courier.example/logo.png",
        "authors": [{"name": "Ada Quill", "url": "https://courier.example/ada"}],
        "language": "en",
        "hubs": [{"type": "WebSub", "url": hub} for hub in FEED.hubs],
    }
    assert items == [
        {
            "id": FULL.uid,
            "url": FULL.url,
            "title": FULL.title,
            "content_html": CONTENT,
            "summary": FULL.summary,
            "image": PICTURE_URL,
            "banner_image": PICTURE_URL,
            "date_published": "2026-03-01T09:30:00Z",
            "date_modified": "2026-03-02T07:05:09Z",
            "authors": [{"name": "Ilse Varga", "url": "https://courier.example/ilse"}],
            "tags": ["World & water", "Ports"],
            "language": "de",
            "attachments": [
                {
                    "url": EPISODE.url,
                    "mime_type": "audio/mpeg",
                    "title": EPISODE.title,
                    "size_in_bytes": 4211207,
                    "duration_in_seconds": 754,
                },
                {
                    "url": REPORT.url,
                    "mime_type": "application/pdf",
                    "title": REPORT.title,
                    "size_in_bytes": 90112,
                },
            ],
        }
    ]


def test_read_back_of_language_of_an_article_that_differs_from_the_feed() -> None:
    """feeds.md T5."""
    documents = written(FULL, sample_article(3))
    assert texts(documents.atom, "//a:entry/@xml:lang") == ["de"]
    assert texts(documents.rss, "//item[1]/dc:language") == ["de"]
    assert texts(documents.rss, "//item[2]/dc:language") == []


def test_content_is_the_same_in_all_formats() -> None:
    documents = written(FULL)
    assert texts(documents.rss, "//content:encoded") == [CONTENT]
    assert texts(documents.atom, "//a:content") == [CONTENT]
    assert texts(documents.atom, "//a:content/@type") == ["html"]


def test_content_is_what_the_sanitiser_lets_stand() -> None:
    """security.md 6: what is added at render is within the allow-list, too."""
    assert sanitize_html(CONTENT) == CONTENT


def test_content_is_left_out_where_the_feed_carries_summaries() -> None:
    article = replace(FULL, correction="")
    documents = written(article, feed=replace(FEED, full_content=False))
    assert texts(documents.rss, "//content:encoded") == []
    assert texts(documents.atom, "//a:content") == []
    (item,) = json.loads(documents.json)["items"]
    assert "content_html" not in item
    assert item["content_text"] == item["summary"] == FULL.summary
    assert check_feed(documents.rss, documents.atom, documents.json) == []


@pytest.mark.parametrize("name", ["rss", "atom"])
def test_no_reader_takes_a_caption_for_the_content(name: str) -> None:
    """What feedparser does: it reads a media:description as content where there is no other."""
    article = replace(FULL, correction="")
    documents = written(article, feed=replace(FEED, full_content=False))
    entry = read(getattr(documents, name)).entries[0]
    assert "content" not in entry
    assert entry.title == FULL.title
    assert unescape(entry.summary) == FULL.summary
    assert texts(getattr(documents, name), "//media:content[1]/media:title") == [PICTURE.caption]


def test_description_is_html_and_stands_before_the_content() -> None:
    """feeds.md R6: readers take description for HTML, so plain text is escaped for it."""
    rss = written(FULL).rss
    assert texts(rss, "//item/description") == [escape(FULL.summary, quote=False)]
    order = [child.tag for child in etree.fromstring(rss).findall(".//item/*")]
    assert order.index("description") < order.index(f"{{{NS['content']}}}encoded")


def test_title_is_escaped_once() -> None:
    """feeds.md R8."""
    documents = written(FULL)
    assert b"<title>Salt &amp; sand: why &lt;low&gt; water matters</title>" in documents.rss
    assert b"<title>Salt &amp; sand: why &lt;low&gt; water matters</title>" in documents.atom


def test_the_feeds_image_is_named_and_linked_as_the_feed_is() -> None:
    """feeds.md R9: of the site, wherever the feed is."""
    data = written(FULL).rss
    for name in ("title", "link"):
        assert texts(data, f"channel/image/{name}") == texts(data, f"channel/{name}")
    assert texts(data, "channel/image/link") == ["https://courier.example/"]


def test_text_says_whether_it_is_markup() -> None:
    """feeds.md T3: what holds markup is html, and titles and summaries hold none."""
    tree = etree.fromstring(written(FULL).atom)
    types = {
        (name, found.get("type"))
        for name in ("title", "summary", "content")
        for found in tree.iterfind(f"a:entry/a:{name}", NS)
    }
    assert types == {("title", None), ("summary", None), ("content", "html")}
    (content,) = tree.iterfind(".//a:entry/a:content", NS)
    assert len(content) == 0
    assert (content.text or "").startswith("<p>")


def test_image_stands_once() -> None:
    shown = f'<p><img alt="x" src="{PICTURE_URL}" width="9"></p>'.replace("&", "&amp;")
    documents = written(replace(FULL, content_html=shown, correction=""))
    (item,) = json.loads(documents.json)["items"]
    assert item["content_html"] == shown
    assert item["image"] == PICTURE_URL


def test_script_that_slipped_into_the_database_stays_there() -> None:
    """feeds.md X3."""
    article = replace(FULL, content_html="<p>hi<script>x()</script><svg onload=x()></svg></p>")
    documents = written(article)
    for data in (documents.rss, documents.atom, documents.json):
        assert b"x()" not in data
        assert b"hi" in data


def test_templates_are_text() -> None:
    """security.md 7."""
    documents = written(sample_article(1, title="{{7*7}}", content_html="<p>{{7*7}}</p>"))
    for data in (documents.rss, documents.atom, documents.json):
        assert data.count(b"{{7*7}}") == 2


def test_withdrawn_leaves_a_tombstone_in_atom() -> None:
    """feeds.md H12; RFC 6721."""
    atom = written(FULL, WITHDRAWN).atom
    assert texts(atom, "//a:entry/a:id") == [FULL.uid]
    assert texts(atom, "//at:deleted-entry/@ref") == [WITHDRAWN.uid]
    assert texts(atom, "//at:deleted-entry/@when") == ["2026-03-03T12:00:00Z"]
    assert texts(atom, "//at:deleted-entry/at:comment") == [WITHDRAWN.withdrawn_reason]


def test_withdrawn_is_absent_from_rss_and_json() -> None:
    documents = written(FULL, WITHDRAWN)
    for data in (documents.rss, documents.json):
        assert WITHDRAWN.uid.encode() not in data
        assert FULL.uid.encode() in data


def test_withdrawn_moves_the_feed_forward() -> None:
    """feeds.md T4: else readers would skip the document that holds the tombstone."""
    documents = written(FULL, WITHDRAWN)
    assert texts(documents.atom, "/a:feed/a:updated") == ["2026-03-03T12:00:00Z"]
    assert texts(documents.rss, "//lastBuildDate") == ["Tue, 03 Mar 2026 12:00:00 GMT"]


def test_withdrawn_without_reason_has_no_comment() -> None:
    atom = written(replace(WITHDRAWN, withdrawn_reason="")).atom
    assert texts(atom, "//at:deleted-entry/*") == []


def test_withdrawn_namespace_is_declared_only_where_it_is_used() -> None:
    assert NS["at"].encode() not in written(FULL).atom


def test_feed_is_as_new_as_its_newest_entry() -> None:
    """feeds.md T4: not the time at which it is built."""
    past = datetime(2020, 1, 1, tzinfo=UTC)
    old = sample_article(3, published_at=past, updated_at=past)
    newest = replace(old, uid="tag:courier.example,2026:n", updated_at=FULL.updated_at)
    documents = written(old, newest)
    assert texts(documents.atom, "/a:feed/a:updated") == ["2026-03-02T07:05:09Z"]


@pytest.mark.parametrize(
    ("publication_id", "expected"),
    [
        ("tag:courier.example,2026", "2026-01-01T00:00:00Z"),
        ("tag:courier.example,2019-07-31", "2019-07-31T00:00:00Z"),
        ("tag:courier.example,2019-07", "2019-07-01T00:00:00Z"),
        ("tag:courier.example,2019-13-45", "2019-01-01T00:00:00Z"),
        ("tag:courier.example,0000", "0001-01-01T00:00:00Z"),
        ("no tag at all", "1970-01-01T00:00:00Z"),
    ],
)
def test_empty_feed_is_as_old_as_the_publications_name(publication_id: str, expected: str) -> None:
    publication = replace(FEED_PUBLICATION, id=publication_id)
    documents = write_feed(publication, FEED, [])
    assert texts(documents.atom, "/a:feed/a:updated") == [expected]
    assert check_feed(documents.rss, documents.atom, documents.json) == []


def test_update_before_publication_counts_from_publication() -> None:
    early = replace(FULL, updated_at=FULL.published_at - timedelta(days=1))
    assert texts(written(early).atom, "//a:entry/a:updated") == ["2026-03-01T09:30:00Z"]


# feeds.md R5, feedgen #6.


def test_author_one_with_a_mail_is_the_author() -> None:
    rss = written(FULL).rss
    assert texts(rss, "//item/author") == ["ilse@example.org (Ilse Varga)"]
    assert texts(rss, "//item/dc:creator") == []


def test_author_name_without_mail_is_a_creator() -> None:
    rss = written(replace(FULL, authors=(Author("Bo"),))).rss
    assert texts(rss, "//item/author") == []
    assert texts(rss, "//item/dc:creator") == ["Bo"]


def test_author_several_are_creators_all() -> None:
    """One item may have one author only, and none besides creators."""
    several = (Author("Bo"), Author("Cy", "cy@example.org"))
    documents = written(replace(FULL, authors=several))
    assert texts(documents.rss, "//item/author") == []
    assert texts(documents.rss, "//item/dc:creator") == ["Bo", "Cy"]
    assert texts(documents.atom, "//a:entry/a:author/a:email") == ["cy@example.org"]


def test_author_name_that_would_break_the_brackets_is_a_creator() -> None:
    rss = written(replace(FULL, authors=(Author("Bo (senior)", "bo@example.org"),))).rss
    assert texts(rss, "//item/dc:creator") == ["Bo (senior)"]


def test_author_mail_serves_as_name_and_nonsense_as_nothing() -> None:
    odd = (Author("", "bo@example.org"), Author("Cy", "no mail"), Author("\x00"))
    documents = written(replace(FULL, authors=odd))
    assert texts(documents.atom, "//a:entry/a:author/a:name") == ["bo@example.org", "Cy"]
    assert texts(documents.atom, "//a:entry/a:author/a:email") == ["bo@example.org"]
    (item,) = json.loads(documents.json)["items"]
    assert item["authors"] == [
        {"name": "bo@example.org", "url": "mailto:bo@example.org"},
        {"name": "Cy"},
    ]


def test_author_feed_has_one_even_when_nobody_is_named() -> None:
    """feeds.md T1."""
    publication = replace(FEED_PUBLICATION, author=Author(""))
    documents = write_feed(publication, FEED, [replace(FULL, authors=())])
    assert texts(documents.atom, "/a:feed/a:author/a:name") == ["Tide & Table"]
    assert texts(documents.rss, "/rss/channel/dc:creator") == ["Tide & Table"]


# Whatever is missing, every entry can be read (feeds.md X1: one bad article stops nothing).


def test_awkward_articles_make_a_perfect_feed() -> None:
    documents = written(*AWKWARD)
    assert check_feed(documents.rss, documents.atom, documents.json) == []
    assert len(read(documents.rss).entries) == len(AWKWARD)
    assert len(read(documents.atom).entries) == len(AWKWARD)


def test_forbidden_characters_are_taken_out() -> None:
    """feeds.md X1, feedgen #7."""
    items = json.loads(written(*AWKWARD).json)["items"]
    titles = [item["title"] for item in items]
    assert "Bell and NUL" in titles
    assert "Lone surrogate" in titles
    assert "<p>abcd</p>" in [item.get("content_html") for item in items]


def test_title_comes_from_the_text_when_it_is_empty() -> None:
    words = "wave " * 80
    article = replace(FULL, title="", summary="", content_text=words)
    (item,) = json.loads(written(article).json)["items"]
    assert item["title"] == "wave " * 15 + "wave…"
    assert item["summary"] == "wave " * 55 + "wave…"


def test_excerpt_of_a_text_without_spaces_is_cut_where_it_must_be() -> None:
    article = replace(FULL, title="", summary="水" * 200)
    (item,) = json.loads(written(article).json)["items"]
    assert item["title"] == "水" * 79 + "…"


def test_without_any_words_the_slug_and_then_the_uid_serve() -> None:
    bare = replace(FULL, title="", summary="", content_text="")
    nameless = replace(bare, uid="tag:courier.example,2026:n", slug="")
    items = json.loads(written(bare, nameless).json)["items"]
    assert [item["title"] for item in items] == [FULL.slug, "tag:courier.example,2026:n"]
    assert [item["summary"] for item in items] == [FULL.slug, "tag:courier.example,2026:n"]


def test_of_articles_with_one_uid_the_first_stands() -> None:
    """feeds.md R3, feedgen #14."""
    documents = written(FULL, replace(FULL, title="Again"), replace(WITHDRAWN, uid=FULL.uid))
    assert texts(documents.atom, "//a:entry/a:title") == [FULL.title]
    assert texts(documents.atom, "//at:deleted-entry") == []


def test_uid_is_made_a_uri_or_found() -> None:
    strange = replace(FULL, uid="tag:courier.example,2026:ä b")
    without = replace(FULL, uid="")
    lost = replace(FULL, uid="", url="nowhere:", slug="lost")
    documents = written(strange, without, lost)
    assert texts(documents.rss, "//guid") == [
        "tag:courier.example,2026:%C3%A4%20b",
        f"tag:courier.example,2026:{FULL.slug}",
        "tag:courier.example,2026:lost",
    ]


def test_feed_without_words_borrows_the_publications() -> None:
    bare = replace(FEED, title="", description="\x00", language="?")
    documents = write_feed(FEED_PUBLICATION, bare, [])
    assert texts(documents.rss, "/rss/channel/title") == ["Tide & Table"]
    assert texts(documents.rss, "/rss/channel/description") == [FEED_PUBLICATION.description]
    assert texts(documents.rss, "/rss/channel/language") == ["en"]


def test_publication_without_words_is_named_by_its_address() -> None:
    nobody = replace(
        FEED_PUBLICATION,
        title="",
        description="",
        copyright="",
        logo_url="",
        author=Author(""),
        language="",
    )
    documents = write_feed(nobody, replace(FEED, title="", description="", language=""), [])
    assert texts(documents.rss, "/rss/channel/title") == ["https://courier.example/"]
    assert texts(documents.rss, "/rss/channel/image") == []
    assert texts(documents.rss, "/rss/channel/copyright") == []
    assert check_feed(documents.rss, documents.atom, documents.json) == []


@pytest.mark.parametrize("name", ["rss_url", "atom_url", "json_url", "uid"])
def test_feed_without_address_is_refused_with_its_name(name: str) -> None:
    nothing: dict[str, Any] = {name: ""}
    feed = replace(FEED, **nothing)
    with pytest.raises(ValueError, match=rf"feed\.{name} must be set"):
        write_feed(FEED_PUBLICATION, feed, [])


def test_publication_without_address_is_refused() -> None:
    with pytest.raises(ValueError, match=r"publication\.url must be set"):
        write_feed(replace(FEED_PUBLICATION, url="courier"), FEED, [])


def test_image_type_is_told_by_the_extension_when_nobody_said() -> None:
    image = Image("https://courier.example/quay.JPG?size=2#x", alt="Quay")
    rss = written(replace(FULL, image=image, enclosures=())).rss
    assert texts(rss, "//media:content/@type") == ["image/jpeg"]
    assert texts(rss, "//media:content/media:description") == ["Quay"]
    assert texts(rss, "//media:credit") == []


def test_image_of_unknown_kind_has_no_type() -> None:
    image = Image("https://courier.example/quay")
    documents = written(replace(FULL, image=image, enclosures=()))
    assert texts(documents.rss, "//media:content/@*") == [image.url, "image"]
    (item,) = json.loads(documents.json)["items"]
    assert "banner_image" not in item
    assert f'<figure><img src="{image.url}" alt=""></figure>' in item["content_html"]


def test_image_that_is_not_on_the_web_is_left_out() -> None:
    documents = written(replace(FULL, image=Image("data:image/png;base64,AA"), enclosures=()))
    assert texts(documents.rss, "//media:content") == []
    assert "<figure>" not in texts(documents.atom, "//a:content")[0]


def test_tall_image_is_no_banner() -> None:
    tall = replace(PICTURE, width=600, height=600)
    (item,) = json.loads(written(replace(FULL, image=tall)).json)["items"]
    assert "banner_image" not in item


def test_enclosure_needs_its_length() -> None:
    """feeds.md R7, feedgen #9: a file of unknown length is media, not an enclosure."""
    unknown = replace(EPISODE, length_bytes=0)
    documents = written(replace(FULL, image=None, enclosures=(unknown, REPORT)))
    assert texts(documents.rss, "//enclosure/@url") == [REPORT.url]
    assert texts(documents.rss, "//media:content/@url") == [EPISODE.url]
    assert texts(documents.rss, "//media:content/@duration") == ["754"]
    assert texts(documents.rss, "//itunes:duration") == []
    assert texts(documents.atom, "//a:link[@rel='enclosure']/@length") == ["90112"]


def test_duration_is_for_what_plays() -> None:
    still = Enclosure(REPORT.url, "application/pdf", 7, duration_seconds=9)
    assert texts(written(replace(FULL, enclosures=(still,))).rss, "//itunes:duration") == []


@pytest.mark.parametrize(
    ("minutes", "period", "frequency"),
    [
        (1, "hourly", 60),
        (30, "hourly", 2),
        (50, "daily", 29),
        (60, "hourly", 1),
        (90, "daily", 16),
        (720, "daily", 2),
        (1440, "daily", 1),
        (10_080, "weekly", 1),
        (7000, "yearly", 75),
        (400_000, "yearly", 1),
        (525_600, "yearly", 1),
    ],
)
def test_schedule_agrees_with_ttl(minutes: int, period: str, frequency: int) -> None:
    """feeds.md R10, feedgen #10."""
    documents = written(feed=replace(FEED, ttl_minutes=minutes))
    assert texts(documents.rss, "//ttl") == [str(minutes)]
    assert texts(documents.rss, "//sy:updatePeriod") == [period]
    assert texts(documents.rss, "//sy:updateFrequency") == [str(frequency)]


def test_ttl_is_held_to_what_can_be_said() -> None:
    """feeds.md R10."""
    assert texts(written(feed=replace(FEED, ttl_minutes=-5)).rss, "//ttl") == ["1"]
    assert texts(written(feed=replace(FEED, ttl_minutes=10**9)).rss, "//ttl") == ["525600"]


def test_ids_are_the_same_in_all_formats() -> None:
    """feeds.md X4."""
    documents = written(FULL, *AWKWARD)
    ids = [item["id"] for item in json.loads(documents.json)["items"]]
    assert texts(documents.rss, "//guid") == ids
    assert texts(documents.atom, "//a:entry/a:id") == ids


def test_entries_stand_in_the_order_given() -> None:
    """Corrects feedgen #13."""
    articles = [sample_article(number) for number in (3, 1, 2)]
    documents = written(*articles)
    assert texts(documents.rss, "//guid") == [article.uid for article in articles]


def test_no_dtd_and_utf_8() -> None:
    """feeds.md X2."""
    for data in (written(FULL).rss, written(FULL).atom):
        assert data.startswith(b"<?xml version='1.0' encoding='UTF-8'?>\n<")
        assert b"<!" not in data


EPISODE_OF_TIDE = Episode(
    season=2,
    number=11,
    kind="full",
    explicit=False,
    transcripts=(
        Transcript("/t/tide.vtt", "TEXT/vtt"),
        Transcript("https://courier.example/t/tide.html", "nonsense", "en"),
        Transcript("ftp://courier.example/x", "text/plain"),
    ),
    chapters="https://courier.example/t/tide.json",
)


def test_an_episode_says_what_it_is() -> None:
    """feeds.md M1: season, number, kind, explicit, transcripts, chapters."""
    documents = written(replace(FULL, episode=EPISODE_OF_TIDE))
    assert check_feed(documents.rss, documents.atom, documents.json) == []
    text = documents.rss.decode()
    for said in (
        "<itunes:season>2</itunes:season>",
        "<itunes:episode>11</itunes:episode>",
        "<itunes:episodeType>full</itunes:episodeType>",
        "<itunes:explicit>false</itunes:explicit>",
        '<itunes:image href="https://courier.example/media/quay%20&amp;%20lake.png"/>',
        'url="https://courier.example/t/tide.vtt" type="text/vtt" language="de"',
        'url="https://courier.example/t/tide.html" type="text/plain" language="en"',
        'url="https://courier.example/t/tide.json" type="application/json+chapters"',
    ):
        assert said in text, said
    assert "ftp:" not in text
    silent = replace(FULL, image=None, episode=Episode(kind="pilot", season=-1))
    item = written(silent).rss.decode()
    assert "itunes:season" not in item
    assert "episodeType" not in item


def test_a_correction_is_seen_in_feeds_of_summaries_too() -> None:
    documents = written(FULL, feed=replace(FEED, full_content=False))
    for data in (documents.rss, documents.atom, documents.json):
        assert "An earlier version gave" in data.decode()


def test_an_article_is_made_once_for_all_documents() -> None:
    """performance.md P4: what is kept gives the same bytes, and goes when there is too much."""
    articles = [replace(FULL, sequence=1, revision=1), sample_article(2)]
    cache = Cache()
    first = write_feed(FEED_PUBLICATION, FEED, articles, cache=cache)
    other = replace(articles[0], title="Not looked at")
    again = write_feed(FEED_PUBLICATION, FEED, [other, articles[1]], cache=cache)
    assert first == again == write_feed(FEED_PUBLICATION, FEED, articles)
    assert b"Not looked at" in write_feed(FEED_PUBLICATION, FEED, [other], cache=Cache()).rss
    newer = replace(other, revision=2)
    assert b"Not looked at" in write_feed(FEED_PUBLICATION, FEED, [newer], cache=cache).rss
    small = Cache(limit_bytes=1)
    assert write_feed(FEED_PUBLICATION, FEED, articles, cache=small) == first
    assert b"Not looked at" in write_feed(FEED_PUBLICATION, FEED, [other], cache=small).rss
    assert first.largest == max(len(first.rss), len(first.atom), len(first.json))
