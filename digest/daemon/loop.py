"""The daemon itself: what runs beside what, and how it ends."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from datetime import timedelta
from zoneinfo import ZoneInfo

import structlog
from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MISSED, JobExecutionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from digest.daemon.delivering import DELIVERY_POLL_SECONDS, Delivering
from digest.daemon.guard import Guard
from digest.daemon.rounds import Rounds
from digest.daemon.saved import Pushes, keep_watching
from digest.daemon.tick import Tick, TickResult
from digest.daemon.upgrades import watch_schema
from digest.steps.deliver import DeliverResult
from digest.wiring import Service

SWEEP = timedelta(seconds=30)
POST_POLL_SECONDS = 2.0
"""How soon somebody who subscribes is written to. No page waits for it, so that none tells."""

HUB_POLL_SECONDS = 2.0
"""How soon hubs and their subscribers hear of what was published, and callbacks are asked."""

FEEDBACK_POLL_SECONDS = 5.0
"""How soon it is decided what follows from replies of relays, and a Maildir is looked at."""

SOURCES_POLL_SECONDS = 10.0
"""How soon a source that is due is asked for news."""

PUSHES_POLL_SECONDS = 0.5
"""How soon it is seen that a program has pushed an article, also through another process."""

LINKS_POLL_SECONDS = 2.0
"""How soon the links of an issue that was made are looked at."""

log = structlog.get_logger("digest")


class Daemon:
    """Runs a publication: ingest, publish, compose and deliver, each when it is due."""

    def __init__(self, service: Service, *, delivers: bool = True) -> None:
        """Prepare; nothing runs yet. Unless it *delivers*, that is left to workers."""
        self._service = service
        self._delivers = delivers
        self._ticking = asyncio.Lock()
        self._stopping = asyncio.Event()
        self._guard = Guard(service)
        self._tick = Tick(service, self._guard)
        # Handed over here, so that it is looked up when a daemon is made.
        self._delivering = Delivering(service, self._guard, poll_seconds=DELIVERY_POLL_SECONDS)
        self._rounds = Rounds(service, on_mail=self._delivering.dispatch.wake)
        self._pushes = Pushes(service.store)
        self.is_to_end = False
        """Whether a signal has said that the process is to end."""

    def stop(self) -> None:
        """Begin to end: claim nothing more, finish what is on the wire. Safe to repeat."""
        if not self._stopping.is_set():
            log.info("stopping")
        self._stopping.set()
        self._rounds.stop()
        self._delivering.stop()

    async def run(self, beside: AbstractAsyncContextManager[object] | None = None) -> None:
        """Run until :meth:`stop`, SIGTERM, or SIGINT; *beside* (the web server) is open meanwhile.

        Raises:
            BusyError: if another process already runs this publication.
            SchemaError: if a newer Digest has changed the tables meanwhile.
        """
        with self._service.owned():
            async with beside or nullcontext(), self._rounds.feedback.serving():
                await self._run()

    async def _run(self) -> None:
        self.handle_signals()
        scheduler = self._scheduler()
        scheduler.start()
        log.info("running", briefings=list(self._service.config.briefings))
        sending = asyncio.create_task(self._keep_delivering())
        store = self._service.store
        watching = asyncio.create_task(watch_schema(store, self._stopping, self.stop))
        beside = [
            asyncio.create_task(self._keep_doing(step, seconds, what))
            for step, seconds, what in (
                (self._gather, SOURCES_POLL_SECONDS, "sources"),
                (self._rounds.listen, SOURCES_POLL_SECONDS, "hubs of sources"),
                (self._rounds.post, POST_POLL_SECONDS, "post"),
                (self._rounds.look_at_links, LINKS_POLL_SECONDS, "links"),
                (self._rounds.notify, HUB_POLL_SECONDS, "telling hubs"),
                (self._rounds.serve_hub, HUB_POLL_SECONDS, "hub"),
                (self._rounds.heed, FEEDBACK_POLL_SECONDS, "feedback"),
            )
        ]
        beside += self._watching()
        try:
            await self.tick()
            await self._stopping.wait()
        finally:
            scheduler.shutdown(wait=False)
            self.stop()
            await sending
            await asyncio.gather(*beside)
            async with self._ticking:
                log.info("stopped")
            await watching

    async def run_once(self) -> tuple[TickResult, tuple[DeliverResult, ...]]:
        """Do all that is due now, and return: for cron.

        Raises:
            BusyError: if another process already runs this publication.
        """
        with self._service.owned():
            self.handle_signals()
            if self._delivers:
                self._delivering.deliverer.recover()
            if await self._rounds.gather():
                self._tick.publish_soon()
            await self._rounds.listen()
            ticked = await self.tick()
            await self._rounds.look_at_links()
            await self._rounds.post()
            await self._rounds.notify()
            await self._rounds.serve_hub()
            await self._rounds.read_mailbox()
            await self._rounds.heed()
            results = await self._delivering.deliver() if self._delivers else ()
            await self._rounds.heed()
            return ticked, results

    async def tick(self) -> TickResult:
        """Ingest, publish, and compose whatever is due. Never raises for what a step does."""
        async with self._ticking:
            result = await asyncio.to_thread(self._tick.look)
        if any(item.issue_id for item in result.composed):
            self._delivering.dispatch.wake()
        return result

    def handle_signals(self) -> None:
        """End on SIGTERM and SIGINT from now on; running begins with it anyway."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end)

    def _end(self) -> None:
        self.is_to_end = True
        self.stop()

    def _scheduler(self) -> AsyncIOScheduler:
        scheduler = AsyncIOScheduler(
            timezone="UTC",
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        scheduler.add_listener(_report_job, EVENT_JOB_ERROR | EVENT_JOB_MISSED)
        scheduler.add_job(self.tick, IntervalTrigger(seconds=int(SWEEP.total_seconds())))
        for name in self._service.config.briefings:
            schedule = self._service.config.schedule_of(name)
            at = schedule.time
            # Every day, in the briefing's zone: whether today is one of its days is tick's to say.
            trigger = CronTrigger(
                hour=at.hour,
                minute=at.minute,
                second=at.second,
                timezone=ZoneInfo(schedule.zone.key),
            )
            scheduler.add_job(self.tick, trigger)
        return scheduler

    async def _keep_delivering(self) -> None:
        if self._delivers:
            await self._delivering.keep_on()

    async def _keep_doing(
        self, step: Callable[[], Awaitable[None]], seconds: float, what: str
    ) -> None:
        """Do *step* again and again, with so many seconds between, until the daemon ends."""
        while not self._stopping.is_set():
            try:
                await step()
            except Exception:
                # As above: nothing is lost, it waits in the database.
                log.exception("step failed", step=what)
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._stopping.wait()

    def _watching(self) -> list[asyncio.Task[None]]:
        """Begin to take up at once what is saved and pushed."""
        service, config = self._service, self._service.config
        tasks = []
        if any(source.kind in {"feed", "push"} for source in config.sources.values()):
            looking = self._keep_doing(self._take_up_pushes, PUSHES_POLL_SECONDS, "pushes")
            tasks.append(asyncio.create_task(looking))
        if config.publish.watch:
            tasks += [
                asyncio.create_task(
                    keep_watching(
                        name, service.source_folder(name), self._stopping, self._take_up_saved
                    )
                )
                for name in config.folders()
            ]
        return tasks

    async def _take_up_saved(self, source: str, paths: frozenset[str]) -> None:
        async with self._ticking:
            await asyncio.to_thread(self._tick.look_at_saved, {source: paths})

    async def _take_up_pushes(self) -> None:
        """Publish articles that programs have pushed, or hubs have brought."""
        if not await asyncio.to_thread(self._pushes.is_news):
            return
        async with self._ticking:
            self._tick.publish_soon()
            await asyncio.to_thread(self._tick.look_at_saved, {})
            await asyncio.to_thread(self._pushes.note)

    async def _gather(self) -> None:
        """Ask sources for news, and publish what there is."""
        if await self._rounds.gather():
            self._tick.publish_soon()
            await self.tick()


def _report_job(event: JobExecutionEvent) -> None:
    log.error("wake-up failed", reason=str(event.exception or "missed"))
