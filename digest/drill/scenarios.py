"""What receiving sides do: the scripts of the drill, one for each invented reader. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from digest.drill import letters
from digest.drill.letters import Kept
from digest.mail.drill import TAKEN, Answer, Attempt, Script
from digest.mail.replies import Stage
from digest.mail.reports import Arrival

DOMAIN = "drill.invalid"

ReportOf = Callable[[Kept, datetime], Arrival]
"""Makes what comes back of a message, at that time."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One way in which a receiving side behaves."""

    name: str
    story: str
    """What it does, for people."""

    script: Callable[[datetime], Script]
    """Given when the drill began."""

    report: ReportOf | None = None
    """What comes back of each message that arrived; ``None``: nothing."""

    after: timedelta = timedelta(0)
    """How long after the message."""

    @property
    def email(self) -> str:
        """The invented reader; each is at a domain of its own."""
        return f"reader@{self.name}.{DOMAIN}"


def _takes(_: datetime) -> Script:
    return lambda _attempt: TAKEN


def _refuses(reply: str) -> Callable[[datetime], Script]:
    return lambda _: lambda _attempt: Answer(reply, Stage.RCPT)


def _refuses_at_first(reply: str, wait: timedelta) -> Callable[[datetime], Script]:
    """Refuse what a sender offers until *wait* after its first offer."""

    def script(attempt: Attempt) -> Answer:
        is_known = attempt.at - attempt.first_at >= wait
        return TAKEN if is_known else Answer(reply, Stage.RCPT, hangs_up=reply.startswith("421"))

    return lambda _: script


def _refuses_from(reply: str, since: timedelta) -> Callable[[datetime], Script]:
    """Take all until *since* after the beginning of the drill."""
    return lambda began: (
        lambda attempt: TAKEN if attempt.at < began + since else Answer(reply, Stage.RCPT)
    )


def _refuses_until(reply: str, end: timedelta) -> Callable[[datetime], Script]:
    """Refuse all until *end* after the beginning of the drill."""
    return lambda began: (
        lambda attempt: Answer(reply, Stage.RCPT) if attempt.at < began + end else TAKEN
    )


def _is_silent_once(began: datetime) -> Script:
    """Take the first message, and break off before saying so."""

    def script(attempt: Attempt) -> Answer:
        is_first = attempt.number == 1 and attempt.at < began + timedelta(hours=12)
        return Answer("") if is_first else TAKEN

    return script


SCENARIOS = (
    Scenario("fine", "takes everything", _takes),
    Scenario(
        "greylisting",
        "puts off each new sender for 10 minutes (451 4.7.1)",
        _refuses_at_first("451 4.7.1 Greylisted, please come back later", timedelta(minutes=10)),
    ),
    Scenario(
        "throttling",
        "finds us too fast for 20 minutes, and hangs up (421 4.7.28)",
        _refuses_at_first("421 4.7.28 Unusual rate of mail, slow down", timedelta(minutes=20)),
    ),
    Scenario(
        "full",
        "the mailbox is full for two and a half days (452 4.2.2)",
        _refuses_until("452 4.2.2 Mailbox full", timedelta(days=2, hours=12)),
    ),
    Scenario("unknown", "no such address (550 5.1.1)", _refuses("550 5.1.1 User unknown")),
    Scenario(
        "closed",
        "takes issues, and is closed after five days (550 5.1.1)",
        _refuses_from("550 5.1.1 User unknown", timedelta(days=4, hours=12)),
    ),
    Scenario(
        "vague",
        "refuses for a day, and does not say why (550)",
        _refuses_until("550 No", timedelta(days=1)),
    ),
    Scenario(
        "policy",
        "blocks our mail for a day, for reasons that are ours (550 5.7.1)",
        _refuses_until("550 5.7.1 Message refused by our policy", timedelta(days=1)),
    ),
    Scenario("silence", "takes the first one and breaks off without a reply", _is_silent_once),
    Scenario(
        "bounce",
        "takes it, and reports an hour later: no such address",
        _takes,
        partial(
            letters.failure,
            status="5.1.1",
            diagnostic="550 5.1.1 The account does not exist",
            action="failed",
        ),
        timedelta(hours=1),
    ),
    Scenario(
        "delay",
        "takes it, and reports four hours later that it is still trying",
        _takes,
        partial(
            letters.failure,
            status="4.4.1",
            diagnostic="451 4.4.1 No answer from host",
            action="delayed",
        ),
        timedelta(hours=4),
    ),
    Scenario(
        "complaint",
        'takes it; three hours later it was called "spam"',
        _takes,
        letters.complaint,
        timedelta(hours=3),
    ),
    Scenario(
        "vacation",
        "takes it, and says that its reader is away",
        _takes,
        letters.away,
        timedelta(minutes=1),
    ),
    Scenario(
        "leaving",
        "takes it; its reader unsubscribes by mail",
        _takes,
        letters.leave,
        timedelta(hours=2),
    ),
    Scenario(
        "reply",
        "takes it; its reader writes an answer",
        _takes,
        letters.answer,
        timedelta(hours=1),
    ),
)
"""In the order in which they are shown."""
