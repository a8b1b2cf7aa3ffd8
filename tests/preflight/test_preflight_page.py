"""A mail's HTML is read as mail programs show it, in both schemes; nothing breaks the reader."""

# ruff: noqa: RUF001 - Ukrainian looks like Latin to the linter

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from proofs import sound_proof

from digest.preflight.colours import colour_of
from digest.preflight.page import DARK, LIGHT, read_page
from digest.preflight.rules import contrast_of_text
from digest.preflight.styles import Element, Sheet, declarations
from digest.preflight.tongue import agrees, language_of
from digest.rendering import Renderer, bundled_templates
from digest.rendering.sample import samples

RENDERER = Renderer([bundled_templates()])


def shades(html: str, scheme: str = LIGHT) -> dict[str, tuple[str, str]]:
    return {
        shade.sample: (shade.colour, shade.ground)
        for shade in read_page(html).shades
        if shade.scheme == scheme
    }


@pytest.mark.parametrize(
    ("text", "colour"),
    [
        ("#abc", "#aabbcc"),
        ("#AABBCC", "#aabbcc"),
        ("#aabbccff", "#aabbcc"),
        ("no-repeat #fff url(x)", "#ffffff"),
        ("Navy", "#000080"),
        ("rgb(1, 2, 300)", "#0102ff"),
        ("rgba(1,2,3,1)", "#010203"),
        ("rgba(1,2,3,.5)", ""),
        ("linear-gradient(#fff, #000)", ""),
        ("transparent", ""),
        ("", ""),
    ],
)
def test_colours_are_read_as_style_sheets_write_them(text: str, colour: str) -> None:
    assert colour_of(text) == colour


def test_what_an_element_says_is_handed_down_and_overruled() -> None:
    html = (
        '<body bgcolor="#eee"><p style="color:red">a<b style="background:#00f">b</b></p>'
        '<font color="#fff">c</font>d<td bgcolor="#111" style="background-color:#fff">e</td></body>'
    )
    assert shades(html) == {
        "a": ("#ff0000", "#eeeeee"),
        "b": ("#ff0000", "#0000ff"),
        "c": ("#ffffff", "#eeeeee"),
        "d": ("#000000", "#eeeeee"),
        "e": ("#000000", "#ffffff"),
    }


def test_important_specific_and_later_rules_win_in_that_order() -> None:
    styles = (
        "/* p { color: #000001 } */ p { color: #000002 } .x { color: #000003 } p { color: #000004 }"
        " #i { color: #000005 } .late { color: #000006 } .late { color: #000007 }"
        " .must { color: #000008 !important }"
    )
    html = (
        f"<style>{styles}</style><p>a</p><p class='x'>b</p><p class='x' id='i'>c</p>"
        "<p class='late'>d</p><p class='must' style='color:#fff'>e</p><p style='color:#fff'>f</p>"
    )
    assert [colour for colour, _ in shades(html).values()] == [
        "#000004",
        "#000003",
        "#000005",
        "#000007",
        "#000008",
        "#ffffff",
    ]


@pytest.mark.parametrize(
    ("selector", "fits"),
    [
        (".a p", True),
        (".a > p", False),
        (".b > p", True),
        (".a > .b > p", True),
        (".a .c p", False),
        ("div.b p", True),
        ("span.b p", False),
        ("*", True),
        (".b *", True),
        ("p:hover", False),
        ("[data-ogsc] p", False),
        ("p, h1", True),
        ("html .a p", False),
    ],
)
def test_selectors_of_elements_and_classes_are_understood(selector: str, fits: bool) -> None:  # noqa: FBT001 - a table
    path = (
        Element("div", frozenset({"a"})),
        Element("div", frozenset({"b"})),
        Element("p"),
    )
    sheet = Sheet(f"{selector} {{ color: #123456 }}", LIGHT)
    assert bool(sheet.style_of(path, {})) is fits


def test_each_scheme_has_the_rules_of_its_media_query() -> None:
    css = (
        "@import url(x); p { color: #111 } @media (prefers-color-scheme: dark) { p { color: #eee } "
        "body { background: #222 !important } } @media (max-width: 500px) { p { color: red } } "
        "p { font: x } p { color"
    )
    html = f"<style>{css}</style><body><p>words</p></body>"
    assert shades(html) == {"words": ("#111111", "#ffffff")}
    assert shades(html, DARK) == {"words": ("#eeeeee", "#222222")}


def test_an_important_ground_by_name_wins_over_a_plain_one() -> None:
    sheet = Sheet("p { background-color: #000 !important }", LIGHT)
    style = sheet.style_of((Element("p"),), declarations("background: #fff; nonsense"))
    assert style == {"background-color": "#000"}
    assert sheet.style_of((), {}) == {}


def test_nobody_reads_what_is_hidden() -> None:
    html = (
        "<title>A &amp; B</title><div style='display:none'>preheader<p>x</p></div>"
        "<script>s</script>"
        "<!-- c --><p>seen&nbsp;words</p></p></unknown><br/>more"
    )
    page = read_page(html)
    assert (page.title, page.text) == ("A & B", "seen words more")


def test_links_and_pictures_are_listed_in_order() -> None:
    page = read_page(
        "<html lang=de><a href=' https://a/ '>x</a><a name=q>y</a><area href='b'>"
        "<img src='1' alt=''><img alt='z'><a href='https://a/'>again</a>"
    )
    assert page.language == "de"
    assert page.links == ("https://a/", "b")
    assert [(picture.src, picture.alt) for picture in page.pictures] == [("1", ""), ("", "z")]


def test_depth_without_end_is_not_followed() -> None:
    page = read_page("<i>" * 2000 + "deep" + "</i>" * 2000 + "<b>after</b>")
    assert page.text == "deep after"


@given(
    st.lists(
        st.sampled_from(["<p class='a'>", "</p>", "<style>", "</style>", ".a{", "}", "x", "<!--"])
    )
)
@example(["<style>", "}", "}", ".a{", "</style>", "<p class='a'>", "x"])
def test_no_html_breaks_the_reader(pieces: list[str]) -> None:
    assert isinstance(read_page("".join(pieces)).text, str)


@pytest.mark.parametrize("number", range(len(samples())))
def test_our_own_templates_can_be_read_in_both_schemes(number: int) -> None:
    """email.md C3: nothing of the default template is below WCAG AA."""
    html = RENDERER.briefing(samples()[number]).html
    assert contrast_of_text(sound_proof(html=html)) == []
    assert {shade.scheme for shade in read_page(html).shades} == {LIGHT, DARK}


ENGLISH = (
    "The lake had been falling for three summers when the engineers came back with their poles "
    "and found that the oldest mark on the wall of the harbour was dry as it is now"
)
SPANISH = (
    "El lago había bajado durante tres veranos cuando los ingenieros volvieron con sus varas y "
    "vieron que la marca más antigua de la pared del puerto no se veía por el agua en la que estaba"
)
UKRAINIAN = (
    "Озеро опускалося три літа, коли інженери повернулися з жердинами і побачили, що на стіні "
    "гавані не було води, як і в ті роки, але це не для нас і не про те, що є у нас"
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (ENGLISH, "en"),
        (SPANISH, "es"),
        ("انخفض مستوى البحيرة ثلاثة أصياف متتالية", "ar"),
        (UKRAINIAN, "uk"),
        ("湖は三年続けて下がっていたのです", "ja"),
        ("a few words", ""),
        ("lorem ipsum dolor sit amet " * 8, ""),
        ("", ""),
    ],
)
def test_the_commonest_words_tell_the_language(text: str, code: str) -> None:
    assert language_of(text) == code


def test_languages_of_one_script_and_regions_agree() -> None:
    assert agrees("ar", "fa")
    assert agrees("de-CH", "de")
    assert agrees("", "de")
    assert agrees("de", "")
    assert not agrees("de", "en")
