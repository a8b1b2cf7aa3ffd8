"""Workers on several hosts, killed in the middle: nobody lost, and the sink's log says so.

reliability.md R1 to R5; what a dead worker had claimed goes to the others once its claims lapse.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from faults.rig import Publication, SinkProcess, ended, wait_until

LEASE_SECONDS = 65.0


@pytest.fixture
def database(postgres_server: Any) -> Iterator[str]:  # noqa: ANN401 - conftest.py is no module
    name = postgres_server.create()
    yield postgres_server.url_of(name)
    postgres_server.drop(name)


def another_host(publication: Publication, folder: Path) -> Publication:
    """Return the publication as it is on another host: with a folder and a journal of its own."""
    other = publication.copied_to(folder)
    shutil.rmtree(other.root / "state" / "digest.journal", ignore_errors=True)
    other.clock = publication.clock  # Time is the same everywhere.
    return other


@pytest.mark.parametrize(
    "dispatch", ["procrastinate", pytest.param("polling", marks=pytest.mark.slow)]
)
def test_one_of_two_workers_is_killed_and_nobody_is_lost(
    tmp_path: Path, database: str, dispatch: str
) -> None:
    """The table of jobs is emptied meanwhile, which harms nobody either."""
    with SinkProcess(tmp_path / "log", seed=3, share=0.3, faults="slow") as sink:
        first = Publication(tmp_path / "pub", sink.port, connections=4, database=database)
        with first.config.open("a") as file:
            file.write(f'\n[delivery]\ndispatch = "{dispatch}"\n')
        first.add_readers(120)
        first.compose()
        other = another_host(first, tmp_path / "other")
        with ended(first.start("worker")) as doomed, ended(other.start("worker")) as survivor:
            assert sink.wait_for(40)
            if dispatch == "procrastinate":
                with psycopg.connect(database, autocommit=True) as connection:
                    connection.execute("TRUNCATE procrastinate_jobs CASCADE")
            first.kill(doomed)
            first.let_time_pass(LEASE_SECONDS)
            assert wait_until(lambda: not other.waiting()), other.said()[-2000:]
            survivor.terminate()
            assert survivor.wait(timeout=30) == 0, other.said()[-2000:]
        first.check_books()
        verdict = first.verdict(sink)
    assert verdict.faults == ()
    assert verdict.open == 0
