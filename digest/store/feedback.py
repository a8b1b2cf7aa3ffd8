"""What came back of what was sent: reports, what was decided of them, and mail to be passed on.

A report is written once, however often it comes, and what follows from it is decided in the same
transaction or, for what relays answer while we send, soon after.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, delete, exists, func, select, update

from digest.model import DeliveryState
from digest.store.dialects import insert_into, insert_new
from digest.store.engine import Transaction
from digest.store.schema import (
    deliveries,
    feedback_forwards,
    feedback_pauses,
    feedback_reports,
    issues,
    subscribers,
)


@dataclass(frozen=True, slots=True)
class NewReport:
    """Something that came in."""

    identity: str
    """The same for the same; at most 64 characters."""

    at: datetime
    source: str
    sort: str
    kind: str = ""
    scope: str = ""
    proof: str = ""
    """What proved whom it is about; empty: nothing did."""

    subscriber_id: int | None = None
    issue_id: int | None = None
    relay: str = ""
    domain: str = ""
    reason: str = ""
    diagnostic: str = ""


@dataclass(frozen=True, slots=True)
class StoredReport:
    """Something that came in, and what followed."""

    id: int
    at: datetime
    source: str
    sort: str
    kind: str
    scope: str
    proof: str
    subscriber_id: int | None
    issue_id: int | None
    relay: str
    domain: str
    reason: str
    diagnostic: str
    decided_at: datetime | None
    effect: str
    explanation: str
    email: str = ""
    """Of the subscriber, at present; empty: nobody's, or erased."""

    issue: str = ""
    """Like ``daily/12``; empty: not known."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One issue that went to one person."""

    issue: str
    """Like ``daily/12``."""

    relay: str
    domain: str
    """The recipient's."""

    state: DeliveryState
    composed_at: datetime


@dataclass(frozen=True, slots=True)
class Strike:
    """A failure that counted against an address."""

    at: datetime
    kind: str
    issue_id: int | None


@dataclass(frozen=True, slots=True)
class Pause:
    """Something that is left alone because reports blame us."""

    relay: str
    domain: str
    """Empty: all mail by that relay."""

    until: datetime
    reason: str


def add(tx: Transaction, new: NewReport) -> int | None:
    """Write a report that nothing is decided of yet. Return its id; ``None`` if it is known."""
    row = {column: getattr(new, column) for column in NewReport.__dataclass_fields__}
    if not insert_new(
        tx, feedback_reports, {**row, "decided_at": None, "effect": "", "explanation": ""}
    ):
        return None
    query = select(feedback_reports.c.id).where(feedback_reports.c.identity == new.identity)
    number: int = tx.execute(query).scalar_one()
    return number


def is_known(tx: Transaction, identity: str) -> bool:
    """Return whether a report with that identity was written already."""
    query = select(feedback_reports.c.id).where(feedback_reports.c.identity == identity)
    return tx.execute(query).first() is not None


def undecided(tx: Transaction, limit: int) -> list[StoredReport]:
    """Return the oldest reports that nothing is decided of; on PostgreSQL, held for us."""
    query = (
        select(feedback_reports)
        .where(feedback_reports.c.decided_at.is_(None))
        .order_by(feedback_reports.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [report_of(row) for row in tx.execute(query)]


def has_undecided(tx: Transaction) -> bool:
    """Return whether there is anything to decide."""
    query = select(feedback_reports.c.id).where(feedback_reports.c.decided_at.is_(None))
    return tx.execute(query.limit(1)).first() is not None


def decide(
    tx: Transaction, report_id: int, *, effect: str, explanation: str, now: datetime
) -> None:
    """Record what followed from a report."""
    tx.execute(
        update(feedback_reports)
        .where(feedback_reports.c.id == report_id)
        .values(effect=effect, explanation=explanation, decided_at=now)
    )


def sent(tx: Transaction, issue_id: int, subscriber_id: int) -> Sent | None:
    """Return the delivery of that issue to that person; ``None`` when there is none."""
    query = (
        select(
            issues.c.briefing,
            issues.c.number,
            issues.c.relay,
            issues.c.composed_at,
            deliveries.c.email,
            deliveries.c.state,
        )
        .join(issues, issues.c.id == deliveries.c.issue_id)
        .where(deliveries.c.issue_id == issue_id, deliveries.c.subscriber_id == subscriber_id)
    )
    row = tx.execute(query).one_or_none()
    if row is None:
        return None
    return Sent(
        issue=f"{row.briefing}/{row.number}",
        relay=row.relay,
        domain=row.email.rpartition("@")[2].lower(),
        state=DeliveryState(row.state),
        composed_at=row.composed_at,
    )


def last_sent_to(tx: Transaction, email: str, limit: int = 60) -> list[tuple[int, int]]:
    """Return the newest deliveries to that very address: issue and subscriber, newest first."""
    query = (
        select(deliveries.c.issue_id, deliveries.c.subscriber_id)
        .join(subscribers, subscribers.c.id == deliveries.c.subscriber_id)
        .where(subscribers.c.email_key == email)
        .order_by(deliveries.c.issue_id.desc())
        .limit(limit)
    )
    return [(row.issue_id, row.subscriber_id) for row in tx.execute(query)]


def strikes_of(
    tx: Transaction, subscriber_id: int, effects: Iterable[str], ending: str
) -> list[Strike]:
    """Return the failures that counted against a person's address, oldest first.

    Args:
        tx: The transaction.
        subscriber_id: Whose.
        effects: What a report was found to lead to if it counted.
        ending: The effect after which counting begins anew.
    """
    mine = feedback_reports.c.subscriber_id == subscriber_id
    last = (
        select(func.coalesce(func.max(feedback_reports.c.id), 0))
        .where(mine, feedback_reports.c.effect == ending)
        .scalar_subquery()
    )
    query = (
        select(feedback_reports)
        .where(mine, feedback_reports.c.effect.in_(list(effects)), feedback_reports.c.id > last)
        .order_by(feedback_reports.c.at, feedback_reports.c.id)
    )
    return [Strike(row.at, row.kind, row.issue_id) for row in tx.execute(query)]


def good_issues(
    tx: Transaction, subscriber_id: int, since: datetime, until: datetime, sort: str
) -> int:
    """Return how many issues were taken for a person in between without a report of *sort*."""
    came_back = exists().where(
        feedback_reports.c.issue_id == deliveries.c.issue_id,
        feedback_reports.c.subscriber_id == deliveries.c.subscriber_id,
        feedback_reports.c.sort == sort,
    )
    query = select(func.count()).where(
        deliveries.c.subscriber_id == subscriber_id,
        deliveries.c.state == DeliveryState.ACCEPTED,
        deliveries.c.settled_at > since,
        deliveries.c.settled_at <= until,
        ~came_back,
    )
    return int(tx.execute(query).scalar_one())


def blamed(tx: Transaction, relay: str, since: datetime, kind: str) -> dict[str, int]:
    """Return how many people's reports of *kind* there are since then for a relay, by domain."""
    query = (
        select(
            feedback_reports.c.domain, func.count(func.distinct(feedback_reports.c.subscriber_id))
        )
        .where(
            feedback_reports.c.relay == relay,
            feedback_reports.c.kind == kind,
            feedback_reports.c.at >= since,
            feedback_reports.c.proof != "",
        )
        .group_by(feedback_reports.c.domain)
    )
    return {domain: int(people) for domain, people in tx.execute(query)}


def blamed_since(tx: Transaction, since: datetime, kind: str = "our fault") -> set[str]:
    """Return who blamed us since then, or is left alone since: ``<relay>/<domain>``, ``*`` all."""
    query = (
        select(feedback_reports.c.relay, feedback_reports.c.domain)
        .where(feedback_reports.c.kind == kind, feedback_reports.c.at >= since)
        .distinct()
    )
    named = {f"{relay}/{domain or '*'}" for relay, domain in tx.execute(query)}
    return named | {f"{item.relay}/{item.domain or '*'}" for item in pauses(tx, since)}


def pause(tx: Transaction, relay: str, domain: str, until: datetime, reason: str) -> None:
    """Leave a domain (empty: all mail) by that relay alone until then; the later end counts."""
    new = insert_into(tx, feedback_pauses).values(
        relay=relay, domain=domain, until=until, reason=reason
    )
    tx.execute(
        new.on_conflict_do_update(
            index_elements=["relay", "domain"], set_={"until": until, "reason": reason}
        )
    )


def pauses(tx: Transaction, now: datetime) -> list[Pause]:
    """Return what is left alone at *now*."""
    query = (
        select(feedback_pauses)
        .where(feedback_pauses.c.until > now)
        .order_by(feedback_pauses.c.relay, feedback_pauses.c.domain)
    )
    return [Pause(row.relay, row.domain, row.until, row.reason) for row in tx.execute(query)]


def list_reports(
    tx: Transaction,
    *,
    sort: str = "",
    subscriber_id: int | None = None,
    issue_id: int | None = None,
    only_effective: bool = False,
    limit: int = 50,
) -> list[StoredReport]:
    """Return reports, newest first.

    Args:
        tx: The transaction.
        sort: Only these; empty: all.
        subscriber_id: Only those about that person; ``None``: all.
        issue_id: Only those about that issue; ``None``: all.
        only_effective: Whether to leave out those that nothing followed from.
        limit: How many at most.
    """
    query = with_names().order_by(feedback_reports.c.id.desc()).limit(limit)
    if sort:
        query = query.where(feedback_reports.c.sort == sort)
    if subscriber_id is not None:
        query = query.where(feedback_reports.c.subscriber_id == subscriber_id)
    if issue_id is not None:
        query = query.where(feedback_reports.c.issue_id == issue_id)
    if only_effective:
        query = query.where(feedback_reports.c.effect.not_in(["", "nothing"]))
    return [report_of(row) for row in tx.execute(query)]


def get(tx: Transaction, report_id: int) -> StoredReport | None:
    """Return one report; ``None`` when there is none with that id."""
    row = tx.execute(with_names().where(feedback_reports.c.id == report_id)).one_or_none()
    return report_of(row) if row else None


def load(tx: Transaction, report_id: int) -> StoredReport:
    """Return the report with that id; there must be one."""
    return report_of(tx.execute(with_names().where(feedback_reports.c.id == report_id)).one())


def forget(tx: Transaction, before: datetime) -> int:
    """Remove reports from before then that are dealt with. Return how many."""
    waiting = exists().where(feedback_forwards.c.report_id == feedback_reports.c.id)
    old = and_(feedback_reports.c.at < before, feedback_reports.c.decided_at.is_not(None), ~waiting)
    tx.execute(delete(feedback_pauses).where(feedback_pauses.c.until < before))
    return tx.execute(delete(feedback_reports).where(old)).rowcount


def forget_person(tx: Transaction, subscriber_id: int) -> None:
    """Take away what reports about a person say; that there were some stays."""
    mine = feedback_reports.c.subscriber_id == subscriber_id
    theirs = select(feedback_reports.c.id).where(mine)
    tx.execute(delete(feedback_forwards).where(feedback_forwards.c.report_id.in_(theirs)))
    tx.execute(
        update(feedback_reports)
        .where(mine)
        .values(diagnostic="", reason="", explanation="", domain="")
    )


def with_names() -> Any:  # noqa: ANN401 - a Select of all these columns
    """Return the query for reports with whom and which issue they are about, for this package."""
    return (
        select(
            feedback_reports,
            subscribers.c.email,
            issues.c.briefing.label("issue_briefing"),
            issues.c.number.label("issue_number"),
        )
        .outerjoin(subscribers, subscribers.c.id == feedback_reports.c.subscriber_id)
        .outerjoin(issues, issues.c.id == feedback_reports.c.issue_id)
    )


def report_of(row: Row[Any]) -> StoredReport:
    """Return what a row of :func:`with_names` says."""
    found = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for it
    briefing = found.get("issue_briefing")
    own = {
        name: found[name]
        for name in StoredReport.__dataclass_fields__
        if name not in {"email", "issue"}
    }
    return StoredReport(
        **own,
        email=found.get("email") or "",
        issue=f"{briefing}/{found['issue_number']}" if briefing else "",
    )
