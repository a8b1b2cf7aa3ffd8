"""How senders are woken: what the settings ask for, and what is installed.

Nothing is lost with any of it. On PostgreSQL each sender looks every few seconds for what is due,
and :func:`call_up` makes jobs anew that are gone.
"""

from __future__ import annotations

from datetime import datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING

import structlog

from digest.config import Config
from digest.dispatch.local import LocalDispatch
from digest.errors import ConfigError, Problem, StoreError
from digest.store import chunks, settings
from digest.store.engine import Store
from digest.store.queue import driver_of

if TYPE_CHECKING:
    from digest.dispatch.procrastinate import Jobs

VERSION = "procrastinate_schema"
"""Key in ``settings``: up to which of its migrations procrastinate's tables are there."""

_MOST = 1_000_000
_KEY = "delivery.dispatch"

log = structlog.get_logger("digest")


def jobs_of(config: Config, store: Store) -> Jobs | None:
    """Return what writes the jobs that wake senders on all hosts; ``None`` where they look.

    Procrastinate's tables are made and brought up to date.

    Raises:
        ConfigError: if the settings ask for procrastinate, and it cannot be used.
    """
    wanted = config.delivery.dispatch
    if store.is_sqlite:
        if wanted == "procrastinate":
            reason = (
                "procrastinate needs PostgreSQL, and this publication is in SQLite, whose one "
                'sender nobody has to wake: leave it out, or set it to "auto"'
            )
            raise ConfigError([Problem(_KEY, reason)])
        return None
    if wanted == "polling":
        return None
    if find_spec("procrastinate") is None:
        if wanted == "procrastinate":
            reason = 'needs a package: pip install "digest[postgres]", or set it to "polling"'
            raise ConfigError([Problem(_KEY, reason)])
        return None
    from digest.dispatch.procrastinate import Jobs  # noqa: PLC0415 - it may not be installed

    jobs = Jobs()
    try:
        _prepare(store, jobs)
    except StoreError as error:
        if wanted == "procrastinate":
            reason = f"procrastinate's tables cannot be made: {error}"
            raise ConfigError([Problem(_KEY, reason)]) from error
        log.warning("senders are not woken, and look by themselves", reason=str(error))
        return None
    return jobs


def dispatch_of(store: Store) -> LocalDispatch:
    """Return what wakes the sender of this process."""
    if store.queue is None:
        return LocalDispatch()
    from digest.dispatch.procrastinate import (  # noqa: PLC0415 - it may not be installed
        ProcrastinateDispatch,
    )

    return ProcrastinateDispatch(store.address)


def call_up(store: Store, now: datetime) -> int:
    """Write the jobs that are missing for what is due. Return how many were.

    Raises:
        StoreError: if the database cannot be written.
    """
    if store.queue is None:
        return 0
    with store.write() as tx:
        return store.queue.refill(driver_of(tx), chunks.due(tx, now, _MOST))


def _prepare(store: Store, jobs: Jobs) -> None:
    with store.read() as tx:
        known = settings.get(tx, VERSION)
        if known is not None and known >= jobs.version() and jobs.are_there(driver_of(tx)):
            return
    with store.write() as tx:
        store.lock_tables(tx)
        version = jobs.prepare(driver_of(tx), settings.get(tx, VERSION))
        settings.put(tx, VERSION, version)
