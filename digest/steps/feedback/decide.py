"""What follows from a report: nothing, a point, the end of an address, or a pause. Pure.

Nothing follows for anybody who is not proved to be meant, nor from what nobody can classify.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from digest.config import FeedbackConfig
from digest.mail.pace.providers import provider_of
from digest.mail.refusals import Kind, Scope
from digest.mail.reports import Sort
from digest.store.feedback import Sent, StoredReport, Strike


class Effect(StrEnum):
    """What followed from a report."""

    NOTHING = "nothing"
    COUNTED = "counted"  #: It counts against the address.
    SPARED = "spared"  #: It would be given up, but was good: the next issue is the trial.
    SUPPRESSED = "suppressed"  #: The address is on the do-not-mail record.
    UNSUBSCRIBED = "unsubscribed"
    BLAMED = "blamed"  #: Our fault; there is an alert.
    PAUSED = "paused"  #: Our fault, of several: a domain or a relay is left alone.
    FORWARDED = "forwarded"  #: To the one who answers.


COUNTING = frozenset({Effect.COUNTED, Effect.SPARED})
"""Effects of reports that count against an address; after a suppression counting begins anew."""

OLDEST = timedelta(days=30)
"""Reports about older mail count for nothing: no server tries for so long."""

HISTORY = timedelta(days=90)
"""How far back the good history of an address is looked at."""

SETTLING = timedelta(days=2)
"""What was taken less long ago may still bounce, so it says nothing good yet."""

WEBHOOK = "webhook"
"""The source of what mail services tell us."""

BLAME_WINDOW = timedelta(hours=1)

MOST_HOURS = 24
"""What people write waits that long at most for its turn to be passed on."""

_AGAINST_ADDRESS = {
    (Kind.PERMANENT, Scope.RECIPIENT),
    (Kind.TRANSIENT, Scope.RECIPIENT),
    # Tried for days, in vain: a server that is gone.
    (Kind.TRANSIENT, Scope.MESSAGE),
}

_IDLE_SORTS = {
    Sort.DELAYED: "somebody goes on trying",
    Sort.DELIVERED: "it only says that the mail arrived",
    Sort.AUTO_REPLY: "automatic replies say nothing about an address",
    Sort.CHALLENGE: "challenges are not answered",
    Sort.UNKNOWN: "nobody can tell what it says",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of those whom a report is about."""

    sent: Sent | None = None
    """The mail it is about; ``None`` when there was none."""

    is_there: bool = False
    """Whether the person is (still) a subscriber."""

    is_suppressed: bool = False
    strikes: Sequence[Strike] = ()
    """What counts already, oldest first."""

    good_issues: int = 0
    """Issues of the last :data:`HISTORY` that arrived as far as anybody knows."""

    good_since: int = 0
    """Of these, after the last strike."""

    blamed: Mapping[str, int] = field(default_factory=dict)
    """By domain (one for each service), how many people's servers blamed us lately, this one
    included, for what went by this relay."""

    forwards: int = 0
    """Mails passed on within the last hour, or waiting for it."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows, and why."""

    effect: Effect
    explanation: str
    """One sentence for people."""

    pause_domain: str | None = None
    """With :attr:`Effect.PAUSED`: the domain that is left alone; empty: the whole relay."""

    wait: timedelta = timedelta()
    """With :attr:`Effect.FORWARDED`: how long, so that there are only so many an hour."""


def decide(
    report: StoredReport,
    standing: Standing,
    terms: FeedbackConfig,
    now: datetime,
    *,
    is_automatic: bool = False,
) -> Decision:
    """Return what follows from *report*.

    Args:
        report: What came in.
        standing: What is known of those it is about.
        terms: The thresholds.
        now: When.
        is_automatic: Whether a program wrote it; such mail is never passed on.
    """
    sort = Sort(report.sort)
    if sort is Sort.REPLY:
        return _reply(standing, terms, is_automatic=is_automatic)
    if sort in _IDLE_SORTS:
        return _nothing(_IDLE_SORTS[sort])
    if not report.proof:
        return _nothing("nothing proves whom it is about")
    if sort is Sort.UNSUBSCRIBE:
        how = (
            "asked the mail service for it" if report.source == WEBHOOK else "asked for it by mail"
        )
        return Decision(Effect.UNSUBSCRIBED, f"The reader {how}.")
    if sort is Sort.COMPLAINT:
        return _complaint(report)
    return _bounce(report, standing, terms, now)


def _nothing(why: str) -> Decision:
    return Decision(Effect.NOTHING, f"Nothing follows: {why}.")


def _reply(standing: Standing, terms: FeedbackConfig, *, is_automatic: bool) -> Decision:
    if is_automatic:
        return _nothing("a program wrote it, or the one whom it would be passed on to")
    if not terms.forward_to:
        return _nothing("nobody is named in [feedback] forward_to")
    hours = standing.forwards // terms.forwards_an_hour
    if hours > MOST_HOURS:
        return _nothing(f"{standing.forwards} mails wait to be passed on, and no more can")
    if hours:
        text = f"It is passed on in {hours} h: {standing.forwards} mails are before it."
        return Decision(Effect.FORWARDED, text, wait=timedelta(hours=hours))
    return Decision(Effect.FORWARDED, "It is passed on.")


def _complaint(report: StoredReport) -> Decision:
    if report.proof == "token":
        # Whoever has a mail that was passed on has its token, and that one only unsubscribes.
        return Decision(Effect.UNSUBSCRIBED, "Called spam, proved by the link to unsubscribe.")
    return Decision(Effect.SUPPRESSED, "Called spam: unsubscribed from everything.")


def _bounce(
    report: StoredReport, standing: Standing, terms: FeedbackConfig, now: datetime
) -> Decision:
    if not report.kind:
        return _nothing("it says that it failed, and not why")
    sent = standing.sent
    if sent is None:
        return _nothing("no such mail went out")
    if sent.composed_at < now - OLDEST:
        return _nothing(f"the mail is more than {OLDEST.days} days old")
    if report.kind == Kind.OUR_FAULT:
        return _blame(report, standing, terms)
    if (report.kind, report.scope) in _AGAINST_ADDRESS:
        return _strike(report, standing, terms)
    return _nothing("that says nothing about the address")


def _blame(report: StoredReport, standing: Standing, terms: FeedbackConfig) -> Decision:
    enough = terms.blame_people
    if len(standing.blamed) >= enough:
        who = f"{len(standing.blamed)} domains blame us"
        return Decision(Effect.PAUSED, f"Our fault: {who}; the relay is left alone.", "")
    domain = provider_of(report.domain)
    people = standing.blamed.get(domain, 0)
    if people >= enough:
        who = f"the servers of {people} people at {domain} blame us"
        return Decision(Effect.PAUSED, f"Our fault: {who}; it is left alone for a while.", domain)
    return Decision(Effect.BLAMED, "Our fault, not the reader's: it needs you.")


def _strike(report: StoredReport, standing: Standing, terms: FeedbackConfig) -> Decision:
    if not standing.is_there:
        return _nothing("the person is no subscriber any more")
    if standing.is_suppressed:
        return _nothing("the address is on the do-not-mail record already")
    # Several that arrived since then show that the address works again.
    before = () if standing.good_since >= terms.good_after else tuple(standing.strikes)
    same = [item for item in before if item.issue_id == report.issue_id]
    if any(item.kind in {report.kind, Kind.PERMANENT} for item in same):
        return _nothing("that this mail failed counts already")
    strikes = (*before, Strike(report.at, report.kind, report.issue_id))
    # As of its arrival: it must not count less because it was looked at late.
    points = score(strikes, terms, report.at)
    days = len({item.at.date() for item in strikes})
    told = f"{points:.1f} of {terms.suppress_at} points, from {days} day{'s' * (days != 1)}"
    if round(points, 3) < terms.suppress_at:
        return Decision(Effect.COUNTED, f"It counts: {told}.")
    if standing.good_issues >= terms.good_after and days <= terms.probes:
        return Decision(
            Effect.SPARED,
            f"{told}, but {standing.good_issues} issues arrived before: the next one is the trial.",
        )
    return Decision(Effect.SUPPRESSED, f"The address is given up: {told}.")


def score(strikes: Sequence[Strike], terms: FeedbackConfig, now: datetime) -> float:
    """Return the points against an address: the most of each day (UTC), halved with time."""
    worst: dict[date, float] = {}
    for item in strikes:
        is_permanent = item.kind == Kind.PERMANENT
        points = terms.permanent_points if is_permanent else terms.transient_points
        age = max((now - item.at) / terms.halve_after, 0.0)
        day = item.at.date()
        worst[day] = max(worst.get(day, 0.0), points * 0.5**age)
    return sum(worst.values())
