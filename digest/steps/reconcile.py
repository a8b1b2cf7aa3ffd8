"""Reconcile: a restored backup learns from the journal what was done since, and sending goes on.

Nobody who was mailed is mailed again, nobody who was not is forgotten, and who left has left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from digest.errors import DigestError, RestoredError
from digest.model import IssueState
from digest.store import alerts, gaps, generation, issues
from digest.store.engine import Store, Transaction
from digest.store.generation import FactLog, Standing
from digest.store.replay import Replayed, replay

ALERT = "restored"
"""Key of the alert that is up while sending is held."""


class _DryRunError(Exception):
    """Takes back what was only tried."""


@dataclass(frozen=True, slots=True)
class ReconcileResult:
    """What was found and done."""

    found: Standing
    """How the database and the journal stood to each other."""

    replayed: Replayed
    held: tuple[str, ...] = ()
    """Issues put on hold because nobody knows who got them: resume or cancel each."""

    is_dry_run: bool = False


def reconcile(
    store: Store,
    *,
    now: datetime,
    uncertain_after: timedelta | None,
    others: Sequence[FactLog] = (),
    without_journal: bool = False,
    dry_run: bool = False,
) -> ReconcileResult:
    """Write into *store* what its journal, and those of other hosts, know; then it is current.

    All of it or nothing, and a second time does nothing.

    Args:
        store: The database, with its journal.
        now: The time.
        uncertain_after: How long to leave alone what is uncertain; ``None``: for good.
        others: Journals of further hosts that share the database.
        without_journal: Go on although the journal is missing, or begins later than the backup:
            open issues are put on hold, since whom they went to is not known.
        dry_run: Only say what would be done.

    Raises:
        RestoredError: if the journal is missing or too short, unless *without_journal*.
    """
    log = store.fact_log
    if log is None:
        raise DigestError("this database has no journal to reconcile it with")
    logs = [log, *others]
    result: ReconcileResult | None = None
    try:
        with store.write() as tx:
            found = generation.standing(tx, log)
            gap = found.why_held if found.is_missing else _gap(tx, logs)
            if gap and not without_journal:
                raise RestoredError(gap)
            if found.is_missing:
                generation.forget_all(tx)
                replayed = Replayed()
            else:
                until = None if uncertain_after is None else now + uncertain_after
                replayed = _replay(tx, logs, now, until)
            if found.ahead or found.is_missing:
                gaps.leave_gaps(tx, now)
            held = _hold_open(tx) if gap else ()
            alerts.clear_alert(tx, ALERT, now)
            result = ReconcileResult(found, replayed, held, dry_run)
            if dry_run:
                raise _DryRunError  # noqa: TRY301 - rolls the transaction back
    except _DryRunError:
        pass
    else:
        store.is_current = True
    if result is None:
        raise AssertionError
    return result


def _replay(
    tx: Transaction, logs: Sequence[FactLog], now: datetime, uncertain_until: datetime | None
) -> Replayed:
    standings = [(log, generation.lock(tx, log)) for log in logs]
    replayed = replay(
        tx,
        lambda: chain.from_iterable(log.facts(found.position) for log, found in standings),
        now,
        uncertain_until,
    )
    for log, found in standings:
        generation.put(tx, log.id, max(found.tail, found.position))
    return replayed


def _gap(tx: Transaction, logs: Sequence[FactLog]) -> str:
    """Return what the journals lack between the backup and their beginning; empty: nothing."""
    for log in logs:
        found = generation.standing(tx, log)
        if found.ahead and log.begins_at > found.position + 1:
            return (
                f"the journal begins with transaction {log.begins_at} and this database ends with "
                f"{found.position}: what was sent in between is not known. Restore a newer backup, "
                "or run `digest reconcile --without-journal`, which tells what that means"
            )
    return ""


def _hold_open(tx: Transaction) -> tuple[str, ...]:
    """Put issues that may have been sent on hold. Return their names."""
    found = issues.in_states(tx, {IssueState.COMPOSED, IssueState.SENDING})
    for issue in found:
        issues.move(tx, issue.id, IssueState.HELD, if_in={issue.state})
    return tuple(f"{issue.briefing}/{issue.number}" for issue in found)
