"""Counts of issues' deliveries and of what came back, for many issues or by domain at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import Integer, String, cast, func, literal, select

from digest.model import DeliveryState, Issue
from digest.store.deliveries import Ledger
from digest.store.engine import Transaction
from digest.store.rates import LATER, PROVED
from digest.store.schema import deliveries, feedback_reports


@dataclass(frozen=True, slots=True)
class CameBack:
    """What came back of an issue: people, not reports."""

    bounced: int = 0
    complained: int = 0


@dataclass(frozen=True, slots=True)
class DomainTally:
    """What became of an issue's mails to one domain."""

    domain: str
    counts: dict[DeliveryState, int]
    """Only of states that there are."""

    @property
    def total(self) -> int:
        """How many there are."""
        return sum(self.counts.values())


def ledgers(tx: Transaction, wanted: Collection[Issue]) -> dict[int, Ledger]:
    """Return where the deliveries of each of the *wanted* issues stand, by the issue's id."""
    query = (
        select(deliveries.c.issue_id, deliveries.c.state, func.count())
        .where(deliveries.c.issue_id.in_([issue.id for issue in wanted]))
        .group_by(deliveries.c.issue_id, deliveries.c.state)
    )
    counts = {issue.id: dict.fromkeys(DeliveryState, 0) for issue in wanted}
    for issue_id, state, number in tx.execute(query) if wanted else ():
        counts[issue_id][DeliveryState(state)] = int(number)
    return {issue.id: Ledger(issue.candidates, counts[issue.id]) for issue in wanted}


def came_back(tx: Transaction, issue_ids: Collection[int]) -> dict[int, CameBack]:
    """Return of how many people's mails each issue heard later, by the issue's id."""
    query = (
        select(
            feedback_reports.c.issue_id,
            feedback_reports.c.sort,
            func.count(feedback_reports.c.subscriber_id.distinct()),
        )
        .where(
            feedback_reports.c.issue_id.in_(issue_ids),
            feedback_reports.c.sort.in_(["bounce", "complaint"]),
            PROVED,
            LATER,
        )
        .group_by(feedback_reports.c.issue_id, feedback_reports.c.sort)
    )
    found: dict[int, dict[str, int]] = {issue_id: {} for issue_id in issue_ids}
    for issue_id, sort, number in tx.execute(query) if issue_ids else ():
        found[issue_id][sort] = int(number)
    return {
        issue_id: CameBack(sorts.get("bounce", 0), sorts.get("complaint", 0))
        for issue_id, sorts in found.items()
    }


def by_domain(tx: Transaction, issue_id: int, limit: int = 20) -> list[DomainTally]:
    """Return what became of the mails to the domains with the most, the most first.

    Reads all deliveries of the issue.
    """
    email = func.lower(deliveries.c.email)
    # What is left when all at the end is taken off that is no "@": up to the last one. The text
    # behind it is the domain, in words that both engines know.
    local = func.rtrim(email, func.replace(email, "@", ""))
    domain = func.substr(email, cast(func.length(local), Integer) + literal(1), type_=String())
    query = (
        select(domain.label("domain"), deliveries.c.state, func.count().label("number"))
        .where(deliveries.c.issue_id == issue_id)
        .group_by(domain, deliveries.c.state)
    )
    found: dict[str, dict[DeliveryState, int]] = {}
    for row in tx.execute(query):
        found.setdefault(row.domain, {})[DeliveryState(row.state)] = int(row.number)
    tallies = [DomainTally(name, counts) for name, counts in found.items()]
    return _largest(tallies, limit)


def _largest(tallies: Iterable[DomainTally], limit: int) -> list[DomainTally]:
    return sorted(tallies, key=lambda item: (-item.total, item.domain))[:limit]
