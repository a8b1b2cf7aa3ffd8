"""Counted links: count that an article was opened, and lead there.

Nobody is recognised: the address is the same for all readers, no cookie is set, and no address is
looked at. It leads only where it led when the issue was frozen, so nobody can make it lead
elsewhere. What was not written yet when a process is killed is not counted: nothing depends on
it.
"""

from __future__ import annotations

import asyncio
from collections import Counter

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from digest.clock import Clock
from digest.errors import DigestError
from digest.steps.compose.clicks import FOLDER
from digest.store import clicks
from digest.store.clicks import Link
from digest.store.engine import Store
from digest.web.responses import in_thread, service_of
from digest.wiring import Service

BATCH_SECONDS = 10.0
"""How long clicks wait to be written together: a process that is killed loses so much."""

_MAX_NUMBER = 2**31 - 1
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}

log = structlog.get_logger("digest")


def routes(service: Service) -> list[BaseRoute]:
    """Return what answers for links of issues: also of those that were sent when it was on."""
    counter = ClickCounter(service.store, service.clock)

    async def follow(request: Request) -> Response:
        """Lead to the article; count that, unless only the head is asked for."""
        found = await in_thread(_target, request)
        if found is None:
            raise HTTPException(404)
        link, url = found
        if request.method != "HEAD":
            counter.note(link)
        return RedirectResponse(url, 302, headers=_HEADERS)

    return [
        Route(f"/{FOLDER}/{{briefing}}/{{number:int}}/{{article:int}}", follow, methods=["GET"])
    ]


class ClickCounter:
    """Is told of each click, and writes them down in batches."""

    def __init__(self, store: Store, clock: Clock) -> None:
        """Count into *store*."""
        self._store = store
        self._clock = clock
        self._noted: Counter[Link] = Counter()
        self._writing: asyncio.Task[None] | None = None

    def note(self, link: Link) -> None:
        """Count a click, in the thread of the event loop."""
        self._noted[link] += 1
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_later())

    async def written(self) -> None:
        """Wait until all that was noted is written."""
        if self._writing is not None:
            await self._writing

    async def _write_later(self) -> None:
        while self._noted:
            await asyncio.sleep(BATCH_SECONDS)
            noted, self._noted = self._noted, Counter()
            await asyncio.to_thread(self.write, noted)

    def write(self, noted: Counter[Link]) -> None:
        """Write down what was noted. May block. If that fails, it is lost: readers matter more."""
        try:
            with self._store.write() as tx:
                clicks.count(tx, f"{self._clock.now():%Y-%m-%d}", noted)
        except DigestError as error:
            log.warning("clicks not counted", clicks=noted.total(), error=str(error))


def _target(request: Request) -> tuple[Link, str] | None:
    path = request.path_params
    if max(path["number"], path["article"]) > _MAX_NUMBER:
        return None
    with service_of(request).store.read() as tx:
        found = clicks.target(tx, path["briefing"], path["number"], path["article"])
    return ((found[0], path["article"]), found[1]) if found else None
