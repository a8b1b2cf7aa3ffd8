"""What a drill showed: one line for each address, with all that happened to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from digest.mail.drill import Offered
from digest.mail.outcome import outcome_of
from digest.mail.replies import Break, Fault, Reply, ReplyParser, Result


@dataclass(frozen=True, slots=True)
class Happening:
    """One attempt, or one report that came in."""

    at: datetime
    what: Literal["attempt", "report"]
    said: str
    """What the server answered, or what the report says."""

    kind: str
    """Its class, like ``permanent``; of what is no failure, its sort."""

    scope: str
    """Whom it concerns; empty for what is no failure."""

    effect: str
    """What became of the delivery, or what followed from the report."""

    explanation: str


@dataclass(frozen=True, slots=True)
class Course:
    """What happened to one address."""

    scenario: str
    story: str
    email: str
    deliveries: Mapping[str, int]
    """How many deliveries ended in each state."""

    attempts: int
    arrived: int
    """How many messages the receiving side has; one that came twice counts twice."""

    points: float
    """The most that counted against the address."""

    standing: str
    """``subscribed``, ``unsubscribed``, or ``on the do-not-mail record``."""

    reason: str
    """Why it is on the record; empty if it is not."""

    happenings: tuple[Happening, ...]
    """In order of time."""


@dataclass(frozen=True, slots=True)
class Raised:
    """An alert that the drill raised."""

    key: str
    text: str
    at: datetime
    cleared_at: datetime | None


@dataclass(frozen=True, slots=True)
class DrillResult:
    """What the whole drill showed."""

    briefing: str
    began_at: datetime
    ended_at: datetime
    """On the drill's own clock, which runs ahead."""

    issues: int
    courses: tuple[Course, ...]
    alerts: tuple[Raised, ...]
    advice: tuple[str, ...]
    """What the settings lack, so that reports cannot have the effect that they should."""


def attempt_of(offered: Offered) -> Happening:
    """Return what the sender makes of the answer that a message got."""
    answer = offered.answer
    if answer.reply:
        result = Result(answer.stage, _read(answer.reply))
    else:
        result = Result(answer.stage, cause=Break(Fault.EOF))
    outcome = outcome_of(result)
    is_taken = result.accepted
    return Happening(
        at=offered.attempt.at,
        what="attempt",
        said=answer.reply or "(hung up without a reply)",
        kind=str(outcome.kind),
        scope="" if is_taken else str(outcome.scope),
        effect=str(outcome.state),
        explanation=outcome.reason,
    )


def _read(text: str) -> Reply:
    (reply,) = ReplyParser().feed(text.encode() + b"\r\n")
    return reply
