"""Accounts of the desk, sessions, counts of wrong passwords, and the log, on both engines."""

from __future__ import annotations

from datetime import timedelta

from store_samples import NOW

from digest.model import Role
from digest.store import desk
from digest.store.desk import Action, Failures
from digest.store.engine import Store

LATER = NOW + timedelta(hours=1)


def test_setting_an_account_again_ends_its_sessions(store: Store) -> None:
    with store.write() as tx:
        one = desk.put(tx, "ines", Role.EDITOR, "hash", NOW)
        desk.begin(tx, "s1", one.id, NOW)
        desk.know_device(tx, "d1", one.id, NOW)
        desk.know_device(tx, "d1", one.id, LATER)
        assert desk.is_known(tx, "d1", "ines")
        assert not desk.is_known(tx, "d1", "tom")
        found = desk.session(tx, "s1")
        assert found is not None
        assert (found.account, found.seen_at) == (one, NOW)
        desk.see(tx, "s1", LATER)
        again = desk.put(tx, "ines", Role.OPERATOR, "other", LATER)
        assert (again.id, again.role, again.created_at) == (one.id, Role.OPERATOR, NOW)
        assert desk.session(tx, "s1") is None
        assert not desk.is_known(tx, "d1", "ines")
        assert desk.count_accounts(tx) == 1
        assert desk.remove(tx, "ines")
        assert not desk.remove(tx, "ines")
        assert desk.accounts(tx) == []


def test_failures_are_counted_taken_back_and_forgiven(store: Store) -> None:
    with store.write() as tx:
        assert desk.failures(tx, "a", NOW) == Failures(0, NOW)
        desk.count_failure(tx, ["a", "b"], LATER)
        desk.count_failure(tx, ["a"], LATER)
        desk.take_back(tx, ["a", "b"])
        desk.take_back(tx, ["b"])
        assert desk.failures(tx, "a", NOW) == Failures(1, LATER)
        assert desk.failures(tx, "b", NOW) == Failures(0, LATER)
        desk.forgive(tx, ["a"])
        assert desk.failures(tx, "a", NOW) == Failures(0, NOW)


def test_what_is_old_is_cleaned_away(store: Store) -> None:
    with store.write() as tx:
        one = desk.put(tx, "ines", Role.EDITOR, "hash", NOW)
        desk.begin(tx, "old", one.id, NOW)
        desk.begin(tx, "idle", one.id, LATER)
        desk.see(tx, "idle", NOW)
        desk.begin(tx, "good", one.id, LATER)
        desk.know_device(tx, "d", one.id, NOW)
        desk.count_failure(tx, ["a"], NOW)
        desk.clean(tx, attempts=LATER, sessions=LATER, idle=LATER, devices=LATER)
        there = [name for name in ("old", "idle", "good") if desk.session(tx, name)]
        assert there == ["good"]
        assert not desk.is_known(tx, "d", "ines")
        assert desk.failures(tx, "a", LATER) == Failures(0, LATER)
        desk.end(tx, "good")
        assert desk.session(tx, "good") is None


def test_the_log_is_read_from_the_newest_on(store: Store) -> None:
    with store.write() as tx:
        for number in range(5):
            who = ("ines", "tom")[number % 2]
            desk.note(tx, Action(0, NOW, who, "hold", f"daily/{number}", "x" * 5000))
        found = desk.actions(tx, limit=2)
        assert [item.about for item in found] == ["daily/4", "daily/3"]
        assert len(found[0].detail) == 2000
        assert [item.about for item in desk.actions(tx, before=found[1].id, who="ines")] == [
            "daily/2",
            "daily/0",
        ]
        assert [item.who for item in desk.actions(tx, about="daily/1")] == ["tom"]
