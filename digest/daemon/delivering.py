"""Delivering, again and again: by the daemon, and by workers that do nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

import structlog

from digest.daemon.guard import Guard
from digest.errors import RestoredError, StoreError
from digest.steps.deliver import DeliverResult, Progress
from digest.steps.reconcile import ALERT as HELD_ALERT
from digest.waking import call_up
from digest.wiring import Service

DELIVERY_POLL_SECONDS = 5.0
"""How soon what could not go is tried again, and what nobody was woken for is found."""

NEWS_POLL_SECONDS = 0.5
"""How soon an issue is taken up that another process composed or resumed."""

CALL_UP_SECONDS = 30.0
"""How often jobs are written anew that are missing."""

DELIVERY_ALERT = "failed:delivery"
"""Says that nothing can be sent because the database cannot be written."""

log = structlog.get_logger("digest")


class Delivering:
    """Delivers whatever is due as soon as it is, until it is stopped."""

    def __init__(
        self,
        service: Service,
        guard: Guard,
        *,
        relays: Collection[str] = (),
        poll_seconds: float = DELIVERY_POLL_SECONDS,
    ) -> None:
        """Prepare; nothing runs yet.

        Args:
            service: The publication.
            guard: Raises alerts.
            relays: Only mail of these relays is sent; empty: of all.
            poll_seconds: How long to wait for being woken.
        """
        self.dispatch = service.dispatch()
        self.deliverer = service.deliverer(self._told, relays)
        self.sent = 0
        """How many deliveries were settled."""

        self._service = service
        self._guard = guard
        self._poll_seconds = poll_seconds
        self._is_stopping = False
        self._has_recovered = False
        self._called_up_at = float("-inf")
        self._why_held = ""
        self._troubles: dict[int, str] = {}
        """What kept each issue from going at the last look, by id."""

    def stop(self) -> None:
        """Claim nothing more, finish what is on the wire. Safe to repeat."""
        self._is_stopping = True
        self.deliverer.stop()
        self.dispatch.wake()

    async def keep_on(self) -> None:
        """Deliver until :meth:`stop`; whatever fails is tried again."""
        async with self.dispatch.listening():
            while not self._is_stopping:
                await self._try()
                await self._wait()

    async def deliver(self) -> tuple[DeliverResult, ...]:
        """Deliver the issues that are due; what goes on to be in the way is said once."""
        results = await self.deliverer.run_due()
        known, self._troubles = self._troubles, {item.issue.id: item.trouble for item in results}
        for result in results:
            # The alert stays up meanwhile.
            if result.counts or (result.trouble and known.get(result.issue.id) != result.trouble):
                log.info(
                    "delivered",
                    briefing=result.issue.briefing,
                    number=result.issue.number,
                    **{str(state): count for state, count in result.counts.items()},
                    waiting=result.ledger.open,
                    trouble=result.trouble,
                )
        return results

    async def _try(self) -> None:
        try:
            if not self._has_recovered:
                self.deliverer.recover()
                self._has_recovered = True
            await self._call_up()
            await self.deliver()
            self._why_held = ""
            self._guard.alert(DELIVERY_ALERT, "")
        except RestoredError as error:
            self._say_held(str(error))
        except StoreError as error:
            # The disk is full, or the like. Nothing is sent until writing works again.
            log.error("delivery failed", reason=str(error))  # noqa: TRY400 - it says it all
            self._guard.alert(DELIVERY_ALERT, f"nothing is sent: {error}")
        except Exception:
            # Whatever it is, the next look may find it gone; meanwhile nothing is sent.
            log.exception("delivery failed")

    async def _call_up(self) -> None:
        """Write missing jobs, now and then: others may be waiting for them."""
        at = self._service.clock.monotonic()
        if at - self._called_up_at >= CALL_UP_SECONDS:
            self._called_up_at = at
            now = self._service.clock.now()
            number = await asyncio.to_thread(call_up, self._service.store, now)
            if number:
                log.info("called up", jobs=number)

    async def _wait(self) -> None:
        """Return when there is an issue to be sent that was none just now, or after a while."""
        known = await asyncio.to_thread(self._sendable)
        for _ in range(round(self._poll_seconds / NEWS_POLL_SECONDS) or 1):
            seconds = min(NEWS_POLL_SECONDS, self._poll_seconds)
            if await self.dispatch.wait(seconds) or self._is_stopping:
                return
            if await asyncio.to_thread(self._sendable) - known:
                self._called_up_at = float("-inf")
                return

    def _sendable(self) -> frozenset[int]:
        try:
            return self.deliverer.sendable()
        except StoreError:
            return frozenset()  # Who delivers says so.

    def _say_held(self, reason: str) -> None:
        """Say once why nothing is sent; the feeds go on meanwhile."""
        if reason != self._why_held:
            log.error("sending held", reason=reason)
        self._why_held = reason
        self._guard.alert(HELD_ALERT, reason)

    def _told(self, progress: Progress) -> None:
        number = sum(progress.counts.values())
        self.sent += number
        self.dispatch.sent(number)
