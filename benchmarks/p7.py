"""P7: how soon the command answers, and what the daemon takes while nothing happens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from benchmarks import publication
from benchmarks.report import Figure, Line
from benchmarks.workshop import Workshop

_SETTLING_SECONDS = 6.0
_IDLE_SECONDS = 20.0


def run(workshop: Workshop) -> list[Line]:
    """Measure."""
    seconds = min(_help_seconds() for _ in range(2 * workshop.rounds + 1))
    root = workshop.fresh()
    publication.make(root, readers=1).close()
    config = publication.point(root, port=9, connections=1)
    size, share = _idle(config)
    return [
        Figure("P7", "digest --help", seconds, "s", most=0.3),
        Figure("P7", "memory of the idle daemon", size, "MB", most=90),
        Figure("P7", "processor time of the idle daemon", share * 100, "% a core", most=1),
    ]


def _help_seconds() -> float:
    began = time.perf_counter()
    command = [sys.executable, "-m", "digest", "--help"]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own words
    return time.perf_counter() - began


def _idle(config: Path) -> tuple[float, float]:
    """Return the daemon's memory in MB, and its share of a core."""
    command = [sys.executable, "-m", "digest", "run", "--config", str(config)]
    process = subprocess.Popen(  # noqa: S603 - our own words
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=config.parent
    )
    try:
        time.sleep(_SETTLING_SECONDS)
        before = _ticks(process.pid)
        time.sleep(_IDLE_SECONDS)
        used = (_ticks(process.pid) - before) / os.sysconf("SC_CLK_TCK")
        if process.poll() is not None:
            raise RuntimeError(f"the daemon ended with {process.returncode}")
        return _resident_mb(process.pid), used / _IDLE_SECONDS
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])  # utime and stime, proc(5)


def _resident_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
