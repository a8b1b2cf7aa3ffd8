"""Article HTML as plain text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.syndication.readable import html_to_text
from digest.syndication.sanitize import sanitize_html


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("<p>a\n  b</p><p>c&nbsp;d</p>", "a b\n\nc\xa0d"),
        ("<h2>A</h2>\n<p>b<br>c</p>", "A\n\nb\nc"),
        ("<p>1. a - b * [c] _d_ \\ `e` {{7*7}}</p>", "1. a - b * [c] _d_ \\ `e` {{7*7}}"),
        ("<ul><li>a</li><li>b</li></ul><p>c</p>", "• a\n• b\n\nc"),
        ('<ol start="9"><li>a</li><li>b<br>c</li></ol>', "9. a\n10. b\n    c"),
        ("<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>", "• a\n  • b\n• c"),
        ("<ul><li><ul><li>a</li></ul></li></ul>", "• • a"),
        ("<ul><li><p>a</p><p>b</p></li><li>c</li></ul>", "• a\n\n  b\n• c"),
        ("<ul><li>a</li></ul><ul><li>b</li></ul>", "• a\n\n• b"),
        ("<li>a</li>", "• a"),
        ("<blockquote><p>a</p><p>b</p></blockquote><p>c</p>", "> a\n>\n> b\n\nc"),
        ("<blockquote>" * 7 + "a" + "</blockquote>" * 7, "> > > > > a"),
        ("<blockquote><ul><li>a</li><li>b</li></ul></blockquote>", "> • a\n> • b"),
        ("<dl><dt>a</dt><dd>b</dd><dt>c</dt></dl>", "a\n  b\nc"),
        ("<p>a</p><hr><p>b</p>", "a\n\n* * *\n\nb"),
        ("<pre>  a\n\n   b\n</pre><p>c</p>", "  a\n\n   b\n\nc"),
        ("<pre>\n</pre>", ""),
        ('<a href="https://a.example/">text</a>', "text (https://a.example/)"),
        ('<a href="https://a.example/">https://a.example</a>', "https://a.example"),
        ('<a href="https://a.example/">a.example</a>', "a.example"),
        ('<a href="https://a.example">text </a>b', "text (https://a.example) b"),
        ('<a href="mailto:a@b.example?subject=c">write</a>', "write (a@b.example)"),
        ('<a href="mailto:a@b.example">a@b.example</a>', "a@b.example"),
        ('<a href="https://a.example"></a>', "https://a.example"),
        ("<a>text</a>", "text"),
        ('<a href="#top">text</a>', "text"),
        ('<sup><a href="#fn-1">1</a></sup> b <a href="#fnref-1">↩</a>', "[1] b"),
        ('<a href="x"><p>a</p><p>b</p></a>', "a\n\nb\n\nx"),
        ('<img src="a" alt="b\nc">', "[b c]"),
        ('<img src="a" alt="">b', "b"),
        ("<figure><img src='a' alt='b'><figcaption>c</figcaption></figure>", "[b]\n\nc"),
        (
            "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>",
            "a | b\n1 | 2",
        ),
        (
            "<table><caption>c</caption><tr><td><p>a</p>b<br>d</td><td></td></tr></table>",
            "c\na b d |",
        ),
        ("<table><tr><td><ul><li>a</li></ul><blockquote>b</blockquote></td></tr></table>", "a b"),
        ("<q>a</q> b<sup>2</sup>", "“a” b2"),
        ("<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>", "漢(kan)"),
        ("a<!-- b --><script>c</script>", "a"),
    ],
)
def test_html_reads_well_as_text(html: str, text: str) -> None:
    assert html_to_text(html) == text


@given(st.lists(st.sampled_from(["a", " ", "b.", "<", "&", "\xa0", "é"])).map("".join))
def test_a_paragraph_of_text_is_that_text(text: str) -> None:
    html = sanitize_html(f"<p>{text.replace('&', '&amp;').replace('<', '&lt;')}</p>")
    assert html_to_text(html) == re.sub(" +", " ", text.strip())
