"""Open the database: SQLite in one file by default, PostgreSQL when there is more than one host.

All that differs between the two engines is here and in dialects.py.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from importlib import resources
from pathlib import Path
from threading import RLock
from time import sleep
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, OperationalError

from digest.errors import SchemaError, StoreError, UnavailableError
from digest.model.facts import Fact
from digest.store import facts, generation, queue
from digest.store.dialects import run_plainly
from digest.store.generation import FactLog
from digest.store.queue import Queue
from digest.store.schema import SCHEMA_REVISION, metadata

if TYPE_CHECKING:
    import psycopg
    from sqlalchemy.pool import ConnectionPoolEntry

Transaction = Connection
"""What the functions of this package take: an open transaction."""

_BUSY_TIMEOUT_MS = 15_000

_WAL_PAUSE_MS = 50

_IDLE_SECONDS = 30
"""So long PostgreSQL lets a transaction stand still: shorter than a claim holds, so that a host
which is frozen in the middle of a commit does not block those that take its work over."""

_MIGRATION_LOCK = 0x64696765
"""Key of the PostgreSQL lock under which tables are changed; any number of our own."""


class Store:
    """One database. :meth:`read` and :meth:`write` give transactions."""

    def __init__(self, engine: Engine, path: Path | None) -> None:
        """Wrap an *engine*; *path* is the SQLite file, or ``None``."""
        self._engine = engine
        self._turn = RLock()
        self.path = path
        self.fact_log: FactLog | None = None
        """Where facts are kept before their transaction commits; ``None``: nowhere."""

        self.queue: Queue | None = None
        """Who hears of what becomes due, before its transaction commits; ``None``: nobody."""

        self.is_current = False
        """Whether this process has found the database up to date with :attr:`fact_log`."""

    @property
    def is_sqlite(self) -> bool:
        """Whether one process must own this database to deliver from it."""
        return self._engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """Give a transaction that only looks; it sees one moment and blocks nobody.

        Raises:
            StoreError: if the database cannot be read, or is written to.
        """
        options: dict[str, Any] = {"digest_read_only": True}
        if not self.is_sqlite:
            # By default each statement would see a moment of its own.
            options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        try:
            with self._engine.connect() as connection:
                connection = connection.execution_options(**options)  # noqa: PLW2901 - the same connection, marked
                with connection.begin():
                    yield connection
        except DatabaseError as error:
            if not _is_trouble(error):
                raise
            raise StoreError(f"the database cannot be read: {error.orig}") from error

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """Give a transaction that is committed at the end, or rolled back on any error.

        What it noted for the journal is safe there before it commits.

        Raises:
            StoreError: if the database cannot be written (locked, full, read-only).
        """
        # SQLite lets who waits for its turn sleep for milliseconds, and longer each time; threads
        # of this process need not.
        turn = self._turn if self.is_sqlite else nullcontext()
        try:
            with turn, self._engine.begin() as connection:
                noted: list[Fact] = []
                if self.fact_log is not None:
                    connection.execution_options(**{facts.OPTION: noted})
                due: dict[int, int] = {}
                if self.queue is not None:
                    connection.execution_options(**{queue.OPTION: due})
                yield connection
                if due and self.queue is not None:
                    self.queue.defer(queue.driver_of(connection), due)
                if noted and self.fact_log is not None:
                    generation.record(connection, self.fact_log, noted)
        except DatabaseError as error:
            if not _is_trouble(error):
                raise
            what_to_do = (
                "Nothing was changed; check its folder's rights and the free space"
                if self.is_sqlite
                else "Check that the server is up and has free space"
            )
            raise StoreError(
                f"the database cannot be written: {error.orig}. {what_to_do}"
            ) from error

    @property
    def address(self) -> str:
        """The database's URL as drivers take it, password and all."""
        url = self._engine.url.set(drivername=self._engine.dialect.name)
        return url.render_as_string(hide_password=False)

    def revision(self) -> str | None:
        """Return the migration this database is at; ``None`` for an empty one."""
        with self.read() as transaction:
            return _revision(transaction)

    def migrate(self) -> None:
        """Bring the tables up to this program's schema.

        Raises:
            SchemaError: if the database was made by a newer Digest.
        """
        found = self.revision()
        if found == SCHEMA_REVISION:
            return
        # Alembic is slow to import and seldom needed.
        from alembic import command  # noqa: PLC0415 - see above
        from alembic.config import Config  # noqa: PLC0415 - see above

        with resources.as_file(resources.files("digest.store") / "migrations") as folder:
            config = Config()
            config.set_main_option("script_location", str(folder).replace("%", "%%"))
            with self._engine.begin() as connection:
                self.lock_tables(connection)
                found = _revision(connection)
                if found is not None and found > SCHEMA_REVISION:
                    raise SchemaError(
                        f"the database has schema {found}, newer than this Digest's "
                        f"{SCHEMA_REVISION}: run the newer Digest, or restore a backup made "
                        "before the upgrade"
                    )
                config.attributes["connection"] = connection
                command.upgrade(config, SCHEMA_REVISION)

    def lock_tables(self, transaction: Transaction) -> None:
        """Keep others who change tables out until the end of the transaction."""
        if not self.is_sqlite:
            # SQLite's transaction keeps others out from its start; here that is asked for.
            transaction.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")

    def check_integrity(self) -> list[str]:
        """Return what the engine's own check finds wrong; empty when all is well."""
        if not self.is_sqlite:
            return []
        try:
            with self.read() as transaction:
                rows = transaction.exec_driver_sql("PRAGMA integrity_check").scalars().all()
                broken = transaction.exec_driver_sql("PRAGMA foreign_key_check").all()
        except StoreError as error:  # Damaged so badly that it cannot even be looked at.
            return [str(error)]
        return [str(row) for row in rows if row != "ok"] + [
            f"{row[0]} row {row[1]} points to a missing {row[2]}" for row in broken
        ]

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()


def open_store(url: str, *, migrate: bool = True) -> Store:
    """Open the database at *url* and bring its tables up to date, unless *migrate* is false.

    Args:
        url: ``sqlite:///path`` (relative to the working folder) or ``postgresql://…``. The folder
            of an SQLite file is made when missing.
        migrate: Whether to make the tables those of this program.

    Raises:
        StoreError: if it cannot be opened, with what to do.
    """
    engine, path = _engine_of(url)
    store = Store(engine, path)
    try:
        if migrate:
            store.migrate()
    except (DBAPIError, StoreError) as error:
        store.close()
        if isinstance(error, SchemaError):
            raise
        cause = error if isinstance(error, DBAPIError) else error.__cause__
        reason = cause.orig if isinstance(cause, DBAPIError) else error
        name = engine.url.render_as_string(hide_password=True)
        text = f"the database {name} cannot be opened: {reason}"
        if isinstance(cause, DBAPIError) and _may_pass(cause):
            what = "free space on its disk" if path else "that the server is up"
            raise UnavailableError(f"{text}. Check {what}") from error
        raise StoreError(text) from error
    except BaseException:
        store.close()
        raise
    return store


def _engine_of(url: str) -> tuple[Engine, Path | None]:
    wanted = "the database's URL must be like sqlite:///path or postgresql://user@host/name"
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError(wanted) from error
    if parsed.get_backend_name() not in {"sqlite", "postgresql", "postgres"}:
        raise StoreError(f"{wanted}, not {parsed.drivername}:")
    if parsed.get_backend_name() == "sqlite":
        path = Path(parsed.database) if parsed.database else None
        options = {}
        if path is not None and path.name != ":memory:" and not str(path).startswith("file:"):
            _make_folder(path)
            # The connection that was used last has most of what is asked for at hand.
            options["pool_use_lifo"] = True
        engine = create_engine(parsed, **options)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine, path
    try:
        engine = create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    except ModuleNotFoundError as error:
        raise StoreError(
            "PostgreSQL needs the psycopg package: pip install 'digest[postgres]'"
        ) from error
    event.listen(engine, "connect", _prepare_postgresql)
    return engine, None


def _make_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"the database's folder {path.parent} cannot be made: {error.strerror}"
        ) from error


def _is_trouble(error: DatabaseError) -> bool:
    """Tell trouble with the database (DatabaseError itself: a damaged file) from our mistakes."""
    return isinstance(error, OperationalError) or type(error) is DatabaseError


def _may_pass(error: DBAPIError) -> bool:
    """Tell a full or failing disk, and a server that is down, from what somebody must put right."""
    orig = error.orig
    if isinstance(orig, sqlite3.Error):
        # The lowest byte is what it is; those above say more exactly where.
        return orig.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
    return isinstance(error, OperationalError) and getattr(orig, "sqlstate", None) is None


def _revision(transaction: Transaction) -> str | None:
    if not inspect(transaction).has_table("alembic_version"):
        return None
    found = transaction.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return str(found) if found is not None else None


def _prepare_sqlite(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    # The driver must not begin transactions by itself: _begin_sqlite does.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
    _turn_on_wal(cursor)
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _prepare_postgresql(connection: psycopg.Connection, _: ConnectionPoolEntry) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET idle_in_transaction_session_timeout = '{_IDLE_SECONDS}s'".encode())
    connection.commit()


def _turn_on_wal(cursor: sqlite3.Cursor) -> None:
    # Turning it on for the first time needs the file alone, and does not wait by busy_timeout.
    for _ in range(_BUSY_TIMEOUT_MS // _WAL_PAUSE_MS):
        with suppress(sqlite3.OperationalError):
            cursor.execute("PRAGMA journal_mode = WAL")
            return
        sleep(_WAL_PAUSE_MS / 1000)
    cursor.execute("PRAGMA journal_mode = WAL")


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that turns from reading to writing can fail at once with "database is
    # locked", whatever the timeout; one that writes from its start waits its turn.
    read_only = connection.get_execution_options().get("digest_read_only", False)
    if connection.info.get("digest_read_only") != read_only:
        connection.exec_driver_sql(f"PRAGMA query_only = {int(read_only)}")
        connection.info["digest_read_only"] = read_only
    run_plainly(connection, "BEGIN" if read_only else "BEGIN IMMEDIATE")


__all__ = ["SCHEMA_REVISION", "Store", "Transaction", "metadata", "open_store"]
