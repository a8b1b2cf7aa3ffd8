"""Feeds are served the same by the embedded server, nginx, and Caddy (feeds.md H1 to H6, H15)."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import pytest
from web_hosts import free_port, program, running
from web_samples import site_service

from digest.steps.publish.hosting import hosted_of
from digest.syndication.hosting_caddy import caddy
from digest.syndication.hosting_nginx import nginx
from digest.web.app import make_app
from digest.web.serving import Serving

MORE = """
[publish]
every_minutes = 10
moved = { "sea water/rss.xml" = "science/rss.xml" }
gone = ["old/rss.xml"]

[websub]
hubs = ["https://hub.example/"]

[feeds.small]
entries = 1
archive_entries = 1
"""


@dataclass(frozen=True)
class Answer:
    """What a server said."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Host:
    """A server of the publication's feeds."""

    name: str
    port: int
    folder: Path

    @property
    def url(self) -> str:
        """Where the feeds are."""
        return f"http://127.0.0.1:{self.port}/news/feeds/"

    async def ask(self, path: str, method: str = "GET", **headers: str) -> Answer:
        """Return the answer as it came over the wire."""
        return await asyncio.to_thread(self._ask, path, method, headers)

    def _ask(self, path: str, method: str, headers: dict[str, str]) -> Answer:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, f"/news/feeds/{path}", headers=sent)
            answer = connection.getresponse()
            found: dict[str, str] = {}
            for name, value in answer.getheaders():
                assert name.lower() not in found, f"{name} comes twice"
                found[name.lower()] = value
            return Answer(answer.status, found, answer.read())
        finally:
            connection.close()


@pytest.fixture(params=["digest", "nginx", "caddy"])
async def host(
    request: pytest.FixtureRequest, tmp_path: Path, sqlite_template: Path
) -> AsyncIterator[Host]:
    """Each server in turn; those that are not installed are left out."""
    name = request.param
    if name != "digest" and program(name) is None:
        pytest.skip(f"{name} is not installed")
    port = free_port()
    url = f"http://127.0.0.1:{port}/news/"
    service = site_service(tmp_path / "it", sqlite_template, url=url, more=MORE)
    found = Host(name, port, service.root / "feeds")
    try:
        if name == "digest":
            async with Serving(make_app(service), f"127.0.0.1:{port}"):
                yield found
        else:
            hosted = hosted_of(service.config, service.root)
            settings = nginx(hosted) if name == "nginx" else caddy(hosted)
            with running(name, settings, port, tmp_path / "work"):
                yield found
    finally:
        service.close()


TYPES = {
    "rss.xml": "application/rss+xml; charset=utf-8",
    "atom.xml": "application/atom+xml; charset=utf-8",
    "feed.json": "application/feed+json; charset=utf-8",
    "feeds.opml": "text/x-opml; charset=utf-8",
    "science/rss.xml": "application/rss+xml; charset=utf-8",
}


async def test_h15_every_server_says_the_same_of_every_document(host: Host) -> None:
    """feeds.md H1 to H5, H8."""
    for path, media_type in TYPES.items():
        plain = await host.ask(path)
        assert plain.status == 200
        assert plain.body == (host.folder / path).read_bytes()
        coded = await host.ask(path, accept_encoding="gzip")
        assert coded.headers["content-encoding"] == "gzip"
        assert coded.body == (host.folder / f"{path}.gz").read_bytes()
        assert gzip.decompress(coded.body) == plain.body
        for answer in (plain, coded):
            said = answer.headers
            assert said["content-type"] == media_type
            assert said["link"].startswith(f'<{host.url}{path}>; rel="self"; type="')
            assert said["cache-control"].startswith("max-age=600, stale-while-revalidate")
            assert "Accept-Encoding" in said["vary"]
            assert said["access-control-allow-origin"] == "*"
            assert said["x-content-type-options"] == "nosniff"
            assert said["content-security-policy"] == "default-src 'none'; sandbox"
            assert not said["etag"].startswith("W/")
            assert "last-modified" in said
        assert plain.headers["etag"] != coded.headers["etag"]
        head = await host.ask(path, "HEAD")
        assert (head.status, head.body) == (200, b"")
        assert head.headers.items() - {("date", head.headers["date"])} <= plain.headers.items()


async def test_h8_only_documents_that_hubs_tell_of_name_hubs(host: Host) -> None:
    """Who asks a hub for the list of feeds, or for an archive document, is told there is none."""
    for path in ("rss.xml", "atom.xml", "feed.json", "science/rss.xml"):
        link = (await host.ask(path)).headers["link"]
        assert link.endswith(', <https://hub.example/>; rel="hub"')
    for path in ("feeds.opml", "small/archive/1/rss.xml", "small/archive/1/feed.json"):
        answer = await host.ask(path)
        assert (answer.status, answer.headers["link"].count("rel=")) == (200, 1)
        assert answer.headers["link"].startswith(f'<{host.url}{path}>; rel="self"; type="')


async def test_h2_every_server_answers_304_in_the_same_way(host: Host) -> None:
    first = await host.ask("rss.xml", accept_encoding="gzip")
    asked = [
        {"if_none_match": first.headers["etag"]},
        {"if_modified_since": first.headers["last-modified"]},
    ]
    if host.name != "nginx":  # It takes both for conditions, whatever RFC 9110, 13.2.2 says.
        both = {"if_modified_since": "Tue, 01 Jan 2019 00:00:00 GMT"}
        asked.append({"if_none_match": first.headers["etag"], **both})
    for headers in asked:
        again = await host.ask("rss.xml", accept_encoding="gzip", **headers)
        assert (again.status, again.body) == (304, b"")
        for name in ("cache-control", "etag", "vary", "link"):
            assert again.headers[name] == first.headers[name]
        assert "date" in again.headers
    later = "Tue, 01 Jan 2030 00:00:00 GMT"
    assert (await host.ask("rss.xml", if_modified_since=later)).status == 304
    other = await host.ask(
        "rss.xml", if_none_match='"another"', if_modified_since=first.headers["last-modified"]
    )
    assert other.status == 200


async def test_h6_every_server_knows_what_moved_and_ended(host: Host) -> None:
    moved = await host.ask("sea%20water/rss.xml")
    assert (moved.status, moved.headers["location"]) == (301, f"{host.url}science/rss.xml")
    ended = await host.ask("old/rss.xml")
    assert ended.status == 410
    assert ended.headers["content-type"] == "text/plain; charset=utf-8"
    assert b"This feed has ended." in ended.body


async def test_h5_no_server_lets_anybody_write(host: Host) -> None:
    for method in ("POST", "PUT", "DELETE"):
        answer = await host.ask("rss.xml", method)
        assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")


async def test_security_no_server_shows_what_is_hidden(host: Host) -> None:
    state = (host.folder / ".now").readlink()
    for path in (".lock", ".now/rss.xml", f"{state}/rss.xml", "%2enow/rss.xml", "science/.now/"):
        assert (await host.ask(path)).status == 404


async def test_pictures_are_kept_for_good_and_come_in_parts(host: Host) -> None:
    name = next((host.folder / "media").iterdir()).name
    whole = await host.ask(f"media/{name}")
    assert whole.headers["content-type"] == "image/png"
    assert "immutable" in whole.headers["cache-control"]
    part = await host.ask(f"media/{name}", range="bytes=1-3")
    assert (part.status, part.body) == (206, b"PNG")
