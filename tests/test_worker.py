"""``digest worker``: only delivers, ends politely, and says what it cannot do."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from command_line import execute
from patience import PATIENCE_SECONDS

from digest.clock import SystemClock
from digest.daemon import Daemon, upgrades
from digest.daemon.worker import Worker
from digest.errors import SchemaError
from digest.store.engine import SCHEMA_REVISION, Store
from digest.wiring import Service, open_service

CONFIG = """
[publication]
title = "Gazette"
url = "https://gazette.example/"
id = "tag:gazette.example,2026"
timezone = "UTC"
postal_address = "1 Quay Street"

[briefings.daily]
title = "Morning Briefing"
from_address = "briefing@gazette.example"
send_at = "07:00"

[relays.default]
host = "127.0.0.1"
port = 9
tls = "none"
"""


def write(folder: Path) -> Path:
    path = folder / "config.toml"
    path.write_text(CONFIG)
    (folder / "articles").mkdir()
    return path


def service_of(folder: Path, store: Store) -> Service:
    return open_service(write(folder), {"DIGEST_DATABASE__URL": store.address}, SystemClock())


def set_revision(store: Store, revision: str) -> None:
    with store.write() as tx:
        tx.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{revision}'")  # noqa: S608 - our own words


def test_it_refuses_sqlite_and_says_what_to_run(tmp_path: Path) -> None:
    said = execute("worker", "--once", "--config", str(write(tmp_path)), code=1)
    assert "workers need PostgreSQL" in said.stderr
    assert "`digest run`" in said.stderr


def test_a_daemon_that_leaves_delivering_to_workers_needs_them(tmp_path: Path) -> None:
    said = execute("run", "--once", "--no-deliver", "--config", str(write(tmp_path)), code=2)
    assert "with SQLite nobody else can deliver" in said.stderr


def test_an_unknown_relay_is_named_with_those_there_are(tmp_path: Path) -> None:
    words = ("worker", "--once", "--relay", "other", "--config", str(write(tmp_path)))
    assert "there is no relay 'other'. There is: default" in execute(*words, code=1).stderr


def test_it_ends_when_asked(tmp_path: Path, postgresql_store: Store) -> None:
    service = service_of(tmp_path, postgresql_store)

    async def work() -> None:
        worker = Worker(service)
        running = asyncio.create_task(worker.run())
        await asyncio.sleep(0.05)
        worker.stop()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await running

    began = time.perf_counter()
    asyncio.run(work())
    service.close()
    assert time.perf_counter() - began < 30


@pytest.mark.parametrize("make", [Worker, Daemon])
def test_it_ends_when_a_newer_digest_has_changed_the_tables(
    tmp_path: Path,
    postgresql_store: Store,
    monkeypatch: pytest.MonkeyPatch,
    make: type[Worker | Daemon],
) -> None:
    monkeypatch.setattr(upgrades, "LOOK_SECONDS", 0.05)
    service = service_of(tmp_path, postgresql_store)

    async def work() -> None:
        running = asyncio.create_task(make(service).run())
        await asyncio.sleep(0.05)
        await asyncio.to_thread(set_revision, postgresql_store, "9999")
        async with asyncio.timeout(PATIENCE_SECONDS):
            await running

    try:
        with pytest.raises(SchemaError, match="schema 9999 now, newer than this Digest's"):
            asyncio.run(work())
        service.close()
        with pytest.raises(SchemaError, match="run the newer Digest"):
            open_service(
                tmp_path / "config.toml", {"DIGEST_DATABASE__URL": postgresql_store.address}
            )
    finally:
        set_revision(postgresql_store, SCHEMA_REVISION)
