"""kill -9 and SIGTERM in the middle of a send, judged by the sink's own log.

reliability.md: a crash loses nobody and repeats at most one message for each open connection; a
polite end loses and repeats nothing.
"""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from faults.judge import Verdict
from faults.rig import (
    Publication,
    SinkProcess,
    ended,
    needs_strace,
    now_seconds,
    report,
    wait_until,
)
from faults.scenes import crash_again_and_again, end_again_and_again

slow = pytest.mark.slow


@pytest.mark.parametrize(
    ("readers", "connections", "kills"),
    [(160, 8, 1), pytest.param(20_000, 20, 50, marks=slow)],
)
def test_killed_again_and_again_it_loses_nobody(
    tmp_path: Path, readers: int, connections: int, kills: int
) -> None:
    """Every tenth attempt goes wrong besides; some mailboxes do not exist."""
    begun_at = now_seconds()
    with SinkProcess(tmp_path / "log", seed=3, share=0.1) as sink:
        publication = Publication(tmp_path / "pub", sink.port, connections=connections)
        publication.add_readers(readers)
        publication.add_readers(readers // 100, prefix="nobody")
        crash_again_and_again(
            publication, sink, kills=kills, each=2 * readers // (kills + 1), seed=4
        )
        publication.finish()
        verdict = publication.verdict(sink)
        refused = Counter(publication.states().values())["refused"]
    report("kill -9", verdict, kills=publication.crashes, seconds=now_seconds() - begun_at)
    assert verdict.faults == ()
    assert verdict.open == 0
    assert refused == readers // 100
    assert verdict.taken >= readers
    publication.check_books()


@slow
def test_signed_mails_are_the_very_same_after_a_crash(tmp_path: Path) -> None:
    """reliability.md R6, with DKIM on: signatures are of the issue's time."""
    with SinkProcess(tmp_path / "log") as sink:
        publication = Publication(tmp_path / "pub", sink.port, connections=4, rate=60)
        publication.add_readers(80)
        key = rsa.generate_private_key(65537, 2048).private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        )
        path = publication.root / "dkim.pem"
        path.touch(0o600)
        path.write_bytes(key)
        with publication.config.open("a") as config:
            config.write(
                '\n[dkim.gazette]\ndomain = "gazette.example"\nselector = "one"\n'
                'key_file = "dkim.pem"\n'
            )
        publication.compose()
        for count in (20, 40):
            with ended(publication.start("run")) as process:
                assert sink.wait_for(count)
                publication.kill(process)
        publication.finish()
        verdict = publication.verdict(sink)
        publication.check_books()
    assert verdict.faults == ()
    assert verdict.taken >= 80


@pytest.mark.parametrize(
    ("readers", "connections", "times"),
    [(120, 8, 1), pytest.param(10_000, 20, 50, marks=slow)],
)
def test_asked_to_end_again_and_again_it_loses_and_repeats_nothing(
    tmp_path: Path, readers: int, connections: int, times: int
) -> None:
    """Exit code 0 within 30 s, each time."""
    begun_at = now_seconds()
    faults = "RCPT 451,RCPT 421,DATA 451,dot 451,dot 554,dot EOF,slow"
    with SinkProcess(tmp_path / "log", seed=5, share=0.1, faults=faults) as sink:
        publication = Publication(tmp_path / "pub", sink.port, connections=connections)
        publication.add_readers(readers)
        longest = end_again_and_again(
            publication, sink, times=times, each=2 * readers // (times + 1), seed=6
        )
        publication.finish()
        verdict = publication.verdict(sink)
    report("SIGTERM", verdict, times=times, longest=longest, seconds=now_seconds() - begun_at)
    assert verdict.faults == ()
    assert (verdict.open, verdict.crash_repeats, verdict.silence_repeats) == (0, 0, 0)
    assert verdict.taken == readers
    publication.check_books()


SYNCS = "fsync,fdatasync"
SMALL = 9


def send_and_die_at(folder: Path, number: int, strace: str) -> Verdict | None:
    """Send a small issue, killed at the n-th fsync; then go on. ``None``: it was not killed."""
    with SinkProcess(folder / "log") as sink:
        publication = Publication(folder / "pub", sink.port, connections=2)
        publication.add_readers(SMALL)
        publication.add_readers(1, prefix="nobody")
        before = [strace, "-f", "-qq", "-o", "/dev/null", "-e", f"trace={SYNCS}"]
        before += ["-e", f"inject={SYNCS}:signal=KILL:when={number}"]
        words = ("send", "daily", "--now")
        with ended(publication.start(*words, before=before, one_thread=True)) as process:
            code = process.wait(timeout=60)
        publication.crashes = int(code != 0)
        if not publication.is_composed():
            # Killed before the issue was frozen: nothing may have gone out, and it can be sent yet.
            assert sink.count == 0
            publication.run(*words)
        publication.finish()
        verdict = publication.verdict(sink)
        publication.check_books()
    return verdict if code else None


def count_syncs(folder: Path, strace: str) -> int:
    """Return about how many fsyncs an undisturbed send makes; how commits are grouped varies.

    All come from one thread by one system call, since strace counts each by itself.
    """
    with SinkProcess(folder / "log") as sink:
        publication = Publication(folder / "pub", sink.port, connections=2)
        publication.add_readers(SMALL)
        publication.add_readers(1, prefix="nobody")
        trace = folder / "trace"
        before = [strace, "-f", "-qq", "-o", str(trace), "-e", f"trace={SYNCS}"]
        words = ("send", "daily", "--now")
        with ended(publication.start(*words, before=before, one_thread=True)) as process:
            assert process.wait(timeout=60) == 0, publication.said()
    calls = Counter(line.partition("(")[0] for line in trace.read_text().splitlines())
    assert len(calls) == 1, f"the n-th call is not one point in time: {calls}"
    return calls.total()


def check_death_at(folder: Path, number: int, strace: str) -> Verdict | None:
    verdict = send_and_die_at(folder, number, strace)
    if verdict is not None:
        assert verdict.faults == (), f"killed at fsync {number}"
        assert verdict.open == 0
        assert verdict.taken >= SMALL
    return verdict


@slow
def test_killed_in_the_middle_of_a_commit_it_loses_nobody(tmp_path: Path) -> None:
    """The kill comes at an fsync half-way through a small send."""
    strace = needs_strace()
    half = count_syncs(tmp_path / "whole", strace) // 2
    assert check_death_at(tmp_path / "half", half, strace) is not None


@slow
def test_killed_at_every_single_fsync_it_loses_nobody(tmp_path: Path) -> None:
    """From the first one on, until a send comes through without being killed."""
    strace = needs_strace()
    begun_at = now_seconds()
    total = count_syncs(tmp_path / "whole", strace)
    assert total > SMALL
    repeats, number, verdict = 0, 0, None
    for number in range(1, 2 * total):
        verdict = check_death_at(tmp_path / str(number), number, strace)
        if verdict is None:
            break
        last = verdict
        repeats += verdict.crash_repeats
        shutil.rmtree(tmp_path / str(number))
    assert verdict is None, "there is always one more"
    assert number > total / 2
    report("fsync", last, kills=number - 1, repeats=repeats, seconds=now_seconds() - begun_at)


def test_a_second_daemon_is_refused_and_says_why(tmp_path: Path) -> None:
    """reliability.md, two daemons on SQLite; the first goes on undisturbed."""
    with SinkProcess(tmp_path / "log") as sink:
        publication = Publication(tmp_path / "pub", sink.port)
        publication.add_readers(40)
        with ended(publication.start("run")) as first:
            assert wait_until(lambda: "running" in publication.said())
            assert publication.run("run") == 4
            assert publication.run("run", "--once") == 4
            assert f"process {first.pid}" in publication.said()
            assert publication.run("send", "daily", "--now") == 0
            assert sink.wait_for(40)
            first.terminate()
            assert first.wait(timeout=30) == 0
        verdict = publication.verdict(sink)
    assert verdict.faults == ()
    assert verdict.taken == 40
