"""Clocks that jump, under the real daemon: no issue twice, nobody lost, nobody written to twice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from faults.rig import Publication, SinkProcess, ended

from digest.store import issues

JUMPS = (7200.0, -7200.0, -3600.0, 10_800.0)
"""Seconds; all less than a day."""


def count_issues(publication: Publication) -> int:
    with publication.opened() as service, service.store.read() as tx:
        return len(issues.list_issues(tx, "daily", 10))


@pytest.mark.parametrize(
    "places",
    [
        pytest.param((0.1, -0.5, 1), marks=pytest.mark.slow),
        pytest.param((0.1, -0.5, 0.2, -24, 1, -6, 2), marks=pytest.mark.slow),
    ],
)
def test_a_clock_that_goes_back_and_forth_makes_one_issue_a_date(
    tmp_path: Path, places: Sequence[float]
) -> None:
    """reliability.md, clock jump: never two issues for a period."""
    with SinkProcess(tmp_path / "log") as sink:
        publication = Publication(tmp_path / "pub", sink.port, send_at="06:00", days=())
        publication.add_readers(5)
        due = (publication.now() + timedelta(days=1)).replace(hour=6, minute=0, second=0)
        publication.jump_to(due - timedelta(hours=1))
        assert publication.run("run", "--once") == 0
        assert count_issues(publication) == 0
        for number, hours in enumerate(places):
            article = publication.root / "articles" / f"more-{number}.md"
            article.write_text(f"# News {number}\n\nThere is always more.\n")
            publication.jump_to(due + timedelta(hours=hours))
            publication.run("run", "--once")
            assert count_issues(publication) == 1
        verdict = publication.verdict(sink)
    assert verdict.faults == ()
    assert verdict.taken == 5


@pytest.mark.slow
def test_a_clock_that_jumps_in_the_middle_of_a_send_changes_nothing(tmp_path: Path) -> None:
    """Leases run on the monotonic clock."""
    with SinkProcess(tmp_path / "log") as sink:
        publication = Publication(tmp_path / "pub", sink.port, rate=100)
        publication.add_readers(300)
        publication.compose()
        with ended(publication.start("run")) as process:
            for number, seconds in enumerate(JUMPS, start=1):
                assert sink.wait_for(50 * number)
                publication.jump(seconds)
            assert sink.wait_for(300)
            process.terminate()
            assert process.wait(timeout=30) == 0
        publication.finish()
        verdict = publication.verdict(sink)
    assert verdict.faults == ()
    assert (verdict.taken, verdict.open) == (300, 0)
