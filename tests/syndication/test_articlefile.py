"""Articles written as files of an articles folder, and read again."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import PurePosixPath

from hypothesis import example, given
from hypothesis import strategies as st

from digest.model import Author, Draft, Image
from digest.model.upstream import Arrival
from digest.syndication import sanitize
from digest.syndication.articlefile import attributed, write_article
from digest.syndication.articles import parse_article
from digest.syndication.markup import fold_white_space

words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=40)


def made(title: str, summary: str, name: str, html: str) -> Arrival:
    title = sanitize.one_line(title) or "x"
    image = Image("https://a.example/i.jpg", alt=sanitize.one_line(summary), caption="It --> is")
    draft = Draft(
        title=title if any(char.isalnum() for char in title) else f"a{title}",
        content_html=sanitize.sanitize_html(
            f"<p>{html}</p><pre>a\n <b>b</b></pre><ul><li>x</li></ul>"
        ),
        content_text="",
        summary=sanitize.one_line(summary),
        authors=(
            Author(f"n{sanitize.one_line(name)}".replace("<", ""), url="https://a.example/n"),
            Author("B"),
        ),
        topics=("One", "Two: three"),
        published_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        image=image,
        url="https://a.example/x?a=1&b=2",
        language="en",
    )
    return Arrival(draft, origin="A & B")


@given(words, words, words, words)
@example("-->", "--- -->", "\u2028x", "<!-- -->")
@example("{{7*7}}", "'", '"', "]]>")
def test_what_is_written_is_read_again(title: str, summary: str, name: str, html: str) -> None:
    arrival = made(title, summary, name, html)
    draft = arrival.draft
    found = parse_article(PurePosixPath("2026-01-02-x.html"), write_article(arrival).encode())
    assert found.title == draft.title
    assert found.url == draft.url
    assert found.authors == draft.authors
    assert (found.topics, found.published_at, found.language) == (
        draft.topics,
        draft.published_at,
        draft.language,
    )
    assert found.image == draft.image
    if draft.summary:
        assert found.summary == draft.summary
    expected = sanitize.sanitize_html(attributed(arrival))
    assert fold_white_space(found.content_html) == fold_white_space(expected)
    assert '<a href="https://a.example/x?a=1&amp;b=2">A &amp; B</a>' in found.content_html


def test_what_has_no_address_has_no_line_about_it() -> None:
    draft = Draft(title="A", content_html="<p>b</p>", content_text="b")
    assert write_article(Arrival(draft)) == '<!--\n---\ntitle: "A"\n--- -->\n<p>b</p>\n'
    assert attributed(Arrival(draft)) == "<p>b</p>"
