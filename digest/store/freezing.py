"""Freezing: an issue's audience becomes deliveries, in one statement for all its variants."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    Select,
    String,
    Text,
    and_,
    case,
    cast,
    exists,
    func,
    insert,
    literal,
    select,
)

from digest.model import Cadence, DeliveryState
from digest.store.audience import Choice, audience_of
from digest.store.choices import is_not_paused
from digest.store.dialects import as_table
from digest.store.engine import Transaction
from digest.store.queue import announce
from digest.store.schema import ID, Utc, deliveries, subscribers, subscriptions, suppressions

_BATCH = 10_000

_VARIANT: Column[int] = Column("variant_id", ID)
_CHOICES: tuple[Column[Any], ...] = (
    Column("topics", Text),
    Column("language", String),
    Column("format", String),
    _VARIANT,
)
_ZONES: tuple[Column[Any], ...] = (Column("zone", String), Column("due_at", Utc))
"""What :func:`freeze_for` joins."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Who gets an issue, in which variant, and not before when."""

    variant_id: int | None = None
    """The variant of all who are not in :attr:`own`; ``None``: :attr:`by_choice` says which."""

    by_choice: Mapping[Choice, int] = field(default_factory=dict)
    """Variants by what readers chose. Those who chose something else get nothing."""

    own: Mapping[int, int | None] = field(default_factory=dict)
    """Variants of single subscriptions, whatever they chose; ``None``: nothing is for them."""

    cadences: Collection[Cadence] = tuple(Cadence)
    by_zone: Mapping[str, datetime | None] = field(default_factory=dict)
    """Time zones, and when it is the time to send in each; ``None``: at once."""

    not_before: datetime | None = None
    """When to send to those in other zones; ``None``: at once."""


def freeze(tx: Transaction, issue_id: int, briefing: str, variant_id: int) -> int:
    """Write one delivery of that variant for each confirmed subscription. Return how many.

    See :func:`freeze_for`, of which this is the simplest case.
    """
    return freeze_for(tx, issue_id, briefing, Audience(variant_id=variant_id))


def freeze_for(tx: Transaction, issue_id: int, briefing: str, audience: Audience) -> int:
    """Write one delivery for each confirmed subscription of *briefing*. Return how many.

    There is none for those who paused it, and for those for whom there is nothing in it. Those on
    the do-not-mail record are written as suppressed, so that the ledger shows them.
    """
    frozen = 0
    own = {number: it for number, it in audience.own.items() if it is not None}
    if audience.variant_id is not None or audience.by_choice:
        chosen = _chosen(tx, issue_id, briefing, audience)
        if audience.own:
            rows = [(number,) for number in sorted(audience.own)]
            others = as_table(tx, [subscriptions.c.id], rows)
            chosen = chosen.where(subscriptions.c.id.not_in(select(others.c.id)))
        frozen += _write(tx, chosen)
    numbers = sorted(own)
    for start in range(0, len(numbers), _BATCH):
        pairs = [(number, own[number]) for number in numbers[start : start + _BATCH]]
        batch = as_table(tx, [subscriptions.c.id, _VARIANT], pairs)
        each = _selected(tx, issue_id, briefing, audience, batch.c.variant_id)
        frozen += _write(tx, each.join(batch, batch.c.id == subscriptions.c.id))
    announce(tx, issue_id, frozen)
    return frozen


def _chosen(tx: Transaction, issue_id: int, briefing: str, audience: Audience) -> Select[Any]:
    """Return the deliveries of those who get a variant by what they chose."""
    if audience.variant_id is not None:
        return _selected(tx, issue_id, briefing, audience, literal(audience.variant_id))
    rows = [
        (choice.topics, choice.language, str(choice.format), variant_id)
        for choice, variant_id in audience.by_choice.items()
    ]
    batch = as_table(tx, _CHOICES, rows)
    chosen = _selected(tx, issue_id, briefing, audience, batch.c.variant_id)
    # An outer join and a condition that SQLite cannot see through: else it would walk over all
    # readers once for each choice.
    return chosen.outerjoin(
        batch,
        and_(
            batch.c.topics == cast(subscriptions.c.topics, Text),
            batch.c.language == subscribers.c.language,
            batch.c.format == subscribers.c.format,
        ),
    ).where(func.coalesce(batch.c.variant_id, 0) > 0)


def _selected(
    tx: Transaction,
    issue_id: int,
    briefing: str,
    audience: Audience,
    variant_id: Any,  # noqa: ANN401 - an SQL expression
) -> Select[Any]:
    """Return the rows to insert for the issue's readers."""
    on_record = exists().where(suppressions.c.address_hash == subscribers.c.address_hash)
    due: Any = literal(audience.not_before, Utc())
    zones = None
    if audience.by_zone:
        zones = as_table(tx, _ZONES, list(audience.by_zone.items()))
        due = case((zones.c.zone.is_not(None), zones.c.due_at), else_=due)
    query = (
        select(
            literal(issue_id),
            variant_id,
            subscribers.c.id,
            subscriptions.c.id,
            subscribers.c.email,
            case((on_record, DeliveryState.SUPPRESSED), else_=DeliveryState.QUEUED),
            literal(0),
            literal(0),
            case((on_record, "on the do-not-mail record"), else_=""),
            case((on_record, None), else_=due),
        )
        .select_from(subscriptions)
        .join(subscribers, subscribers.c.id == subscriptions.c.subscriber_id)
        .where(audience_of(briefing, audience.cadences), is_not_paused(issue_id))
        .order_by(subscribers.c.id)
    )
    if zones is not None:
        query = query.outerjoin(zones, zones.c.zone == subscribers.c.timezone)
    return query


def _write(tx: Transaction, rows: Select[Any]) -> int:
    columns = [
        "issue_id",
        "variant_id",
        "subscriber_id",
        "subscription_id",
        "email",
        "state",
        "attempts",
        "fence",
        "detail",
        "next_attempt_at",
    ]
    statement = insert(deliveries).from_select(columns, rows)
    # Without the option PostgreSQL's count is not kept for an INSERT.
    return tx.execute(statement, execution_options={"preserve_rowcount": True}).rowcount


def has_audience(
    tx: Transaction, briefing: str, cadences: Collection[Cadence] = tuple(Cadence)
) -> bool:
    """Return whether anybody would get an issue of *briefing*."""
    query = select(subscriptions.c.id).where(audience_of(briefing, cadences))
    return tx.execute(query.limit(1)).first() is not None
