"""Who unsubscribes in the middle of a send is not written to any more, within a second.

The wishes come from another process than the sender's; their commit times are compared with the
times in the sink's log. A message begins when the first of its body comes: an envelope that was
announced before delivers nothing.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random
from time import sleep

import pytest
from faults.judge import Verdict
from faults.rig import Publication, SinkProcess, ended, now_seconds, report

from digest.steps.subscribe import unsubscribe

slow = pytest.mark.slow


def leave_meanwhile(
    folder: Path, *, readers: int, leaving: int, rate: int, seconds: float, variant: str = ""
) -> tuple[Verdict, Counter[str]]:
    """Send while *leaving* of the readers unsubscribe, within *seconds*, in random order."""
    with SinkProcess(folder / "log") as sink:
        publication = Publication(folder / "pub", sink.port, connections=8, rate=rate)
        publication.add_readers(readers)
        publication.compose()
        names = sorted(publication.candidates)
        Random(11).shuffle(names)  # noqa: S311 - to be repeatable
        left: dict[str, float] = {}
        with ended(publication.start("run", variant=variant)) as process:
            assert sink.wait_for(1)
            begun_at = now_seconds()
            with publication.opened() as service:
                for name in names:
                    if len(left) == leaving:
                        break
                    if name in sink.recipients:
                        continue  # It shows nothing if who has the mail leaves.
                    sleep(max(0.0, begun_at + seconds * len(left) / leaving - now_seconds()))
                    now = service.clock.now()
                    unsubscribe(
                        service.store, name, "daily", method="one-click", evidence="", now=now
                    )
                    left[name] = now_seconds()
            assert len(left) == leaving
            assert sink.wait_for(readers - leaving)
            process.terminate()
            assert process.wait(timeout=30) == 0
        publication.finish(variant=variant)
        return publication.verdict(sink, left=left), Counter(publication.states().values())


@pytest.mark.parametrize(
    ("readers", "leaving", "rate", "seconds"),
    [(300, 40, 100, 1.0), pytest.param(6000, 1000, 400, 8, marks=slow)],
)
def test_nothing_begins_a_second_after_the_wish_to_leave(
    tmp_path: Path, readers: int, leaving: int, rate: int, seconds: float
) -> None:
    """reliability.md, unsubscribe in mid-send."""
    begun_at = now_seconds()
    verdict, states = leave_meanwhile(
        tmp_path, readers=readers, leaving=leaving, rate=rate, seconds=seconds
    )
    report("leaving", verdict, suppressed=states["suppressed"], seconds=now_seconds() - begun_at)
    assert verdict.faults == ()
    assert verdict.open == 0
    assert states["suppressed"] > leaving / 3, "hardly anybody left in time: nothing was shown"
    assert states["accepted"] + states["suppressed"] == readers


@slow
def test_a_sender_that_does_not_look_who_left_is_caught(tmp_path: Path) -> None:
    verdict, _ = leave_meanwhile(
        tmp_path, readers=500, leaving=60, rate=100, seconds=1.5, variant="blind to leaving"
    )
    assert verdict.late
