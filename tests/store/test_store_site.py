"""What the site asks of the database, on each engine."""

from __future__ import annotations

from datetime import timedelta

from samples import sample_article
from store_samples import NOW, add_article, add_people, freeze_issue

from digest.model import IssueState
from digest.store import alerts, articles, figures, issues, site
from digest.store.engine import Store
from digest.store.issues import Variant


def test_every_address_that_an_article_had_is_known(store: Store) -> None:
    with store.write() as tx:
        first, second = add_article(tx, 1), add_article(tx, 2)
        for step, url in enumerate(("https://a.example/x", "https://a.example/y"), start=1):
            article = sample_article(1, url=url)
            at = NOW + timedelta(hours=step)
            articles.revise(tx, first, article, digest=f"d{step}", seen_at=at)
    with store.read() as tx:
        found = site.addresses(tx)
    old = sample_article(1).url
    assert found.now == {first: "https://a.example/y", second: sample_article(2).url}
    assert found.ever == {
        old: first,
        "https://a.example/x": first,
        "https://a.example/y": first,
        sample_article(2).url: second,
    }


def test_an_address_that_was_taken_over_belongs_to_who_had_it_last(store: Store) -> None:
    shared = "https://a.example/shared"
    with store.write() as tx:
        first, second = add_article(tx, 1), add_article(tx, 2)
        for number, sequence in ((2, second), (1, first)):
            at = NOW + timedelta(hours=number)
            article = sample_article(number, url=shared)
            articles.revise(tx, sequence, article, digest="d", seen_at=at)
    with store.read() as tx:
        assert site.addresses(tx).ever[shared] == second


def test_the_stamp_changes_with_whatever_the_site_shows(store: Store) -> None:
    seen = []

    def look() -> None:
        with store.read() as tx:
            seen.append(site.stamp(tx))

    look()
    with store.write() as tx:
        sequence = add_article(tx, 1)
    look()
    with store.write() as tx:
        articles.revise(tx, sequence, sample_article(1), digest="d2", seen_at=NOW)
    look()
    with store.write() as tx:
        articles.withdraw(tx, sequence, NOW, "wrong")
    look()
    with store.write() as tx:
        articles.place(tx, sequence, path="1.md", slug=None)
    look()
    with store.write() as tx:
        issue_id = freeze_issue(tx)
    look()
    with store.write() as tx:
        issues.move(tx, issue_id, IssueState.SENDING, if_in=[IssueState.COMPOSED])
    look()
    assert len(set(seen)) == len(seen)
    look()
    assert seen[-1] == seen[-2]


def test_issues_are_shown_once_mails_of_them_go_out(store: Store) -> None:
    with store.write() as tx:
        add_people(tx, 1)
        first, second = freeze_issue(tx, number=1), freeze_issue(tx, number=2)
    with store.read() as tx:
        assert site.shown_issues(tx) == []
    with store.write() as tx:
        for issue_id, state in ((first, IssueState.FINISHED), (second, IssueState.SENDING)):
            issues.move(tx, issue_id, state, if_in=[IssueState.COMPOSED])
        issues.add_variant(tx, first, Variant("later", b"", "<p>later</p>", ""))
    with store.read() as tx:
        assert [issue.number for issue in site.shown_issues(tx)] == [2, 1]
        assert site.issue_html(tx, first) != "<p>later</p>"
        assert site.issue_html(tx, 999_999) is None


def test_figures_are_counts_by_state(store: Store) -> None:
    with store.write() as tx:
        add_people(tx, 3)
        sequence = add_article(tx, 1)
        add_article(tx, 2)
        articles.withdraw(tx, sequence, NOW, "wrong")
        issue_id = freeze_issue(tx)
        alerts.raise_alert(tx, "x", "y", NOW)
    with store.read() as tx:
        assert figures.articles_by_state(tx) == {"published": 1, "withdrawn": 1}
        assert figures.subscriptions_by_state(tx) == {("daily", "confirmed"): 3}
        assert figures.issues_by_state(tx) == {("daily", "composed"): 1}
        assert figures.deliveries_by_state(tx, 0) == {"queued": 3}
        assert figures.deliveries_by_state(tx, issue_id) == {}
        assert figures.open_alerts(tx) == 1
