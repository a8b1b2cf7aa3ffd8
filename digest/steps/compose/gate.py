"""The gate: what a new issue has to pass before it goes out, in the transaction that makes it.

An issue made at its cut-off waits until it is due. What preflight finds is written down; an error
holds the issue. Editors are asked. Links are looked at afterwards, by somebody who may wait for
other people's servers: the issue waits for that, but not for ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from digest.model import Decision, IssueState, NoticeKind, Occurrence
from digest.preflight import Finding, Level, judge, stops
from digest.steps.compose.composition import Composition, Press
from digest.steps.compose.proofs import proofs_of
from digest.store import alerts, issues, notices, releases
from digest.store.engine import Transaction
from digest.store.releases import Noted, Release

PATIENCE = timedelta(minutes=2)
"""Beyond the time for links, how long an issue that is due waits for whoever looks at them."""


def set_gate(  # noqa: PLR0913 - what was frozen, for what, and how
    tx: Transaction,
    press: Press,
    prepared: Composition,
    issue_id: int,
    occurrence: Occurrence,
    now: datetime,
    *,
    due: Mapping[str, datetime] | None = None,
    is_scheduled: bool = True,
) -> str:
    """Write what holds the issue back. Return why it is held; empty: nothing is wrong with it.

    Args:
        tx: The transaction that froze the issue.
        press: What issues are made with.
        prepared: The issue.
        issue_id: Its number.
        occurrence: For what it was made.
        now: When.
        due: When it goes to readers in each time zone; ``None``: to all when it is due.
        is_scheduled: Whether editors are asked; what is sent by hand was wanted.
    """
    config = press.config
    briefing = config.briefings[prepared.briefing]
    send_at = max(now, min((due or {"": occurrence.due_at}).values()))
    editors = briefing.approval_editors if is_scheduled else ()
    looks_at_links = press.looks_at_links and config.preflight.fetches
    patience = timedelta(seconds=config.preflight.link_seconds) + PATIENCE
    if send_at > now or editors or looks_at_links:
        release = Release(
            issue_id,
            send_at,
            check_by=send_at + patience if looks_at_links else None,
            deadline_at=send_at - briefing.approval_deadline if editors else None,
            default=Decision(briefing.approval_default) if editors else None,
        )
        releases.add(tx, release)
    found = judge(proofs_of(config, press.keyring, prepared, now), config.preflight)
    releases.add_findings(tx, issue_id, map(noted, found))
    for email in editors:
        asked = releases.add_editor(tx, issue_id, email)
        details = {
            "editor": asked.id,
            "briefings": [prepared.briefing],
            "key": press.keyring.first_id,
        }
        expires_at = send_at + briefing.expire_after
        notices.add(tx, NoticeKind.APPROVAL, email, details, now=now, expires_at=expires_at)
    if not stops(found):
        return ""
    issues.move(tx, issue_id, IssueState.HELD, if_in={IssueState.COMPOSED})
    name = f"{prepared.briefing}/{prepared.number}"
    reason = next(str(item) for item in found if item.level is Level.ERROR)
    alerts.raise_alert(tx, f"preflight:{issue_id}", held_text(name, reason), now)
    return reason


def noted(finding: Finding) -> Noted:
    """Return *finding* as it is kept."""
    return Noted(finding.rule, finding.level, finding.text, finding.where)


def held_text(name: str, reason: str) -> str:
    """Return what the alert says of the issue called *name*, held because of *reason*."""
    return (
        f"{name} is held: {reason}. Look at it with `digest issues show {name}`; "
        f"`digest issues approve {name}` sends it all the same, `digest issues drop {name}` never"
    )
