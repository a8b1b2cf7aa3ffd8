"""How sources are doing, and the operator's say in whether they are asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from digest.config import Config, SourceConfig
from digest.errors import NotFoundError
from digest.steps.gather.poll import alert_key
from digest.store import alerts, sources
from digest.store.engine import Store
from digest.store.sources import Record, State
from digest.syndication import polling


@dataclass(frozen=True, slots=True)
class SourceReport:
    """How one source is doing."""

    source: str
    kind: str
    health: str
    """In a word or two; ``-`` for one that is not asked: a folder, or what is pushed."""

    address: str
    """Where it is asked."""

    title: str
    succeeded_at: datetime | None
    next_poll_at: datetime | None
    """``None``: it is not asked (paused, gone, never)."""

    news_at: datetime | None
    failures: int
    """In a row."""

    detail: str
    """What came of the last look, for people."""

    polls: int
    polls_unchanged: int
    seen: int
    used: int
    left_out: int
    waiting: int
    """For somebody to let them in."""

    hub_until: datetime | None


def report_sources(store: Store, config: Config, *, now: datetime) -> tuple[SourceReport, ...]:
    """Return how every source of the settings is doing."""
    with store.read() as tx:
        states, fates = sources.states(tx), sources.fates(tx)
    return tuple(
        _report(name, settings, states.get(name), fates.get(name, {}), now)
        for name, settings in config.sources.items()
    )


def report_source(
    store: Store, config: Config, name: str, *, now: datetime, limit: int = 20
) -> tuple[SourceReport, list[Record]]:
    """Return how one source is doing, and what became of the *limit* last articles it named.

    Raises:
        NotFoundError: if the settings have none of that name that is asked.
    """
    settings = asked_source(config, name)
    with store.read() as tx:
        state, records = sources.state(tx, name), sources.listed(tx, name, limit)
        fates = sources.fates(tx).get(name, {})
    return _report(name, settings, state, fates, now), records


def asked_source(config: Config, name: str) -> SourceConfig:
    """Return what the settings say of the source *name*, which others write.

    Raises:
        NotFoundError: if there is none of that name.
    """
    settings = config.sources.get(name)
    if settings is None or not settings.is_upstream:
        known = [key for key, item in config.sources.items() if item.is_upstream]
        raise NotFoundError("source that is asked for news", name, known)
    return settings


def pause_source(store: Store, config: Config, name: str, *, now: datetime) -> None:
    """Ask a source no more; its articles stay.

    Raises:
        NotFoundError: if there is none of that name.
    """
    _set(store, config, name, now, is_paused=True)


def resume_source(store: Store, config: Config, name: str, *, now: datetime) -> None:
    """Ask a source again, at once: one that was paused, has ended, or is waited for.

    Raises:
        NotFoundError: if there is none of that name.
    """
    _set(store, config, name, now, is_paused=False)


def health(state: State | None, now: datetime) -> str:
    """Return how a source is doing, in a word or two."""
    if state is None or state.polled_at is None:
        return "new"
    if state.gone_at is not None:
        return "gone"
    if state.is_paused:
        return "paused"
    if not state.failures:
        return "well"
    failing = polling.is_failing(state.failures, state.failing_since, now)
    return f"failing ({state.failures})" if failing else f"failed {state.failures}"


def _report(
    name: str,
    settings: SourceConfig,
    state: State | None,
    fates: Mapping[str, int],
    now: datetime,
) -> SourceReport:
    return SourceReport(
        source=name,
        kind=settings.kind,
        health=health(state, now) if settings.is_upstream else "-",
        address=state.address if state else settings.url,
        title=state.title if state else "",
        succeeded_at=state.succeeded_at if state else None,
        next_poll_at=state.next_poll_at if state else None,
        news_at=state.news_at if state else None,
        failures=state.failures if state else 0,
        detail=state.detail if state else "",
        polls=state.polls if state else 0,
        polls_unchanged=state.polls_unchanged if state else 0,
        seen=state.articles_seen if state else 0,
        used=fates.get("used", 0),
        left_out=fates.get("left out", 0) + fates.get("elsewhere", 0),
        waiting=fates.get("waiting", 0),
        hub_until=state.hub_until if state else None,
    )


def _set(store: Store, config: Config, name: str, now: datetime, *, is_paused: bool) -> None:
    url = asked_source(config, name).url
    with store.write() as tx:
        sources.ensure(tx, name, url, now)
        values: dict[str, Any] = {"is_paused": is_paused}
        values |= {"next_poll_at": None if is_paused else now}
        if not is_paused:
            values |= {"gone_at": None, "failures": 0, "failing_since": None}
        sources.save(tx, name, **values)
        alerts.clear_alert(tx, alert_key(name), now)
