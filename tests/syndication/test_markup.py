"""HTML as tokens, and long documents written anew."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.syndication import markup
from digest.syndication.markup import Element, Token
from digest.syndication.sanitize import ALLOWED_TAGS, DROPPED_WITH_CONTENT

SOUP = st.lists(
    st.sampled_from(
        [
            *("<p>", "</p>", "<b x='>'>", "<", ">", "<!--", "-->", "<!x>", "<?y?>", "</", "a"),
            *("<script>", "</script>", "<TITLE>", "</Title >", "<a b = \"c'", "'", '"', "="),
            *("<1>", "\n"),
        ]
    )
).map("".join)


def flatten(html: str) -> str:
    return markup.flatten(html, allowed=ALLOWED_TAGS, dropped=DROPPED_WITH_CONTENT)


@given(SOUP)
@example("<script>x")
@example("<a b='>")
def test_the_pieces_make_up_the_document(html: str) -> None:
    pieces = list(markup.tokens(html))
    assert "".join(piece.source for piece in pieces) == html
    position = 0
    for piece in pieces:
        assert piece.position == position
        position += len(piece.source)


@pytest.mark.parametrize(
    ("html", "kinds"),
    [
        ("a<b>c</b>", ["text a", "start <b>", "text c", "end </b>"]),
        ("<a b='>'>", ["start <a b='>'>"]),
        ("<a b>c", ["start <a b>", "text c"]),
        ("<a b", ["text <a b"]),
        ("1 < 2", ["text 1 ", "text <", "text  2"]),
        ("<!-- > -->a", ["comment <!-- > -->", "text a"]),
        ("<!--a", ["comment <!--a"]),
        ("<?x ?>a", ["comment <?x ?>", "text a"]),
        ("<!x", ["comment <!x"]),
        (
            "<SCRIPT>a<b></Script>c",
            ["start <SCRIPT>", "comment a<b>", "end </Script>", "text c"],
        ),
        ("<style></style>", ["start <style>", "end </style>"]),
        ("<style>a", ["start <style>", "comment a"]),
    ],
)
def test_a_document_is_read_as_browsers_read_it(html: str, kinds: list[str]) -> None:
    assert [f"{token.kind} {token.source}" for token in markup.tokens(html)] == kinds


def test_attributes_are_read_without_entities_the_first_of_a_name_counts() -> None:
    token = next(iter(markup.tokens("<a B='x&amp;y' c=z d \n e = \"'\" b=2>")))
    assert markup.attributes(token) == {"b": "x&y", "c": "z", "d": "", "e": "'"}


@pytest.mark.parametrize(
    ("html", "flat"),
    [
        ("<p>a<p>b", "<p>a</p><p>b</p>"),
        ("<p><b>a<p>b", "<p><b>a</b></p><p>b</p>"),
        ("<ul><li>a<li>b<ul><li>c</ul><li>d</ul>", None),
        ("<dl><dt>a<dd>b<dt>c</dl>", "<dl><dt>a</dt><dd>b</dd><dt>c</dt></dl>"),
        ("<a href=x>a<a href=y>b", '<a href="x">a</a><a href="y">b</a>'),
        ("<table>a<p>b</table>", "<table><tr><td>a<p>b</p></td></tr></table>"),
        ("<table><tr>a</table>", "<table><tr><td>a</td></tr></table>"),
        ("<table> <tr><td>a<td>b<tr><td>c</table>", None),
        ("<td>a</td>", "a"),
        ("</b>a", "a"),
        ("<b><i>a</b>c", "<b><i>a</i></b>c"),
        ("<font color=red>a</font>", "a"),
        ("<nav><p>a<nav>b</nav>c</nav>d", "d"),
        ("<script><p></script>a<!-- b -->", "a"),
        ("a < b <3", "a &lt; b &lt;3"),
        ('<img src="a>b" ALT=\'"\' data-x on:y=z>', '<img src="a&gt;b" alt="&quot;" data-x="">'),
    ],
)
def test_flattening_balances(html: str, flat: str | None) -> None:
    nested = {
        "<ul><li>a<li>b<ul><li>c</ul><li>d</ul>": "<ul><li>a</li><li>b<ul><li>c</li></ul></li>"
        "<li>d</li></ul>",
        "<table> <tr><td>a<td>b<tr><td>c</table>": "<table> <tr><td>a</td><td>b</td></tr>"
        "<tr><td>c</td></tr></table>",
    }
    assert flatten(html) == (flat or nested[html])


def test_flattening_cuts_depth_and_leaves_siblings_alone() -> None:
    deep = "<div>" * 60 + "x" + "</div>" * 60 + "<div>y</div>"
    flat = flatten(deep)
    assert flat == "<div>" * 50 + "x" + "</div>" * 50 + "<div>y</div>"
    assert markup.depth(flat) == 50


def test_depth_does_not_count_elements_without_an_end() -> None:
    assert markup.depth("<p><br><img src='a'></p><p></p>") == 1


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>a <b>b</b></p><p>c</p>", "a b c"),
        ("a<br>b", "a b"),
        ("x&amp;y\n z&nbsp;", "x&y z"),
        ("<style>a</style>b<!-- c -->", "b"),
    ],
)
def test_inner_text_is_one_line(html: str, text: str) -> None:
    assert markup.inner_text(html) == text


def test_elements_are_the_outermost_and_end_with_the_document() -> None:
    html = "<p>a</p><div><div>b</div></div><div>c"
    found = list(markup.elements(html, frozenset({"div"})))
    assert found == [Element("div", 8, 13, 25, 31), Element("div", 31, 36, 37, 37)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("<p>a\nb</p>\n\n<p>c</p>", "<p>a b</p><p>c</p>"),
        ("<ul>\n <li> a </li>\n</ul>\n", "<ul><li>a</li></ul>"),
        ("a <br>\n b", "a<br>b"),
        ("<p>a <b> b</b></p>", "<p>a <b> b</b></p>"),
        ("<pre> a\n  b </pre>\n<p>c</p>", "<pre> a\n  b </pre><p>c</p>"),
    ],
)
def test_white_space_that_is_not_seen_is_folded(one: str, other: str) -> None:
    assert markup.fold_white_space(one) == other
    assert markup.fold_white_space(other) == other


def test_tokens_are_plain_values() -> None:
    assert list(markup.tokens("<a b>")) == [Token("start", "a", "<a b>", " b", 0)]
