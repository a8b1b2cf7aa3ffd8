"""The hub is killed while it sends, and everybody gets the content all the same (feeds.md H8)."""

from __future__ import annotations

import asyncio
import shutil
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hub_samples import Subscriber
from web_servers import Asked, playing

pytestmark = pytest.mark.slow

CONFIG = """
[publication]
title = "Gazette"
url = "http://127.0.0.1:{port}/"
id = "tag:gazette.example,2026"

[web]
listen = "127.0.0.1:{port}"

[websub]
hub = "self"
connections = 4

[fetch]
allow = ["127.0.0.1"]
"""

SUBSCRIBERS = 40


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


async def start(folder: Path) -> asyncio.subprocess.Process:
    digest = shutil.which("digest", path=str(Path(sys.executable).parent)) or "digest"
    with (folder / "digest.log").open("a") as log:
        return await asyncio.create_subprocess_exec(
            digest, "run", cwd=folder, stdout=log, stderr=log
        )


async def until(is_so: Callable[[], object], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while not is_so():  # noqa: ASYNC110 - of files and of other programs
            await asyncio.sleep(0.1)


async def ask(port: int, **fields: str) -> bytes:
    """Send a request to the hub; return the status line; empty if nobody listens yet."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return b""
    body = urlencode({f"hub.{name}": value for name, value in fields.items()})
    writer.write(
        f"POST /hub HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\n\r\n{body}".encode()
    )
    status = (await reader.read()).partition(b"\r\n")[0]
    writer.close()
    return status


async def test_nobody_misses_content_when_the_daemon_is_killed_twice(tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "config.toml").write_text(CONFIG.format(port=port))
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "one.md").write_text("# One\n\nThe first.\n")
    topic = f"http://127.0.0.1:{port}/feeds/atom.xml"
    subscriber = Subscriber()

    async def slowly(asked: Asked, writer: asyncio.StreamWriter) -> None:
        if asked.method == "POST":
            await asyncio.sleep(0.2)
        await subscriber(asked, writer)

    async with playing(slowly) as server:
        process = await start(tmp_path)
        try:
            fields = {"mode": "subscribe", "topic": topic}
            async with asyncio.timeout(30):
                for number in range(SUBSCRIBERS):
                    fields["callback"] = server.url(f"/{number}")
                    while b" 202 " not in await ask(port, **fields):  # noqa: ASYNC110 - it starts
                        await asyncio.sleep(0.2)
            await until(lambda: len(subscriber.asked) == SUBSCRIBERS, 30)
            await asyncio.sleep(1)
            (tmp_path / "articles" / "two.md").write_text("# Two\n\nThe second.\n")
            for share in (3, 2):
                await until(lambda share=share: len(subscriber.got) >= SUBSCRIBERS // share, 60)  # type: ignore[misc]
                process.kill()
                await process.wait()
                process = await start(tmp_path)
            await until(lambda: len({item.path for item in subscriber.got}) == SUBSCRIBERS, 120)
        finally:
            process.terminate()
            await process.wait()
    document = (tmp_path / "feeds" / "atom.xml").read_bytes()
    assert set(subscriber.bodies) == {document}
    # Only what was on its way at a kill comes twice.
    assert SUBSCRIBERS <= len(subscriber.got) <= SUBSCRIBERS + 2 * 4
