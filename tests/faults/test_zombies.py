"""Two senders on PostgreSQL, one of which stands still for longer than its claims hold.

reliability.md R2, R3 and R5: the other takes its claims over; when it wakes it begins nothing that
it no longer holds, and its late results are void.
"""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from time import sleep
from typing import Any

import psycopg
import pytest
from faults.judge import Verdict
from faults.rig import Publication, SinkProcess, ended, now_seconds, report

pytestmark = pytest.mark.slow

LEASE_SECONDS = 65.0
CONNECTIONS = 8


@pytest.fixture
def database(postgres_server: Any) -> Iterator[str]:  # noqa: ANN401 - conftest.py is no module
    name = postgres_server.create()
    url = postgres_server.url_of(name)
    with psycopg.connect(url, autocommit=True) as connection:
        # The other tests' server gives up waiting for locks sooner than one in earnest does.
        connection.execute(f"ALTER DATABASE {name} SET lock_timeout = 0".encode())
    yield url
    postgres_server.drop(name)


def freeze_and_wake(
    folder: Path, database: str, *, readers: int, awake_seconds: float, variant: str = ""
) -> Verdict:
    """Freeze a sender in the middle, let another one do the rest, wake it, and let it go on."""
    with SinkProcess(folder / "log", seed=12, share=0.5, faults="slow") as sink:
        publication = Publication(
            folder / "pub", sink.port, connections=CONNECTIONS, database=database
        )
        publication.add_readers(readers)
        publication.compose()
        with ended(publication.start("run", variant=variant)) as first:
            assert sink.wait_for(readers // 3)
            first.send_signal(signal.SIGSTOP)
            sleep(0.5)
            frozen_at = now_seconds()
            publication.let_time_pass(LEASE_SECONDS)
            # Another host: with a folder and a journal of its own.
            other = publication.copied_to(folder / "other")
            shutil.rmtree(other.root / "state" / "digest.journal")
            with ended(other.start("run", variant=variant)) as second:
                # By then it has sent what the other one held, and there is more to send.
                assert sink.wait_for(readers * 2 // 3 + CONNECTIONS), other.said()[-2000:]
                first.send_signal(signal.SIGCONT)
                assert sink.wait_for(readers)
                sleep(awake_seconds)
                for process in (first, second):
                    process.terminate()
                for process in (first, second):
                    assert process.wait(timeout=30) == 0, (
                        publication.said()[-2000:] + other.said()[-2000:]
                    )
        publication.crashes = 1
        publication.finish(variant=variant)
        publication.check_books()
        return publication.verdict(sink, frozen=[frozen_at])


@pytest.mark.parametrize(
    ("readers", "awake_seconds"),
    [
        (100, 0.2),
        # More than the 5 s after which each looks again for something to do.
        (3000, 7),
    ],
)
def test_a_sender_that_stood_still_harms_nobody(
    tmp_path: Path, database: str, readers: int, awake_seconds: float
) -> None:
    begun_at = now_seconds()
    verdict = freeze_and_wake(tmp_path, database, readers=readers, awake_seconds=awake_seconds)
    report("zombie", verdict, seconds=now_seconds() - begun_at)
    assert verdict.faults == ()
    assert verdict.open == 0


def test_a_sender_without_fences_is_caught(tmp_path: Path, database: str) -> None:
    verdict = freeze_and_wake(tmp_path, database, readers=300, awake_seconds=7, variant="no fence")
    assert verdict.needless, str(verdict)
