"""Waiting: why an issue that was made is not out yet, as a sentence."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from digest.model import Decision, Issue, IssueState
from digest.store import issues, releases
from digest.store.engine import Transaction
from digest.store.releases import Release


def why_not_out(tx: Transaction, issue: Issue, zone: str, now: datetime) -> str:
    """Return what the issue waits for, with times in *zone*; empty: it is out, or on its way."""
    if issue.state in _ENDED:
        return _ENDED[issue.state]
    release = releases.of(tx, issue.id)
    if issue.state is IssueState.HELD:
        return _why_held(tx, issue, release)
    if release is None:
        return ""
    if release.deadline_at and release.decision is None:
        when = _local(release.deadline_at, zone)
        return f"waits for an editor; nobody by {when}: {release.default}"
    if release.send_at > now:
        return f"goes out at {_local(release.send_at, zone)}"
    is_checked = release.check_by is None or release.checked_at or release.check_by <= now
    return "" if is_checked else "waits for its links to be looked at"


_ENDED = {
    IssueState.CANCELLED: "was dropped",
    IssueState.PAUSED: "is paused",
    IssueState.FINISHED: "",
}


def _why_held(tx: Transaction, issue: Issue, release: Release | None) -> str:
    if release and release.decision is Decision.HOLD:
        return f"is held by {release.decided_by}"
    errors = [item.rule for item in releases.findings_of(tx, issue.id) if item.level == "error"]
    return f"is held by preflight ({errors[0]})" if errors else "is held"


def made_for(
    tx: Transaction, briefing: str, period: str, zone: str, now: datetime
) -> tuple[Issue, str] | None:
    """Return the issue that was made for *period* already, and what it waits for; or ``None``."""
    for issue in issues.list_issues(tx, briefing, limit=20):
        if issue.period == period:
            return issue, why_not_out(tx, issue, zone, now)
    return None


def not_over(tx: Transaction, briefing: str, zone: str, now: datetime) -> list[tuple[Issue, str]]:
    """Return the briefing's issues of which something is to be sent yet, oldest first.

    Each with what it waits for, as :func:`why_not_out` says it; or that it is on its way.
    """
    over = {IssueState.CANCELLED, IssueState.FINISHED}
    return [
        (issue, why_not_out(tx, issue, zone, now) or "is on its way")
        for issue in issues.in_states(tx, set(IssueState) - over)
        if issue.briefing == briefing
    ]


def _local(moment: datetime, zone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(zone)):%a %H:%M}"
