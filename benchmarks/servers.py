"""Servers that a benchmark needs, each in a process of its own and gone when it is done."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

CONNECT_SECONDS = 10.0
_POSTFIX_FOLDERS = ("/usr/sbin", "/usr/lib/postfix/sbin", "/usr/libexec/postfix")


@dataclass(slots=True)
class Sink:
    """A running ``fast_sink``."""

    port: int
    samples: Path | None = None
    summary: dict[str, int] = field(default_factory=dict)
    """What came; empty until the sink has ended."""


@contextmanager
def fast_sink(samples: Path | None = None, *, is_pipelining: bool = True) -> Iterator[Sink]:
    """Run ``fast_sink``; some mails go into the folder *samples*."""
    options = [] if is_pipelining else ["--lockstep"]
    if samples is not None:
        samples.mkdir(parents=True, exist_ok=True)
        options += ["--samples", str(samples)]
    with _running("benchmarks.fast_sink", *options) as process:
        sink = Sink(int(_output(process).readline()), samples)
        yield sink
        output, _ = process.communicate()
        sink.summary = json.loads(output)


@contextmanager
def delay_proxy(target: int, round_trip_ms: float) -> Iterator[int]:
    """Run ``delay_proxy`` before the port *target*; yield its port."""
    options = [str(target), "--delay-ms", str(round_trip_ms / 2)]
    with _running("benchmarks.delay_proxy", *options) as process:
        yield int(_output(process).readline())
        process.communicate()


@dataclass(frozen=True, slots=True)
class FeedServer:
    """A running ``feed_server``."""

    port: int
    number: int
    """Of its process."""

    def processor_seconds(self) -> float:
        """Return how much processor time it has used, to the nanosecond."""
        threads = Path(f"/proc/{self.number}/task").glob("*/schedstat")
        return sum(int(path.read_text(encoding="ascii").split()[0]) for path in threads) / 1e9


@contextmanager
def feed_server(
    kind: str, config: Path, path: str, headers: Mapping[str, str]
) -> Iterator[FeedServer]:
    """Run ``feed_server``, of which *kind* may be "digest" or "raw"."""
    described = [f"{name}:{value}" for name, value in headers.items()]
    with _running("benchmarks.feed_server", kind, str(config), path, *described) as process:
        yield FeedServer(int(_output(process).readline()), process.pid)
        process.communicate()


@contextmanager
def smtp_sink(program: str) -> Iterator[int]:
    """Run Postfix's ``smtp-sink``, which is written in C; yield its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    command = [program, *user, f"inet:127.0.0.1:{port}", "1024"]
    process = subprocess.Popen(command, env=environment_of(program))  # noqa: S603 - our own words
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def postfix_program(name: str) -> str | None:
    """Return the path of Postfix's ``smtp-source`` or ``smtp-sink``; ``None`` when there is none.

    Looked for on the PATH, where distributions put it, and in the folder that the variable
    BENCH_POSTFIX names (an unpacked package will do).
    """
    folders = [os.environ.get("BENCH_POSTFIX", ""), os.environ.get("PATH", ""), *_POSTFIX_FOLDERS]
    return shutil.which(name, path=os.pathsep.join(filter(None, folders)))


def environment_of(program: str) -> dict[str, str]:
    """Return the environment in which an unpacked Postfix finds its libraries."""
    libraries = Path(program).resolve().parent.parent / "lib" / "postfix"
    return {**os.environ, "LD_LIBRARY_PATH": str(libraries)}


@contextmanager
def _running(module: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run a module of ours that ends with its input."""
    command = [sys.executable, "-m", module, *arguments]
    with subprocess.Popen(  # noqa: S603 - our own words
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        except BaseException:
            process.kill()
            raise


def _output(process: subprocess.Popen[str]) -> IO[str]:
    if process.stdout is None:
        raise RuntimeError("the process has no output")
    return process.stdout


def _wait_for(port: int) -> None:
    """Return when somebody listens at *port*."""
    deadline = time.perf_counter() + CONNECT_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.perf_counter() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
