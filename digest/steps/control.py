"""Control: the operator stops, resumes, or ends an issue that is on its way.

Whatever is asked for takes effect within a second: senders look at the issue's state that often. A
message whose body is on the wire at that moment is finished and its result is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from digest.errors import DigestError, NotFoundError
from digest.model import Decision, IssueState
from digest.store import alerts, deliveries, issues, pacing, releases, uncertain
from digest.store.catchup import require_current
from digest.store.deliveries import Ledger
from digest.store.engine import Store
from digest.store.uncertain import Choice


class Command(StrEnum):
    """What can be asked for."""

    PAUSE = "pause"  #: Send no more for now.
    HOLD = "hold"  #: The same, because something in the issue needs a look.
    RESUME = "resume"  #: Go on.
    CANCEL = "cancel"  #: Never send what has not gone out.


_FROM = {
    Command.PAUSE: frozenset({IssueState.COMPOSED, IssueState.SENDING}),
    Command.HOLD: frozenset({IssueState.COMPOSED, IssueState.SENDING, IssueState.PAUSED}),
    Command.RESUME: frozenset({IssueState.PAUSED, IssueState.HELD}),
    Command.CANCEL: frozenset(
        {IssueState.COMPOSED, IssueState.SENDING, IssueState.PAUSED, IssueState.HELD}
    ),
}

_TO = {
    Command.PAUSE: IssueState.PAUSED,
    Command.HOLD: IssueState.HELD,
    Command.RESUME: IssueState.SENDING,
    Command.CANCEL: IssueState.CANCELLED,
}


@dataclass(frozen=True, slots=True)
class ControlResult:
    """What a command did."""

    state: IssueState
    cancelled: int
    """Deliveries that will not be sent any more."""

    ledger: Ledger


def control(store: Store, issue_id: int, command: Command, *, now: datetime) -> ControlResult:
    """Carry out *command* on the issue.

    Stopping is always possible. To go on with an issue, or to end it, one must know who has got it.

    Raises:
        NotFoundError: if there is no such issue.
        DigestError: if the issue is in a state that the command is not for; nothing is changed.
        RestoredError: if it is to be resumed or cancelled in a restored backup; see
            `digest reconcile`.
    """
    if command in {Command.RESUME, Command.CANCEL}:
        require_current(store)
    with store.write() as tx:
        issue = issues.get(tx, issue_id)
        if issue is None:
            raise NotFoundError("issue", str(issue_id))
        target = _TO[command]
        if issue.state is not target:
            if issue.state not in _FROM[command]:
                raise DigestError(
                    f"issue {issue.briefing}/{issue.number} is {issue.state}: "
                    f"there is nothing to {command}"
                )
            finished_at = now if target is IssueState.CANCELLED else None
            issues.move(tx, issue_id, target, if_in={issue.state}, finished_at=finished_at)
        if command in {Command.RESUME, Command.CANCEL}:
            # The operator has seen why it paused itself: for the same it does not do so again.
            pacing.answer_pauses(tx, issue_id, now)
            for about in ("start", "preflight", "approval"):
                alerts.clear_alert(tx, f"{about}:{issue_id}", now)
        if command is Command.RESUME and releases.of(tx, issue_id):
            # Whoever lets it go on has decided: nobody need be asked any more.
            releases.decide(tx, issue_id, Decision.SEND, "operator", now)
        cancelled = deliveries.cancel(tx, issue_id, now) if command is Command.CANCEL else 0
        return ControlResult(target, cancelled, deliveries.ledger(tx, issue_id))


@dataclass(frozen=True, slots=True)
class UncertainResult:
    """What became of an issue's uncertain deliveries."""

    decided: int
    ledger: Ledger


def decide_uncertain(
    store: Store, issue_id: int, choice: Choice, *, now: datetime
) -> UncertainResult:
    """Decide about all deliveries of the issue of which nobody knows whether they arrived.

    Raises:
        NotFoundError: if there is no such issue.
        RestoredError: if the database is a restored backup; see `digest reconcile`.
    """
    require_current(store)
    with store.write() as tx:
        issue = issues.get(tx, issue_id)
        if issue is None:
            raise NotFoundError("issue", str(issue_id))
        decided = uncertain.decide(tx, issue, choice, now)
        ledger = deliveries.ledger(tx, issue_id)
        if ledger.open == 0:
            # Nothing is left to send, so no sender will come to finish it.
            issues.move(
                tx, issue_id, IssueState.FINISHED, if_in={IssueState.SENDING}, finished_at=now
            )
        return UncertainResult(decided, ledger)
