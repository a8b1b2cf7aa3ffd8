"""The daemon tells hubs and subscribers of what it published, beside all else (feeds.md H8)."""

from __future__ import annotations

import asyncio
from pathlib import Path

from hub_samples import Subscriber
from patience import until
from web_servers import Asked, answer, playing, saying

from digest.clock import SystemClock
from digest.config import load
from digest.daemon import Daemon
from digest.steps.hub import ask
from digest.wiring import Service, plug_in

CONFIG = """
[publication]
title = "Gazette"
url = "https://gazette.example/"
id = "tag:gazette.example,2026"

[web]
listen = "127.0.0.1:1"

[websub]
{websub}

[fetch]
allow = ["127.0.0.1"]
"""

TOPIC = "https://gazette.example/feeds/rss.xml"


def service_of(root: Path, websub: str) -> Service:
    (root / "articles").mkdir(exist_ok=True)
    (root / "articles" / "one.md").write_text("# One\n\nThe first article.\n")
    return plug_in(load(CONFIG.format(websub=websub)), root, SystemClock())


async def test_subscribers_get_what_the_daemon_publishes_and_slow_ones_hold_nothing_up(
    tmp_path: Path,
) -> None:
    subscriber, stuck = Subscriber(), asyncio.Event()

    async def slow(asked: Asked, writer: asyncio.StreamWriter) -> None:
        if asked.method == "POST":
            await stuck.wait()
        await subscriber(asked, writer)

    service = service_of(tmp_path, 'hub = "self"')
    daemon = Daemon(service)
    async with playing(slow) as late, playing(subscriber) as server:
        running = asyncio.create_task(daemon.run())
        await until((tmp_path / "feeds" / "rss.xml").exists)

        def subscribe(url: str) -> bool:
            form = {"hub.mode": "subscribe", "hub.topic": TOPIC, "hub.callback": url}
            try:
                ask(service.store, service.config, form, "192.0.2.0/24", service.clock.now())
            except ValueError:  # The daemon has not looked yet.
                return False
            return True

        await until(lambda: subscribe(server.url()))
        subscribe(late.url())
        await until(lambda: len(subscriber.asked) == 2)
        (tmp_path / "articles" / "two.md").write_text("# Two\n\nThe second article.\n")
        await daemon.tick()
        await until(lambda: subscriber.got)
        (tmp_path / "articles" / "three.md").write_text("# Three\n\nThe third article.\n")
        async with asyncio.timeout(20):
            assert (await daemon.tick()).published is not None
        stuck.set()
        daemon.stop()
        await running
    service.close()
    assert b"The second article." in subscriber.bodies[0]


async def test_hubs_are_told_by_a_run_from_cron_too(tmp_path: Path) -> None:
    async with playing(saying(answer(204))) as server:
        service = service_of(tmp_path, f'hubs = ["{server.url()}"]')
        await Daemon(service).run_once()
        service.close()
        assert len(server.asked) == 3
