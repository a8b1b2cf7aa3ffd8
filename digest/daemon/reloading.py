"""Going over to new settings on SIGHUP, without ending the process.

Settings that cannot be used change nothing: what runs goes on with the old ones, and an alert says
why, until they can be used.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress

import structlog

from digest.daemon.guard import Guard
from digest.daemon.loop import Daemon
from digest.wiring import Service

ALERT = "settings"

log = structlog.get_logger("digest")


async def run_reloading(
    service: Service,
    reopen: Callable[[], Service],
    beside: Callable[[Service], AbstractAsyncContextManager[object] | None],
    *,
    delivers: bool = True,
) -> None:
    """Run the publication until SIGTERM or SIGINT; after SIGHUP with the settings as they are then.

    What is on the wire is finished before the new settings hold. A *service* that was reopened is
    closed; the first one is the caller's.

    Args:
        service: The publication, with the settings to begin with.
        reopen: Opens it with the settings as they are now, or raises.
        beside: Returns what is open meanwhile, the web server; ``None`` for nothing.
        delivers: Whether it delivers, and does not leave that to workers.

    Raises:
        BusyError: if another process already runs this publication.
    """
    opened = service
    try:
        while True:
            fresh = await _run_until_reloaded(opened, reopen, beside, delivers=delivers)
            if opened is not service:
                opened.close()
            if fresh is None:
                return
            opened = fresh
    finally:
        if opened is not service:
            opened.close()


async def _run_until_reloaded(
    service: Service,
    reopen: Callable[[], Service],
    beside: Callable[[Service], AbstractAsyncContextManager[object] | None],
    *,
    delivers: bool,
) -> Service | None:
    """Run; return what there is to go on with, ``None`` if it is to end."""
    daemon = Daemon(service, delivers=delivers)
    guard, asked = Guard(service), asyncio.Event()
    guard.alert(ALERT, "")  # These can be used.
    daemon.handle_signals()  # Before anything is waited for: else what comes now is lost.
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, asked.set)
    reloading = asyncio.create_task(_reload(daemon, guard, asked, reopen))
    try:
        await daemon.run(beside=beside(service))
    except BaseException:
        daemon.is_to_end = True
        raise
    finally:
        fresh = await _ended(reloading)
        if fresh is not None and daemon.is_to_end:
            fresh.close()
    return None if daemon.is_to_end else fresh


async def _reload(
    daemon: Daemon, guard: Guard, asked: asyncio.Event, reopen: Callable[[], Service]
) -> Service:
    """Wait until there are new settings that can be used; then stop *daemon*."""
    while True:
        await asked.wait()
        asked.clear()
        try:
            fresh = await asyncio.to_thread(reopen)
        except Exception as error:  # noqa: BLE001 - whatever it is, what runs goes on
            log.error("settings not taken", reason=str(error))  # noqa: TRY400 - it says it all
            text = f"the settings cannot be used, the ones before go on: {error}"
            guard.alert(ALERT, "")  # What is wrong may be something else now.
            guard.alert(ALERT, text)
            continue
        log.info("settings taken")
        daemon.stop()
        return fresh


async def _ended(reloading: asyncio.Task[Service]) -> Service | None:
    """End the waiting for other settings; return what it came to."""
    reloading.cancel()
    with suppress(asyncio.CancelledError):
        return await reloading
    return None
