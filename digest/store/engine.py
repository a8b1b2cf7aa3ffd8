"""Open the database: SQLite in one file by default, PostgreSQL when there is more than one host.

All that differs between the two engines is here.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url
from sqlalchemy.exc import OperationalError

from digest.errors import SchemaError, StoreError
from digest.store.schema import SCHEMA_REVISION, metadata

if TYPE_CHECKING:
    import sqlite3

    from sqlalchemy.pool import ConnectionPoolEntry

Transaction = Connection
"""What the functions of this package take: an open transaction."""

_BUSY_TIMEOUT_MS = 15_000


class Store:
    """One database. :meth:`read` and :meth:`write` give transactions."""

    def __init__(self, engine: Engine, path: Path | None) -> None:
        """Wrap an *engine*; *path* is the SQLite file, or ``None``."""
        self._engine = engine
        self._migrating = threading.Lock()
        self.path = path

    @property
    def is_sqlite(self) -> bool:
        """Whether one process must own this database to deliver from it."""
        return self._engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """Give a transaction that only looks; it sees one moment and blocks nobody."""
        with self._engine.connect() as connection:
            connection = connection.execution_options(digest_read_only=True)  # noqa: PLW2901 - the same connection, marked
            with connection.begin():
                yield connection

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """Give a transaction that is committed at the end, or rolled back on any error.

        Raises:
            StoreError: if the database cannot be written (locked, full, read-only).
        """
        try:
            with self._engine.begin() as connection:
                yield connection
        except OperationalError as error:
            raise StoreError(
                f"the database cannot be written: {error.orig}. Nothing was changed; "
                "check its folder's rights and the free space"
            ) from error

    def revision(self) -> str | None:
        """Return the migration this database is at; ``None`` for an empty one."""
        with self._engine.connect() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        return str(found) if found is not None else None

    def migrate(self) -> None:
        """Bring the tables up to this program's schema.

        Raises:
            SchemaError: if the database was made by a newer Digest.
        """
        found = self.revision()
        if found == SCHEMA_REVISION:
            return
        if found is not None and found > SCHEMA_REVISION:
            raise SchemaError(
                f"the database has schema {found}, newer than this Digest's {SCHEMA_REVISION}: "
                "run the newer Digest, or restore a backup made before the upgrade"
            )
        # Alembic is slow to import and seldom needed.
        from alembic import command  # noqa: PLC0415 - see above
        from alembic.config import Config  # noqa: PLC0415 - see above

        with resources.as_file(resources.files("digest.store") / "migrations") as folder:
            config = Config()
            config.set_main_option("script_location", str(folder).replace("%", "%%"))
            with self._migrating, self._engine.begin() as connection:
                config.attributes["connection"] = connection
                command.upgrade(config, SCHEMA_REVISION)

    def check_integrity(self) -> list[str]:
        """Return what the engine's own check finds wrong; empty when all is well."""
        if not self.is_sqlite:
            return []
        with self.read() as transaction:
            rows = transaction.exec_driver_sql("PRAGMA integrity_check").scalars().all()
            broken = transaction.exec_driver_sql("PRAGMA foreign_key_check").all()
        return [str(row) for row in rows if row != "ok"] + [
            f"{row[0]} row {row[1]} points to a missing {row[2]}" for row in broken
        ]

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()


def open_store(url: str) -> Store:
    """Open the database at *url* and bring its tables up to date.

    Args:
        url: ``sqlite:///path`` (relative to the working folder) or ``postgresql://…``. The folder
            of an SQLite file is made when missing.

    Raises:
        StoreError: if it cannot be opened, with what to do.
    """
    parsed = make_url(url)
    path: Path | None = None
    if parsed.get_backend_name() == "sqlite":
        if parsed.database:
            path = Path(parsed.database)
            _make_folder(path)
        engine = create_engine(parsed)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        try:
            engine = create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
        except ModuleNotFoundError as error:
            raise StoreError(
                "PostgreSQL needs the psycopg package: pip install 'digest[postgres]'"
            ) from error
    store = Store(engine, path)
    try:
        store.migrate()
    except OperationalError as error:
        store.close()
        raise StoreError(
            f"the database {parsed.render_as_string(hide_password=True)} cannot be opened: "
            f"{error.orig}"
        ) from error
    except BaseException:
        store.close()
        raise
    return store


def _make_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"the database's folder {path.parent} cannot be made: {error.strerror}"
        ) from error


def _prepare_sqlite(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    # The driver must not begin transactions by itself: _begin_sqlite does.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that turns from reading to writing can fail at once with "database is
    # locked", whatever the timeout; one that writes from its start waits its turn.
    read_only = connection.get_execution_options().get("digest_read_only", False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


__all__ = ["Store", "Transaction", "metadata", "open_store"]
