# ruff: noqa: RUF001 - the letters of many scripts
"""Slugs, uids, aliases, and digests (feeds.md R3, T4, X4; security.md 10)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.model import Author, Change, Draft, Enclosure, Image, Removal
from digest.syndication.articles import parse_article
from digest.syndication.identity import SLUG, alias_keys, content_digest, mint_uid, slugify

DRAFT = Draft("A title", "<p>Some text.</p>", "Some text.", slug="a-title")


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("The bell, and after", "the-bell-and-after"),
        ("Don’t stop", "dont-stop"),
        ("Straße & Łódź — naïve Œuvre", "strasse-lodz-naive-oeuvre"),
        ("Зустріч у Києві: що далі?", "zustrich-u-kyievi-shcho-dali"),
        ("Встреча: ёж и гора", "vstrecha-ezh-i-gora"),
        ("Ελλάδα και Ὀδυσσεύς", "ellada-kai-odysseys"),
        ("İstanbul ışık", "istanbul-isik"),
        ("ｆｕｌｌ ½", "full-1-2"),
        ("../../x", "x"),
        ("%2e%2e%2f", "2e-2e-2f"),
        ("a\0b", "ab"),
        ("{{7*7}}", "7-7"),
    ],
)
def test_titles_of_alphabets_become_readable_slugs(text: str, slug: str) -> None:
    assert slugify(text) == slug


@pytest.mark.parametrize("text", ["鐘", "שלום", "سلام", "!!!", ""])
def test_what_cannot_be_spelled_gets_a_stable_slug_of_its_own(text: str) -> None:
    assert SLUG.fullmatch(slugify(text))
    assert slugify(text) == slugify(text)
    assert slugify(text) != slugify(text + "鐘")


def test_titles_that_differ_in_lost_letters_only_stay_apart() -> None:
    assert slugify("2026 年") != slugify("2026 月")
    assert slugify("2026 年").startswith("2026-")


def test_long_titles_are_cut_between_words() -> None:
    assert slugify("word " * 40) == "-".join(["word"] * 16)
    assert slugify("x" * 300) == "x" * 80
    assert len(slugify("word " * 40 + "鐘")) <= 80


@given(st.text(max_size=300))
@example("ŉ")
@example("\ud800")
def test_every_text_has_a_slug_and_a_slug_is_its_own(text: str) -> None:
    slug = slugify(text)
    assert SLUG.fullmatch(slug)
    assert slugify(slug) == slug


@pytest.mark.parametrize(
    ("path", "uid"),
    [
        ("x.md", "tag:example.org,2026:articles/x"),
        ("a/b c.txt", "tag:example.org,2026:articles/a/b%20c"),
        ("ü.md", "tag:example.org,2026:articles/%C3%BC"),
        ("u\u0308.html", "tag:example.org,2026:articles/%C3%BC"),
        ("a#b?.md", "tag:example.org,2026:articles/a%23b%3F"),
        ("\udcff.md", "tag:example.org,2026:articles/%FF"),
        ("\ud800.md", "tag:example.org,2026:articles/%ED%A0%80"),
    ],
)
def test_a_uid_is_a_tag_uri_that_the_place_alone_decides(path: str, uid: str) -> None:
    """RFC 4151; the same on every system and for every kind of file."""
    assert mint_uid("tag:example.org,2026", "articles", path) == uid
    assert mint_uid("tag:example.org,2026", "articles", PurePosixPath(path)) == uid


def test_a_file_is_known_by_path_name_and_content() -> None:
    path, stem, content = alias_keys("articles", "a/x.md", DRAFT)
    assert (path, stem) == ("path:articles/a/x.md", "stem:articles/a/x")
    assert content.startswith("content:")
    assert len(content) == len("content:") + 64


def test_a_file_is_known_by_what_it_states_of_itself() -> None:
    stated = replace(DRAFT, slug_is_explicit=True, uid="tag:a.example,2026:b")
    keys = alias_keys("articles", "x.md", stated)
    assert keys[0] == "uid:tag:a.example,2026:b"
    assert "slug:articles/a-title" in keys


def test_a_moved_file_is_recognised_by_its_content_however_it_is_written() -> None:
    moved = replace(DRAFT, title="a  Title", content_text="SOME\n\ntext.")
    assert alias_keys("articles", "x.md", DRAFT)[-1] == alias_keys("other", "y.txt", moved)[-1]


def test_a_draft_without_text_has_no_content_to_be_recognised_by() -> None:
    keys = alias_keys("articles", "x.md", replace(DRAFT, content_text=" \n"))
    assert not any(key.startswith("content:") for key in keys)


def test_keys_of_unspeakable_names_can_be_stored() -> None:
    assert "path:articles/%FF.md" in alias_keys("articles", "\udcff.md", DRAFT)


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Another title"},
        {"content_html": "<p>Some texts.</p>"},
        {"summary": "S"},
        {"authors": (Author("A"),)},
        {"topics": ("T",)},
        {"published_at": datetime(2026, 1, 1, tzinfo=UTC)},
        {"updated_at": datetime(2026, 1, 1, tzinfo=UTC)},
        {"image": Image("a.png")},
        {"url": "https://a.example/"},
        {"language": "uk"},
        {"correction": "C"},
        {"withdrawn": "W"},
        {"enclosures": (Enclosure("a", "b/c", 1),)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_change_that_readers_see_moves_the_digest(change: dict[str, Any]) -> None:
    """feeds.md T4."""
    assert content_digest(replace(DRAFT, **change)) != content_digest(DRAFT)


@pytest.mark.parametrize(
    "change",
    [
        {"content_html": "\n<p>Some\n text. </p> "},
        {"slug": "b", "slug_is_explicit": True},
        {"uid": "tag:a.example,2026:b"},
        {"pinned": True},
        {"removals": (Removal(1, "Share", Change.FURNITURE, "share line (en)"),)},
    ],
)
def test_what_readers_do_not_see_leaves_the_digest(change: dict[str, Any]) -> None:
    """feeds.md T4."""
    assert content_digest(replace(DRAFT, **change)) == content_digest(DRAFT)


def test_rewrapping_a_file_and_sorting_its_keys_change_nothing() -> None:
    one = b"---\ntitle: A\ntopics: [B]\n---\nSome words of text\nin two lines.\n\n- c\n- d\n"
    other = b"---\ntopics: B\ntitle:   A\n---\n\nSome words\nof text in two lines.   \n\n\n* c\n* d"
    digests = {content_digest(parse_article(PurePosixPath("x.md"), text)) for text in (one, other)}
    assert len(digests) == 1


def test_white_space_inside_code_is_content() -> None:
    one, other = (replace(DRAFT, content_html=f"<pre>a{gap}b</pre>") for gap in (" ", "  "))
    assert content_digest(one) != content_digest(other)
