"""Freezing: an issue and its audience are written, in the transaction of the caller."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from digest.model import Cadence, Occurrence
from digest.planning.reading import cadences_of
from digest.steps.compose.composition import Composition, Press
from digest.store import alerts, audience, clicks, deliveries, editing, issues
from digest.store.deliveries import Audience
from digest.store.engine import Transaction
from digest.store.issues import NewIssue, Variant


def freeze(
    tx: Transaction,
    press: Press,
    prepared: Composition,
    occurrence: Occurrence,
    now: datetime,
    due: Mapping[str, datetime] | None = None,
) -> tuple[int, int]:
    """Write the issue and one delivery for each reader. Return its id, and how many.

    Args:
        tx: An open transaction.
        press: What issues are made with.
        prepared: The issue.
        occurrence: For what it is made.
        now: When.
        due: When to send to readers in each time zone, the briefing's own under an empty name;
            ``None``: at once to all.
    """
    name, cadence = prepared.briefing, prepared.cadence
    briefing = press.config.briefings[name]
    last = max([occurrence.due_at, *(due or {}).values()])
    issue_id = issues.add(
        tx,
        NewIssue(
            briefing=name,
            period=occurrence.period,
            subject=prepared.subject,
            composed_at=now,
            expires_at=last + briefing.expire_after,
            relay=briefing.relay,
            key_id=press.keyring.first_id,
            cadence=cadence,
        ),
        prepared.number,
    )
    issues.add_articles(tx, issue_id, name, prepared.placed, cadence)
    clicks.add_links(tx, issue_id, prepared.targets)
    candidates = deliveries.freeze_for(
        tx, issue_id, name, _audience(tx, press, prepared, issue_id, due or {}, now)
    )
    issues.set_candidates(tx, issue_id, candidates)
    issues.add_absences(tx, issue_id, prepared.sorting.absences)
    audience.note_served(tx, prepared.served)
    waiting = [item.sequence for item in prepared.plan.waiting]
    editing.note_waiting(tx, name, cadence, waiting)
    if cadence is Cadence.EACH:
        editing.clear(tx, name)
    _tell_of_variants(tx, press, prepared, now)
    return issue_id, candidates


def _audience(
    tx: Transaction,
    press: Press,
    prepared: Composition,
    issue_id: int,
    due: Mapping[str, datetime],
    now: datetime,
) -> Audience:
    """Write the variants; return who gets which, and when."""
    sorting = prepared.sorting
    ids = {
        kind: issues.add_variant(
            tx,
            issue_id,
            Variant(
                item.name,
                item.skeleton.to_bytes(),
                item.mail.html,
                item.mail.text,
                item.fitting.to_text(),
            ),
        )
        for kind, item in zip(sorting.kinds, prepared.renditions, strict=True)
    }
    # None: at once, which keeps the order of ids.
    times = {zone: at if at > now else None for zone, at in due.items()}
    by_choice = {choice: ids[kind] for choice, kind in sorting.by_choice.items()}
    variants = set(by_choice.values())
    is_one = len(variants) == 1 and sorting.takes_all
    return Audience(
        variant_id=variants.pop() if is_one else None,
        by_choice=by_choice,
        own={number: ids[kind] if kind else None for number, kind in sorting.own.items()},
        cadences=cadences_of(press.config.briefings[prepared.briefing], prepared.cadence),
        by_zone={zone: at for zone, at in times.items() if zone},
        not_before=times.get(""),
    )


def _tell_of_variants(tx: Transaction, press: Press, prepared: Composition, now: datetime) -> None:
    """Say that readers got more than they chose, or that this is over."""
    name, sorting = prepared.briefing, prepared.sorting
    most = press.config.briefings[name].max_variants
    key = f"variants:{name}"
    if not sorting.merged:
        alerts.clear_alert(tx, key, now)
        return
    text = (
        f"issue {prepared.number} of {name} would have had {sorting.wanted_kinds} variants, more "
        f"than max_variants = {most}: {sorting.merged} readers get all of it, in the briefing's "
        "language. Nobody was left out; raise max_variants if the machine has time for it"
    )
    alerts.raise_alert(tx, key, text, now)
