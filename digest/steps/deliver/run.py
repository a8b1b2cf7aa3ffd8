"""The connections of one issue: opened, used up, and opened again, over all of its relays."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection

from digest.errors import RelayError
from digest.mail.outcome import outcome_of
from digest.mail.pace.breaker import FIRST_REST_SECONDS
from digest.mail.relay import SessionError
from digest.mail.smtp import Connection, End, Ending
from digest.steps.deliver.lane import Lane
from digest.steps.deliver.line import Line
from digest.steps.deliver.lookout import FRESH_SECONDS
from digest.steps.deliver.sender import Sender
from digest.steps.deliver.timekeeper import Timekeeper
from digest.store import alerts
from digest.store.engine import Store


class Run:
    """Sends what is due of one issue, by all relays that may be used."""

    def __init__(
        self,
        store: Store,
        sender: Sender,
        lanes: Collection[Lane],
        time: Timekeeper,
        jitter: Callable[[], float],
    ) -> None:
        """Prepare; nothing is opened yet."""
        self._store = store
        self._sender = sender
        self._lanes = lanes
        self._time = time
        self._jitter = jitter
        self._connections = set[Connection]()
        self._busy = 0
        self._is_stopping = False

    def stop(self) -> None:
        """Let each connection finish the message it is at. Safe to repeat."""
        self._is_stopping = True
        self._sender.stop()
        for connection in self._connections:
            connection.stop()

    async def run(self) -> str:
        """Send until nothing is due; return what kept the rest from going, empty if nothing did.

        Raises:
            StoreError: if results cannot be written: then nothing more is sent.
        """
        tasks = [
            asyncio.create_task(self._keep_connected(lane))
            for lane in self._lanes
            for _ in range(lane.size)
        ]
        self._busy = len(tasks)
        try:
            await asyncio.gather(*tasks)
        except BaseException:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            raise
        return await self._trouble()

    async def _trouble(self) -> str:
        if self._sender.paused:
            return self._sender.paused
        at, now = self._time.monotonic(), self._time.now()
        reasons = [reason for lane in self._lanes if (reason := lane.why_not(at, now))]
        # Where other connections did all there was to do, one that failed is no trouble.
        return reasons[0] if reasons and await self._sender.has_left_undone() else ""

    async def _keep_connected(self, lane: Lane) -> None:
        """Run one connection after the other until nothing is due."""
        line = Line(self._sender, lane, self._time)
        broken = 0
        try:
            while not self._is_stopping and await self._may_try(lane):
                async with lane.slots.one(self._sender) as line.turn:
                    if not await line.has_more():
                        if lane.is_resting(self._time.monotonic()):
                            continue
                        return
                    if not lane.breaker.admits(self._time.monotonic()):
                        continue
                    connection = await self._open(lane)
                    ending = await self._carry(lane, line, connection) if connection else None
                if ending is None:
                    await self._sit_out(lane)
                else:
                    broken = await self._learn(lane, ending, broken)
        finally:
            line.close()
            self._busy -= 1
            self._sender.tell()

    async def _may_try(self, lane: Lane) -> bool:
        """Return whether a connection may be opened; wait while others of this run are at work."""
        while not lane.breaker.admits(self._time.monotonic()):
            if not await self._wait_for_others():
                return False
        return True

    async def _sit_out(self, lane: Lane) -> None:
        """Leave the relay to its other connections for a while: it has taken one less."""
        until = self._time.monotonic() + FIRST_REST_SECONDS
        while self._time.monotonic() < until and (lane.working or lane.opening):
            if not await self._wait_for_others():
                return

    async def _wait_for_others(self) -> bool:
        """Wait a moment; return whether anything is left that is worth waiting for."""
        self._busy -= 1
        try:
            if not self._busy or self._is_stopping:
                return False
            await self._sender.pause(FRESH_SECONDS)
            return True
        finally:
            self._busy += 1

    async def _open(self, lane: Lane) -> Connection | None:
        """Return a new connection; ``None`` if there is none to be had."""
        lane.breaker = lane.breaker.enter(self._time.monotonic())
        lane.opening += 1
        try:
            return await Connection.open(lane.relay)
        except RelayError as error:
            if lane.opening + lane.working == 1:  # which is this one
                await self._fail(lane, _said(error))
            return None
        finally:
            lane.opening -= 1

    async def _carry(self, lane: Lane, line: Line, connection: Connection) -> Ending:
        self._connections.add(connection)
        lane.working += 1
        if self._is_stopping:
            connection.stop()
        try:
            return await connection.run(line)
        finally:
            lane.working -= 1
            self._connections.discard(connection)

    async def _learn(self, lane: Lane, ending: Ending, broken: int) -> int:
        """Learn from how a connection ended. Return how many broke in a row before any use."""
        breaker = lane.breaker
        if ending.end is End.BROKEN and not ending.messages:
            # A relay that breaks every session off before taking anything is left alone.
            if broken or breaker.is_probing:
                await self._fail(lane, f"relay {lane.name!r}: {ending.result}")
            return broken + 1
        if breaker.is_probing:
            at = self._time.monotonic()
            lane.breaker = breaker.succeeded() if ending.messages else breaker.left(at)
            self._sender.tell()
        return 0

    async def _fail(self, lane: Lane, reason: str) -> None:
        """Leave the relay alone for a while; others take what waits for it."""
        lane.failed(reason, self._time.monotonic(), self._jitter())
        self._sender.forsake(lane)
        await asyncio.to_thread(self._alert, lane)

    def _alert(self, lane: Lane) -> None:
        with self._store.write() as tx:
            alerts.raise_alert(tx, f"relay:{lane.name}", lane.breaker.reason, self._time.now())


def _said(error: RelayError) -> str:
    if isinstance(error, SessionError):
        return f"{error}. {outcome_of(error.result).reason}"
    return str(error)
