"""What is saved or pushed while the daemon runs is live at once, long before the next sweep."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from patience import PATIENCE_SECONDS, until
from structlog.testing import capture_logs

from digest.clock import ManualClock
from digest.config import load
from digest.daemon import Daemon, loop, saved
from digest.steps.gather import push
from digest.syndication.parse.pushed import Markup, Pushed
from digest.wiring import Service, plug_in

CONFIG = """
[publication]
title = "Gazette"
url = "https://gazette.example/"
id = "tag:gazette.example,2026"

[publish]
watch = {watch}

[sources.articles]

[sources.desk]
kind = "push"
"""
NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def no_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing be found because a sweep comes by."""
    monkeypatch.setattr(loop, "SWEEP", timedelta(hours=1))


@asynccontextmanager
async def running(root: Path, *, watch: bool = True) -> AsyncIterator[Service]:
    """A publication whose daemon runs."""
    (root / "articles").mkdir(exist_ok=True)
    text = CONFIG.format(watch=str(watch).lower())
    service = plug_in(load(text), root, ManualClock(NOW))
    daemon = Daemon(service)
    task = asyncio.create_task(daemon.run())
    try:
        await until((root / "feeds" / "rss.xml").exists)
        yield service
    finally:
        daemon.stop()
        await asyncio.wait_for(task, PATIENCE_SECONDS)
        service.close()


def feed(root: Path) -> str:
    return (root / "feeds" / "rss.xml").read_text()


async def test_a_saved_article_is_in_the_feed_at_once(tmp_path: Path) -> None:
    """P4: saved to live."""
    async with running(tmp_path):
        path, number = tmp_path / "articles" / "one.md", 0
        async with asyncio.timeout(PATIENCE_SECONDS):
            while "Just saved" not in feed(tmp_path):
                # Again until somebody watches: what was saved before is the first look's.
                number += 1
                path.write_text(f"# Just saved\n\nThe {number}. time.\n")
                await asyncio.sleep(0.3)
        path.write_text("# Saved again\n\nThe same article.\n")
        await until(lambda: "Saved again" in feed(tmp_path))
        assert "Just saved" not in feed(tmp_path)


async def test_a_pushed_article_is_in_the_feed_at_once(tmp_path: Path) -> None:
    """Whichever process took it. One that waits for its time has nothing published meanwhile."""
    async with running(tmp_path, watch=False) as service:
        for name, at in (("now", None), ("later", NOW + timedelta(days=1))):
            pushed = Pushed(name, f"Title {name}", "Text.", Markup.TEXT, published_at=at)
            push(service.store, service.config, "desk", pushed, now=NOW)
        await until(lambda: "Title now" in feed(tmp_path))
        assert "Title later" not in feed(tmp_path)
        pushes = saved.Pushes(service.store)
        assert pushes.is_news()
        pushes.note()
        assert not pushes.is_news()


async def test_a_folder_that_cannot_be_watched_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is swept meanwhile, and watched as soon as it can be."""
    monkeypatch.setattr(saved, "AGAIN_SECONDS", 0.01)
    folder, stopping = tmp_path / "articles", asyncio.Event()
    told: list[frozenset[str]] = []

    async def on_saved(_source: str, paths: frozenset[str]) -> None:
        told.append(paths)

    with capture_logs() as logs:
        task = asyncio.create_task(saved.keep_watching("articles", folder, stopping, on_saved))
        await until(lambda: logs)
        await asyncio.sleep(0.1)
        folder.mkdir()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not told:
                (folder / "one.md").write_text("x")
                await asyncio.sleep(0.15)
        stopping.set()
        await asyncio.wait_for(task, PATIENCE_SECONDS)
    [line] = logs
    assert line["event"] == "folder not watched, but swept"
    assert "articles cannot be watched" in line["reason"]
    assert told[0] == {"one.md"}
