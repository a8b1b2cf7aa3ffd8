"""Releases: when an issue may go out, what was found in it, and what editors said of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, func, insert, or_, select, update

from digest.model import Decision, DeliveryState, IssueState, MailFormat
from digest.store.engine import Transaction
from digest.store.schema import (
    deliveries,
    issue_corrections,
    issue_editors,
    issue_findings,
    issue_releases,
    issues,
    subscribers,
)


@dataclass(frozen=True, slots=True)
class Release:
    """When an issue may go out."""

    issue_id: int
    send_at: datetime
    """Not before this."""

    check_by: datetime | None = None
    """Until then it waits for its links to be looked at; ``None``: it does not."""

    checked_at: datetime | None = None
    deadline_at: datetime | None = None
    """When :attr:`default` happens; ``None``: editors are not asked."""

    default: Decision | None = None
    decision: Decision | None = None
    """The last one; ``None``: nobody has decided."""

    decided_by: str = ""
    """An editor's address, ``operator``, or ``deadline``."""

    decided_at: datetime | None = None

    @property
    def is_asked(self) -> bool:
        """Whether it waits for somebody to decide."""
        return self.deadline_at is not None and self.decision is None


@dataclass(frozen=True, slots=True)
class Noted:
    """Something that preflight found, as it is kept."""

    rule: str
    level: str
    text: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Editor:
    """Somebody who was asked about an issue."""

    id: int
    issue_id: int
    email: str


def add(tx: Transaction, release: Release) -> None:
    """Write when an issue may go out."""
    tx.execute(
        insert(issue_releases).values(
            issue_id=release.issue_id,
            send_at=release.send_at,
            check_by=release.check_by,
            deadline_at=release.deadline_at,
            default_decision=release.default,
            decided_by="",
        )
    )


def of(tx: Transaction, issue_id: int) -> Release | None:
    """Return when the issue may go out; ``None``: nothing holds it back."""
    query = select(issue_releases).where(issue_releases.c.issue_id == issue_id)
    row = tx.execute(query).one_or_none()
    return _release(row) if row else None


def held_back(tx: Transaction, now: datetime) -> set[int]:
    """Return the ids of open issues that may not go out at *now*.

    It is too early, or their links are still to be looked at, or editors were asked and nobody has
    decided.
    """
    waits = or_(
        issue_releases.c.send_at > now,
        and_(issue_releases.c.checked_at.is_(None), issue_releases.c.check_by > now),
        and_(issue_releases.c.deadline_at.is_not(None), issue_releases.c.decision.is_(None)),
    )
    return set(tx.execute(_open(issue_releases.c.issue_id).where(waits)).scalars())


def unchecked(tx: Transaction) -> list[int]:
    """Return the ids of open issues whose links are still to be looked at, oldest first."""
    query = _open(issue_releases.c.issue_id).where(
        issue_releases.c.check_by.is_not(None), issue_releases.c.checked_at.is_(None)
    )
    return list(tx.execute(query.order_by(issue_releases.c.issue_id)).scalars())


def undecided(tx: Transaction, now: datetime) -> list[Release]:
    """Return the open issues whose deadline is over and that nobody decided about."""
    query = _open(issue_releases).where(
        issue_releases.c.decision.is_(None), issue_releases.c.deadline_at <= now
    )
    return [_release(row) for row in tx.execute(query.order_by(issue_releases.c.issue_id))]


def decide(tx: Transaction, issue_id: int, decision: Decision, by: str, now: datetime) -> None:
    """Record a decision; an issue that had no row gets one that holds nothing back."""
    values = {"decision": decision, "decided_by": by, "decided_at": now}
    done = tx.execute(
        update(issue_releases).where(issue_releases.c.issue_id == issue_id).values(values)
    )
    if not done.rowcount:
        tx.execute(insert(issue_releases).values(issue_id=issue_id, send_at=now, **values))


def set_checked(tx: Transaction, issue_id: int, now: datetime) -> None:
    """Record that the issue's links were looked at."""
    tx.execute(
        update(issue_releases).where(issue_releases.c.issue_id == issue_id).values(checked_at=now)
    )


def add_findings(tx: Transaction, issue_id: int, found: Iterable[Noted]) -> None:
    """Write what preflight found, after what is there already."""
    query = select(func.coalesce(func.max(issue_findings.c.position), 0))
    last = tx.execute(query.where(issue_findings.c.issue_id == issue_id)).scalar_one()
    rows = [
        {
            "issue_id": issue_id,
            "position": last + number,
            "rule": item.rule,
            "level": item.level,
            "text": item.text,
            "place": item.place,
        }
        for number, item in enumerate(found, start=1)
    ]
    if rows:
        tx.execute(insert(issue_findings), rows)


def findings_of(tx: Transaction, issue_id: int) -> list[Noted]:
    """Return what preflight found in the issue, in order."""
    query = select(issue_findings).where(issue_findings.c.issue_id == issue_id)
    rows = tx.execute(query.order_by(issue_findings.c.position))
    return [Noted(row.rule, row.level, row.text, row.place) for row in rows]


def add_editor(tx: Transaction, issue_id: int, email: str) -> Editor:
    """Write that somebody is asked about an issue."""
    number: int = tx.execute(
        insert(issue_editors).values(issue_id=issue_id, email=email).returning(issue_editors.c.id)
    ).scalar_one()
    return Editor(number, issue_id, email)


def editor(tx: Transaction, editor_id: int) -> Editor | None:
    """Return who was asked by that number; ``None``: nobody."""
    row = tx.execute(select(issue_editors).where(issue_editors.c.id == editor_id)).one_or_none()
    return Editor(row.id, row.issue_id, row.email) if row else None


def editors_of(tx: Transaction, issue_id: int) -> list[Editor]:
    """Return who was asked about the issue."""
    query = select(issue_editors).where(issue_editors.c.issue_id == issue_id)
    rows = tx.execute(query.order_by(issue_editors.c.id))
    return [Editor(row.id, row.issue_id, row.email) for row in rows]


def readers_of(tx: Transaction, issue_id: int) -> dict[int, MailFormat]:
    """Return the subscriptions that were sent the issue, and the format each wants its mails in.

    Of an uncertain delivery nobody knows whether it arrived: it counts.
    """
    states = [str(DeliveryState.ACCEPTED), str(DeliveryState.UNCERTAIN)]
    query = (
        select(deliveries.c.subscription_id, subscribers.c.format)
        .join(subscribers, subscribers.c.id == deliveries.c.subscriber_id)
        .where(deliveries.c.issue_id == issue_id, deliveries.c.state.in_(states))
        .order_by(deliveries.c.id)
    )
    return {row.subscription_id: MailFormat(row.format) for row in tx.execute(query)}


def add_correction(tx: Transaction, issue_id: int, wrong_id: int) -> None:
    """Write that the issue corrects the other one."""
    tx.execute(insert(issue_corrections).values(issue_id=issue_id, corrects=wrong_id))


def corrects(tx: Transaction, issue_id: int) -> int | None:
    """Return the id of the issue that this one corrects; ``None``: none."""
    query = select(issue_corrections.c.corrects).where(issue_corrections.c.issue_id == issue_id)
    found: int | None = tx.execute(query).scalar_one_or_none()
    return found


def _open(*columns: Any) -> Any:  # noqa: ANN401 - SQL expressions
    states = [str(state) for state in (IssueState.COMPOSED, IssueState.SENDING)]
    return (
        select(*columns)
        .join(issues, issues.c.id == issue_releases.c.issue_id)
        .where(issues.c.state.in_(states))
    )


def _release(row: Row[Any]) -> Release:
    return Release(
        issue_id=row.issue_id,
        send_at=row.send_at,
        check_by=row.check_by,
        checked_at=row.checked_at,
        deadline_at=row.deadline_at,
        default=Decision(row.default_decision) if row.default_decision else None,
        decision=Decision(row.decision) if row.decision else None,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )
