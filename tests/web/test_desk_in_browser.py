"""An editor's day at the desk in a real browser: axe on each screen, keys, a phone, no script."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from api_samples import ARTICLE, MORE
from aside import aside
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from desk_client import PASSWORD
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright
from web_samples import send_issue, site_service

from digest.model import Role
from digest.steps.desk import set_password
from digest.steps.gather import push
from digest.web.api.bodies import ArticleIn
from digest.web.desk import make_desk
from digest.web.serving import Serving
from digest.wiring import Service

pytestmark = pytest.mark.browser

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


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


@pytest.fixture
def service(tmp_path: Path, sqlite_template: Path) -> Iterator[Service]:
    made = site_service(tmp_path, sqlite_template, more=MORE)
    article = ArticleIn.model_validate(ARTICLE).pushed("tram")
    push(made.store, made.config, "guests", article, now=made.clock.now())
    send_issue(made)
    set_password(made.store, "ines", PASSWORD, Role.OPERATOR, now=made.clock.now())
    yield made
    made.close()


def troubles(page: Page) -> list[tuple[str, list[str]]]:
    """Return what axe finds on *page*."""
    found = Axe().run(page).response["violations"]
    return [(item["id"], [node["html"] for node in item["nodes"]]) for item in found]


def enter(page: Page, url: str) -> None:
    """Sign in by keyboard alone: the name's field is where one begins."""
    page.goto(url)
    page.keyboard.type("ines")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(url)


def test_axe_finds_nothing_and_nobody_else_is_asked(browser: Browser, service: Service) -> None:
    """Each screen once, the schemes in turn; at both widths nothing is wider than the screen."""
    asked: list[str] = []
    complaints: list[str] = []
    with aside(Serving(make_desk(service), "127.0.0.1:0")) as serving:
        url = serving.url
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.on("request", lambda request: asked.append(_asked(request)))
        page.on("console", lambda message: complaints.append(message.text))
        page.goto(url)
        assert troubles(page) == []
        enter(page, url)
        paths = (
            *("", "next/daily", "next/daily/preview", "next/daily/preview?view=checks"),
            *("next/daily/preview?view=headers", "next/daily/1/drop", "articles", "articles/1"),
            *("review", "log", "account", "keys", "nothing"),
        )
        for number, path in enumerate(paths):
            page.emulate_media(color_scheme=SCHEMES[number % 2])
            page.goto(url + path)
            assert troubles(page) == [], path
            for width in (1280, 360):
                page.set_viewport_size({"width": width, "height": 800})
                assert page.evaluate("document.documentElement.scrollWidth") == width, path
            page.set_viewport_size({"width": 1280, "height": 800})
        page.close()
    assert {item for item in asked if not item.startswith(url)} == set()
    assert [item for item in complaints if "404" not in item] == []


def test_an_editors_day_by_keyboard(browser: Browser, service: Service) -> None:
    """Let an article in, pin it, write the introduction, see the mail, hold what is on its way."""
    with aside(Serving(make_desk(service), "127.0.0.1:0")) as serving:
        url = serving.url
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        enter(page, url)
        page.keyboard.press("g")
        page.keyboard.press("r")
        page.wait_for_url(f"{url}review")
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_have_text("The tram is back")
        page.get_by_role("button", name="Let it in").press("Enter")
        expect(page.get_by_role("status")).to_contain_text("1 let in")
        page.keyboard.press("g")
        page.keyboard.press("n")
        page.wait_for_url(f"{url}next/daily")
        page.get_by_role("button", name="Lead: The tram is back").or_(
            page.get_by_role("button", name="Pin: The tram is back")
        ).first.press("Enter")
        expect(page.locator(".order li").first).to_contain_text("The tram is back")
        page.get_by_role("textbox", name="Introduction").fill("Good morning.")
        page.get_by_role("button", name="Keep").press("Enter")
        page.get_by_role("link", name="Preview and test").press("Enter")
        mail = page.frame_locator("iframe")
        expect(mail.get_by_text("Good morning.").last).to_be_visible()
        expect(mail.get_by_text("The tram is back").last).to_be_visible()
        page.keyboard.press("u")
        page.get_by_role("button", name="Hold issue 1").press("Enter")
        expect(page.get_by_role("status")).to_contain_text("is held")
        page.get_by_role("link", name="Drop…").press("Enter")
        expect(page.locator("h1")).to_have_text("Drop daily/1?")
        page.keyboard.press("u")
        page.wait_for_url(f"{url}next/daily")
        page.keyboard.press("?")
        page.get_by_role("button", name="Turn these keys off").press("Enter")
        page.keyboard.press("g")
        page.keyboard.press("t")
        expect(page).to_have_url(f"{url}keys")
        page.close()


def test_without_script_all_works(browser: Browser, service: Service) -> None:
    with aside(Serving(make_desk(service), "127.0.0.1:0")) as serving:
        url = serving.url
        context = browser.new_context(java_script_enabled=False)
        page = context.new_page()
        enter(page, url)
        page.get_by_role("link", name="Next issues").click()
        page.get_by_role("textbox", name="Subject").fill("Fog ahead")
        page.get_by_role("button", name="Keep").click()
        expect(page.get_by_role("status")).to_contain_text("are kept")
        page.get_by_role("link", name="ines").click()
        page.get_by_role("button", name="Sign out", exact=True).click()
        expect(page.locator("h1")).to_have_text("Sign in")
        context.close()


def _asked(request: Request) -> str:
    url: str = request.url
    return url
