"""What programs of others make of feeds over a real connection (feeds.md H1 to H11)."""

from __future__ import annotations

import asyncio
import re
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import feedparser
import pytest
from web_hosts import free_port, program
from web_samples import read_articles, site_service

from digest.web.app import make_app
from digest.web.serving import Serving
from digest.wiring import Service

NEW = """\
---
title: The mole is painted
published: 2026-11-23T06:00:00Z
---

White.
"""


@pytest.fixture
async def served(tmp_path: Path, sqlite_template: Path) -> AsyncIterator[Service]:
    """A publication that is served, below a path."""
    port = free_port()
    url = f"http://127.0.0.1:{port}/news/"
    more = "[feeds.short]\nentries = 2\narchive_entries = 1"
    service = site_service(tmp_path, sqlite_template, url=url, more=more)
    async with Serving(make_app(service), f"127.0.0.1:{port}"):
        yield service
    service.close()


async def poll(service: Service, name: str, **known: Any) -> Any:  # noqa: ANN401 - feedparser's
    url = f"{service.config.publish.url}{name}"
    return await asyncio.to_thread(feedparser.parse, url, **known)


@pytest.mark.parametrize("name", ["rss.xml", "atom.xml"])
async def test_h2_h11_feedparser_hears_that_nothing_is_new_and_then_only_what_is(
    served: Service, name: str
) -> None:
    """It asks with A-IM: feed at each poll."""
    first = await poll(served, name)
    assert (first.status, first.bozo) == (200, False)
    titles = [entry.title for entry in first.entries]
    again = await poll(served, name, etag=first.etag, modified=first.modified)
    assert (again.status, again.entries) == (304, [])
    by_date = await poll(served, name, modified=first.modified)
    assert by_date.status == 304
    (served.root / "articles" / "mole.md").write_text(NEW)
    await asyncio.to_thread(read_articles, served)
    await poll(served, "feeds.opml")
    await asyncio.sleep(0.2)
    fresh = await poll(served, name, etag=first.etag, modified=first.modified)
    assert fresh.status == 226
    assert [entry.title for entry in fresh.entries] == ["The mole is painted"]
    assert fresh.headers["im"] == "feed"
    whole = await poll(served, name)
    assert [entry.title for entry in whole.entries] == ["The mole is painted", *titles]
    done = await poll(served, name, etag=fresh.etag)
    assert done.status == 304


FINE = re.compile(
    r"clock is correct|last changed|Content-Length header is correct|restricts referrer leakage"
    r"|not to 'sniff'|rendering it within a frame|isolates the browsing context"
    r"|sets a (?:Permissions|Content Security) Policy|compression is supported"
    r"|allows all caches|is fresh for|served? (?:this response )?stale|already been cached"
    r"|conditional requests are supported"
)
"""What redbot only notes; anything else is a reproach."""


@pytest.mark.slow
async def test_redbot_has_nothing_to_say(served: Service) -> None:
    """feeds.md H1 to H4: an analyser of HTTP finds no fault with any document."""
    redbot = program("redbot")
    if redbot is None:
        pytest.skip("redbot is not installed")
    paths = ["rss.xml", "atom.xml", "feed.json", "feeds.opml", "short/archive/1/rss.xml"]
    for path in paths:
        command = [redbot, f"{served.config.publish.url}{path}"]
        done = await asyncio.to_thread(
            subprocess.run, command, capture_output=True, text=True, timeout=60, check=True
        )
        notes = re.findall(r"^  \* (.+)$", done.stdout, re.MULTILINE)
        assert len(notes) > 5, done.stdout
        assert [note for note in notes if not FINE.search(note)] == []
