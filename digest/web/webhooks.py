"""The addresses that mail services report to: ``/hooks/<name>``."""

from __future__ import annotations

import asyncio

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from digest.mail.webhooks import Answer, Post, Verdict
from digest.steps.feedback import Webhooks
from digest.web.responses import PRIVATE, only_post
from digest.wiring import Service

MAX_BODY_BYTES = 1_000_000
"""Amazon SNS sends 256 KiB at most, SendGrid some hundred events."""


AT_ONCE = 20
"""Requests that are read or dealt with at a time: anybody can send bodies of that size."""

BODY_SECONDS = 20.0
"""How long a body may take to arrive."""

_AGAIN_SECONDS = "60"


def routes(service: Service) -> list[BaseRoute]:
    """Return the addresses of the webhooks that the settings name.

    Raises:
        ConfigError: if a secret cannot be read.
    """
    if not service.config.feedback.webhooks:
        return []
    door = _Door(service.webhooks())
    path = "/hooks/{name}"
    return [
        Route(path, door.receive, methods=["POST"], max_body_size=MAX_BODY_BYTES),
        Route(path, only_post),
    ]


class _Door:
    """Lets so many requests in at a time."""

    def __init__(self, webhooks: Webhooks) -> None:
        """Hand what comes in to *webhooks*."""
        self._webhooks = webhooks
        self._inside = 0

    async def receive(self, request: Request) -> Response:
        """Take a request; what the status says to each service is in mail/webhooks/answers."""
        name = request.path_params["name"]
        answer = self._webhooks.later(name)
        if answer is None:
            raise HTTPException(404)
        if self._inside < AT_ONCE:
            self._inside += 1
            try:
                answer = await self._taken(name, request) or answer
            finally:
                self._inside -= 1
        fields = {"Cache-Control": PRIVATE}
        if answer.verdict is Verdict.LATER:
            fields["Retry-After"] = _AGAIN_SECONDS
        return PlainTextResponse(f"{answer.reason}\n", answer.status, fields)

    async def _taken(self, name: str, request: Request) -> Answer | None:
        """Return what became of a request; ``None`` when its body did not come in time."""
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await request.body()
        except TimeoutError:
            return None
        # Names that occur twice are joined: no header that proves something may occur twice.
        headers: dict[str, str] = {}
        for key, value in request.headers.items():
            headers[key] = f"{headers[key]}, {value}" if key in headers else value
        return await self._webhooks.receive(name, Post(body, headers))
