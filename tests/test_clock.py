"""Clocks: what the drill's clock promises."""

from __future__ import annotations

from datetime import timedelta

from digest.clock import LeapingClock, SystemClock


def test_a_leaping_clock_starts_now_leaps_on_both_clocks_and_never_goes_back() -> None:
    clock = LeapingClock()
    began, at = clock.now(), clock.monotonic()
    assert abs(began - SystemClock().now()) < timedelta(minutes=1)
    clock.leap_to(began + timedelta(days=2))
    assert timedelta(days=2) <= clock.now() - began < timedelta(days=2, minutes=1)
    assert clock.monotonic() - at >= timedelta(days=2).total_seconds()
    clock.leap_to(began)
    assert clock.now() - began >= timedelta(days=2)


def test_a_faster_clock_lets_more_seconds_pass() -> None:
    clock, real = LeapingClock(speed=1e6), SystemClock()
    began, at = real.monotonic(), clock.monotonic()
    while real.monotonic() == began:
        pass
    assert clock.monotonic() - at > real.monotonic() - began
