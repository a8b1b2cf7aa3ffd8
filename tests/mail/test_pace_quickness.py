"""What is slow is told by what is usual on that relay."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.mail.pace.quickness import SLOW_AT_LEAST_SECONDS, SLOWER, Quickness


def learnt(*times: float) -> Quickness:
    quickness = Quickness()
    for seconds in times:
        quickness.note(seconds)
    return quickness


def test_nothing_is_slow_before_anything_is_known() -> None:
    assert Quickness().slow_from == float("inf")


@pytest.mark.parametrize("usual", [0.1, 1.0, 20.0])
def test_slow_is_what_takes_many_times_as_long_as_is_usual(usual: float) -> None:
    """A relay that takes seconds for everybody is slow, and no domain of it is."""
    assert learnt(*[usual] * 50).slow_from == pytest.approx(SLOWER * usual)


def test_what_takes_little_is_never_slow() -> None:
    assert learnt(*[0.001] * 50).slow_from == SLOW_AT_LEAST_SECONDS
    assert learnt(0.0).slow_from == SLOW_AT_LEAST_SECONDS


@pytest.mark.parametrize("share_slow", [0.1, 0.5, 0.75])
def test_slow_domains_do_not_become_what_is_usual(share_slow: float) -> None:
    """reliability.md, Replies: "one slow domain never holds the others", also a large one."""
    chance = Random(7)  # noqa: S311 - to be repeatable
    times = [3.0 if chance.random() < share_slow else 0.02 for _ in range(2000)]
    quickness = learnt(*times[:100])
    for seconds in times[100:]:
        quickness.note(seconds)
        assert quickness.slow_from < 3.0


def test_slow_messages_to_begin_with_mislead_nobody() -> None:
    assert learnt(3.0, 3.0, 3.0, 0.05).slow_from == pytest.approx(SLOWER * 0.05)


def test_a_relay_that_becomes_slow_is_what_is_usual_after_a_while() -> None:
    quickness = learnt(*[0.05] * 100)
    for _ in range(300):
        quickness.note(2.0)
    assert quickness.slow_from == pytest.approx(SLOWER * 2.0)


@given(st.lists(st.floats(0, 600), min_size=1))
def test_what_is_quick_lies_between_the_quickest_and_the_slowest(times: list[float]) -> None:
    found = learnt(*times).slow_from
    assert min(times) * SLOWER <= found * 1.0001
    assert found <= max(max(times) * SLOWER, SLOW_AT_LEAST_SECONDS) * 1.0001
