"""The daemon: wakes the steps when they are due, and keeps going whatever goes wrong.

APScheduler only wakes. It forgets a run after a second of downtime and fires twice at the end of
daylight saving time, so its jobs do nothing but call :meth:`Daemon.tick`, which looks up from first
principles what is due and is not dealt with yet. A sweep every 30 seconds calls the same.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar
from zoneinfo import ZoneInfo

import structlog
from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MISSED, JobExecutionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from digest.dispatch.local import LocalDispatch
from digest.errors import DigestError, RestoredError, StoreError
from digest.steps.approval import settle_undecided
from digest.steps.compose import ComposeResult, compose_due
from digest.steps.deliver import DeliverResult
from digest.steps.ingest import IngestResult, ingest
from digest.steps.notify import forget_hubs
from digest.steps.publish import PublishResult, publish
from digest.steps.reconcile import ALERT as HELD_ALERT
from digest.steps.site import SiteResult, write_static
from digest.store import alerts
from digest.syndication.write import Cache
from digest.wiring import Service

_KEPT_BYTES = 8_000_000
"""Of articles as feeds have them, between two times of publishing."""

SWEEP = timedelta(seconds=30)
DELIVERY_POLL_SECONDS = 5.0
"""How soon a running daemon takes up an issue that another process composed."""

POST_POLL_SECONDS = 2.0
"""How soon somebody who subscribes is written to. No page waits for it, so that none tells."""

HUB_POLL_SECONDS = 2.0
"""How soon hubs and their subscribers hear of what was published, and callbacks are asked."""

FEEDBACK_POLL_SECONDS = 5.0
"""How soon it is decided what follows from replies of relays, and a Maildir is looked at."""

SOURCES_POLL_SECONDS = 10.0
"""How soon a source that is due is asked for news."""

LINKS_POLL_SECONDS = 2.0
"""How soon the links of an issue that was made are looked at."""

DELIVERY_ALERT = "failed:delivery"
"""Says that nothing can be sent because the database cannot be written."""

log = structlog.get_logger("digest")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TickResult:
    """What one look at everything that is due came to."""

    ingested: tuple[IngestResult, ...]
    published: PublishResult | None
    """``None`` when nothing was to be published."""

    composed: tuple[ComposeResult, ...]
    failures: tuple[str, ...]
    """Steps that failed, with the reason."""


class Daemon:
    """Runs a publication: ingest, publish, compose and deliver, each when it is due."""

    def __init__(self, service: Service) -> None:
        """Prepare; nothing runs yet."""
        self._service = service
        self._ticking = asyncio.Lock()
        self._dispatch = LocalDispatch()
        self._stopping = asyncio.Event()
        self._next_publish_at: datetime | None = None
        # By source: what was said already and is not repeated at every look.
        self._known_problems: dict[str, set[str]] = {}
        # What feeds have of single articles: for one that changed, the others are not made again.
        self._written = Cache(_KEPT_BYTES)
        self._deliverer = service.deliverer()
        self._why_held = ""
        self._troubles: dict[int, str] = {}
        """What kept each issue from going at the last look, by id."""
        self._postman = service.postman()
        self._gatherer = service.gatherer()
        self._inspector = service.inspector()
        self._feedback = service.feedback()
        websub = service.config.websub
        self._notifier = service.notifier() if service.config.hubs() else None
        self._hub = service.hub() if websub.hub == "self" else None

    def stop(self) -> None:
        """Begin to end: claim nothing more, finish what is on the wire. Safe to repeat."""
        if not self._stopping.is_set():
            log.info("stopping")
        self._stopping.set()
        self._deliverer.stop()
        self._gatherer.stop()
        self._postman.stop()
        self._feedback.stop()
        if self._notifier:
            self._notifier.stop()
        if self._hub:
            self._hub.stop()
        self._dispatch.wake()

    async def run(self, beside: AbstractAsyncContextManager[object] | None = None) -> None:
        """Run until :meth:`stop`, SIGTERM, or SIGINT; *beside* (the web server) is open meanwhile.

        Raises:
            BusyError: if another process already runs this publication.
        """
        with self._service.owned():
            async with beside or nullcontext(), self._feedback.serving():
                await self._run()

    async def _run(self) -> None:
        self._handle_signals()
        scheduler = self._scheduler()
        scheduler.start()
        log.info("running", briefings=list(self._service.config.briefings))
        sending = asyncio.create_task(self._keep_delivering())
        beside = [
            asyncio.create_task(self._keep_doing(step, seconds, what))
            for step, seconds, what in (
                (self._gather, SOURCES_POLL_SECONDS, "sources"),
                (self._post, POST_POLL_SECONDS, "post"),
                (self._look_at_links, LINKS_POLL_SECONDS, "links"),
                (self._notify, HUB_POLL_SECONDS, "telling hubs"),
                (self._serve_hub, HUB_POLL_SECONDS, "hub"),
                (self._heed, FEEDBACK_POLL_SECONDS, "feedback"),
            )
        ]
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

    async def run_once(self) -> tuple[TickResult, tuple[DeliverResult, ...]]:
        """Do all that is due now, and return: for cron.

        Raises:
            BusyError: if another process already runs this publication.
        """
        with self._service.owned():
            self._handle_signals()
            self._deliverer.recover()
            await self._gatherer.go_round()
            ticked = await self.tick()
            await self._look_at_links()
            await self._post()
            await self._notify()
            await self._serve_hub()
            await self._read_mailbox()
            await self._heed()
            results = await self._deliver()
            await self._heed()
            return ticked, results

    async def tick(self) -> TickResult:
        """Ingest, publish, and compose whatever is due. Never raises for what a step does."""
        async with self._ticking:
            result = await asyncio.to_thread(self._tick)
        if any(item.issue_id for item in result.composed):
            self._dispatch.wake()
        return result

    def _handle_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)

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

    def _tick(self) -> TickResult:
        service, now = self._service, self._service.clock.now()
        failures: list[str] = []
        ingested = []
        for source in service.config.folders():
            done = self._guarded(f"ingest:{source}", partial(self._ingest, source), failures)
            ingested += [done] if done else []
        published = None
        if self._must_publish(ingested, now):
            published = self._guarded("publish", self._publish, failures)
            self._guarded("site", self._write_site, failures)
        composed = self._guarded("compose", self._compose, failures)
        self._guarded("approval", self._settle_undecided, failures)
        self._guarded("hubs", self._forget_hubs, failures)
        for result in composed or ():
            log.info(
                "composed" if result.issue_id else "skipped",
                briefing=result.briefing,
                period=result.period,
                number=result.number,
                deliveries=result.candidates,
                reason=result.reason or result.held,
            )
        return TickResult(tuple(ingested), published, composed or (), tuple(failures))

    def _ingest(self, source: str) -> IngestResult:
        service = self._service
        folder = service.source_folder(source)
        result = ingest(service.store, service.config, source, folder, now=service.clock.now())
        if result.added or result.updated or result.withdrawn:
            log.info(
                "ingested",
                source=source,
                added=len(result.added),
                updated=len(result.updated),
                withdrawn=len(result.withdrawn),
            )
        problems = {str(problem) for problem in result.problems}
        for problem in sorted(problems - self._known_problems.get(source, set())):
            log.warning("article problem", source=source, problem=problem)
        self._known_problems[source] = problems
        return result

    def _compose(self) -> tuple[ComposeResult, ...]:
        service = self._service
        return compose_due(
            service.store,
            service.config,
            service.renderer,
            service.keyring,
            now=service.clock.now(),
            looks_at_links=True,
        )

    def _settle_undecided(self) -> None:
        service = self._service
        for done in settle_undecided(service.store, now=service.clock.now()):
            log.info(
                "no editor decided",
                briefing=done.issue.briefing,
                number=done.issue.number,
                decision=str(done.decision),
            )

    def _must_publish(self, ingested: list[IngestResult], now: datetime) -> bool:
        changed = any(item.added or item.updated or item.withdrawn for item in ingested)
        return changed or self._next_publish_at is None or self._next_publish_at <= now

    def _publish(self) -> PublishResult:
        service, now = self._service, self._service.clock.now()
        result = publish(service.store, service.config, service.root, now=now, cache=self._written)
        # Looked at again when an embargo ends, and at the latest after the usual interval.
        usual = now + timedelta(minutes=service.config.publish.every_minutes)
        self._next_publish_at = min(usual, result.next_change_at or usual)
        if result.written:
            log.info("published", articles=result.articles, files=len(result.written))
        for name in result.ended:
            log.warning("feed ended", feed=name)
        return result

    def _write_site(self) -> SiteResult | None:
        service = self._service
        return write_static(
            service.store, service.config, service.page_renderer, service.clock, service.root
        )

    def _guarded(self, what: str, step: Callable[[], T], failures: list[str]) -> T | None:
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
            self._alert(f"failed:{what}", "")
            return result
        failures.append(f"{what}: {reason}")
        self._alert(f"failed:{what}", f"{what} fails: {reason}")
        return None

    def _alert(self, key: str, text: str) -> None:
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

    async def _keep_delivering(self) -> None:
        has_recovered = False
        while not self._stopping.is_set():
            try:
                if not has_recovered:
                    self._deliverer.recover()
                    has_recovered = True
                await self._deliver()
                self._why_held = ""
                self._alert(DELIVERY_ALERT, "")
            except RestoredError as error:
                self._say_held(str(error))
            except StoreError as error:
                # The disk is full, or the like. Nothing is sent until writing works again.
                log.error("delivery failed", reason=str(error))  # noqa: TRY400 - it says it all
                self._alert(DELIVERY_ALERT, f"nothing is sent: {error}")
            except Exception:
                # Whatever it is, the next look may find it gone; meanwhile nothing is sent.
                log.exception("delivery failed")
            await self._dispatch.wait(DELIVERY_POLL_SECONDS)

    def _say_held(self, reason: str) -> None:
        """Say once why nothing is sent; the feeds go on meanwhile."""
        if reason != self._why_held:
            log.error("sending held", reason=reason)
        self._why_held = reason
        self._alert(HELD_ALERT, reason)

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

    async def _post(self) -> None:
        """Answer what readers ask for on the pages, and send the mails that come of it."""
        result = await self._postman.go_round()
        if result.asked or result.counts:
            log.info(
                "readers",
                **{f"asked_{outcome}": count for outcome, count in result.asked.items()},
                **{str(state): count for state, count in result.counts.items()},
                trouble=result.trouble,
            )

    async def _gather(self) -> None:
        """Ask sources for news, and publish what there is."""
        result = await self._gatherer.go_round()
        for source, reason in result.failures.items():
            log.warning("source failed", source=source, reason=reason)
        for item in result.gathered:
            if item.is_news or item.waiting:
                log.info(
                    "gathered",
                    source=item.source,
                    added=len(item.added),
                    updated=len(item.updated),
                    withdrawn=len(item.withdrawn),
                    waiting=item.waiting,
                )
        if result.is_news:
            self._next_publish_at = None
            await self.tick()

    async def _look_at_links(self) -> None:
        """Look at the links of issues that were made, before they go out."""
        for result in await self._inspector.go_round():
            log.info(
                "links",
                briefing=result.issue.briefing,
                number=result.issue.number,
                links=result.links,
                findings=len(result.findings),
                held=result.held,
            )
            self._dispatch.wake()

    async def _notify(self) -> None:
        """Tell hubs of what has changed; the files are live by then."""
        if self._notifier is None:
            return
        result = await self._notifier.go_round()
        if result.changed or result.told or result.failures:
            log.info(
                "hubs", changed=len(result.changed), told=result.told, failures=result.failures
            )

    def _forget_hubs(self) -> None:
        """End alerts about hubs that the settings name no more."""
        service = self._service
        forget_hubs(service.store, service.config.websub.hubs, service.clock.now())

    async def _serve_hub(self) -> None:
        """Ask callbacks whether they agree, and send subscribers what has changed."""
        if self._hub is None:
            return
        result = await self._hub.go_round()
        if result.counts:
            log.info("hub", **result.counts)

    async def _read_mailbox(self) -> None:
        try:
            await self._feedback.read_mailbox()
        except DigestError as error:
            log.error("step failed", step="mailbox", reason=str(error))  # noqa: TRY400 - it says it all

    async def _heed(self) -> None:
        """Decide what follows from what came back, and pass on what people wrote."""
        result = await self._feedback.go_round()
        if result.trouble:
            log.warning("feedback", trouble=result.trouble)
        if result.forwarded:
            log.info("feedback", forwarded=result.forwarded)

    async def _deliver(self) -> tuple[DeliverResult, ...]:
        results = await self._deliverer.run_due()
        known, self._troubles = self._troubles, {item.issue.id: item.trouble for item in results}
        for result in results:
            # What goes on to be in the way is said once; the alert stays up meanwhile.
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


def _report_job(event: JobExecutionEvent) -> None:
    log.error("wake-up failed", reason=str(event.exception or "missed"))
