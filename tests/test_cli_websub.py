"""`digest websub`: what hubs were told, and telling them."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner
from web_servers import Playing, answer, playing, saying

from digest.cli.app import app
from digest.model import HubMode
from digest.store import hub
from digest.store.hub import Request
from digest.wiring import open_service

CONFIG = """
[publication]
title = "Gazette"
url = "https://gazette.example/"
id = "tag:gazette.example,2026"
"""

TOPIC = "https://gazette.example/feeds/rss.xml"


@pytest.fixture
def server() -> Iterator[Playing]:
    """A hub in a thread of its own that takes notice of the first and of no later ping."""
    loop, ready, end = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    found: list[Playing] = []

    async def serve() -> None:
        async with playing(saying(*[answer(204)] * 3, answer(500, b"busy"))) as running:
            found.append(running)
            ready.set()
            await end.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert ready.wait(10)
    yield found[0]
    loop.call_soon_threadsafe(end.set)
    thread.join(10)
    loop.close()


@pytest.fixture
def publication(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "one.md").write_text("# One\n\nThe first.\n")
    (tmp_path / "config.toml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, list(words), env={"COLUMNS": "250", "NO_COLOR": "1"})
    assert done.exit_code == code, done.output
    return done.output


def test_without_a_hub_status_says_how_to_get_one(publication: Path) -> None:
    assert publication.exists()
    assert "No feed names a hub" in run("websub", "status")


def test_hubs_are_told_once_and_again_on_demand_with_a_record(
    publication: Path, server: Playing
) -> None:
    """feeds.md H8: a ping for each document that changed, and its result kept."""
    settings = f'[websub]\nhubs = ["{server.url("/h")}"]\n[fetch]\nallow = ["{server.address}"]\n'
    (publication / "config.toml").write_text(CONFIG + settings)
    run("publish")
    assert "3 documents changed; 3 times a hub took notice" in run("websub", "ping")
    assert "0 documents changed; 0 times" in run("websub", "ping")
    shown = run("websub", "status")
    assert f"What {server.url('/h')} was told" in shown
    assert [line.split()[0] for line in shown.splitlines() if " 204 " in f"{line} "] == [
        "atom.xml",
        "feed.json",
        "rss.xml",
    ]
    told = json.loads(run("websub", "ping", "--all", "--json", code=1))
    assert (told["changed"], told["told"], len(told["failures"])) == ([], 0, 3)
    assert f"{server.url('/h')} of {TOPIC}: 500 busy" in told["failures"]
    [record, *_] = json.loads(run("websub", "status", "--json"))["pings"]
    assert (record["attempts"], record["detail"]) == (1, "500 busy")
    assert record["told_at"] < record["tried_at"] < record["next_attempt_at"]
    assert len(server.asked) == 6
    failed = run("websub", "ping", code=1)
    assert "500 busy" in failed
    assert "0 documents changed; 0 times a hub took notice" in failed


def test_subscribers_of_our_own_hub_are_counted(publication: Path) -> None:
    settings = '[web]\nlisten = "127.0.0.1:8000"\n[websub]\nhub = "self"\n'
    (publication / "config.toml").write_text(CONFIG + settings)
    run("publish")
    run("websub", "ping")
    service = open_service(publication / "config.toml", {})
    site = "reader.example:443"
    now = service.clock.now()
    with service.store.write() as tx:
        asked = Request(HubMode.SUBSCRIBE, TOPIC, "https://reader.example/", site, now)
        hub.confirm(tx, asked, now)
        hub.put_request(tx, asked)
    service.close()
    shown = run("websub", "status")
    assert "rss.xml" in shown
    assert "https://reader.example/" not in shown
    assert "https://reader.example/" in run("websub", "status", "--callbacks")
    named = json.loads(run("websub", "status", "--callbacks", "--json"))["callbacks"]
    assert [(item["topic"], item["callback"]) for item in named] == [
        (TOPIC, "https://reader.example/")
    ]
    assert "waiting for their callbacks: 1" in shown
    found = json.loads(run("websub", "status", "--json"))
    assert found["hubs"] == ["https://gazette.example/hub"]
    assert found["subscriptions"] == [
        {
            "topic": TOPIC,
            "subscribers": 1,
            "failing": 0,
            "waiting": 0,
            "delivered_at": None,
        }
    ]
    assert found["unconfirmed"] == 1
