"""A browser without eyes: calls an ASGI app in this process, with any bytes as path and headers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes, urlencode

from starlette.types import ASGIApp, Message, Scope


@dataclass(frozen=True, slots=True)
class Answer:
    """What the app said."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    """By name in lower case; of repeated ones the last."""

    body: bytes = b""

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()


@dataclass(slots=True)
class WebClient:
    """Asks *app* as a reader at *ip* would."""

    app: ASGIApp
    ip: str = "192.0.2.1"
    scheme: str = "http"

    def get(self, target: str, **headers: str) -> Answer:
        """Return the answer to GET; in names of headers ``_`` stands for ``-``."""
        return self.request("GET", target, headers=headers)

    def post(self, target: str, form: dict[str, str] | None = None, **headers: str) -> Answer:
        """Return the answer to a form sent by POST."""
        headers.setdefault("content_type", "application/x-www-form-urlencoded")
        return self.request("POST", target, headers=headers, body=urlencode(form or {}).encode())

    def request(
        self,
        method: str,
        target: str,
        *,
        headers: dict[str, str] | None = None,
        body: bytes = b"",
        more_headers: Iterable[tuple[bytes, bytes]] = (),
    ) -> Answer:
        """Return the answer to any request; *target* is the raw path and query."""
        return asyncio.run(self._ask(method, target, headers or {}, body, tuple(more_headers)))

    async def _ask(
        self,
        method: str,
        target: str,
        headers: dict[str, str],
        body: bytes,
        more: tuple[tuple[bytes, bytes], ...],
    ) -> Answer:
        raw_path, _, query = target.partition("?")
        named = [(name.replace("_", "-").lower(), value) for name, value in headers.items()]
        scope: Scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": self.scheme,
            # As uvicorn does it.
            "path": unquote_to_bytes(raw_path).decode("utf-8", "replace"),
            "raw_path": raw_path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [
                (b"host", b"127.0.0.1"),
                (b"content-length", str(len(body)).encode()),
                *((name.encode(), value.encode("latin-1")) for name, value in named),
                *more,
            ],
            "client": (self.ip, 50_000),
            "server": ("127.0.0.1", 8000),
        }
        said: list[Message] = []
        waiting = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Message:
            if not waiting:
                # The reader stays on the line until the answer is there.
                await asyncio.Event().wait()
            return waiting.pop()

        async def send(message: Message) -> None:
            said.append(message)

        await self.app(scope, receive, send)
        start = said[0]
        return Answer(
            status=start["status"],
            headers={name.decode().lower(): value.decode() for name, value in start["headers"]},
            body=b"".join(message.get("body", b"") for message in said[1:]),
        )
