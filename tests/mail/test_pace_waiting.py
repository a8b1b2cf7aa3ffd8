"""Claimed messages get their turn fairly, none is lost, and none waits for another domain."""

from __future__ import annotations

from collections import Counter, defaultdict
from heapq import heappop, heappush

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from pace_samples import ACCEPTED, THROTTLED, Letter

from digest.mail.outcome import Outcome
from digest.mail.pace.limits import FIRST_HOLD_SECONDS, RECHECK_SECONDS, DomainLimits
from digest.mail.pace.waiting import SOON_SECONDS, PutOff, Waiting

FOREVER = float("inf")


def filled(limits: DomainLimits, *domains: str, begin_before: float = 50.0) -> Waiting[Letter]:
    """Return what waits: a letter for each of *domains*, numbered in each from 0."""
    waiting: Waiting[Letter] = Waiting(limits)
    numbers: Counter[str] = Counter()
    for domain in domains:
        waiting.add(Letter(domain, numbers[domain], begin_before))
        numbers[domain] += 1
    return waiting


def drained(waiting: Waiting[Letter], at: float) -> list[str]:
    """Hand out all that may go; return domain and number of each."""
    out = []
    while (letter := waiting.next(at)) is not None:
        out.append(f"{letter.domain}{letter.number}")
    return out


def throttled(limits: DomainLimits, domain: str, at: float) -> None:
    """Let *domain* be held back from *at* on."""
    assert limits.admit(domain, at) == 0.0
    limits.done(domain, THROTTLED, at)


def test_nothing_waits_at_first() -> None:
    waiting = filled(DomainLimits(4))
    assert waiting.next(0.0) is None
    assert waiting.ready_at() == FOREVER
    assert len(waiting) == 0


def test_domains_take_turns_and_each_keeps_its_order() -> None:
    waiting = filled(DomainLimits(4), "a", "a", "a", "a", "b", "c", "c")
    assert waiting.ready_at() == 0.0
    assert len(waiting) == 7
    assert drained(waiting, 0.0) == ["a0", "b0", "c0", "a1", "c1", "a2", "a3"]
    assert len(waiting) == 0
    assert waiting.ready_at() == FOREVER


def test_a_domain_that_is_held_does_not_hold_the_others() -> None:
    """reliability.md, Replies: "so that one slow domain never holds the others"."""
    limits = DomainLimits(4)
    throttled(limits, "a", 0.0)
    waiting = filled(limits, "a", "a", "b", "a", "c")
    assert drained(waiting, 1.0) == ["b0", "c0"]
    assert waiting.ready_at() == FIRST_HOLD_SECONDS
    assert drained(waiting, FIRST_HOLD_SECONDS) == ["a0"]


def test_a_full_domain_goes_on_when_one_of_its_messages_is_done() -> None:
    limits = DomainLimits(4, concurrency=1)
    waiting = filled(limits, "a", "a", "a", "b")
    assert drained(waiting, 0.0) == ["a0", "b0"]
    assert waiting.ready_at() == RECHECK_SECONDS
    waiting.done(Letter("a", 0), ACCEPTED, 0.05)
    assert waiting.ready_at() == 0.0
    assert drained(waiting, 0.05) == ["a1"]
    waiting.done(Letter("b", 0), ACCEPTED, 0.06)
    assert drained(waiting, 0.06) == []


def test_who_shares_the_limits_notices_without_being_told() -> None:
    """Two issues by one relay: what is done in one makes room in the other."""
    limits = DomainLimits(4, concurrency=1)
    first, second = filled(limits, "a"), filled(limits, "a")
    assert drained(first, 0.0) == ["a0"]
    assert drained(second, 0.0) == []
    first.done(Letter("a"), ACCEPTED, 0.01)
    assert second.ready_at() == RECHECK_SECONDS
    assert drained(second, RECHECK_SECONDS) == ["a0"]


def test_a_domain_that_was_woken_early_has_one_turn_like_the_others() -> None:
    limits = DomainLimits(4, concurrency=2)
    waiting = filled(limits, *"aaaabbbb")
    assert drained(waiting, 0.0) == ["a0", "b0", "a1", "b1"]
    for number in (0, 1):
        waiting.done(Letter("a", number), ACCEPTED, 0.01)
        limits.done("b", ACCEPTED, 0.01)
    assert drained(waiting, RECHECK_SECONDS) == ["a2", "b2", "a3", "b3"]


def test_what_is_put_back_is_its_domains_next() -> None:
    limits = DomainLimits(4, concurrency=1)
    waiting = filled(limits, "a", "a", "b")
    letter = waiting.next(0.0)
    assert letter == Letter("a", 0)
    waiting.put_back(letter, 0.0)
    assert len(waiting) == 3
    assert drained(waiting, 0.0) == ["b0", "a0"]

    alone = filled(DomainLimits(4), "a")
    letter = alone.next(0.0)
    assert letter is not None
    alone.put_back(letter, 0.0)
    assert drained(alone, 0.0) == ["a0"]


def test_a_message_is_done_once() -> None:
    waiting = filled(DomainLimits(4), "a")
    letter = waiting.next(0.0)
    assert letter is not None
    waiting.done(letter, ACCEPTED, 0.0)
    with pytest.raises(ValueError, match="in hand"):
        waiting.done(letter, ACCEPTED, 0.0)


def test_what_a_hold_keeps_is_put_off_until_it_ends() -> None:
    """Claims held back make room for others: a lease must not be spent on waiting."""
    limits = DomainLimits(4)
    throttled(limits, "a", 0.0)
    waiting = filled(limits, "a", "b", "a")
    assert drained(waiting, 1.0) == ["b0"]
    off = waiting.give_up(1.0, keep=9)
    assert [put_off.item.number for put_off in off] == [0, 1]
    assert FIRST_HOLD_SECONDS < off[0].until < off[1].until
    assert len(waiting) == 0
    assert waiting.ready_at() == FOREVER


def test_what_can_go_soon_stays() -> None:
    limits = DomainLimits(4)
    throttled(limits, "a", 0.0)
    waiting = filled(limits, "a", "b")
    assert waiting.give_up(FIRST_HOLD_SECONDS - SOON_SECONDS, keep=9) == []
    assert len(waiting) == 2


def test_a_slow_rate_keeps_only_as_many_as_can_go_soon() -> None:
    """The rest comes back at that rate, after what stays."""
    limits = DomainLimits(4, per_second=2)
    waiting = filled(limits, *["a"] * 20)
    assert drained(waiting, 0.0) == ["a0"]
    off = waiting.give_up(0.0, keep=9)
    assert [put_off.item.number for put_off in off] == list(range(3, 20))
    assert [put_off.until for put_off in off[:3]] == pytest.approx([1.5, 2.0, 2.5], abs=0.01)
    assert [drained(waiting, at) for at in (0.5, 1.0, 1.5)] == [["a1"], ["a2"], []]


def test_what_may_go_now_stays_whatever_is_kept() -> None:
    waiting = filled(DomainLimits(4), "a", "a", "b")
    assert waiting.give_up(0.0, keep=0) == []
    assert drained(waiting, 0.0) == ["a0", "b0", "a1"]


def test_no_more_stays_than_is_kept_and_that_is_what_goes_first() -> None:
    """Many domains that are limited a little must not fill the place of those that are not."""
    limits = DomainLimits(4, per_second=5)
    waiting = filled(limits, *"aabb")
    assert drained(waiting, 0.0) == ["a0", "b0"]
    waiting.add(Letter("a", 2))
    waiting.add(Letter("a", 3))
    off = waiting.give_up(0.0, keep=3)
    assert [put_off.item for put_off in off] == [Letter("a", 3)]
    assert drained(waiting, 0.4) == ["a1", "b1"]


def test_of_a_full_domain_some_stay() -> None:
    limits = DomainLimits(4, concurrency=1)
    waiting = filled(limits, *"aaaaa")
    assert drained(waiting, 0.0) == ["a0"]
    waiting.done(Letter("a"), ACCEPTED, 0.25)
    assert drained(waiting, 0.25) == ["a1"]
    off = waiting.give_up(0.25, keep=2)
    assert [put_off.item.number for put_off in off] == [4]


def test_what_outlives_its_lease_is_given_up_at_once() -> None:
    limits = DomainLimits(4, per_second=2)
    waiting = filled(limits, "a", "a", begin_before=3.0)
    waiting.add(Letter("a", 2, 60.0))
    assert waiting.give_up(3.0, keep=9) == [
        PutOff(Letter("a", 0, 3.0), 3.0),
        PutOff(Letter("a", 1, 3.0), 3.0),
    ]
    assert drained(waiting, 3.0) == ["a2"]


def test_what_would_outlive_its_lease_before_its_turn_is_given_up() -> None:
    waiting = filled(DomainLimits(4, per_second=2), "a", "a", "a", begin_before=0.7)
    assert drained(waiting, 0.0) == ["a0"]
    assert [off.item.number for off in waiting.give_up(0.0, keep=9)] == [2]


def test_a_domain_may_come_back_after_it_was_given_up() -> None:
    """Whatever remains of it in the queue of sleepers or of turns is not taken for the new one."""
    limits = DomainLimits(4)
    throttled(limits, "a", 0.0)
    waiting = filled(limits, "a")
    assert drained(waiting, 1.0) == []
    assert len(waiting.give_up(1.0, keep=9)) == 1
    waiting.add(Letter("a", 7))
    assert len(waiting.give_up(1.0, keep=9)) == 1
    waiting.add(Letter("a", 8))
    assert waiting.ready_at() == 0.0
    assert drained(waiting, 2.0) == []
    assert drained(waiting, FIRST_HOLD_SECONDS) == ["a8"]
    assert drained(waiting, FIRST_HOLD_SECONDS + 99) == []


def test_lanes_given_up_in_the_ring_are_passed_over() -> None:
    waiting = filled(DomainLimits(4), "a", begin_before=1.0)
    assert len(waiting.give_up(1.0, keep=9)) == 1
    waiting.add(Letter("b", 0))
    assert drained(waiting, 1.0) == ["b0"]


def test_all_can_be_taken_back() -> None:
    limits = DomainLimits(4)
    throttled(limits, "a", 0.0)
    waiting = filled(limits, "a", "b", "b", "a")
    assert drained(waiting, 1.0) == ["b0", "b1"]
    waiting.add(Letter("c"))
    assert sorted(letter.domain for letter in waiting.clear()) == ["a", "a", "c"]
    assert len(waiting) == 0
    assert waiting.next(99.0) is None
    assert waiting.ready_at() == FOREVER


class Desk(RuleBasedStateMachine):
    """Whatever happens, each claim comes out once: none is lost, none doubled (R7)."""

    @initialize(concurrency=st.integers(0, 3), per_second=st.sampled_from([0.0, 3.0]))
    def begin(self, concurrency: int, per_second: float) -> None:
        """Begin with nothing claimed."""
        limits = DomainLimits(3, concurrency=concurrency, per_second=per_second)
        self.waiting: Waiting[Letter] = Waiting(limits)
        self.added: list[Letter] = []
        self.in_hand: list[Letter] = []
        self.out: list[Letter] = []
        self.at = 0.0

    @rule(seconds=st.floats(0, 20))
    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.at += seconds

    @rule(domains=st.text("abcd", min_size=1, max_size=6))
    def claim(self, domains: str) -> None:
        """Claim some more."""
        for domain in domains:
            self.added.append(Letter(domain, len(self.added), self.at + 50))
            self.waiting.add(self.added[-1])

    @rule()
    def hand_out(self) -> None:
        """Hand out what may go, if anything."""
        ready_at = self.waiting.ready_at()
        letter = self.waiting.next(self.at)
        if letter is not None:
            assert ready_at <= self.at
            self.in_hand.append(letter)

    @precondition(lambda self: self.in_hand)
    @rule(outcome=st.sampled_from([ACCEPTED, THROTTLED, None]))
    def end(self, outcome: Outcome | None) -> None:
        """Let the oldest message in hand end."""
        letter = self.in_hand.pop(0)
        self.waiting.done(letter, outcome, self.at)
        self.out.append(letter)

    @precondition(lambda self: self.in_hand)
    @rule()
    def put_back(self) -> None:
        """Put the newest message in hand back."""
        self.waiting.put_back(self.in_hand.pop(), self.at)

    @rule()
    def give_up(self) -> None:
        """Give up what cannot go soon."""
        self.out.extend(off.item for off in self.waiting.give_up(self.at, keep=9))

    @invariant()
    def all_are_there(self) -> None:
        """No claim is lost or doubled."""
        assert len(self.waiting) + len(self.in_hand) + len(self.out) == len(self.added)

    def teardown(self) -> None:
        """Let all that waits go, at the times that are named for it."""
        for letter in self.in_hand:
            self.waiting.done(letter, ACCEPTED, self.at)
        self.out.extend(self.in_hand)
        while (ready_at := self.waiting.ready_at()) < FOREVER:
            self.at = max(self.at, ready_at)
            following = self.waiting.next(self.at)
            if following is not None:
                self.waiting.done(following, ACCEPTED, self.at)
                self.out.append(following)
        assert sorted(self.out, key=lambda letter: letter.number) == self.added


TestDesk = Desk.TestCase
TestDesk.settings = settings(stateful_step_count=40)


@given(st.lists(st.sampled_from("abcdef"), max_size=60))
def test_round_robin_is_fair(domains: list[str]) -> None:
    """Between two messages of a domain each other one that waits gets exactly one turn."""
    waiting = filled(DomainLimits(4), *domains)
    left = Counter(domains)
    order = [name[0] for name in drained(waiting, 0.0)]
    since: dict[str, set[str]] = defaultdict(set)
    for domain in order:
        others = {other for other, count in left.items() if count and other != domain}
        assert domain not in since or since[domain] >= others
        for turns in since.values():
            turns.add(domain)
        since[domain] = set()
        left[domain] -= 1
    assert not +left


class Relay:
    """Stands for a relay and the domains behind it: half of the messages go to one odd domain."""

    def __init__(self, connections: int, odd_takes: float, odd_per_second: float) -> None:
        """Let a message to ``odd`` take so long, and throttle those beyond so many a second."""
        self.connections = connections
        self.done: Counter[str] = Counter()
        self.claims = 0
        self._odd_takes = odd_takes
        self._odd_per_second = odd_per_second
        self._room = odd_per_second
        self._asked_at = 0.0
        self._claimed = 0
        self._later: list[tuple[float, int, Letter]] = []
        self._waiting: Waiting[Letter] = Waiting(DomainLimits(connections))

    def run(self, seconds: float) -> None:
        """Send as fast as may be; count in :attr:`done` what is accepted and what is throttled."""
        busy: list[tuple[float, int, Letter]] = []
        at = 0.0
        while at < seconds:
            while len(busy) < self.connections:
                letter = self._waiting.next(at)
                while letter is None and self._claim(at):
                    letter = self._waiting.next(at)
                if letter is None:
                    break
                takes = self._odd_takes if letter.domain == "odd" else 0.01
                heappush(busy, (at + takes, letter.number, letter))
            if busy:
                at, _, letter = heappop(busy)
                self._end(letter, at)
            else:
                at = self._waiting.ready_at()

    def _claim(self, at: float) -> int:
        """Put off what cannot go, claim at most 4 messages a connection, as a sender does (R2).

        What was put off and is due goes first. Return how many were claimed.
        """
        for off in self._waiting.give_up(at, keep=2 * self.connections):
            heappush(self._later, (off.until, off.item.number, off.item))
        room = 4 * self.connections - len(self._waiting)
        for _ in range(room):
            if self._later and self._later[0][0] <= at:
                again = heappop(self._later)[2]
                self._waiting.add(Letter(again.domain, again.number, at + 50))
                continue
            self._claimed += 1
            domain = f"fast-{self._claimed % 9}" if self._claimed % 2 else "odd"
            self._waiting.add(Letter(domain, self._claimed, at + 50))
        self.claims += room
        return room

    def _end(self, letter: Letter, at: float) -> None:
        outcome = ACCEPTED
        if letter.domain == "odd":
            self._room += (at - self._asked_at) * self._odd_per_second
            self._room = min(self._room, self._odd_per_second)
            self._asked_at = at
            outcome = ACCEPTED if self._room >= 1 else THROTTLED
            self._room -= outcome is ACCEPTED
        name = letter.domain[:4]
        self.done[name if outcome is ACCEPTED else "throttled"] += 1
        self._waiting.done(letter, outcome, at)


def test_a_domain_that_takes_30_seconds_a_message_does_not_slow_the_others_down() -> None:
    """The fast ones keep a quarter of the connections, each with 100 messages a second."""
    relay = Relay(connections=8, odd_takes=30.0, odd_per_second=1e9)
    relay.run(120.0)
    assert relay.done["fast"] > 0.9 * 2 * 100 * 90
    assert relay.done["odd"] >= 8 + 6 * 2


def test_a_domain_that_takes_10_messages_a_second_does_not_slow_the_others_down() -> None:
    """It gets most of what it can take, hardly a message too many, and the others get the rest."""
    relay = Relay(connections=4, odd_takes=0.01, odd_per_second=10.0)
    relay.run(120.0)
    assert relay.done["fast"] > 0.9 * 4 * 100 * 120
    assert relay.done["odd"] > 0.4 * 10 * 120
    assert relay.done["throttled"] < 0.05 * relay.done["odd"]
    assert relay.claims < 4 * relay.done.total()
