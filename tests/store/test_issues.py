"""Issues: frozen, numbered, and never with an article that was mailed before."""

from __future__ import annotations

from datetime import timedelta

import pytest
from samples import sample_article
from sqlalchemy.exc import IntegrityError
from store_samples import NOW, add_article, add_issue, at_once

from digest.model import Issue, IssueState
from digest.store import articles, issues
from digest.store.engine import Store
from digest.store.issues import ArticleInIssue, NewIssue, Placed, Variant

LATER = NOW + timedelta(days=2)


def test_an_issue_is_read_back_as_it_was_written(store: Store) -> None:
    new = NewIssue("daily", "2026-11-24", "Ünïcode 📰", NOW, LATER, "main")
    with store.write() as tx:
        issue_id = issues.add(tx, new, 7)
        issues.set_candidates(tx, issue_id, 3)
        wanted = Issue(
            id=issue_id,
            briefing="daily",
            number=7,
            period="2026-11-24",
            subject="Ünïcode 📰",
            state=IssueState.COMPOSED,
            composed_at=NOW,
            expires_at=LATER,
            finished_at=None,
            relay="main",
            candidates=3,
        )
        assert issues.get(tx, issue_id) == wanted
        assert issues.find(tx, "daily", 7) == wanted
        assert issues.get(tx, issue_id + 1) is None
        assert issues.find(tx, "daily", 1) is None
        assert issues.find(tx, "weekly", 7) is None


def test_numbers_go_up_within_each_briefing(store: Store) -> None:
    with store.write() as tx:
        assert issues.next_number(tx, "daily") == 1
        add_issue(tx, number=1)
        add_issue(tx, number=2)
        add_issue(tx, briefing="weekly", number=1)
        assert issues.next_number(tx, "daily") == 3
        assert issues.next_number(tx, "weekly") == 2


@pytest.mark.parametrize(("period", "number"), [("period 1", 2), ("period 2", 1)])
def test_a_briefing_has_one_issue_of_a_number_and_of_a_period(
    store: Store, period: str, number: int
) -> None:
    with store.write() as tx:
        add_issue(tx, number=1)
    with pytest.raises(IntegrityError), store.write() as tx:
        issues.add(tx, NewIssue("daily", period, "S", NOW, LATER, "main"), number)


def test_an_article_is_never_in_two_issues_of_a_briefing(store: Store) -> None:
    """design.md 5: UNIQUE, so that it is mailed at most once whatever the code does."""
    with store.write() as tx:
        sequence = add_article(tx)
        first, second = add_issue(tx, number=1), add_issue(tx, number=2)
        weekly = add_issue(tx, briefing="weekly")
        placed = [Placed(sequence, 1, 0, "lead")]
        issues.add_articles(tx, first, "daily", placed)
        issues.add_articles(tx, weekly, "weekly", placed)
        issues.add_articles(tx, second, "daily", [])
    with pytest.raises(IntegrityError), store.write() as tx:
        issues.add_articles(tx, second, "daily", placed)
    with store.read() as tx:
        assert issues.used_articles(tx, "daily") == {sequence}
        assert issues.used_articles(tx, "weekly") == {sequence}
        assert issues.used_articles(tx, "monthly") == set()
        assert issues.articles_of(tx, second) == []


def test_an_issue_shows_the_revision_that_it_was_frozen_with(store: Store) -> None:
    """reliability.md, faults: article edited or withdrawn after the freeze."""
    with store.write() as tx:
        first, second = add_article(tx, 1), add_article(tx, 2)
        issue_id = add_issue(tx)
        placed = [Placed(second, 1, 1, "section"), Placed(first, 1, 0, "lead")]
        issues.add_articles(tx, issue_id, "daily", placed)
    with store.write() as tx:
        changed = sample_article(1, title="Something else")
        articles.revise(tx, first, changed, digest="other", seen_at=LATER)
        articles.withdraw(tx, first, LATER, "a mistake")
    with store.read() as tx:
        shown = issues.articles_of(tx, issue_id)
        mailed = issues.issues_with(tx, first)
        [newest] = articles.load(tx, [first])
    title = sample_article(1).title
    assert shown[0] == ArticleInIssue(issue_id, "daily", 1, "period 1", "lead", 1, title, first)
    assert [item.sequence for item in shown] == [first, second]
    assert mailed == shown[:1]
    assert newest.title == "Something else"


def test_where_an_article_was_mailed_is_told_oldest_first(store: Store) -> None:
    with store.write() as tx:
        sequence = add_article(tx)
        for briefing in ("weekly", "daily"):
            issue_id = add_issue(tx, briefing=briefing)
            issues.add_articles(tx, issue_id, briefing, [Placed(sequence, 1, 0, "more")])
        assert [item.briefing for item in issues.issues_with(tx, sequence)] == ["weekly", "daily"]
        assert issues.issues_with(tx, sequence + 1) == []


def test_variants_keep_their_bytes(store: Store) -> None:
    every_byte = bytes(range(256)) * 300
    variants = [Variant("en", every_byte, "<p>é</p>", "é"), Variant("de", b"", "", "")]
    with store.write() as tx:
        issue_id = add_issue(tx)
        ids = [issues.add_variant(tx, issue_id, variant) for variant in variants]
        assert issues.variants_of(tx, issue_id) == dict(zip(ids, variants, strict=True))
        assert issues.variants_of(tx, issue_id + 1) == {}


def test_issues_are_listed_newest_first(store: Store) -> None:
    with store.write() as tx:
        made = [add_issue(tx, number=number) for number in (1, 2, 3)]
        made.append(add_issue(tx, briefing="weekly"))
        assert [issue.id for issue in issues.list_issues(tx)] == made[::-1]
        assert [issue.id for issue in issues.list_issues(tx, "daily", 2)] == [made[2], made[1]]


def test_issues_are_found_by_their_states_oldest_first(store: Store) -> None:
    with store.write() as tx:
        first, second, third = (add_issue(tx, number=number) for number in (1, 2, 3))
        issues.move(tx, second, IssueState.HELD, if_in={IssueState.COMPOSED})
        issues.move(tx, third, IssueState.SENDING, if_in={IssueState.COMPOSED})
        wanted = {IssueState.COMPOSED, IssueState.SENDING}
        assert [issue.id for issue in issues.in_states(tx, wanted)] == [first, third]
        assert issues.in_states(tx, {IssueState.CANCELLED}) == []
        assert issues.in_states(tx, ()) == []


def test_an_issue_moves_only_from_the_states_that_are_named(store: Store) -> None:
    with store.write() as tx:
        issue_id = add_issue(tx)
        sending = {IssueState.SENDING}
        assert not issues.move(tx, issue_id, IssueState.FINISHED, if_in=sending, finished_at=NOW)
        assert issues.move(tx, issue_id, IssueState.SENDING, if_in={IssueState.COMPOSED})
        assert issues.move(tx, issue_id, IssueState.FINISHED, if_in=sending, finished_at=LATER)
        assert not issues.move(tx, issue_id + 1, IssueState.HELD, if_in=set(IssueState))
        found = issues.get(tx, issue_id)
    assert found is not None
    assert (found.state, found.finished_at) == (IssueState.FINISHED, LATER)


def test_one_of_two_that_move_an_issue_at_once_does(store: Store) -> None:
    with store.write() as tx:
        issue_id = add_issue(tx)

    def start(_: int) -> bool:
        with store.write() as tx:
            return issues.move(tx, issue_id, IssueState.SENDING, if_in={IssueState.COMPOSED})

    assert sorted(at_once(3, start)) == [False, False, True]


def test_periods_are_found_by_how_they_begin(store: Store) -> None:
    with store.write() as tx:
        for number, period in enumerate(["2026-11-24", "2026-11-24/2", "2026-11-25", "a%b"], 1):
            issues.add(tx, NewIssue("daily", period, "S", NOW, LATER, "main"), number)
        assert issues.periods_of(tx, "daily", "2026-11-24") == {"2026-11-24", "2026-11-24/2"}
        assert issues.periods_of(tx, "daily", "a%") == {"a%b"}
        assert issues.periods_of(tx, "daily", "%") == set()
        assert issues.periods_of(tx, "weekly", "2026") == set()


def test_an_issue_cannot_point_to_an_article_that_is_not_there(store: Store) -> None:
    with pytest.raises(IntegrityError), store.write() as tx:
        issues.add_articles(tx, add_issue(tx), "daily", [Placed(99, 1, 0, "lead")])
