"""Three workers through everything at once: kills, standstills, a database that breaks off.

reliability.md: 0 lost, and no more repeats than connections an event. What counts as an event for a
worker: that it is killed, that it stands still for longer than its claims hold, and that the
database goes away with results that were not written down.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random
from time import sleep

import pytest
from faults.judge import Verdict
from faults.rig import Publication, SinkProcess, ended, now_seconds, report, wait_until
from faults.server import Server, server_of_its_own

pytestmark = pytest.mark.slow

CONNECTIONS = 10
STANDSTILL_SECONDS = 66.0
"""Longer than claims hold."""


@dataclass(frozen=True)
class Plan:
    """How much happens."""

    readers: int
    rounds: int
    """In each a worker is killed, and the database restarted."""

    standstills: int
    """In each of the first so many rounds two of the three workers stand still."""

    rate: float
    """Messages a second, for each worker at most."""


@dataclass
class Host:
    """One host, on which there is always a worker."""

    publication: Publication
    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        """Kill the worker, and start another one."""
        self.process.kill()
        self.process.wait(timeout=60)
        self.process = self.publication.start("worker")


def go_through(folder: Path, server: Server, plan: Plan, *, seed: int) -> Verdict:
    """Send an issue through everything; return the verdict."""
    random = Random(seed)  # noqa: S311 - to be repeatable
    frozen: list[float] = []
    with SinkProcess(folder / "log", seed=seed, share=0.02) as sink, ExitStack() as stack:
        first = Publication(
            folder / "host-0",
            sink.port,
            connections=CONNECTIONS,
            rate=plan.rate,
            database=server.url,
        )
        first.add_readers(plan.readers)
        first.compose()
        hosts = []
        for place in range(3):
            publication = first.copied_to(folder / f"host-{place}") if place else first
            if place:
                shutil.rmtree(publication.root / "state" / "digest.journal", ignore_errors=True)
            publication.clock = first.clock
            hosts.append(Host(publication, publication.start("worker")))
        for host in hosts:
            stack.callback(_end, host)
        assert sink.wait_for(100), first.said()[-2000:]
        for number in range(plan.rounds):
            random.choice(hosts).kill()
            sleep(random.random() * 3)
            if number < plan.standstills:
                frozen.append(_stand_still(random.sample(hosts, 2)))
            server.restart()
            sleep(random.random() * 3)
            if number % 3 == 1:
                server.ask("TRUNCATE procrastinate_jobs CASCADE")
        counted = sink.count
        assert wait_until(lambda: _is_quiet(sink), 600)
        for host in hosts:
            host.process.terminate()
        for host in hosts:
            assert host.process.wait(timeout=30) == 0, host.publication.said()[-2000:]
        first.crashes = plan.rounds + 3 * plan.rounds + 2 * plan.standstills
        first.finish()
        first.check_books()
        verdict = first.verdict(sink, frozen=frozen)
        report("storm", verdict, sent_before_the_last_event=counted)
        return verdict


def _stand_still(hosts: list[Host]) -> float:
    """Let workers stand still until others have taken over what they held; return since when."""
    for host in hosts:
        host.process.send_signal(signal.SIGSTOP)
    sleep(0.5)
    at = now_seconds()
    sleep(STANDSTILL_SECONDS)
    for host in hosts:
        host.process.send_signal(signal.SIGCONT)
    return at


def _is_quiet(sink: SinkProcess) -> bool:
    """Return whether nothing came for longer than claims hold and workers look away."""
    before = sink.count
    sleep(10)
    return sink.count == before


def _end(host: Host) -> None:
    with ended(host.process):
        pass


@pytest.mark.parametrize(
    "plan",
    [
        pytest.param(Plan(readers=1500, rounds=2, standstills=0, rate=100), id="short"),
        pytest.param(Plan(readers=30_000, rounds=10, standstills=3, rate=40), id="long"),
    ],
)
def test_three_workers_lose_nobody_whatever_happens(tmp_path: Path, plan: Plan) -> None:
    with server_of_its_own() as server:
        assert server.ask("SHOW fsync") == [("on",)]
        verdict = go_through(tmp_path, server, plan, seed=21)
    assert verdict.faults == ()
    assert verdict.open == 0
