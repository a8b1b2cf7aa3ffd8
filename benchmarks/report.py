"""Figures, the machine they were measured on, and how both are shown."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from digest.clock import SystemClock


@dataclass(frozen=True, slots=True)
class Figure:
    """One number that was measured."""

    id: str
    """Which of the figures to be reached it belongs to, as ``P1``."""

    what: str
    value: float
    unit: str = "x"
    """``x``: a ratio."""

    least: float | None = None
    """The goal is at least this; ``None``: there is no such goal."""

    most: float | None = None
    """The goal is at most this."""

    note: str = ""

    @property
    def verdict(self) -> str:
        """Return ``reached``, ``missed``, or nothing where there is no goal."""
        if self.least is None and self.most is None:
            return ""
        is_enough = self.least is None or self.value >= self.least
        is_small = self.most is None or self.value <= self.most
        return "reached" if is_enough and is_small else "missed"

    def __str__(self) -> str:
        """Return one line."""
        number = f"{self.value:,.2f}" if abs(self.value) < 1000 else f"{self.value:,.0f}"  # noqa: PLR2004 - four digits are enough
        goal = ""
        if self.least is not None:
            goal = f"at least {self.least:g}"
        elif self.most is not None:
            goal = f"at most {self.most:g}"
        note = f"  ({self.note})" if self.note else ""
        return (
            f"{self.id:3} {self.what:58} {number:>9} {self.unit:9}{goal:16} {self.verdict}{note}"
        ).rstrip()


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that was not measured."""

    id: str
    what: str
    reason: str

    def __str__(self) -> str:
        """Return one line."""
        return f"{self.id:3} {self.what:58} left out: {self.reason}"


Line = Figure | Skipped


def machine() -> dict[str, str]:
    """Return what the figures depend on."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    return {
        "when": f"{SystemClock().now():%Y-%m-%d %H:%M} UTC",
        "processor": model,
        "cores": str(len(os.sched_getaffinity(0))),
        "load before": f"{os.getloadavg()[0]:.2f}",
        "system": platform.platform(),
        "python": platform.python_version(),
    }


def save(path: Path, facts: dict[str, str], lines: Sequence[Line]) -> None:
    """Write everything as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    found = [
        {**asdict(line), **({"verdict": line.verdict} if isinstance(line, Figure) else {})}
        for line in lines
    ]
    path.write_text(json.dumps({"machine": facts, "lines": found}, indent=2), encoding="utf-8")
