"""The addresses at which hubs bring what upstream sources have: ``/sources/<token>`` (WebSub)."""

from __future__ import annotations

import asyncio
import re

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from digest.config import SOURCES
from digest.errors import StoreError
from digest.steps.gather import Gatherer, Receipt, answer_question, hear
from digest.syndication.websub import HubRequestError
from digest.web.responses import PRIVATE, in_thread, service_of
from digest.wiring import Service

MAX_BODY_BYTES = 10_000_000
"""As of a feed that is asked for."""

AT_ONCE = 4
"""Bodies that are read or dealt with at a time."""

BODY_SECONDS = 20.0
"""How long a body may take to arrive."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,64}")
_HEADERS = {"Cache-Control": PRIVATE}
_LATER = {**_HEADERS, "Retry-After": "60"}
_BUSY, _GONE, _TAKEN = 503, 410, 204

log = structlog.get_logger("digest")


def routes(service: Service) -> list[BaseRoute]:
    """Return the addresses, if there is a source that may have a hub."""
    if not any(item.kind == "feed" for item in service.config.sources.values()):
        return []
    door = _Door(service.gatherer())
    return [
        Route(
            f"/{SOURCES}/{{token}}",
            door.receive,
            methods=["GET", "POST"],
            max_body_size=MAX_BODY_BYTES,
        )
    ]


class _Door:
    """Lets so many bodies in at a time."""

    def __init__(self, gatherer: Gatherer) -> None:
        """Hand what comes in to *gatherer*."""
        self._gatherer = gatherer
        self._inside = 0

    async def receive(self, request: Request) -> Response:
        """Answer a hub. That a question (GET) is answered changes what we know: WebSub wants so.

        HEAD asks nothing.
        """
        token = request.path_params["token"]
        if request.method == "HEAD" or not _TOKEN.fullmatch(token):
            raise HTTPException(404)
        try:
            if request.method == "GET":
                return await self._answered(request, token)
            return await self._taken(request, token)
        except StoreError as error:
            log.error("hub not heard", reason=str(error))  # noqa: TRY400 - the sentence says it all
            return PlainTextResponse("try again soon\n", _BUSY, _LATER)

    async def _answered(self, request: Request, token: str) -> Response:
        service = service_of(request)
        try:
            challenge = await in_thread(
                answer_question,
                service.store,
                service.config,
                token,
                dict(request.query_params),
                service.clock.now(),
            )
        except HubRequestError as error:
            return PlainTextResponse(f"{error}\n", error.status, _HEADERS)
        if challenge is None:
            raise HTTPException(404)
        return PlainTextResponse(challenge, headers=_HEADERS)

    async def _taken(self, request: Request, token: str) -> Response:
        if self._inside >= AT_ONCE:
            return PlainTextResponse("try again soon\n", _BUSY, _LATER)
        self._inside += 1
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await request.body()
            service = service_of(request)
            receipt = await in_thread(
                hear,
                self._gatherer,
                service.store,
                service.config,
                token,
                body,
                dict(request.headers),
                service.clock.now(),
            )
        except TimeoutError:
            return PlainTextResponse("took too long\n", _BUSY, _LATER)
        finally:
            self._inside -= 1
        return Response(status_code=_TAKEN if receipt is Receipt.TAKEN else _GONE, headers=_HEADERS)
