"""The last line: whatever an endpoint does not foresee becomes a page and a line in the log."""

from __future__ import annotations

import structlog
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digest.web.errors import refuse

MAX_PATH_BYTES = 2000
"""Longer paths are nothing of ours."""

log = structlog.get_logger("digest")


class Guard:
    """Turns away what cannot be meant, and catches what the app lets fall."""

    def __init__(self, app: ASGIApp, owner: Starlette) -> None:
        """Wrap *app*; error pages are made with what *owner* holds."""
        self._app = app
        self._owner = owner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection. Never raises for what happens in HTTP."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["app"] = self._owner
        request = Request(scope, receive)
        if _is_odd(scope["path"]):
            await refuse(request, 404)(scope, receive, send)
            return
        has_started = False

        async def watched(message: Message) -> None:
            nonlocal has_started
            has_started = has_started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except ClientDisconnect:
            pass  # Nobody is left to answer.
        except Exception:
            # The path may hold a token: the log gets only its first part.
            area = "/" + scope["path"].split("/")[1]
            log.exception("request failed", method=scope["method"], area=area)
            if not has_started:
                await refuse(request, 500)(scope, receive, send)


def _is_odd(path: str) -> bool:
    """Return whether no page of ours can have *path*: too long, or with characters in disguise."""
    return (
        len(path) > MAX_PATH_BYTES
        or not path.startswith("/")
        or not path.isprintable()
        or any(part in {".", ".."} for part in path.split("/"))
    )
