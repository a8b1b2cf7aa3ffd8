"""Whatever the bytes, there is a draft or an error that says what to do, and soon."""

from __future__ import annotations

import sys
import time
from pathlib import PurePosixPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.errors import ArticleError
from digest.model import MAX_SOURCE_BYTES
from digest.syndication.articles import parse_article
from digest.syndication.identity import SLUG, alias_keys
from digest.syndication.sanitize import clean_text, html_to_text, one_line, sanitize_html

SUFFIX = st.sampled_from([".md", ".html", ".txt"])
PIECES = st.sampled_from(
    [
        *("---\n", "+++\n", "title: x\n", "title = 'x'\n", "<!-- ---\n", "--- -->\n", "# "),
        *("\n\n", "\n", "> ", "<p>", "</p>", "<table>", "<td>", "<a href='", "//e'>", "<b>"),
        *("</b>", "<h1>", "<figure>", "<pre>\n", "<img src=x title=y>", "<svg>", "<style>"),
        *("<li>", "&nbsp;", "&lt;", "[^1]", "[^1]: x", "|a|\n|-|\n", "“", "”"),
        *("“a b c,” says A B", "— A B", "- x\n", "1. x\n", "2. y\n", "Must read\n"),
        *("Share\n", "Photo: A B\n", "© A", "By Ann Bo\n", "2022-01-01\n", "http://a.b/)"),
        *("A short line\n", "word word word word word word ", "!", ".", ":", "&", "*"),
        *("\xa0", "\ufffe", "\u0007", "é", "水", "ש", "<div>", "</div>", "image: [", "{"),
    ]
)
DOCUMENTS = st.lists(PIECES, max_size=40).map("".join)


def check_refusal(error: ArticleError) -> None:
    assert error.reason
    assert error.line is None or error.line > 0


def check(data: bytes, suffix: str) -> None:
    path = PurePosixPath("a/2026-01-01-name").with_suffix(suffix)
    try:
        draft = parse_article(path, data)
    except ArticleError as error:
        check_refusal(error)
        return
    assert sanitize_html(draft.content_html) == draft.content_html
    assert html_to_text(draft.content_html) == draft.content_text
    assert draft.title
    assert draft.title == one_line(draft.title)
    assert SLUG.fullmatch(draft.slug)
    for text in (draft.title, draft.summary, draft.content_html, draft.content_text):
        assert clean_text(text) == text
    for key in alias_keys("articles", path, draft):
        kind, _, value = key.partition(":")
        assert kind in {"uid", "path", "stem", "slug", "content"}
        assert value.isprintable() or " " in value
        assert key.encode()


@given(data=st.binary(max_size=300), suffix=SUFFIX)
@example(data=b"", suffix=".md")
@example(data=b"\xff\xfe\x00", suffix=".txt")
@example(data=b'---\na: "\\UFFFFFFFF"\n---\n', suffix=".md")
@example(data=b"---\na: &x [*x]\n---\n", suffix=".md")
@example(data=b"+++\n" + b"a." * 3000 + b"a=1\n+++\n", suffix=".md")
def test_any_bytes_give_a_draft_or_an_article_error(data: bytes, suffix: str) -> None:
    check(data, suffix)


@given(text=DOCUMENTS, suffix=SUFFIX)
@example(text="x\n\n<pre>\n\n\n", suffix=".html")
@example(text="Title\n\n“a\n\n“b\n\n“c", suffix=".txt")
def test_any_mixture_of_what_articles_hold_gives_one_too(text: str, suffix: str) -> None:
    check(text.encode(), suffix)


@given(html=st.one_of(st.text(max_size=200), DOCUMENTS))
@example(html="<pre>\n\n\nx")
@example(html="<a><table><a>")
@example(html="<table><b><a><table>")
def test_sanitising_is_done_after_one_pass(html: str) -> None:
    """feeds.md X3; security.md 6: at ingest, and again at render."""
    once = sanitize_html(html)
    assert sanitize_html(once) == once


N = MAX_SOURCE_BYTES - 100
PATHOLOGICAL = {
    "blocks never closed": ("<h1>T</h1>" + "<div>" * (N // 5), ".html"),
    "inline elements never closed": ("# T\n\n" + "<b>" * (N // 3), ".md"),
    "many distinct inline elements": (
        "<h1>T</h1><p>" + "".join(f"<i lang=a{i}>" for i in range(900)) + "</p>" + "<p>x" * 900,
        ".html",
    ),
    "paragraphs that sit in a table": ("<h1>T</h1><table>" + "<p>x" * 25_000, ".html"),
    "comments never closed": ("<h1>T</h1>" + "<!--" * (N // 4), ".html"),
    "attributes without end": ("<h1>T</h1><a " + "a=1 " * (N // 4), ".html"),
    "many distinct attributes": (
        "<h1>T</h1><a " + " ".join(f"a{i}=1" for i in range(100_000)) + ">",
        ".html",
    ),
    "a page of authors": ("<meta name=author content=b>\n" * 30_000, ".html"),
    "ampersands": ("T\n\n" + "&" * (N - 10), ".txt"),
    "no-break spaces": ("T\n\n" + "x\xa0" * (N // 3), ".txt"),
    "footnotes": ("# T\n\n" + "[^1]" * (N // 4) + "\n\n[^1]: x", ".md"),
    "quotations inside each other": ("# T\n\n" + "> " * (N // 2), ".md"),
    "opening marks": ("T\n\n" + "“a b c\n\n" * 19_000, ".txt"),
    "numbers": ("T\n\n" + "".join(f"{i % 900}. x\n" for i in range(39_000)), ".txt"),
    "closing brackets": ("T\n\nhttp://a.b/" + ")" * (N - 20), ".txt"),
    "dots": ("T\n\n" + "." * N, ".txt"),
    "one word": ("T\n\n" + "x" * N, ".txt"),
    "capitals": ("T\n\nBy " + "A " * (N // 2), ".txt"),
    "line ends": ("T" + "\n" * (N // 2), ".txt"),
    "control characters": ("T\n" + "abcdefghijklmnopqrstu\x01\n" * 39_000, ".txt"),
    "rules": ("---\n" * 39_000, ".txt"),
    "front matter without end": ("---\ntitle: x\n" + "a" * N, ".md"),
    "nested lists in front matter": ("---\na: " + "[" * 16_000 + "\n---\n", ".md"),
    "nested tables in front matter": ("+++\n" + "a." * 8_000 + "a=1\n+++\n", ".md"),
    "one byte of Latin": ("T\n\n" + "\xe9 a " * (N // 5), ".txt"),
}


@pytest.mark.parametrize("name", PATHOLOGICAL)
def test_a_megabyte_of_malice_is_dealt_with_in_seconds(name: str) -> None:
    text, suffix = PATHOLOGICAL[name]
    data = text.encode("latin-1" if "Latin" in name else "utf-8")[:MAX_SOURCE_BYTES]
    path = PurePosixPath("name").with_suffix(suffix)
    started = time.process_time()
    try:
        outcome: object = parse_article(path, data)
    except ArticleError as error:
        outcome = error
    taken = time.process_time() - started
    assert outcome
    # Twice what it takes; a square of the size would take minutes. Coverage slows all down.
    assert taken < (2.5 if sys.gettrace() is None else 25)
