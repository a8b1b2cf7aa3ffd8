"""What article HTML may hold (feeds.md X1, X3; security.md 6), and where its links lead (T5)."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.syndication import markup, sanitize
from digest.syndication.sanitize import (
    absolute_html,
    clean_text,
    is_excessive,
    local_images,
    one_line,
    sanitize_html,
    sanitize_whole,
)


@pytest.mark.parametrize(
    "html",
    [
        '<figure><img src="a.png" alt="A" width="1" height="2"><figcaption>C</figcaption></figure>',
        "<blockquote><p>Q</p><footer>says <cite>A</cite></footer></blockquote>",
        '<table><caption>C</caption><tbody><tr><th scope="row">A</th></tr></tbody></table>',
        '<ol start="3"><li>A</li></ol><ul><li>B</li></ul><dl><dt>C</dt><dd>D</dd></dl>',
        '<p lang="ar" dir="rtl">A <q>B</q> <code>C</code> <sub>2</sub><br>D</p><hr>',
        '<a href="http://a.example/">A</a><a href="mailto:a@b.example">B</a><a href="c.html">C</a>',
        '<li id="fn-1"><a href="#fnref-1">1</a></li>',
        '<time datetime="2026-01-01">New Year</time><abbr title="World">W</abbr>',
        "<p>plain &amp; simple &lt;b&gt;</p>",
    ],
)
def test_what_an_article_may_hold_stays_as_it_is(html: str) -> None:
    assert sanitize_html(html) == html


@pytest.mark.parametrize(
    ("html", "clean"),
    [
        ("<script>x()</script>a", "a"),
        ("<style>b{}</style><title>t</title>a", "a"),
        ("<p onclick='x()' style='position:fixed' class='c' id='d'>a</p>", "<p>a</p>"),
        ("<svg onload=x()><a href='x'>b</a></svg>a", "a"),
        ("<math><mtext><img src=x onerror=y></mtext></math>a", "a"),
        (
            "<noscript><p title='</noscript><img src=x onerror=y>'></noscript>a",
            '<img src="x">\'&gt;a',
        ),
        ("<iframe src='https://e.example'></iframe><object data='x'></object>a", "a"),
        ("<form action='/x'><input name='y'><button>Go</button>a</form>", "a"),
        ("<base href='//e.example'><meta http-equiv='refresh' content='0'>a", "a"),
        ("<a href='jAvAsCrIpT&#58;x()'>a</a>", "<a>a</a>"),
        ("<a href='java&#10;script:x()'>a</a>", "<a>a</a>"),
        ("<a href='\x01javascript:x()'>a</a>", "<a>a</a>"),
        ("<a href='data:text/html,x'>a</a>", "<a>a</a>"),
        ("<a href='//evil.example/x'>a</a>", "<a>a</a>"),
        ("<a href='/\\evil.example'>a</a><a href='\\\\evil.example'>b</a>", "<a>a</a><a>b</a>"),
        ("<a href='/&#9;/evil.example'>a</a>", "<a>a</a>"),
        ("<a href='http:evil'>a</a><a href='https://u:p@'>b</a>", "<a>a</a><a>b</a>"),
        ("<img src='data:image/png;base64,AA'>a<img src='mailto:x@y'><img>", "a"),
        ("<img src='//evil.example/x.png' alt='A'>a", "a"),
        ("<img src='x.png' width='100%' height='9999999'>", '<img src="x.png">'),
        ("<p lang='no tag at all' dir='up'>a</p>", "<p>a</p>"),
        ("<a href='x' id='location'>a</a><li id='forms'>b</li>", '<a href="x">a</a><li>b</li>'),
        ("a<!-- b -->c", "ac"),
        ("a&nbsp;b\xa0c", "a\xa0b\xa0c"),
        ("<p>a<p>b", "<p>a</p><p>b</p>"),
        ("<pre>\n\n\na</pre>", "<pre>a</pre>"),
        ("{{7*7}} {% x %}", "{{7*7}} {% x %}"),
        ("a\x00\x07\ufffe\ud800b", "ab"),
        ("&#7;&#xFFFE;a", "a"),
    ],
)
def test_all_else_goes(html: str, clean: str) -> None:
    assert sanitize_html(html) == clean
    assert sanitize_html(clean) == clean


def test_what_turns_over_at_every_reading_keeps_its_text() -> None:
    """Nested links that a table throws out of each other move at each parse."""
    html = "<a><table>" * 12 + "x"
    assert "x" in sanitize_html(html)


def test_a_document_that_never_settles_is_text_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sanitize, "_MAX_PASSES", 1)
    assert sanitize_whole("<p>a<p>b") is None
    assert sanitize_html("<p>a<p>b &lt;i&gt;") == "<p>ab &lt;i&gt;</p>"


def test_depth_is_cut_and_text_is_kept() -> None:
    html = sanitize_html("<div>" * 400 + "x" + "</div>" * 400)
    assert markup.depth(html) == markup.MAX_DEPTH
    assert html.count("x") == 1


@pytest.mark.parametrize(
    "html", ["<b>" * 70_000 + "x", "&" * 110_000 + "x", "\xa0" * 110_000 + "x"]
)
def test_of_excessive_markup_the_text_stays(html: str) -> None:
    assert is_excessive(html)
    assert sanitize_whole(html) is None
    text = sanitize_html(html)
    assert text.startswith("<p>")
    assert text.endswith("x</p>")
    assert sanitize_html(text) == text


def test_long_documents_come_out_as_short_ones_do() -> None:
    part = '<h2 lang="en">A</h2>\n<ul><li>B <b>c</b></li></ul>\n<table><tbody><tr><td>D</td></tr>'
    html = f"{part}</tbody></table>\n<blockquote><p>E<br>f</p></blockquote>\n" * 300
    assert len(html) > 20_000
    assert sanitize_html(html) == html


@pytest.mark.parametrize(
    ("html", "absolute"),
    [
        ('<a href="b c?d=ü#e">x</a>', '<a href="https://p.example/a/b%20c?d=%C3%BC#e">x</a>'),
        ('<a href="/b">x</a>', '<a href="https://p.example/b">x</a>'),
        ('<a href="#fn-1">x</a>', '<a href="https://p.example/a/slug#fn-1">x</a>'),
        ('<a href="mailto:a@b.example">x</a>', '<a href="mailto:a@b.example">x</a>'),
        ('<a href="https://ü.example/ä">x</a>', '<a href="https://xn--tda.example/%C3%A4">x</a>'),
        ('<img src="img/ö.png">', '<img src="https://cdn.example/1.png">'),
        ('<img src="b.png">', '<img src="https://p.example/a/b.png">'),
        ('<img src="https://o.example/b.png">', '<img src="https://o.example/b.png">'),
        ('<a href="//evil.example">x</a>', "<a>x</a>"),
        ('<a href="http://[::1">x</a>', "<a>x</a>"),
    ],
)
def test_every_url_becomes_absolute_and_encoded(html: str, absolute: str) -> None:
    """feeds.md T5."""
    images = {"img/ö.png": "https://cdn.example/1.png"}
    assert absolute_html(html, "https://p.example/a/slug", images) == absolute


def test_a_picture_whose_place_is_no_url_is_left_out() -> None:
    assert (
        absolute_html('<img src="a.png">b', "https://p.example/", {"a.png": "javascript:x"}) == "b"
    )


def test_local_images_are_named_once_in_order_as_written() -> None:
    html = (
        '<img src="b%20c.png"><img src="https://o.example/x.png"><img src="../a&amp;b.png">'
        '<img src="b%20c.png"><p>&lt;img src="d.png"&gt;</p>'
    )
    assert local_images(html) == ("b%20c.png", "../a&b.png")


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("a\tb\nc\rd", "a\tb\nc\rd"),
        ("a\0\x01\x08\x0b\x0c\x0e\x1fb", "ab"),
        ("a\ufffe\uffffb", "ab"),
        ("a\ud800\udfffb", "ab"),
        ("\x7f\x85\U0001f600\ufeff", "\x7f\x85\U0001f600\ufeff"),
    ],
)
def test_characters_that_xml_forbids_are_taken_out(text: str, clean: str) -> None:
    """feeds.md X1; feedgen #7."""
    assert clean_text(text) == clean


@given(st.text())
@example("\ud800")
def test_clean_text_can_always_be_written(text: str) -> None:
    clean = clean_text(text)
    assert clean.encode().decode() == clean
    assert clean_text(clean) == clean


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("  a \n\t b\r\nc ", "a b c"),
        ("a\u2028b\u2029c\x85d\x0be", "a b c d e"),
        ("a\xa0b", "a\xa0b"),
        ("\ud800", ""),
        ("a \ud800 b", "a b"),
        ("a \u202eevil\u202c b", "a evil b"),
        ("\u2067b\u2069 a", "\u2067b\u2069 a"),
    ],
)
def test_one_line_is_one_line(text: str, line: str) -> None:
    assert one_line(text) == line
