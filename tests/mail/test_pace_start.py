"""An issue that begins badly stops before the damage is done."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pace_samples import (
    ACCEPTED,
    BLOCKED,
    BROKEN,
    GIVEN_BACK,
    GREYLISTED,
    NO_SUCH_ADDRESS,
    PUT_OFF,
    THROTTLED,
    THROTTLED_RELAY,
    UNCERTAIN,
)

from digest.mail.outcome import Outcome
from digest.mail.pace.start import Cause, Start, Tally, Verdict, judge, lower_bound, verdict

GOOD = Tally(accepted=20)


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (ACCEPTED, Tally(accepted=1)),
        (NO_SUCH_ADDRESS, Tally(permanent=1)),
        (BLOCKED, Tally(our_fault=1)),
        (PUT_OFF, Tally(deferred=1)),
        (GREYLISTED, Tally()),
        (UNCERTAIN, Tally(deferred=1)),
        (THROTTLED, Tally()),
        (THROTTLED_RELAY, Tally()),
        (BROKEN, Tally()),
        (GIVEN_BACK, Tally()),
    ],
)
def test_what_counts_is_what_says_something_of_the_issue(outcome: Outcome, expected: Tally) -> None:
    """reliability.md, Replies: being throttled counts no failure."""
    assert Tally().plus(outcome) == expected
    assert expected.plus(ACCEPTED).attempts == expected.attempts + 1


def test_greylisting_counts_from_the_second_try_on() -> None:
    """Whoever greylists puts off every first try; who puts off the second as well distrusts us."""
    assert Tally().plus(GREYLISTED, is_first=False) == Tally(deferred=1)
    assert Tally().plus(ACCEPTED, is_first=False) == Tally(accepted=1)


@pytest.mark.parametrize(
    ("tally", "said"),
    [
        # Fine.
        (Tally(), ""),
        (Tally(accepted=200), ""),
        (Tally(accepted=185, permanent=15), ""),
        (Tally(accepted=120, deferred=80), ""),
        (Tally(accepted=190, our_fault=10), ""),
        # Bad.
        (Tally(accepted=160, permanent=40), "40 of the first 200 messages were refused for good"),
        (Tally(accepted=60, deferred=140), "140 of the first 200 messages were put off"),
        (Tally(accepted=170, our_fault=30), "30 of the first 200 messages were refused because of"),
        (Tally(accepted=15, permanent=5), "5 of the first 20 messages were refused for good"),
        (Tally(accepted=17, our_fault=3), "3 of the first 20 messages were refused because of us"),
        # What is our fault is said first.
        (Tally(permanent=30, our_fault=30), "30 of the first 60 messages were refused because of"),
        # Small: only our fault, or all failed.
        (Tally(accepted=10, permanent=9), ""),
        (Tally(accepted=1, deferred=18), ""),
        (Tally(accepted=3, our_fault=3), "3 of the first 6 messages were refused because of us"),
        (Tally(accepted=4, our_fault=3), ""),
        (Tally(our_fault=2), ""),
        (Tally(permanent=4), ""),
        (Tally(permanent=5), "Not one of the first 5 messages was taken"),
        (Tally(deferred=19), "Not one of the first 19 messages was taken"),
    ],
)
def test_a_bad_beginning_is_told_from_chance(tally: Tally, said: str) -> None:
    """reliability.md, Replies: "An issue whose first 200 attempts go badly … pauses itself"."""
    reason = judge(Start(), tally)
    assert reason.startswith(said)
    assert bool(reason) == bool(said)


@pytest.mark.parametrize(
    "tally",
    [
        Tally(accepted=20, permanent=19),
        Tally(permanent=5),
        Tally(our_fault=3),
    ],
)
def test_refusals_that_come_before_the_acceptances_do_not_mislead(tally: Tally) -> None:
    """The same tally is bad once nothing is on its way any more."""
    assert judge(Start(), tally, in_hand=170) == ""
    assert judge(Start(), tally) != ""
    assert verdict(Start(), Tally(), tally, 170).pause == ""


def test_the_sentence_says_what_and_how_much_and_what_to_do() -> None:
    assert judge(Start(permanent=0.07), Tally(accepted=160, permanent=40)) == (
        "40 of the first 200 messages were refused for good (more than 7% is too much): the list "
        "may be old or wrong. Look at the reasons, then resume the issue or cancel it."
    )


def test_thresholds_can_be_moved_and_switched_off() -> None:
    worst = Start(permanent=1, our_fault=1, deferred=1)
    assert judge(worst, Tally(permanent=200)) == ""
    assert judge(worst, Tally(our_fault=3)) == ""
    assert judge(Start(permanent=0.5), Tally(accepted=160, permanent=40)) == ""
    assert judge(Start(permanent=0.01), Tally(accepted=190, permanent=10)) != ""
    none = judge(Start(our_fault=0), Tally(accepted=29, our_fault=1))
    assert none.startswith("1 of the first 30 messages was refused because of us")


@given(st.integers(0, 500), st.integers(1, 500))
@example(0, 1)
@example(5, 20)
def test_the_bound_is_below_the_share_and_comes_nearer(bad: int, count: int) -> None:
    """The more attempts there are, the less is put down to chance."""
    bad = min(bad, count)
    bound = lower_bound(bad, count)
    assert 0 <= bound <= bad / count
    assert bound <= lower_bound(10 * bad, 10 * count)
    assert (bound > 0) == (bad > 0)


def test_the_bound_is_wilsons() -> None:
    """Worked out by hand for 10 of 100: (0.1192 - 0.0633) / 1.0384."""
    assert lower_bound(10, 100) == pytest.approx(0.0552, abs=0.0001)


@given(st.integers(0, 200), st.integers(0, 200), st.integers(0, 200), st.integers(0, 200))
def test_more_failures_never_make_it_better(
    accepted: int, permanent: int, our_fault: int, deferred: int
) -> None:
    tally = Tally(accepted, permanent, our_fault, deferred)
    if accepted and judge(Start(), tally):
        worse = replace(tally, accepted=accepted - 1, our_fault=our_fault + 1)
        assert judge(Start(), worse)


@pytest.mark.parametrize(
    ("start", "seeds", "readers", "in_hand", "expected"),
    [
        # Seed addresses first.
        (Start(seeds=3), Tally(), Tally(), 0, Verdict(0)),
        (Start(seeds=3), Tally(accepted=2), Tally(), 0, Verdict(0)),
        (Start(seeds=3), Tally(accepted=1, permanent=1, deferred=1), Tally(), 0, Verdict(20)),
        # Then a few readers.
        (Start(), Tally(), Tally(), 0, Verdict(20)),
        (Start(), Tally(), Tally(), 7, Verdict(13)),
        (Start(), Tally(), Tally(accepted=5), 7, Verdict(8)),
        (Start(), Tally(), Tally(accepted=5), 15, Verdict(0)),
        (Start(), Tally(), Tally(accepted=5), 99, Verdict(0)),
        # Then the rest.
        (Start(), Tally(), GOOD, 0, Verdict(None)),
        (Start(first=0), Tally(), Tally(), 0, Verdict(None)),
        (Start(), Tally(), Tally(accepted=199), 0, Verdict(None)),
        (Start(), Tally(), Tally(accepted=200), 0, Verdict(None, is_over=True)),
        (Start(first=0, watched=0), Tally(), Tally(), 0, Verdict(None, is_over=True)),
    ],
)
def test_an_issue_goes_out_to_seeds_then_to_a_few_then_to_all(
    start: Start, seeds: Tally, readers: Tally, in_hand: int, expected: Verdict
) -> None:
    assert verdict(start, seeds, readers, in_hand) == expected


@pytest.mark.parametrize(
    ("seeds", "said"),
    [
        (
            Tally(accepted=2, our_fault=1),
            "1 of the first 3 messages to seed addresses was refused because of us",
        ),
        (Tally(permanent=2, deferred=1), "No seed address took the issue."),
    ],
)
def test_seeds_that_go_badly_spare_the_readers(seeds: Tally, said: str) -> None:
    found = verdict(Start(seeds=3), seeds, Tally(), 0)
    assert found.pause.startswith(said)
    assert found.allowance == 0


def test_the_first_readers_or_the_last_watched_ones_can_stop_an_issue() -> None:
    few = verdict(Start(), Tally(), Tally(accepted=10, permanent=10), 0)
    assert few.pause.startswith("10 of the first 20")
    # Results come in groups, so the last of the watched may come with some beyond.
    last = verdict(Start(), Tally(), Tally(accepted=150, permanent=53), 0)
    assert last.pause.startswith("53 of the first 203")
    assert not last.is_over


@pytest.mark.parametrize(
    ("seeds", "readers", "cause"),
    [
        (Tally(accepted=2, our_fault=1), Tally(), Cause.SEEDS),
        (Tally(accepted=3), Tally(accepted=1, our_fault=3), Cause.OUR_FAULT),
        (Tally(accepted=3), Tally(accepted=90, our_fault=20), Cause.OUR_FAULT),
        (Tally(accepted=3), Tally(accepted=15, permanent=15), Cause.PERMANENT),
        (Tally(accepted=3), Tally(accepted=15, deferred=85), Cause.DEFERRED),
        (Tally(accepted=3), Tally(deferred=6), Cause.ALL),
    ],
)
def test_what_the_operator_has_seen_stops_an_issue_no_more(
    seeds: Tally, readers: Tally, cause: Cause
) -> None:
    """What is new does; and who has seen that all failed has seen everything."""
    start = Start(seeds=3)
    assert verdict(start, seeds, readers, 0).cause is cause
    excused = verdict(replace(start, excused=frozenset({cause})), seeds, readers, 0)
    assert (excused.pause, excused.cause) == ("", None)
    everything = verdict(replace(start, excused=frozenset({Cause.ALL})), seeds, readers, 0)
    assert everything.cause is None
    worse = replace(readers, permanent=readers.permanent + 200)
    other = verdict(replace(start, excused=frozenset({cause})), seeds, worse, 0).cause
    expected = {Cause.PERMANENT: None, Cause.ALL: None}.get(cause, Cause.PERMANENT)
    assert other is expected
