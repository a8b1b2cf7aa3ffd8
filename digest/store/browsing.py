"""Pages of what there is much of: issues, people, deliveries, reports, alerts.

A page begins after the last of the one before, which an index finds: the thousandth costs what the
first does, and what comes or goes meanwhile moves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Row, Select, exists, func, or_, select

from digest.model import DeliveryState, Issue, IssueState, Subscriber, Subscription
from digest.store import feedback
from digest.store import issues as stored_issues
from digest.store import subscribers as people
from digest.store.alerts import Alert
from digest.store.deliveries import DeliveryRow, delivery_row
from digest.store.engine import Transaction
from digest.store.feedback import StoredReport
from digest.store.listing import Filter
from digest.store.schema import (
    alerts,
    deliveries,
    feedback_reports,
    issues,
    subscribers,
    subscriptions,
    suppressions,
)

T = TypeVar("T")

PAGE = 50
"""How many a page has unless more are asked for."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a page begins: right after, or right before, one that was seen."""

    number: int = 0
    """The id of that one; 0: it is the first page."""

    is_back: bool = False
    """Whether the page ends right before it."""


FIRST = Mark()


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some of a list, in its order."""

    items: tuple[T, ...]
    before: Mark | None = None
    """Where the page before this one is; ``None``: this is the first."""

    after: Mark | None = None
    """Where the page after this one is; ``None``: this is the last."""


@dataclass(frozen=True, slots=True)
class ListedPerson:
    """A person in a list."""

    subscriber: Subscriber
    subscriptions: tuple[Subscription, ...]
    """All of theirs, by briefing."""

    suppressed: str = ""
    """Why the address is on the do-not-mail record; empty when it is not."""


def page_of_issues(
    tx: Transaction,
    briefing: str = "",
    states: Collection[IssueState] = (),
    *,
    mark: Mark = FIRST,
    limit: int = PAGE,
) -> Page[Issue]:
    """Return issues (of *briefing*; in *states*), newest first."""
    query = select(issues)
    if briefing:
        query = query.where(issues.c.briefing == briefing)
    if states:
        query = query.where(issues.c.state.in_([str(state) for state in states]))
    return _page(tx, query, _by_id(issues.c.id), stored_issues.issue_of, mark, limit)


def page_of_deliveries(
    tx: Transaction,
    issue_id: int,
    states: Collection[DeliveryState],
    *,
    mark: Mark = FIRST,
    limit: int = PAGE,
) -> Page[DeliveryRow]:
    """Return deliveries of an issue in *states*, the latest frozen first."""
    query = select(deliveries).where(
        deliveries.c.issue_id == issue_id, deliveries.c.state.in_([str(item) for item in states])
    )
    return _page(tx, query, _by_id(deliveries.c.id), delivery_row, mark, limit)


def page_of_reports(
    tx: Transaction,
    issue_id: int,
    *,
    mark: Mark = FIRST,
    limit: int = PAGE,
) -> Page[StoredReport]:
    """Return what came back of an issue after it was accepted, newest first."""
    query = feedback.with_names().where(
        feedback_reports.c.issue_id == issue_id, feedback_reports.c.source != "reply"
    )
    return _page(tx, query, _by_id(feedback_reports.c.id), feedback.report_of, mark, limit)


def page_of_alerts(tx: Transaction, *, mark: Mark = FIRST, limit: int = PAGE) -> Page[Alert]:
    """Return the alerts that are over, those that were raised last first."""
    query = select(alerts).where(alerts.c.cleared_at.is_not(None))

    def read(row: Row[Any]) -> Alert:
        return Alert(row.key, row.text, row.raised_at, row.cleared_at)

    return _page(tx, query, _by_id(alerts.c.id), read, mark, limit)


def page_of_people(
    tx: Transaction,
    wanted: Filter,
    *,
    only_suppressed: bool = False,
    mark: Mark = FIRST,
    limit: int = PAGE,
) -> Page[ListedPerson]:
    """Return people with a subscription that is *wanted*, by address; nobody who was erased.

    With *only_suppressed* those whose address is on the do-not-mail record.
    """
    query = _people(
        select(subscribers, suppressions.c.reason.label("suppressed")), wanted, only_suppressed
    )
    key = _Order(subscribers.c.email_key, subscribers.c.id, is_falling=False)
    found = _page(tx, query, key, _person, mark, limit)
    mine: dict[int, list[Subscription]] = {item.subscriber.id: [] for item in found.items}
    theirs = select(*people.subscription_columns()).join(
        subscribers, subscribers.c.id == subscriptions.c.subscriber_id
    )
    theirs = theirs.where(subscriptions.c.subscriber_id.in_(list(mine)))
    for row in tx.execute(theirs.order_by(subscriptions.c.briefing)):
        subscription = people.subscription_of(row)
        mine[subscription.subscriber.id].append(subscription)
    items = [replace(each, subscriptions=tuple(mine[each.subscriber.id])) for each in found.items]
    return replace(found, items=tuple(items))


def count_people(tx: Transaction, wanted: Filter, *, only_suppressed: bool = False) -> int:
    """Return how many people :func:`page_of_people` has on all its pages."""
    query = _people(select(func.count()), wanted, only_suppressed)
    return int(tx.execute(query).scalar_one())


def _people(query: Select[Any], wanted: Filter, only_suppressed: bool) -> Select[Any]:  # noqa: FBT001 - as its callers take it
    is_on_record = suppressions.c.address_hash == subscribers.c.address_hash
    query = query.select_from(
        subscribers.join(suppressions, is_on_record, isouter=not only_suppressed)
    ).where(subscribers.c.erased_at.is_(None))
    if wanted.briefing or wanted.state is not None:
        its = exists().where(subscriptions.c.subscriber_id == subscribers.c.id)
        if wanted.briefing:
            its = its.where(subscriptions.c.briefing == wanted.briefing)
        if wanted.state is not None:
            its = its.where(subscriptions.c.state == wanted.state)
        query = query.where(its)
    if wanted.search:
        query = query.where(
            or_(
                subscribers.c.email_key.contains(wanted.search.casefold(), autoescape=True),
                func.lower(subscribers.c.name).contains(wanted.search.lower(), autoescape=True),
            )
        )
    return query


def _person(row: Row[Any]) -> ListedPerson:
    return ListedPerson(people.subscriber_of(row), (), row.suppressed or "")


@dataclass(frozen=True, slots=True)
class _Order:
    """By what a list is ordered: a column without equals, and the number that marks its rows."""

    column: ColumnElement[Any]
    number: ColumnElement[int]
    is_falling: bool


def _by_id(number: ColumnElement[int]) -> _Order:
    return _Order(number, number, is_falling=True)


def _page(
    tx: Transaction,
    query: Select[Any],
    order: _Order,
    read: Callable[[Row[Any]], T],
    mark: Mark,
    limit: int,
) -> Page[T]:
    """Return the page of *query* at *mark*; its rows have the number in a column of that name."""
    column, number = order.column, order.number
    goes_down = order.is_falling != mark.is_back
    if mark.number:
        start: Any = mark.number
        if column is not number:
            start = select(column).where(number == mark.number).scalar_subquery()
        query = query.where(column < start if goes_down else column > start)
    query = query.order_by(column.desc() if goes_down else column).limit(limit + 1)
    rows = list(tx.execute(query))
    is_more = len(rows) > limit
    rows = rows[:limit]
    if mark.is_back:
        rows.reverse()
    if not rows:
        return Page((), before=FIRST if mark.number else None)
    has_before = is_more if mark.is_back else bool(mark.number)
    has_after = True if mark.is_back else is_more
    return Page(
        tuple(read(row) for row in rows),
        Mark(rows[0].id, is_back=True) if has_before else None,
        Mark(rows[-1].id) if has_after else None,
    )
