"""Streams: a briefing's issues for those who want each, and those for who wants one a week.

Each stream has due times of its own, and what is done about one says nothing of the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from digest import schedule
from digest.config import Config
from digest.model import Cadence, Occurrence
from digest.planning import localtime
from digest.planning.reading import cadences_of
from digest.schedule import Decision, Schedule
from digest.store import audience, occurrences
from digest.store.engine import Transaction

_KNOWN_PERIODS = 800
"""How many occurrences back are looked up: more than two years of a daily briefing."""

_WEEKLY = "/weekly"
"""What the periods of a weekly issue end in, so that it can come on the date of another one."""


@dataclass(frozen=True, slots=True)
class Stream:
    """What is to be done about one stream of a briefing at one moment."""

    schedule: Schedule
    """In the briefing's zone."""

    cadence: Cadence
    decisions: tuple[Decision, ...]
    """Their periods are local dates; see :meth:`period_of`."""

    has_begun: bool
    """Whether anything was decided before."""

    zones: frozenset[str] | None
    """Time zones of readers who get it at their own time; ``None``: it goes to all at once."""

    def period_of(self, day: str) -> str:
        """Return the period under which an occurrence on the local date *day* is recorded."""
        return f"{day}{_WEEKLY}" if self.cadence is Cadence.WEEKLY else day

    def due_by_zone(self, day: str) -> Mapping[str, datetime] | None:
        """Return when to send the issue of *day* in each zone; ``None``: at once to all."""
        if self.zones is None:
            return None
        # The briefing's own zone is for those who chose none.
        return localtime.due_by_zone(self.schedule, date.fromisoformat(day), {"", *self.zones})


def due_in_zones(
    tx: Transaction, config: Config, occurrence: Occurrence
) -> Mapping[str, datetime] | None:
    """Return when to send the issue of *occurrence* in each zone; ``None``: at once to all."""
    name, cadence = occurrence.briefing, occurrence.cadence
    briefing = config.briefing(name)
    if briefing.send_in == "briefing":
        return None
    zones = audience.zones(tx, name, cadences_of(briefing, cadence))
    day = date.fromisoformat(occurrence.period.removesuffix(_WEEKLY))
    return localtime.due_by_zone(config.schedule_of(name, cadence), day, {"", *zones})


def stream_of(
    tx: Transaction, config: Config, name: str, cadence: Cadence, now: datetime
) -> Stream:
    """Return what is due of one stream of the briefing, and not dealt with."""
    briefing = config.briefing(name)
    plan = config.schedule_of(name, cadence)
    recent = occurrences.recent(tx, name, _KNOWN_PERIODS, cadence)
    known = [item.period.removesuffix(_WEEKLY) for item in recent]
    # What would expire before it can be sent is not worth composing either.
    lateness = min(briefing.max_lateness, briefing.expire_after)
    # An issue is made at its cut-off, that long before it is due.
    now, lateness = now + briefing.cutoff, lateness + briefing.cutoff
    if briefing.send_in == "briefing":
        decisions = schedule.decide(plan, known, now, lateness)
        return Stream(plan, cadence, decisions, bool(known), None)
    if not schedule.decide(replace(plan, zone=localtime.FIRST), known, now, lateness):
        # It is not the time anywhere: nobody need be asked where they are.
        return Stream(plan, cadence, (), bool(known), None)
    zones = frozenset(audience.zones(tx, name, cadences_of(briefing, cadence)))
    first = localtime.earliest(plan, zones, now)
    due = localtime.due_by_zone(plan, schedule.local_date(plan, now), {"", *zones}).values()
    # Late is what comes late for the last of its readers.
    decisions = schedule.decide(first, known, now, lateness + (max(due) - min(due)))
    return Stream(plan, cadence, decisions, bool(known), zones)
