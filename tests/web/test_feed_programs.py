"""Readers written by others, over real connections: no article twice, whatever moves."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from ssl import SSLContext

import feedparser
import pytest
from feed_programs import FeedProgram, Newsboat, Reader, Rss2email, parsed_by, run, wanted
from smtp_servers import make_certificates
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from web_hosts import free_port
from web_samples import SITE_CONFIG, read_articles, site_service

from digest.config import load
from digest.web.app import make_app
from digest.web.serving import Serving
from digest.wiring import Service, plug_in

pytestmark = pytest.mark.slow

TITLES = {
    "The ferry runs again & <again>",
    "The lake is full",
    "البئر في الوادي",
    "A report elsewhere",
}


@dataclass
class Noted:
    """An app, and what was asked of it."""

    app: ASGIApp
    answers: list[tuple[str, int]] = field(default_factory=list)
    """Path and status of each answer, in order."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass it on."""

        async def note(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.answers.append((scope["path"], message["status"]))
            await send(message)

        await self.app(scope, receive, note)


@asynccontextmanager
async def encrypted(context: SSLContext, inner: int) -> AsyncIterator[int]:
    """Serve what stands at port *inner* over TLS meanwhile, at the port that is returned."""

    async def carry(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(65536):
                target.write(data)
                await target.drain()
        with suppress(OSError):
            target.close()

    async def both(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inside, out = await asyncio.open_connection("127.0.0.1", inner)
        await asyncio.gather(carry(reader, out), carry(inside, writer))

    server = await asyncio.start_server(both, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def moved_to(url: str) -> ASGIApp:
    """Return what stands at an old address: everything is at *url* now."""

    async def lead(scope: Scope, receive: Receive, send: Send) -> None:
        answer = RedirectResponse(url + scope["path"].removeprefix("/"), 301)
        await answer(scope, receive, send)

    return lead


def edit(service: Service) -> None:
    """Change a text, an address, and the name of a file."""
    folder = service.source_folder("articles")
    lake, ferry = folder / "lake.md", folder / "ferry.md"
    lake.write_text(lake.read_text().replace("It rained.", "It rained for a week."))
    ferry.write_text(ferry.read_text().replace("slug: ferry", "slug: boat"))
    shutil.move(folder / "well.md", folder / "spring.md")
    read_articles(service)


@pytest.mark.parametrize("name", ["rss.xml", "atom.xml"])
@pytest.mark.parametrize("kind", [Newsboat, Rss2email, Reader])
async def test_r3_x4_no_reader_shows_an_article_twice(
    kind: type[Newsboat | Rss2email | Reader], name: str, tmp_path: Path, sqlite_template: Path
) -> None:
    """feeds.md R3, X4, H2, H6: an edit, a slug, a file, https, and the domain may change."""
    home = tmp_path / "home"
    home.mkdir()
    certificates = make_certificates(tmp_path)
    polling: FeedProgram = kind(home, certificates.ca_file)
    port, new_port = free_port(), free_port()
    old = f"http://127.0.0.1:{port}/"
    service = site_service(tmp_path / "site", sqlite_template, url=old)
    noted = Noted(make_app(service))
    feed = f"{old}feeds/{name}"
    async with Serving(noted, f"127.0.0.1:{port}"):
        first = await asyncio.to_thread(polling.poll, feed)
        assert {title for _, title in first} == TITLES
        # Newsboat keeps an entity tag only when it has seen the feed before.
        for _ in range(2):
            assert await asyncio.to_thread(polling.poll, feed) == first
        asked = [status for path, status in noted.answers if path == f"/feeds/{name}"]
        assert (asked[0], asked[-1]) == (200, 304)
        edit(service)
        assert sorted(await asyncio.to_thread(polling.poll, feed)) == sorted(first)
    service.close()
    async with encrypted(certificates.server, new_port) as secure:
        new = f"https://localhost:{secure}/"
        text = SITE_CONFIG.format(url=new, language="en", more="")
        service = plug_in(load(text, environment={}), tmp_path / "site", service.clock)
        read_articles(service)
        noted = Noted(make_app(service))
        async with (
            Serving(noted, f"127.0.0.1:{new_port}"),
            Serving(moved_to(new), f"127.0.0.1:{port}"),
        ):
            assert sorted(await asyncio.to_thread(polling.poll, feed)) == sorted(first)
            assert noted.answers[-1] == (f"/feeds/{name}", 200)
        service.close()


PODCAST = """
[feeds.talks]
podcast = true
topics = ["Talks"]

[feeds.numbers]
kind = "issues"

[feeds.short]
entries = 1
archive_entries = 1
"""

TALK = """\
---
title: "Wind & waves: 5 < 6"
topics: [Talks]
authors: Ines Prado <ines@gazette.example>
published: 2026-11-21T06:00:00Z
enclosure: {file: talk.mp3, title: The talk, duration: 61}
season: 2
episode: 3
---

She *says* so.
"""


@pytest.fixture
async def served(tmp_path: Path, sqlite_template: Path) -> AsyncIterator[Service]:
    """A publication with a podcast, archives, and a feed of issues, that is served."""
    port = free_port()
    url = f"http://127.0.0.1:{port}/"
    service = site_service(tmp_path / "site", sqlite_template, url=url, more=PODCAST)
    folder = service.source_folder("articles")
    (folder / "talk.mp3").write_bytes(b"\xff\xfb\x90\x64" + bytes(4092))
    (folder / "talk.md").write_text(TALK)
    read_articles(service)
    async with Serving(make_app(service), f"127.0.0.1:{port}"):
        yield service
    service.close()


@pytest.mark.parametrize("library", ["rss-parser", "feedsmith"])
async def test_m1_r7_parsers_in_node_read_an_episode_back(
    library: str, served: Service, tmp_path: Path
) -> None:
    """feeds.md R3 to R8, M1: title, id, authors, text, enclosure, and podcast fields."""
    url = f"{served.config.publish.url}talks/rss.xml"
    read = await asyncio.to_thread(parsed_by, library, url, tmp_path)
    items = read["items"]
    assert isinstance(items, list)
    (item,) = items
    assert read["title"] == "Gazette: Talks"
    assert item["title"] == "Wind & waves: 5 < 6"
    audio = item["enclosures"][0] if library == "feedsmith" else item["enclosure"]
    assert (int(audio["length"]), audio["type"]) == (4096, "audio/mpeg")
    uid, text = item["guid"], item.get("content:encoded")
    if library == "feedsmith":
        assert uid["isPermaLink"] is False
        uid, text = uid["value"], item["content"]["encoded"]
        assert (item["itunes"]["season"], item["itunes"]["episode"]) == (2, 3)
        assert item["itunes"]["duration"] == 61
    assert uid == "tag:gazette.example,2026:articles/talk"
    assert text == "<p>She <em>says</em> so.</p>"


async def test_x4_sfeed_reads_the_same_ids_from_rss_and_atom(
    served: Service, tmp_path: Path
) -> None:
    """feeds.md R3, X4: a program in C, which reads without a library."""
    wanted("sfeed")
    base = served.config.publish.url
    settings = f'sfeedpath="{tmp_path}"\nfeeds() {{\n'
    for name in ("rss.xml", "atom.xml"):
        settings += f'feed {name} "{base}{name}"\n'
    (tmp_path / "rc").write_text(settings + "}\n")
    await asyncio.to_thread(run, [wanted("sfeed_update"), "rc"], tmp_path)
    read = [
        {tuple(line.split("\t")[field] for field in (0, 1, 2, 5)) for line in lines}
        for lines in (
            (tmp_path / name).read_text().splitlines() for name in ("rss.xml", "atom.xml")
        )
    ]
    assert read[0] == read[1]
    assert {title for _, title, _, _ in read[0]} == TITLES | {"Wind & waves: 5 < 6"}


@pytest.mark.parametrize("name", ["rss.xml", "atom.xml"])
async def test_h10_archives_lead_from_the_feed_to_the_first_article(
    served: Service, name: str
) -> None:
    """feeds.md H10: every article once, by the links alone."""
    url, seen = f"{served.config.publish.url}short/{name}", []
    while url:
        document = await asyncio.to_thread(feedparser.parse, url)
        assert (document.status, document.bozo) == (200, False)
        seen += [entry.id for entry in document.entries]
        links = document.feed.links
        url = next((link.href for link in links if link.rel == "prev-archive"), "")
        assert len(seen) < 20
    assert len(seen) == len(set(seen)) == len(TITLES) + 1
