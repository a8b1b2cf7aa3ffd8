"""Article HTML inside a mail (security.md 6; email.md C4)."""

from __future__ import annotations

import pytest

from digest.rendering.content import PullQuote, mail_html, pull_quote


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=https://a.example/x onerror=alert(1)>",
        '<a href="jAvAsCrIpT&#58;alert(1)">x</a>',
        '<a href="data:text/html,<script>alert(1)</script>">x</a>',
        '<a href="//evil.example/">x</a>',
        '<a href="/relative">x</a>',
        '<img src="//evil.example/x.png">',
        '<img src="data:image/png;base64,AAAA">',
        '<svg><script>alert(1)</script></svg><svg onload="alert(1)">',
        '<math><mtext><img src=x onerror="alert(1)"></mtext></math>',
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
        '<iframe src="https://evil.example/"></iframe>',
        '<meta http-equiv="refresh" content="0;url=https://evil.example/">',
        '<base href="https://evil.example/"><form action="https://evil.example/"><input>',
        '<p style="position:fixed" class="page" id="x" onclick="alert(1)">x</p>',
        "<style>body{display:none}</style><link rel=stylesheet href=https://evil.example/x>",
    ],
)
def test_nothing_active_and_nothing_remote_but_pictures_gets_through(hostile: str) -> None:
    html = mail_html(f"<p>before</p>{hostile}<p>after</p>", 2, 544).lower()
    for forbidden in (
        *("script", "onerror", "onload", "onclick", "evil", "data:", "<svg", "<math", "<iframe"),
        *("<meta", "<base", "<form", "<input", "<style", "style=", "class=", "id=", "<link"),
        *("alert", "/relative"),
    ):
        assert forbidden not in html
    assert html.startswith("<p>before</p>")
    assert html.endswith("<p>after</p>")


def test_template_syntax_in_an_article_is_text() -> None:
    """security.md 7."""
    assert mail_html("<p>{{ 7*7 }} {% raw %}</p>", 2, 544) == "<p>{{ 7*7 }} {% raw %}</p>"


@pytest.mark.parametrize(
    ("html", "level", "expected"),
    [
        ("<h2>a</h2><h3>b</h3><h2>c</h2>", 2, "<h3>a</h3><h4>b</h4><h3>c</h3>"),
        ("<h1>a</h1><h4>b</h4><h4>c</h4>", 3, "<h4>a</h4><h5>b</h5><h5>c</h5>"),
        ("<h5>a</h5><h2>b</h2>", 2, "<h3>a</h3><h3>b</h3>"),
        ("<h1>a</h1><h2>b</h2><h3>c</h3><h4>d</h4>", 3, "<h4>a</h4><h5>b</h5><h6>c</h6><h6>d</h6>"),
    ],
)
def test_headings_follow_the_headline_and_skip_no_level(
    html: str, level: int, expected: str
) -> None:
    """email.md C4."""
    assert mail_html(html, level, 544) == expected


def test_pictures_have_an_alt_and_fit_the_column() -> None:
    """email.md C2 and C4: classic Outlook knows no max-width, only the attribute."""
    html = mail_html(
        '<img src="https://a.example/1.png">'
        '<img src="https://a.example/2.png" alt="Two" width="1200" height="600">'
        '<img src="https://a.example/3.png" alt="Three" width="80" height="40">',
        2,
        544,
    )
    assert html == (
        '<img src="https://a.example/1.png" alt="" width="544">'
        '<img src="https://a.example/2.png" alt="Two" width="544">'
        '<img src="https://a.example/3.png" alt="Three" width="80" height="40">'
    )


def test_tables_say_how_their_cells_meet() -> None:
    html = mail_html("<table><tr><td>1</td></tr></table>", 2, 544)
    assert html.startswith('<table cellspacing="0">')


@pytest.mark.parametrize("empty", ["", "  ", "<script>x</script>", "<!-- only this -->"])
def test_content_without_anything_to_show_is_empty(empty: str) -> None:
    assert mail_html(empty, 2, 544).strip() == ""
    assert pull_quote(empty) is None


def test_text_outside_of_elements_stays() -> None:
    assert mail_html("one <b>two</b> &amp; three", 2, 544) == "one <b>two</b> &amp; three"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<blockquote><p>A  line.</p></blockquote>", PullQuote("A line.")),
        (
            "<blockquote><p>“A line.”</p><footer>— Somebody</footer></blockquote>",
            PullQuote("A line.", "Somebody"),
        ),
        ("<blockquote>A line. <cite>Who</cite></blockquote>", PullQuote("A line.", "Who")),
        (
            f"<blockquote>{'long ' * 60}</blockquote><blockquote>Short.</blockquote>",
            PullQuote("Short."),
        ),
        ("<blockquote><cite>Only a name</cite></blockquote>", None),
        ("<p>No quotation.</p>", None),
    ],
)
def test_the_first_quotation_that_is_short_enough_is_pulled_out(
    html: str, expected: PullQuote | None
) -> None:
    """email.md C6."""
    assert pull_quote(html) == expected
