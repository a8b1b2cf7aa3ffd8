"""Opening databases, and what a transaction promises on either engine."""

from __future__ import annotations

import sqlite3
import sys
import threading
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError, StatementError
from store_samples import NOW, add_person, at_once

from digest.errors import SchemaError, StoreError
from digest.store import settings
from digest.store.engine import Store, open_store
from digest.store.schema import SCHEMA_REVISION, alerts


def put(store: Store, key: str, value: str) -> None:
    with store.write() as tx:
        settings.put(tx, key, value)


def get(store: Store, key: str) -> str | None:
    with store.read() as tx:
        return settings.get(tx, key)


def test_an_empty_database_gets_its_tables(empty_url: str) -> None:
    store = open_store(empty_url)
    put(store, "colour", "red")
    assert store.revision() == SCHEMA_REVISION
    assert get(store, "colour") == "red"
    store.close()


def test_a_database_that_exists_is_kept(empty_url: str) -> None:
    first = open_store(empty_url)
    put(first, "colour", "red")
    first.close()
    again = open_store(empty_url)
    assert get(again, "colour") == "red"
    again.close()


def test_four_that_open_an_empty_database_at_once_make_its_tables_once(empty_url: str) -> None:
    def open_and_write(place: int) -> str | None:
        store = open_store(empty_url)
        put(store, f"key {place}", "made")
        found = store.revision()
        store.close()
        return found

    assert at_once(4, open_and_write) == [SCHEMA_REVISION] * 4
    store = open_store(empty_url)
    assert [get(store, f"key {place}") for place in range(4)] == ["made"] * 4
    store.close()


def test_a_newer_database_is_refused_and_left_alone(store: Store) -> None:
    with store.write() as tx:
        tx.exec_driver_sql("UPDATE alembic_version SET version_num = '0999'")
    with pytest.raises(SchemaError, match=r"schema 0999, newer than .*run the newer Digest"):
        store.migrate()
    assert store.revision() == "0999"


def test_opening_a_newer_database_says_only_that(empty_url: str) -> None:
    store = open_store(empty_url)
    with store.write() as tx:
        tx.exec_driver_sql("UPDATE alembic_version SET version_num = '0999'")
    store.close()
    with pytest.raises(SchemaError, match=r"^the database has schema 0999"):
        open_store(empty_url)


def test_the_folder_of_an_sqlite_file_is_made(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/deep/down/x.sqlite3")
    assert store.path is not None
    assert store.path.is_file()
    store.close()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"folder .*/file cannot be made: File exists"):
        open_store(f"sqlite:///{tmp_path}/file/x.sqlite3")


def test_a_path_that_is_a_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=rf"{tmp_path} cannot be opened: unable to open database"):
        open_store(f"sqlite:///{tmp_path}")


def test_a_file_that_is_no_database_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "x.sqlite3"
    path.write_bytes(b"These are minutes of a meeting. " * 400)
    with pytest.raises(StoreError, match=r"x\.sqlite3 cannot be opened: .*not a database"):
        open_store(f"sqlite:///{path}")
    assert path.read_bytes() == b"These are minutes of a meeting. " * 400


def test_a_database_of_another_program_is_refused_and_kept(empty_url: str) -> None:
    store = open_store(empty_url)
    with store.write() as tx:
        tx.exec_driver_sql("DROP TABLE alembic_version")
    store.close()
    with pytest.raises(StoreError, match=r"cannot be opened: .*already exists"):
        open_store(empty_url)


def test_a_damaged_file_is_reported_by_the_integrity_check(sqlite_store: Store) -> None:
    assert sqlite_store.path is not None
    with sqlite_store.write() as tx:
        for number in range(300):
            settings.put(tx, f"key {number}", "x" * 300)
    assert sqlite_store.check_integrity() == []
    sqlite_store.close()
    size = sqlite_store.path.stat().st_size
    with sqlite_store.path.open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\xff" * (size // 2))
    assert sqlite_store.check_integrity()


def test_reading_and_writing_a_damaged_file_raises_a_store_error(sqlite_store: Store) -> None:
    assert sqlite_store.path is not None
    put(sqlite_store, "colour", "red")
    sqlite_store.close()
    size = sqlite_store.path.stat().st_size
    with sqlite_store.path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
    with pytest.raises(StoreError, match=r"cannot be read: .*malformed"):
        get(sqlite_store, "colour")
    with pytest.raises(StoreError, match=r"cannot be written: .*malformed.* Nothing was changed"):
        put(sqlite_store, "colour", "blue")


def test_a_row_that_points_nowhere_is_reported_by_the_integrity_check(sqlite_store: Store) -> None:
    assert sqlite_store.path is not None
    with sqlite3.connect(sqlite_store.path) as connection:
        connection.execute("INSERT INTO article_aliases VALUES ('key', 7)")
    connection.close()
    assert sqlite_store.check_integrity() == ["article_aliases row 1 points to a missing articles"]


def test_postgresql_checks_itself(postgresql_store: Store) -> None:
    assert postgresql_store.check_integrity() == []


def test_a_server_that_is_not_there_is_named_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"cannot be opened: connection") as caught:
        open_store(f"postgresql://digest:secret@/digest?host={tmp_path}")
    assert "secret" not in str(caught.value)
    assert "digest:***@" in str(caught.value)


def test_a_database_in_memory_has_no_path() -> None:
    store = open_store("sqlite://")
    put(store, "colour", "red")
    assert get(store, "colour") == "red"
    assert store.path is None
    store.close()


def test_without_its_driver_postgresql_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreError, match=r"pip install 'digest\[postgres\]'"):
        open_store("postgresql://digest@localhost/digest")


def test_an_error_of_ours_while_opening_is_not_hidden(
    empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: Store) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Store, "migrate", interrupt)
    with pytest.raises(KeyboardInterrupt):
        open_store(empty_url)


def test_turning_on_wal_waits_for_whoever_has_the_file(tmp_path: Path) -> None:
    """SQLite itself does not wait then, whatever the busy_timeout."""
    path = tmp_path / "x.sqlite3"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    other.execute("CREATE TABLE made_meanwhile (n INTEGER)")
    threading.Timer(0.3, lambda: other.execute("COMMIT")).start()
    store = open_store(f"sqlite:///{path}")
    with store.read() as tx:
        assert tx.exec_driver_sql("SELECT count(*) FROM made_meanwhile").scalar() == 0
    store.close()
    other.close()


@pytest.mark.parametrize("url", ["", "state/digest.sqlite3", "mysql://root@localhost/digest"])
def test_a_url_of_no_engine_of_ours_is_refused(url: str) -> None:
    with pytest.raises(StoreError, match=r"must be like sqlite:///path or postgresql://"):
        open_store(url)


def test_sqlite_is_durable_checks_references_and_waits(sqlite_store: Store) -> None:
    """reliability.md, faults: BEGIN IMMEDIATE, busy_timeout, WAL, synchronous=FULL."""
    names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    with sqlite_store.read() as tx:
        found = {name: tx.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names}
    full = 2
    assert found == {
        "journal_mode": "wal",
        "synchronous": full,
        "foreign_keys": 1,
        "busy_timeout": 15_000,
    }


def test_references_are_enforced(store: Store) -> None:
    with pytest.raises(IntegrityError), store.write() as tx:
        tx.exec_driver_sql("INSERT INTO article_aliases (key, article_id) VALUES ('key', 7)")


def test_an_error_rolls_everything_back(store: Store) -> None:
    def write_and_fail() -> None:
        with store.write() as tx:
            settings.put(tx, "colour", "red")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_and_fail()
    assert get(store, "colour") is None


def test_writers_queue_instead_of_failing(store: Store) -> None:
    """reliability.md, faults: SQLite busy. Each reads before it writes, the case that fails."""

    def count(place: int) -> None:
        for _ in range(10):
            with store.write() as tx:
                known = settings.get(tx, f"key {place}")
                settings.put(tx, f"key {place}", str(int(known or "0") + 1))

    at_once(4, count)
    assert [get(store, f"key {place}") for place in range(4)] == ["10"] * 4


def test_a_second_writer_waits_for_the_first(sqlite_store: Store) -> None:
    inside = threading.Event()
    order: list[str] = []

    def write(place: int) -> None:
        if place == 0:
            with sqlite_store.write():
                inside.set()
                time.sleep(0.2)
                order.append("first")
        else:
            assert inside.wait(10)
            with sqlite_store.write():
                order.append("second")

    at_once(2, write)
    assert order == ["first", "second"]


def test_two_counters_never_count_the_same(sqlite_store: Store) -> None:
    def count(_: int) -> list[int]:
        numbers = []
        for _ in range(20):
            with sqlite_store.write() as tx:
                numbers.append(settings.count_up(tx, "fence"))
        return numbers

    counted = [number for numbers in at_once(2, count) for number in numbers]
    assert sorted(counted) == list(range(1, 41))


def test_a_database_locked_for_too_long_raises_a_store_error(sqlite_store: Store) -> None:
    assert sqlite_store.path is not None
    other = sqlite3.connect(sqlite_store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with sqlite_store.read() as tx:  # The pool gives the same connection again.
        tx.exec_driver_sql("PRAGMA busy_timeout = 50")
    with pytest.raises(StoreError, match=r"cannot be written: database is locked\. Nothing was"):
        put(sqlite_store, "colour", "red")
    other.execute("COMMIT")
    other.close()
    put(sqlite_store, "colour", "blue")
    assert get(sqlite_store, "colour") == "blue"


def test_a_full_disk_raises_a_store_error_and_the_store_goes_on_after_it(
    sqlite_store: Store,
) -> None:
    """reliability.md, faults: disk full."""
    with sqlite_store.read() as tx:
        pages = tx.exec_driver_sql("PRAGMA page_count").scalar()
        tx.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError, match=r"disk is full\. Nothing .* check .* the free space"):
        put(sqlite_store, "big", "x" * 1_000_000)
    assert get(sqlite_store, "big") is None
    with sqlite_store.read() as tx:
        tx.exec_driver_sql(f"PRAGMA max_page_count = {1 << 30}")
    put(sqlite_store, "big", "x" * 1_000_000)
    assert len(get(sqlite_store, "big") or "") == 1_000_000


def test_a_file_that_may_not_be_written_raises_a_store_error(sqlite_store: Store) -> None:
    read_only = open_store(f"sqlite:///file:{sqlite_store.path}?mode=ro&uri=true")
    assert get(read_only, "colour") is None
    with pytest.raises(StoreError, match=r"readonly database\. Nothing was changed"):
        put(read_only, "colour", "red")
    read_only.close()


def test_a_server_that_drops_the_connection_raises_a_store_error(postgresql_store: Store) -> None:
    message = r"the database cannot be written: .*terminat.* Check that the server is up"

    def write_and_be_dropped() -> None:
        with postgresql_store.write() as tx:
            settings.put(tx, "colour", "red")
            tx.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(StoreError, match=f"(?s){message}"):
        write_and_be_dropped()
    assert get(postgresql_store, "colour") is None


def test_postgresql_ends_what_stands_still_in_a_transaction(postgresql_store: Store) -> None:
    """reliability.md R2: a frozen host must not block who takes its claims over, for 60 s."""
    with postgresql_store.read() as tx:
        found = tx.exec_driver_sql("SHOW idle_in_transaction_session_timeout").scalar_one()
    assert found == "30s"


def test_a_broken_constraint_is_not_taken_for_trouble_with_the_database(store: Store) -> None:
    with store.write() as tx:
        add_person(tx, "ana")
    with pytest.raises(IntegrityError), store.write() as tx:
        add_person(tx, "ana")


def test_a_reader_sees_one_moment_and_blocks_no_writer(store: Store) -> None:
    put(store, "colour", "red")
    with store.read() as tx:
        assert settings.get(tx, "colour") == "red"
        put(store, "colour", "blue")
        assert settings.get(tx, "colour") == "red"
    assert get(store, "colour") == "blue"


def test_a_writer_blocks_no_reader(store: Store) -> None:
    put(store, "colour", "red")
    with store.write() as tx:
        settings.put(tx, "colour", "blue")
        assert get(store, "colour") == "red"
    assert get(store, "colour") == "blue"


def test_a_reader_cannot_write(store: Store) -> None:
    with pytest.raises(Exception, match=r"(?i)read-?only"), store.read() as tx:
        settings.put(tx, "colour", "red")
    put(store, "colour", "blue")
    assert get(store, "colour") == "blue"


def test_opening_does_not_wait_for_a_writer(sqlite_store: Store) -> None:
    with sqlite_store.write() as tx:
        settings.put(tx, "colour", "red")
        other = open_store(f"sqlite:///{sqlite_store.path}")
        assert get(other, "colour") is None
        other.close()


def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    naive = datetime(2026, 11, 24, 6, 0)  # noqa: DTZ001 - the mistake that is tested
    with pytest.raises(StatementError, match="without a zone"), store.write() as tx:
        tx.execute(insert(alerts).values(key="k", text="t", raised_at=naive))


def test_times_come_back_aware_in_utc_and_equal(store: Store) -> None:
    moments = [
        datetime(2026, 11, 24, 6, 0, tzinfo=UTC),
        datetime(2026, 11, 24, 6, 0, 0, 1, tzinfo=UTC),
        datetime(2026, 11, 24, 1, 0, tzinfo=timezone(timedelta(hours=-5))),
        datetime(2026, 10, 25, 2, 30, tzinfo=timezone(timedelta(hours=2))),
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    ]
    with store.write() as tx:
        for number, at in enumerate(moments):
            values = {"key": f"{number}", "text": "t", "raised_at": at}
            tx.execute(insert(alerts).values(values))
    with store.read() as tx:
        query = select(alerts.c.raised_at, alerts.c.cleared_at).order_by(alerts.c.id)
        raised, cleared = zip(*tx.execute(query), strict=True)
    assert list(raised) == moments
    assert {at.tzinfo for at in raised} == {UTC}
    assert set(cleared) == {None}


def test_times_are_compared_as_moments(store: Store) -> None:
    later = NOW + timedelta(microseconds=1)
    with store.write() as tx:
        tx.execute(insert(alerts).values(key="k", text="t", raised_at=NOW))
        found = [
            tx.execute(select(alerts.c.key).where(alerts.c.raised_at < at)).scalar()
            for at in (NOW, later.astimezone(timezone(timedelta(hours=-8))))
        ]
    assert found == [None, "k"]
