"""What leads an article."""

from __future__ import annotations

import pytest

from digest.model import Image
from digest.syndication.lead import first_paragraph, take_figure, take_heading, with_captions


@pytest.mark.parametrize(
    ("html", "heading", "rest"),
    [
        ("<p>a</p><h1>b <em>c</em></h1><p>d</p>", "b c", "<p>a</p><p>d</p>"),
        ("<h2>a</h2>", "", "<h2>a</h2>"),
        ("<h1>a</h1><h1>b</h1>", "a", "<h1>b</h1>"),
        ('<img alt="<h1">', "", '<img alt="<h1">'),
    ],
)
def test_the_first_heading_is_taken(html: str, heading: str, rest: str) -> None:
    assert take_heading(html) == (heading, rest)


@pytest.mark.parametrize(
    ("html", "image", "rest"),
    [
        (
            (
                '<figure><img src="a.png" alt="A" title="T" width="3" height="0"><figcaption>C'
                " <b>d</b></figcaption></figure><p>e</p>"
            ),
            Image("a.png", alt="A", caption="C d", width=3),
            "<p>e</p>",
        ),
        ('<p><img src="a.png" title="T"></p>\n<p>e</p>', Image("a.png", caption="T"), "<p>e</p>"),
        ('<img src="https://A.example/ö">e', Image("https://a.example/%C3%B6"), "e"),
        (
            '<div>\n<section><p><a href="b"><img src="a.png"></a></p></section></div>',
            Image("a.png"),
            "<div>\n<section></section></div>",
        ),
    ],
)
def test_a_picture_at_the_beginning_leads(html: str, image: Image, rest: str) -> None:
    assert take_figure(html) == (image, rest)


@pytest.mark.parametrize(
    "html",
    [
        "",
        "a",
        "<div> </div>",
        '<p>a</p><p><img src="b"></p>',
        '<p>a <img src="b"></p>',
        '<p><img src="a"><img src="b"></p>',
        "<figure><blockquote>a</blockquote></figure>",
        '<ul><li><img src="a"></li></ul>',
        'a<figure><img src="b"></figure>',
    ],
)
def test_a_picture_among_words_does_not(html: str) -> None:
    assert take_figure(html) == (None, html)


def test_a_picture_alone_with_a_title_shows_it_as_its_caption() -> None:
    html = '<p><img src="a" alt="b" title="c &lt;d> &quot;e&quot; &amp;"></p>'
    figure = '<figure><img src="a" alt="b"><figcaption>c &lt;d&gt; "e" &amp;</figcaption></figure>'
    assert with_captions(html) == figure


@pytest.mark.parametrize(
    "html",
    ['<p><img src="a"></p>', '<p><img src="a" title=" "></p>', '<p>b <img src="a" title="c"></p>'],
)
def test_other_pictures_stay_as_they_are(html: str) -> None:
    assert with_captions(html) == html


@pytest.mark.parametrize(
    ("html", "text"),
    [
        (
            "<p>Kicker</p><p>This is the first sentence of the running text.</p>",
            "This is the first",
        ),
        (
            "<blockquote><p>This is quoted, and it is long enough to be real.</p></blockquote>",
            "This is q",
        ),
        (
            (
                "<ul><li><p>This is an item, and it is long enough to be real.</p></li></ul>"
                "<p>This one is the paragraph that stands in the text.</p>"
            ),
            "This one is",
        ),
        ("<p>Short.</p><p>Also short.</p>", "Short."),
        ("<h2>Only</h2><table><tr><td>cells</td></tr></table>", "Only cells"),
        ("", ""),
    ],
)
def test_the_first_real_paragraph_speaks_for_the_article(html: str, text: str) -> None:
    assert first_paragraph(html).startswith(text)
    assert bool(first_paragraph(html)) == bool(text)
