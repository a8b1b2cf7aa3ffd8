"""The preview's desk: the publication as it is on disk now, and who waits for changes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

from digest.errors import DigestError
from digest.preflight import Finding, judge
from digest.steps.compose import Composition, draft_issue
from digest.steps.compose.proofs import proofs_of
from digest.steps.ingest import ingest
from digest.wiring import TEMPLATES_FOLDER, Service


class PreviewDesk:
    """Knows the next issues, and forgets them when something changed. For one server."""

    def __init__(self, service: Service, reopen: Callable[[], Service]) -> None:
        """Take *service* over: it is closed by :meth:`close`, or when *reopen* gave another."""
        self._service = service
        self._reopen = reopen
        self._drafts: dict[str, Composition | str | DigestError] = {}
        self._lock = threading.RLock()
        self._changed = asyncio.Event()
        self._is_closed = False
        self.trouble = ""
        """Why settings or articles could not be read again; what was there before is shown."""

        self.version = 1

    @property
    def service(self) -> Service:
        """The publication, by the newest settings that could be read."""
        return self._service

    def draft(self, briefing: str) -> Composition | str | DigestError:
        """Return the next issue, why there is none, or why it cannot be made."""
        with self._lock:
            if briefing not in self._drafts:
                self._drafts[briefing] = self._drafted(briefing)
            return self._drafts[briefing]

    def findings(self, composition: Composition) -> tuple[Finding, ...]:
        """Return what preflight says of it, links aside."""
        service = self._service
        proofs = proofs_of(service.config, service.keyring, composition, service.clock.now())
        return judge(proofs, service.config.preflight)

    def folders(self) -> tuple[Path, ...]:
        """Return the folders, all that is in them included, whose changes matter."""
        service = self._service
        wanted = [service.root / TEMPLATES_FOLDER]
        wanted += [service.source_folder(name) for name in service.config.folders()]
        return tuple(folder for folder in wanted if folder.is_dir())

    def take_up(self, *, with_settings: bool) -> None:
        """Read again what may have changed: articles, and the settings if so said. May block."""
        with self._lock:
            try:
                if with_settings:
                    fresh = self._reopen()
                    self._service.close()
                    self._service = fresh
                self.read_articles()
                self.trouble = ""
            except (DigestError, OSError) as error:
                self.trouble = str(error)
            self._drafts.clear()
            self.version += 1

    def read_articles(self) -> None:
        """Ingest every source.

        Raises:
            DigestError: if a folder is missing.
        """
        service = self._service
        for name in service.config.folders():
            folder = service.source_folder(name)
            ingest(service.store, service.config, name, folder, now=service.clock.now())

    async def changes(self) -> AsyncIterator[int]:
        """Yield the version at first, and again whenever it is another one."""
        while not self._is_closed:
            yield self.version
            await self._changed.wait()

    def tell(self) -> None:
        """Let those who wait for changes know."""
        waiting, self._changed = self._changed, asyncio.Event()
        waiting.set()

    def stop(self) -> None:
        """Let nobody wait any more."""
        self._is_closed = True
        self._changed.set()

    def close(self) -> None:
        """Give the database back."""
        with suppress(Exception):
            self._service.close()

    def _drafted(self, briefing: str) -> Composition | str | DigestError:
        service = self._service
        try:
            return draft_issue(
                service.store,
                service.config,
                service.renderer,
                service.keyring,
                briefing,
                now=service.clock.now(),
            )
        except DigestError as error:
            return error
