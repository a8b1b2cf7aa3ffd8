"""An HTML page: its head, and which part is the article."""

from __future__ import annotations

import pytest

from digest.syndication.frontmatter import Items, Scalar
from digest.syndication.webpage import Page, read_page


def test_a_fragment_is_all_article() -> None:
    assert read_page("<p>a</p>") == Page("<p>a</p>")


def test_the_head_is_read_up_to_the_first_content() -> None:
    page = read_page(
        '<!doctype html>\n<HTML LANG="de"><head><link rel=x>\n<title>A &amp;\n b</title>\n'
        '<meta name="slug" content="c"></head>\n<body lang=x><p>d<meta name="slug" content="e">',
        first_line=5,
    )
    assert (page.title, page.language) == ("A & b", "de")
    assert page.meta == {"slug": Scalar("c", 9)}
    assert page.html == '<p>d<meta name="slug" content="e">'


def test_text_before_a_head_ends_the_head() -> None:
    assert read_page("a<title>b</title>").title == ""


def test_surer_names_win_and_authors_add_up() -> None:
    page = read_page(
        '<meta property="og:description" content="a"><meta name="Description" content="b">\n'
        '<meta property="og:description" content="z">'
        '<meta name="author" content="c"><meta name="author" content="d">'
        '<meta name="summary" content=""><meta name="keywords" content="e">'
        '<meta name="keywords" content="f"><meta name="viewport" content="g"><meta name="url">'
    )
    assert page.meta == {
        "summary": Scalar("b", 1),
        "authors": Items((Scalar("c", 2), Scalar("d", 2)), 2),
        "topics": Scalar("e", 2),
    }


@pytest.mark.parametrize(
    ("html", "article"),
    [
        ("<body><main>a<article>b</article><article>cd</article></main></body>", "cd"),
        ("<body>a<main>b</main>c</body>", "b"),
        ("<html><head></head><body>a", "a"),
        ("a<ARTICLE>b</ARTICLE>c", "b"),
        ("<p>&lt;article&gt;</p>", "<p>&lt;article&gt;</p>"),
        ("<!-- <article> --><p>a</p>", "<!-- <article> --><p>a</p>"),
        ("<title>a", ""),
    ],
)
def test_the_article_is_the_innermost_region_that_says_so(html: str, article: str) -> None:
    assert read_page(html).html.removeprefix("<title>a") == article
