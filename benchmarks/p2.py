"""P2: the same send with RSA-2048 DKIM, measured by what OpenSSL signs in the same minute."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

from benchmarks.report import Figure, Line, Skipped
from benchmarks.servers import fast_sink
from benchmarks.workshop import Workshop

CONNECTIONS = 64
_SPEED_SECONDS = 2


def run(workshop: Workshop) -> list[Line]:
    """Measure on one core and on two."""
    openssl = shutil.which("openssl")
    if openssl is None:
        return [Skipped("P2", "signed mail / openssl speed rsa2048", "openssl is not present")]
    made = workshop.composed(workshop.messages // 2, is_signed=True)
    counts = [1, 2] if len(os.sched_getaffinity(0)) > 1 else [1]
    rates: dict[int, list[float]] = {cores: [] for cores in counts}
    limits: dict[int, list[float]] = {cores: [] for cores in counts}
    a_core: list[float] = []
    limits_a_core: list[float] = []
    for _ in range(workshop.rounds):
        limits_a_core.append(signatures_a_second(openssl))
        for cores in counts:
            limits[cores].append(signatures_a_second(openssl, "-elapsed", "-multi", str(cores)))
            with fast_sink(workshop.fresh()) as sink:
                done = workshop.send(made, sink.port, connections=CONNECTIONS, cores=cores)
            workshop.check("digest, signed", made, sink, made.readers)
            rates[cores].append(done.rate)
            a_core.append(done.rate_a_core)
    one = max(limits_a_core)
    lines: list[Line] = [
        Figure(
            "P2",
            "signed messages / openssl, a second of processor time",
            max(a_core) / one,
            least=0.65,
            note=f"{max(a_core):,.0f}/s and {one:,.0f}/s",
        )
    ]
    lines += [
        Figure(
            "P2",
            f"signed messages a second / openssl, both on {cores} core{'s' * (cores > 1)}",
            max(rates[cores]) / max(limits[cores]),
            note=f"{max(rates[cores]):,.0f}/s and {max(limits[cores]):,.0f}/s",
        )
        for cores in counts
    ]
    if len(counts) > 1:
        grown = max(rates[2]) / max(rates[1])
        lines.append(Figure("P2", "two cores / one core", grown, least=1.0))
    return lines


def signatures_a_second(openssl: str, *options: str) -> float:
    """Return how many RSA-2048 signatures OpenSSL makes, by default a second of processor time."""
    command = [openssl, "speed", "-seconds", str(_SPEED_SECONDS), *options, "rsa2048"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - our own words
    found = re.search(r"^rsa\s+2048 bits\s+\S+\s+\S+\s+([0-9.]+)", done.stdout, re.MULTILINE)
    if found is None:
        raise RuntimeError(f"openssl speed says something else: {done.stdout[-500:]}")
    return float(found[1])
