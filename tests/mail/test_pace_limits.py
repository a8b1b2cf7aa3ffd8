"""Each recipient domain gets what it can take, and costs the others nothing."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pace_samples import (
    ACCEPTED,
    BROKEN,
    GREYLISTED,
    NO_SUCH_ADDRESS,
    THROTTLED,
    THROTTLED_RELAY,
)

from digest.mail.outcome import Outcome
from digest.mail.pace.limits import (
    FIRST_HOLD_SECONDS,
    LAST_HOLD_SECONDS,
    RECHECK_SECONDS,
    SLOW_SECONDS,
    DomainLimits,
)
from digest.mail.pace.rate import FORGET_SECONDS


def begun(limits: DomainLimits, domain: str, at: float, asks: int = 1000) -> int:
    """Begin as many messages as may be; return how many."""
    return sum(limits.admit(domain, at) == 0.0 for _ in range(asks))


def at_once(limits: DomainLimits, domain: str, at: float) -> int:
    """Begin as many messages as may be within 3 s, so that no rate matters; return how many."""
    return sum(limits.admit(domain, at + number / 100) == 0.0 for number in range(300))


def send(limits: DomainLimits, domain: str, at: float, outcome: Outcome | None) -> None:
    """Begin a message and end it at once."""
    assert limits.admit(domain, at) == 0.0
    limits.done(domain, outcome, at)


def hold(limits: DomainLimits, domain: str, at: float) -> float:
    """Let the domain throttle us; return until when it is held."""
    send(limits, domain, at, THROTTLED)
    return limits.admit(domain, at)


def test_nothing_limits_a_domain_that_works() -> None:
    """One domain alone has all connections, however many: performance.md P9."""
    assert begun(DomainLimits(4), "a.test", 0.0) == 1000


def test_the_configured_concurrency_holds_for_each_domain() -> None:
    """reliability.md, Replies: "Per recipient domain: concurrency and rate limits"."""
    limits = DomainLimits(10, concurrency=3)
    assert begun(limits, "a.test", 0.0) == 3
    assert begun(limits, "b.test", 0.0) == 3
    assert limits.admit("a.test", 5.0) == 5.0 + RECHECK_SECONDS
    limits.done("a.test", ACCEPTED, 5.0)
    assert begun(limits, "a.test", 5.0) == 1


def test_the_configured_rate_holds_for_each_domain() -> None:
    limits = DomainLimits(10, per_second=4, share=0.5)
    assert limits.admit("a.test", 0.0) == 0.0
    assert limits.admit("a.test", 0.0) == 0.5
    assert limits.admit("b.test", 0.0) == 0.0
    assert limits.admit("a.test", 0.5) == 0.0


def test_what_did_not_go_takes_nobody_s_turn() -> None:
    """A message that is looked at and put back, as before a connection is opened."""
    limits = DomainLimits(10, per_second=0.1)
    for _ in range(3):
        send(limits, "a.test", 100.0, None)
    assert limits.admit("a.test", 100.0) == 0.0
    assert limits.admit("a.test", 100.0) == pytest.approx(110.0)


@pytest.mark.parametrize("outcome", [THROTTLED, GREYLISTED])
def test_a_domain_that_wants_less_is_held_back_alone(outcome: Outcome) -> None:
    """reliability.md, Replies: "so that one slow domain never holds the others"."""
    limits = DomainLimits(10)
    send(limits, "a.test", 100.0, outcome)
    assert limits.admit("a.test", 101.0) == 100.0 + FIRST_HOLD_SECONDS
    assert limits.admit("b.test", 101.0) == 0.0
    assert limits.admit("a.test", 100.0 + FIRST_HOLD_SECONDS) == 0.0


@pytest.mark.parametrize("outcome", [ACCEPTED, NO_SUCH_ADDRESS, THROTTLED_RELAY, BROKEN, None])
def test_nothing_else_holds_a_domain_back(outcome: Outcome | None) -> None:
    """That the relay wants less is not the domain's doing."""
    limits = DomainLimits(10)
    send(limits, "a.test", 0.0, outcome)
    assert begun(limits, "a.test", 0.0) == 1000


def test_the_hold_grows_to_a_quarter_of_an_hour_while_it_does_no_good() -> None:
    limits, at, holds = DomainLimits(10), 0.0, []
    for _ in range(9):
        until = hold(limits, "a.test", at)
        holds.append(until - at)
        at = until
    assert holds == [15, 30, 60, 120, 240, 480, LAST_HOLD_SECONDS] + 2 * [LAST_HOLD_SECONDS]


def test_the_hold_starts_over_once_the_domain_did_well_for_longer() -> None:
    limits = DomainLimits(10)
    until = hold(limits, "a.test", hold(limits, "a.test", 0.0))
    again = until + 2 * FIRST_HOLD_SECONDS + 1
    assert hold(limits, "a.test", again) == again + FIRST_HOLD_SECONDS


def test_greylisting_holds_for_the_first_while_each_time() -> None:
    """It asks every message to come back, however few there are."""
    limits = DomainLimits(10)
    send(limits, "a.test", 0.0, GREYLISTED)
    send(limits, "a.test", FIRST_HOLD_SECONDS, GREYLISTED)
    assert limits.admit("a.test", FIRST_HOLD_SECONDS) == 2 * FIRST_HOLD_SECONDS


def test_many_throttled_at_the_same_time_are_one_request() -> None:
    limits = DomainLimits(10)
    assert begun(limits, "a.test", 0.0, asks=16) == 16
    for number in range(16):
        limits.done("a.test", THROTTLED, 1.0 + number / 100)
    assert limits.admit("a.test", 2.0) == 1.0 + FIRST_HOLD_SECONDS
    assert at_once(limits, "a.test", 60.0) == 8


def test_half_as_many_go_at_once_afterwards_and_success_brings_them_back() -> None:
    limits = DomainLimits(4)
    assert begun(limits, "a.test", 0.0, asks=12) == 12
    for _ in range(12):
        limits.done("a.test", THROTTLED, 0.0)
    at = 20.0
    assert at_once(limits, "a.test", at) == 6
    for _ in range(6):
        limits.done("a.test", ACCEPTED, at + 3)
    at += 10
    assert at_once(limits, "a.test", at) == 7
    for _ in range(7):
        limits.done("a.test", ACCEPTED, at + 3)
    for _ in range(1000):
        at += 4
        send(limits, "a.test", at, ACCEPTED)
    assert at_once(limits, "a.test", at + 10) > 12


def test_the_configured_concurrency_is_what_it_comes_back_to() -> None:
    limits, at = DomainLimits(10, concurrency=3), 20.0
    hold(limits, "a.test", 0.0)
    for _ in range(300):
        at += 10
        send(limits, "a.test", at, ACCEPTED)
    assert at_once(limits, "a.test", at + 10) == 3


def test_the_rate_afterwards_is_half_of_what_was_seen() -> None:
    limits, at = DomainLimits(10), 0.0
    for _ in range(300):
        at += 0.01
        send(limits, "a.test", at, ACCEPTED)
    at = hold(limits, "a.test", at + 0.01)
    count = 0
    for number in range(1000):
        if limits.admit("a.test", at + number / 100) == 0.0:
            count += 1
            limits.done("a.test", NO_SUCH_ADDRESS, at + number / 100)
    assert count == pytest.approx(500, rel=0.05)


def test_slow_domains_leave_connections_to_the_others() -> None:
    """Also when they never ask for less: of 8 connections they have 6, all of them together."""
    limits = DomainLimits(8)
    for domain in ("slow-1.test", "slow-2.test"):
        assert begun(limits, domain, 0.0, asks=4) == 4
        for _ in range(4):
            limits.done(domain, ACCEPTED, 30.0)
    assert begun(limits, "slow-1.test", 30.0, asks=4) == 4
    assert begun(limits, "slow-2.test", 30.0) == 2
    assert limits.admit("slow-1.test", 31.0) == 31.0 + RECHECK_SECONDS
    assert begun(limits, "fast.test", 30.0) == 1000
    limits.done("slow-1.test", ACCEPTED, 31.0)
    assert begun(limits, "slow-2.test", 31.0) == 1


def test_a_domain_is_found_slow_before_its_first_message_ends() -> None:
    limits = DomainLimits(4)
    assert begun(limits, "slow.test", 0.0, asks=3) == 3
    assert limits.admit("slow.test", SLOW_SECONDS - 1) == 0.0
    later = 2 * SLOW_SECONDS
    assert limits.admit("slow.test", later) == later + RECHECK_SECONDS


def test_a_domain_that_was_slow_and_is_fast_again_has_all_connections_again() -> None:
    limits = DomainLimits(2)
    assert limits.admit("a.test", 0.0) == 0.0
    limits.done("a.test", ACCEPTED, 60.0)
    assert begun(limits, "a.test", 60.0) == 1
    limits.done("a.test", ACCEPTED, 60.0)
    for number in range(100):
        send(limits, "a.test", 61.0 + number, ACCEPTED)
    assert begun(limits, "a.test", 200.0) == 1000


def test_what_is_in_hand_to_a_domain_that_is_fast_again_takes_no_place_of_the_slow() -> None:
    limits = DomainLimits(4)
    for domain in ("a.test", "slow.test"):
        assert limits.admit(domain, 0.0) == 0.0
        limits.done(domain, ACCEPTED, 60.0)
    assert limits.admit("a.test", 60.0) == 0.0
    for number in range(100):
        send(limits, "a.test", 60.0 + number / 1000, ACCEPTED)
    assert begun(limits, "slow.test", 60.2) == 3


def test_a_domain_that_becomes_slow_is_found_out_however_long_it_was_fast() -> None:
    limits = DomainLimits(4)
    for number in range(10_000):
        send(limits, "a.test", number / 1000, ACCEPTED)
    assert begun(limits, "a.test", 10.0, asks=12) == 12
    for _ in range(12):
        limits.done("a.test", ACCEPTED, 40.0)
    assert begun(limits, "a.test", 40.0) == 3


def test_one_connection_is_enough_for_a_slow_domain() -> None:
    limits = DomainLimits(1)
    assert limits.admit("a.test", 0.0) == 0.0
    limits.done("a.test", ACCEPTED, 60.0)
    assert begun(limits, "a.test", 60.0) == 1


def test_nothing_is_kept_of_domains_of_which_nothing_is_known() -> None:
    """performance.md P3: memory is flat in the size of the list."""
    limits = DomainLimits(10)
    hold(limits, "throttled.test", 0.0)
    assert limits.admit("in-hand.test", 0.0) == 0.0
    for number in range(50_000):
        send(limits, f"d{number}.test", number / 1000, ACCEPTED)
        assert len(limits) < 5000
    assert limits.admit("throttled.test", 1.0) == FIRST_HOLD_SECONDS
    limits.done("in-hand.test", ACCEPTED, 60.0)


def work(limits: DomainLimits, domain: str, at: float, seconds: float) -> None:
    """Send a message that occupies its connection for so long, and is taken."""
    assert limits.admit(domain, at) == 0.0
    limits.begin_work(domain, at)
    limits.end_work(domain, at, at + seconds, is_accepted=True)
    limits.done(domain, ACCEPTED, at + seconds)


def test_slow_domains_leave_connections_to_the_others_long_before_they_are_stuck() -> None:
    """reliability.md, Replies: slow is seen by the time that messages take, MAIL to end."""
    limits = DomainLimits(8)
    for number in range(20):
        work(limits, "fast.test", number / 10, 0.01)
    work(limits, "slow.test", 3.0, 1.0)
    assert begun(limits, "slow.test", 4.0) == 6
    assert limits.admit("slow.test", 4.0) == 4.0 + RECHECK_SECONDS
    assert begun(limits, "fast.test", 4.0, asks=50) == 50


def test_a_domain_is_found_to_be_slow_while_its_first_message_is_still_on_its_way() -> None:
    limits = DomainLimits(4)
    for number in range(20):
        work(limits, "fast.test", number / 10, 0.01)
    assert limits.admit("slow.test", 3.0) == 0.0
    limits.begin_work("slow.test", 3.0)
    assert begun(limits, "slow.test", 3.2, asks=1) == 1
    assert begun(limits, "slow.test", 3.3) == 1


def test_waiting_behind_a_slow_message_makes_nobody_slow() -> None:
    """The time counts from when the message itself has the connection."""
    limits = DomainLimits(4)
    work(limits, "fast.test", 0.0, 0.01)
    work(limits, "slow.test", 0.0, 2.0)
    for number in range(5):
        at = 10.0 + 3 * number
        assert limits.admit("slow.test", at) == 0.0
        limits.begin_work("slow.test", at)
        assert limits.admit("fast.test", at) == 0.0
        limits.end_work("slow.test", at, at + 2, is_accepted=True)
        limits.begin_work("fast.test", at + 2)
        limits.end_work("fast.test", at + 2, at + 2.01, is_accepted=True)
        limits.done("slow.test", ACCEPTED, at + 2)
        limits.done("fast.test", ACCEPTED, at + 2.01)
    assert begun(limits, "fast.test", 60.0, asks=50) == 50
    assert begun(limits, "slow.test", 60.0) == 3


def test_a_single_message_that_is_stuck_makes_no_domain_slow() -> None:
    limits = DomainLimits(4)
    for number in range(20):
        work(limits, "a.test", number / 10, 0.01)
    assert limits.admit("a.test", 3.0) == 0.0
    limits.begin_work("a.test", 3.0)
    assert begun(limits, "a.test", 60.0, asks=50) == 50


def test_a_domain_that_recovers_is_slow_no_more() -> None:
    limits = DomainLimits(4)
    for number in range(50):
        work(limits, "fast.test", number / 10, 0.01)
    work(limits, "a.test", 10.0, 2.0)
    assert begun(limits, "a.test", 12.0) == 3
    for _ in range(3):
        limits.done("a.test", ACCEPTED, 12.0)
    for number in range(60):
        work(limits, "a.test", 20.0 + number, 0.01)
    assert begun(limits, "a.test", 100.0, asks=50) == 50


def test_what_was_not_taken_says_nothing_of_what_is_usual() -> None:
    """Refusals are quick: compared with them everybody would be slow."""
    limits = DomainLimits(4)
    for number in range(50):
        at = float(number)
        assert limits.admit("gone.test", at) == 0.0
        limits.begin_work("gone.test", at)
        limits.end_work("gone.test", at, at + 0.001, is_accepted=False)
        limits.done("gone.test", NO_SUCH_ADDRESS, at + 0.001)
    for number in range(20):
        work(limits, "a.test", 60.0 + 2 * number, 1.0)
    assert begun(limits, "a.test", 200.0, asks=50) == 50


def test_what_was_learnt_is_forgotten_after_an_hour() -> None:
    limits = DomainLimits(10)
    hold(limits, "a.test", 0.0)
    for number in range(3000):
        send(limits, f"d{number}.test", FORGET_SECONDS + number, ACCEPTED)
    assert begun(limits, "a.test", FORGET_SECONDS + 3000) == 1000


def test_what_is_not_in_hand_cannot_be_done() -> None:
    limits = DomainLimits(10)
    with pytest.raises(ValueError, match=r"no message to a\.test is in hand"):
        limits.done("a.test", ACCEPTED, 0.0)
    send(limits, "a.test", 0.0, ACCEPTED)
    with pytest.raises(ValueError, match=r"no message to a\.test is in hand"):
        limits.done("a.test", ACCEPTED, 0.0)


def test_the_outlook_of_a_domain_without_limits_is_now() -> None:
    limits = DomainLimits(10)
    assert limits.outlook("a.test", 7.0) == (7.0, 0.0)
    send(limits, "a.test", 7.0, ACCEPTED)
    assert limits.outlook("a.test", 8.0) == (8.0, 0.0)
    assert limits.book("new.test", 9.0, 8.0) == 9.0


def test_the_outlook_tells_hold_rate_and_how_long_messages_take() -> None:
    assert DomainLimits(10, per_second=4).outlook("a.test", 1.0) == (1.0, 0.0)
    limits = DomainLimits(10, per_second=4)
    send(limits, "a.test", 1.0, ACCEPTED)
    assert limits.outlook("a.test", 1.0) == (1.25, 0.25)
    assert limits.outlook("a.test", 2.0) == (2.0, 0.25)
    until = hold(limits, "a.test", 2.0)
    assert limits.outlook("a.test", 3.0)[0] == until

    few = DomainLimits(10, concurrency=2)
    assert few.admit("a.test", 0.0) == 0.0
    few.done("a.test", ACCEPTED, 3.0)
    assert few.outlook("a.test", 3.0) == (3.0, 1.5)

    slow = DomainLimits(4)
    assert slow.admit("a.test", 0.0) == 0.0
    slow.done("a.test", ACCEPTED, 30.0)
    assert slow.outlook("a.test", 30.0) == (30.0, 10.0)


def test_the_outlook_of_a_domain_that_has_all_it_may_is_a_moment_later() -> None:
    few = DomainLimits(10, concurrency=1)
    assert few.admit("a.test", 0.0) == 0.0
    assert few.outlook("a.test", 3.0)[0] == 3.0 + RECHECK_SECONDS

    slow = DomainLimits(4)
    assert begun(slow, "a.test", 0.0, asks=3) == 3
    assert slow.admit("a.test", 30.0) == 30.0 + RECHECK_SECONDS
    assert slow.outlook("a.test", 30.0) == (30.0 + RECHECK_SECONDS, 10.0)


def test_bookings_follow_each_other_at_the_domains_rate() -> None:
    limits = DomainLimits(10, per_second=4)
    send(limits, "a.test", 0.0, ACCEPTED)
    first = [limits.book("a.test", 1.0, 0.0) for _ in range(3)]
    assert first == pytest.approx([1.25, 1.5, 1.75], abs=0.001)
    assert limits.book("a.test", 5.0, 4.0) == 5.25


def test_the_bookings_of_a_long_list_become_denser() -> None:
    """At 4 a second 1,000,000 messages would take three days; by then it is another world."""
    limits = DomainLimits(10, per_second=4)
    send(limits, "a.test", 0.0, ACCEPTED)
    times = [limits.book("a.test", 0.0, 0.0) for _ in range(100_000)]
    assert all(later > earlier for earlier, later in itertools.pairwise(times))
    assert times[999] == pytest.approx(209, abs=1)  # 600 ln(1 + 1000 / 4 / 600)
    assert times[-1] == pytest.approx(2252, abs=1)


def test_bookings_begin_when_the_hold_ends() -> None:
    limits = DomainLimits(10)
    until = hold(limits, "a.test", 0.0)
    assert until < limits.book("a.test", 1.0, 0.0) < limits.book("a.test", 1.0, 0.0)


DOMAINS = ("a.test", "b.test", "c.test")
STEPS = st.tuples(
    st.sampled_from(DOMAINS),
    st.sampled_from([ACCEPTED, THROTTLED, GREYLISTED, NO_SUCH_ADDRESS, None, "admit", "admit"]),
    st.floats(0, 20),
)


@given(
    st.integers(1, 8),
    st.integers(0, 4),
    st.sampled_from([0.0, 2.0]),
    st.lists(STEPS, max_size=80),
)
def test_whatever_happens_the_limits_hold(
    connections: int,
    concurrency: int,
    per_second: float,
    steps: list[tuple[str, Outcome | str | None, float]],
) -> None:
    """A refusal names a later time; nothing goes in a hold; no domain has more than it may."""
    limits = DomainLimits(connections, concurrency=concurrency, per_second=per_second)
    in_hand: Counter[str] = Counter()
    held_until = dict.fromkeys(DOMAINS, 0.0)
    at = 0.0
    for domain, what, passes in steps:
        at += passes
        if isinstance(what, str):
            again_at = limits.admit(domain, at)
            if again_at == 0.0:
                assert at >= held_until[domain]
                in_hand[domain] += 1
            assert again_at == 0.0 or again_at > at
            assert not concurrency or in_hand[domain] <= concurrency
        elif in_hand[domain]:
            in_hand[domain] -= 1
            limits.done(domain, what, at)
            if what in {THROTTLED, GREYLISTED} and at >= held_until[domain]:
                held_until[domain] = at + FIRST_HOLD_SECONDS
    for domain in DOMAINS:
        for _ in range(in_hand[domain]):
            limits.done(domain, ACCEPTED, at)
    # Nothing is stuck: once all is over, each domain gets its turn.
    for domain in DOMAINS:
        send(limits, domain, at + LAST_HOLD_SECONDS + 10, ACCEPTED)
