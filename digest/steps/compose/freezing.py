"""Freezing: an issue and its audience are written, in the transaction of the caller."""

from __future__ import annotations

from datetime import datetime

from digest.model import Occurrence
from digest.steps.compose.composition import Composition, Press
from digest.steps.compose.content import placed_of
from digest.store import deliveries, issues
from digest.store.engine import Transaction
from digest.store.issues import NewIssue, Variant


def freeze(
    tx: Transaction, press: Press, prepared: Composition, occurrence: Occurrence, now: datetime
) -> tuple[int, int]:
    """Write the issue and one delivery for each reader. Return its id, and how many."""
    name = prepared.briefing
    briefing = press.config.briefings[name]
    issue_id = issues.add(
        tx,
        NewIssue(
            briefing=name,
            period=occurrence.period,
            subject=prepared.subject,
            composed_at=now,
            expires_at=occurrence.due_at + briefing.expire_after,
            relay=briefing.relay,
            key_id=press.keyring.first_id,
        ),
        prepared.number,
    )
    issues.add_articles(tx, issue_id, name, placed_of(prepared.plan, prepared.content.articles))
    (variant_id,) = (
        issues.add_variant(
            tx,
            issue_id,
            Variant(item.name, item.skeleton.to_bytes(), item.mail.html, item.mail.text),
        )
        for item in prepared.renditions
    )
    candidates = deliveries.freeze(tx, issue_id, name, variant_id)
    issues.set_candidates(tx, issue_id, candidates)
    return issue_id, candidates
