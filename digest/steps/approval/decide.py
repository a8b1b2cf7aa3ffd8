"""Decide: what an editor, the operator, or the deadline says of an issue is done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from digest.errors import DigestError, NotFoundError
from digest.model import Decision, Issue, IssueState
from digest.store import alerts, deliveries, issues, releases
from digest.store.catchup import require_current, why_held
from digest.store.engine import Store, Transaction

OPERATOR = "operator"
"""Who decides by a command."""

DEADLINE = "deadline"
"""Who decides when nobody else does in time."""

_OVER = frozenset({IssueState.FINISHED, IssueState.CANCELLED})
_STOPPED = frozenset({IssueState.COMPOSED, IssueState.SENDING, IssueState.PAUSED})


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision did."""

    issue: Issue
    """As it stands now."""

    decision: Decision
    by: str
    send_at: datetime | None
    """When it goes out; ``None``: at once, or never."""

    cancelled: int = 0
    """Deliveries that will not be sent any more."""


def decide(store: Store, issue_id: int, decision: Decision, by: str, *, now: datetime) -> Decided:
    """Do what *by* (an editor's address, or :data:`OPERATOR`) decided about the issue.

    Sending lets go what was held, when it is due; an issue that was paused stays so. Holding and
    dropping stop one that is on its way too: what is out is out.

    Raises:
        NotFoundError: if there is no such issue.
        DigestError: if it is over: all is sent, or it was dropped. Nothing is changed.
        RestoredError: if it is to be sent or dropped in a restored backup; see `digest reconcile`.
    """
    if decision is not Decision.HOLD:
        require_current(store)
    with store.write() as tx:
        issue = issues.get(tx, issue_id)
        if issue is None:
            raise NotFoundError("issue", str(issue_id))
        if issue.state in _OVER and not (
            decision is Decision.DROP and issue.state is IssueState.CANCELLED
        ):
            name = f"{issue.briefing}/{issue.number}"
            raise DigestError(f"issue {name} is {issue.state}: there is nothing to decide any more")
        return _carry_out(tx, issue, decision, by, now)


def settle_undecided(store: Store, *, now: datetime) -> tuple[Decided, ...]:
    """Do what the settings say of each issue whose deadline is over and nobody decided about.

    One that is held then raises an alert. In a restored backup nothing is decided: it may be known
    already what was.
    """
    if why_held(store):
        return ()
    with store.read() as tx:
        if not releases.undecided(tx, now):
            return ()
    done = []
    with store.write() as tx:
        for release in releases.undecided(tx, now):
            issue = issues.get(tx, release.issue_id)
            if issue is None or release.default is None:  # pragma: no cover - constraints forbid it
                continue
            done.append(_carry_out(tx, issue, release.default, DEADLINE, now))
            if release.default is Decision.HOLD:
                name = f"{issue.briefing}/{issue.number}"
                text = (
                    f"{name} is held: no editor decided in time. `digest issues approve {name}` "
                    f"sends it, `digest issues drop {name}` does not"
                )
                alerts.raise_alert(tx, f"approval:{issue.id}", text, now)
    return tuple(done)


def _carry_out(
    tx: Transaction, issue: Issue, decision: Decision, by: str, now: datetime
) -> Decided:
    releases.decide(tx, issue.id, decision, by, now)
    release = releases.of(tx, issue.id)
    later = release.send_at if release and release.send_at > now else None
    cancelled = 0
    if decision is Decision.SEND:
        # What is not due yet is nothing that readers may see on the site either.
        target = IssueState.COMPOSED if later else IssueState.SENDING
        issues.move(tx, issue.id, target, if_in={IssueState.HELD})
    elif decision is Decision.HOLD:
        issues.move(tx, issue.id, IssueState.HELD, if_in=_STOPPED)
    else:
        everything = _STOPPED | {IssueState.HELD}
        issues.move(tx, issue.id, IssueState.CANCELLED, if_in=everything, finished_at=now)
        cancelled = deliveries.cancel(tx, issue.id, now)
    if by != DEADLINE:
        for about in ("preflight", "approval"):
            alerts.clear_alert(tx, f"{about}:{issue.id}", now)
    return Decided(
        issue=issues.get(tx, issue.id) or issue,
        decision=decision,
        by=by,
        send_at=later if decision is Decision.SEND else None,
        cancelled=cancelled,
    )
