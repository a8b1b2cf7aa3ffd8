"""Says, from the sink's own log, whether anybody was lost or written to twice without need.

Pure: lines, names and states in, a verdict out. The sink writes a line before it answers, so what
stands there is what a mail server would have had to deliver. The database is believed in nothing:
what it says is compared with the log.

Repeats are told apart by the connection. A sender may repeat a message whose answer it cannot have
kept: the last one on a connection that ended without QUIT, once for each connection and crash
(reliability.md R4). It may repeat what was never answered (R9). Anything else is a defect.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

LEAVING_SECONDS = 1.0
"""No message begins later than this after its reader's wish to leave was committed."""

_OPEN = frozenset({"queued", "claimed", "deferred", "uncertain"})


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that the sink had whole."""

    at: float
    begun_at: float
    """When the first of its body came; the same clock as all times."""

    connection: int
    recipient: str
    message_id: str
    sha256: str
    answer: str
    """What the sink is about to say; empty: nothing."""


@dataclass(frozen=True, slots=True)
class Log:
    """What the sink saw."""

    taken: tuple[Taken, ...] = ()
    """In the order of arrival."""

    refused: Mapping[str, str] = field(default_factory=dict)
    """Recipient to the reply that said no for good."""

    ended: Mapping[int, str] = field(default_factory=dict)
    """Connection to how it ended: ``quit``, ``gone`` (the client vanished), ``sink`` (by us)."""

    begun: tuple[float, ...] = ()
    """When each connection was opened."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a run came to."""

    candidates: int
    taken: int
    """Messages, repeats included."""

    open: int
    """Deliveries that still wait: not lost, and not done."""

    crash_repeats: int
    silence_repeats: int
    """Repeats that the sink caused by not answering."""

    bound: int
    """How many repeats by crashes are allowed."""

    lost: tuple[str, ...] = ()
    needless: tuple[str, ...] = ()
    """Who was written to again for no reason that is allowed."""

    altered: tuple[str, ...] = ()
    """Whose repeat had another Message-ID or other bytes."""

    late: tuple[str, ...] = ()
    """Who was written to although gone for longer than allowed."""

    strangers: tuple[str, ...] = ()
    """Who was written to and is no candidate."""

    shared_ids: tuple[str, ...] = ()
    """Message-IDs that several recipients got."""

    @property
    def faults(self) -> tuple[str, ...]:
        """Return what is wrong, a sentence each; empty when the run was as promised."""
        lists = {
            "lost": self.lost,
            "written to again without need": self.needless,
            "sent again with another Message-ID or other bytes": self.altered,
            "written to after they left": self.late,
            "written to and no candidates": self.strangers,
            "Message-IDs used for several recipients": self.shared_ids,
        }
        found = [f"{len(who)} {what}: {', '.join(who[:5])}" for what, who in lists.items() if who]
        if self.crash_repeats > self.bound:
            found.append(f"{self.crash_repeats} repeats by crashes, at most {self.bound} may be")
        return tuple(found)

    def __str__(self) -> str:
        """Return the numbers in one line."""
        return (
            f"{self.candidates} candidates, {self.taken} messages, {len(self.lost)} lost, "
            f"{self.crash_repeats} repeated by crashes (at most {self.bound}), "
            f"{self.silence_repeats} for want of an answer, {len(self.needless)} without need, "
            f"{self.open} open"
        )


def read_log(lines: Iterable[str]) -> Log:
    """Return what the lines of a sink's log say; a last line that is cut short is left out."""
    taken: list[Taken] = []
    refused: dict[str, str] = {}
    ended: dict[int, str] = {}
    begun: list[float] = []
    for line in lines:
        if not line.endswith("\n"):
            break
        entry = json.loads(line)
        match entry.pop("event"):
            case "taken":
                taken.append(Taken(**entry))
            case "refused":
                refused[entry["recipient"]] = entry["reply"]
            case "opened":
                begun.append(entry["at"])
            case "ended":
                ended[entry["connection"]] = entry["how"]
    return Log(tuple(taken), refused, ended, tuple(begun))


def judge(
    log: Log,
    candidates: Collection[str],
    states: Mapping[str, str],
    *,
    crashes: int = 0,
    connections: int = 0,
    left: Mapping[str, float] | None = None,
    frozen: Collection[float] = (),
) -> Verdict:
    """Return the verdict on one issue.

    Args:
        log: What the sink saw.
        candidates: Who was to get the issue.
        states: Recipient to the state of its delivery, as the ledger has it.
        crashes: How often the sender was killed, or could not write down what it had sent.
        connections: How many connections it has at the most.
        left: Recipient to the time when the wish to leave was durable.
        frozen: When senders stood still for longer than their claims held. To the others that is a
            crash: the last message on a connection by then may be repeated by them.
    """
    left = left or {}
    by_recipient: dict[str, list[Taken]] = defaultdict(list)
    ids: dict[str, set[str]] = defaultdict(set)
    for entry in log.taken:
        by_recipient[entry.recipient].append(entry)
        ids[entry.message_id].add(entry.recipient)
    repeats, needless = _repeats(log, by_recipient, frozen)
    return Verdict(
        candidates=len(candidates),
        taken=len(log.taken),
        open=sum(1 for state in states.values() if state in _OPEN),
        crash_repeats=repeats["crash"],
        silence_repeats=repeats["silence"],
        bound=crashes * connections,
        lost=tuple(
            sorted(
                who
                for who in candidates
                if not _is_accounted_for(who, states.get(who, ""), log, by_recipient, left)
            )
        ),
        needless=tuple(sorted(needless)),
        altered=tuple(
            sorted(
                who
                for who, entries in by_recipient.items()
                if len({(entry.message_id, entry.sha256) for entry in entries}) > 1
            )
        ),
        late=tuple(
            sorted(
                {
                    entry.recipient
                    for entry in log.taken
                    if entry.begun_at > left.get(entry.recipient, float("inf")) + LEAVING_SECONDS
                }
            )
        ),
        strangers=tuple(sorted(set(by_recipient) - set(candidates))),
        shared_ids=tuple(sorted(own for own, who in ids.items() if len(who) > 1 or not own)),
    )


def _is_accounted_for(
    who: str,
    state: str,
    log: Log,
    by_recipient: Mapping[str, list[Taken]],
    left: Mapping[str, float],
) -> bool:
    """Return whether the log bears out what the ledger says of *who*."""
    if state == "accepted":
        return any(entry.answer.startswith("250") for entry in by_recipient.get(who, ()))
    if state == "refused":
        return who in log.refused
    if state == "suppressed":
        return who in left
    return state in _OPEN


def _repeats(
    log: Log, by_recipient: Mapping[str, list[Taken]], frozen: Collection[float]
) -> tuple[Counter[str], set[str]]:
    """Return how many repeats each reason explains, and who got one that none does."""
    last_on = {entry.connection: entry for entry in log.taken}
    last_before = [
        {entry.connection: entry for entry in log.taken if entry.begun_at < at} for at in frozen
    ]
    reasons: Counter[str] = Counter()
    needless = set()
    for who, entries in by_recipient.items():
        for earlier in entries[:-1]:
            how = log.ended.get(earlier.connection, "")
            if not earlier.answer:
                reasons["silence"] += 1
            elif any(last.get(earlier.connection) is earlier for last in last_before):
                reasons["crash"] += 1
            elif last_on[earlier.connection] is not earlier:
                needless.add(who)
            elif how == "sink":
                # Closed right behind the answer, which may have been lost on the way.
                reasons["silence"] += 1
            elif how == "gone":
                reasons["crash"] += 1
            else:
                needless.add(who)
    return reasons, needless
