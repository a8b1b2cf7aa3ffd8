"""Opening a publication whose database cannot be opened yet: the disk is full, the server is down.

A service that ends then stays down once the disk has room again, unless something restarts it.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import sleep

import structlog

from digest.errors import UnavailableError
from digest.logs import set_up_logs
from digest.store import alerts
from digest.wiring import Service, open_service, read_config

TRY_SECONDS = 5.0
"""How long to wait between two tries."""

ALERT = "failed:opening"

log = structlog.get_logger("digest")


@contextmanager
def opened_in_time(
    path: Path,
    pause: Callable[[float], None] = sleep,
    opens: Callable[[Path, Mapping[str, str]], Service] = open_service,
) -> Iterator[Service]:
    """Open the publication of the settings at *path* as soon as it can be; then close it.

    What may be over by itself is said once, and tried again until it is; so that it was is left
    behind as an alert that is over. SIGTERM ends the waiting, and the process.

    Raises:
        DigestError: for all that somebody must put right.
    """
    set_up_logs(read_config(path, os.environ).log)
    reason = ""
    before = signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
    try:
        while True:
            try:
                service = opens(path, os.environ)
                break
            except UnavailableError as error:
                if str(error) != reason:
                    reason = str(error)
                    log.error("cannot begin yet", reason=reason)  # noqa: TRY400 - it says it all
                pause(TRY_SECONDS)
    finally:
        signal.signal(signal.SIGTERM, before)
    try:
        if reason:
            _leave_word(service, reason)
        yield service
    finally:
        service.close()


def _leave_word(service: Service, reason: str) -> None:
    log.info("can begin")
    now = service.clock.now()
    with service.store.write() as tx:
        alerts.raise_alert(tx, ALERT, f"nothing was done for a while: {reason}", now)
        alerts.clear_alert(tx, ALERT, now)
