"""Which is newer, the database or its journal; and rows kept outside of the database."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import JSON, Column, Integer, LargeBinary, MetaData, Table, Text, text
from store_samples import LEASE, NOW, add_people, add_person, freeze_issue, result_of

from digest.errors import RestoredError, StoreError
from digest.journal import Journal
from digest.model import DeliveryState, IssueState, SubscriptionState
from digest.model.facts import (
    Audience,
    Begun,
    Consented,
    Fact,
    Lifted,
    Moved,
    Settled,
    Suppressed,
    short_hash,
)
from digest.store import (
    claims,
    deliveries,
    facts,
    generation,
    issues,
    settings,
    subscribers,
    suppressions,
)
from digest.store.catchup import catch_up, require_current, why_held
from digest.store.engine import Store, Transaction, open_store
from digest.store.generation import FactLog, Standing
from digest.store.portable import from_portable, to_portable
from digest.store.schema import Utc
from digest.store.subscribers import Consent

SAMPLE = Table(
    "sample",
    MetaData(),
    Column("id", Integer),
    Column("at", Utc),
    Column("data", LargeBinary),
    Column("list", JSON),
    Column("text", Text),
)


@pytest.fixture
def journal(store: Store, tmp_path: Path) -> Journal:
    found = Journal(tmp_path / "digest.journal")
    store.fact_log = found
    return found


def standing(store: Store) -> Standing:
    assert store.fact_log is not None
    with store.read() as tx:
        return generation.standing(tx, store.fact_log)


def facts_of(journal: Journal) -> list[Fact]:
    return list(journal.facts())


@given(
    st.fixed_dictionaries(
        {
            "id": st.integers(),
            "at": st.none() | st.datetimes(timezones=st.just(UTC)),
            "data": st.none() | st.binary(),
            "list": st.lists(st.text()) | st.dictionaries(st.text(), st.integers()),
            "text": st.none() | st.text(),
        }
    )
)
@example({"id": 1, "at": NOW, "data": b"\0\xff", "list": ["a"], "text": ""})
def test_a_row_kept_elsewhere_comes_back_as_it_was(row: dict[str, object]) -> None:
    assert from_portable(SAMPLE, to_portable(SAMPLE, row)) == row


def test_columns_that_one_side_lacks_are_left_out() -> None:
    """What one release wrote the next can read."""
    assert to_portable(SAMPLE, {"id": 1, "other": 2}) == {"id": 1}
    assert from_portable(SAMPLE, {"id": 1, "other": 2}) == {"id": 1}


def test_a_transaction_without_facts_writes_no_journal(store: Store, journal: Journal) -> None:
    with store.write() as tx:
        add_person(tx, "ada", None)
    assert not journal.exists
    assert standing(store) == Standing(0, 0)
    assert why_held(store) == ""


def test_each_transaction_with_facts_moves_both_by_one(store: Store, journal: Journal) -> None:
    for name in ("ada", "bob"):
        with store.write() as tx:
            add_person(tx, name)
    assert standing(store) == Standing(2, 2, base=1)
    assert facts_of(journal) == [
        Consented(short_hash(f"hash of {name}"), "daily", SubscriptionState.CONFIRMED, NOW)
        for name in ("ada", "bob")
    ]


def test_all_that_must_not_be_forgotten_is_noted(store: Store, journal: Journal) -> None:
    with store.write() as tx:
        add_people(tx, 3)
        issue_id = freeze_issue(tx)
    for _ in range(2):
        with store.write() as tx:
            for state in (IssueState.PAUSED, IssueState.SENDING):
                issues.move(tx, issue_id, state, if_in=set(IssueState))
    with store.write() as tx:
        first, second, third = claims.claim(tx, issue_id, 3, NOW, NOW)
        claims.settle(
            tx,
            [
                result_of(first),
                result_of(second, DeliveryState.DEFERRED, next_attempt_at=NOW),
                result_of(third, DeliveryState.UNCERTAIN, next_attempt_at=NOW),
            ],
        )
        subscribers.suppress(tx, "hash", NOW, "complaint", "report")
        subscribers.suppress(tx, "hash", NOW, "bounce", "the first reason stays")
        suppressions.lift(tx, "hash")
        suppressions.lift(tx, "hash")
    noted = [fact for fact in facts_of(journal) if not isinstance(fact, Consented)]
    people = [short_hash(f"hash of daily-{place:04}") for place in (1, 2, 3)]
    begun = next(fact for fact in noted if isinstance(fact, Begun))
    name = begun.name
    assert (name.briefing, name.number, name.composed_at) == ("daily", 1, NOW)
    assert (begun.period, begun.due_at, begun.articles) == ("period 1", None, ())
    assert [item["name"] for item in begun.variants] == ["en"]
    assert noted == [
        Moved(name, IssueState.PAUSED),
        begun,
        Audience(name, "en", tuple(people)),
        Moved(name, IssueState.SENDING),
        Moved(name, IssueState.PAUSED),
        Moved(name, IssueState.SENDING),
        Settled(name, DeliveryState.ACCEPTED, (people[0],)),
        Settled(name, DeliveryState.UNCERTAIN, (people[2],)),
        Suppressed("hash", NOW, "complaint", "report"),
        Lifted("hash"),
    ]


def test_a_large_audience_is_noted_in_parts(
    store: Store, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.store.facts._AUDIENCE_CHUNK", 2)
    with store.write() as tx:
        add_people(tx, 5)
        issue_id = freeze_issue(tx)
        issues.move(tx, issue_id, IssueState.SENDING, if_in=set(IssueState))
    parts = [fact.people for fact in facts_of(journal) if isinstance(fact, Audience)]
    assert [len(part) for part in parts] == [2, 2, 1]
    assert len({person for part in parts for person in part}) == 5


class BrokenLog(Journal):
    """A journal on a disk that is full, or that cannot be read."""

    def append(self, position: int, facts: Sequence[Fact], *, base: int | None = None) -> None:
        """Fail."""
        assert base in {None, position - 1}
        raise OSError(errno.ENOSPC, f"No space left for {len(facts)} facts at {position}")

    def tail(self) -> int:
        """Fail if there is something to read."""
        if self.exists and self.folder.joinpath("unreadable").exists():
            raise OSError(errno.EIO, "Input/output error")
        return super().tail()


def test_nothing_is_committed_that_the_journal_could_not_take(store: Store, tmp_path: Path) -> None:
    """reliability.md: no sending without a working commit."""
    log = BrokenLog(tmp_path / "digest.journal")
    store.fact_log = log
    with pytest.raises(StoreError, match="No space left for 1 facts"), store.write() as tx:
        add_person(tx, "ada")
    with store.read() as tx:
        assert not subscribers.exist(tx)
    (log.folder / "unreadable").touch()
    with pytest.raises(StoreError, match="journal beside the database cannot be read"):
        standing(store)


def test_a_database_that_is_behind_stays_behind_whatever_is_written(
    store: Store, journal: Journal
) -> None:
    """Who leaves while sending is held is in the journal too, and the rest is still to replay."""
    journal.folder.mkdir()
    for position in range(1, 4):
        assert journal.id
        journal.append(position, [Lifted("hash")])
    assert standing(store).is_restored
    with pytest.raises(RestoredError, match="older than its journal"):
        require_current(store)
    with store.write() as tx:
        add_person(tx, "ada")
    assert standing(store) == Standing(0, 4, base=2)
    with pytest.raises(RestoredError):
        catch_up(store, NOW, None)


def test_who_leaves_after_a_crash_before_anything_caught_up_does_not_hold_sending(
    store: Store, journal: Journal
) -> None:
    """reliability.md, kill -9: the sender is killed between the journal and the commit."""
    with store.write() as tx:
        ada = add_person(tx, "ada")
    journal.append(journal.tail() + 1, [Suppressed("hash", NOW, "bounce", "")])
    with store.write() as tx:
        gone = Consent(ada, "daily", NOW, SubscriptionState.UNSUBSCRIBED, "web", "")
        subscribers.set_state(tx, gone)
    with store.write() as tx:
        add_person(tx, "bea")
    assert standing(store) == Standing(1, 4, base=1)
    require_current(store)
    catch_up(store, NOW, None)
    assert standing(store) == Standing(4, 4, base=1)
    with store.read() as tx:
        assert subscribers.is_suppressed(tx, "hash")
        found = subscribers.subscription(tx, ada, "daily")
    assert found is not None
    assert found.state is SubscriptionState.UNSUBSCRIBED


class FullDiskError(Exception):
    """What a commit fails with here."""


@pytest.mark.usefixtures("journal")
def test_commits_that_failed_do_not_hold_sending_at_the_next_start(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """reliability.md, disk full: it goes on by itself, also after a restart; all is replayed."""
    with store.write() as tx:
        add_person(tx, "ada")
    whole = generation.record

    def fail(tx: Transaction, log: FactLog, noted: Sequence[Fact]) -> None:
        whole(tx, log, noted)
        raise FullDiskError

    monkeypatch.setattr(generation, "record", fail)
    for place in range(3):
        with pytest.raises(FullDiskError), store.write() as tx:
            subscribers.suppress(tx, f"hash {place}", NOW, "bounce", "")
    monkeypatch.undo()
    assert standing(store) == Standing(1, 4, base=1)
    catch_up(store, NOW, None)
    with store.read() as tx:
        assert all(subscribers.is_suppressed(tx, f"hash {place}") for place in range(3))


def test_a_backup_is_told_from_a_crash_though_others_wrote_after_that(
    store: Store, journal: Journal
) -> None:
    """What was written to the newer database is known to have been there."""
    with store.write() as tx:
        add_person(tx, "ada")
    catch_up(store, NOW, None)
    for name in ("bea", "cyn"):
        with store.write() as tx:
            add_person(tx, name)
    with store.write() as tx:
        generation.put(tx, journal.id, 1)  # as in the backup
    store.is_current = False
    assert standing(store).is_restored
    with store.write() as tx:
        add_person(tx, "dan")
    assert standing(store) == Standing(1, 4, base=2)
    assert "older than its journal (by 3 transactions)" in why_held(store)


class BusyLog(Journal):
    """A journal whose database another process writes to just when somebody looks."""

    def __init__(self, folder: Path, others: Store) -> None:
        """Let *others* write."""
        super().__init__(folder)
        self.others = others
        self.names: list[str] = []
        """Of people that are added, one a transaction, before the next look."""

    def tail(self) -> int:
        """Let another process commit first."""
        while self.names:
            with self.others.write() as tx:
                add_person(tx, self.names.pop())
        return super().tail()


def test_a_database_that_others_write_to_is_not_taken_for_a_restored_one(tmp_path: Path) -> None:
    """A command that looks while the daemon sends."""
    url = f"sqlite:///{tmp_path}/digest.sqlite3"
    here, there = open_store(url), open_store(url)
    log = BusyLog(tmp_path / "digest.journal", there)
    here.fact_log = log
    there.fact_log = Journal(tmp_path / "digest.journal")
    with there.write() as tx:
        add_person(tx, "ada")
    log.names = ["bea", "cyn"]
    assert standing(here).is_restored
    log.names = ["dan", "eve"]
    require_current(here)
    assert log.names == []
    here.close()
    there.close()


def test_a_journal_that_cannot_be_read_the_second_time_is_said_to_be(
    store: Store, tmp_path: Path
) -> None:
    log = BrokenLog(tmp_path / "digest.journal")
    store.fact_log = log
    for position in range(1, 4):
        assert log.id
        Journal.append(log, position, [Lifted("hash")])

    class Failing(BrokenLog):
        looks = 0

        def tail(self) -> int:
            self.looks += 1
            if self.looks > 1:
                raise OSError(errno.EIO, "Input/output error")
            return Journal.tail(self)

    store.fact_log = Failing(tmp_path / "digest.journal")
    with pytest.raises(StoreError, match="journal beside the database cannot be read"):
        why_held(store)


def test_a_journal_that_is_behind_is_overtaken(store: Store, journal: Journal) -> None:
    """The database has it all; its next position is one that the journal never had."""
    with store.write() as tx:
        generation.put(tx, journal.id, 7)
    assert standing(store).why_held == ""
    with store.write() as tx:
        add_person(tx, "ada")
    assert standing(store) == Standing(8, 8, base=7)


def test_what_a_process_missed_while_it_runs_is_caught_up_with(
    store: Store, journal: Journal
) -> None:
    """A commit that failed leaves the journal ahead; this process knows nothing was restored."""
    with store.write() as tx:
        add_person(tx, "ada")
    catch_up(store, NOW, None)
    for position in (2, 3, 4):
        journal.append(position, [Suppressed(f"hash {position}", NOW, "bounce", "")])
    assert standing(store).ahead == 3
    catch_up(store, NOW, None)
    assert standing(store) == Standing(4, 4, base=3)
    with store.read() as tx:
        assert all(subscribers.is_suppressed(tx, f"hash {place}") for place in (2, 3, 4))


def test_a_missing_journal_is_told_where_one_process_owns_the_database(
    store: Store, journal: Journal, tmp_path: Path
) -> None:
    """Where hosts share a database each has its own, and one that has none is new."""
    with store.write() as tx:
        add_person(tx, "ada")
    store.fact_log = Journal(tmp_path / "elsewhere")
    assert standing(store).is_missing is store.is_sqlite
    with store.write() as tx:
        add_person(tx, "bob")
    assert store.fact_log.exists is not store.is_sqlite
    assert journal.tail() == 1


def test_a_damaged_journal_that_cannot_be_read_stops_catching_up(
    store: Store, tmp_path: Path
) -> None:
    log = BrokenPruning(tmp_path / "digest.journal")
    store.fact_log = log
    with pytest.raises(StoreError, match="cannot be read"):
        catch_up(store, NOW, None)


class BrokenPruning(Journal):
    """A journal whose files cannot be removed."""

    def prune(self, now: datetime) -> int:
        """Fail."""
        raise OSError(errno.EACCES, f"not at {now}")


def test_a_store_without_a_journal_is_never_held(store: Store) -> None:
    catch_up(store, NOW, None)
    require_current(store)
    assert why_held(store) == ""


def test_who_came_on_the_do_not_mail_record_since_the_freeze_is_told(store: Store) -> None:
    """reliability.md: checked again just before MAIL, like those who left."""
    with store.write() as tx:
        ada, _bob = add_person(tx, "ada"), add_person(tx, "bob")
        subscribers.suppress(tx, "hash of ada", NOW, "complaint", "")
        tx.execute(text("SELECT 1"))
        left = deliveries.left_since(tx, "daily", NOW)
        found = subscribers.subscription(tx, ada, "daily")
        assert found is not None
        assert left == {found.id: "on the do-not-mail record"}


def test_results_that_say_whose_they_are_are_noted_as_those_that_do_not(
    store: Store, journal: Journal
) -> None:
    """What a sender knows of its claims need not be looked up again; the facts are the same."""
    with store.write() as tx:
        add_people(tx, 4)
        issue_id = freeze_issue(tx)
        issues.move(tx, issue_id, IssueState.SENDING, if_in={IssueState.COMPOSED})
        name = facts.name_of(tx, issue_id)
        made = deliveries.claim(tx, issue_id, 4, NOW, NOW + LEASE)
    before = journal.tail()
    kept: list[tuple[Fact, ...]] = []
    for one, other in (made[:2], made[2:]):
        known = replace(result_of(one, DeliveryState.ACCEPTED), issue=name, person=one.person)
        unknown = result_of(other, DeliveryState.ACCEPTED)
        with store.write() as tx:
            assert deliveries.settle(tx, [known, unknown, replace(known)]) == [one.id]
        kept.append(tuple(journal.facts(before)))
        before = journal.tail()
    for found, (one, other) in zip(kept, (made[:2], made[2:]), strict=True):
        assert found == tuple(
            Settled(name, DeliveryState.ACCEPTED, (claim.person,)) for claim in (one, other)
        )


def test_threads_of_a_process_take_turns_to_write(tmp_path: Path) -> None:
    """A write that another thread has begun is waited for, however many wait."""
    store = open_store(f"sqlite:///{tmp_path / 'digest.sqlite3'}")

    def count() -> None:
        for _ in range(25):
            with store.write() as tx:
                settings.count_up(tx, "turns")

    threads = [Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as tx:
        assert settings.get(tx, "turns") == "100"
    store.close()
