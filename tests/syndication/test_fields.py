"""What the keys of front matter mean."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from digest.model import Author, Enclosure, Episode, Image, Transcript
from digest.syndication.fields import Fields, read_fields
from digest.syndication.frontmatter import FrontMatterError, split
from digest.syndication.scalars import parse_moment

KYIV = ZoneInfo("Europe/Kyiv")


def read(block: str) -> Fields:
    return read_fields(split(f"---\n{block}\n---\n").table, KYIV)


@pytest.mark.parametrize(
    ("block", "fields"),
    [
        ("title: 'A  b'", Fields(title="A b")),
        ("title: 2024", Fields(title="2024")),
        ("title:", Fields()),
        ("slug: a-1", Fields(slug="a-1")),
        ("summary: |\n  a\n  b\n\n  c", Fields(summary="a b\n\nc")),
        ("authors: Ann <a@b.example>", Fields(authors=(Author("Ann", "a@b.example"),))),
        ("authors: <a@b.example>", Fields(authors=(Author("a@b.example", "a@b.example"),))),
        ("authors: [Ann, '', Bo]", Fields(authors=(Author("Ann"), Author("Bo")))),
        (
            "authors: {name: Ann, email: a@b.example, url: 'https://b.example'}",
            Fields(authors=(Author("Ann", "a@b.example", "https://b.example"),)),
        ),
        ("topics: 'B, A, b,'", Fields(topics=("B", "A"))),
        ("topics: [B, A, b]", Fields(topics=("B", "A"))),
        ("published: 2026-01-02", Fields(published=datetime(2026, 1, 1, 22, tzinfo=UTC))),
        ("image: a b.png", Fields(image=Image("a b.png"))),
        ("image: https://a.example/ö.png", Fields(image=Image("https://a.example/%C3%B6.png"))),
        ("image: ''", Fields()),
        (
            "image: {file: a.png, alt: A, caption: B, credit: C}",
            Fields(image=Image("a.png", alt="A", caption="B", credit="C")),
        ),
        ("url: http://a.example/b", Fields(url="http://a.example/b")),
        ("uid: urn:isbn:1", Fields(uid="urn:isbn:1")),
        ("language: uk", Fields(language="uk")),
        ("language: zh_Hant", Fields(language="zh-Hant")),
        ("pinned: on", Fields(pinned=True)),
        ("pinned: No", Fields()),
        ("withdrawn: true", Fields(withdrawn="Withdrawn")),
        ("withdrawn: false", Fields()),
        ("withdrawn: It was wrong.", Fields(withdrawn="It was wrong.")),
        ("correction: It is ten.", Fields(correction="It is ten.")),
        (
            "enclosure: {url: 'https://a.example/b.mp3', type: A/B, length: 9, duration: 61}",
            Fields(
                enclosures=(Enclosure("https://a.example/b.mp3", "a/b", 9, duration_seconds=61),)
            ),
        ),
        (
            "enclosures: [{file: b.pdf, title: B}, {file: c.mp3, duration: '1:00:01'}]",
            Fields(
                enclosures=(
                    Enclosure("b.pdf", "", 0, title="B"),
                    Enclosure("c.mp3", "", 0, duration_seconds=3601),
                )
            ),
        ),
        ("enclosure: a.mp3", Fields(enclosures=(Enclosure("a.mp3", "", 0),))),
        (
            "enclosures: [a.pdf, 'https://a.example/b.OGG?x=.mp3', 'https://a.example/b']",
            Fields(
                enclosures=(
                    Enclosure("a.pdf", "", 0),
                    Enclosure("https://a.example/b.OGG?x=.mp3", "audio/ogg", 0),
                    Enclosure("https://a.example/b", "application/octet-stream", 0),
                )
            ),
        ),
        ("season: 2\nepisode: 11", Fields(season=2, episode=11)),
        ("episode_type: Bonus\nexplicit: no", Fields(episode_type="bonus", explicit=False)),
        (
            "transcript: a.vtt\nchapters: a.json",
            Fields(transcripts=(Transcript("a.vtt", "text/vtt"),), chapters="a.json"),
        ),
        (
            "transcripts: [{file: a, type: TEXT/html, language: de}, {url: 'https://a.example/b.srt'}]",
            Fields(
                transcripts=(
                    Transcript("a", "text/html", "de"),
                    Transcript("https://a.example/b.srt", "application/x-subrip"),
                )
            ),
        ),
    ],
)
def test_every_key_has_its_type(block: str, fields: Fields) -> None:
    assert read(block) == fields


@pytest.mark.parametrize(
    ("block", "line", "reason"),
    [
        ("title: x\ntopic: y", 3, "'topic'; did you mean topics"),
        ("date: 2026-01-01", 2, "say published"),
        ("zzz: 1", 2, "there is: title, slug"),
        ("title: [a]", 2, "title must be text, not a list"),
        ("title: {a: b}", 2, "title must be text, not a mapping; put a value"),
        ("summary: [a]", 2, "summary must be text"),
        ("slug: ../x", 2, "like x"),
        ("slug: Ünder", 2, "like under"),
        ("pinned: 1", 2, "true or false"),
        ("published: soon", 2, "like 2026-01-21"),
        ("published: 0001-01-01", 2, "like 2026-01-21"),
        ("image: [a, b]", 2, "one picture, not a list"),
        ("image: //evil.example/x.png", 2, "a file or an http"),
        ("image: javascript:x", 2, "a file or an http"),
        ("image: {alt: x}", 2, "either a file or a url"),
        ("image: {file: x, url: 'https://a.example'}", 2, "either a file or a url"),
        ("image: {file: ''}", 2, "image.file is empty"),
        ("image:\n  file: x\n  captoin: y", 4, "image.'captoin'; did you mean caption"),
        ("url: ftp://a.example", 2, "an http or https address"),
        ("uid: no uri", 2, "must be a URI"),
        ("language: english please", 2, "language tag"),
        ("authors: [{email: a@b.example}]", 2, "needs a name"),
        ("authors: Ann <nobody>", 2, "no valid address"),
        ("authors: [{name: A, mail: x}]", 2, "did you mean email"),
        ("enclosure: [[a.mp3]]", 2, "must be a file, or a mapping"),
        ("enclosure: ''", 2, "enclosure is empty"),
        ("transcript: ''", 2, "transcript is empty"),
        ("transcript: {file: a, type: text}", 2, "like text/vtt"),
        ("transcript: {file: a, words: b}", 2, "unknown key transcript.'words'"),
        ("season: 0", 2, "a whole number from 1"),
        ("episode: two", 2, "a whole number from 1"),
        ("episode_type: pilot", 2, "full, trailer, or bonus"),
        ("explicit: maybe", 2, "true or false"),
        ("chapters: 'ftp://a.example/x'", 2, "must be a file or an http"),
        ("transcript: a\ntranscripts: b", 3, "both transcript and transcripts"),
        ("enclosure: {url: 'https://a.example/b'}", 2, "needs type"),
        ("enclosure: {file: b, type: audio}", 2, "like audio/mpeg"),
        ("enclosure: {file: b, length: many}", 2, "number of bytes"),
        ("enclosure: {file: b, length: 9999999999999999}", 2, "number of bytes"),
        ("enclosure: {file: b, duration: long}", 2, "like 1:02:03"),
        ("enclosure: {file: b, duration: '99999999'}", 2, "like 1:02:03"),
        ("enclosure: {file: b}\nenclosures: [{file: c}]", 3, "both enclosure and enclosures"),
    ],
)
def test_every_mistake_is_named_with_its_line(block: str, line: int, reason: str) -> None:
    with pytest.raises(FrontMatterError, match=reason) as caught:
        read(block)
    assert caught.value.line == line


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-21", datetime(2026, 1, 20, 22, tzinfo=UTC)),
        ("2026-01-21 14:30", datetime(2026, 1, 21, 12, 30, tzinfo=UTC)),
        ("2026-07-21T14:30:05", datetime(2026, 7, 21, 11, 30, 5, tzinfo=UTC)),
        ("2026-01-21T14:30:00Z", datetime(2026, 1, 21, 14, 30, tzinfo=UTC)),
        ("2026-01-21 14:30:00 +2", datetime(2026, 1, 21, 12, 30, tzinfo=UTC)),
        ("2026-01-21 14:30:00 -05:30", datetime(2026, 1, 21, 20, 0, tzinfo=UTC)),
        ("Wed, 21 Jan 2026 14:30:00 +0100", datetime(2026, 1, 21, 13, 30, tzinfo=UTC)),
        ("21 Jan 2026 14:30:00", datetime(2026, 1, 21, 12, 30, tzinfo=UTC)),
        ("0999-01-01", None),
        ("9999-12-31", None),
        ("0001-01-01T00:00+14:00", None),
        ("2026-13-01", None),
        ("14:30", None),
        ("", None),
    ],
)
def test_times_are_read_in_the_zone_of_the_publication(text: str, moment: datetime | None) -> None:
    assert parse_moment(text, KYIV) == moment


def test_what_is_said_of_an_episode_is_one_value_and_nothing_is_none() -> None:
    """feeds.md M1."""
    assert read("title: A").podcast_episode is None
    assert read("explicit: false").podcast_episode == Episode(explicit=False)
    assert read("season: 3\nchapters: c.json").podcast_episode == Episode(3, chapters="c.json")
