"""Text that goes around the MJML converter (security.md 6 and 7)."""

from __future__ import annotations

import html

from hypothesis import example, given
from hypothesis import strategies as st
from mjml import mjml2html

from digest.rendering.around import unveil, veil_html, veil_text

texts = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"))


@given(texts)
@example("~t:6162~")
@example("~h:3c623e~")
@example("~")
@example("~t:~t:6162~~")
@example('Tom & "Jerry\'s" <b>')
def test_veiled_text_comes_back_escaped(text: str) -> None:
    assert html.unescape(unveil(veil_text(text))) == text


@given(texts, texts)
@example("~t", ":6162~")
@example("~t:", "6162~")
def test_two_texts_side_by_side_never_make_a_veil(one: str, other: str) -> None:
    joined = unveil(veil_text(one) + veil_text(other))
    assert html.unescape(joined) == one + other


@given(texts)
@example("<b>~t:6162~</b>")
def test_veiled_html_comes_back_as_it_was(markup: str) -> None:
    assert unveil(veil_html(markup)) == markup


@given(texts)
@example('a" onmouseover="x')
@example("\u200b\u202e")
@example("&nbsp;<br>")
def test_mrml_carries_a_veil_through_attributes_and_text(text: str) -> None:
    veil = veil_text(text)
    converted = mjml2html(
        f'<mjml><mj-body><mj-raw><p title="{veil}">{veil}</p></mj-raw></mj-body></mjml>', fonts={}
    )
    escaped = unveil(veil)
    if text.strip():
        assert f'<p title="{escaped}">{escaped}</p>' in unveil(converted)


def test_what_mrml_must_understand_stays_plain() -> None:
    assert veil_text("#8a1c1c") == "#8a1c1c"
    assert veil_text("640px") == "640px"


def test_characters_that_xml_forbids_are_dropped() -> None:
    assert unveil(veil_text("a\x00b\ud800c\ufffed")) == "abcd"
    assert unveil(veil_html("<i>\x1b</i>")) == "<i></i>"
