"""Refreezing: an issue that nobody has got is composed anew, for the same due time.

The one that was frozen wrongly is cancelled and gives up its period and its articles; the new one
has the next number. All in one transaction, so that there is always exactly one.
"""

from __future__ import annotations

from datetime import datetime

from digest.config import Config
from digest.errors import DigestError, NotFoundError
from digest.model import DeliveryState, Issue, IssueState, Occurrence
from digest.rendering import Renderer
from digest.steps.compose.composition import ComposeResult, Press
from digest.steps.compose.step import compose_one
from digest.steps.compose.stream import due_in_zones
from digest.store import alerts, deliveries, issues, occurrences, releases
from digest.store.catchup import require_current
from digest.store.engine import Store, Transaction
from digest.tokens import Keyring

_OVER = frozenset({IssueState.FINISHED, IssueState.CANCELLED})


def refreeze(
    store: Store,
    config: Config,
    renderer: Renderer,
    keyring: Keyring,
    issue_id: int,
    *,
    now: datetime,
    looks_at_links: bool = False,
) -> ComposeResult:
    """Compose the issue anew of what there is now, for those who are subscribed now.

    Editors are asked again, where they are asked. *looks_at_links* is as for ``compose_due``.

    Raises:
        NotFoundError: if there is no such issue, or its briefing is not in the settings.
        DigestError: if anybody has got it or may have, if it is over or too late, or if there would
            be nothing in the new one. Nothing is changed.
        RestoredError: if the database is a restored backup; see `digest reconcile`.
        TemplateError: if a template is broken.
    """
    require_current(store)
    press = Press(config, renderer, keyring, looks_at_links)
    with store.write() as tx:
        issue = issues.get(tx, issue_id)
        if issue is None:
            raise NotFoundError("issue", str(issue_id))
        config.briefing(issue.briefing)
        name = f"{issue.briefing}/{issue.number}"
        if reason := _why_not(tx, issue, name, now):
            raise DigestError(f"{name} cannot be composed anew: {reason}")
        known = occurrences.find(tx, issue.briefing, issue.period)
        _give_up(tx, issue, now)
        made = compose_one(
            tx,
            press,
            known or Occurrence(issue.briefing, issue.period, now, cadence=issue.cadence),
            now=now,
            due=due_in_zones(tx, config, known) if known else None,
            is_scheduled=known is not None,
        )
        if made.issue_id is None:
            raise DigestError(
                f"{name} stays as it is: nothing would take its place ({made.reason}). "
                f"`digest issues cancel {name}` ends it"
            )
        return made


def _why_not(tx: Transaction, issue: Issue, name: str, now: datetime) -> str:
    if issue.state in _OVER:
        return f"it is {issue.state}; `digest send {issue.briefing} --now` sends what is new"
    counts = deliveries.ledger(tx, issue.id).counts
    got = counts[DeliveryState.ACCEPTED]
    if got or counts[DeliveryState.UNCERTAIN]:
        return (
            f"{got} readers have got it and {counts[DeliveryState.UNCERTAIN]} may have. `digest "
            f"issues cancel {name}` spares the others; `digest send {issue.briefing} --correct "
            f"{issue.number}` mails a correction to those who got it"
        )
    if counts[DeliveryState.CLAIMED]:
        return (
            "mails of it are on their way at this moment. `digest issues hold "
            f"{name}` stops that within a second: then try again"
        )
    if issue.expires_at <= now:
        return f"it is too late for it; `digest send {issue.briefing} --now` sends what is new"
    if releases.corrects(tx, issue.id) is not None:
        return f"it corrects another one. `digest issues cancel {name}`, and send that again"
    return ""


def _give_up(tx: Transaction, issue: Issue, now: datetime) -> None:
    issues.move(tx, issue.id, IssueState.CANCELLED, if_in=set(IssueState) - _OVER, finished_at=now)
    deliveries.cancel(tx, issue.id, now, "composed anew")
    issues.retire(tx, issue.id)
    for about in ("start", "preflight", "approval", "issue"):
        alerts.clear_alert(tx, f"{about}:{issue.id}", now)
