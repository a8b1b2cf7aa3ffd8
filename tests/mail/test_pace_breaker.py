"""A relay that cannot be used is left alone, then tried by one connection."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.mail.pace.breaker import LAST_REST_SECONDS, PROBE_SECONDS, Breaker

MIDDLE = 0.5
"""The random number that changes nothing."""


def failed(times: int, at: float = 0.0) -> Breaker:
    """Return a breaker after so many failures in a row, each at the end of the rest before."""
    breaker = Breaker()
    for _ in range(times):
        at = max(at, breaker.until)
        breaker = breaker.enter(at).failed("no answer", at, MIDDLE)
    return breaker


def test_a_relay_that_works_takes_any_number_of_connections() -> None:
    breaker = Breaker()
    assert breaker.admits(-1e9)
    assert breaker.enter(5.0).enter(5.0) == Breaker()
    assert breaker.succeeded() is breaker
    assert breaker.left(5.0) is breaker


def test_a_relay_that_failed_is_left_alone_for_half_a_minute() -> None:
    """reliability.md, Replies: "circuit breaker per relay; back off with jitter"."""
    breaker = Breaker().failed("no answer", 100.0, MIDDLE)
    assert breaker == Breaker(1, 130.0, "no answer")
    assert not breaker.admits(129.9)
    assert breaker.admits(130.0)


def test_the_rest_doubles_to_a_quarter_of_an_hour() -> None:
    rests = []
    for times in range(1, 9):
        before = failed(times - 1)
        rests.append(failed(times).until - max(before.until, 0.0))
    assert rests == [30, 60, 120, 240, 480, 900, 900, 900]
    assert failed(3000).until < 3000 * LAST_REST_SECONDS


@pytest.mark.parametrize(("fraction", "rest"), [(0.0, 22.5), (0.5, 30.0), (0.999, 37.5)])
def test_chance_spreads_the_rest_by_a_quarter(fraction: float, rest: float) -> None:
    assert Breaker().failed("", 0.0, fraction).until == pytest.approx(rest, abs=0.02)


def test_connections_that_fail_together_are_one_failure() -> None:
    breaker = Breaker().failed("first", 0.0, MIDDLE)
    assert breaker.failed("second", 1.0, MIDDLE) is breaker


def test_one_connection_tries_while_the_others_wait() -> None:
    trying = failed(1).enter(30.0)
    assert trying.is_probing
    assert not trying.admits(30.0)
    assert trying.reason == "no answer"
    assert trying.succeeded() == Breaker()


def test_a_trial_that_fails_counts() -> None:
    breaker = failed(1).enter(30.0).failed("still none", 40.0, MIDDLE)
    assert breaker == Breaker(2, 100.0, "still none")


def test_a_trial_of_which_nothing_is_heard_does_not_block_for_ever() -> None:
    trying = failed(1).enter(30.0)
    assert trying.admits(30.0 + PROBE_SECONDS)
    assert trying.enter(30.0 + PROBE_SECONDS).until == 30.0 + 2 * PROBE_SECONDS


def test_a_trial_that_found_nothing_out_leaves_it_to_the_next() -> None:
    """It was asked to stop, say."""
    left = failed(1).enter(30.0).left(31.0)
    assert left == Breaker(1, 31.0, "no answer")
    assert left.admits(31.0)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["enter", "failed", "left", "succeeded"]),
            st.floats(0, 2000),
            st.floats(0, 1, exclude_max=True),
        )
    )
)
def test_it_always_opens_again(events: list[tuple[str, float, float]]) -> None:
    """And says why it is shut for as long as it is."""
    breaker, at = Breaker(), 0.0
    for event, passes, fraction in events:
        at += passes
        if event == "enter" and breaker.admits(at):
            breaker = breaker.enter(at)
        elif event == "failed":
            breaker = breaker.failed("why", at, fraction)
            assert not breaker.admits(at)
        elif event == "left":
            breaker = breaker.left(at)
        elif event == "succeeded":
            breaker = breaker.succeeded()
            assert breaker.admits(at)
        assert breaker.admits(at + LAST_REST_SECONDS * 1.25)
        assert breaker.admits(at) or breaker.reason
