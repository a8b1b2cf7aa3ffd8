"""What relays have taught us, kept through a restart: rates, limits of domains, blame, days."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from digest.mail.pace.limits import Learnt
from digest.mail.pace.rate import FORGET_SECONDS
from digest.steps.deliver.lane import Lane
from digest.store import alerts, pacing, settings
from digest.store.engine import Transaction


@dataclass(frozen=True, slots=True)
class Lessons:
    """What one relay had taught us at one time."""

    at: datetime
    limit: float
    """Messages a second; 0: it has not asked us to slow down."""

    bad: float
    """Messages a second that were too many; 0: none were."""

    domains: Mapping[str, Learnt]


def keep(tx: Transaction, lanes: Iterable[Lane], at: float, now: datetime) -> None:
    """Write what the lanes have learnt, where that has changed."""
    for lane in lanes:
        text = written(lane, at)
        if text != _learnt_text(settings.get(tx, key_of(lane.name))):
            settings.put(tx, key_of(lane.name), f"{now.isoformat()} {text}" if text else "")


def recall(tx: Transaction, lanes: Iterable[Lane], at: float, now: datetime) -> None:
    """Let fresh lanes know what was written, unless that is out of date."""
    up = [alert.key for alert in alerts.open_alerts(tx)]
    for lane in lanes:
        prefix = f"domain:{lane.name}/"
        lane.blame.restore(key.removeprefix(prefix) for key in up if key.startswith(prefix))
        lessons = parsed(settings.get(tx, key_of(lane.name)) or "")
        if lessons is not None:
            read(lane, lessons, now - lessons.at, at)


def count_days(tx: Transaction, lanes: Iterable[Lane], now: datetime) -> None:
    """Let lanes that warm up know how many messages their relays took today."""
    for lane in lanes:
        if lane.warmup is not None:
            lane.warmup.day = now.astimezone(lane.warmup.zone).date()
            lane.warmup.sent = pacing.messages_on(tx, lane.name, lane.warmup.day.isoformat())


def written(lane: Lane, at: float) -> str:
    """Return what the lane has learnt, as text; empty if that is nothing."""
    domains = lane.limits.learnt(at)
    if not lane.rate.is_slowed and not domains:
        return ""
    return json.dumps(
        {
            "limit": lane.rate.per_second if lane.rate.is_slowed else 0.0,
            "bad": lane.rate.bad,
            "domains": {domain: list(item) for domain, item in sorted(domains.items())},
        }
    )


def read(lane: Lane, lessons: Lessons, age: timedelta, at: float) -> None:
    """Let the lane know what was learnt so long ago; nothing if that is too long."""
    seconds = age.total_seconds()
    if not 0 <= seconds <= FORGET_SECONDS:
        return
    lane.rate.restore(lessons.limit, lessons.bad, at)
    held = {
        domain: item._replace(held_seconds=max(item.held_seconds - seconds, 0.0))
        for domain, item in lessons.domains.items()
    }
    lane.limits.restore(held, at)


def key_of(relay: str) -> str:
    """Return under which key of the settings in the database it stands what *relay* has taught."""
    return f"pace:{relay}"


def parsed(stored: str) -> Lessons | None:
    """Return what was :func:`written`, with when; ``None`` if that is nothing."""
    stamp, _, text = stored.partition(" ")
    if not text:
        return None
    known: dict[str, Any] = json.loads(text)
    domains = {domain: Learnt(*item) for domain, item in known["domains"].items()}
    return Lessons(datetime.fromisoformat(stamp), known["limit"], known["bad"], domains)


def _learnt_text(stored: str | None) -> str:
    return (stored or "").partition(" ")[2]
