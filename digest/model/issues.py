"""Issues and their deliveries."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from digest.model.readers import Cadence

if TYPE_CHECKING:
    from datetime import datetime


class IssueState(StrEnum):
    """Where an issue stands. Frozen from the first moment."""

    COMPOSED = "composed"
    SENDING = "sending"
    PAUSED = "paused"
    HELD = "held"
    FINISHED = "finished"
    CANCELLED = "cancelled"


class DeliveryState(StrEnum):
    """What is known of one issue to one subscriber."""

    QUEUED = "queued"  #: Waits for its first attempt.
    CLAIMED = "claimed"  #: A sender holds it at this moment.
    ACCEPTED = "accepted"  #: The relay took over; it may still bounce.
    DEFERRED = "deferred"  #: To be tried again at ``next_attempt_at``.
    REFUSED = "refused"  #: The relay said no for good.
    UNCERTAIN = "uncertain"  #: The final dot went out and no reply came back.
    SUPPRESSED = "suppressed"  #: Not sent: unsubscribed or on the do-not-mail record.
    EXPIRED = "expired"  #: Not sent: too old to be of use.
    CANCELLED = "cancelled"  #: Not sent: the operator cancelled the issue.


class Placement(StrEnum):
    """What an editor wants of an article in a briefing's next issue."""

    LEAD = "lead"  #: It leads.
    FIRST = "first"  #: It is in, before the others, in the order of their positions.
    HOLD = "hold"  #: Not in the next issue; in the one after it.
    DROP = "drop"  #: Never in this briefing.


class Decision(StrEnum):
    """What an editor says of an issue that is about to go out."""

    SEND = "send"  #: It may go, once it is due.
    HOLD = "hold"  #: Not before somebody says so.
    DROP = "drop"  #: Never.


OPEN_STATES = frozenset(
    {
        DeliveryState.QUEUED,
        DeliveryState.CLAIMED,
        DeliveryState.DEFERRED,
        DeliveryState.UNCERTAIN,
    }
)
"""States of a delivery that keep its issue from being finished."""


class OccurrenceState(StrEnum):
    """What became of one due time."""

    DUE = "due"
    COMPOSED = "composed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One due time of one schedule, keyed by its local date."""

    briefing: str
    period: str
    """The local date, ``2026-11-24``."""

    due_at: datetime
    state: OccurrenceState = OccurrenceState.DUE
    reason: str = ""
    """Why nothing was sent, when nothing was."""

    cadence: Cadence = Cadence.EACH
    """For whom the issue is."""


@dataclass(frozen=True, slots=True)
class Issue:
    """One number of a briefing, frozen when composed."""

    id: int
    briefing: str
    number: int
    period: str
    subject: str
    state: IssueState
    composed_at: datetime
    expires_at: datetime
    """After this nothing of it is sent any more."""

    finished_at: datetime | None = None
    relay: str = ""
    candidates: int = 0
    """How many deliveries were frozen; the ledger adds up to this for ever."""

    key_id: str = ""
    """Which secret key signs it, whatever becomes the newest one; empty: the oldest."""

    cadence: Cadence = Cadence.EACH
    """For whom it is: those who want every issue, or those who want one a week."""

    @property
    def key(self) -> str:
        """The issue's name in Message-IDs and placeholders; see :func:`issue_key`."""
        return issue_key(self.briefing, self.number, self.composed_at)


def issue_key(briefing: str, number: int, composed_at: datetime) -> str:
    """Return what names an issue for ever, even if a restored backup counts a number twice."""
    return f"{briefing}/{number}/{composed_at.isoformat()}"
