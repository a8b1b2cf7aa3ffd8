"""What an operator looks at: issues, growth, sources, relays, as values of one moment."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from fakes import NOW, Desk, compose_issue, make_config
from store_samples import add_people, add_person, consent_to, freeze_issue

from digest.clock import ManualClock
from digest.errors import NotFoundError
from digest.model import (
    DeliveryState,
    IssueState,
    Occurrence,
    OccurrenceState,
    SubscriptionState,
)
from digest.steps.deliver import Watch, report_relays
from digest.steps.deliver.memory import key_of
from digest.steps.gather import pause_source, report_source, report_sources, resume_source
from digest.steps.overview import Ledgers, find_issue, growth_of, issues_page, view_issue
from digest.store import (
    alerts,
    deliveries,
    feedback,
    issues,
    occurrences,
    pacing,
    settings,
    subscribers,
)
from digest.store import sources as stored_sources
from digest.store.engine import Store

DAY = timedelta(days=1)


def test_issues_come_with_their_ledgers_and_with_what_came_to_nothing(
    sqlite_store: Store,
) -> None:
    with sqlite_store.write() as tx:
        add_people(tx, 3)
        freeze_issue(tx)
        freeze_issue(tx, briefing="weekly")
        missed = Occurrence("daily", "2026-11-23", NOW - DAY)
        occurrences.claim(tx, missed, NOW)
        skipped = OccurrenceState.SKIPPED
        occurrences.settle(tx, "daily", "2026-11-23", skipped, reason="nothing is new")
    found = issues_page(sqlite_store, Ledgers(), ["daily", "weekly"])
    assert [(item.issue.briefing, item.ledger.open) for item in found.page.items] == [
        ("weekly", 0),
        ("daily", 3),
    ]
    assert [item.reason for item in found.skipped] == ["nothing is new"]
    only = issues_page(sqlite_store, Ledgers(), ["daily"], states=[IssueState.COMPOSED])
    assert [item.issue.briefing for item in only.page.items] == ["daily"]
    assert only.skipped == ()


def test_ledgers_of_issues_that_are_over_are_counted_once(sqlite_store: Store) -> None:
    ledgers = Ledgers()
    with sqlite_store.write() as tx:
        (person,) = add_people(tx, 1)
        first, second = freeze_issue(tx), freeze_issue(tx, number=2)
        deliveries.cancel(tx, first, NOW)
        issues.move(tx, first, IssueState.CANCELLED, if_in=set(IssueState), finished_at=NOW)
        assert person

    def counted() -> dict[int, int]:
        with sqlite_store.read() as tx:
            found = ledgers.of(tx, [item for i in (first, second) if (item := issues.get(tx, i))])
        return {key: item.counts[DeliveryState.CANCELLED] for key, item in found.items()}

    assert counted() == {first: 1, second: 0}
    with sqlite_store.write() as tx:
        deliveries.cancel(tx, second, NOW)
        # Not possible, but it shows what is remembered: the first is not counted again.
        tx.exec_driver_sql("DELETE FROM deliveries WHERE issue_id = ?", (first,))
    assert counted() == {first: 1, second: 1}


def test_one_issue_is_told_with_all_that_became_of_it(sqlite_store: Store, tmp_path: Path) -> None:
    desk = Desk(sqlite_store, tmp_path)
    compose_issue(desk, ["ada@example.org", "bob@example.org"])
    with sqlite_store.read() as tx:
        issue = find_issue(tx, "daily/1")
        view = view_issue(tx, issue, with_domains=True)
        assert [item.title for item in view.articles] == ["Ferry"]
        assert view.ledger.adds_up
        assert [(item.domain, item.total) for item in view.domains] == [("example.org", 2)]
        assert view.failed.items == ()
        waiting = view_issue(tx, issue, states=[DeliveryState.QUEUED], limit=1)
        assert (len(waiting.failed.items), waiting.domains) == (1, ())
        assert waiting.failed.after is not None


@pytest.mark.parametrize(
    "name", ["daily/2", "daily", "/1", "daily/x", "daily/99999999999999999999"]
)
def test_an_issue_that_there_is_not_names_those_that_there_are(
    sqlite_store: Store, name: str
) -> None:
    with sqlite_store.write() as tx:
        add_people(tx, 1)
        freeze_issue(tx)
    with sqlite_store.read() as tx, pytest.raises(NotFoundError, match="daily/1"):
        find_issue(tx, name)


def test_growth_is_told_back_from_today(sqlite_store: Store) -> None:
    today = datetime(2026, 11, 24, 18, tzinfo=UTC)
    confirmed = SubscriptionState.CONFIRMED
    with sqlite_store.write() as tx:
        ada, bob, eve = (add_person(tx, name, None) for name in ("ada", "bob", "eve"))
        for person, state, briefing, at in (
            (ada, confirmed, "daily", today - 20 * DAY),
            (bob, confirmed, "daily", today - 2 * DAY),
            (ada, SubscriptionState.UNSUBSCRIBED, "daily", today - DAY),
            (eve, confirmed, "weekly", today + DAY),  # by a clock that was wrong
        ):
            subscribers.set_state(tx, consent_to(person, state, briefing=briefing, at=at))
    found = growth_of(sqlite_store, "", days=4, now=today)
    assert [(item.last, item.joined, item.left, item.confirmed) for item in found.days] == [
        (date(2026, 11, 21), 0, 0, 1),
        (date(2026, 11, 22), 1, 0, 2),
        (date(2026, 11, 23), 0, 1, 1),
        (date(2026, 11, 24), 1, 0, 2),
    ]
    assert (found.joined, found.left) == (2, 1)
    assert found.counts == {
        confirmed: 2,
        SubscriptionState.UNCONFIRMED: 0,
        SubscriptionState.UNSUBSCRIBED: 1,
    }
    daily = growth_of(sqlite_store, "daily", days=4, now=today, steps=2)
    assert [(item.first.day, item.last.day, item.joined) for item in daily.days] == [
        (21, 22, 1),
        (23, 24, 0),
    ]
    assert growth_of(sqlite_store, "", days=3, now=today, steps=2).days[0].first.day == 22


def test_sources_are_reported_paused_and_asked_again(sqlite_store: Store) -> None:
    more = "[sources.articles]\n[sources.gazette]\nkind = 'feed'\nurl = 'https://g.example/f'\n"
    config = make_config(more=more)
    pause_source(sqlite_store, config, "gazette", now=NOW)
    folder, gazette = report_sources(sqlite_store, config, now=NOW)
    assert (folder.health, gazette.health) == ("-", "new")
    assert gazette.next_poll_at is None
    with sqlite_store.write() as tx:
        stored_sources.save(tx, "gazette", polled_at=NOW)
    assert report_source(sqlite_store, config, "gazette", now=NOW)[0].health == "paused"
    resume_source(sqlite_store, config, "gazette", now=NOW)
    report, records = report_source(sqlite_store, config, "gazette", now=NOW)
    assert (report.health, report.next_poll_at, records) == ("well", NOW, [])
    with sqlite_store.write() as tx:
        stored_sources.save(tx, "gazette", failures=2, failing_since=NOW)
    assert report_source(sqlite_store, config, "gazette", now=NOW)[0].health == "failed 2"
    later = NOW + 30 * DAY
    with sqlite_store.write() as tx:
        stored_sources.save(tx, "gazette", failures=20)
    assert report_source(sqlite_store, config, "gazette", now=later)[0].health == "failing (20)"
    with sqlite_store.write() as tx:
        stored_sources.save(tx, "gazette", gone_at=NOW)
    assert report_source(sqlite_store, config, "gazette", now=NOW)[0].health == "gone"
    with pytest.raises(NotFoundError, match="gazette"):
        pause_source(sqlite_store, config, "articles", now=NOW)


def test_an_issue_is_watched_until_it_is_over(sqlite_store: Store) -> None:
    clock = ManualClock(NOW)
    with sqlite_store.write() as tx:
        add_people(tx, 2)
        issue = freeze_issue(tx)
    watch = Watch(sqlite_store, clock, issue)
    first = watch.look()
    assert first is not None
    assert (first.progress.done, first.progress.candidates, first.is_over) == (0, 2, False)
    clock.advance(timedelta(seconds=1))
    with sqlite_store.write() as tx:
        deliveries.cancel(tx, issue, NOW)
        issues.move(tx, issue, IssueState.CANCELLED, if_in=set(IssueState), finished_at=NOW)
    second = watch.look()
    assert second is not None
    assert (second.progress.done, second.progress.rate_per_second) == (2, 2.0)
    assert (second.is_over, second.again_at) == (True, None)
    assert Watch(sqlite_store, clock, issue + 1).look() is None


def test_relays_tell_what_they_are_set_to_and_what_they_have_taught(sqlite_store: Store) -> None:
    config = make_config(relay="warmup_start = 2026-11-22")
    (fresh,) = report_relays(sqlite_store, config, now=NOW)
    assert (fresh.name, fresh.briefings, fresh.slowed_to) == ("default", ("daily",), None)
    assert (fresh.domains, fresh.learnt_at, fresh.is_resting) == ((), None, False)
    assert fresh.warmup is not None
    assert (fresh.warmup.day, fresh.warmup.left) == (2, 300)
    with sqlite_store.write() as tx:
        learnt = '{"limit": 5.0, "bad": 10.0, "domains": {"slow.example": [1, 0.5, 9, 60, 60]}}'
        settings.put(tx, key_of("default"), f"{NOW.isoformat()} {learnt}")
        pacing.add_messages(tx, "default", "2026-11-23", 120)
        feedback.pause(tx, "default", "blames.example", NOW + DAY, "they said spam")
        feedback.pause(tx, "other", "", NOW + DAY, "not of this one")
        for key in ("domain:default/slow.example", "reports:default/*", "domain:others/x"):
            alerts.raise_alert(tx, key, "is slow", NOW)
    (report,) = report_relays(sqlite_store, config, now=NOW + timedelta(seconds=30))
    assert (report.slowed_to, report.learnt_at) == (5.0, NOW)
    assert [(item.domain, item.held_until) for item in report.domains] == [
        ("slow.example", NOW + timedelta(seconds=60))
    ]
    assert report.warmup is not None
    assert (report.warmup.sent, report.warmup.left) == (120, 180)
    assert [item.domain for item in report.pauses] == ["blames.example"]
    assert [item.key for item in report.alerts] == [
        "domain:default/slow.example",
        "reports:default/*",
    ]
    assert not report.is_resting
    (held,) = report_relays(sqlite_store, config, now=NOW + timedelta(seconds=61))
    assert held.domains[0].held_until is None
    with sqlite_store.write() as tx:
        alerts.raise_alert(tx, "relay:default", "cannot be reached", NOW)
    (old,) = report_relays(sqlite_store, make_config(), now=NOW + timedelta(hours=2))
    assert (old.slowed_to, old.domains, old.is_resting, old.warmup) == (None, (), True, None)
