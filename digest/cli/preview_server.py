"""What ``digest preview --serve`` does: the next issue in a browser, until Ctrl-C."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

from digest.cli.output import say
from digest.web.preview import PreviewDesk, make_preview
from digest.web.preview.watching import watch
from digest.web.serving import Serving
from digest.wiring import Service, open_service

DEFAULT_PORT = 8025


def serve(config: Path, briefing: str, port: int) -> None:
    """Serve the preview on this machine alone until SIGINT or SIGTERM.

    Raises:
        ConfigError: if the port is taken, or the settings cannot be used.
        NotFoundError: if there is no such briefing.
    """

    def reopen() -> Service:
        return open_service(config, os.environ)

    desk = PreviewDesk(reopen(), reopen)
    try:
        desk.service.config.briefing(briefing)
        desk.take_up(with_settings=False)
        asyncio.run(_serve(desk, config.absolute(), briefing, port))
    finally:
        desk.close()


async def _serve(desk: PreviewDesk, config: Path, briefing: str, port: int) -> None:
    stopped = asyncio.Event()

    def stop() -> None:
        stopped.set()
        desk.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    async with Serving(make_preview(desk), f"127.0.0.1:{port}") as serving:
        say(f"{serving.url}{briefing} shows the next issue and what changes in it; Ctrl-C ends")
        await watch(desk, config, stopped)
        await stopped.wait()
