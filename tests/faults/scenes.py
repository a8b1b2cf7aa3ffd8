"""What is done to a sender, again and again: kills and polite ends, random but repeatable."""

from __future__ import annotations

import signal
import subprocess
from random import Random
from time import sleep

from faults.rig import Publication, SinkProcess, ended, now_seconds, wait_until

START_SECONDS = 2.5
"""About how long a process needs to begin to send; some kills come before it has."""

STUCK_SECONDS = 15.0
"""A life in which so little happens is ended all the same."""

END_SECONDS = 30.0
"""reliability.md: SIGTERM ends it within this."""


def crash_again_and_again(
    publication: Publication,
    sink: SinkProcess,
    *,
    kills: int,
    each: int,
    seed: int,
    variant: str = "",
) -> None:
    """Begin to send, and kill -9 the sender *kills* times, after up to *each* messages a life.

    One kill in five comes at a random time after the start instead, perhaps before anything was
    composed or sent. In between time passes, so that what was put off is tried again.
    """
    random = Random(seed)  # noqa: S311 - to be repeatable
    words: tuple[str, ...] = ("send", "daily", "--now")
    while publication.crashes < kills:
        with ended(publication.start(*words, variant=variant)) as process:
            if random.random() < 1 / 5:
                sleep(random.random() * START_SECONDS)
            else:
                _wait(process, sink, random.randint(1, each))
                sleep(random.random() * 0.01)
            publication.kill(process)
        publication.let_time_pass()
        words = ("run",) if publication.is_composed() else words


def end_again_and_again(
    publication: Publication, sink: SinkProcess, *, times: int, each: int, seed: int
) -> float:
    """Begin to send, and ask the sender to end *times* times. Return the longest it took, seconds.

    The next life begins at once: what is given back is there for it.
    """
    random = Random(seed)  # noqa: S311 - to be repeatable
    longest = 0.0
    for number in range(times):
        words = ("run",) if number else ("send", "daily", "--now")
        with ended(publication.start(*words)) as process:
            _wait(process, sink, random.randint(1, each))
            sleep(random.random() * 0.01)
            asked_at = now_seconds()
            process.send_signal(signal.SIGTERM)
            code = process.wait(timeout=END_SECONDS)
            longest = max(longest, now_seconds() - asked_at)
        assert code == 0, publication.said()[-2000:]
        publication.let_time_pass()
    return longest


def _wait(process: subprocess.Popen[bytes], sink: SinkProcess, more: int) -> None:
    wanted = sink.count + more
    wait_until(lambda: sink.count >= wanted or process.poll() is not None, STUCK_SECONDS)
