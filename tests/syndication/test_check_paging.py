"""The judge finds what is wrong on the way through the archive (feeds.md H10), and in the list."""

from __future__ import annotations

from dataclasses import replace

import pytest
from feed_samples import FEED, FEED_PUBLICATION, FULL
from samples import sample_article

from digest.model import Episode, FeedInfo, Podcast, Transcript
from digest.syndication.check import (
    Look,
    check_archive,
    check_feed,
    check_opml,
    check_rss,
    check_same,
    look,
)
from digest.syndication.document import Addresses, Paging
from digest.syndication.opml import write_opml
from digest.syndication.write import write_feed

BASE = "https://courier.example/"
PODCAST = Podcast(
    guid="ead4c236-bf58-58c6-a2c6-a6b28d128cb6",
    author="Ada",
    owner_name="Ada & Co",
    owner_email="ada@example.org",
    image_url=f"{BASE}cover.png",
    categories=("News > Politics", "Science"),
    locked=True,
)


def at(number: int, **links: str) -> Look:
    """The archive document of that number, the oldest being 1; 0 is the current one."""
    url = f"{BASE}{number}.xml"
    known = {"self": url} | {
        name.replace("_", "-"): f"{BASE}{to}.xml" for name, to in links.items()
    }
    return Look(url, bool(number), known, {f"tag:{number}": "2026-01-01T00:00:00Z"}, "tag:feed")


GOOD = {0: at(0, prev_archive="2"), 2: at(2, prev_archive="1", current="0"), 1: at(1)}


def reasons(**changes: Look) -> list[str]:
    documents = GOOD | {int(name[1:]): document for name, document in changes.items()}
    by_url = {document.url: document for document in documents.values()}
    return [problem.reason for problem in check_archive(documents[0], by_url.get)]


def test_a_way_that_is_in_order_is_not_complained_about() -> None:
    assert reasons() == []
    assert reasons(_1=at(1, next_archive="2")) == []


@pytest.mark.parametrize(
    ("name", "document", "reason"),
    [
        ("_2", at(2, prev_archive="9"), "its prev-archive cannot be read"),
        ("_1", at(1, prev_archive="2"), "leads in a circle"),
        ("_1", at(1, next_archive="5"), "next-archive is https://courier.example/5.xml"),
        ("_2", at(2, prev_archive="1", current="1"), "rel=current is"),
        ("_1", replace(at(1), is_archive=False), "does not say that it is an archive"),
        ("_0", replace(GOOD[0], is_archive=True), "says that it is an archive"),
        ("_1", replace(at(1), links={"self": BASE}), "R2: https://courier.example/1.xml: rel=self"),
        ("_1", replace(at(1), feed_uid="tag:other"), "is of another feed: tag:other"),
        ("_1", replace(at(1), entries=GOOD[2].entries), "repeats tag:2"),
    ],
)
def test_every_fault_is_named_with_its_place(name: str, document: Look, reason: str) -> None:
    (found,) = reasons(**{name: document})
    assert reason in found


def test_a_newer_version_of_an_article_is_no_repetition() -> None:
    newer = replace(GOOD[0], entries={"tag:1": "2026-05-01T00:00:00Z"})
    assert reasons(_0=newer) == []
    unknown = replace(GOOD[1], entries={"tag:2": ""})
    assert reasons(_1=unknown) == []


@pytest.mark.parametrize("data", [b"", b"<rss", b"[]", b'{"items": 5}', b"<x/>"])
def test_what_cannot_be_read_has_nothing_to_look_at(data: bytes) -> None:
    assert look("feed.json", data) is None
    found = look("rss.xml", data)
    assert found is None or found.entries == {}


def test_documents_say_where_they_stand_in_every_format() -> None:
    """feeds.md H10 and J1: archive marks, links both ways, and next_url."""
    older, newer, now = (
        Addresses(f"{BASE}{n}.rss", f"{BASE}{n}.atom", f"{BASE}{n}.json") for n in "123"
    )
    paging = Paging(is_archive=True, current=now, previous=older, following=newer)
    documents = write_feed(FEED_PUBLICATION, FEED, [FULL, sample_article(3)], paging=paging)
    assert check_feed(documents.rss, documents.atom, documents.json) == []
    for data, name in ((documents.rss, "rss"), (documents.atom, "atom")):
        found = look(f"x.{name}", data)
        assert found is not None
        assert found.is_archive
        assert found.links["current"] == f"{BASE}3.{name}"
        assert found.links["prev-archive"] == f"{BASE}1.{name}"
        assert found.links["next-archive"] == f"{BASE}2.{name}"
        assert "hub" not in found.links
    found = look("x.json", documents.json)
    assert found is not None
    assert found.links == {"self": FEED.json_url, "prev-archive": f"{BASE}1.json"}


def test_one_address_with_two_ids_is_found_across_feeds() -> None:
    """feeds.md X4."""
    feeds = {"main": {"tag:1": f"{BASE}a"}, "world": {"tag:1": f"{BASE}a", "tag:2": f"{BASE}b"}}
    assert check_same(feeds) == []
    (problem,) = check_same(feeds | {"sea": {"tag:3": f"{BASE}b"}})
    assert problem.reason == f"X4: feed sea: {BASE}b is tag:3 here, and tag:2 in world"


def test_the_list_of_feeds_is_judged() -> None:
    """feeds.md H14."""
    data = write_opml(FEED_PUBLICATION, [FEED])
    assert check_opml(data, feeds=[FEED.rss_url]) == []
    assert [p.reason for p in check_opml(data, feeds=[f"{BASE}x"])] == [
        f"H14: body: does not have the feed {BASE}x"
    ]
    assert [p.reason for p in check_opml(data.replace(b" text=", b" words="))] == [
        "H14: outline 1: has no text"
    ]
    assert check_opml(b"<opml/>")[0].reason.startswith("H14: document")
    assert check_opml(b"")[0].severity == "error"


def podcast(**changes: object) -> FeedInfo:
    return replace(FEED, podcast=replace(PODCAST, **changes))  # type: ignore[arg-type]


def test_a_podcast_says_what_podcast_programs_need() -> None:
    """feeds.md M1."""
    rss = write_feed(FEED_PUBLICATION, podcast(), [FULL]).rss
    assert check_rss(rss) == []
    text = rss.decode()
    for said in (
        "<itunes:author>Ada</itunes:author>",
        "<itunes:name>Ada &amp; Co</itunes:name>",
        "<itunes:email>ada@example.org</itunes:email>",
        f'<itunes:image href="{BASE}cover.png"/>',
        '<itunes:category text="News">',
        '<itunes:category text="Politics"/>',
        "<itunes:explicit>false</itunes:explicit>",
        "<itunes:type>episodic</itunes:type>",
        "<podcast:guid>ead4c236-bf58-58c6-a2c6-a6b28d128cb6</podcast:guid>",
        '<podcast:locked owner="ada@example.org">yes</podcast:locked>',
        "<podcast:medium>podcast</podcast:medium>",
        "<itunes:duration>754</itunes:duration>",
    ):
        assert said in text
    bare = podcast(owner_name="", owner_email="no mail", image_url="", locked=False)
    text = write_feed(FEED_PUBLICATION, bare, []).rss.decode()
    assert "itunes:owner" not in text
    assert "itunes:image" not in text
    assert "<podcast:locked>no</podcast:locked>" in text


@pytest.mark.parametrize(
    ("right", "wrong", "reason"),
    [
        ("<itunes:explicit>false<", "<itunes:explicit>no<", "itunes:explicit cannot be 'no'"),
        ("<itunes:duration>754<", "<itunes:duration>12m<", "itunes:duration cannot be '12m'"),
        ("<podcast:guid>ead4", "<podcast:guid>EAD4", "podcast:guid cannot be"),
        ("cover.png", "cover .png", "itunes:image"),
        ("<itunes:type>", "<itunes:type>serial</itunes:type><itunes:type>", "more than one"),
    ],
)
def test_podcast_elements_are_judged(right: str, wrong: str, reason: str) -> None:
    """feeds.md M1."""
    rss = write_feed(FEED_PUBLICATION, podcast(), [FULL]).rss
    assert right.encode() in rss
    (found,) = check_rss(rss.replace(right.encode(), wrong.encode()))
    assert reason in found.reason


def test_a_transcript_needs_an_address_and_a_type() -> None:
    """feeds.md M1."""
    episode = Episode(transcripts=(Transcript("https://courier.example/t.vtt", "text/vtt"),))
    rss = write_feed(FEED_PUBLICATION, podcast(), [replace(FULL, episode=episode)]).rss
    assert check_rss(rss) == []
    found = check_rss(rss.replace(b'type="text/vtt"', b'type="vtt"').replace(b"t.vtt", b"t .vtt"))
    assert [problem.reason.partition(":")[0] for problem in found] == ["T5", "M1"]
