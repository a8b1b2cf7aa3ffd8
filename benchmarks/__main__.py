"""``python -m benchmarks``: run the benchmarks, print the figures, keep them as JSON."""

from __future__ import annotations

import argparse
import importlib
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.report import Figure, Line, machine, save
from benchmarks.workshop import Workshop

NAMES = tuple(sorted(path.stem.upper() for path in Path(__file__).parent.glob("p[0-9]*.py")))
"""Every module ``p1.py`` … in this folder."""


def main() -> int:
    """Run the command. A goal that was missed is no error: machines differ."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "only", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; all by default"
    )
    parser.add_argument("--messages", type=int, default=20_000, help="mails of a fast sender")
    parser.add_argument("--rounds", type=int, default=3, help="the best of so many counts")
    parser.add_argument("--output", type=Path, default=Path("build/bench.json"))
    arguments = parser.parse_args()
    chosen = [name.strip().upper() for word in arguments.only for name in word.split(",")]
    if unknown := sorted(set(chosen) - set(NAMES)):
        parser.error(f"there is no {', '.join(unknown)}: choose from {', '.join(NAMES)}")
    facts = machine()
    print("; ".join(f"{name}: {value}" for name, value in facts.items()), flush=True)
    print("Only ratios within this run count; other work on the machine moves all of them.\n")
    lines: list[Line] = []
    build = Path("build")
    build.mkdir(exist_ok=True)
    # Not in /tmp, which may be memory: a commit is to cost what it costs on a disk.
    with tempfile.TemporaryDirectory(prefix="bench-", dir=build) as folder:
        workshop = Workshop(
            Path(folder).resolve(), messages=arguments.messages, rounds=arguments.rounds
        )
        for name in chosen or NAMES:
            began = time.perf_counter()
            found = importlib.import_module(f"benchmarks.{name.lower()}").run(workshop)
            for line in found:
                print(line, flush=True)
            print(f"    {time.perf_counter() - began:.0f} s\n", flush=True)
            lines += found
    save(arguments.output, facts, lines)
    missed = [line for line in lines if isinstance(line, Figure) and line.verdict == "missed"]
    print(f"{len(missed)} of the goals missed; all figures are in {arguments.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
