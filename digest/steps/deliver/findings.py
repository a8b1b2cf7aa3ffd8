"""What is kept in the store of what results say of relays and domains."""

from __future__ import annotations

from datetime import datetime

from digest.mail.outcome import Outcome
from digest.mail.pace.blame import Reach
from digest.steps.deliver.commits import Also
from digest.steps.deliver.lane import Lane
from digest.store import alerts, pacing


def warmed(lane: Lane, now: datetime) -> list[Also]:
    """Count a message that the relay took, if it is a new sender's; return what keeps the count."""
    warmup = lane.warmup
    if warmup is None:
        return []
    day = warmup.today(now).isoformat()
    warmup.sent += 1
    return [lambda tx: pacing.add_messages(tx, lane.name, day, 1)]


def alerted(lane: Lane, domain: str, reach: Reach, outcome: Outcome, now: datetime) -> list[Also]:
    """Return what raises or clears alerts because of a refusal, or of its end."""
    key = f"domain:{lane.name}/{domain}"
    if reach is Reach.CLEARED:
        return [lambda tx: alerts.clear_alert(tx, key, now)]
    if reach is Reach.RELAY:
        reason = lane.breaker.reason
        keys = [f"domain:{lane.name}/{name}" for name in lane.blame.forget()]
        return [
            lambda tx: alerts.raise_alert(tx, f"relay:{lane.name}", reason, now),
            # It is not the domains that are to blame.
            lambda tx: [alerts.clear_alert(tx, key, now) for key in keys],
        ]
    text = (
        f"{domain} refuses our mail by relay {lane.name!r}: {outcome.reason} "
        "It is left alone for a while and tried again; no subscriber is touched"
    )
    return [lambda tx: alerts.raise_alert(tx, key, text, now)]
