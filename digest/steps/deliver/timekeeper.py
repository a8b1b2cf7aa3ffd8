"""Whether the clock can be trusted: after a jump of more than a day nothing is sent.

A wrong date composes, expires, and dates mail wrongly, and none of that can be taken back. While a
process runs, the wall clock is compared with the monotonic one; when it starts, with the time that
was kept in the store. A machine that was off looks the same as a clock that went forward, so then
only a very long way forward counts.

A clock that is set right again needs nobody; for the rest there is ``digest clock --accept``.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from digest.clock import Clock
from digest.store import alerts, settings
from digest.store.engine import Store

MAX_JUMP = timedelta(hours=24)
MAX_ABSENCE = timedelta(days=45)
"""How far ahead of the last known time a start may be."""

KEEP_EVERY = timedelta(minutes=15)
"""How often the time is kept in the store."""

ALERT = "clock"
_KNOWN, _ACCEPTED = "clock:known_at", "clock:accepted_at"


def jump_of(known: datetime, known_at: float, now: datetime, at: float) -> timedelta:
    """Return how far the wall clock has gone astray of the monotonic one; negative: back.

    Args:
        known: The wall clock's time then.
        known_at: The monotonic clock's seconds then.
        now: The wall clock's time now.
        at: The monotonic clock's seconds now.
    """
    return (now - known) - timedelta(seconds=at - known_at)


def why_distrusted(known: datetime | None, now: datetime) -> str:
    """Return why the clock is not to be trusted at a start; empty if it is.

    *known* is the last time that was kept; ``None`` for a new database.
    """
    if known is None or -MAX_JUMP <= now - known <= MAX_ABSENCE:
        return ""
    return _said(now, f"Digest last ran at {known:%Y-%m-%d %H:%M} UTC")


def accept(store: Store, now: datetime) -> None:
    """Take *now* for the right time, whatever was known before."""
    with store.write() as tx:
        settings.put(tx, _KNOWN, now.isoformat())
        settings.put(tx, _ACCEPTED, now.isoformat())
        alerts.clear_alert(tx, ALERT, now)


def standing(store: Store) -> tuple[datetime | None, str]:
    """Return the last known time, and why sending is held if it is; for people."""
    with store.read() as tx:
        found = [alert.text for alert in alerts.open_alerts(tx) if alert.key == ALERT]
        return _time(settings.get(tx, _KNOWN)), next(iter(found), "")


class Timekeeper:
    """Watches one process's clock."""

    def __init__(self, store: Store, clock: Clock) -> None:
        """Know nothing yet."""
        self.reason = ""
        """Why nothing is sent; empty while the clock is to be trusted."""

        self._store = store
        self._clock = clock
        self._known: datetime | None = None
        self._known_at = 0.0
        self._kept: datetime | None = None
        self._accepted: str | None = None

    def now(self) -> datetime:
        """Return the wall clock's time."""
        return self._clock.now()

    def monotonic(self) -> float:
        """Return the monotonic clock's seconds."""
        return self._clock.monotonic()

    def jumped(self) -> bool:
        """Return whether the clock has jumped since the last :meth:`check`. Asks no store."""
        if self._known is None:
            return bool(self.reason)
        found = jump_of(self._known, self._known_at, self.now(), self.monotonic())
        return abs(found) > MAX_JUMP

    def check(self) -> str:
        """Look at the clock; return why nothing is to be sent, empty if all is well.

        The time is kept in the store now and then, and the alert raised and cleared.
        """
        now, at = self.now(), self.monotonic()
        reason = self._why(now, at)
        if reason:
            if not self.reason:
                with self._store.write() as tx:
                    alerts.raise_alert(tx, ALERT, reason, now)
        else:
            self._known, self._known_at = now, at
            self._keep(now, was_held=bool(self.reason))
        self.reason = reason
        return reason

    def _why(self, now: datetime, at: float) -> str:
        if self._known is None:
            with self._store.read() as tx:
                known = _time(settings.get(tx, _KNOWN))
                self._accepted = settings.get(tx, _ACCEPTED)
            return why_distrusted(known, now)
        jump = jump_of(self._known, self._known_at, now, at)
        if abs(jump) <= MAX_JUMP:
            return ""
        with self._store.read() as tx:
            accepted = settings.get(tx, _ACCEPTED)
        if accepted != self._accepted:
            self._accepted = accepted
            return ""
        hours = abs(jump) // timedelta(hours=1)
        direction = "forward" if jump > timedelta() else "back"
        return _said(now, f"the clock went {direction} by {hours} hours, or the machine slept")

    def _keep(self, now: datetime, *, was_held: bool) -> None:
        if not was_held and self._kept is not None and abs(now - self._kept) < KEEP_EVERY:
            return
        with self._store.write() as tx:
            settings.put(tx, _KNOWN, now.isoformat())
            alerts.clear_alert(tx, ALERT, now)
        self._kept = now


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _said(now: datetime, what: str) -> str:
    return (
        f"the clock says {now:%Y-%m-%d %H:%M} UTC, and {what}: nothing is sent until it is set "
        "right, or until `digest clock --accept` says that it is"
    )
