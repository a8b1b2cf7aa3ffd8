"""Refusals that blame us reach as far as they say: a domain first, then the relay."""

from __future__ import annotations

from pace_samples import ACCEPTED, BLOCKED, NO_SUCH_ADDRESS, outcome

from digest.mail.outcome import Kind, Scope
from digest.mail.pace.blame import Blame, Reach
from digest.model import DeliveryState

BANNED = outcome(Kind.OUR_FAULT, Scope.RELAY)
FAULTY = outcome(Kind.OUR_FAULT, state=DeliveryState.REFUSED)


def test_one_refusal_is_its_domains_and_said_once() -> None:
    """reliability.md, Replies, our fault: one misjudged message must not stop everything."""
    blame = Blame()
    assert blame.note("a.test", BLOCKED) is Reach.DOMAIN
    assert blame.note("a.test", BLOCKED) is Reach.NONE
    assert blame.note("a.test", BLOCKED) is Reach.NONE
    assert blame.note("b.test", ACCEPTED) is Reach.NONE
    assert blame.note("a.test", ACCEPTED) is Reach.CLEARED
    assert blame.note("a.test", ACCEPTED) is Reach.NONE


def test_three_domains_in_a_row_are_the_relay() -> None:
    blame = Blame()
    assert blame.note("a.test", BLOCKED) is Reach.DOMAIN
    assert blame.note("b.test", BLOCKED) is Reach.DOMAIN
    assert blame.note("c.test", BLOCKED) is Reach.RELAY
    assert blame.forget() == {"a.test", "b.test", "c.test"}
    assert blame.note("a.test", ACCEPTED) is Reach.NONE


def test_three_in_a_row_that_speak_of_the_relay_are_the_relay() -> None:
    """Also where all readers are at one domain; what was taken in between shows otherwise."""
    blame = Blame()
    for _ in range(2):
        blame.note("a.test", BANNED)
    blame.note("b.test", ACCEPTED)
    blame.note("a.test", BANNED)
    assert blame.note("a.test", BANNED) is Reach.NONE
    assert blame.note("a.test", BANNED) is Reach.RELAY


def test_what_says_nothing_of_us_counts_nothing() -> None:
    """A faulty message is refused for good: that is its own doing."""
    blame = Blame()
    assert blame.note("a.test", NO_SUCH_ADDRESS) is Reach.NONE
    assert blame.note("a.test", FAULTY) is Reach.NONE
    assert blame.forget() == frozenset()


def test_domains_are_known_after_a_restart() -> None:
    blame = Blame()
    blame.restore(["a.test"])
    assert blame.note("a.test", BLOCKED) is Reach.NONE
    assert blame.note("a.test", ACCEPTED) is Reach.CLEARED
