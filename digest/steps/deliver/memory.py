"""What relays have taught us, kept through a restart: rates, limits of domains, blame, days."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from digest.mail.pace.limits import Learnt
from digest.mail.pace.rate import FORGET_SECONDS
from digest.steps.deliver.lane import Lane
from digest.store import alerts, pacing, settings
from digest.store.engine import Transaction


def keep(tx: Transaction, lanes: Iterable[Lane], at: float, now: datetime) -> None:
    """Write what the lanes have learnt, where that has changed."""
    for lane in lanes:
        text = written(lane, at)
        if text != _learnt_text(settings.get(tx, _key(lane))):
            settings.put(tx, _key(lane), f"{now.isoformat()} {text}" if text else "")


def recall(tx: Transaction, lanes: Iterable[Lane], at: float, now: datetime) -> None:
    """Let fresh lanes know what was written, unless that is out of date."""
    up = [alert.key for alert in alerts.open_alerts(tx)]
    for lane in lanes:
        prefix = f"domain:{lane.name}/"
        lane.blame.restore(key.removeprefix(prefix) for key in up if key.startswith(prefix))
        stamp, _, text = (settings.get(tx, _key(lane)) or "").partition(" ")
        if text:
            read(lane, text, now - datetime.fromisoformat(stamp), at)


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


def read(lane: Lane, text: str, age: timedelta, at: float) -> None:
    """Let the lane know what was :func:`written` so long ago; nothing if that is too long."""
    seconds = age.total_seconds()
    if not 0 <= seconds <= FORGET_SECONDS:
        return
    known: dict[str, Any] = json.loads(text)
    lane.rate.restore(known["limit"], known["bad"], at)
    domains = {domain: Learnt(*item) for domain, item in known["domains"].items()}
    held = {
        domain: item._replace(held_seconds=max(item.held_seconds - seconds, 0.0))
        for domain, item in domains.items()
    }
    lane.limits.restore(held, at)


def _key(lane: Lane) -> str:
    return f"pace:{lane.name}"


def _learnt_text(stored: str | None) -> str:
    return (stored or "").partition(" ")[2]
