"""How fast messages go over SMTP: ours, aiosmtplib's sendmail, and Postfix's smtp-source (in C).

    python benchmarks/smtp_speed.py [--messages 20000] [--postfix /usr/sbin]

Messages of 30 KB to one recipient each over 16 connections, into ``fast_sink.py`` and, where
Postfix's ``smtp-sink`` is found, into that. Then over 64 connections to a sink 20 ms away (P9).
Nothing is stored on either side; only the ratios of one run count.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import aiosmtplib
import uvloop

from digest.mail.replies import Result
from digest.mail.smtp import Connection, Outgoing, Relay

LINE = b"<p>All the news that is fit to be measured, seventy-six bytes to a line</p>\r\n"
BODY = LINE * (30_000 // len(LINE))
HEADERS = (
    b"From: us@a.example\r\nTo: r%d@b.example\r\nSubject: Measured\r\nMIME-Version: 1.0\r\n\r\n"
)


class Counted:
    """A source of so many messages, each with its own headers; shared by all connections."""

    def __init__(self, count: int) -> None:
        """Have *count* messages."""
        self._left = count
        self.accepted = 0

    async def take(self) -> Outgoing | None:
        """Return the next."""
        if not self._left:
            return None
        self._left -= 1
        number = self._left
        parts = (HEADERS % number, BODY)
        return Outgoing("us@a.example", f"r{number}@b.example", key=number, parts=parts)

    async def confirm(self, _outgoing: Outgoing) -> bool:
        """Let it go."""
        return True

    async def settle(self, _outgoing: Outgoing, result: Result) -> None:
        """Count it."""
        self.accepted += result.accepted


async def ours(port: int, connections: int, count: int) -> int:
    """Send by :class:`digest.mail.smtp.Connection`."""
    relay = Relay("sink", "127.0.0.1", port, tls="none", messages_per_connection=1_000_000)
    source = Counted(count)
    opened = await asyncio.gather(*(Connection.open(relay) for _ in range(connections)))
    await asyncio.gather(*(connection.run(source) for connection in opened))
    return source.accepted


async def theirs(port: int, connections: int, count: int) -> int:
    """Send by aiosmtplib, as its documentation does."""
    source = Counted(count)

    async def one() -> int:
        sent = 0
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as client:
            while (outgoing := await source.take()) is not None:
                await client.sendmail(outgoing.sender, [outgoing.recipient], outgoing.content)
                sent += 1
        return sent

    return sum(await asyncio.gather(*(one() for _ in range(connections))))


def in_c(program: str, port: int, connections: int, count: int) -> int:
    """Send by smtp-source, whose messages are all the same."""
    command = [program, "-s", str(connections), "-m", str(count), "-l", str(len(BODY))]
    command += ["-f", "us@a.example", "-t", "r@b.example", f"inet:127.0.0.1:{port}"]
    subprocess.run(command, check=True, env=_environment(program))  # noqa: S603 - our own words
    return count


def _environment(program: str) -> dict[str, str]:
    """Let an unpacked Postfix find its libraries."""
    libraries = Path(program).resolve().parent.parent / "lib" / "postfix"
    return {**os.environ, "LD_LIBRARY_PATH": str(libraries)}


@contextmanager
def fast_sink(*options: str) -> Iterator[int]:
    """Run ``fast_sink.py``; yield its port."""
    command = [sys.executable, str(Path(__file__).with_name("fast_sink.py")), *options]
    with subprocess.Popen(  # noqa: S603 - our own words
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        if process.stdout is None:
            raise RuntimeError("no output")
        yield int(process.stdout.readline())
        process.communicate()


@contextmanager
def smtp_sink(program: str) -> Iterator[int]:
    """Run Postfix's ``smtp-sink``; yield its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    command = [program, *user, f"inet:127.0.0.1:{port}", "1024"]
    with subprocess.Popen(command, env=_environment(program)) as process:  # noqa: S603 - our own words
        time.sleep(0.5)
        yield port
        process.terminate()


def measure(name: str, count: int, send: Callable[[], int]) -> float:
    """Run *send*; print and return its messages a second."""
    cpu, began = time.process_time(), time.perf_counter()
    accepted = send()
    seconds, used = time.perf_counter() - began, time.process_time() - cpu
    if accepted != count:
        raise RuntimeError(f"{name}: {accepted} of {count} were accepted")
    rate = count / seconds
    print(f"  {name:42} {rate:9,.0f}/s {used / count * 1e6:6.0f} us CPU", flush=True)
    return rate


def compare(title: str, port: int, count: int, source: str | None) -> None:
    """Measure all senders into one sink, 16 connections each."""
    print(f"{title}, 16 connections, {len(BODY):,} bytes")
    rate = measure("digest", count, lambda: uvloop.run(ours(port, 16, count)))
    again = measure("digest, again", count, lambda: uvloop.run(ours(port, 16, count)))
    best = max(rate, again)
    few = count // 4
    other = measure("aiosmtplib sendmail", few, lambda: uvloop.run(theirs(port, 16, few)))
    print(f"  digest / aiosmtplib: {best / other:.2f}")
    if source:
        limit = measure("smtp-source (C)", count, lambda: in_c(source, port, 16, count))
        print(f"  digest / smtp-source: {best / limit:.2f}")


def far_away(count: int, milliseconds: float = 20.0, connections: int = 64) -> None:
    """Measure what a round trip costs (P9)."""
    print(f"{milliseconds:.0f} ms away, {connections} connections")
    most = connections / milliseconds * 1000
    with fast_sink("--delay-ms", str(milliseconds)) as port:
        rate = measure("digest", count, lambda: uvloop.run(ours(port, connections, count)))
        few = count // 4
        other = measure("aiosmtplib", few, lambda: uvloop.run(theirs(port, connections, few)))
    print(f"  digest / (connections / round trip): {rate / most:.2f}")
    print(f"  digest / aiosmtplib: {rate / other:.2f}")


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description="Measure SMTP senders against each other.")
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--postfix", default="/usr/sbin", help="folder of smtp-sink, smtp-source")
    arguments = parser.parse_args()
    count = arguments.messages
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} CPUs")
    source = shutil.which("smtp-source", path=arguments.postfix)
    sink = shutil.which("smtp-sink", path=arguments.postfix)
    with fast_sink() as port:
        compare("Into fast_sink.py", port, count, source)
    with fast_sink("--lockstep") as port:
        compare("Into fast_sink.py without PIPELINING", port, count, None)
    if sink:
        with smtp_sink(sink) as port:
            compare("Into smtp-sink", port, count, source)
    else:
        print("smtp-sink is not installed (Debian: postfix); left out")
    far_away(min(count, 8_000))


if __name__ == "__main__":
    main()
