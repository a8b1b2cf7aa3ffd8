"""A disk that is full: nothing is sent without a working commit, and it goes on by itself.

The disk is a small one of its own (tmpfs), so that it is really full.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from time import sleep

import pytest
from faults.rig import (
    Publication,
    SinkProcess,
    ended,
    needs_strace,
    now_seconds,
    report,
    wait_until,
)

slow = pytest.mark.slow

FULL_SECONDS = 6.0
"""How long it stays full: the daemon looks whether it can go on every 5 seconds."""

CONNECTIONS = 4


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 8 MB."""
    mount, umount = shutil.which("mount"), shutil.which("umount")
    if mount is None or umount is None or os.geteuid():
        pytest.skip("only root can mount a small disk")
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(  # noqa: S603 - as found on the path
        [mount, "-t", "tmpfs", "-o", "size=8m", "faults", str(folder)],
        check=False,
        capture_output=True,
    )
    if done.returncode:
        pytest.skip(f"mount: {done.stderr.decode().strip()}")
    yield folder
    subprocess.run([umount, str(folder)], check=True)  # noqa: S603 - as above


def fill(filler: Path) -> None:
    """Leave not a byte of the disk."""
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 10, 1):
            try:
                while file.write(b"x" * size):
                    pass
            except OSError:
                continue


def has_failed_since(publication: Publication, failures: int) -> bool:
    return publication.said().count("cannot be written") > failures


@pytest.mark.parametrize(
    ("readers", "times"), [pytest.param(400, 1, marks=slow), pytest.param(3000, 4, marks=slow)]
)
def test_a_full_disk_stops_sending_until_it_is_not(
    tmp_path: Path, disk: Path, readers: int, times: int
) -> None:
    """No restart, nobody lost; repeated is at most what was on the wire when a commit failed."""
    begun_at = now_seconds()
    with SinkProcess(tmp_path / "log") as sink:
        publication = Publication(
            tmp_path / "pub",
            sink.port,
            connections=CONNECTIONS,
            rate=150,
            database=f"sqlite:///{disk}/digest.sqlite3",
        )
        publication.add_readers(readers)
        publication.compose()
        with ended(publication.start("run")) as process:
            for number in range(times):
                assert sink.wait_for(50 + number * (readers // times))
                failures = publication.said().count("cannot be written")
                fill(disk / "filler")
                assert wait_until(partial(has_failed_since, publication, failures)), "never full"
                sleep(0.5)
                count = sink.count
                sleep(FULL_SECONDS)
                assert sink.count == count, "sent without a working commit"
                assert process.poll() is None
                publication.crashes += 1
                (disk / "filler").unlink()
            assert wait_until(lambda: publication.waiting() == 0), publication.said()[-2000:]
            process.terminate()
            assert process.wait(timeout=30) == 0
        verdict = publication.verdict(sink)
        publication.check_books()
    report("ENOSPC", verdict, times=times, seconds=now_seconds() - begun_at)
    assert verdict.faults == ()
    assert verdict.taken >= readers


@slow
def test_a_disk_that_is_full_from_the_start_is_said_and_waited_for(
    tmp_path: Path, disk: Path
) -> None:
    """reliability.md, disk full: no restart by anybody is needed."""
    with SinkProcess(tmp_path / "log") as sink:
        database = f"sqlite:///{disk}/digest.sqlite3"
        publication = Publication(tmp_path / "pub", sink.port, database=database)
        publication.add_readers(20)
        publication.compose()
        fill(disk / "filler")
        with ended(publication.start("run")) as process:
            assert wait_until(lambda: "cannot begin yet" in publication.said(), 60)
            assert "free space on its disk" in publication.said()
            assert (process.poll(), sink.count) == (None, 0)
            (disk / "filler").unlink()
            assert sink.wait_for(20), publication.said()[-2000:]
            process.terminate()
            assert process.wait(timeout=30) == 0
        assert publication.verdict(sink).faults == ()


@slow
def test_a_disk_with_errors_stops_sending_while_it_has_them(tmp_path: Path) -> None:
    """reliability.md, EIO: no sending without a working commit; it goes on by itself."""
    strace = needs_strace()
    with SinkProcess(tmp_path / "log") as sink:
        publication = Publication(tmp_path / "pub", sink.port, connections=2, rate=40)
        publication.add_readers(60)
        publication.compose()
        # As its own child, so that signals reach the sender.
        before = [strace, "-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=pwrite64"]
        before += ["-e", "inject=pwrite64:error=EIO:when=40..70"]
        with ended(publication.start("run", before=before, one_thread=True)) as process:
            assert wait_until(lambda: "cannot be written" in publication.said(), 60)
            publication.crashes += 1
            assert wait_until(lambda: publication.waiting() == 0, 90), publication.said()[-2000:]
            process.terminate()
            assert process.wait(timeout=30) == 0
        verdict = publication.verdict(sink)
        publication.check_books()
    assert verdict.faults == ()
    assert verdict.taken >= 60
