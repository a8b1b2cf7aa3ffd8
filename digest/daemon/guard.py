"""Steps that fail: said once, as an alert and in the log; the others go on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import structlog

from digest.errors import DigestError
from digest.store import alerts
from digest.wiring import Service

log = structlog.get_logger("digest")

T = TypeVar("T")


class Guard:
    """Runs steps that may fail."""

    def __init__(self, service: Service) -> None:
        """Keep alerts in the store of *service*."""
        self._service = service

    def run(self, what: str, step: Callable[[], T], failures: list[str]) -> T | None:
        """Run *step*; if it fails, say so once and go on: the next tick tries again."""
        try:
            result = step()
        except (DigestError, OSError) as error:
            # Foreseen: the sentence says it all.
            log.error("step failed", step=what, reason=str(error))  # noqa: TRY400 - see above
            reason = str(error)
        except Exception as error:
            # Not foreseen: with the traceback. The other steps go on all the same.
            log.exception("step failed", step=what)
            reason = repr(error)
        else:
            self.alert(f"failed:{what}", "")
            return result
        failures.append(f"{what}: {reason}")
        self.alert(f"failed:{what}", f"{what} fails: {reason}")
        return None

    def alert(self, key: str, text: str) -> None:
        """Raise the alert *key*, or clear it when *text* is empty, unless that is so already."""
        now = self._service.clock.now()
        try:
            with self._service.store.read() as tx:
                is_up = any(alert.key == key for alert in alerts.open_alerts(tx))
            if is_up == bool(text):
                return
            with self._service.store.write() as tx:
                if text:
                    alerts.raise_alert(tx, key, text, now)
                else:
                    alerts.clear_alert(tx, key, now)
        except Exception as error:  # noqa: BLE001 - the disk may be full: the log is what is left
            log.error("alert not recorded", alert=text, reason=str(error))  # noqa: TRY400 - as said
