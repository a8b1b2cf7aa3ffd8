"""Due times: each is dealt with once, whoever comes."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

from store_samples import NOW, add_issue, at_once

from digest.model import Occurrence, OccurrenceState
from digest.store import occurrences
from digest.store.engine import Store, open_store

DUE = Occurrence("daily", "2026-11-24", NOW)

_CLAIMER = """
import sys
from datetime import datetime
from digest.model import Occurrence
from digest.store import occurrences
from digest.store.engine import open_store

store = open_store(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
due = datetime.fromisoformat(sys.argv[2])
for day in range(40):
    with store.write() as tx:
        if occurrences.claim(tx, Occurrence("daily", f"day {day}", due), due):
            print(day)
store.close()
"""


def test_only_the_first_claim_of_a_period_is_granted(store: Store) -> None:
    """The second one comes later, in the same transaction, or with another due time."""
    moved = Occurrence("daily", "2026-11-24", NOW + timedelta(hours=1))
    with store.write() as tx:
        assert occurrences.claim(tx, DUE, NOW)
        assert not occurrences.claim(tx, DUE, NOW)
    with store.write() as tx:
        assert not occurrences.claim(tx, moved, NOW)
        assert occurrences.claim(tx, Occurrence("weekly", "2026-11-24", NOW), NOW)
        assert occurrences.claim(tx, Occurrence("daily", "2026-11-25", NOW), NOW)
        assert occurrences.recent(tx, "weekly") == [Occurrence("weekly", "2026-11-24", NOW)]


def test_a_lost_claim_leaves_its_transaction_usable(store: Store) -> None:
    with store.write() as tx:
        occurrences.claim(tx, DUE, NOW)
    with store.write() as tx:
        assert not occurrences.claim(tx, DUE, NOW)
        occurrences.settle(tx, "daily", "2026-11-24", OccurrenceState.SKIPPED, reason="why")
    with store.read() as tx:
        assert [item.reason for item in occurrences.recent(tx, "daily")] == ["why"]


def test_of_four_threads_one_claims(store: Store) -> None:
    def claim(_: int) -> bool:
        with store.write() as tx:
            return occurrences.claim(tx, DUE, NOW)

    assert sorted(at_once(4, claim)) == [False, False, False, True]


def test_of_two_processes_one_claims(empty_url: str) -> None:
    store = open_store(empty_url)
    command = [sys.executable, "-c", _CLAIMER, empty_url, NOW.isoformat()]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own program
        for _ in range(2)
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate(timeout=30)[0].split() for process in started]
    assert [process.returncode for process in started] == [0, 0]
    assert sorted(int(day) for days in said for day in days) == list(range(40))
    with store.read() as tx:
        assert len(occurrences.recent(tx, "daily", limit=100)) == 40
    store.close()


def test_a_claim_that_is_rolled_back_is_free_again(store: Store) -> None:
    with store.write() as tx:
        occurrences.claim(tx, DUE, NOW)
        tx.rollback()
    with store.write() as tx:
        assert occurrences.claim(tx, DUE, NOW)


def test_what_was_claimed_and_not_settled_is_found_after_a_crash(store: Store) -> None:
    early = Occurrence("weekly", "2026-11-23", NOW - timedelta(days=1))
    with store.write() as tx:
        issue_id = add_issue(tx)
        occurrences.claim(tx, DUE, NOW)
        occurrences.claim(tx, early, NOW)
        assert occurrences.unsettled(tx) == [early, DUE]
        occurrences.settle(tx, "daily", "2026-11-24", OccurrenceState.COMPOSED, issue_id=issue_id)
        occurrences.settle(
            tx, "weekly", "2026-11-23", OccurrenceState.SKIPPED, reason="no new articles"
        )
        assert occurrences.unsettled(tx) == []
        assert occurrences.latest(tx, "daily") == Occurrence(
            "daily", "2026-11-24", NOW, OccurrenceState.COMPOSED
        )
        assert occurrences.latest(tx, "weekly") == Occurrence(
            "weekly", early.period, early.due_at, OccurrenceState.SKIPPED, "no new articles"
        )


def test_the_newest_are_listed_first(store: Store) -> None:
    days = [
        Occurrence("daily", f"2026-11-{day}", NOW + timedelta(days=day)) for day in (21, 23, 22)
    ]
    with store.write() as tx:
        for day in days:
            occurrences.claim(tx, day, NOW)
        assert occurrences.latest(tx, "weekly") is None
        assert [item.period for item in occurrences.recent(tx, "daily", limit=2)] == [
            "2026-11-23",
            "2026-11-22",
        ]
