"""The door: which requests get in at all, and who is known to ask (security.md 12).

Only requests that name a host of ours are answered: a page elsewhere whose name was made to lead
here is not. Only over https, but on this machine. What changes something must come from a page of
ours, which browsers say in ``Origin`` and ``Sec-Fetch-Site``; the form's token comes on top of that
(:mod:`.frame`).
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from urllib.parse import urlsplit

import structlog
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digest.steps import desk
from digest.wiring import Service

SESSION, BROWSER, FORM, SAID = "session", "browser", "form", "said"
"""What cookies are for: who is signed in; that it was a browser of theirs; signing in; a word on
what was just done."""

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_SAFE = frozenset({"GET", "HEAD"})
_MAX_PATH = 2000

log = structlog.get_logger("digest")


class Door:
    """Lets in what may come in, and notes in the request's state who asks."""

    def __init__(self, app: ASGIApp, owner: Starlette, service: Service) -> None:
        """Stand before *app*; *owner* is what makes its pages."""
        self._app = app
        self._owner = owner
        self._service = service
        url = urlsplit(service.config.desk.url)
        self._own_host = url.netloc

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection. Never raises for what happens in HTTP."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["app"] = self._owner
        request = Request(scope, receive)
        if refusal := self._refusal(request):
            status, text = refusal
            log.warning("desk refused", reason=text)
            await PlainTextResponse(f"{text}\n", status)(scope, receive, send)
            return
        has_started = False

        async def watched(message: Message) -> None:
            nonlocal has_started
            has_started = has_started or message["type"] == "http.response.start"
            await send(message)

        try:
            secret = cookie(request, SESSION)
            now = self._service.clock.now()
            limits = limits_of(self._service)
            guest = await run_in_threadpool(desk.look, self._service.store, secret, limits, now=now)
            scope["state"]["guest"] = guest
            scope["state"]["secret"] = secret if guest else ""
            await self._app(scope, receive, watched)
        except ClientDisconnect:
            pass  # Nobody is left to answer.
        except Exception:
            log.exception("request failed", method=scope["method"], area="desk")
            if not has_started:
                await PlainTextResponse("Something went wrong.\n", 500)(scope, receive, send)

    def _refusal(self, request: Request) -> tuple[int, str] | None:
        """Return the status and the text with which *request* is turned away, if it is."""
        host = request.headers.get("host", "")
        if len(request.scope["path"]) > _MAX_PATH or not request.scope["path"].isprintable():
            return 404, "There is nothing here."
        is_local = hostname_of(host) in _LOOPBACK
        if not is_local and (not self._own_host or host.lower() != self._own_host.lower()):
            return 421, "This is no address of the desk: see [desk] url in the settings."
        if not is_local and not request.state.is_https:
            return 403, "The desk wants https: see [web] trusted_proxies in the settings."
        if request.method not in _SAFE and not _is_from_us(request, host):
            return 403, "This was not sent from a page of the desk."
        return None


def hostname_of(host: str) -> str:
    """Return the host in the header *host*, without its port; empty for what is none."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def limits_of(service: Service) -> desk.Limits:
    """Return how long sessions last."""
    settings = service.config.desk
    return desk.Limits(
        idle=timedelta(minutes=settings.idle_minutes), total=timedelta(hours=settings.session_hours)
    )


def _is_from_us(request: Request, host: str) -> bool:
    """Return whether a browser says that a page of this very host sent this."""
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    scheme = "https" if request.state.is_https else "http"
    if origin is None and site is None:
        return False
    return origin in {None, f"{scheme}://{host}"} and site in {None, "same-origin"}


def cookie_name(request: Request, purpose: str) -> str:
    """Return the name of the cookie for *purpose*.

    ``__Host-`` makes browsers take it only over https, for this host alone (RFC 6265bis, 4.1.3.2).
    On this machine there is no https; there the port keeps desks of several publications apart.
    """
    if request.state.is_https:
        return f"__Host-digest-{purpose}"
    port = request.headers.get("host", "").rpartition(":")[2]
    return f"digest-{purpose}-{port if port.isdecimal() else '80'}"


def cookie(request: Request, purpose: str) -> str:
    """Return what the browser has in that cookie; empty: nothing."""
    return request.cookies.get(cookie_name(request, purpose), "")


def keep(
    request: Request, response: Response, purpose: str, value: str, *, days: float = 0
) -> None:
    """Have the browser keep *value* until it is closed, or for *days*."""
    response.set_cookie(
        cookie_name(request, purpose),
        value,
        max_age=int(days * 86_400) if days else None,
        path="/",
        secure=request.state.is_https,
        httponly=True,
        samesite="lax",
    )


def drop(request: Request, response: Response, purpose: str) -> None:
    """Have the browser forget that cookie."""
    response.delete_cookie(
        cookie_name(request, purpose),
        path="/",
        secure=request.state.is_https,
        httponly=True,
        samesite="lax",
    )


def mac(secret: str, text: str) -> str:
    """Return what only who knows the session's *secret* can make of *text*."""
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
