"""Pages of issues, people, deliveries, reports, and alerts; and counts of many issues at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import pytest
from sqlalchemy import update
from store_samples import NOW, add_issue, add_people, add_person, consent_to, freeze_issue

from digest.model import DeliveryState, IssueState, SubscriptionState
from digest.store import alerts, browsing, erasure, feedback, growth, issues, subscribers, tallies
from digest.store.browsing import FIRST, Mark, Page
from digest.store.engine import Store
from digest.store.feedback import NewReport
from digest.store.listing import Filter
from digest.store.schema import deliveries

T = TypeVar("T")


def walk(turn: Callable[[Mark], Page[T]]) -> list[list[T]]:
    """Return all pages from the first on, having gone back over them, too."""
    pages = [turn(FIRST)]
    assert pages[0].before is None
    while (mark := pages[-1].after) is not None:
        pages.append(turn(mark))
    back = [pages[-1]]
    while (mark := back[-1].before) is not None:
        back.append(turn(mark))
    assert [page.items for page in reversed(back)] == [page.items for page in pages]
    return [list(page.items) for page in pages]


@pytest.mark.parametrize("limit", [1, 2, 3, 4])
def test_issues_are_paged_newest_first_and_back(store: Store, limit: int) -> None:
    with store.write() as tx:
        for number in range(1, 5):
            add_issue(tx, number=number)
        add_issue(tx, briefing="weekly")
    with store.read() as tx:
        pages = walk(lambda mark: browsing.page_of_issues(tx, "daily", mark=mark, limit=limit))
        assert [item.number for page in pages for item in page] == [4, 3, 2, 1]
        assert max(map(len, pages)) == limit
        assert len(browsing.page_of_issues(tx).items) == 5


def test_issues_are_narrowed_to_states(store: Store) -> None:
    with store.write() as tx:
        first, _ = add_issue(tx), add_issue(tx, number=2)
        issues.move(tx, first, IssueState.PAUSED, if_in={IssueState.COMPOSED})
    with store.read() as tx:
        found = browsing.page_of_issues(tx, states=[IssueState.PAUSED]).items
        assert [item.id for item in found] == [first]


def test_a_page_beyond_the_end_leads_back(store: Store) -> None:
    with store.write() as tx:
        issue = add_issue(tx)
    with store.read() as tx:
        assert browsing.page_of_issues(tx, mark=Mark(issue)) == Page((), before=FIRST)


def test_people_are_paged_by_address_with_all_their_subscriptions(store: Store) -> None:
    with store.write() as tx:
        eve = add_person(tx, "eve")
        add_person(tx, "bob", SubscriptionState.UNSUBSCRIBED)
        add_person(tx, "ada")
        add_person(tx, "dan", None)
        gone = add_person(tx, "cid")
        erasure.erase(tx, gone, NOW, method="operator")
        subscribers.set_state(tx, consent_to(eve, briefing="weekly"))
        subscribers.suppress(tx, "hash of bob", NOW, "bounce", "")
    with store.read() as tx:
        pages = walk(lambda mark: browsing.page_of_people(tx, Filter(), mark=mark, limit=2))
        people = [item for page in pages for item in page]
        assert [item.subscriber.email.partition("@")[0] for item in people] == [
            "ada",
            "bob",
            "dan",
            "eve",
        ]
        assert [len(item.subscriptions) for item in people] == [1, 1, 0, 2]
        assert [item.suppressed for item in people] == ["", "bounce", "", ""]
        assert browsing.count_people(tx, Filter()) == 4


@pytest.mark.parametrize(
    ("wanted", "only_suppressed", "names"),
    [
        (Filter("daily"), False, ["ada", "bob"]),
        (Filter("daily", SubscriptionState.UNSUBSCRIBED), False, ["bob"]),
        (Filter(state=SubscriptionState.CONFIRMED), False, ["ada", "eve"]),
        (Filter(search="EVE@"), False, ["eve"]),
        (Filter(search="%"), False, []),
        (Filter(), True, ["bob"]),
    ],
)
def test_people_are_narrowed(
    store: Store,
    wanted: Filter,
    only_suppressed: bool,  # noqa: FBT001 - a case's value
    names: list[str],
) -> None:
    with store.write() as tx:
        add_person(tx, "ada")
        add_person(tx, "bob", SubscriptionState.UNSUBSCRIBED)
        add_person(tx, "eve", briefing="weekly")
        subscribers.suppress(tx, "hash of bob", NOW, "bounce", "")
    with store.read() as tx:
        page = browsing.page_of_people(tx, wanted, only_suppressed=only_suppressed)
        found = [item.subscriber.email.partition("@")[0] for item in page.items]
        assert found == names
        assert browsing.count_people(tx, wanted, only_suppressed=only_suppressed) == len(names)


def settle(store: Store, issue_id: int, states: list[DeliveryState]) -> None:
    """Give the issue's deliveries those states, in the order of their ids."""
    with store.write() as tx:
        page = browsing.page_of_deliveries(tx, issue_id, [DeliveryState.QUEUED])
        for row, state in zip(reversed(page.items), states, strict=True):
            values = {"state": str(state), "settled_at": NOW}
            tx.execute(update(deliveries).where(deliveries.c.id == row.id).values(values))


def report(sort: str, issue_id: int, person: int, number: int, **changes: str) -> NewReport:
    """Return a report about a mail of the issue to that person."""
    values = {"source": "lmtp", "proof": "sender"} | changes
    return NewReport(
        identity=f"{number}",
        at=NOW,
        sort=sort,
        kind="",
        scope="",
        subscriber_id=person,
        issue_id=issue_id,
        relay="main",
        domain="example.org",
        reason="no such mailbox",
        diagnostic="",
        **values,
    )


def test_what_became_of_many_issues_is_counted_at_once(store: Store) -> None:
    with store.write() as tx:
        ada, bob = add_people(tx, 2)
        first, second = freeze_issue(tx), freeze_issue(tx, number=2)
        reports = [
            report("bounce", first, ada, 1),
            report("bounce", first, ada, 2),
            report("bounce", first, bob, 3, source="reply"),
            report("complaint", first, bob, 4),
            report("complaint", first, ada, 5, proof=""),
        ]
        for item in reports:
            feedback.add(tx, item)
    settle(store, first, [DeliveryState.ACCEPTED, DeliveryState.REFUSED])
    with store.read() as tx:
        both = browsing.page_of_issues(tx).items
        ledgers = tallies.ledgers(tx, both)
        assert ledgers[first].counts[DeliveryState.ACCEPTED] == 1
        assert ledgers[first].adds_up
        assert ledgers[second].open == 2
        assert tallies.ledgers(tx, []) == {}
        back = tallies.came_back(tx, [first, second])
        assert back == {first: tallies.CameBack(1, 1), second: tallies.CameBack()}
        assert tallies.came_back(tx, []) == {}
        came = browsing.page_of_reports(tx, first)
        assert [item.sort for item in came.items] == ["complaint", "complaint", "bounce", "bounce"]
        assert came.items[0].issue == "daily/1"


def test_mails_are_counted_by_domain(store: Store) -> None:
    """The domain is what stands behind the last "@": a local part in quotes may have one, too."""
    with store.write() as tx:
        add_people(tx, 4)
        issue = freeze_issue(tx)
    settle(store, issue, [DeliveryState.ACCEPTED] * 3 + [DeliveryState.REFUSED])
    names = ["a@One.example", '"b@c"@one.example', "d@two.example", "e@two.example"]
    with store.write() as tx:
        rows = browsing.page_of_deliveries(
            tx, issue, [DeliveryState.ACCEPTED, DeliveryState.REFUSED]
        ).items
        for row, name in zip(reversed(rows), names, strict=True):
            tx.execute(update(deliveries).where(deliveries.c.id == row.id).values(email=name))
    with store.read() as tx:
        found = tallies.by_domain(tx, issue)
        assert [(item.domain, item.total) for item in found] == [
            ("one.example", 2),
            ("two.example", 2),
        ]
        assert found[1].counts == {DeliveryState.ACCEPTED: 1, DeliveryState.REFUSED: 1}
        assert len(tallies.by_domain(tx, issue, limit=1)) == 1


def test_alerts_that_are_over_are_paged(store: Store) -> None:
    with store.write() as tx:
        for key in ("one", "two", "three"):
            alerts.raise_alert(tx, key, f"{key} is wrong", NOW)
        for key in ("one", "three"):
            alerts.clear_alert(tx, key, NOW)
    with store.read() as tx:
        pages = walk(lambda mark: browsing.page_of_alerts(tx, mark=mark, limit=1))
    assert [item.key for page in pages for item in page] == ["three", "one"]


def test_growth_counts_who_came_and_who_went_and_not_what_is_said_again(store: Store) -> None:
    day = timedelta(days=1)
    confirmed, unsubscribed = SubscriptionState.CONFIRMED, SubscriptionState.UNSUBSCRIBED
    with store.write() as tx:
        ada, bob = add_person(tx, "ada", None), add_person(tx, "bob", None)
        for person, state, briefing, at in (
            (ada, confirmed, "daily", NOW - 9 * day),
            (bob, SubscriptionState.UNCONFIRMED, "daily", NOW - day),
            (bob, confirmed, "daily", NOW),
            (bob, confirmed, "daily", NOW),
            (bob, confirmed, "weekly", NOW),
            (ada, unsubscribed, "daily", NOW + day),
            (ada, unsubscribed, "daily", NOW + day),
        ):
            subscribers.set_state(tx, consent_to(person, state, briefing=briefing, at=at))
    with store.read() as tx:
        found = growth.changes(tx, NOW - 2 * day)
    assert [(item.day, item.briefing, item.joined, item.left) for item in found] == [
        ("2026-11-24", "daily", 1, 0),
        ("2026-11-24", "weekly", 1, 0),
        ("2026-11-25", "daily", 0, 1),
    ]
