"""Other people's HTML made fit to stand in ours (security.md 6)."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.syndication import sanitize
from digest.syndication.upstream import clean_html

BASE = "https://harbour.example/notes/1"

_PIECES = (
    "<p>",
    "</p>",
    "<br></br>",
    "</br>",
    "<img src='/a.png'>",
    "<img src=data:x data-src='//b.example/b.png'>",
    "<img srcset='/c.png 2x, http://[::1]/d.png 3x'>",
    "<img src='http://10.0.0.1/x.png' onerror=x()>",
    "<img width=1 src=/pixel.gif>",
    "<picture><source srcset='/e.webp 1x'>",
    "</picture>",
    "<noscript>",
    "</noscript>",
    "<iframe src='//player.vimeo.com/video/12345'>",
    "<video src=javascript:x()>",
    "<a href='//evil.example/'>",
    "<a href='jAvAsCrIpT&#58;x()'>",
    "<a href='x y'>",
    "</a>",
    "<svg onload=x()>",
    "<script>x</script>",
    "<style>",
    "<!-- <img src=/f.png> -->",
    "<![CDATA[x]]>",
    "<div class=feedflare>",
    "</div>",
    "<p>The post <a href=x>y</a> appeared first on <a href=x>y</a></p>",
    "<table><tr><td>",
    "&nbsp;",
    "&lt;script&gt;",
    "{{7*7}}",
    "words",
    "\0",
    "é",
)

soups = st.lists(st.sampled_from(_PIECES), max_size=25).map("".join) | st.text(max_size=80)


@given(soups, st.sampled_from([BASE, "http://harbour.example/", ""]))
@example("<p><br></br></br></p>", BASE)
@example("<noscript><img src=/a.png></noscript><noscript><img src=/a.png>", BASE)
def test_clean_html_is_safe_absolute_and_stays_as_it_is(html: str, base: str) -> None:
    clean = clean_html(html, base)
    assert sanitize.sanitize_html(clean) == clean
    assert clean_html(clean, base) == clean
    tags = re.findall(r"<[^>]*>", clean)
    assert not [tag for tag in tags if re.search(r"(?i)script|\son\w+=|<(?:svg|iframe|video)", tag)]
    for url in re.findall(r' (?:src|href)="([^"]*)"', clean):
        assert url.startswith(("https://", "http://")), url
        assert not re.search(r"10\.0\.0\.1|\[::1\]", url)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("no markup & 3 < 4", "no markup &amp; 3 &lt; 4"),
        ('<a href="//other.example/x">x</a>', '<a href="https://other.example/x">x</a>'),
        ("<a href=mailto:i@h.example>mail</a>", '<a href="mailto:i@h.example">mail</a>'),
        ('<img src="https://h.example/a.png" width="2" height="900">', ""),
        ('<img src="https://[broken">', ""),
        ("<img alt=x>", ""),
        ('<img src="a.png" srcset="b.png 2x">', '<img src="https://harbour.example/notes/a.png">'),
        (
            '<img src="blank.gif" srcset=", , x.png odd">',
            '<img src="https://harbour.example/notes/x.png">',
        ),
        (
            '<iframe src="https://player.vimeo.com/video/12345?h=1"></iframe>',
            '<p><a href="https://vimeo.com/12345">https://vimeo.com/12345</a></p>',
        ),
        (
            '<iframe src="https://maps.example/embed/abc"></iframe>',
            '<p><a href="https://maps.example/embed/abc">https://maps.example/embed/abc</a></p>',
        ),
        ("<iframe srcdoc='<p>x</p>'></iframe>", ""),
        ("<p>A</p><noscript><p>words only</p></noscript>", "<p>A</p>"),
        ("<p>A</p><!-- <img src=/a.png> -->", "<p>A</p>"),
        (
            'text <a href="https://f.example/1">[link]</a> <a href="https://f.example/2">[comments]</a>',
            "text",
        ),
    ],
)
def test_a_piece_of_html_becomes(html: str, expected: str) -> None:
    assert clean_html(html, BASE) == expected


@pytest.mark.parametrize(
    "piece",
    [
        "<p><a href=x>Continue reading ",
        "<p>The post <a x>",
        "<div class=feedflare>",
        "<a x>[link]</a>",
        "<noscript><img src=/a>",
        "<img data-src='",
        "<picture><source srcset='/a 1x,'>",
        "<br></br>",
        "<iframe src=//x>",
    ],
)
def test_security_9_long_html_takes_no_long_time(piece: str) -> None:
    started = time.process_time()
    clean_html(piece * (300_000 // len(piece)), BASE)
    assert time.process_time() - started < 10
