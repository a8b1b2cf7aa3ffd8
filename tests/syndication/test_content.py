"""An article's HTML as a feed carries it."""

from __future__ import annotations

import pytest

from digest.model import Image
from digest.syndication.content import feed_html, with_extras
from digest.syndication.sanitize import sanitize_html

BASE = "https://courier.example/articles/low-water/"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<a href="../x">a</a>', '<a href="https://courier.example/articles/x">a</a>'),
        ('<a href="#fn1">1</a>', f'<a href="{BASE}#fn1">1</a>'),
        (
            '<a href="/?a=1&amp;b=ä&quot;" title="&lt;&quot;">a</a>',
            '<a href="https://courier.example/?a=1&amp;b=%C3%A4%22" title="&lt;&quot;">a</a>',
        ),
        (
            '<a href="mailto:desk@courier.example">a</a>',
            '<a href="mailto:desk@courier.example">a</a>',
        ),
        ('<a href="http://[bad/" title="t">a</a>', '<a title="t">a</a>'),
        ('<img src="low.png" alt="x">', f'<img src="{BASE}low.png" alt="x">'),
        ('<p><img src="http://a..b/" alt="x">y</p>', "<p>y</p>"),
        ('<p>href="/x"</p>', '<p>href="/x"</p>'),
        ('<p lang="de">x</p>', '<p lang="de">x</p>'),
    ],
)
def test_urls_become_absolute_or_go(html: str, expected: str) -> None:
    """feeds.md T5; what they stand in is not touched."""
    result = feed_html(html, BASE)
    assert result == expected
    assert sanitize_html(result) == result


def test_forbidden_characters_go_even_as_references() -> None:
    """feeds.md X1, X3: and what they hid is sanitised."""
    html = "<p>a&#1;b\x02c</p><a href='java&#1;script:x()'>x</a>"
    assert "script" not in feed_html(html, BASE)
    assert feed_html(html, BASE).startswith("<p>abc</p>")


def test_extras_stand_above_the_content() -> None:
    image = Image(f"{BASE}quay.png?a=1&b='2'", 'a "quay"', "At <noon>", "R. & S.", width=9)
    html = with_extras("<p>x</p>", correction="Depth & date", image=image)
    assert html == (
        "<p><em>Depth &amp; date</em></p>\n"
        f'<figure><img src="{BASE}quay.png?a=1&amp;b=\'2\'" alt="a &quot;quay&quot;" width="9">'
        "<figcaption>At &lt;noon&gt; <small>R. &amp; S.</small></figcaption></figure>\n"
        "<p>x</p>"
    )
    assert sanitize_html(html) == html


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        (f'<img alt="" src="{BASE}a.png?x&amp;y">', 1),
        (f'<p>src="{BASE}a.png?x&amp;y"</p>', 2),
        (f'<a href="{BASE}a.png?x&amp;y">picture</a>', 2),
        (f'<img src="{BASE}a.png?x&amp;y&amp;z">', 2),
        ("", 1),
    ],
    ids=["shown", "text", "link", "other", "empty"],
)
def test_image_is_added_unless_it_is_there(html: str, shown: int) -> None:
    result = with_extras(html, correction="", image=Image(f"{BASE}a.png?x&y"))
    assert result.count(f"{BASE}a.png?x&amp;y") == shown


def test_nothing_is_added_where_there_is_nothing() -> None:
    assert with_extras("<p>x</p>", correction="", image=None) == "<p>x</p>"


def test_what_others_wrote_ends_with_a_link_to_them() -> None:
    html = with_extras(
        "<p>x</p>", correction="", image=None, origin="Nuts & Bolts", url="https://n.example/?a&b"
    )
    link = '<p><a href="https://n.example/?a&amp;b">Nuts &amp; Bolts</a></p>'
    assert html == f"<p>x</p>\n{link}"
