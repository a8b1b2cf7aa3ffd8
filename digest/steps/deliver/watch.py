"""Look at how far an issue has come, from wherever the database can be read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from digest.clock import Clock
from digest.model import IssueState
from digest.steps.deliver.progress import Progress, Speed, done_of, seconds_left
from digest.store import deliveries, issues
from digest.store.engine import Store

_UNDER_WAY = frozenset({IssueState.COMPOSED, IssueState.SENDING})


@dataclass(frozen=True, slots=True)
class Glance:
    """How far an issue has come at one moment."""

    progress: Progress
    """Its counts are of all deliveries, but for states that none is in."""

    again_at: datetime | None
    """When it goes on, if nothing moves; ``None``: it does move, or nothing is waited for."""

    @property
    def is_over(self) -> bool:
        """Whether nothing changes any more unless somebody does something."""
        return self.progress.issue.state not in _UNDER_WAY


class Watch:
    """Watches one issue; each look tells how fast it went since the ones before."""

    def __init__(self, store: Store, clock: Clock, issue_id: int) -> None:
        """Begin with the first look."""
        self._store, self._clock, self._issue_id = store, clock, issue_id
        self._speed: Speed | None = None

    def look(self) -> Glance | None:
        """Return how far the issue has come; ``None`` when there is none with that id.

        Raises:
            StoreError: if the store cannot be read.
        """
        with self._store.read() as tx:
            issue = issues.get(tx, self._issue_id)
            if issue is None:
                return None
            ledger = deliveries.ledger(tx, issue.id)
            again = deliveries.next_attempt_at(tx, issue.id)
        done, at = done_of(ledger.counts), self._clock.monotonic()
        self._speed = self._speed or Speed(done, at)
        rate = self._speed.note(done, at)
        left = seconds_left(done, ledger.candidates, rate)
        counts = {state: number for state, number in ledger.counts.items() if number}
        progress = Progress(issue, counts, done, ledger.candidates, rate, left)
        return Glance(progress, None if rate else again)
