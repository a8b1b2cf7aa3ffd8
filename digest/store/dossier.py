"""Everything that is stored about one person, for themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from digest.store.engine import Transaction
from digest.store.schema import (
    consents,
    deliveries,
    feedback_reports,
    issues,
    requests,
    subscribers,
    subscriptions,
    suppressions,
)

_KEYS = frozenset({"id", "email_key", "address_hash", "identity"})


def dossier(tx: Transaction, subscriber_id: int) -> dict[str, Any]:
    """Return all that is stored about the person, as JSON can say it; empty when there is nothing.

    Times are ISO 8601 in UTC. Only numbers and keys that mean nothing outside are left out.
    """
    mine = select(subscribers).where(subscribers.c.id == subscriber_id)
    row = tx.execute(mine).one_or_none()
    if row is None:
        return {}
    address_hash, email_key = row.address_hash, row.email_key
    asked = select(requests).where(
        (requests.c.subscriber_id == subscriber_id) | (requests.c.email_key == email_key)
    )
    return {
        "subscriber": _rows(tx, mine)[0],
        "subscriptions": _of_person(tx, subscriptions.select(), subscriptions, subscriber_id),
        "consents": _of_person(tx, consents.select(), consents, subscriber_id),
        # By issue, so that each is found by its key, whoever else got it.
        "deliveries": _rows(
            tx,
            select(
                issues.c.briefing,
                issues.c.number,
                issues.c.subject,
                deliveries.c.email,
                deliveries.c.state,
                deliveries.c.attempts,
                deliveries.c.settled_at,
                deliveries.c.detail,
            )
            .join(issues, issues.c.id == deliveries.c.issue_id)
            .where(deliveries.c.subscriber_id == subscriber_id)
            .order_by(issues.c.id),
        ),
        "reports": _of_person(tx, feedback_reports.select(), feedback_reports, subscriber_id),
        "requests": _rows(tx, asked.order_by(requests.c.id)),
        "do_not_mail": _rows(
            tx,
            select(suppressions.c.at, suppressions.c.reason, suppressions.c.evidence).where(
                suppressions.c.address_hash == address_hash
            ),
        ),
    }


def _of_person(
    tx: Transaction,
    query: Select[Any],
    table: Any,  # noqa: ANN401 - one of the tables
    subscriber_id: int,
) -> list[dict[str, Any]]:
    return _rows(tx, query.where(table.c.subscriber_id == subscriber_id).order_by(table.c.id))


def _rows(tx: Transaction, query: Select[Any]) -> list[dict[str, Any]]:
    return [
        {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in row._mapping.items()  # noqa: SLF001 - SQLAlchemy's public name for it
            if name not in _KEYS and not name.endswith("_id")
        }
        for row in tx.execute(query)
    ]
