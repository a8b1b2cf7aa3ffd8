"""A publication to measure with: real settings, real articles, a real issue, many readers."""

from __future__ import annotations

import re
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from digest.clock import SystemClock
from digest.mail.dkim_keys import new_rsa_key
from digest.mail.skeleton import Skeleton
from digest.model import SubscriptionState
from digest.steps.compose import compose_now
from digest.steps.ingest import ingest
from digest.steps.subscribe import Wish, person_of, subscribe
from digest.store import issues
from digest.wiring import Service, open_service

SELECTOR = "bench"
DOMAIN = "gazette.example"

KEY_FILE = "dkim.pem"
_SETTINGS = """
[publication]
title = "The Harbour Gazette"
url = "https://gazette.example/"
id = "tag:gazette.example,2026"
timezone = "Europe/Zurich"
postal_address = "1 Quay Street, Port Halden"

[sources.articles]

[briefings.daily]
title = "Morning Briefing"
from_address = "briefing@gazette.example"
bounce_address = "bounces@gazette.example"
send_at = "07:00"
content = "full"
max_age_days = 0

[relays.default]
host = "127.0.0.1"
port = {port}
tls = "none"
connections = {connections}
messages_per_connection = 100000
"""
_SIGNING = f"""
[dkim.default]
domain = "{DOMAIN}"
selector = "{SELECTOR}"
key_file = "{KEY_FILE}"
"""
_SENTENCES = (
    "The harbour master counted forty-one sails before noon, three more than in any spring.",
    "Nobody on the quay remembers a tide that came so early and stayed so long.",
    "The council will vote on the new breakwater in March; the fishers have already voted.",
    "Prices for herring fell by a third, and the smokehouses work through the night.",
    "A ferry from the north brought mail, oranges, and a brass band nobody had ordered.",
)


def make(root: Path, *, readers: int, is_signed: bool = False, articles: int = 3) -> Service:
    """Make a publication in the folder *root*: *articles* ingested, so many *readers* confirmed.

    With three articles the mails have about 30 KB. :func:`point` says where they go.
    """
    folder = root / "articles"
    folder.mkdir(parents=True)
    for number in range(articles):
        (folder / f"story-{number}.md").write_text(_article(number), encoding="utf-8")
    if is_signed:
        key = root / KEY_FILE
        key.touch(mode=0o600)
        key.write_bytes(new_rsa_key())
    point(root, port=1, connections=1, is_signed=is_signed)
    service = open_service(root / "config.toml", {}, SystemClock())
    now = service.clock.now()
    ingest(service.store, service.config, "articles", folder, now=now)
    wish = Wish(person_of("reader0@inbox.example"), "daily", SubscriptionState.CONFIRMED)
    subscribe(service.store, service.keyring, [wish], method="form", evidence="", now=now)
    _multiply(service, readers)
    return service


def point(root: Path, *, port: int, connections: int, is_signed: bool = False) -> Path:
    """Write the settings anew, for a relay at *port*. Return their file."""
    path = root / "config.toml"
    text = _SETTINGS.format(port=port, connections=connections)
    path.write_text(text + (_SIGNING if is_signed else ""), encoding="utf-8")
    return path


def compose(service: Service) -> tuple[int, float]:
    """Freeze an issue to all readers; return its id, and how many seconds that took.

    Raises:
        RuntimeError: if there is none.
    """
    began = time.perf_counter()
    result = compose_now(
        service.store,
        service.config,
        service.renderer,
        service.keyring,
        "daily",
        now=service.clock.now(),
    )
    seconds = time.perf_counter() - began
    if result.issue_id is None:
        raise RuntimeError(f"no issue: {result.reason}")
    return result.issue_id, seconds


def mail_bytes(service: Service, issue_id: int) -> int:
    """Return how many octets one mail of the issue has at most, unsigned."""
    with service.store.read() as tx:
        (variant,) = issues.variants_of(tx, issue_id).values()
    return Skeleton.from_bytes(variant.skeleton).size_bytes


def record_value(record: str) -> str:
    """Return what a resolver finds in the DNS *record* of a key: its strings, joined."""
    return "".join(re.findall(r'"([^"]*)"', record))


def _article(number: int) -> str:
    paragraphs = []
    for paragraph in range(3):
        start = number + paragraph
        lines = [_SENTENCES[(start + at) % len(_SENTENCES)] for at in range(5)]
        paragraphs.append(" ".join(lines))
    return f"# Harbour story number {number}\n\n" + "\n\n".join(paragraphs) + "\n"


def _multiply(service: Service, readers: int) -> None:
    """Copy the one reader there is, with all columns there are: a million in seconds."""
    path = service.store.path
    if path is None:
        raise RuntimeError("readers are multiplied in SQLite only")
    address = "'reader' || i || '@inbox.example'"
    changes = {
        "subscribers": {
            "id": "i",
            "email": address,
            "email_key": address,
            "address_hash": "'bench' || i",
        },
        "subscriptions": {"id": "i", "subscriber_id": "i"},
    }
    with closing(sqlite3.connect(path)) as database:
        for table, changed in changes.items():
            columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
            values = ", ".join(changed.get(name, name) for name in columns)
            # Cross-joined with the one row there is.
            database.execute(
                f"INSERT INTO {table} ({', '.join(columns)}) "  # noqa: S608 - our own words
                "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
                f"SELECT {values} FROM n, (SELECT * FROM {table} LIMIT 1) WHERE i <= ?",
                (readers, readers),
            )
        database.commit()
