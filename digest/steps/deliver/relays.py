"""What relays are set to, what they have taught us, and what is wrong with them now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from digest.config import Config, RelayConfig
from digest.mail.pace.rate import FORGET_SECONDS
from digest.mail.pace.warmup import Ramp, allowed_today
from digest.steps.deliver import memory
from digest.steps.deliver.memory import Lessons
from digest.store import alerts, feedback, pacing, settings
from digest.store.alerts import Alert
from digest.store.engine import Store, Transaction
from digest.store.feedback import Pause

_RAMP = Ramp()


@dataclass(frozen=True, slots=True)
class DomainLimit:
    """What one domain is given at most, because it asked for that."""

    domain: str
    at_once: float
    """Messages at once; 0: nothing limits them."""

    per_second: float
    """Messages a second; 0: as configured."""

    held_until: datetime | None
    """Until when it is left alone; ``None``: it is not."""


@dataclass(frozen=True, slots=True)
class WarmUpDay:
    """Where a new sender stands today."""

    day: int
    """From 1."""

    sent: int
    left: int | None
    """``None``: no limit any more."""


@dataclass(frozen=True, slots=True)
class RelayReport:
    """One relay of the settings."""

    name: str
    settings: RelayConfig
    briefings: tuple[str, ...]
    """Those that go out by it."""

    slowed_to: float | None
    """Messages a second, because it asked us to slow down; ``None``: it has not, of late."""

    domains: tuple[DomainLimit, ...]
    learnt_at: datetime | None
    """Of when that is; ``None``: there is nothing."""

    pauses: tuple[Pause, ...]
    """What is left alone because reports blame us."""

    alerts: tuple[Alert, ...]
    """What is wrong with it, or with domains over it. One that names the relay alone says why it is
    left alone."""

    warmup: WarmUpDay | None
    """``None``: it is no new sender."""

    @property
    def is_resting(self) -> bool:
        """Whether it was left alone when last tried, or is because of reports."""
        return any(alert.key == f"relay:{self.name}" for alert in self.alerts) or any(
            not pause.domain for pause in self.pauses
        )


def report_relays(store: Store, config: Config, *, now: datetime) -> tuple[RelayReport, ...]:
    """Return how every relay of the settings is doing, as far as the database knows."""
    with store.read() as tx:
        up = alerts.open_alerts(tx)
        pauses = feedback.pauses(tx, now)
        return tuple(
            _report(tx, config, name, up, [item for item in pauses if item.relay == name], now)
            for name in config.relays
        )


def _report(
    tx: Transaction,
    config: Config,
    name: str,
    up: Iterable[Alert],
    pauses: Iterable[Pause],
    now: datetime,
) -> RelayReport:
    text = settings.get(tx, memory.key_of(name)) or ""
    known = memory.parsed(text)
    is_fresh = known is not None and now - known.at <= timedelta(seconds=FORGET_SECONDS)
    learnt = known if is_fresh else None
    return RelayReport(
        name=name,
        settings=config.relays[name],
        briefings=tuple(
            briefing for briefing, item in config.briefings.items() if name in item.relays
        ),
        slowed_to=(learnt.limit or None) if learnt else None,
        domains=_domains(learnt, now) if learnt else (),
        learnt_at=learnt.at if learnt else None,
        pauses=tuple(pauses),
        alerts=tuple(
            alert
            for alert in up
            if alert.key == f"relay:{name}"
            or alert.key.startswith((f"domain:{name}/", f"reports:{name}/"))
        ),
        warmup=_warmup(tx, config, name, now),
    )


def _domains(learnt: Lessons, now: datetime) -> tuple[DomainLimit, ...]:
    ends = {
        domain: learnt.at + timedelta(seconds=item.held_seconds)
        for domain, item in learnt.domains.items()
    }
    return tuple(
        DomainLimit(domain, item.most, item.limit, ends[domain] if ends[domain] > now else None)
        for domain, item in learnt.domains.items()
    )


def _warmup(tx: Transaction, config: Config, name: str, now: datetime) -> WarmUpDay | None:
    start = config.relays[name].warmup_start
    if start is None:
        return None
    today = now.astimezone(ZoneInfo(config.publication.timezone)).date()
    sent = pacing.messages_on(tx, name, today.isoformat())
    return WarmUpDay(
        max((today - start).days, 0) + 1, sent, allowed_today(_RAMP, start, today, sent)
    )
