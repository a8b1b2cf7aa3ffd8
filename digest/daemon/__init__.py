"""The daemon: wakes the steps when they are due, and keeps going whatever goes wrong.

APScheduler only wakes. It forgets a run after a second of downtime and fires twice at the end of
daylight saving time, so its jobs do nothing but call :meth:`Daemon.tick`, which looks up from first
principles what is due and is not dealt with yet. A sweep every 30 seconds calls the same.
"""

from digest.daemon.delivering import DELIVERY_ALERT
from digest.daemon.loop import SWEEP, Daemon
from digest.daemon.tick import TickResult

__all__ = ["DELIVERY_ALERT", "SWEEP", "Daemon", "TickResult"]
