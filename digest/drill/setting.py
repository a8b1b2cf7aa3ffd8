"""The place of a drill: the publication as it is, on a copy, with all its ways out cut off."""

from __future__ import annotations

import asyncio
import selectors
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from digest.clock import LeapingClock
from digest.config import Config
from digest.config.tables.feedback import ImapConfig, InboxConfig, MaildirConfig
from digest.mail.relay import Relay
from digest.model import IssueState
from digest.steps.deliver import timekeeper
from digest.store import issues
from digest.store.copying import copy_to
from digest.store.engine import Store
from digest.wiring import Service

HOST = "127.0.0.1"

_REPLY_SECONDS = 120.0
"""On the drill's clock. Our own server answers at once."""


class _Selector(selectors.DefaultSelector):
    """Waits for as long as a clock says that runs faster than the machine's."""

    def __init__(self, speed: float) -> None:
        super().__init__()
        self._speed = speed

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready, after *timeout* on that clock at the latest."""
        return super().select(timeout / self._speed if timeout else timeout)


class DrillLoop(asyncio.SelectorEventLoop):
    """An event loop that goes by the drill's clock, so that no wait takes as long as it would."""

    def __init__(self, clock: LeapingClock) -> None:
        """Go by *clock*."""
        self._drill_clock = clock
        super().__init__(_Selector(clock.speed))

    def time(self) -> float:
        """Return the clock's seconds."""
        return self._drill_clock.monotonic()


def copied(service: Service, folder: Path, clock: LeapingClock) -> Store:
    """Return a copy of the database in *folder* in which nothing waits to be sent.

    Raises:
        StoreError: if it cannot be copied.
    """
    store = copy_to(service.store, folder / "drill.sqlite3")
    with store.write() as tx:
        waiting = {IssueState.COMPOSED, IssueState.SENDING}
        for issue in issues.in_states(tx, waiting):
            issues.move(tx, issue.id, IssueState.PAUSED, if_in=waiting)
    # However long nothing was sent: this is no more than a drill.
    timekeeper.accept(store, clock.now())
    return store


def cut_off(
    service: Service, store: Store, folder: Path, clock: LeapingClock, port: int
) -> Service:
    """Return *service* on the copied *store*, whose relays are all the server at *port*."""
    config = _tame(service.config)
    relays = {
        name: Relay(
            name,
            HOST,
            port,
            tls="none",
            connect_timeout_seconds=_REPLY_SECONDS,
            command_timeout_seconds=_REPLY_SECONDS,
            messages_per_connection=settings.messages_per_connection,
        )
        for name, settings in config.relays.items()
    }
    return replace(service, config=config, root=folder, store=store, relays=relays, clock=clock)


def expiry_of(config: Config, briefing: str, now: datetime) -> datetime:
    """Return until when an issue that is made now is tried."""
    return now + config.briefings[briefing].expire_after


def _tame(config: Config) -> Config:
    """Return the settings without ways in, limits of speed, and what would hold an issue.

    One connection will do for so few. An issue of a drill goes badly on purpose, so that it must
    not pause itself.
    """
    relays = {
        name: relay.model_copy(
            update={"rate_per_second": 0.0, "warmup_start": None, "connections": 1}
        )
        for name, relay in config.relays.items()
    }
    briefings = {
        name: briefing.model_copy(
            update={"canary_messages": 0, "seeds": (), "min_articles": 1, "max_age_days": 0}
        )
        for name, briefing in config.briefings.items()
    }
    feedback = config.feedback.model_copy(
        update={"inbox": InboxConfig(), "imap": ImapConfig(), "maildir": MaildirConfig()}
    )
    return config.model_copy(
        update={"relays": relays, "briefings": briefings, "feedback": feedback}
    )
