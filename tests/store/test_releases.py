"""When an issue may go out, what was found in it, and who was asked."""

from __future__ import annotations

from datetime import timedelta

from store_samples import NOW, add_issue

from digest.model import Decision, IssueState
from digest.store import issues, releases
from digest.store.engine import Store
from digest.store.releases import Noted, Release

LATER = NOW + timedelta(hours=1)


def test_an_issue_without_a_row_is_not_held_back(store: Store) -> None:
    with store.write() as tx:
        issue_id = add_issue(tx)
        assert releases.held_back(tx, NOW) == set()
        assert releases.of(tx, issue_id) is None


def test_each_reason_holds_back_by_itself(store: Store) -> None:
    with store.write() as tx:
        early, unchecked, asked, free = (add_issue(tx, number=number) for number in range(1, 5))
        releases.add(tx, Release(early, LATER))
        releases.add(tx, Release(unchecked, NOW, check_by=LATER))
        releases.add(tx, Release(asked, NOW, deadline_at=LATER, default=Decision.HOLD))
        releases.add(tx, Release(free, NOW))
        assert releases.held_back(tx, NOW) == {early, unchecked, asked}
        assert releases.held_back(tx, LATER) == {asked}
        assert releases.unchecked(tx) == [unchecked]
        releases.set_checked(tx, unchecked, NOW)
        assert releases.unchecked(tx) == []
        assert releases.held_back(tx, NOW) == {early, asked}
        assert releases.undecided(tx, NOW) == []
        (due,) = releases.undecided(tx, LATER)
        assert due.issue_id == asked
        assert due.is_asked
        releases.decide(tx, asked, Decision.SEND, "ed@news.example", NOW)
        assert releases.held_back(tx, NOW) == {early}
        assert releases.undecided(tx, LATER) == []


def test_only_issues_that_could_go_out_are_looked_at(store: Store) -> None:
    with store.write() as tx:
        issue_id = add_issue(tx)
        release = Release(issue_id, NOW, LATER, None, NOW, Decision.SEND)
        releases.add(tx, release)
        issues.move(tx, issue_id, IssueState.HELD, if_in={IssueState.COMPOSED})
        assert releases.held_back(tx, NOW) == set()
        assert releases.unchecked(tx) == []
        assert releases.undecided(tx, LATER) == []


def test_a_decision_about_an_issue_without_a_row_is_kept_too(store: Store) -> None:
    with store.write() as tx:
        issue_id = add_issue(tx)
        releases.decide(tx, issue_id, Decision.HOLD, "operator", NOW)
        assert releases.of(tx, issue_id) == Release(
            issue_id, NOW, decision=Decision.HOLD, decided_by="operator", decided_at=NOW
        )


def test_findings_are_added_after_those_that_are_there(store: Store) -> None:
    found = [Noted("size", "error", "too large"), Noted("subject", "warning", "long", "de")]
    with store.write() as tx:
        issue_id = add_issue(tx)
        releases.add_findings(tx, issue_id, [])
        releases.add_findings(tx, issue_id, found[:1])
        releases.add_findings(tx, issue_id, found[1:])
        assert releases.findings_of(tx, issue_id) == found


def test_editors_are_known_by_the_number_of_their_link(store: Store) -> None:
    with store.write() as tx:
        issue_id = add_issue(tx)
        one = releases.add_editor(tx, issue_id, "ed@news.example")
        two = releases.add_editor(tx, issue_id, "eve@news.example")
        assert releases.editors_of(tx, issue_id) == [one, two]
        assert releases.editor(tx, two.id) == two
        assert releases.editor(tx, 99) is None
