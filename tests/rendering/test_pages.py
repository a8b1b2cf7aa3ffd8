"""The site's templates: found, filled, and explained when they are wrong (security.md 7)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from samples import SAMPLE_PUBLICATION

from digest.errors import TemplateError
from digest.rendering import bundled_templates
from digest.rendering.colour import contrast
from digest.rendering.pagehtml import page_html, safe_json, shows
from digest.rendering.pages import Frame, PageRenderer

FRAME = Frame(
    publication=SAMPLE_PUBLICATION,
    url="https://courier.example/news/",
    base="/news/",
    feeds=(),
    briefings=(),
    topics=(),
    stylesheet="assets/site.css",
    script="assets/copy.js",
    icon="assets/icon.svg",
    timezone="UTC",
    has_forms=True,
    has_issues=False,
)


def renderer(folder: Path, **templates: str) -> PageRenderer:
    for name, text in templates.items():
        path = folder / "web" / f"{name}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return PageRenderer([folder, bundled_templates()])


def test_the_operators_template_goes_before_ours(tmp_path: Path) -> None:
    made = renderer(
        tmp_path, error="own {{ phrase }} {{ publication.title }} {{ wording.language }}"
    )
    assert made.render("error.html", FRAME, phrase="x") == "own x The Meridian Courier en"
    assert made.render("error.html", FRAME, "de-CH", phrase="x").endswith(" de-CH")


def test_values_are_data_and_never_markup_or_template(tmp_path: Path) -> None:
    made = renderer(tmp_path, own="{{ text }}")
    told = made.render("own.html", FRAME, text="<b>{{ 7*7 }}</b>")
    assert told == "&lt;b&gt;{{ 7*7 }}&lt;/b&gt;"


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("fine\n{{ titel }}", 2, "'titel' is undefined"),
        ("{% if %}", 1, "Expected an expression"),
        ("\n\n{% include 'web/none.html' %}", None, "there is no template web/none.html in"),
        ("{{ ''.__class__.__mro__ }}", 1, "unsafe"),
        ("{{ 1 / 0 }}", 1, "division by zero"),
    ],
)
def test_a_mistake_is_named_by_file_and_line(
    tmp_path: Path, text: str, line: int | None, reason: str
) -> None:
    with pytest.raises(TemplateError) as caught:
        renderer(tmp_path, own=text).render("own.html", FRAME)
    assert "own.html" in caught.value.name
    assert caught.value.line == line
    assert reason in caught.value.reason


def test_a_template_that_is_missing_says_where_it_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(
        TemplateError, match=f"web/none.html: there is no template .* in {tmp_path}"
    ):
        renderer(tmp_path).render("none.html", FRAME)


def test_checking_finds_what_does_not_compile(tmp_path: Path) -> None:
    made = renderer(tmp_path, own="{% block %}", other="{{ fine }}")
    assert [problem.line for problem in made.check()] == [1]
    assert renderer(tmp_path / "none").check() == []


def test_a_change_of_a_template_is_noticed(tmp_path: Path) -> None:
    made = renderer(tmp_path)
    before = made.stamp()
    assert made.stamp() == before
    renderer(tmp_path, own="x")
    assert made.stamp() != before


def test_links_stay_below_the_base_and_our_own_pictures_on_our_host() -> None:
    assert FRAME.link("articles/x") == "/news/articles/x"
    assert FRAME.local("https://courier.example/feeds/media/a.png") == "/feeds/media/a.png"
    assert FRAME.local("https://courier.example.evil/a.png") == "https://courier.example.evil/a.png"
    assert FRAME.local("https://other.example/") == "https://other.example/"


@pytest.mark.parametrize("accent", ["#8a1c1c", "#ffee00", "#0b0b0b", "#f8f8ff", "#3f7fff"])
def test_the_accent_can_be_read_in_both_schemes(accent: str) -> None:
    css = PageRenderer([bundled_templates()]).asset("site.css", accent=accent, on_accent="#ffffff")
    schemes = css.split("@media (prefers-color-scheme: dark)")
    for part in schemes[:2]:
        names = dict(
            line.strip().removesuffix(";").removeprefix("--").split(": ", 1)
            for line in part.splitlines()
            if line.strip().startswith("--") and "#" in line
        )
        for ground in ("page", "paper", "tint"):
            assert contrast(names["accent"], names[ground]) >= 4.5
            assert contrast(names["soft"], names[ground]) >= 4.5
            assert contrast(names["ink"], names[ground]) >= 7
            assert contrast(names["edge"], names[ground]) >= 3
        assert contrast(names["on-accent"], names["accent"]) >= 4.5


def test_an_articles_html_is_cleaned_once_more_and_asks_no_other_host_for_our_pictures() -> None:
    html = (
        '<h2>One</h2><p onclick="x()">Text</p><script>alert(1)</script>'
        '<img src="https://courier.example/m/a.png" alt="A"><img src="//evil.example/x.png">'
        '<a href="javascript:alert(1)">x</a><a href="https://courier.example/articles/y">y</a>'
    )
    told = str(page_html(html, 1, FRAME.local))
    assert '<img loading="lazy" decoding="async"' in told
    assert 'src="/m/a.png"' in told
    assert 'href="/articles/y"' in told
    for never in ("onclick", "alert", "evil.example"):
        assert never not in told


def test_a_picture_that_stands_in_the_text_is_known() -> None:
    assert shows(
        '<img alt="" src="https://a.example/x.png?a=1&amp;b=2">', "https://a.example/x.png?a=1&b=2"
    )
    assert not shows("<p>https://a.example/x.png</p>", "https://a.example/x.png")


@example("</script><script>alert(1)</script>")
@example("<!--<script>\u2028\u2029&amp;")
@given(st.text())
def test_data_for_machines_cannot_end_its_element(text: str) -> None:
    told = str(safe_json({"headline": text}))
    assert json.loads(told) == {"headline": text}
    assert not set(told) & set("<>&\u2028\u2029")
