"""The pages in a real browser: accessible, readable at any width, and asking nobody else."""

from __future__ import annotations

import asyncio
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, sync_playwright
from web_samples import send_issue, site_service

from digest.web.app import make_app
from digest.web.serving import Serving, bind
from digest.wiring import Service

pytestmark = pytest.mark.browser

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]

PATHS = (
    "",
    "articles",
    "articles/ferry",
    "articles/well",
    "topics",
    "topics/science",
    "feeds",
    "feeds/main",
    "issues",
    "issues/daily",
    "privacy",
    "nope",
)


class Running:
    """The app of *service* in a thread of its own, at :attr:`url`."""

    def __init__(self, service: Service, listen: str) -> None:
        """Begin to serve."""
        self._loop = asyncio.new_event_loop()
        self._done = asyncio.Event()
        started = threading.Event()

        async def serve() -> None:
            async with Serving(make_app(service), listen) as serving:
                self.url = serving.url
                started.set()
                await self._done.wait()

        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(serve(),))
        self._thread.start()
        assert started.wait(20)

    def stop(self) -> None:
        """End; what is being answered is finished."""
        self._loop.call_soon_threadsafe(self._done.set)
        self._thread.join(20)
        self._loop.close()


def free_place() -> str:
    with bind("127.0.0.1:0") as probe:
        return f"127.0.0.1:{probe.getsockname()[1]}"


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


@pytest.fixture(scope="module", params=["en", "ar"])
def url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path
) -> Iterator[str]:
    """Where the publication is served, written from left to right, then from right to left."""
    place = free_place()
    root = tmp_path_factory.mktemp("served")
    service = site_service(root, sqlite_template, url=f"http://{place}/", language=request.param)
    send_issue(service)
    running = Running(service, place)
    yield running.url
    running.stop()
    service.close()


def opened(browser: Browser, width: int, scheme: Literal["light", "dark"] = "light") -> Page:
    return browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)


PATHS_OTHERWISE = ("", "articles/ferry", "articles/well", "feeds/main")
"""What is looked at from right to left as well: each kind of layout once."""


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_axe_finds_nothing_on_any_page(
    browser: Browser, url: str, width: int, scheme: Literal["light", "dark"]
) -> None:
    """Each width and each scheme once: the one moves things, the other colours them."""
    page = opened(browser, width, scheme)
    page.goto(url)
    is_usual = page.evaluate("document.documentElement.dir") == "ltr"
    for path in PATHS if is_usual else PATHS_OTHERWISE:
        page.goto(url + path)
        found = Axe().run(page).response["violations"]
        told = [(item["id"], [node["html"] for node in item["nodes"]]) for item in found]
        assert told == [], path
    page.close()


@pytest.mark.parametrize("width", [320, 800])
def test_nothing_is_wider_than_the_screen(browser: Browser, url: str, width: int) -> None:
    page = opened(browser, width)
    for path in PATHS:
        page.goto(url + path)
        assert page.evaluate("document.documentElement.scrollWidth") == width, path
    page.close()


def test_no_request_leaves_the_host_and_nothing_is_blocked(browser: Browser, url: str) -> None:
    """No third party hears of a reader, and the content policy stops nothing of our own."""
    page = opened(browser, 1280)
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    for path in (*PATHS[:-1], "issues/daily/1"):
        page.goto(url + path, wait_until="load" if path else "networkidle")
    hosts = {urlsplit(each).netloc for each in asked if not each.startswith("data:")}
    assert hosts == {urlsplit(url).netloc}
    assert said == []
    assert len(asked) > len(PATHS)
    page.close()


def test_the_keyboard_reaches_the_content_first(browser: Browser, url: str) -> None:
    page = opened(browser, 800)
    page.goto(url)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    box = page.locator(".skip").bounding_box()
    assert box is not None
    assert box["y"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    page.close()


def test_an_address_can_be_copied_and_without_scripts_selected(browser: Browser, url: str) -> None:
    """H13."""
    with_script = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = with_script.new_page()
    page.goto(url + "feeds/main")
    page.locator(".address button").first.click()
    copied: Any = page.evaluate("navigator.clipboard.readText()")
    assert copied == f"{url}feeds/rss.xml"
    with_script.close()
    without = browser.new_context(java_script_enabled=False)
    page = without.new_page()
    page.goto(url + "feeds/main")
    assert page.locator(".address button").count() == 0
    assert page.locator(".address input").first.input_value() == f"{url}feeds/rss.xml"
    without.close()


def test_pages_are_light(browser: Browser, url: str) -> None:
    """Without pictures, a page with its style and script is less than 100 KB."""
    page = opened(browser, 1280)
    sizes: list[int] = []
    page.on(
        "response",
        lambda answer: (
            sizes.append(len(answer.body()))
            if answer.request.resource_type in {"document", "stylesheet", "script"}
            else None
        ),
    )
    page.goto(url, wait_until="networkidle")
    assert 5_000 < sum(sizes) < 100_000
    page.close()
