"""A worker: one of as many as wanted, on any host, that only deliver."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Collection
from contextlib import suppress

import structlog

from digest.daemon.delivering import Delivering
from digest.daemon.guard import Guard
from digest.daemon.upgrades import watch_schema
from digest.errors import DigestError
from digest.steps.deliver import DeliverResult
from digest.wiring import Service

HEALTH_SECONDS = 60.0
"""How often a worker says that it is well."""

log = structlog.get_logger("digest")


class Worker:
    """Delivers from a PostgreSQL database, beside others that do the same."""

    def __init__(self, service: Service, relays: Collection[str] = ()) -> None:
        """Prepare; nothing runs yet. *relays*: only their mail is sent; empty: that of all.

        Raises:
            DigestError: if the database is SQLite.
        """
        if service.store.is_sqlite:
            raise DigestError(
                "workers need PostgreSQL (database.url): an SQLite file has one sender only, "
                "which is `digest run`"
            )
        self._service = service
        self._stopping = asyncio.Event()
        self._delivering = Delivering(service, Guard(service), relays=relays)

    def stop(self) -> None:
        """Claim nothing more, finish what is on the wire. Safe to repeat."""
        if not self._stopping.is_set():
            log.info("stopping")
        self._stopping.set()
        self._delivering.stop()

    async def run(self) -> None:
        """Deliver until :meth:`stop`, SIGTERM, or SIGINT.

        Raises:
            SchemaError: if a newer Digest has changed the tables meanwhile.
        """
        self._handle_signals()
        log.info("working", relays=sorted(self._service.relays))
        working = asyncio.create_task(self._delivering.keep_on())
        telling = asyncio.create_task(self._tell())
        try:
            await watch_schema(self._service.store, self._stopping, self.stop)
        finally:
            self.stop()
            await working
            await telling
            log.info("stopped", sent=self._delivering.sent)

    async def run_once(self) -> tuple[DeliverResult, ...]:
        """Deliver what is due, and return."""
        self._handle_signals()
        self._delivering.deliverer.recover()
        return await self._delivering.deliver()

    def _handle_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)

    async def _tell(self) -> None:
        """Say in the log that all is well, or what is not, once a minute."""
        known = 0
        while not self._stopping.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(HEALTH_SECONDS):
                    await self._stopping.wait()
                    return
            sent = self._delivering.sent
            trouble = "; ".join(self._delivering.deliverer.readiness())
            log.info("working", sent=sent, lately=sent - known, trouble=trouble)
            known = sent
