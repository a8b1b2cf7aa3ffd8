"""What comes back counts for sending: refusals are kept as reports, and pauses of these heeded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from digest.mail.outcome import Outcome
from digest.mail.pace.providers import provider_of
from digest.mail.reports import Sort
from digest.model import Issue
from digest.steps.deliver.commits import Also
from digest.steps.deliver.lane import Lane
from digest.store import feedback
from digest.store.claims import Claim
from digest.store.feedback import NewReport, Pause


def reported(issue: Issue, claim: Claim, lane: Lane, outcome: Outcome, now: datetime) -> list[Also]:
    """Return what keeps a reply that speaks of the recipient, for what follows from it.

    Of one message each kind is kept once, however often it is tried.
    """
    if not outcome.is_recipient_failure:
        return []
    new = NewReport(
        identity=f"reply/{issue.id}/{claim.subscriber_id}/{outcome.kind}",
        at=now,
        source="reply",
        sort=Sort.BOUNCE,
        kind=outcome.kind,
        scope=outcome.scope,
        proof="reply",
        subscriber_id=claim.subscriber_id,
        issue_id=issue.id,
        relay=lane.name,
        domain=claim.email.rpartition("@")[2].lower(),
        reason=f"{outcome.reason.partition(' (')[0]}.",
        diagnostic=outcome.reason,
    )
    return [lambda tx: feedback.add(tx, new)]


def heed_pauses(
    found: Iterable[Pause], lanes: Mapping[str, Lane], at: float, now: datetime
) -> None:
    """Leave alone what reports say that we must: a domain, or all that a relay takes."""
    for pause in found:
        lane = lanes.get(pause.relay)
        if lane is None:
            continue
        until_at = at + (pause.until - now).total_seconds()
        if pause.domain:
            lane.limits.leave_alone(provider_of(pause.domain), until_at, at)
        else:
            reason = f"relay {pause.relay!r}: {pause.reason}"
            lane.breaker = lane.breaker.rested(reason, until_at)
