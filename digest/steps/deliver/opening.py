"""How an issue begins: to its seeds, then to a few, then to all; and whether that goes well.

The rules are in ``mail/pace/start.py``; here is what has come of the issue so far.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace

from digest.mail.outcome import Kind, Outcome, Scope
from digest.mail.pace.start import Cause, Start, Tally, Verdict, verdict
from digest.model import Issue
from digest.store import pacing
from digest.store.engine import Transaction
from digest.store.pacing import StartCounts

PATIENCE_SECONDS = 30.0
"""So long the rest waits for the first few: one slow receiver must not hold everybody."""

SEEDS, READERS = "seeds", "readers"


class Opening:
    """The beginning of one issue, until it is over."""

    def __init__(
        self, start: Start, seeds: Tally, readers: Tally, *, has_seeds: bool = False
    ) -> None:
        """Go on from what became of the first messages so far."""
        self.in_seeds = has_seeds
        """Whether seeds may be waiting, so that no reader gets it yet."""

        self._start = start
        self._seeds = seeds
        self._readers = readers
        self._in_hand = 0
        self._shut_since: float | None = None
        self._verdict = verdict(start, seeds, readers, 0)

    @classmethod
    def of(
        cls, tx: Transaction, issue: Issue, watched: int, excused: Iterable[str], *, has_seeds: bool
    ) -> Opening | None:
        """Return where the issue's beginning stands in the store; ``None`` once it is over.

        Args:
            tx: An open transaction.
            issue: The issue.
            watched: By how many results it is judged; 0: it is not.
            excused: Causes for which it paused itself, and was resumed.
            has_seeds: Whether it has seeds at all.
        """
        seeds = _tally(pacing.start_of(tx, issue.id, SEEDS))
        readers = _tally(pacing.start_of(tx, issue.id, READERS))
        start = Start(watched=watched, excused=frozenset(Cause(item) for item in excused))
        opening = cls(start, seeds, readers, has_seeds=has_seeds)
        return None if opening.is_over or not watched else opening

    @property
    def is_over(self) -> bool:
        """Whether nothing is to be waited for or judged any more."""
        return self._verdict.is_over and not self.in_seeds

    def admits(self, at: float) -> bool:
        """Return whether a message may be begun now."""
        if self.in_seeds or self._verdict.allowance is None or self._verdict.allowance > 0:
            self._shut_since = None
            return True
        if self._shut_since is None:
            self._shut_since = at
        if at - self._shut_since < PATIENCE_SECONDS or not self._readers.accepted:
            return False
        self._start = replace(self._start, first=0)
        self._judge()
        return True

    def begun(self, *, is_seed: bool) -> None:
        """Take note that a message was begun."""
        if not is_seed:
            self._in_hand += 1
            self._judge()

    def ended(
        self, outcome: Outcome | None, *, is_seed: bool, is_first: bool = True
    ) -> StartCounts | None:
        """Take note of what became of a message; return what to count, if anything.

        What speaks of the relay is not the issue's fault: it counts for neither. *is_first*:
        whether it was never tried before.
        """
        if not is_seed:
            self._in_hand -= 1
        counted = None
        if outcome is not None and not _is_about_relay(outcome):
            before = self._seeds if is_seed else self._readers
            after = before.plus(outcome, is_first=is_first)
            if is_seed:
                self._seeds = after
            else:
                self._readers = after
            counted = _difference(before, after)
        self._judge()
        return counted

    def seeds_are_through(self) -> None:
        """Take note that no seed is waiting or on its way."""
        self.in_seeds = False
        self._judge()

    @property
    def found(self) -> Verdict:
        """Whether it goes badly, and why."""
        return self._verdict

    def _judge(self) -> None:
        # Once none of them waits, the seeds that were attempted are all there were.
        seeds = self._seeds.attempts + self.in_seeds
        start = replace(self._start, seeds=seeds)
        self._verdict = verdict(start, self._seeds, self._readers, self._in_hand)


def _is_about_relay(outcome: Outcome) -> bool:
    return outcome.kind is Kind.OUR_FAULT and outcome.scope is Scope.RELAY


def _tally(counts: StartCounts) -> Tally:
    return Tally(counts.accepted, counts.permanent, counts.our_fault, counts.deferred)


def _difference(before: Tally, after: Tally) -> StartCounts | None:
    if after is before:
        return None
    names = [item.name for item in fields(Tally)]
    return StartCounts(*(getattr(after, name) - getattr(before, name) for name in names))
