"""Serve a publication's feeds: ``python -m benchmarks.feed_server digest|raw CONFIG PATH …``.

``digest`` is the embedded server. ``raw`` is the least that an ASGI app can do on the same server:
it answers everything with what Digest would say to the one request that the further arguments
describe (a path, and headers as ``name:value``), from memory. Prints its port; ends with its input.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digest.dispatch import loop
from digest.logs import set_up_logs
from digest.web.app import make_app
from digest.web.serving import Serving
from digest.wiring import open_service


def main() -> None:
    """Run the command."""
    kind, config, path, *headers = sys.argv[1:]
    loop.run(_serve(kind, Path(config), path, [tuple(item.split(":", 1)) for item in headers]))


async def _serve(kind: str, config: Path, path: str, headers: list[Any]) -> None:
    service = open_service(config, os.environ)
    set_up_logs(service.config.log.model_copy(update={"level": "error"}))
    try:
        app = make_app(service)
        if kind == "raw":
            app = await _repeating(app, path, headers)
        async with Serving(app, "127.0.0.1:0") as serving:
            print(serving.url.rstrip("/").rpartition(":")[2], flush=True)
            await asyncio.to_thread(sys.stdin.read)
    finally:
        service.close()


async def _repeating(app: ASGIApp, path: str, headers: list[tuple[str, str]]) -> ASGIApp:
    """Return an app that says what *app* says to one request, and nothing else."""
    said: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def keep(message: Message) -> None:
        said.append(message)

    scope: Scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "headers": [(name.encode(), value.encode()) for name, value in headers],
    }
    await app(scope, receive, keep)
    start, body = said

    async def repeat(scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        await send(start)
        await send(body)

    return repeat


if __name__ == "__main__":
    main()
