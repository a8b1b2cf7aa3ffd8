"""The whole story of a reader, in a real browser, with the real program and a mail server.

From the front page to the last page that knows them: subscribe, confirm, get a briefing, leave by
mistake, choose, move, see what is stored, and have it erased. Every page on the way is looked at on
a phone and on a desk, light and dark.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page, expect, sync_playwright
from reader_samples import parsed, text_of

from digest.mail.sink import Sink
from digest.web.serving import bind

pytestmark = pytest.mark.browser

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
SHOTS = os.environ.get("PICTURES_OF_PAGES", "")
"""A folder for pictures of every page, to be looked at; empty: none are taken."""

SETTINGS = """
[publication]
title = "The Harbour Gazette"
url = "http://127.0.0.1:{web}/"
id = "tag:gazette.example,2026"
description = "What the ferry brings"
timezone = "Europe/Lisbon"
postal_address = "1 Quay Street, Port Halden"

[briefings.daily]
title = "Morning Briefing"
description = "The day's reporting, each morning at seven"
from_address = "briefing@gazette.example"
cron = "0 7 1 1 *"

[briefings.weekly]
title = "The Week"
description = "What was worth knowing, on Saturdays"
from_address = "week@gazette.example"
cron = "0 7 1 1 *"

[relays.default]
host = "127.0.0.1"
port = {smtp}
tls = "none"

[web]
listen = "127.0.0.1:{web}"
"""

ARTICLE = """\
---
title: The ferry runs again
authors: Ines Prado
topics: [Local]
---
After eleven weeks the ferry to the island runs again, twice a day.
"""

WAIT_SECONDS = 60


class Post:
    """The mail server, in a thread, and what came in."""

    def __init__(self) -> None:
        """Begin to listen."""
        self._loop = asyncio.new_event_loop()
        self._done = asyncio.Event()
        self._seen = 0
        started = threading.Event()

        async def run() -> None:
            async with Sink() as sink:
                self.sink = sink
                started.set()
                await self._done.wait()

        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(run(),))
        self._thread.start()
        assert started.wait(20)

    def next(self, subject: str) -> EmailMessage:
        """Wait for the next mail, which must have *subject* in its subject."""
        for _ in range(WAIT_SECONDS * 50):
            if len(self.sink.received) > self._seen:
                mail = parsed(self.sink.received[self._seen].content)
                self._seen += 1
                assert subject in str(mail["Subject"])
                return mail
            time.sleep(0.02)
        raise AssertionError(f"no mail about {subject!r} came")

    def stop(self) -> None:
        """End."""
        self._loop.call_soon_threadsafe(self._done.set)
        self._thread.join(20)
        self._loop.close()


class Publication:
    """The program, as its operator runs it."""

    def __init__(self, root: Path, smtp: int) -> None:
        """Make a publication in *root*, and run it."""
        with bind("127.0.0.1:0") as probe:
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/"
        self._root = root
        (root / "articles").mkdir()
        (root / "articles" / "ferry.md").write_text(ARTICLE)
        (root / "config.toml").write_text(SETTINGS.format(web=port, smtp=smtp))
        self._log = (root / "log").open("w")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "digest", "run"], cwd=root, stdout=self._log, stderr=self._log
        )

    def run(self, *arguments: str) -> None:
        """Run a command of the program."""
        subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", "digest", *arguments],
            cwd=self._root,
            check=True,
            capture_output=True,
            timeout=WAIT_SECONDS,
        )

    @property
    def has_ended(self) -> bool:
        """Whether it ended by itself: it could not start."""
        return self._process.poll() is not None

    @property
    def log(self) -> str:
        """What the program said."""
        return (self._root / "log").read_text()

    def stop(self) -> None:
        """End it as systemd does."""
        self._process.terminate()
        try:
            assert self._process.wait(30) == 0, self.log
        finally:
            self._process.kill()
            self._log.close()


@pytest.fixture
def post() -> Iterator[Post]:
    post = Post()
    yield post
    post.stop()


@pytest.fixture
def publication(tmp_path: Path, post: Post) -> Iterator[Publication]:
    publication = Publication(tmp_path, post.sink.port)
    yield publication
    publication.stop()


@pytest.fixture
def page() -> Iterator[Page]:
    if CHROMIUM is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Chromium is not installed, and CI has to run these tests")
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser.new_page()
        browser.close()


LOOKS: tuple[tuple[int, Literal["light", "dark"]], ...] = ((1280, "light"), (360, "dark"))
_shots = iter(range(1, 1000))


def look(page: Page, name: str) -> None:
    """See that the page can be read by everybody: light on a desk, dark on a phone."""
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{name} is {wide} wide on {width}"
        found = Axe().run(page).response["violations"]
        assert found == [], f"{name}, {width}, {scheme}: {json.dumps(found, indent=1)}"
        if SHOTS:
            place = Path(SHOTS) / f"{next(_shots):03}-{name}-{width}-{scheme}.png"
            page.screenshot(path=str(place), full_page=True)


def press(page: Page, label: str) -> None:
    """Press the button called *label*."""
    page.get_by_role("button", name=label).click()


def says(page: Page, heading: str) -> None:
    """See that the page has that heading."""
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    look(page, re.sub(r"\W+", "-", heading.lower()))


def link_of(mail: EmailMessage, path: str) -> str:
    """Return the link of *mail* to that *path* and a token, from the HTML that people see."""
    found = re.search(
        rf'href="(http://127\.0\.0\.1:\d+/{path}/[\w-]{{40}})"', text_of(mail, "html")
    )
    assert found, text_of(mail)
    return found[1]


def arrive(page: Page, publication: Publication) -> None:
    """Open the front page once the program answers."""
    for _ in range(WAIT_SECONDS * 5):
        try:
            page.goto(publication.url)
        except Exception:  # noqa: BLE001 - playwright's own for a refused connection
            if publication.has_ended:
                break
            time.sleep(0.2)
        else:
            return
    raise AssertionError(publication.log)


def test_a_readers_story(  # noqa: PLR0915 - one story, told in one go
    page: Page, publication: Publication, post: Post
) -> None:
    """email.md, Consent and L4 to L9; security.md 3 and 4."""
    arrive(page, publication)
    others: list[str] = []
    page.on("request", lambda request: others.append(request.url))

    # Subscribe on the front page, look it over, confirm.
    form = page.locator("#subscribe-daily")
    form.get_by_role("textbox").fill("Ada@example.org")
    form.get_by_role("button").click()
    says(page, "One more step")
    time.sleep(2.1)  # as long as a person needs, and the form asks for
    press(page, "Subscribe")
    says(page, "Please check your mail")
    mail = post.next("Please confirm your subscription to Morning Briefing")
    page.goto(link_of(mail, "confirm"))
    says(page, "Confirm your subscription")
    press(page, "Yes, subscribe me")
    says(page, "Welcome")
    welcome = post.next("Welcome to Morning Briefing")
    page.goto(link_of(mail, "confirm"))
    says(page, "This link does nothing any more")

    # A briefing comes; its link is pressed by mistake, and that is taken back.
    publication.run("send", "daily", "--now")
    issue = post.next("The ferry runs again")
    assert issue["To"] == "Ada@example.org"
    page.goto(link_of(issue, "unsubscribe"))
    says(page, "Unsubscribe from Morning Briefing")
    press(page, "Unsubscribe")
    says(page, "You are unsubscribed")
    press(page, "Subscribe me again")
    says(page, "You are subscribed again")

    # The briefing's other link leads to a fresh one by mail; choose, and move to a new address.
    page.goto(link_of(issue, "preferences"))
    says(page, "Your subscription")
    press(page, "Mail me the link")
    says(page, "Please check your mail")
    mail = post.next("Your link to choose what you get")
    assert link_of(mail, "unsubscribe") == link_of(welcome, "unsubscribe")
    page.goto(link_of(mail, "preferences"))
    says(page, "Your subscription")
    page.get_by_label("The Week", exact=True).check()
    page.get_by_label("Your time zone").fill("Europe/Zurich")
    page.get_by_label("New email address").fill("ada@new.example")
    press(page, "Save")
    says(page, "Saved")
    mail = post.next("Please confirm your new address")
    assert mail["To"] == "ada@new.example"
    page.goto(link_of(mail, "change-address"))
    says(page, "Change your address")
    press(page, "Use this address")
    says(page, "Your address was changed")
    assert post.next("Your address was changed")["To"] == "Ada@example.org"

    # See all that is stored.
    page.goto(f"{publication.url}links")
    page.get_by_label("Your email address").fill("ada@new.example")
    page.get_by_label("Download all that is stored about me").check()
    press(page, "Mail me the link")
    page.goto(link_of(post.next("Your link to what is stored about you"), "export"))
    says(page, "All that is stored about you")
    with page.expect_download() as download:
        press(page, "Download")
    stored = json.loads(download.value.path().read_text())
    assert stored["subscriber"]["email"] == "ada@new.example"
    assert stored["subscriber"]["timezone"] == "Europe/Zurich"
    states = {each["briefing"]: each["state"] for each in stored["subscriptions"]}
    assert states == {"daily": "confirmed", "weekly": "confirmed"}
    assert [each["state"] for each in stored["deliveries"]] == ["accepted"]

    # Have it erased; the briefing's link still answers.
    page.goto(f"{publication.url}links")
    page.get_by_label("Your email address").fill("ADA@new.example")
    page.get_by_label("Have all that is stored about me erased").check()
    press(page, "Mail me the link")
    page.goto(link_of(post.next("Your link to have everything erased"), "erase"))
    says(page, "Erase all that is stored about you")
    press(page, "Erase everything")
    says(page, "Everything is erased")
    page.goto(link_of(issue, "unsubscribe"))
    press(page, "Unsubscribe")
    says(page, "You are unsubscribed")

    publication.run("check")
    assert all(url.startswith(publication.url) for url in others), others
    for mail in (issue, welcome):
        assert link_of(mail, "unsubscribe").rpartition("/")[2] not in publication.log


def test_a_form_that_is_not_right_says_so_beside_the_field(
    page: Page, publication: Publication
) -> None:
    arrive(page, publication)
    page.goto(f"{publication.url}subscribe")
    says(page, "Subscribe")
    page.get_by_label("Your email address").fill("ada@localhost")
    press(page, "Subscribe")
    expect(page.get_by_text("This is not an email address that we can write to")).to_be_visible()
    look(page, "wrong-address")
    page.goto(f"{publication.url}unsubscribe/not-whole")
    says(page, "We cannot tell whose link this is")
