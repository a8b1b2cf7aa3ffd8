"""One look at everything that is due: ingest, publish, compose."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog

from digest.daemon.guard import Guard
from digest.steps.approval import settle_undecided
from digest.steps.compose import ComposeResult, compose_due
from digest.steps.ingest import IngestResult, ingest
from digest.steps.notify import forget_hubs
from digest.steps.publish import PublishResult, publish
from digest.steps.site import SiteResult, write_static
from digest.syndication.write import Cache
from digest.wiring import Service

_KEPT_BYTES = 8_000_000
"""Of articles as feeds have them, between two times of publishing."""

log = structlog.get_logger("digest")


@dataclass(frozen=True, slots=True)
class TickResult:
    """What one look at everything that is due came to."""

    ingested: tuple[IngestResult, ...]
    published: PublishResult | None
    """``None`` when nothing was to be published."""

    composed: tuple[ComposeResult, ...]
    failures: tuple[str, ...]
    """Steps that failed, with the reason."""


class Tick:
    """Looks up from first principles what is due and is not dealt with yet, and does it."""

    def __init__(self, service: Service, guard: Guard) -> None:
        """Prepare; *guard* takes note of steps that fail."""
        self._service, self._guard = service, guard
        self._next_publish_at: datetime | None = None
        # By source: what was said already and is not repeated at every look.
        self._known_problems: dict[str, set[str]] = {}
        # What feeds have of single articles: for one that changed, the others are not made again.
        self._written = Cache(_KEPT_BYTES)

    def publish_soon(self) -> None:
        """Publish at the next look, whether a folder has changed or not."""
        self._next_publish_at = None

    def look(self) -> TickResult:
        """Do what is due. Never raises for what a step does."""
        failures: list[str] = []
        ingested, published = self._take_up(dict.fromkeys(self._service.config.folders()), failures)
        composed = self._guard.run("compose", self._compose, failures)
        self._guard.run("approval", self._settle_undecided, failures)
        self._guard.run("hubs", self._forget_hubs, failures)
        for result in composed or ():
            log.info(
                "composed" if result.issue_id else "skipped",
                briefing=result.briefing,
                period=result.period,
                number=result.number,
                deliveries=result.candidates,
                reason=result.reason or result.held,
            )
        return TickResult(ingested, published, composed or (), tuple(failures))

    def look_at_saved(self, saved: Mapping[str, Collection[str]]) -> TickResult:
        """Publish what was *saved* just now: the paths of files by source. Never raises."""
        failures: list[str] = []
        ingested, published = self._take_up(saved, failures)
        return TickResult(ingested, published, (), tuple(failures))

    def _take_up(
        self, saved: Mapping[str, Collection[str] | None], failures: list[str]
    ) -> tuple[tuple[IngestResult, ...], PublishResult | None]:
        """Ingest, by source what was saved or (``None``) all there is; publish what is new."""
        ingested: list[IngestResult] = []
        for source, paths in saved.items():
            step = partial(self._ingest, source, paths)
            done = self._guard.run(f"ingest:{source}", step, failures)
            ingested += [done] if done else []
        published = None
        if self._must_publish(ingested, self._service.clock.now()):
            published = self._guard.run("publish", self._publish, failures)
            self._guard.run("site", self._write_site, failures)
        return tuple(ingested), published

    def _ingest(self, source: str, paths: Collection[str] | None) -> IngestResult:
        service = self._service
        folder = service.source_folder(source)
        now = service.clock.now()
        result = ingest(service.store, service.config, source, folder, now=now, paths=paths)
        if result.added or result.updated or result.withdrawn:
            log.info(
                "ingested",
                source=source,
                added=len(result.added),
                updated=len(result.updated),
                withdrawn=len(result.withdrawn),
            )
        problems = {str(problem) for problem in result.problems}
        known = self._known_problems.get(source, set())
        for problem in sorted(problems - known):
            log.warning("article problem", source=source, problem=problem)
        # Of some files only, it is not told what is wrong with the others.
        self._known_problems[source] = problems if paths is None else problems | known
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

    def _forget_hubs(self) -> None:
        """End alerts about hubs that the settings name no more."""
        service = self._service
        forget_hubs(service.store, service.config.websub.hubs, service.clock.now())
