"""What can be measured of a mail in a real browser (email.md C2, C3)."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, sync_playwright
from samples import sample_article, sample_content, sample_context

from digest.model import MailContext
from digest.rendering import Renderer, bundled_templates
from digest.rendering.colour import contrast
from digest.rendering.sample import samples

pytestmark = pytest.mark.browser

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
RENDERER = Renderer([bundled_templates()])
FULL, WHOLE, RTL, *_ = samples()
THEMES = RENDERER.themes()
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

LARGE_PIXELS = 24
"""From this size on, WCAG 2.2 asks for a contrast of 3 only (success criterion 1.4.3)."""

# Each visible piece of text: what it says, its colour, the ground below it, its size.
SEEN_TEXT = """() => {
  const two = n => (+n).toString(16).padStart(2, '0');
  const hex = c => '#' + c.match(/\\d+/g).slice(0, 3).map(two).join('');
  const clear = c => /^rgba.*, 0\\)$/.test(c) || c === 'transparent';
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const said = walker.currentNode.textContent.trim();
    let element = walker.currentNode.parentElement;
    if (!said || !element.getClientRects().length) continue;
    const style = getComputedStyle(element);
    const behind = e => getComputedStyle(e).backgroundColor;
    while (element && clear(behind(element))) element = element.parentElement;
    const ground = element ? hex(behind(element)) : '#ffffff';
    found.push([said, hex(style.color), ground, parseFloat(style.fontSize)]);
  }
  return found;
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Chromium is not installed, and CI has to run these tests")
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


def show(
    browser: Browser, context: MailContext, width: int, scheme: Literal["light", "dark"] = "light"
) -> Page:
    """Return the page of the mail, with pictures off: nothing is fetched."""
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page.route("**/*", lambda route: route.abort())
    page.set_content(RENDERER.briefing(context).html)
    return page


def themed(context: MailContext, theme: str) -> MailContext:
    return replace(context, publication=replace(context.publication, theme=theme))


def with_accent(accent: str) -> MailContext:
    return replace(FULL, publication=replace(FULL.publication, accent=accent))


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("context", [FULL, WHOLE, RTL], ids=["summaries", "whole", "rtl"])
def test_nothing_is_wider_than_the_screen(
    browser: Browser, context: MailContext, theme: str
) -> None:
    """email.md C2."""
    page = show(browser, themed(context, theme), 800)
    for width in (800, 480, 360, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") == width
    page.close()


@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_nothing_in_either_scheme(browser: Browser, theme: str) -> None:
    """email.md C4."""
    for scheme in SCHEMES:
        page = show(browser, themed(FULL, theme), 800, scheme)
        found = Axe().run(page).response["violations"]
        page.close()
        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []


def test_words_that_cannot_be_broken_are_broken(browser: Browser) -> None:
    long = "Donaudampfschifffahrtsgesellschaftskapitänswitwenrente" * 2
    article = sample_article(
        1,
        title=long,
        summary=long,
        correction=long,
        content_html=f"<p>{long}</p><pre>{long}</pre><table><tr><td>{long}</td><td>{long}</td></tr>"
        "</table>",
    )
    content = replace(sample_content(), lead=article, more=(article,), corrections=(article,))
    content = replace(
        content, sections=tuple(replace(s, articles=(article,)) for s in content.sections)
    )
    context = sample_context(content=content, introduction=long)
    for full, theme in itertools.product((False, True), THEMES):
        briefing = replace(context.briefing, full_content=full, title=long[:54])
        page = show(browser, themed(replace(context, briefing=briefing), theme), 360)
        assert page.evaluate("document.documentElement.scrollWidth") == 360, theme
        page.close()


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    "context",
    [
        FULL,
        WHOLE,
        RTL,
        with_accent("#ffe600"),
        with_accent("#111111"),
        themed(with_accent("#ffe600"), "modern"),
        themed(with_accent("#111111"), "plain"),
    ],
    ids=["summaries", "whole", "rtl", "yellow", "black", "modern", "plain"],
)
def test_every_text_can_be_read(
    browser: Browser, context: MailContext, scheme: Literal["light", "dark"]
) -> None:
    """WCAG 2.2 AA, measured for each piece of text against the ground it really stands on."""
    page = show(browser, context, 800, scheme)
    seen: list[list[Any]] = page.evaluate(SEEN_TEXT)
    page.close()
    assert len(seen) > 40
    poor = [
        (said, colour, ground)
        for said, colour, ground, size in seen
        if contrast(colour, ground) < (3 if size >= LARGE_PIXELS else 4.5)
    ]
    assert poor == []


def test_dark_mode_really_is_dark(browser: Browser) -> None:
    grounds = {}
    for scheme in ("light", "dark"):
        page = show(browser, WHOLE, 800, scheme)
        grounds[scheme] = {ground for _, _, ground, _ in page.evaluate(SEEN_TEXT)}
        page.close()
    assert len(grounds["light"]) >= 3
    assert all(contrast(ground, "#ffffff") < 1.5 for ground in grounds["light"])
    assert all(contrast(ground, "#ffffff") > 12 for ground in grounds["dark"])


def test_a_right_to_left_mail_is_the_mirror_of_a_left_to_right_one(browser: Browser) -> None:
    """The thumbnail changes sides; the date line does too."""
    sides = {}
    for name, context in (("ltr", FULL), ("rtl", RTL)):
        page = show(browser, context, 800)
        sides[name] = page.evaluate(
            "[document.querySelector('.thumb'), document.querySelector('.dateline')]"
            ".map(e => e.getBoundingClientRect().right > 660 ? 1 : 0)"
        )
        page.close()
    assert sides == {"ltr": [1, 0], "rtl": [0, 1]}


def test_the_hidden_preheader_takes_no_room(browser: Browser) -> None:
    """email.md C5."""
    page = show(browser, FULL, 360)
    height = page.evaluate("document.querySelector('[style*=\"display:none\"]').offsetHeight")
    page.close()
    assert height == 0
