"""A publication with a journal, whose database is saved, and put back later."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from digest.clock import Clock, ManualClock
from digest.config import load
from digest.model import SubscriptionState
from digest.steps.ingest import ingest
from digest.steps.subscribe import Wish, person_of, subscribe
from digest.wiring import Service, plug_in

EVENING = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
DUE = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)

CONFIG = """
[publication]
title = "The Harbour Gazette"
url = "https://gazette.example/"
id = "tag:gazette.example,2026"
timezone = "Europe/Zurich"
postal_address = "1 Quay Street, Port Halden"

[relays.default]
host = "127.0.0.1"
port = {port}
tls = "none"
connections = 2
{relay}

[briefings.daily]
title = "Morning Briefing"
from_address = "briefing@gazette.example"
send_at = "07:00"
"""


def open_publication(
    root: Path,
    port: int = 1,
    url: str = "sqlite:///state/digest.sqlite3",
    *,
    relay: str = "",
    clock: Clock | None = None,
) -> Service:
    """Open the publication below *root*, as a process that starts does.

    *relay* is further lines of its relay's table; the clock stands at Monday evening if none is
    given.
    """
    folder = root / "articles"
    folder.mkdir(exist_ok=True)
    if not any(folder.iterdir()):
        (folder / "one.md").write_text("# One\n\nThe first article.\n")
    config = load(CONFIG.format(port=port, relay=relay), environment={"DIGEST_DATABASE__URL": url})
    return plug_in(config, root, clock or ManualClock(EVENING))


def take_in(service: Service) -> None:
    """Ingest the articles."""
    now = service.clock.now()
    ingest(service.store, service.config, "articles", service.source_folder("articles"), now=now)


def add_readers(service: Service, emails: Iterable[str]) -> None:
    """Subscribe people."""
    subscribe(
        service.store,
        service.keyring,
        [Wish(person_of(email), "daily", SubscriptionState.CONFIRMED) for email in emails],
        method="form",
        evidence="",
        now=service.clock.now(),
    )


def readers(number: int) -> list[str]:
    """Return so many addresses."""
    return [f"reader-{place:03}@reader.example" for place in range(number)]


def save(root: Path) -> Path:
    """Save the SQLite database as a backup does, by SQLite's own means. Return the copy."""
    copy = root / "saved.sqlite3"
    with (
        closing(sqlite3.connect(root / "state" / "digest.sqlite3")) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)
    return copy


def put_back(root: Path, copy: Path) -> None:
    """Put a saved database back; nobody may have the present one open."""
    state = root / "state"
    for name in ("digest.sqlite3", "digest.sqlite3-wal", "digest.sqlite3-shm"):
        (state / name).unlink(missing_ok=True)
    shutil.copyfile(copy, state / "digest.sqlite3")
