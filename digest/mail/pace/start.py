"""Whether an issue that has begun may go on: seed addresses first, then a few, then the rest.

A mistake in an issue, a list of dead addresses, or a sender that is blocked shows in the first
replies. They are judged before the damage is done: counts come in, a verdict goes out.

Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import sqrt

from digest.mail.outcome import Kind, Outcome, Scope
from digest.model import DeliveryState

ENOUGH = 20
"""With fewer attempts than this, shares mean nothing."""

_FEW = 3
_FAILED_ALL = 5

_COUNTED = {
    Kind.ACCEPTED: "accepted",
    Kind.PERMANENT: "permanent",
    Kind.OUR_FAULT: "our_fault",
    Kind.TRANSIENT: "deferred",
    Kind.GREYLISTED: "deferred",
    Kind.UNCERTAIN: "deferred",
}


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of the attempts so far."""

    accepted: int = 0
    permanent: int = 0
    """Refused for good, for reasons that lie with the recipient."""

    our_fault: int = 0
    """Refused because of us, for good or not."""

    deferred: int = 0
    """To be tried again for any other reason but that we were too fast, or greylisted at first."""

    @property
    def attempts(self) -> int:
        """How many there were."""
        return self.accepted + self.permanent + self.our_fault + self.deferred

    def plus(self, outcome: Outcome, *, is_first: bool = True) -> Tally:
        """Return the tally with one more attempt, if it says anything of the issue.

        Being asked to slow down, broken sessions, and messages handed back do not. Nor does a first
        try that is greylisted: that is what greylisting does to everybody. Whether the second one
        is taken tells (*is_first* is false then).
        """
        name = _COUNTED.get(outcome.kind)
        is_silent = (
            outcome.scope is Scope.SESSION
            or outcome.state is DeliveryState.QUEUED
            or (outcome.kind is Kind.GREYLISTED and is_first)
        )
        if name is None or is_silent:
            return self
        return Tally(
            self.accepted + (name == "accepted"),
            self.permanent + (name == "permanent"),
            self.our_fault + (name == "our_fault"),
            self.deferred + (name == "deferred"),
        )


class Cause(StrEnum):
    """Why an issue pauses itself."""

    SEEDS = "seeds"  #: Seed addresses did not take it, or blamed us.
    OUR_FAULT = "our fault"  #: Too many refusals because of us.
    PERMANENT = "permanent"  #: Too many recipients refused for good.
    DEFERRED = "deferred"  #: Too many put off.
    ALL = "all"  #: Not one message was taken.


@dataclass(frozen=True, slots=True)
class Start:
    """How an issue begins, and what makes it stop. Shares are from 0 to 1; 1 switches one off."""

    seeds: int = 0
    """How many seed addresses get it before all others."""

    first: int = 20
    """How many readers get it before the rest; 0: all go at once."""

    watched: int = 200
    """For so many attempts it is judged."""

    permanent: float = 0.10
    """Share of recipients refused for good that is too much: a list that is old or was bought."""

    our_fault: float = 0.05
    """Share refused because of us that is too much."""

    deferred: float = 0.50
    """Share put off that is too much."""

    excused: frozenset[Cause] = frozenset()
    """For these it does not stop (again): somebody has looked and wants it to go on. Whoever has
    seen that all failed has seen everything."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How it goes on. :attr:`pause` counts before :attr:`allowance`."""

    allowance: int | None
    """How many more messages may be begun before the next verdict; ``None``: no limit."""

    pause: str = ""
    """Why to pause the issue, one or two sentences for people; empty: no reason to."""

    is_over: bool = False
    """Whether the beginning is over, so that no verdict is needed any more."""

    cause: Cause | None = None
    """Of :attr:`pause`; ``None`` while there is no reason to."""


def verdict(start: Start, seeds: Tally, readers: Tally, in_hand: int) -> Verdict:
    """Return how an issue goes on that has come so far.

    Args:
        start: How issues begin.
        seeds: What became of the messages to the seed addresses.
        readers: What became of those to readers.
        in_hand: How many messages to readers are begun and have no result yet.
    """
    if seeds.attempts < start.seeds:
        return Verdict(0)
    for cause, reason in (_judge_seeds(start, seeds), _judge(start, readers, in_hand)):
        if cause is not None:
            return Verdict(0, reason, cause=cause)
    if readers.attempts < start.first:
        return Verdict(max(start.first - readers.attempts - in_hand, 0))
    return Verdict(None, is_over=readers.attempts >= start.watched)


def judge(start: Start, tally: Tally, in_hand: int = 0) -> str:
    """Return why an issue with this tally should pause; empty if it should not.

    Refusals are quicker than acceptances, so what is in hand is taken for accepted until it ends.

    A share is too much when chance alone hardly explains it: when the lower end of its 95 %
    confidence interval (Wilson) is above the threshold. Below :data:`ENOUGH` attempts only what
    blames us or fails altogether counts.
    """
    return _judge(start, tally, in_hand)[1]


def lower_bound(bad: int, count: int) -> float:
    """Return the lower end of the 95 % confidence interval of *bad* in *count* (Wilson, 1927).

    *count* must not be 0. The result is from 0 up to, and not including, ``bad / count``, except
    that it is 0 when *bad* is.
    """
    z = 1.96
    share = bad / count
    centre = share + z * z / (2 * count)
    margin = z * sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return max((centre - margin) / (1 + z * z / count), 0.0) if bad else 0.0


_FINE = (None, "")
_NEXT = "Look at the reasons, then resume the issue or cancel it."
_BLAMED = ("refused because of us, not of the recipients", "content, sender, or reputation")
_DEAD = ("refused for good", "the list may be old or wrong")
_PUT_OFF = ("put off", "receivers may distrust this sender")


def _judge(start: Start, tally: Tally, in_hand: int) -> tuple[Cause | None, str]:
    count = tally.attempts
    begun = count + in_hand
    if Cause.ALL in start.excused:
        return _FINE
    if count < ENOUGH:
        is_blamed = tally.our_fault >= _FEW and tally.our_fault * 2 >= begun
        if is_blamed and start.our_fault < 1 and Cause.OUR_FAULT not in start.excused:
            return Cause.OUR_FAULT, _said(tally.our_fault, count, _BLAMED)
        if count >= _FAILED_ALL and not tally.accepted and not in_hand:
            return Cause.ALL, f"Not one of the first {count} messages was taken. {_NEXT}"
        return _FINE
    for cause, bad, threshold, what in (
        (Cause.OUR_FAULT, tally.our_fault, start.our_fault, _BLAMED),
        (Cause.PERMANENT, tally.permanent, start.permanent, _DEAD),
        (Cause.DEFERRED, tally.deferred, start.deferred, _PUT_OFF),
    ):
        if cause not in start.excused and lower_bound(bad, begun) > threshold:
            return cause, _said(bad, count, what, threshold)
    return _FINE


def _judge_seeds(start: Start, seeds: Tally) -> tuple[Cause | None, str]:
    if not start.seeds or not start.excused.isdisjoint({Cause.SEEDS, Cause.ALL}):
        return _FINE
    if seeds.our_fault:
        said = _said(seeds.our_fault, seeds.attempts, _BLAMED, of="messages to seed addresses")
        return Cause.SEEDS, said
    if not seeds.accepted:
        return Cause.SEEDS, f"No seed address took the issue. {_NEXT}"
    return _FINE


def _said(
    bad: int,
    count: int,
    what: tuple[str, str],
    threshold: float = 0.0,
    of: str = "messages",
) -> str:
    done, cause = what
    verb = "was" if bad == 1 else "were"
    limit = f" (more than {threshold * 100:g}% is too much)" if threshold else ""
    return f"{bad} of the first {count} {of} {verb} {done}{limit}: {cause}. {_NEXT}"
