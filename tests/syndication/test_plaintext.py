"""Plain text as people paste it."""

from __future__ import annotations

import pytest

from digest.model import Author, Image
from digest.syndication.plaintext import PlainText, read_plain_text

SENTENCE = "This is a paragraph of the article, and it is a sentence."


def read(*paragraphs: str) -> PlainText:
    return read_plain_text("\n\n".join(("A title", *paragraphs)))


def html(*paragraphs: str) -> str:
    return read(*paragraphs).html


def p(text: str) -> str:
    return f"<p>{text}</p>"


def test_an_empty_text_has_nothing() -> None:
    assert read_plain_text(" \n\n") == PlainText()


def test_the_first_line_is_the_title_and_underlines_are_drawn() -> None:
    found = read_plain_text(f"A title\n=======\n{SENTENCE}\n\nPart\n---\n\n{SENTENCE}\n-----\n")
    assert found.title == "A title"
    assert found.html.split("\n") == [p(SENTENCE), "<h2>Part</h2>", p(SENTENCE), "<hr>"]


@pytest.mark.parametrize("title", ["Home", "Share", "Advertisement"])
def test_a_title_that_looks_like_furniture_is_still_the_title(title: str) -> None:
    assert read_plain_text(f"{title}\n\n{SENTENCE}\n\nShare\n").title == title
    assert read_plain_text(title).title == title


def test_furniture_above_the_title_is_not_the_title() -> None:
    found = read_plain_text(f"Menu\n\nSkip to content\n\nA title\n\n{SENTENCE}\n")
    assert found.title == "A title"
    assert [removal.text for removal in found.removals] == ["Menu", "Skip to content"]


def test_lines_are_counted_in_the_file() -> None:
    found = read_plain_text(f"A title\n\nShare\n\n{SENTENCE}", first_line=10)
    assert [removal.line for removal in found.removals] == [12]


@pytest.mark.parametrize(
    "line", ["What next", "Old piers, new doubts", "2026: a year", "水车", "Where “home” is"]
)
def test_a_short_line_between_paragraphs_is_a_heading(line: str) -> None:
    assert html(SENTENCE, line, SENTENCE) == f"{p(SENTENCE)}\n<h2>{line}</h2>\n{p(SENTENCE)}"


@pytest.mark.parametrize(
    "line",
    [
        "It ended.",
        "What next?",
        "The following:",
        "and then it went on",
        "12:30",
        "write to a@b.example",
        "word " * 25 + "word",
        "水" * 60,
    ],
)
def test_other_lines_between_paragraphs_are_none(line: str) -> None:
    assert "<h2>" not in html(SENTENCE, line, SENTENCE)


def test_headings_stand_neither_first_nor_last_nor_in_crowds() -> None:
    assert "<h2>" not in html("Subtitle", SENTENCE, "Best wishes", "Ann Example")
    assert html(SENTENCE, "Part", "Chapter", SENTENCE).count("<h2>") == 2
    assert "<h2>" not in html(SENTENCE, "Ann", "Bo", "Cy", SENTENCE)


def test_headings_stand_in_texts_without_empty_lines_too() -> None:
    text = f"A title\n{SENTENCE * 3}\nPart\n{SENTENCE * 3}\n"
    assert "<h2>Part</h2>" in read_plain_text(text).html


@pytest.mark.parametrize(
    ("paragraphs", "expected"),
    [
        (["- a", "- b"], "<ul><li>a</li><li>b</li></ul>"),
        (["- a\n- b\n- c"], "<ul><li>a</li><li>b</li><li>c</li></ul>"),
        (["* a", "* b"], "<ul><li>a</li><li>b</li></ul>"),
        (["• a"], "<ul><li>a</li></ul>"),
        (["1. a", "2. b"], "<ol><li>a</li><li>b</li></ol>"),
        (["4) a", "5) b"], '<ol start="4"><li>a</li><li>b</li></ol>'),
        (["- a"], "<p>- a</p>"),
        (["1. a.", "3. b."], "<p>1. a.</p>\n<p>3. b.</p>"),
        (["1. Part"], "<h2>1. Part</h2>"),
        (["- a", "* b"], "<p>- a</p>\n<p>* b</p>"),
        (["- a", "1. b."], "<p>- a</p>\n<p>1. b.</p>"),
        (["• a", "1. b", "2. c"], "<ul><li>a</li></ul>\n<ol><li>b</li><li>c</li></ol>"),
        (["1. a.", "• b"], "<p>1. a.</p>\n<ul><li>b</li></ul>"),
        (["- a\n- b", "c\nd"], "<ul><li>a</li><li>b</li></ul>\n<p>c<br>d</p>"),
    ],
)
def test_bullets_and_numbers_make_lists(paragraphs: list[str], expected: str) -> None:
    assert html(SENTENCE, *paragraphs, SENTENCE).split("\n", 1)[1] == f"{expected}\n{p(SENTENCE)}"


@pytest.mark.parametrize("rule", ["* * *", "***", "---", "______", "⁂"])
def test_rules_are_rules(rule: str) -> None:
    assert html(SENTENCE, rule, SENTENCE).split("\n")[1] == "<hr>"


def test_quotations_become_quotations() -> None:
    assert html(SENTENCE, "“We came by boat.”", "— Ida Noll") == (
        f"{p(SENTENCE)}\n<blockquote><p>“We came by boat.”</p>"
        "<footer>— <cite>Ida Noll</cite></footer></blockquote>"
    )
    assert html(SENTENCE, "“One.", "“Two.”", SENTENCE).split("\n")[1] == (
        "<blockquote><p>“One.</p><p>“Two.”</p></blockquote>"
    )
    assert html(SENTENCE, "A rule is a rule,” says Ida Noll & Co", SENTENCE).split("\n")[1] == (
        "<blockquote><p>A rule is a rule,”</p>"
        "<footer>says <cite>Ida Noll &amp; Co</cite></footer></blockquote>"
    )


@pytest.mark.parametrize(
    "paragraphs", [["“One.", "Two.”"], ["“One.", "“Two."], ["“One.", "«Two.»"], ["“a."] * 20]
)
def test_quotations_that_never_end_stay_paragraphs(paragraphs: list[str]) -> None:
    found = html(SENTENCE, *paragraphs)
    assert f"<p>{paragraphs[0]}</p>" in found
    assert "<blockquote><p>“" not in found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "See https://a.example/b?c&d, or not.",
            'See <a href="https://a.example/b?c&amp;d">https://a.example/b?c&amp;d</a>, or not.',
        ),
        (
            "(http://a.example/b_(c))",
            '(<a href="http://a.example/b_(c)">http://a.example/b_(c)</a>)',
        ),
        ("<https://a.example/>.", '&lt;<a href="https://a.example/">https://a.example/</a>&gt;.'),
        ("https://a.example/ü!", '<a href="https://a.example/%C3%BC">https://a.example/ü</a>!'),
        ("https://, http://[, javascript:x.", "https://, http://[, javascript:x."),
        ("1 < 2 & “3”.", "1 &lt; 2 &amp; “3”."),
    ],
)
def test_bare_addresses_become_links_and_the_rest_is_text(text: str, expected: str) -> None:
    assert html(SENTENCE, text) == f"{p(SENTENCE)}\n<p>{expected}</p>"


def test_the_head_of_a_page_is_read_line_by_line() -> None:
    found = read(
        "By Ann Bo and Cy Dee",
        "4 May 2025, 10:30",
        "A heron (left) in the reeds.",
        "© Lis Dahl",
        "Photo: Lis Dahl",
        SENTENCE,
    )
    assert found.html == p(SENTENCE)
    assert found.authors == (Author("Ann Bo"), Author("Cy Dee"))
    assert found.image == Image("", caption="A heron (left) in the reeds.", credit="Lis Dahl")
    assert [(r.text, r.reason) for r in found.removals] == [
        ("4 May 2025, 10:30", "date line"),
        ("Photo: Lis Dahl", "second picture credit"),
    ]


def test_a_caption_may_follow_a_standfirst_if_it_says_so_itself() -> None:
    found = read(SENTENCE, "Photo: a heron in the reeds.", SENTENCE)
    assert found.image == Image("", caption="Photo: a heron in the reeds.")
    assert found.html == f"{p(SENTENCE)}\n{p(SENTENCE)}"


def test_a_caption_is_not_looked_for_in_the_text() -> None:
    assert read(SENTENCE, SENTENCE, "Photo: a heron in the reeds.", SENTENCE).image is None
    assert read("A heron (left) in the reeds.").image is None


def test_a_second_byline_or_caption_is_text() -> None:
    found = read("By Ann Bo", "By Cy Dee", "A heron (left).", "A goose (right).", SENTENCE)
    assert found.authors == (Author("Ann Bo"),)
    assert "By Cy Dee" in found.html
    assert "A goose (right)." in found.html


def test_headlines_of_other_articles_at_the_end_go_with_their_heading() -> None:
    found = read(
        SENTENCE, "More articles", "Why ropes sing", "3 min read", "Latest news", "A ferry"
    )
    assert found.html == p(SENTENCE)
    assert [(r.text, r.reason) for r in found.removals][1::3] == [
        ("Why ropes sing", "headline under 'More articles'"),
        ("A ferry", "headline under 'Latest news'"),
    ]


@pytest.mark.parametrize("after", [["Why ropes sing", SENTENCE], [f"Line {n}" for n in range(31)]])
def test_what_is_no_list_of_headlines_stays(after: list[str]) -> None:
    found = read(SENTENCE, "More articles", *after)
    assert [removal.text for removal in found.removals] == ["More articles"]


def test_a_file_of_headlines_only_keeps_them() -> None:
    assert "Why ropes sing" in read("More articles", "Why ropes sing").html


def test_a_title_that_was_wrapped_is_joined_in_wrapped_text_only() -> None:
    body = "The barometer fell all night, and by morning it had reached a depth at\nwhich it rests."
    title = "Letter from the weather station at the very end of the long northern\nroad"
    assert read_plain_text(f"{title}\n\n{body}").title == title.replace("\n", " ")
    assert read_plain_text("A title\nA subtitle\n\n" + SENTENCE * 3).title == "A title"
