"""Answers for feeds, from memory (feeds.md H1 to H11).

A plain ASGI app around the others: feeds are asked for far more often than anything else, mostly to
hear that nothing is new, and the way to an endpoint would cost more than the answer. What is no
document of ours goes on to the app inside.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digest.clock import Clock
from digest.config import Config
from digest.steps.publish.documents import ARCHIVE_FOLDER
from digest.syndication import served
from digest.syndication.codings import SUFFIXES, encode
from digest.syndication.delta import only_new
from digest.web.headers import FIXED, HSTS
from digest.web.negotiation import (
    IDENTITY,
    choose_coding,
    http_date,
    is_not_modified,
    manipulations,
    tags,
)
from digest.web.shelf import Edition, Shelf

Header = tuple[bytes, bytes]
Poll = Callable[[str, Scope, bytes], None]
"""Told of each GET that a feed was sent for: the feed's path, the request, and the User-Agent."""

LOOK_SECONDS = 1.0
"""How old the knowledge of what is published may be without looking again."""

WAIT_SECONDS = 2.0
"""How old it may be for an answer."""

_WANTED = frozenset({b"if-none-match", b"if-modified-since", b"accept-encoding", b"a-im"})
"""What of a request decides about the answer."""

_TEXT = {"content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff"}
_CODINGS = tuple(SUFFIXES)
_VARY = b"Accept-Encoding, A-IM"
_KEPT_ANSWERS = 2000
_KEPT_DELTAS = 50
_MAX_KEPT_HEADERS = 1000
"""Bytes; an answer to longer headers is not kept, so that nobody can fill the memory."""

_READS = ("GET", "HEAD")
_FOUND = frozenset({200, 226, 304})
_ARCHIVED = f"/{ARCHIVE_FOLDER}/"


_Request = tuple[str, str, tuple[tuple[bytes, bytes], ...]]
"""Method, path, and what else decides about the answer."""


@dataclass(frozen=True, slots=True)
class _Ready:
    """An answer as it is sent."""

    path: str
    start: Message
    end: Message
    is_poll: bool
    """Whether somebody reads the feed, and does not only look at its headers or try to write."""


class Feeds:
    """Serves the documents below ``[publish] url``; *app* answers for everything else."""

    def __init__(
        self, app: ASGIApp, config: Config, shelf: Shelf, clock: Clock, poll: Poll | None = None
    ) -> None:
        """Wrap *app*.

        Args:
            app: Answers what is no feed.
            config: The settings.
            shelf: The documents.
            clock: Says when to look again.
            poll: Told of each request for a feed; ``None``: nobody counts.
        """
        self._app = app
        self._shelf = shelf
        self._monotonic = clock.monotonic
        self._poll = poll
        self._base_url = config.publish.url
        self._prefixes = _prefixes(config)
        self._moved = config.moved()
        self._gone = frozenset(config.gone())
        self._hubs = config.feed_infos()[0].hubs
        self._caching = served.caching(config.publish.every_minutes)
        self._is_https = config.publish.url.startswith("https://")
        self._coding = lru_cache(_KEPT_ANSWERS)(_coding)
        self._head = lru_cache(_KEPT_ANSWERS)(self._new_head)
        self._new = lru_cache(_KEPT_DELTAS)(_only_new)
        # What was answered to just this before: most requests are the same ones again.
        self._ready: dict[_Request, _Ready] = {}
        self._version = shelf.version
        self._looked_at = clock.monotonic()
        self._looking: asyncio.Task[list[str]] | None = None
        self._must_wait = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        now = self._monotonic()
        if self._must_wait or now - self._looked_at >= LOOK_SECONDS:
            await self._look(now)
        if self._version != self._shelf.version:
            self._forget()
        agent = b""
        asked = []
        for name, value in scope["headers"]:
            if name in _WANTED:
                asked.append((name, value))
            elif name == b"user-agent":
                agent = value
        request = (scope["method"], scope["path"], tuple(asked))
        ready = self._ready.get(request) or await self._find(request)
        if ready is None:
            await self._app(scope, receive, send)
            return
        if self._poll is not None and ready.is_poll:
            self._poll(ready.path, scope, agent)
        await send(ready.start)
        await send(ready.end)

    def _path(self, path: str) -> str | None:
        """Return *path* below the feeds; ``None`` when it is elsewhere."""
        for prefix in self._prefixes:
            if path.startswith(prefix):
                return path[len(prefix) :]
        return None

    @property
    def kept(self) -> int:
        """How many answers are kept in memory."""
        return len(self._ready)

    def _forget(self) -> None:
        """Keep nothing in memory of what was: it can be large, and it can be withdrawn."""
        self._version = self._shelf.version
        self._ready.clear()
        self._head.cache_clear()
        self._new.cache_clear()

    async def _look(self, now: float) -> None:
        """Look for what is new, beside the answers.

        When nobody has asked for a while, the answer waits for it: a hub that was told of a change
        fetches at once, and only once.
        """
        if self._looking is None or self._looking.done():
            passed = now - self._looked_at
            self._must_wait = passed >= WAIT_SECONDS
            if passed >= LOOK_SECONDS:
                self._looked_at = now
                self._looking = asyncio.create_task(asyncio.to_thread(self._shelf.refresh))
        if self._must_wait and self._looking is not None:
            # Another reader of the same look may go away.
            await asyncio.shield(self._looking)

    async def _find(self, request: _Request) -> _Ready | None:
        """Return the answer to *request*; ``None`` for what is no document of ours."""
        method, whole_path, asked = request
        path = self._path(whole_path)
        if path is None:
            return None
        url = self._base_url + path
        # First of all, as other servers do by their settings: a topic's feed that has ended is
        # still in the folder.
        if url in self._moved:
            headers = {"location": served.location(self._moved[url])}
            headers["cache-control"] = served.MOVED_CACHING
            return _ready(path, method, 301, _lines(headers), b"")
        if url in self._gone:
            return _ready(path, method, 410, _lines(_TEXT), served.ENDED.encode())
        edition = self._shelf.get(path)
        if edition is not None:
            ready = self._answer(path, edition, method, dict(asked))
            self._keep(request, ready)
            return ready
        if _ARCHIVED not in f"/{path}":
            return None
        edition = await asyncio.to_thread(self._shelf.archived, path)
        # Not kept: whether it is still so, only the disk knows.
        return self._answer(path, edition, method, dict(asked)) if edition else None

    def _keep(self, request: _Request, ready: _Ready) -> None:
        """Keep the answer to *request* for the next time."""
        if sum(len(value) for _, value in request[2]) > _MAX_KEPT_HEADERS:
            return
        if len(self._ready) >= _KEPT_ANSWERS:
            self._ready.clear()
        self._ready[request] = ready

    def _answer(
        self, path: str, edition: Edition, method: str, asked: Mapping[bytes, bytes]
    ) -> _Ready:
        """Return the answer of the document at *path* to a request with the headers *asked*."""
        if method not in _READS:
            headers = _lines({"allow": "GET, HEAD", **_TEXT})
            return _ready(path, method, 405, headers, served.READ_ONLY.encode())
        coding = self._coding(asked.get(b"accept-encoding", b""))
        none_match = _text(asked.get(b"if-none-match"))
        if (none_match is not None or b"if-modified-since" in asked) and is_not_modified(
            none_match, _text(asked.get(b"if-modified-since")), edition.tags, edition.modified_at
        ):
            return _ready(path, method, 304, self._head(path, edition, coding, ""), None)
        if none_match is not None and "feed" in manipulations(_text(asked.get(b"a-im"))):
            body, base = self._delta(path, edition, coding, none_match)
            if body is not None:
                head = [
                    *self._head(path, edition, coding, "feed"),
                    (b"delta-base", f'"{base}"'.encode()),
                ]
                return _ready(path, method, 226, head, body)
        head = self._head(path, edition, coding, "")
        return _ready(path, method, 200, head, edition.bodies[coding])

    def _new_head(
        self, path: str, edition: Edition, coding: str, manipulation: str
    ) -> list[Header]:
        url = self._base_url + path
        fields = {
            "content-type": edition.media_type,
            "etag": f'"{edition.tag_of(coding)}"',
            "last-modified": http_date(edition.modified_at),
            "cache-control": served.ARCHIVE_CACHING if edition.is_archived else self._caching,
            "vary": _VARY.decode(),
            "link": served.links(
                url, edition.media_type, self._hubs, is_archived=edition.is_archived
            ),
            **{name.lower(): value for name, value in (FIXED | dict(served.FIXED)).items()},
        }
        if coding:
            fields["content-encoding"] = coding
        if manipulation:
            fields["im"] = manipulation
        if self._is_https:
            fields["strict-transport-security"] = HSTS
        return _lines(fields)

    def _delta(
        self, path: str, edition: Edition, coding: str, none_match: str
    ) -> tuple[bytes | None, str]:
        """Return what is new since a state that the client has, and that state's tag."""
        for tag in tags(none_match):
            known = self._shelf.former(path, _plain(tag))
            if known is None:
                continue
            return self._new(edition, known, coding), tag
        return None, ""


def _ready(
    path: str, method: str, status: int, headers: Sequence[Header], body: bytes | None
) -> _Ready:
    """Return an answer; a *body* of ``None`` has no length, as in a 304."""
    if body is not None:
        headers = [*headers, (b"content-length", b"%d" % len(body))]
    return _Ready(
        path,
        {"type": "http.response.start", "status": status, "headers": headers},
        {"type": "http.response.body", "body": b"" if method == "HEAD" else body or b""},
        is_poll=method == "GET" and status in _FOUND,
    )


def _prefixes(config: Config) -> tuple[str, ...]:
    """Return what paths of feeds begin with: a proxy may take the site's base path off."""
    if not config.publish.url.startswith(config.web.url):
        return ()
    whole = urlsplit(config.publish.url).path
    short = "/" + config.publish.url.removeprefix(config.web.url)
    return tuple(dict.fromkeys((whole, short)))


def _lines(fields: Mapping[str, str]) -> list[Header]:
    return [(name.encode(), value.encode("ascii", "replace")) for name, value in fields.items()]


def _coding(accept: bytes) -> str:
    return choose_coding(accept.decode("latin-1"), _CODINGS)


def _only_new(edition: Edition, known: frozenset[bytes], coding: str) -> bytes | None:
    body = only_new(edition.bodies[IDENTITY], edition.media_type, known)
    return encode(body, coding) if body and coding else body


def _plain(tag: str) -> str:
    """Return *tag* without the coding at its end."""
    head, _, coding = tag.rpartition("-")
    return head if coding in SUFFIXES else tag


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")
