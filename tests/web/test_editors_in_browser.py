"""The pages of editors and designers, in a real browser: axe, live reload, and what is broken."""

from __future__ import annotations

import asyncio
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, expect, sync_playwright
from starlette.types import ASGIApp
from web_samples import send_issue, site_service

from digest.model import Decision, IssueState
from digest.rendering import bundled_templates
from digest.steps.approval import token_of
from digest.store import issues, releases
from digest.store.releases import Noted, Release
from digest.web.app import make_app
from digest.web.preview import PreviewDesk, make_preview
from digest.web.serving import Serving
from digest.wiring import Service

pytestmark = pytest.mark.browser

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

EDITORS = """
[briefings.late]
title = "Late Briefing"
from_address = "late@gazette.example"
cutoff_minutes = 60
approval_editors = ["ed@gazette.example"]
"""


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


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """Serve *app* in a thread of its own; the value is its URL."""
    loop = asyncio.new_event_loop()
    done, started, urls = asyncio.Event(), threading.Event(), list[str]()

    async def serve() -> None:
        async with Serving(app, "127.0.0.1:0") as serving:
            urls.append(serving.url)
            started.set()
            await done.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert started.wait(20)
    try:
        yield urls[0]
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join(20)
        loop.close()


@pytest.fixture
def service(tmp_path: Path, sqlite_template: Path) -> Iterator[Service]:
    service = site_service(tmp_path, sqlite_template, more=EDITORS)
    yield service
    service.close()


def troubles(page: Page) -> list[tuple[str, list[str]]]:
    """Return what axe finds on *page*."""
    found = Axe().run(page).response["violations"]
    return [(item["id"], [node["html"] for node in item["nodes"]]) for item in found]


def test_axe_finds_nothing_in_the_preview(browser: Browser, service: Service) -> None:
    """Each view once, the schemes in turn; at both widths nothing is wider than the screen."""
    desk = PreviewDesk(service, lambda: service)
    with served(make_preview(desk)) as url:
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        for number, view in enumerate(("mail", "text", "headers", "checks")):
            page.emulate_media(color_scheme=SCHEMES[number % 2])
            page.goto(f"{url}daily?view={view}&scheme={SCHEMES[number % 2]}")
            assert troubles(page) == [], view
            for width in (1280, 360):
                page.set_viewport_size({"width": width, "height": 800})
                assert page.evaluate("document.documentElement.scrollWidth") == width, view
            page.set_viewport_size({"width": 1280, "height": 800})
        page.close()
        desk.stop()


def test_a_broken_template_shows_its_error_and_the_page_recovers(
    browser: Browser, service: Service
) -> None:
    """The browser hears of each change and loads the page again by itself."""
    desk = PreviewDesk(service, lambda: service)
    name = "email/partials/footer.mjml"
    own = service.root / "templates" / name
    own.parent.mkdir(parents=True)
    good = (bundled_templates() / name).read_text("utf-8")

    with served(make_preview(desk)) as url:
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(f"{url}daily")
        for text, shown in ((f"{{% if %}}\n{good}", "footer.mjml:1"), (good, "Gazette")):
            own.write_text(text, "utf-8")
            desk.take_up(with_settings=False)
            desk.tell()
            if text == good:
                expect(page.frame_locator("iframe").locator(".from")).to_have_text(shown)
            else:
                expect(page.locator("main")).to_contain_text("The issue cannot be made")
                expect(page.locator("main")).to_contain_text(shown)
                assert troubles(page) == []
        page.close()
        desk.stop()


def test_axe_finds_nothing_on_the_page_that_decides(browser: Browser, service: Service) -> None:
    """Before and after the button, in the other scheme."""
    briefings = dict(service.config.briefings)
    editors = {"approval_editors": ("ed@gazette.example",)}
    briefings["daily"] = briefings["daily"].model_copy(update=editors)
    config = service.config.model_copy(update={"briefings": briefings})
    object.__setattr__(service, "config", config)
    number = send_issue(service)
    with service.store.write() as tx:
        issue = issues.find(tx, "daily", number)
        assert issue is not None
        issues.move(tx, issue.id, IssueState.COMPOSED, if_in=set(IssueState))
        due = service.clock.now() + timedelta(hours=1)
        releases.add(tx, Release(issue.id, due, deadline_at=due, default=Decision.SEND))
        releases.add_findings(tx, issue.id, [Noted("subject", "warning", "it is <long>", "all")])
        editor = releases.add_editor(tx, issue.id, "ed@gazette.example")
    token = token_of(service.keyring, editor, issue)
    with served(make_app(service)) as url:
        page = browser.new_page(viewport={"width": 360, "height": 800}, color_scheme="dark")
        page.goto(f"{url}approve/{token}/send")
        assert troubles(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        page.close()
        page = browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme="light")
        page.goto(f"{url}approve/{token}")
        assert troubles(page) == []
        page.goto(f"{url}approve/nobody")
        assert troubles(page) == []
        page.close()
