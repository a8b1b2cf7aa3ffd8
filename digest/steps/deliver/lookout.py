"""Who has left, and whether an issue is still to be sent: known to half a second."""

from __future__ import annotations

import asyncio

from digest.model import Issue, IssueState
from digest.steps.deliver.timekeeper import Timekeeper
from digest.store import deliveries, issues
from digest.store.engine import Store

FRESH_SECONDS = 0.5
"""How old that knowledge may be when a message is begun."""


class Lookout:
    """Looks into the store as often as is needed, for all connections of an issue."""

    def __init__(self, store: Store, issue: Issue, time: Timekeeper) -> None:
        """Know nothing yet; :meth:`look` comes first."""
        self.left = dict[int, str]()
        """Subscriptions that may not be mailed any more since the freeze, and why."""

        self.is_sending = True
        """Whether it is to be sent: not paused, held, or cancelled, and the time is right."""

        self._store = store
        self._issue = issue
        self._time = time
        self._looked_at = float("-inf")
        self._looking = asyncio.Lock()

    def is_fresh(self, at: float) -> bool:
        """Return whether all that is known at the time *at*, without a look."""
        return at - self._looked_at < FRESH_SECONDS

    async def look(self) -> None:
        """Learn all that, unless it is known."""
        if self.is_fresh(self._time.monotonic()):
            return
        async with self._looking:
            if self.is_fresh(self._time.monotonic()):
                return
            at = self._time.monotonic()
            await asyncio.to_thread(self._look_up)
            self._looked_at = at

    def _look_up(self) -> None:
        issue = self._issue
        with self._store.read() as tx:
            self.left = deliveries.left_since(tx, issue.briefing, issue.composed_at)
            now = issues.get(tx, issue.id)
        is_sending = now is not None and now.state is IssueState.SENDING
        self.is_sending = is_sending and not self._time.jumped()
