"""What a relay's answer means for a delivery, its subscriber, and us; and when to try again.

Pure: takes results, times and a random number as values. How refusals are told apart is in
``refusals``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.errors import RelayError
from digest.mail.refusals import OPENING, Kind, Scope, rule_for
from digest.mail.relay import SessionError
from digest.mail.replies import Result, Stage
from digest.model import DeliveryState

__all__ = ["Kind", "Outcome", "Scope", "outcome_of", "outcome_of_error", "retry_at"]

FIRST_RETRY = timedelta(minutes=5)
LAST_RETRY = timedelta(minutes=66)
"""The wait doubles from the first to the last, and stays there."""

UNCERTAIN_RETRY = timedelta(minutes=15)
"""At least so long after a final dot without a reply: the relay may still be at work on it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What to make of one result."""

    kind: Kind
    scope: Scope
    state: DeliveryState
    """What the delivery becomes; ``QUEUED`` hands it back as if it had not been tried."""

    reason: str
    """One sentence for people, with what the relay said."""

    @property
    def is_failure(self) -> bool:
        """Whether this counts as a failed attempt of the delivery.

        Being asked to slow down and broken sessions do not.
        """
        return (
            self.kind not in {Kind.ACCEPTED, Kind.THROTTLED}
            and self.scope is not Scope.SESSION
            and self.state is not DeliveryState.QUEUED
        )

    @property
    def is_recipient_failure(self) -> bool:
        """Whether this counts against the address: a permanent one once, a transient one a bit."""
        return self.scope is Scope.RECIPIENT

    @property
    def suppresses(self) -> bool:
        """Whether the address belongs on the do-not-mail record; the threshold is the caller's."""
        return self.scope is Scope.RECIPIENT and self.kind is Kind.PERMANENT

    @property
    def pauses(self) -> bool:
        """Whether to stop sending by this relay or to this domain, and tell the operator."""
        return self.kind is Kind.OUR_FAULT


def outcome_of(result: Result) -> Outcome:
    """Return what *result* means (RFC 5321 section 4.2.1, enhanced codes by RFC 3463).

    Raises:
        ValueError: for a reply that is no verdict, such as 354; ``smtp`` makes no such result.
    """
    reply = result.reply
    if reply is None:
        return _of_silence(result)
    if result.accepted:
        said = f"The relay took the message over: {reply}"
        return Outcome(Kind.ACCEPTED, Scope.MESSAGE, DeliveryState.ACCEPTED, said)
    rule = rule_for(result.stage, reply)
    said = f"{rule.sentence} ({result.stage}: {reply})."
    is_final = rule.is_final or rule.kind is Kind.PERMANENT
    state = DeliveryState.REFUSED if is_final else DeliveryState.DEFERRED
    return Outcome(rule.kind, rule.scope, state, said)


def outcome_of_error(error: RelayError) -> Outcome:
    """Return what it means that no session was had: for the relay, not for any one delivery."""
    if isinstance(error, SessionError):
        return outcome_of(error.result)
    return Outcome(Kind.OUR_FAULT, Scope.RELAY, DeliveryState.DEFERRED, str(error))


def retry_at(
    outcome: Outcome,
    attempts: int,
    now: datetime,
    fraction: float,
    uncertain_after: timedelta = UNCERTAIN_RETRY,
) -> datetime:
    """Return when to try again: 5 minutes, doubling to 66, give or take a quarter.

    After greylisting first 5 minutes give or take a fifth; what is our fault waits the longest at
    once, since somebody has to mend it; what is uncertain waits *uncertain_after* at least.

    Args:
        outcome: of the attempt that was just made.
        attempts: how many there were that failed, this one included; 0 is taken for 1.
        now: when it ended.
        fraction: a random number, from 0 up to but not including 1; the caller draws it.
        uncertain_after: how long to leave an uncertain message alone.

    Raises:
        ValueError: if *outcome* is final.
    """
    if outcome.state in {DeliveryState.ACCEPTED, DeliveryState.REFUSED}:
        raise ValueError(f"There is no retry for {outcome.state}.")
    if outcome.state is DeliveryState.QUEUED:
        return now
    doublings = min(max(attempts, 1) - 1, 8)
    wait: timedelta = min(FIRST_RETRY * (1 << doublings), LAST_RETRY)
    spread = 0.25
    if outcome.kind is Kind.GREYLISTED and doublings == 0:
        spread = 0.2
    elif outcome.kind is Kind.OUR_FAULT:
        wait = LAST_RETRY
    wait *= 1 - spread + 2 * spread * fraction
    if outcome.kind is Kind.UNCERTAIN:
        wait = max(wait, uncertain_after)
    return now + wait


def _of_silence(result: Result) -> Outcome:
    """Return what it means that no reply came."""
    cause = str(result.cause or "nothing of it was sent")
    if result.stage is Stage.DOT:
        said = f"The message was sent and the relay has not said whether it took it ({cause})."
        return Outcome(Kind.UNCERTAIN, Scope.MESSAGE, DeliveryState.UNCERTAIN, said)
    if result.stage is Stage.UNSENT:
        said = f"Not attempted ({cause})."
        return Outcome(Kind.TRANSIENT, Scope.SESSION, DeliveryState.QUEUED, said)
    if result.stage in OPENING:
        said = f"The relay cannot be used at the moment ({result.stage}: {cause})."
        return Outcome(Kind.TRANSIENT, Scope.RELAY, DeliveryState.DEFERRED, said)
    said = f"The session broke before the message was sent ({result.stage}: {cause})."
    return Outcome(Kind.TRANSIENT, Scope.SESSION, DeliveryState.DEFERRED, said)
