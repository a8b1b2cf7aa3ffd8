"""The step: what is due is composed once, and what is not composed has a stored reason."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from digest import schedule
from digest.config import Config
from digest.errors import DigestError
from digest.model import Occurrence, OccurrenceState
from digest.rendering import Renderer
from digest.schedule import Action
from digest.steps.compose.composition import ComposeResult, Composition, Press
from digest.steps.compose.freezing import freeze
from digest.steps.compose.preparing import TEST_MARK, prepare
from digest.store import alerts, deliveries, issues, occurrences
from digest.store.catchup import require_current
from digest.store.engine import Store, Transaction
from digest.tokens import Keyring

_KNOWN_PERIODS = 800
"""How many occurrences back are looked up: more than two years of a daily briefing."""


def compose_due(
    store: Store, config: Config, renderer: Renderer, keyring: Keyring, *, now: datetime
) -> tuple[ComposeResult, ...]:
    """Compose every issue that is due at *now*, once, whoever else does the same.

    Raises:
        DigestError: if a briefing cannot be composed (a TemplateError: a template is broken), once
            the others are; its occurrence stays open and is tried again.
        RestoredError: if the database is a restored backup; see `digest reconcile`.
    """
    require_current(store)
    press = Press(config, renderer, keyring)
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
    config = press.config
    briefing = config.briefings[name]
    with store.read() as tx:
        known = [item.period for item in occurrences.recent(tx, name, limit=_KNOWN_PERIODS)]
    # What would expire before it can be sent is not worth composing either.
    lateness = min(briefing.max_lateness, briefing.expire_after)
    results: list[ComposeResult] = []
    has_missed = False
    for decision in schedule.decide(config.schedule_of(name), known, now, lateness):
        occurrence = Occurrence(name, decision.period, decision.due_at)
        with store.write() as tx:
            if not occurrences.claim(tx, occurrence, now):
                continue
            if decision.action is Action.SKIP:
                # What was due before the briefing began is not missed by anybody.
                has_missed = bool(known)
                _skip(tx, occurrence, decision.reason, now, alert=has_missed)
                results.append(_nothing(name, decision.period, decision.reason))
                continue
            results.append(_compose(tx, press, occurrence, now=now))
            if results[-1].issue_id is not None and not has_missed:
                alerts.clear_alert(tx, f"missed:{name}", now)
    return results


def compose_now(
    store: Store, config: Config, renderer: Renderer, keyring: Keyring, name: str, *, now: datetime
) -> ComposeResult:
    """Compose an issue of the briefing called *name* at once, whatever its schedule says.

    Raises:
        NotFoundError: if there is no such briefing.
        RestoredError: if the database is a restored backup; see `digest reconcile`.
        TemplateError: if a template is broken.
    """
    require_current(store)
    briefing = config.briefing(name)
    press = Press(config, renderer, keyring)
    day = now.astimezone(ZoneInfo(briefing.timezone)).date().isoformat()
    with store.write() as tx:
        taken = issues.periods_of(tx, name, day)
        number = 1
        while (period := f"{day}/{number}") in taken:
            number += 1
        occurrence = Occurrence(name, period, now)
        result = _compose(tx, press, occurrence, now=now, is_scheduled=False)
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


def _compose(
    tx: Transaction,
    press: Press,
    occurrence: Occurrence,
    *,
    now: datetime,
    is_scheduled: bool = True,
) -> ComposeResult:
    name, period = occurrence.briefing, occurrence.period
    prepared = prepare(tx, press, name, now)
    if isinstance(prepared, Composition) and not deliveries.has_audience(tx, name):
        prepared = "no confirmed subscribers"
    if isinstance(prepared, str):
        if is_scheduled:
            _skip(tx, occurrence, prepared, now, alert=False)
        return _nothing(name, period, prepared)
    issue_id, candidates = freeze(tx, press, prepared, occurrence, now)
    if is_scheduled:
        occurrences.settle(tx, name, period, OccurrenceState.COMPOSED, issue_id=issue_id)
    return ComposeResult(name, period, issue_id, prepared.number, candidates)


def _skip(
    tx: Transaction, occurrence: Occurrence, reason: str, now: datetime, *, alert: bool
) -> None:
    occurrences.settle(
        tx, occurrence.briefing, occurrence.period, OccurrenceState.SKIPPED, reason=reason
    )
    if alert:
        text = f"no issue of {occurrence.briefing} for {occurrence.period}: {reason}"
        alerts.raise_alert(tx, f"missed:{occurrence.briefing}", text, now)


def _nothing(briefing: str, period: str, reason: str) -> ComposeResult:
    return ComposeResult(briefing, period, None, None, 0, reason)
