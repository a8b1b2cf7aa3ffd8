"""The addresses that mail services report to: ``/hooks/<name>``."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from digest.mail.webhooks import Post
from digest.web.responses import PRIVATE
from digest.wiring import Service

MAX_BODY_BYTES = 1_000_000
"""Amazon SNS sends 256 KiB at most, SendGrid some hundred events."""


def routes(service: Service) -> list[BaseRoute]:
    """Return the addresses of the webhooks that the settings name.

    Raises:
        ConfigError: if a secret cannot be read.
    """
    if not service.config.feedback.webhooks:
        return []
    webhooks = service.webhooks()

    async def receive(request: Request) -> Response:
        """Take a request; what the status says to each service is in mail/webhooks/answers."""
        # Names that occur twice are joined: no header that proves something may occur twice.
        headers: dict[str, str] = {}
        for name, value in request.headers.items():
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        post = Post(await request.body(), headers)
        answer = await webhooks.receive(request.path_params["name"], post)
        if answer is None:
            raise HTTPException(404)
        fields = {"Cache-Control": PRIVATE}
        if answer.status in {429, 503}:
            fields["Retry-After"] = "60"
        return PlainTextResponse(f"{answer.reason}\n", answer.status, fields)

    path = "/hooks/{name}"
    return [Route(path, receive, methods=["POST"], max_body_size=MAX_BODY_BYTES)]
