"""A small publication to try the steps on: its settings, its folder, its readers, its store.

Real parts throughout; what is faked is the clock (``digest.clock.ManualClock``) and, here, a disk
that is full.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from digest.config import Config, load
from digest.errors import StoreError
from digest.model import Issue, SubscriptionState
from digest.rendering import Renderer, bundled_templates
from digest.steps.compose import compose_now
from digest.steps.ingest import IngestResult, ingest
from digest.steps.subscribe import Wish, person_of, subscribe
from digest.store import articles, deliveries, issues, subscribers
from digest.store.articles import Known
from digest.store.engine import Store, Transaction
from digest.tokens import KEY_BYTES, Keyring

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
"""Monday evening."""

KEYRING = Keyring((bytes(range(KEY_BYTES)),))

RENDERER = Renderer([bundled_templates()])

CONFIG = """
[publication]
title = "The Harbour Gazette"
url = "https://gazette.example/"
id = "tag:gazette.example,2026"
timezone = "Europe/Zurich"
postal_address = "1 Quay Street, Port Halden"
{publication}

[relays.default]
host = "127.0.0.1"
port = {port}
tls = "none"
connections = {connections}
{relay}

[briefings.daily]
title = "Morning Briefing"
from_address = "briefing@gazette.example"
send_at = "07:00"
{daily}

{more}
"""


def make_config(
    *,
    port: int = 1,
    connections: int = 2,
    publication: str = "",
    relay: str = "",
    daily: str = "",
    more: str = "",
) -> Config:
    """Return the settings of a daily briefing; the texts are further lines of their tables."""
    return load(
        CONFIG.format(
            port=port,
            connections=connections,
            publication=publication,
            relay=relay,
            daily=daily,
            more=more,
        )
    )


class Desk:
    """An editor's view: files are written, and taken in."""

    def __init__(self, store: Store, root: Path, config: Config | None = None) -> None:
        """Work on *store*, with articles in ``articles`` below *root*."""
        self.store = store
        self.root = root
        self.folder = root / "articles"
        self.folder.mkdir(exist_ok=True)
        self.config = config or make_config()
        self.now = NOW

    def write(self, path: str, text: str | bytes = "") -> Path:
        """Write a file of the folder; without *text* an article that is named as its file."""
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        text = text or f"# {place.stem.capitalize()}\n\nThe story of {place.stem}.\n"
        place.write_bytes(text if isinstance(text, bytes) else text.encode())
        return place

    def ingest(
        self,
        source: str = "articles",
        *,
        accept_removals: bool = False,
        progress: Callable[[int, int], None] | None = None,
        paths: Collection[str] | None = None,
    ) -> IngestResult:
        """Take the folder in."""
        return ingest(
            self.store,
            self.config,
            source,
            self.root / self.config.sources[source].path,
            now=self.now,
            accept_removals=accept_removals,
            progress=progress,
            paths=paths,
        )

    def known(self) -> dict[str, Known]:
        """Return what the store knows of each article, by path."""
        with self.store.read() as tx:
            return {item.path: item for item in articles.known(tx)}


def make_png(width: int = 4, height: int = 3) -> bytes:
    """Return a picture of that size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    lines = zlib.compress(bytes(width + 1) * height)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")
    )


def add_readers(
    store: Store,
    emails: Iterable[str],
    briefing: str = "daily",
    state: SubscriptionState = SubscriptionState.CONFIRMED,
    now: datetime = NOW,
) -> None:
    """Subscribe people to *briefing*."""
    wishes = [Wish(person_of(email), briefing, state) for email in emails]
    subscribe(store, KEYRING, wishes, method="form", evidence="", now=now)


def subscription_states(store: Store) -> Mapping[str, str]:
    """Return each address with the state of its one subscription."""
    with store.read() as tx:
        found = subscribers.list_subscriptions(tx)
        return {item.subscriber.email: str(item.state) for item in found}


def compose_issue(desk: Desk, emails: Iterable[str]) -> Issue:
    """Freeze an issue of one article, to be sent to *emails*."""
    desk.write("ferry.md")
    desk.ingest()
    add_readers(desk.store, emails)
    result = compose_now(desk.store, desk.config, RENDERER, KEYRING, "daily", now=desk.now)
    assert result.issue_id is not None, result.reason
    with desk.store.read() as tx:
        issue = issues.get(tx, result.issue_id)
    assert issue is not None
    return issue


def states_of(store: Store, issue: Issue) -> Mapping[str, str]:
    """Return where the delivery to each address stands."""
    with store.read() as tx:
        rows = deliveries.list_deliveries(tx, issue.id)
    return {row.email: str(row.state) for row in rows}


class FullDisk(Store):
    """A store whose writing fails while :attr:`is_full`; reading goes on."""

    def __init__(self, store: Store) -> None:
        """Stand before *store*."""
        super().__init__(store._engine, store.path)  # noqa: SLF001 - a second door to it
        self.is_full = False

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """Give a transaction, or fail as a full disk does."""
        if self.is_full:
            raise StoreError("the database cannot be written: database or disk is full")
        with super().write() as tx:
            yield tx
