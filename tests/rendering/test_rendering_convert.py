"""From MJML to the HTML that is sent (email.md C1, C2, C7)."""

from __future__ import annotations

import pytest

from digest.rendering.around import veil_html, veil_text
from digest.rendering.convert import MarkupError, html_of


def _document(body: str, head: str = "") -> str:
    return (
        f'<mjml lang="en" dir="ltr"><mj-head>{head}</mj-head><mj-body><mj-section><mj-column>\n'
        f"{body}\n</mj-column></mj-section></mj-body></mjml>"
    )


def test_css_is_written_into_elements_and_media_queries_stay_in_the_head() -> None:
    query = "@media (max-width: 520px) { .x { color: #00ff00 !important; } }"
    html = html_of(
        _document('<mj-text><p class="x">a</p></mj-text>', f"<mj-style>{query}</mj-style>"),
        ".x { color: #ff0000 } .y { color: #0000ff }",
    )
    assert '<p class="x" style="color:#ff0000' in html
    assert query in html
    assert "#0000ff" not in html


def test_comments_go_but_outlooks_conditions_stay_whole() -> None:
    """email.md C2: what classic Outlook alone sees, and what all but it see."""
    html = html_of(_document("<!-- a note --><mj-text>a</mj-text>"), "")
    assert "a note" not in html
    assert (
        '<!--[if !mso]><!--><meta http-equiv="X-UA-Compatible" content="IE=edge"><!--<![endif]-->'
        in html
    )
    assert html.count("<!--[if mso | IE]>") == html.count("<![endif]-->") - 3  # of the head


def test_html_goes_around_the_converter_and_is_styled_after_it() -> None:
    content = "<p>One<br>two &nbsp; <b>three</b> <i>four</i></p>"
    html = html_of(_document(f"<mj-text>{veil_html(content)}</mj-text>"), "p { margin: 0 }")
    assert '<p style="margin:0' in html
    assert "One<br>two &nbsp; <b>three</b> <i>four</i></p>" in html


def test_space_collapses_except_in_preformatted_text() -> None:
    pre = "<pre>a\n\n    b  c</pre>"
    html = html_of(_document(f"<mj-text>{veil_html(pre)}<p>d   e</p></mj-text>"), "")
    assert pre in html
    assert "<p>d e</p>" in html


def test_a_title_with_quotes_breaks_out_of_no_attribute() -> None:
    """The converter repeats the title in aria-label, escaped as Rust does: security.md 6."""
    title = veil_text('A "quoted" onload="alert(1)" title')
    html = html_of(_document("<mj-text>a</mj-text>", f"<mj-title>{title}</mj-title>"), "")
    assert '<title>A "quoted" onload="alert(1)" title</title>' in html
    assert html.count("onload") == 1


def test_a_title_with_quotes_written_in_the_template_breaks_out_of_none_either() -> None:
    html = html_of(_document("<mj-text>a</mj-text>", '<mj-title>A "b" c</mj-title>'), "")
    assert "aria-label" not in html


def test_no_font_is_fetched_from_anywhere() -> None:
    """email.md C7: mrml links to a font service for the fonts it knows, by default."""
    html = html_of(_document('<mj-text font-family="Roboto">a</mj-text><mj-text>b</mj-text>'), "")
    assert "fonts.g" not in html
    assert "@import" not in html


def test_an_element_that_mjml_does_not_have_is_named_with_its_line() -> None:
    with pytest.raises(MarkupError, match="no element <mj-txt> that can stand here") as caught:
        html_of(_document("<mj-text>a</mj-text>\n<mj-txt>b</mj-txt>"), "")
    assert caught.value.line == "<mj-txt>b</mj-txt>"


def test_markup_that_is_not_well_formed_is_explained_with_its_line() -> None:
    with pytest.raises(MarkupError, match="not well-formed") as caught:
        html_of(_document("<mj-text>a</mj-column>"), "")
    assert caught.value.line == "<mj-text>a</mj-column>"
    assert caught.value.reason == (
        "not well-formed: Opening and ending tag mismatch: mj-text and mj-column"
    )


def test_what_html_allows_is_allowed_in_texts() -> None:
    html = html_of(_document("<mj-text>a<br>b&nbsp;c<hr/></mj-text>"), "")
    assert "a<br>b&nbsp;c<hr>" in html


@pytest.mark.parametrize("source", ["", "<p>no mjml</p>"])
def test_a_document_that_is_no_mjml_is_refused(source: str) -> None:
    with pytest.raises(MarkupError, match=r"cannot be converted|not well-formed"):
        html_of(source, "")
