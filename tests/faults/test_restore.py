"""A backup that was taken in the middle of a send, or before it, is put back after a disaster.

reliability.md, restored backup: sending is held until ``digest reconcile`` has replayed the
journal; then nobody is lost, and nobody is written to again but for what the crash itself explains.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from faults.rig import Publication, SinkProcess, ended, now_seconds, report

from digest.steps.subscribe import unsubscribe

slow = pytest.mark.slow

LEAVING = 5


def database_of(publication: Publication) -> Path:
    return publication.root / "state" / "digest.sqlite3"


def back_up(publication: Publication, to: Path) -> None:
    """Copy the database as SQLite's own backup does, while others write."""
    with (
        closing(sqlite3.connect(database_of(publication))) as source,
        closing(sqlite3.connect(to)) as copy,
    ):
        source.backup(copy)


def put_back(publication: Publication, backup: Path) -> None:
    """Replace the database by the backup, as an operator does."""
    path = database_of(publication)
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    shutil.copyfile(backup, path)


def lose_half_a_send(
    publication: Publication, sink: SinkProcess, *, is_early: bool
) -> dict[str, float]:
    """Send two thirds, crash, and put a backup of before or of a third back.

    Return who left meanwhile, and when.
    """
    backup = publication.root / "backup.sqlite3"
    readers = len(publication.candidates)
    left: dict[str, float] = {}
    if is_early:
        back_up(publication, backup)
    publication.compose()
    with ended(publication.start("run")) as process:
        assert sink.wait_for(readers // 3)
        if not is_early:
            back_up(publication, backup)
        with publication.opened() as service:
            for name in sorted(publication.candidates - sink.recipients)[:LEAVING]:
                unsubscribe(
                    service.store,
                    name,
                    "daily",
                    method="one-click",
                    evidence="",
                    now=service.clock.now(),
                )
                left[name] = now_seconds()
        assert sink.wait_for(2 * readers // 3)
        publication.kill(process)
    put_back(publication, backup)
    return left


@pytest.mark.parametrize(
    ("is_early", "readers", "share"),
    [
        pytest.param(False, 150, 0.0, marks=slow),
        pytest.param(True, 300, 0.1, marks=slow),
        pytest.param(False, 5000, 0.1, marks=slow),
    ],
)
def test_a_restored_backup_sends_nothing_until_it_is_reconciled(
    tmp_path: Path,
    is_early: bool,  # noqa: FBT001 - a parameter of the test
    readers: int,
    share: float,
) -> None:
    begun_at = now_seconds()
    with SinkProcess(tmp_path / "log", seed=13, share=share) as sink:
        publication = Publication(tmp_path / "pub", sink.port, connections=8, rate=readers / 3)
        publication.add_readers(readers)
        left = lose_half_a_send(publication, sink, is_early=is_early)
        count = sink.count
        publication.run("run", "--once")
        if share:
            publication.run("send", "daily", "--now")
        assert sink.count == count, "sent from a restored backup"
        assert "digest reconcile" in publication.said()
        assert publication.run("reconcile") == 0, publication.said()[-2000:]
        publication.finish()
        states = publication.states()
        verdict = publication.verdict(sink, left=left)
        publication.check_books()
    report("restore", verdict, seconds=now_seconds() - begun_at)
    assert verdict.faults == ()
    assert verdict.open == 0
    kept = set(left) - sink.recipients
    assert kept, "nobody left in time: nothing was shown"
    assert {states[name] for name in kept} == {"suppressed"}
    assert Counter(states.values())["accepted"] == readers - len(kept)


@slow
def test_a_restored_backup_without_its_journal_is_caught(tmp_path: Path) -> None:
    """The operator goes on all the same, and resumes what is held: the judge sees the repeats."""
    with SinkProcess(tmp_path / "log") as sink:
        publication = Publication(tmp_path / "pub", sink.port, connections=8, rate=100)
        publication.add_readers(300)
        lose_half_a_send(publication, sink, is_early=False)
        for folder in database_of(publication).parent.glob("*journal*"):
            shutil.rmtree(folder)
        assert publication.run("reconcile", "--without-journal", "--yes") == 0
        assert publication.run("issues", "resume", "daily/1") == 0
        publication.finish()
        assert publication.verdict(sink).needless
