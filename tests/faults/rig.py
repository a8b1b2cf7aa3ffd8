"""A publication in a folder, the sink it sends to, and the processes that are killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter, sleep
from types import TracebackType
from typing import Any, Self

import pytest
from faults.judge import Log, Verdict, judge, read_log

from digest.clock import SystemClock
from digest.model import SubscriptionState
from digest.steps.compose import compose_now
from digest.steps.ingest import ingest
from digest.steps.subscribe import Wish, person_of, subscribe
from digest.store import deliveries, issues
from digest.wiring import Service, open_service

HERE = Path(__file__).parent

CONFIG = """
[publication]
title = "Gazette"
url = "https://gazette.example/"
id = "tag:gazette.example,2026"
timezone = "UTC"
postal_address = "1 Quay Street"

[briefings.daily]
title = "Morning Briefing"
from_address = "briefing@gazette.example"
send_at = "{send_at}"
day_of_month = {days}
expire_after_hours = 720

[relays.default]
host = "127.0.0.1"
port = {port}
tls = "none"
connections = {connections}
messages_per_connection = 1000
rate_per_second = {rate}
timeout_seconds = 10
"""

RETRY_SECONDS = 75 * 60
"""What is put off comes back within this, whatever the jitter."""

PATIENCE_SECONDS = 60.0


class SinkProcess:
    """The faulty sink, running; for ``with``."""

    def __init__(
        self, log: Path, *, seed: int = 0, share: float = 0.0, faults: str = "all"
    ) -> None:
        """Keep the log in the file *log*; *share* of the attempts go wrong, in one of *faults*."""
        self.path = log
        self._words = ["--seed", str(seed), "--share", str(share)]
        if faults != "all":
            self._words += ["--faults", faults]
        self._read_up_to = 0
        self._count = 0
        self._recipients: set[str] = set()
        self.port = 0

    def __enter__(self) -> Self:
        """Start it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, str(HERE / "sink.py"), str(self.path), *self._words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=quiet_environment(),
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End it."""
        self._process.communicate(timeout=PATIENCE_SECONDS)

    @property
    def count(self) -> int:
        """How many messages it has taken, repeats included."""
        self._read_on()
        return self._count

    @property
    def recipients(self) -> set[str]:
        """Who has got a message."""
        self._read_on()
        return set(self._recipients)

    def _read_on(self) -> None:
        with self.path.open("rb") as file:
            file.seek(self._read_up_to)
            new = file.read()
        whole = new.rfind(b"\n") + 1
        self._read_up_to += whole
        for entry in map(json.loads, new[:whole].splitlines()):
            if entry["event"] == "taken":
                self._count += 1
                self._recipients.add(entry["recipient"])

    def wait_for(self, count: int, seconds: float = PATIENCE_SECONDS) -> bool:
        """Return when it has taken *count* messages, or after *seconds*; return whether it has."""
        return wait_until(lambda: self.count >= count, seconds)

    def log(self) -> Log:
        """Return what it has seen so far."""
        with self.path.open(encoding="utf-8") as lines:
            return read_log(lines)


class Publication:
    """A folder with settings, an article, and readers, whose relay is a sink."""

    def __init__(
        self,
        root: Path,
        port: int,
        *,
        connections: int = 4,
        rate: float = 0,
        database: str = "sqlite:///state/digest.sqlite3",
        send_at: str = "00:00",
        days: Sequence[int] = (1,),
    ) -> None:
        """Write it to *root*."""
        self.root = root
        self.connections = connections
        self._settings = {"DIGEST_DATABASE__URL": database}
        self.candidates: set[str] = set()
        self.crashes = 0
        self._ahead_seconds = 0.0
        self._passed_seconds = 0.0
        self.clock = root / "clock"
        (root / "articles").mkdir(parents=True)
        (root / "articles" / "one.md").write_text("# The ferry runs\n\nTwice a day, they say.\n")
        self.config = root / "config.toml"
        self.config.write_text(
            CONFIG.format(
                port=port,
                connections=connections,
                rate=rate,
                send_at=send_at,
                days=list(days),
            )
        )
        self._set_clock()

    def copied_to(self, root: Path) -> Publication:
        """Return the same publication in another folder; nobody may be at work on it."""
        shutil.copytree(self.root, root)
        made = copy(self)
        made.root = root
        made.candidates = set(self.candidates)
        made.config = root / self.config.name
        made.clock = root / self.clock.name
        return made

    @contextmanager
    def opened(self) -> Iterator[Service]:
        """Give the publication's parts, as another process has them."""
        service = open_service(self.config, self._settings)
        try:
            yield service
        finally:
            service.close()

    def add_readers(self, number: int, *, prefix: str = "reader") -> None:
        """Subscribe *number* readers at many domains."""
        names = [f"{prefix}-{place}@d{place % 97}.example" for place in range(number)]
        wishes = [Wish(person_of(name), "daily", SubscriptionState.CONFIRMED) for name in names]
        with self.opened() as service:
            now = service.clock.now()
            subscribe(
                service.store, service.keyring, wishes, method="import", evidence="test", now=now
            )
        self.candidates.update(names)

    def let_time_pass(self, seconds: float = RETRY_SECONDS) -> None:
        """Move the clocks of all its processes on."""
        self._ahead_seconds += seconds
        self._passed_seconds += seconds
        self._set_clock()

    def jump(self, seconds: float) -> None:
        """Move the wall clock only, as NTP or an administrator does."""
        self._ahead_seconds += seconds
        self._set_clock()

    def jump_to(self, at: datetime) -> None:
        """Set the wall clock to *at*; it goes on from there."""
        self._ahead_seconds = (at - SystemClock().now()).total_seconds()
        self._set_clock()

    def now(self) -> datetime:
        """Return what its processes take for the time."""
        return SystemClock().now() + timedelta(seconds=self._ahead_seconds)

    def _set_clock(self) -> None:
        fresh = self.clock.with_suffix(".new")
        fresh.write_text(f"{self._ahead_seconds} {self._passed_seconds}")
        fresh.replace(self.clock)

    def start(
        self,
        *words: str,
        variant: str = "",
        before: Sequence[str] = (),
        one_thread: bool = False,
    ) -> subprocess.Popen[bytes]:
        """Start a command; what it says goes to the file ``said``."""
        environment = quiet_environment() | self._settings
        environment |= {"FAULTS_CLOCK": str(self.clock), "NO_COLOR": "1"}
        if variant:
            environment["FAULTS_VARIANT"] = variant
        if one_thread:
            environment["FAULTS_ONE_THREAD"] = "1"
        with (self.root / "said").open("ab") as said:
            return subprocess.Popen(  # noqa: S603 - our own program
                [*before, sys.executable, str(HERE / "launch.py"), *words],
                cwd=self.root,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )

    def run(self, *words: str, variant: str = "", seconds: float = 300) -> int:
        """Run a command to its end; return its exit code."""
        with ended(self.start(*words, variant=variant)) as process:
            return process.wait(timeout=seconds)

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """Kill it, if it still runs: a crash."""
        if process.poll() is None:
            process.kill()
            self.crashes += 1
        process.wait(timeout=PATIENCE_SECONDS)

    def said(self) -> str:
        """Return what its commands have printed."""
        return (self.root / "said").read_text(errors="replace")

    def compose(self) -> None:
        """Freeze an issue; nothing is sent yet."""
        with self.opened() as service:
            now = service.clock.now()
            config, folder = service.config, service.source_folder("articles")
            ingest(service.store, config, "articles", folder, now=now)
            made = compose_now(
                service.store, config, service.renderer, service.keyring, "daily", now=now
            )
        assert made.candidates == len(self.candidates), made.reason

    def finish(self, *, rounds: int = 12, variant: str = "") -> None:
        """Run until nothing waits any more, with time passing in between."""
        for _ in range(rounds):
            self.run("run", "--once", variant=variant)
            if not self.waiting():
                return
            self.let_time_pass()

    def is_composed(self) -> bool:
        """Return whether there is an issue."""
        with self.opened() as service, service.store.read() as tx:
            return bool(issues.list_issues(tx, "daily", 1))

    def waiting(self) -> int:
        """Return how many deliveries are not settled."""
        with self.opened() as service, service.store.read() as tx:
            found = issues.list_issues(tx, "daily", 1)
            return deliveries.ledger(tx, found[0].id).open if found else len(self.candidates)

    def states(self) -> dict[str, str]:
        """Return recipient to state, as the ledger has them."""
        with self.opened() as service, service.store.read() as tx:
            found = issues.list_issues(tx, "daily", 1)
            rows = deliveries.list_deliveries(tx, found[0].id, limit=10**7) if found else ()
            return {row.email: str(row.state) for row in rows}

    def verdict(self, sink: SinkProcess, **more: Any) -> Verdict:  # noqa: ANN401 - as judge
        """Return what the sink's log says of the issue."""
        return judge(
            sink.log(),
            self.candidates,
            self.states(),
            crashes=self.crashes,
            connections=self.connections,
            **more,
        )

    def check_books(self) -> None:
        """Check the ledger by its own command, and the database by its own check."""
        with ended(self.start("ledger", "daily/1")) as process:
            assert process.wait(timeout=PATIENCE_SECONDS) == 0, self.said()[-2000:]
        with self.opened() as service:
            assert service.store.check_integrity() == []


def quiet_environment() -> dict[str, str]:
    """Return our environment, but for what would measure the coverage of what is killed anyway."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("COVERAGE", "COV_", "DIGEST_"))
    }


@contextmanager
def ended(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """Give *process*, and see to it that it does not outlive the block."""
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.kill()
        process.wait(timeout=PATIENCE_SECONDS)


def needs_strace() -> str:
    """Return the path of strace, or skip: it kills or fails at the n-th call."""
    found = shutil.which("strace")
    if found is None:
        pytest.skip("strace is not installed")
    try:
        done = subprocess.run(  # noqa: S603 - as found on the path
            [found, "-f", "-o", "/dev/null", "true"], check=False, timeout=20
        )
    except OSError:
        pytest.skip("strace does not run")
    if done.returncode:
        pytest.skip("strace may not trace here")
    return found


def wait_until(condition: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> bool:
    """Return when *condition* holds, or after *seconds*; return whether it does."""
    until = perf_counter() + seconds
    while not condition():
        if perf_counter() > until:
            return False
        sleep(0.002)
    return True


def report(name: str, verdict: Verdict, **numbers: float) -> None:
    """Leave the numbers of a long run in the file that FAULTS_REPORT names, if it does."""
    path = os.environ.get("FAULTS_REPORT")
    if path:
        extra = json.dumps(numbers)
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(f"{name}: {verdict} {extra}\n")


def now_seconds() -> float:
    """Return the time on the clock that the sink's log is written by."""
    return perf_counter()
