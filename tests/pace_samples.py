"""Outcomes and messages for the tests of ``digest.mail.pace``."""

from __future__ import annotations

from dataclasses import dataclass

from digest.mail.outcome import Kind, Outcome, Scope
from digest.model import DeliveryState


def outcome(
    kind: Kind,
    scope: Scope = Scope.MESSAGE,
    state: DeliveryState = DeliveryState.DEFERRED,
) -> Outcome:
    """Return an outcome that says no more than what it is."""
    return Outcome(kind, scope, state, "")


ACCEPTED = outcome(Kind.ACCEPTED, state=DeliveryState.ACCEPTED)
THROTTLED = outcome(Kind.THROTTLED)
THROTTLED_RELAY = outcome(Kind.THROTTLED, Scope.RELAY)
GREYLISTED = outcome(Kind.GREYLISTED)
NO_SUCH_ADDRESS = outcome(Kind.PERMANENT, Scope.RECIPIENT, DeliveryState.REFUSED)
BLOCKED = outcome(Kind.OUR_FAULT)
PUT_OFF = outcome(Kind.TRANSIENT)
UNCERTAIN = outcome(Kind.UNCERTAIN, state=DeliveryState.UNCERTAIN)
BROKEN = outcome(Kind.TRANSIENT, Scope.SESSION)
GIVEN_BACK = outcome(Kind.TRANSIENT, state=DeliveryState.QUEUED)


@dataclass(frozen=True, slots=True)
class Letter:
    """A claimed message."""

    domain: str
    number: int = 0
    begin_before: float = 50.0
