"""What browsers are told not to do, on every answer (security.md 6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HSTS = "max-age=31536000"

FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": (
        "accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), "
        "microphone=(), payment=(), usb=(), interest-cohort=()"
    ),
}
"""The same on every answer."""


def content_policy(pictures_from: Iterable[str] = ()) -> str:
    """Return the Content-Security-Policy of a page of ours.

    Everything comes from the site itself, but pictures and sounds may also come from the hosts of
    the URLs *pictures_from*: an article can show a picture that lies elsewhere.
    """
    hosts = " ".join(sorted({origin for url in pictures_from if (origin := _origin(url))}))
    media = f"'self' {hosts}".rstrip()
    return (
        "default-src 'none'; style-src 'self'; script-src 'self'; font-src 'self'; "
        f"img-src {media}; media-src {media}; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )


FROZEN_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' https: http:; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox allow-popups "
    "allow-top-navigation-by-user-activation"
)
"""Of a mail shown as a page: its own styles and pictures, no script, no form, no origin."""


def _origin(url: str) -> str:
    """Return scheme, host, and port of *url*, fit for a header; empty when it has none."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    fits = host.isascii() and all(each.isalnum() or each in "-._" for each in host)
    if parts.scheme not in {"http", "https"} or not host or not fits:
        return ""
    return f"{parts.scheme}://{host}" + (f":{port}" if port else "")


class SecurityHeaders:
    """Adds the headers to every answer, unless the answer has its own of that name."""

    def __init__(self, app: ASGIApp, others: Mapping[str, str] | None = None) -> None:
        """Wrap *app*; *others* are headers in place of, or besides, those that are always there."""
        self._app = app
        self._headers = {**FIXED, "Content-Security-Policy": content_policy(), **(others or {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                if scope["state"].get("is_https"):
                    headers.setdefault("Strict-Transport-Security", HSTS)
            await send(message)

        await self._app(scope, receive, send_with_headers)
