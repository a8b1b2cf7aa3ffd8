"""A small publication with feeds on disk, a hub, and subscribers that the test plays."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from web_servers import Asked, answer

from digest.clock import ManualClock
from digest.config import Config, load
from digest.steps.hub import Hub, ask
from digest.steps.notify import Notifier
from digest.store.engine import Store
from digest.syndication.fetch import Fetcher, Limits, Resolver, resolve

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)

CONFIG = """
[publication]
title = "Gazette"
url = "https://gazette.example/"
id = "tag:gazette.example,2026"

[web]
listen = "127.0.0.1:8000"

[websub]
hub = "self"
{websub}

[feeds.world]

[fetch]
allow = {allow}
"""

TOPIC = "https://gazette.example/feeds/atom.xml"
HUB = "https://gazette.example/hub"


@dataclass(slots=True)
class HubRig:
    """Everything of it."""

    store: Store
    folder: Path
    websub: str = ""
    allow: Iterable[str] = ("127.0.0.1",)
    resolver: Resolver = resolve
    limits: Limits | None = None
    """Instead of those that the steps ask for."""

    clock: ManualClock = field(default_factory=lambda: ManualClock(NOW))

    @property
    def config(self) -> Config:
        """The settings."""
        return load(CONFIG.format(websub=self.websub, allow=str(list(self.allow))))

    def publish(self, text: str, path: str = "atom.xml") -> bytes:
        """Write a document as publishing does: another file in its place."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_suffix(".new")
        fresh.write_text(text)
        fresh.rename(target)
        return text.encode()

    def fetcher(self, limits: Limits) -> Fetcher:
        """Return a client."""
        return Fetcher(
            "Test/1", allow=self.allow, limits=self.limits or limits, resolver=self.resolver
        )

    def notifier(self) -> Notifier:
        """Return a fresh notifier, as after a restart."""
        return Notifier(
            self.store,
            self.config,
            self.folder,
            self.fetcher,
            self.clock,
            settle_seconds=0,
            jitter=lambda: 0.5,
        )

    def hub(self) -> Hub:
        """Return a fresh hub, as after a restart."""
        return Hub(
            self.store, self.config, self.folder, self.fetcher, self.clock, jitter=lambda: 0.5
        )

    def ask(self, callback: str, *, network: str = "192.0.2.0/24", **fields: str) -> None:
        """Ask the hub for something."""
        form = {"mode": "subscribe", "topic": TOPIC, "callback": callback, **fields}
        named = {f"hub.{name}": value for name, value in form.items()}
        ask(self.store, self.config, named, network, self.clock.now())

    async def round(self, hub: Hub | None = None) -> dict[str, int]:
        """Let the hub go round once; return what happened."""
        return dict((await (hub or self.hub()).go_round()).counts)

    async def subscribed(self, callback: str, **fields: str) -> None:
        """Publish something, and have *callback* subscribed."""
        if not (self.folder / "atom.xml").exists():
            self.publish("<feed>first</feed>")
            self.notifier().look()
        self.ask(callback, **fields)
        assert await self.round() == {"confirmed": 1}


@dataclass(slots=True)
class Subscriber:
    """Plays a callback: says yes to questions, and answers content as it is told."""

    status: int = 204
    location: str = ""
    """Where content is redirected to; empty: nowhere."""

    says_yes: bool = True
    got: list[Asked] = field(default_factory=list)
    """Content only."""

    asked: list[dict[str, str]] = field(default_factory=list)
    """The queries of questions and denials."""

    async def __call__(self, request: Asked, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        if request.method == "POST":
            self.got.append(request)
            elsewhere = {"Location": self.location} if self.location else {}
            writer.write(answer(self.status, b"", **elsewhere))
        else:
            query = {name: values[0] for name, values in parse_qs(_query(request.path)).items()}
            self.asked.append(query)
            challenge = query.get("hub.challenge", "").encode()
            writer.write(answer(200 if self.says_yes else 404, challenge))
        await writer.drain()

    @property
    def bodies(self) -> list[bytes]:
        """The content that came."""
        return [request.body for request in self.got]


def _query(path: str) -> str:
    return urlsplit(path).query
