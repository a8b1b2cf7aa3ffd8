"""Several relays share the work by weight, and stand in for each other."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.mail.pace.breaker import Breaker
from digest.mail.pace.rotation import Rotation

DOWN = Breaker(1, 100.0, "down")
WEIGHTS = st.dictionaries(st.sampled_from("abcde"), st.integers(1, 9), min_size=1)


def chosen(rotation: Rotation, times: int, breakers: dict[str, Breaker] | None = None) -> str:
    """Return the names chosen one after the other; a dot for none."""
    return "".join(rotation.choose(breakers or {}, 0.0) or "." for _ in range(times))


def test_relays_take_turns_smoothly() -> None:
    assert chosen(Rotation({"a": 5, "b": 1, "c": 1}), 14) == "aabacaaaabacaa"
    assert chosen(Rotation({"a": 1, "b": 1}), 4) == "abab"
    assert chosen(Rotation({"a": 0.5}), 3) == "aaa"


@given(WEIGHTS, st.integers(1, 5))
@example({"a": 1, "b": 2, "c": 3}, 2)
def test_in_each_round_every_relay_has_exactly_its_share(
    weights: dict[str, int], rounds: int
) -> None:
    rotation = Rotation(weights)
    for _ in range(rounds):
        assert Counter(chosen(rotation, sum(weights.values()))) == weights


@given(WEIGHTS, st.lists(st.sets(st.sampled_from("abcde")), max_size=40))
def test_a_relay_that_is_down_is_never_chosen_and_one_that_is_not_always(
    weights: dict[str, int], outages: list[set[str]]
) -> None:
    """And none makes up afterwards for what it missed."""
    rotation = Rotation(weights)
    for down in outages:
        name = rotation.choose(dict.fromkeys(down, DOWN), 50.0)
        assert name not in down
        assert (name is None) == (set(weights) <= down)
    counts = Counter(chosen(rotation, 10 * sum(weights.values())))
    for name, weight in weights.items():
        assert abs(counts[name] - 10 * weight) <= 10


def test_the_others_share_what_a_failed_relay_cannot_do() -> None:
    rotation = Rotation({"a": 2, "b": 1, "c": 1})
    assert Counter(chosen(rotation, 8, {"a": DOWN})) == {"b": 4, "c": 4}
    assert rotation.choose({"a": DOWN, "b": DOWN, "c": DOWN}, 0.0) is None
    assert rotation.choose({"b": DOWN, "c": DOWN, "a": DOWN}, 100.0) is not None


def test_a_reserve_is_used_only_when_no_other_can_be() -> None:
    rotation = Rotation({"a": 1, "reserve": 0, "last": 0})
    assert rotation.choose({}, 0.0) == "a"
    assert rotation.choose({"a": DOWN}, 0.0) == "reserve"
    assert rotation.choose({"a": DOWN, "reserve": DOWN}, 0.0) == "last"
    assert rotation.choose({"reserve": DOWN}, 0.0) == "a"


def test_without_relays_there_is_none() -> None:
    assert Rotation({}).choose({}, 0.0) is None


def test_a_negative_weight_is_refused() -> None:
    with pytest.raises(ValueError, match="must not be negative"):
        Rotation({"a": -1})
