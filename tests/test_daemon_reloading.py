"""SIGHUP: the daemon goes over to new settings, or stays with the old ones and says why."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
from patience import PATIENCE_SECONDS
from structlog.testing import capture_logs
from structlog.typing import EventDict

from digest.cli.starter import write_starter
from digest.clock import SystemClock
from digest.daemon.reloading import ALERT, run_reloading
from digest.store import alerts
from digest.wiring import Service, open_service

WEEKLY = '\n[briefings.weekly]\ntitle = "The week"\nfrom_address = "w@quay.example"\n'


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The settings of a new publication."""
    now = SystemClock().now()
    write_starter(tmp_path, title="Quay", url="https://quay.example/", now=now)
    return tmp_path / "config.toml"


def problems(service: Service) -> list[str]:
    with service.store.read() as tx:
        return [alert.text for alert in alerts.open_alerts(tx) if alert.key == ALERT]


def is_named(service: Service, slip: str) -> bool:
    return any(slip in text for text in problems(service))


@asynccontextmanager
async def running(config: Path, said: list[EventDict]) -> AsyncIterator[Service]:
    """Run it meanwhile; end it by SIGTERM."""
    service = open_service(config, {})
    daemon = asyncio.create_task(
        run_reloading(service, lambda: open_service(config, {}), lambda _: None)
    )
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await come_true(lambda: len(runs(said)) == 1)
            yield service
            os.kill(os.getpid(), signal.SIGTERM)
            await daemon
    finally:
        daemon.cancel()
        service.close()


def runs(said: list[EventDict]) -> list[list[str]]:
    """Return the briefings of each time that it began to run."""
    return [line["briefings"] for line in said if line["event"] == "running"]


async def come_true(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - what is waited for says nothing by itself
        await asyncio.sleep(0.02)


def reload() -> None:
    os.kill(os.getpid(), signal.SIGHUP)


def read(config: Path) -> str:
    return config.read_text()


def write(config: Path, text: str) -> None:
    config.write_text(text)


async def test_settings_that_can_be_used_are_taken(config: Path) -> None:
    with capture_logs() as said:
        async with running(config, said):
            write(config, read(config) + WEEKLY)
            reload()
            await come_true(lambda: len(runs(said)) == 2)
    assert runs(said) == [["daily"], ["daily", "weekly"]]
    assert [line["event"] for line in said].count("stopped") == 2


async def test_settings_that_cannot_be_used_change_nothing_and_are_told_of(config: Path) -> None:
    """reliability.md, bad config on reload: the old one stays, the error is shown."""
    good = read(config)
    with capture_logs() as said:
        async with running(config, said) as service:
            for slip in ("titel", "tytle"):  # What is wrong by now is what the alert says.
                write(config, good.replace("\ntitle", f"\n{slip}", 1))
                reload()
                await come_true(partial(is_named, service, slip))
            assert len(problems(service)) == 1
            assert "the ones before go on" in problems(service)[0]
            assert len(runs(said)) == 1
            write(config, good)
            reload()
            await come_true(lambda: len(runs(said)) == 2 and not problems(service))


async def test_who_is_told_to_end_while_it_reloads_ends(config: Path) -> None:
    with capture_logs() as said:
        async with running(config, said):
            reload()
    # Before the settings were read, or as soon as it had gone over to them.
    assert len(runs(said)) in {1, 2}
    assert said[-1]["event"] == "stopped"
