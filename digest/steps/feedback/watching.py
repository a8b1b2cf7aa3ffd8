"""Whether too much comes back: an alert before large services begin to refuse our mail."""

from __future__ import annotations

from datetime import datetime, timedelta

from digest.config import Config
from digest.steps.feedback.effects import BLAME_ALERT
from digest.store import alerts, feedback, rates
from digest.store.engine import Store

ALERT = "complaints"
WINDOW = timedelta(days=30)
ENOUGH = 2
"""So many complaints at least: a single one in a small audience is a large share, and no trend."""

CALM = timedelta(days=1)
"""After so long without a pause or report, an alert that reports blame us is over."""

KEPT = timedelta(days=365)


def check_rates(store: Store, config: Config, *, now: datetime) -> rates.Rate:
    """Raise or clear alerts as the rates of the last 30 days have it, and return those.

    Raises:
        StoreError: if that cannot be written.
    """
    with store.read() as tx:
        rate = rates.overall(tx, now - WINDOW)
        up = [alert for alert in alerts.open_alerts(tx) if alert.key.startswith(BLAME_ALERT)]
        still = {f"{BLAME_ALERT}{name}" for name in feedback.blamed_since(tx, now - CALM)}
    most = config.feedback.complaint_percent
    with store.write() as tx:
        if rate.complained >= ENOUGH and rate.complaint_percent >= most:
            text = (
                f"{rate.complained} of {rate.accepted} mails of the last {WINDOW.days} days were "
                f"called spam ({rate.complaint_percent:.2f} %): large services refuse mail from "
                "0.1 % on. digest feedback rates shows which issues"
            )
            alerts.raise_alert(tx, ALERT, text, now)
        else:
            alerts.clear_alert(tx, ALERT, now)
        for alert in up:
            if alert.key not in still and alert.raised_at < now - CALM:
                alerts.clear_alert(tx, alert.key, now)
        feedback.forget(tx, now - KEPT)
    return rate
