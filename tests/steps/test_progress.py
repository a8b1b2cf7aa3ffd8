"""How far, how fast, how long: worked out from totals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import DeliveryState
from digest.steps.deliver.progress import WINDOW_SECONDS, Speed, done_of, seconds_left


def test_the_rate_is_that_of_the_last_ten_seconds() -> None:
    speed = Speed(100, 0.0)
    assert speed.note(100, 0.0) == 0.0
    assert speed.note(150, 1.0) == 50.0
    for second in range(2, 41):
        rate = speed.note(150 + second * 10, float(second))
    assert rate == pytest.approx(10.0)
    assert speed.note(550, 80.0) < 1


@given(st.lists(st.tuples(st.floats(0, 0.2), st.integers(0, 9)), min_size=1, max_size=300))
def test_however_often_it_is_told_the_rate_is_between_the_extremes(
    steps: list[tuple[float, int]],
) -> None:
    """And what it keeps does not grow with how often it is told."""
    speed, at, total = Speed(0, 0.0), 0.0, 0
    for passed, more in steps:
        at, total = at + passed, total + more
        rate = speed.note(total, at)
        assert rate >= 0
    if at > 0:
        assert rate <= total / min(at, WINDOW_SECONDS) + 1e-6
    assert len(speed._seen) < 60  # noqa: SLF001 - its memory


@pytest.mark.parametrize(
    ("done", "candidates", "rate", "left"),
    [(0, 100, 10.0, 10.0), (100, 100, 10.0, 0.0), (100, 100, 0.0, 0.0), (5, 100, 0.0, None)],
)
def test_the_time_left_is_an_estimate_or_none(
    done: int, candidates: int, rate: float, left: float | None
) -> None:
    assert seconds_left(done, candidates, rate) == left


def test_done_is_what_no_attempt_changes_any_more() -> None:
    counts = dict.fromkeys(DeliveryState, 1)
    assert done_of(counts) == 5
