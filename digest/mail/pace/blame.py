"""Refusals that blame us, and how far they reach: the domain first, then the relay.

A single message can be misjudged, and some recipients' servers speak through the relay as if they
were it. So one refusal is taken for its domain's, which ``limits`` leaves alone for a while; only
when several domains, or the relay in a row, blame us, the relay is left alone too.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from digest.mail.outcome import Kind, Outcome, Scope
from digest.model import DeliveryState

ENOUGH_BLAME = 3
"""After so many refusals that speak of the relay, or of so many domains, with no message taken in
between, the relay is left alone."""


class Reach(Enum):
    """What a result says of our standing."""

    NONE = "none"  #: Nothing new.
    DOMAIN = "domain"  #: A domain blames us that did not before.
    RELAY = "relay"  #: The relay takes no mail of ours at all.
    CLEARED = "cleared"  #: A domain that blamed us takes our mail again.


class Blame:
    """Counts refusals that blame us, over all messages of one relay."""

    def __init__(self) -> None:
        """Nobody blames us."""
        self._domains = set[str]()
        self._since = set[str]()  # that did since the last message was taken
        self._row = 0

    def restore(self, domains: Iterable[str]) -> None:
        """Take over which domains blamed us before a restart."""
        self._domains.update(domains)

    def forget(self) -> frozenset[str]:
        """Return the domains that blame us, and forget them: it is the relay that is blamed."""
        domains = frozenset(self._domains)
        self._domains.clear()
        return domains

    def note(self, domain: str, outcome: Outcome) -> Reach:
        """Take note of what became of a message to *domain*; return what that comes to."""
        if outcome.kind is Kind.ACCEPTED:
            return self._taken(domain)
        if outcome.kind is not Kind.OUR_FAULT or outcome.state is DeliveryState.REFUSED:
            return Reach.NONE
        is_new = domain not in self._domains
        self._domains.add(domain)
        self._since.add(domain)
        self._row += outcome.scope is Scope.RELAY
        if self._row >= ENOUGH_BLAME or len(self._since) >= ENOUGH_BLAME:
            self._row = 0
            self._since.clear()
            return Reach.RELAY
        return Reach.DOMAIN if is_new else Reach.NONE

    def _taken(self, domain: str) -> Reach:
        self._row = 0
        self._since.clear()
        if domain in self._domains:
            self._domains.discard(domain)
            return Reach.CLEARED
        return Reach.NONE
