"""What all connections to one relay share, whichever issue they carry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from digest.config import RelayConfig
from digest.mail.outcome import Kind, Outcome, Scope
from digest.mail.pace.blame import Blame, Reach
from digest.mail.pace.breaker import Breaker
from digest.mail.pace.limits import DomainLimits, Limit
from digest.mail.pace.rate import Rate
from digest.mail.pace.warmup import Ramp, allowed_today
from digest.mail.relay import Relay
from digest.steps.deliver.shares import Shares


@dataclass(slots=True)
class WarmUp:
    """What a new sender has sent today, and may."""

    started_on: date
    zone: ZoneInfo
    """Whose days count."""

    day: date | None = None
    """For which :attr:`sent` is known."""

    sent: int = 0
    in_hand: int = 0
    """Begun, and without a result yet."""

    def today(self, now: datetime) -> date:
        """Return the date of *now*; with a new one nothing was sent yet."""
        today = now.astimezone(self.zone).date()
        if self.day is not None and self.day < today:
            self.day, self.sent = today, 0
        return today

    def left(self, now: datetime) -> int | None:
        """Return how many messages may be begun today; ``None``: no limit any more."""
        today = self.today(now)
        return allowed_today(_RAMP, self.started_on, today, self.sent + self.in_hand)


_RAMP = Ramp()


class Lane:
    """One relay, with what is known of it."""

    def __init__(
        self,
        relay: Relay,
        settings: RelayConfig,
        domains: Mapping[str, Limit],
        zone: ZoneInfo,
    ) -> None:
        """Know nothing yet."""
        self.relay = relay
        self.name = relay.name
        self.size = settings.connections
        self.weight = settings.weight
        self.slots = Shares(settings.connections)
        self.rate = Rate(settings.rate_per_second)
        self.limits = DomainLimits(settings.connections, own=domains)
        self.breaker = Breaker()
        self.blame = Blame()
        self.opening = 0
        """Connections that are being opened at the moment."""

        self.working = 0
        """Connections that carry messages at the moment."""

        start = settings.warmup_start
        self.warmup = WarmUp(start, zone) if start is not None else None

    def is_resting(self, at: float) -> bool:
        """Return whether no message may be begun because the relay is left alone."""
        breaker = self.breaker
        return breaker.failures > 0 and not breaker.is_probing and at < breaker.until

    def is_through(self, now: datetime) -> bool:
        """Return whether a new sender has sent all it may today."""
        return self.warmup is not None and self.warmup.left(now) == 0

    def why_not(self, at: float, now: datetime) -> str:
        """Return why no message may be begun by this relay; empty if any may."""
        if self.is_resting(at):
            return self.breaker.reason
        if self.warmup is not None and self.is_through(now):
            day = max((self.warmup.today(now) - self.warmup.started_on).days, 0) + 1
            return (
                f"relay {self.name!r} warms up: on day {day} it may send {self.warmup.sent} mails, "
                "and has; the rest goes tomorrow, unless it is too old then"
            )
        return ""

    def failed(self, reason: str, at: float, fraction: float) -> None:
        """Leave the relay alone for a while."""
        self.breaker = self.breaker.failed(reason, at, fraction)

    def learn(self, domain: str, outcome: Outcome, at: float, fraction: float) -> Reach:
        """Learn from what became of a message; return what it says of our standing."""
        kind = outcome.kind
        if kind is Kind.ACCEPTED:
            self.rate.speed_up(at)
            self.breaker = self.breaker.succeeded()
        elif kind is Kind.THROTTLED and outcome.scope is Scope.RELAY:
            self.rate.slow_down(at)
        reach = self.blame.note(domain, outcome)
        if reach is Reach.DOMAIN and self.is_resting(at):
            # What was on its way when the relay was blamed says no more than that.
            self.blame.forget()
            return Reach.NONE
        if reach is Reach.RELAY:
            self.failed(f"relay {self.name!r}: {outcome.reason}", at, fraction)
        return reach
