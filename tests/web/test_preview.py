"""The preview shows the next issue as each kind of reader sees it, to this machine alone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from patience import PATIENCE_SECONDS
from starlette.types import Message
from web_client import Answer, WebClient
from web_samples import site_service

from digest.clock import ManualClock
from digest.config import load
from digest.errors import ConfigError, Problem
from digest.web.preview import PreviewDesk, make_preview
from digest.web.preview.staging import Stage, View, headers_of, in_scheme, policy_of
from digest.web.preview.watching import watch
from digest.web.serving import Serving
from digest.wiring import Service, plug_in


@pytest.fixture
def desk(tmp_path: Path, sqlite_template: Path) -> Iterator[PreviewDesk]:
    """A publication under preview."""
    service = site_service(tmp_path, sqlite_template)

    def reopen() -> Service:
        text = (tmp_path / "config.toml").read_text("utf-8")
        clock = cast("ManualClock", service.clock)
        return plug_in(load(text), tmp_path, clock)

    made = PreviewDesk(service, reopen)
    yield made
    made.stop()
    made.close()


def ask(desk: PreviewDesk, target: str, **headers: str) -> Answer:
    return WebClient(make_preview(desk)).get(target, **headers)


def test_the_page_shows_what_an_inbox_shows_and_the_mail(desk: PreviewDesk) -> None:
    answer = ask(desk, "/daily")
    assert answer.status == 200
    assert "The ferry runs again &amp; &lt;again&gt;" in answer.text
    assert '<iframe title="Mail" src="/daily/mail?view=mail&amp;variant=0' in answer.text
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert ask(desk, "/").headers["location"] == "/daily"
    assert ask(desk, "/nothing").status == 404
    assert ask(desk, "/favicon.ico").status == 204


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("view=text", '<pre class="paper"'),
        ("view=headers", "List-Unsubscribe-Post"),
        ("view=checks", "Preflight"),
        ("width=phone", "stage phone"),
        ("scheme=dark", "stage dark"),
    ],
)
def test_each_way_to_look_at_it_has_an_address(desk: PreviewDesk, query: str, text: str) -> None:
    assert text in ask(desk, f"/daily?{query}").text


def test_the_page_speaks_the_language_of_the_briefing(
    desk: PreviewDesk,
) -> None:
    """What editors see is in their language, and laid out as it is written."""
    config = desk.service.config
    briefings = dict(config.briefings)
    briefings["daily"] = briefings["daily"].model_copy(update={"language": "ar"})
    changed = config.model_copy(update={"briefings": briefings})
    object.__setattr__(desk.service, "config", changed)
    page = ask(desk, "/daily?view=checks").text
    assert '<html lang="ar" dir="rtl">' in page
    assert "<h1>معاينة</h1>" in page
    assert 'data-waits="في انتظار التغييرات"' in page
    for english in ("Preview", "Look at", "Phone", "Images off", "Waits", "Size"):
        assert f">{english}<" not in page


def test_the_mail_is_staged_in_dark_and_without_images(desk: PreviewDesk) -> None:
    light, dark = (ask(desk, f"/daily/mail?scheme={name}").text for name in ("light", "dark"))
    assert "@media (min-width: 999999px)" in light
    assert "@media (min-width: 0)" in dark
    assert "color-scheme: dark !important" in dark
    without = ask(desk, "/daily/mail?images=off").headers["content-security-policy"]
    assert "img-src 'none'" in without
    assert "script" not in without
    assert "FERRY" in ask(desk, "/daily/text").text.upper()


def test_pictures_come_from_the_folder_that_is_published(desk: PreviewDesk) -> None:
    mail = ask(desk, "/daily/mail").text
    path = mail.split('src="/published/')[1].split('"')[0]
    answer = ask(desk, f"/published/{path}")
    assert answer.status == 200
    assert answer.headers["content-type"] == "image/png"
    for odd in ("../config.toml", "%2e%2e/state/digest.sqlite3", "nothing.png"):
        assert ask(desk, f"/published/{odd}").status == 404


@pytest.mark.parametrize(
    ("host", "status"),
    [
        (b"localhost:8025", 200),
        (b"127.0.0.1", 200),
        (b"[::1]:8025", 200),
        (b"evil.example", 403),
        (b"", 403),
    ],
)
def test_only_this_machine_is_answered(desk: PreviewDesk, host: bytes, status: int) -> None:
    """A page elsewhere whose name was made to lead here gets nothing."""
    said: list[Message] = []

    async def call() -> None:
        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Message) -> None:
            said.append(message)

        path = "/-/preview.css"
        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(b"host", host)],
        }
        await make_preview(desk)(scope, receive, send)

    asyncio.run(call())
    assert said[0]["status"] == status


def test_style_sheet_and_script_are_its_own(desk: PreviewDesk) -> None:
    assert ask(desk, "/-/preview.js").headers["content-type"].startswith("text/javascript")
    assert ask(desk, "/-/preview.exe").status == 404


def test_a_broken_template_is_shown_with_file_and_line(desk: PreviewDesk) -> None:
    folder = desk.service.root / "templates" / "email"
    folder.mkdir(parents=True)
    (folder / "briefing.txt").write_text("one\n{{ oops }}\n")
    desk.take_up(with_settings=False)
    page = ask(desk, "/daily").text
    assert "The issue cannot be made" in page
    assert "briefing.txt:2" in page
    assert ask(desk, "/daily/mail").status == 404


def test_without_news_the_reason_is_shown(desk: PreviewDesk) -> None:
    settings = desk.service.config.briefings["daily"].model_copy(update={"topics": ("None",)})
    config = desk.service.config.model_copy(update={"briefings": {"daily": settings}})
    object.__setattr__(desk.service, "config", config)
    desk.take_up(with_settings=False)
    assert "no new articles" in ask(desk, "/daily").text


def test_settings_that_cannot_be_read_leave_what_was_there(desk: PreviewDesk) -> None:
    def broken() -> Service:
        raise ConfigError([Problem("config.toml", "is not valid", 3)])

    desk._reopen = broken  # noqa: SLF001 - as if somebody had saved a slip
    desk.take_up(with_settings=True)
    page = ask(desk, "/daily").text
    assert "config.toml:3: is not valid" in page
    assert "The ferry runs again" in page
    desk.take_up(with_settings=False)
    assert "is not valid" not in ask(desk, "/daily").text


def test_changes_on_disk_are_taken_up_and_told(desk: PreviewDesk, tmp_path: Path) -> None:
    """Articles, settings, and templates, also a first one; over a real server."""
    settings = tmp_path / "config.toml"
    config = (
        '[publication]\ntitle = "Gazette"\nurl = "https://gazette.example/"\n'
        'id = "tag:gazette.example,2026"\n[relays.default]\nhost = "127.0.0.1"\ntls = "none"\n'
        '[briefings.daily]\ntitle = "%s"\nfrom_address = "b@gazette.example"\nmax_age_days = 0\n'
    )

    async def work() -> None:
        stopped = asyncio.Event()
        async with Serving(make_preview(desk), "127.0.0.1:0") as serving:
            port = int(serving.url.rsplit(":", 1)[1].strip("/"))
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /-/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            watching = asyncio.create_task(watch(desk, settings, stopped))
            await reader.readuntil(b"data: 1\n\n")
            await asyncio.sleep(0.5)
            (tmp_path / "articles" / "new.md").write_text("---\ntitle: Fresh\n---\n\nNews.\n")
            await reader.readuntil(b"data: 2\n\n")
            settings.write_text(config % "Evening")
            await reader.readuntil(b"data: 3\n\n")
            folder = tmp_path / "templates" / "email"
            folder.mkdir(parents=True)
            await reader.readuntil(b"data: 4\n\n")
            await asyncio.sleep(0.5)
            (folder / "briefing.txt").write_text("My own {{ links.unsubscribe }}")
            await reader.readuntil(b"data: 5\n\n")
            stopped.set()
            desk.stop()
            await watching
            writer.close()

    async def in_time() -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await work()

    asyncio.run(in_time())
    assert desk.trouble == ""
    assert desk.service.config.briefings["daily"].title == "Evening"
    assert "Fresh" in ask(desk, "/daily").text
    assert "My own" in ask(desk, "/daily/text").text


@pytest.mark.parametrize(
    ("query", "stage"),
    [
        ({}, Stage()),
        ({"view": "x", "variant": "x", "width": "x"}, Stage()),
        ({"variant": "12345"}, Stage()),
        (
            {"view": "text", "variant": "2", "width": "phone", "scheme": "dark", "images": "off"},
            Stage(View.TEXT, 2, is_phone=True, is_dark=True, has_images=False),
        ),
    ],
)
def test_a_stage_is_what_its_address_says(query: dict[str, str], stage: Stage) -> None:
    assert Stage.of(query) == stage
    again = dict(pair.split("=") for pair in stage.query().split("&"))
    assert Stage.of(again) == stage


def test_a_stage_can_be_changed_in_one_thing() -> None:
    assert "variant=3" in Stage().query(variant="3")


def test_headers_are_shown_unfolded() -> None:
    assert headers_of(b"Subject: a\r\n b\r\nTo: x\r\n\r\nbody") == [("Subject", "a b"), ("To", "x")]


def test_html_without_a_head_is_staged_too() -> None:
    assert in_scheme("<p>x", is_dark=False).endswith("<p>x")
    assert "img-src 'self' https:" in policy_of(has_images=True)
