"""Deliver one issue in a process of its own, and say what it cost.

    python -m benchmarks.sending CONFIG ISSUE_ID [--stop-after N]

The whole way of the product: claims, leases, commits before each next body. Prints JSON:
``accepted``, ``seconds``, ``cpu_seconds`` (user and system, all threads), and ``resident_mb``, as
pairs of how many were sent and how much memory was in use then.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from digest.dispatch import loop
from digest.steps.deliver import DeliverResult, Progress
from digest.wiring import open_service

_SAMPLE_EVERY = 500


@dataclass(frozen=True, slots=True)
class Run:
    """What a run came to."""

    accepted: int
    seconds: float
    cpu_seconds: float
    resident_mb: tuple[tuple[int, float], ...]

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.accepted / self.seconds

    @property
    def rate_a_core(self) -> float:
        """Messages a second of processor time."""
        return self.accepted / self.cpu_seconds


def deliver(config: Path, issue_id: int, *, stop_after: int = 0, cores: int = 0) -> Run:
    """Run this module; *cores* says how many it may use, 0 means all.

    Raises:
        RuntimeError: if it fails.
    """
    command = [sys.executable, "-m", "benchmarks.sending", str(config), str(issue_id)]
    command += ["--stop-after", str(stop_after), "--cores", str(cores)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - our own words
    if done.returncode:
        raise RuntimeError(f"the sender failed: {done.stderr[-2000:]}")
    found = json.loads(done.stdout.splitlines()[-1])
    samples = tuple((int(number), float(size)) for number, size in found.pop("resident_mb"))
    return Run(**found, resident_mb=samples)


def resident_mb() -> float:
    """Return how much memory this process has in use now, in MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description="Deliver one issue.")
    parser.add_argument("config", type=Path)
    parser.add_argument("issue", type=int)
    parser.add_argument("--stop-after", type=int, default=0, help="0: send all")
    parser.add_argument("--cores", type=int, default=0, help="0: use all")
    arguments = parser.parse_args()
    if arguments.cores:
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: arguments.cores])
    service = open_service(arguments.config, {})
    sizes: list[tuple[int, float]] = []
    sent = 0

    def tell(step: Progress) -> None:
        nonlocal sent
        sent += sum(step.counts.values())
        if not sizes or sent >= sizes[-1][0] + _SAMPLE_EVERY:
            sizes.append((sent, resident_mb()))
        if 0 < arguments.stop_after <= sent:
            deliverer.stop()

    deliverer = service.deliverer(tell)

    async def work() -> tuple[DeliverResult, ...]:
        return await deliverer.run_due(arguments.issue)

    began, used = time.perf_counter(), time.process_time()
    results = loop.run(work())
    seconds, used = time.perf_counter() - began, time.process_time() - used
    service.close()
    if results[0].trouble or not results[0].ledger.adds_up:
        raise SystemExit(f"{results[0].trouble or 'the ledger does not add up'}")
    print(
        json.dumps(
            {
                "accepted": results[0].counts["accepted"],  # type: ignore[index] # a StrEnum
                "seconds": seconds,
                "cpu_seconds": used,
                "resident_mb": sizes,
            }
        )
    )


if __name__ == "__main__":
    main()
