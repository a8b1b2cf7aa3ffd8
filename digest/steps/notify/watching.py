"""Hubs that take no notice for long: an alert when it lasts, and its end when it is over."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import datetime, timedelta

from digest.store import alerts, settings
from digest.store.engine import Store, Transaction

ALERT = "hub:"
"""What the keys of these alerts begin with; the hub's digits follow."""

FAILING_AFTER = timedelta(hours=6)
"""A hub that is away for shorter is told later, and nobody needs to know."""

_DIGITS = 16


def note(tx: Transaction, hub: str, trouble: str, now: datetime) -> None:
    """Note what came of telling *hub*; an empty *trouble*: it took notice.

    The time of the first failure in a row is kept beside the alerts: what a hub is to be told
    starts anew with each change, and a feed that changes often would never come to many attempts.
    """
    key = key_of(hub)
    since = settings.get(tx, key)
    if not trouble:
        if since:
            settings.put(tx, key, "")
            alerts.clear_alert(tx, key, now)
    elif not since:
        settings.put(tx, key, now.isoformat())
    elif now - datetime.fromisoformat(since) >= FAILING_AFTER:
        hours = FAILING_AFTER // timedelta(hours=1)
        text = (
            f"the hub {hub} has taken no notice of changes for more than {hours} h: {trouble}. Who "
            "relies on it hears late. digest websub status shows what waits; a hub that is gone is "
            "to be taken out of websub.hubs"
        )
        alerts.raise_alert(tx, key, text, now)


def forget(store: Store, hubs: Collection[str], now: datetime) -> None:
    """End the alerts about hubs that are not among *hubs* any more.

    Raises:
        StoreError: if that cannot be written.
    """
    named = {key_of(hub) for hub in hubs}
    with store.read() as tx:
        up = [item.key for item in alerts.open_alerts(tx) if item.key.startswith(ALERT)]
    left = [key for key in up if key not in named]
    if left:
        with store.write() as tx:
            for key in left:
                settings.put(tx, key, "")
                alerts.clear_alert(tx, key, now)


def key_of(hub: str) -> str:
    """Return the key of the alert about *hub*: short, whatever its address."""
    return ALERT + hashlib.sha256(hub.encode()).hexdigest()[:_DIGITS]
