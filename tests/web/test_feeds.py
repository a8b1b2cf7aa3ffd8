"""Feeds from memory, as feed readers ask for them (feeds.md H1 to H11)."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import brotli
import feedparser
import httpx2
import pytest
import zstandard
from fakes import NOW
from starlette.types import Receive, Scope, Send

from digest.clock import ManualClock
from digest.config import Config, load
from digest.syndication.codings import encode
from digest.web.feeds import Feeds
from digest.web.shelf import Shelf

CONFIG = """
[publication]
title = "The Harbour Gazette"
url = "https://gazette.example/news/"
id = "tag:gazette.example,2026"

[publish]
every_minutes = 10
gone = ["old/rss.xml"]
moved = { "sea/rss.xml" = "world/rss.xml", "away/atom.xml" = "https://other.example/atom.xml" }
"""

RSS = """<?xml version='1.0' encoding='utf-8'?>
<rss version="2.0"><channel><title>Gazette</title><link>https://gazette.example/</link>
<description>News</description>{items}</channel></rss>
"""

ITEM = '<item><title>{0}</title><guid isPermaLink="false">tag:x,2026:{0}</guid></item>'


def rss(*titles: str) -> bytes:
    return RSS.format(items="".join(ITEM.format(title) for title in titles)).encode()


def put(folder: Path, contents: dict[str, bytes], key: str, at: str = ".now") -> None:
    """Publish *contents* as the state *key*, the way digest/switching.py does."""
    state = folder / f"{at}-{key}"
    state.mkdir(parents=True)
    for name, data in contents.items():
        (state / name).write_bytes(data)
    link = folder / f"{at}.new"
    link.symlink_to(state.name)
    link.rename(folder / at)


@dataclass
class Reader:
    """A feed reader at the door, and what went past it."""

    folder: Path
    clock: ManualClock = field(default_factory=lambda: ManualClock(NOW))
    passed_on: list[str] = field(default_factory=list)
    polls: list[tuple[str, bytes]] = field(default_factory=list)
    config: Config = field(
        default_factory=lambda: load(CONFIG, where="config.toml", environment={})
    )
    base: str = "/news/feeds/"

    def __post_init__(self) -> None:
        """Open the door."""
        self.shelf = Shelf(self.folder)
        self.app = Feeds(
            self._inside,
            self.config,
            self.shelf,
            self.clock,
            self._count,
        )

    async def _inside(self, scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        self.passed_on.append(scope["path"])
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    def _count(self, path: str, scope: Scope, agent: bytes) -> None:
        assert scope["method"] == "GET"
        self.polls.append((path, agent))

    async def ask(
        self, path: str = "rss.xml", method: str = "GET", **headers: str
    ) -> httpx2.Response:
        """Return the answer."""
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        fields.setdefault("Accept-Encoding", "identity")
        async with httpx2.AsyncClient(
            transport=httpx2.ASGITransport(self.app), base_url="https://gazette.example"
        ) as client:
            return await client.request(method, self.base + path, headers=fields)

    async def publish(self, *titles: str, key: str) -> None:
        """Publish a new state, and let the shelf notice."""
        put(self.folder, {"rss.xml": rss(*titles), "atom.xml": b"<feed/>", "feed.json": b"{}"}, key)
        self.clock.advance(timedelta(seconds=2))
        await self.ask()


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    put(tmp_path, {"rss.xml": rss("A", "B"), "atom.xml": b"<feed/>", "feed.json": b"{}"}, "1")
    (tmp_path / "feeds.opml").write_bytes(b"<opml/>")
    return Reader(tmp_path)


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("rss.xml", "application/rss+xml; charset=utf-8"),
        ("atom.xml", "application/atom+xml; charset=utf-8"),
        ("feed.json", "application/feed+json; charset=utf-8"),
        ("feeds.opml", "text/x-opml; charset=utf-8"),
    ],
)
async def test_h1_each_format_has_its_type(reader: Reader, path: str, media_type: str) -> None:
    answer = await reader.ask(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == media_type


async def test_h2_a_304_repeats_what_a_200_says(reader: Reader) -> None:
    first = await reader.ask()
    again = await reader.ask(If_None_Match=first.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    for name in ("etag", "cache-control", "vary", "last-modified", "link"):
        assert again.headers[name] == first.headers[name]
    assert not first.headers["etag"].startswith("W/")
    by_date = await reader.ask(If_Modified_Since=first.headers["last-modified"])
    assert by_date.status_code == 304


async def test_h2_if_none_match_wins(reader: Reader) -> None:
    modified = (await reader.ask()).headers["last-modified"]
    answer = await reader.ask(If_None_Match='"other"', If_Modified_Since=modified)
    assert answer.status_code == 200


async def test_h3_caches_keep_it_as_long_as_it_is_published_at_most(reader: Reader) -> None:
    """feeds.md H3."""
    caching = (await reader.ask()).headers["cache-control"]
    assert caching == "max-age=600, stale-while-revalidate=600, stale-if-error=86400"


@pytest.mark.parametrize(
    ("coding", "decode"),
    [
        ("gzip", gzip.decompress),
        ("br", brotli.decompress),
        ("zstd", zstandard.ZstdDecompressor().decompress),
    ],
)
async def test_h4_each_coding_has_its_own_tag(
    reader: Reader, coding: str, decode: Callable[[bytes], bytes]
) -> None:
    plain = await reader.ask()
    scope_answer = await raw(reader, coding)
    assert scope_answer.headers["content-encoding"] == coding
    assert decode(scope_answer.body) == plain.content
    assert scope_answer.headers["etag"] == plain.headers["etag"][:-1] + f'-{coding}"'
    assert "Accept-Encoding" in scope_answer.headers["vary"]
    # A client that has one coding and asks for another has the same document.
    again = await reader.ask(If_None_Match=scope_answer.headers["etag"])
    assert again.status_code == 304


async def test_h4_codings_that_were_published_are_sent_as_they_are(tmp_path: Path) -> None:
    body = rss("A")
    published = gzip.compress(body, 1)
    put(tmp_path, {"rss.xml": body, "rss.xml.gz": published, "rss.xml.br": b"damaged"}, "1")
    reader = Reader(tmp_path)
    assert (await raw(reader, "gzip")).body == published
    assert (await raw(reader, "br")).body == encode(body, "br")


async def test_h5_head_is_as_get_without_the_body(reader: Reader) -> None:
    whole, head = await reader.ask(), await reader.ask(method="HEAD")
    assert head.content == b""
    assert head.headers == whole.headers


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
async def test_h5_feeds_can_only_be_read(reader: Reader, method: str) -> None:
    answer = await reader.ask(method=method)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


async def test_h6_a_feed_that_moved_says_where_to(reader: Reader) -> None:
    near = await reader.ask("sea/rss.xml")
    assert near.status_code == 301
    assert near.headers["location"] == "https://gazette.example/news/feeds/world/rss.xml"
    far = await reader.ask("away/atom.xml")
    assert far.headers["location"] == "https://other.example/atom.xml"


async def test_h6_a_feed_that_ended_says_so(reader: Reader) -> None:
    assert (await reader.ask("old/rss.xml")).status_code == 410


@pytest.mark.parametrize(("name", "status"), [("old/rss.xml", 410), ("sea/rss.xml", 301)])
async def test_h6_the_settings_say_more_than_the_folder(
    tmp_path: Path, name: str, status: int
) -> None:
    """feeds.md H6: the feed of a topic stays in the folder, and can be ended all the same."""
    (tmp_path / name).parent.mkdir()
    (tmp_path / name).write_bytes(rss("a"))
    assert (await Reader(tmp_path).ask(name)).status_code == status


async def test_h8_the_link_header_names_the_feed_itself(reader: Reader) -> None:
    link = (await reader.ask()).headers["link"]
    url = "https://gazette.example/news/feeds/rss.xml"
    assert link.startswith(f'<{url}>; rel="self"; type="application/rss+xml"')


async def test_security_6_a_feed_opened_in_a_browser_can_do_nothing(reader: Reader) -> None:
    headers = (await reader.ask()).headers
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["strict-transport-security"].startswith("max-age=")


async def test_h10_archive_documents_are_found_and_kept_for_long(reader: Reader) -> None:
    put(reader.folder / "archive", {"rss.xml": rss("Old")}, "k", at="1")
    for _ in range(2):
        answer = await reader.ask("archive/1/rss.xml")
        assert answer.content == rss("Old")
        assert answer.headers["cache-control"] == "max-age=86400"


@pytest.mark.parametrize(
    "path",
    [
        "archive/2/rss.xml",
        "archive/1/other.xml",
        "archive/x/rss.xml",
        ".now/archive/1/rss.xml",
        "archive/1%00/rss.xml",
        "a%00/archive/1/rss.xml",
        "../archive/1/rss.xml",
        "nothing.xml",
        ".lock",
        "media/picture.png",
    ],
)
async def test_what_is_no_document_goes_on_to_the_pages(reader: Reader, path: str) -> None:
    put(reader.folder / "archive", {"rss.xml": rss("Old")}, "k", at="1")
    assert (await reader.ask(path)).status_code == 404
    assert len(reader.passed_on) == 1


async def test_pages_go_past(reader: Reader) -> None:
    reader.base = "/"
    assert (await reader.ask("news/articles/x")).status_code == 404
    assert reader.passed_on == ["/news/articles/x"]


async def test_a_proxy_may_take_the_base_path_off(reader: Reader) -> None:
    reader.base = "/feeds/"
    assert (await reader.ask()).status_code == 200


async def test_h11_only_what_is_new_is_sent(reader: Reader) -> None:
    tag = (await reader.ask()).headers["etag"]
    await reader.publish("C", "A", "B", key="2")
    answer = await reader.ask(If_None_Match=tag, A_IM="feed")
    assert (answer.status_code, answer.headers["im"]) == (226, "feed")
    assert [entry.title for entry in feedparser.parse(answer.content).entries] == ["C"]
    assert answer.headers["delta-base"] == tag
    now = await reader.ask()
    assert answer.headers["etag"] == now.headers["etag"]
    assert "A-IM" in now.headers["vary"]
    again = await reader.ask(If_None_Match=answer.headers["etag"], A_IM="feed")
    assert again.status_code == 304


async def test_h11_a_delta_comes_coded_too(reader: Reader) -> None:
    tag = (await raw(reader, "br")).headers["etag"]
    await reader.publish("C", "A", "B", key="2")
    answer = await raw(reader, "br", if_none_match=tag, a_im="feed")
    assert answer.status == 226
    assert b"<title>C</title>" in brotli.decompress(answer.body)


@pytest.mark.parametrize(
    "headers", [{"A_IM": "feed"}, {"If_None_Match": '"unknown"', "A_IM": "feed"}]
)
async def test_h11_who_has_nothing_known_gets_all(reader: Reader, headers: dict[str, str]) -> None:
    answer = await reader.ask(**headers)
    assert answer.status_code == 200
    assert "im" not in answer.headers


async def test_h11_all_is_sent_when_nothing_of_it_is_known_any_more(reader: Reader) -> None:
    tag = (await reader.ask()).headers["etag"]
    await reader.publish("C", "D", key="2")
    assert (await reader.ask(If_None_Match=tag, A_IM="feed")).status_code == 200


async def test_h11_only_some_former_states_are_remembered(reader: Reader) -> None:
    tag = (await reader.ask()).headers["etag"]
    for number in range(40):
        await reader.publish("A", "B", str(number), key=f"n{number}")
    assert (await reader.ask(If_None_Match=tag, A_IM="feed")).status_code == 200


async def test_what_is_published_is_noticed_within_a_second_or_so(reader: Reader) -> None:
    before = await reader.ask()
    await reader.publish("C", key="2")
    after = await reader.ask()
    assert after.content == rss("C")
    assert after.headers["etag"] != before.headers["etag"]


async def test_feeds_come_and_go(reader: Reader) -> None:
    put(
        reader.folder / "topics" / "sea",
        {"rss.xml": rss("S"), "atom.xml": b"", "feed.json": b""},
        "1",
    )
    assert set(reader.shelf.refresh()) >= {"topics/sea/rss.xml"}
    assert (await reader.ask("topics/sea/rss.xml")).status_code == 200
    (reader.folder / "topics" / "sea" / ".now").unlink()
    reader.shelf.refresh()
    assert (await reader.ask("topics/sea/rss.xml")).status_code == 404
    assert "topics/sea/rss.xml" not in reader.shelf.paths


def test_a_folder_that_is_not_there_yet_is_an_empty_shelf(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "none")
    assert shelf.paths == []
    assert shelf.refresh() == []


async def test_a_state_that_loses_a_file_keeps_what_was_read(reader: Reader) -> None:
    put(reader.folder, {"atom.xml": b"<feed/>", "feed.json": b"{}"}, "2")
    reader.shelf.refresh()
    assert (await reader.ask()).content == rss("A", "B")


async def test_each_request_is_told_to_who_counts(reader: Reader) -> None:
    tag = (await reader.ask(User_Agent="A/1")).headers["etag"]
    await reader.ask(If_None_Match=tag, User_Agent="B/2")
    await reader.ask(method="HEAD")
    await reader.ask(method="POST")
    await reader.ask("old/rss.xml")
    assert reader.polls == [("rss.xml", b"A/1"), ("rss.xml", b"B/2")]


async def test_the_archive_in_memory_is_bounded(reader: Reader) -> None:
    big = rss(*("x" * 1000 + str(number) for number in range(4000)))
    for number in range(4):
        put(reader.folder / "archive", {"rss.xml": big}, "k", at=str(number + 1))
        assert (await reader.ask(f"archive/{number + 1}/rss.xml")).status_code == 200
    assert (await reader.ask("archive/1/rss.xml")).content == big


async def test_feeds_elsewhere_are_not_ours_to_serve(tmp_path: Path) -> None:
    text = CONFIG.replace("[publish]", '[publish]\nurl = "https://cdn.example/feeds/"')
    put(tmp_path, {"rss.xml": rss("A")}, "1")
    reader = Reader(tmp_path, config=load(text, where="config.toml", environment={}))
    assert (await reader.ask()).status_code == 404


@dataclass
class Raw:
    """An answer as it went over the wire."""

    status: int
    headers: dict[str, str]
    body: bytes


async def raw(reader: Reader, accept: str, **headers: str) -> Raw:
    """Ask without a client that decodes."""
    fields = {"accept-encoding": accept} | {k.replace("_", "-"): v for k, v in headers.items()}
    scope = {
        "type": "http",
        "method": "GET",
        "path": f"{reader.base}rss.xml",
        "headers": [(name.encode(), value.encode()) for name, value in fields.items()],
    }
    sent: list[dict[str, object]] = []

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    async def receive() -> dict[str, object]:
        return {"type": "http.disconnect"}

    await reader.app(scope, receive, send)  # type: ignore[arg-type]
    start, end = sent
    pairs = start["headers"]
    assert isinstance(pairs, list)
    found = {name.decode(): value.decode() for name, value in pairs}
    status, body = start["status"], end["body"]
    assert isinstance(status, int)
    assert isinstance(body, bytes)
    return Raw(status, found, body)


async def test_answers_that_are_kept_are_dropped_when_something_is_published(
    reader: Reader,
) -> None:
    """A withdrawn article must not stay in memory."""
    for number in range(3):
        await reader.ask(If_None_Match=f'"{number}"')
    assert reader.app.kept == 3
    await reader.publish("C", key="2")
    await reader.ask("atom.xml")
    assert reader.app.kept == 2, "this, and what publishing asked for"


async def test_security_kept_answers_are_bounded(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.web.feeds._KEPT_ANSWERS", 10)
    for number in range(25):
        await reader.ask(If_None_Match=f'"{number}"')
    await reader.ask(If_None_Match=f'"{"x" * 2000}"')
    assert reader.app.kept == 5
