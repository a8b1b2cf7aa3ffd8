"""The step: what is due is composed once, and what is not composed has a stored reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from digest.config import Config
from digest.errors import DigestError
from digest.model import Cadence, Occurrence, OccurrenceState
from digest.planning.reading import cadences_of
from digest.rendering import Renderer
from digest.schedule import Action
from digest.steps.compose.composition import ComposeResult, Composition, Press
from digest.steps.compose.freezing import freeze
from digest.steps.compose.gate import set_gate
from digest.steps.compose.preparing import TEST_MARK, prepare
from digest.steps.compose.stream import stream_of
from digest.store import alerts, audience, deliveries, issues, occurrences
from digest.store.catchup import require_current
from digest.store.engine import Store, Transaction
from digest.tokens import Keyring

_NOBODY = {
    Cadence.EACH: "no confirmed subscribers",
    Cadence.WEEKLY: "nobody wants one a week",
}


def compose_due(
    store: Store,
    config: Config,
    renderer: Renderer,
    keyring: Keyring,
    *,
    now: datetime,
    looks_at_links: bool = False,
) -> tuple[ComposeResult, ...]:
    """Compose every issue whose cut-off is over at *now*, once, whoever else does the same.

    *looks_at_links* says that whoever calls looks at the links of issues afterwards: until then
    they do not go out.

    Raises:
        DigestError: if a briefing cannot be composed (a TemplateError: a template is broken), once
            the others are; its occurrence stays open and is tried again.
        RestoredError: if the database is a restored backup; see `digest reconcile`.
    """
    require_current(store)
    press = Press(config, renderer, keyring, looks_at_links)
    results: list[ComposeResult] = []
    failures: list[DigestError] = []
    for name in config.briefings:
        try:
            results += _compose_briefing(store, press, name, now=now)
        except DigestError as error:
            failures.append(error)
    if failures:
        raise failures[0]
    return tuple(results)


def _compose_briefing(
    store: Store, press: Press, name: str, *, now: datetime
) -> list[ComposeResult]:
    briefing = press.config.briefings[name]
    results = []
    for cadence in Cadence if briefing.weekly_on else (Cadence.EACH,):
        results += _compose_cadence(store, press, name, cadence, now=now)
    return results


def _compose_cadence(
    store: Store, press: Press, name: str, cadence: Cadence, *, now: datetime
) -> list[ComposeResult]:
    with store.read() as tx:
        stream = stream_of(tx, press.config, name, cadence, now)
    results: list[ComposeResult] = []
    has_missed = False
    for decision in stream.decisions:
        period = stream.period_of(decision.period)
        occurrence = Occurrence(name, period, decision.due_at, cadence=cadence)
        with store.write() as tx:
            if not occurrences.claim(tx, occurrence, now):
                continue
            if decision.action is Action.SKIP:
                # What was due before the briefing began is not missed by anybody.
                has_missed = stream.has_begun
                _skip(
                    tx, occurrence, decision.reason, now, alert=has_missed, pass_by=not has_missed
                )
                results.append(_nothing(name, period, decision.reason))
                continue
            due = stream.due_by_zone(decision.period)
            results.append(compose_one(tx, press, occurrence, now=now, due=due))
            if results[-1].issue_id is not None and not has_missed:
                alerts.clear_alert(tx, f"missed:{name}", now)
    return results


def compose_now(
    store: Store,
    config: Config,
    renderer: Renderer,
    keyring: Keyring,
    name: str,
    *,
    now: datetime,
    looks_at_links: bool = False,
) -> ComposeResult:
    """Compose an issue of the briefing called *name* at once, whatever its schedule says.

    Editors are not asked. *looks_at_links* is as for :func:`compose_due`.

    Raises:
        NotFoundError: if there is no such briefing.
        RestoredError: if the database is a restored backup; see `digest reconcile`.
        TemplateError: if a template is broken.
    """
    require_current(store)
    briefing = config.briefing(name)
    press = Press(config, renderer, keyring, looks_at_links)
    day = now.astimezone(ZoneInfo(briefing.timezone)).date().isoformat()
    with store.write() as tx:
        taken = issues.periods_of(tx, name, day)
        number = 1
        while (period := f"{day}/{number}") in taken:
            number += 1
        occurrence = Occurrence(name, period, now)
        result = compose_one(tx, press, occurrence, now=now, is_scheduled=False)
        if result.issue_id is not None:
            alerts.clear_alert(tx, f"missed:{name}", now)
        return result


def draft_issue(
    store: Store,
    config: Config,
    renderer: Renderer,
    keyring: Keyring,
    name: str,
    *,
    now: datetime,
    is_test: bool = False,
) -> Composition | str:
    """Return the briefing's next issue as it would be at *now*, or why there would be none.

    A test is marked as one in its subject, and shows what was mailed before when nothing is new.
    Nothing is written.

    Raises:
        NotFoundError: if there is no such briefing.
        TemplateError: if a template is broken.
    """
    config.briefing(name)
    mark = TEST_MARK if is_test else ""
    with store.read() as tx:
        return prepare(tx, Press(config, renderer, keyring), name, now, mark)


def compose_one(
    tx: Transaction,
    press: Press,
    occurrence: Occurrence,
    *,
    now: datetime,
    due: Mapping[str, datetime] | None = None,
    is_scheduled: bool = True,
) -> ComposeResult:
    """Compose the issue of *occurrence*, in the caller's transaction.

    *due* is as for :func:`.freezing.freeze`. What *is_scheduled* has a row for the occurrence; that
    tells what became of it.
    """
    name, period, cadence = occurrence.briefing, occurrence.period, occurrence.cadence
    briefing = press.config.briefings[name]
    if not briefing.weekly_on:
        audience.end_weekly(tx, name, now)
    has_audience = deliveries.has_audience(tx, name, cadences_of(briefing, cadence))
    dated = max(now, occurrence.due_at)
    prepared = prepare(tx, press, name, now, cadence=cadence, dated=dated)
    if isinstance(prepared, Composition) and not has_audience:
        prepared = _NOBODY[cadence]
    elif isinstance(prepared, Composition) and not prepared.sorting.has_readers:
        prepared = _nothing_for_anybody(prepared)
    if isinstance(prepared, str):
        if is_scheduled:
            _skip(tx, occurrence, prepared, now, alert=False, pass_by=not has_audience)
        return _nothing(name, period, prepared)
    issue_id, candidates = freeze(tx, press, prepared, occurrence, now, due)
    if is_scheduled:
        occurrences.settle(tx, name, period, OccurrenceState.COMPOSED, issue_id=issue_id)
    held = set_gate(
        tx, press, prepared, issue_id, occurrence, now, due=due, is_scheduled=is_scheduled
    )
    return ComposeResult(name, period, issue_id, prepared.number, candidates, held=held)


def _nothing_for_anybody(prepared: Composition) -> str:
    reasons = (f"{number} {reason}" for reason, number in prepared.sorting.absences.items())
    return f"nothing in it for any reader: {', '.join(reasons)}"


def _skip(
    tx: Transaction,
    occurrence: Occurrence,
    reason: str,
    now: datetime,
    *,
    alert: bool,
    pass_by: bool = False,
) -> None:
    """Record that there is no issue; *pass_by*: and that nobody misses it."""
    occurrences.settle(
        tx,
        occurrence.briefing,
        occurrence.period,
        OccurrenceState.SKIPPED,
        reason=reason,
        passed_at=now if pass_by else None,
    )
    if alert:
        text = f"no issue of {occurrence.briefing} for {occurrence.period}: {reason}"
        alerts.raise_alert(tx, f"missed:{occurrence.briefing}", text, now)


def _nothing(briefing: str, period: str, reason: str) -> ComposeResult:
    return ComposeResult(briefing, period, None, None, 0, reason)
