"""Messages follow each other no faster than they may, and no slower than they need to."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from digest.mail.pace.rate import (
    BURST_SECONDS,
    CREEP_SECONDS,
    FLOOR_PER_SECOND,
    FORGET_SECONDS,
    REGAIN_SECONDS,
    SETTLE_SECONDS,
    Rate,
)

RATES = st.floats(0.02, 20_000)


def passed(rate: Rate, start: float, seconds: float, every: float = 0.001) -> int:
    """Return how many messages pass in so many *seconds* when somebody asks all the time."""
    asks = int(seconds / every)
    return sum(rate.admit(start + number * every) == 0.0 for number in range(asks))


def taken(rate: Rate, start: float, seconds: float, every: float = 0.5) -> float:
    """Let messages be taken for so many *seconds*; return when that ends."""
    for number in range(int(seconds / every)):
        rate.admit(start + number * every)
        rate.speed_up(start + number * every)
    return start + seconds


def test_without_a_limit_all_pass() -> None:
    assert passed(Rate(), 5.0, 1.0) == 1000
    assert (Rate().per_second, Rate().interval) == (0.0, 0.0)


def test_a_low_rate_is_kept_message_by_message() -> None:
    rate = Rate(2)
    assert rate.interval == 0.5
    assert rate.admit(10.0) == 0.0
    assert rate.admit(10.1) == 10.5
    assert rate.admit(10.5) == 0.0
    assert rate.admit(10.5) == 11.0


@given(RATES, st.floats(0, 1e6), st.lists(st.floats(0, 0.2), min_size=1, max_size=60))
@example(100.0, 0.0, [0.0] * 30)
def test_no_window_holds_more_than_the_rate_and_a_small_burst(
    per_second: float, start: float, gaps: list[float]
) -> None:
    """Whenever anybody asks, any span of time holds at most its share, plus 0.1 s of it, plus 1."""
    rate = Rate(per_second)
    at, gone = start, []
    for gap in gaps:
        at += gap
        if rate.admit(at) == 0.0:
            gone.append(at)
    for first, begin in enumerate(gone):
        for last in range(first, len(gone)):
            span = gone[last] - begin
            most = (span + BURST_SECONDS) * per_second + 1
            assert last - first + 1 <= most + 1e-3


@given(RATES, st.integers(1, 40), st.floats(0, 1e6))
@example(3.0, 5, 0.0)
def test_who_comes_back_at_the_time_that_was_named_is_let_through(
    per_second: float, messages: int, start: float
) -> None:
    """So the rate is reached: n messages take no longer than n intervals."""
    rate = Rate(per_second)
    at = start
    for _ in range(messages):
        again_at = rate.admit(at)
        if again_at:
            assert again_at > at
            at = again_at
            assert rate.admit(at) == 0.0
    assert at - start <= messages / per_second + 1e-6


def test_late_timers_cost_nothing() -> None:
    """Somebody who always comes 2 ms late still gets 1,000 messages a second."""
    rate, at, count = Rate(1000), 0.0, 0
    while at < 2.0:
        again_at = rate.admit(at)
        if again_at:
            at = again_at + 0.002
        else:
            count += 1
    assert 1990 <= count <= 2110


def test_workers_share_a_rate() -> None:
    """Three of four workers make three quarters; when one is left, it gets everything."""
    rates = [Rate(100, share=0.25) for _ in range(3)]
    assert sum(passed(rate, 0.0, 10.0) for rate in rates) == pytest.approx(750, rel=0.03)
    rates[0].share(1.0)
    assert passed(rates[0], 10.0, 10.0) == pytest.approx(1000, rel=0.03)
    without = Rate()
    without.share(0.5)
    assert without.per_second == 0.0


def test_slowing_down_halves_what_was_configured_or_seen() -> None:
    """reliability.md, Replies: "454, 421 throttling: slow down (AIMD)"."""
    configured = Rate(40)
    passed(configured, 0.0, 3.0)
    configured.slow_down(3.0)
    assert configured.per_second == pytest.approx(20, rel=0.05)
    assert passed(configured, 3.0, 10.0) == pytest.approx(200, rel=0.05)

    unlimited = Rate()
    passed(unlimited, 0.0, 3.0, every=0.01)
    unlimited.slow_down(3.0)
    assert unlimited.per_second == pytest.approx(50, rel=0.05)
    assert unlimited.is_slowed


def test_a_limit_that_was_not_reached_is_not_what_is_halved() -> None:
    rate = Rate(1000)
    passed(rate, 0.0, 3.0, every=0.1)
    rate.slow_down(3.0)
    assert rate.per_second == pytest.approx(5, rel=0.1)


def test_a_rush_of_the_last_moment_counts_as_well() -> None:
    rate = Rate()
    passed(rate, 0.0, 3.0, every=1.0)
    passed(rate, 3.0, 0.3, every=0.001)
    rate.slow_down(3.3)
    assert rate.per_second == pytest.approx(150, rel=0.02)


def test_slowing_down_before_the_first_message_leaves_a_guess() -> None:
    rate = Rate()
    rate.slow_down(7.0)
    assert rate.per_second == 5.0
    assert rate.admit(7.0) == pytest.approx(7.2)


def test_no_burst_follows_right_after_slowing_down() -> None:
    rate = Rate(1000)
    passed(rate, 0.0, 2.0)
    rate.slow_down(2.0)
    assert passed(rate, 2.0, 0.1) <= 0.1 * rate.per_second + 1


def test_replies_that_were_on_the_way_are_the_same_request() -> None:
    rate = Rate(64)
    passed(rate, 0.0, 3.0)
    for number in range(20):
        rate.slow_down(3.0 + number * SETTLE_SECONDS / 20)
    assert rate.per_second == pytest.approx(32, rel=0.05)
    rate.slow_down(3.0 + SETTLE_SECONDS)
    assert rate.per_second == pytest.approx(16, rel=0.05)


def test_being_throttled_again_after_a_silence_halves_and_no_more() -> None:
    """The first message after a pause says little of the rate."""
    rate = Rate()
    passed(rate, 0.0, 4.0, every=0.01)
    rate.slow_down(4.0)
    rate.admit(20.0)
    rate.slow_down(20.1)
    assert 10 <= rate.per_second <= 26


@given(st.sampled_from([0.0, 0.03, 5.0, 1000.0]), st.integers(1, 60))
@example(0.0, 60)
def test_it_never_comes_to_a_standstill(per_second: float, times: int) -> None:
    rate = Rate(per_second)
    for number in range(times):
        rate.slow_down(number * SETTLE_SECONDS)
    floor = min(FLOOR_PER_SECOND, per_second or FLOOR_PER_SECOND)
    assert rate.per_second >= floor
    assert rate.admit(times * SETTLE_SECONDS + 1 / floor) == 0.0


def test_success_regains_what_was_lost_and_then_all() -> None:
    rate = Rate(40)
    passed(rate, 0.0, 3.0)
    rate.slow_down(3.0)
    at = taken(rate, 3.0, REGAIN_SECONDS / 2)
    assert rate.per_second == pytest.approx(30, rel=0.05)
    at = taken(rate, at, REGAIN_SECONDS)
    assert rate.per_second == 40
    assert not rate.is_slowed
    taken(rate, at, 10)
    assert rate.per_second == 40


def test_far_below_what_is_possible_it_grows_by_a_factor() -> None:
    rate = Rate(1000)
    for number in range(20):
        rate.slow_down(number * SETTLE_SECONDS)
    low = rate.per_second
    taken(rate, 40.0, 4 * CREEP_SECONDS)
    assert rate.per_second > low * 20


def test_time_without_success_regains_little() -> None:
    rate = Rate(100)
    passed(rate, 0.0, 2.0)
    rate.slow_down(2.0)
    low = rate.per_second
    rate.speed_up(1000.0)
    assert low < rate.per_second < low * 1.05


def test_after_an_hour_without_messages_it_begins_anew() -> None:
    for rate in (Rate(100), Rate()):
        before = rate.per_second
        passed(rate, 0.0, 2.0)
        rate.slow_down(2.0)
        assert rate.admit(3.0 + FORGET_SECONDS / 2) == 0.0
        assert rate.per_second != before
        assert rate.admit(5.0 + 2 * FORGET_SECONDS) == 0.0
        assert rate.per_second == before
        assert not rate.is_slowed


def test_a_new_share_does_not_lift_what_a_server_asked_for() -> None:
    rate = Rate(100, share=0.5)
    passed(rate, 0.0, 3.0)
    rate.slow_down(3.0)
    slowed = rate.per_second
    rate.share(1.0)
    assert rate.per_second == slowed
    rate.share(0.1)
    assert rate.per_second == 10


@settings(max_examples=10, deadline=None)
@given(st.integers(20, 200), st.integers(1, 5))
@example(100, 3)
def test_it_finds_a_rate_that_nobody_told_it(most: int, burst_seconds: int) -> None:
    """Of a relay that takes *most* a second it gets most of them, and is seldom throttled."""
    rate, at, accepted, throttled = Rate(), 0.0, 0, 0
    room = float(most * burst_seconds)
    while at < 300.0:
        again_at = rate.admit(at)
        later = again_at or at + 0.002
        if again_at == 0.0:
            if room >= 1:
                room -= 1
                accepted += 1
                rate.speed_up(at)
            else:
                throttled += 1
                rate.slow_down(at)
        room = min(room + (later - at) * most, most * burst_seconds)
        at = later
    assert accepted >= 0.7 * most * 300
    assert throttled <= 0.03 * accepted
