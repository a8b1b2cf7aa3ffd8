"""What domains and relays have taught us can be kept, and domains can have their own limits."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pace_samples import ACCEPTED, BLOCKED, THROTTLED, Letter, outcome

from digest.mail.outcome import Kind
from digest.mail.pace.limits import FIRST_HOLD_SECONDS, DomainLimits, Limit
from digest.mail.pace.rate import Rate
from digest.mail.pace.waiting import Waiting
from digest.model import DeliveryState


def test_a_domain_has_limits_of_its_own() -> None:
    limits = DomainLimits(4, concurrency=5, own={"a.test": Limit(2), "b.test": Limit(0, 1.0)})
    admitted = {
        domain: sum(limits.admit(domain, 0.0) == 0.0 for _ in range(20))
        for domain in ("a.test", "b.test", "c.test")
    }
    assert admitted == {"a.test": 2, "b.test": 1, "c.test": 5}


def test_a_domain_that_blames_us_is_left_alone_and_then_given_as_much_as_before() -> None:
    limits = DomainLimits(4)
    for _ in range(5):
        assert limits.admit("a.test", 0.0) == 0.0
    limits.done("a.test", BLOCKED, 0.0)
    limits.done("a.test", outcome(Kind.OUR_FAULT, state=DeliveryState.REFUSED), 0.0)
    for _ in range(3):
        limits.done("a.test", ACCEPTED, 0.0)
    assert limits.admit("a.test", 0.0) == FIRST_HOLD_SECONDS
    later = FIRST_HOLD_SECONDS
    assert sum(limits.admit("a.test", later) == 0.0 for _ in range(50)) == 50
    limits.done("a.test", BLOCKED, later)
    assert limits.admit("a.test", later) == later + 2 * FIRST_HOLD_SECONDS


def test_one_that_is_left_alone_is_not_forgotten_meanwhile() -> None:
    limits = DomainLimits(4)
    limits.admit("a.test", 0.0)
    limits.done("a.test", BLOCKED, 0.0)
    for number in range(3000):
        limits.admit(f"{number}.test", 10.0)
        limits.done(f"{number}.test", ACCEPTED, 10.0)
    assert limits.admit("a.test", 12.0) == FIRST_HOLD_SECONDS


@given(st.integers(1, 4), st.floats(0, 10))
@example(1, 0.0)
def test_what_domains_taught_us_is_the_same_after_a_restart(throttles: int, passed: float) -> None:
    limits, at = DomainLimits(4), 0.0
    for _ in range(throttles):
        free_at = limits.admit("a.test", at)
        at = max(at, free_at)
        if free_at:
            assert limits.admit("a.test", at) == 0.0
        limits.done("a.test", THROTTLED, at)
    limits.admit("calm.test", at)
    limits.done("calm.test", ACCEPTED, at)
    at += passed
    learnt = limits.learnt(at)
    assert set(learnt) == {"a.test"}
    fresh = DomainLimits(4)
    fresh.restore(learnt, 1000.0)
    again = fresh.learnt(1000.0)["a.test"]
    assert again == pytest.approx(learnt["a.test"])


def test_the_configured_limit_stands_above_what_was_learnt() -> None:
    limits = DomainLimits(4)
    limits.admit("a.test", 0.0)
    limits.done("a.test", THROTTLED, 0.0)
    learnt = {"a.test": limits.learnt(0.0)["a.test"]._replace(most=50.0, held_seconds=0.0)}
    strict = DomainLimits(4, own={"a.test": Limit(2)})
    strict.admit("a.test", 0.0)
    strict.restore(learnt, 0.0)
    assert strict.learnt(0.0)["a.test"].most == 0.0


@pytest.mark.parametrize(("ceiling", "expected"), [(0.0, 8.0), (5.0, 5.0)])
def test_a_rate_can_be_restored(ceiling: float, expected: float) -> None:
    rate = Rate(ceiling)
    rate.restore(8.0, 16.0, 0.0)
    assert (rate.is_slowed, rate.per_second, rate.bad) == (True, expected, 16.0)
    rate = Rate(ceiling)
    rate.restore(0.0, 0.0, 0.0)
    assert (rate.is_slowed, rate.per_second) == (False, ceiling)


def test_what_waits_can_be_handed_over() -> None:
    """The last ones first, and what was taken is not handed out here."""
    waiting = Waiting[Letter](DomainLimits(4))
    letters = [Letter("a.test", number) for number in range(3)] + [Letter("b.test", 3)]
    for letter in letters:
        waiting.add(letter)
    assert waiting.hand_over(0) == []
    assert waiting.hand_over(2) == [letters[2], letters[1]]
    assert len(waiting) == 2
    assert waiting.hand_over(2) == [letters[0], letters[3]]
    assert len(waiting) == 0
    assert waiting.next(0.0) is None
    waiting.add(letters[1])
    assert waiting.next(0.0) == letters[1]
