"""Facts: what happened in the world that no restored backup may forget.

A message that was accepted stays accepted, and who left has left, whatever database is put back.
Each fact names people by a short hash and issues by what stands in their Message-IDs, never by row
numbers: those may be given out again.
"""

from __future__ import annotations

import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from digest.model.issues import DeliveryState, IssueState
from digest.model.readers import SubscriptionState

Cell: TypeAlias = str | int | float | bool | None
"""A value of a table's row as JSON has it."""


@dataclass(frozen=True, slots=True)
class IssueName:
    """Names one issue for ever, even if a restored backup counts a number twice."""

    briefing: str
    number: int
    composed_at: datetime


@dataclass(frozen=True, slots=True)
class Begun:
    """An issue began to be sent: all that is needed to have the very same issue again."""

    name: IssueName
    period: str
    due_at: datetime | None
    """Of its occurrence; ``None`` when it was composed by hand."""

    issue: Mapping[str, Cell]
    """Its row, by column."""

    variants: tuple[Mapping[str, Cell], ...]
    articles: tuple[Mapping[str, Cell], ...]
    """With ``uid`` instead of a row number."""

    kind: Literal["begun"] = "begun"


@dataclass(frozen=True, slots=True)
class Audience:
    """Some of those for whom the issue was frozen, and in which variant."""

    name: IssueName
    variant: str
    people: tuple[str, ...]
    """See :func:`short_hash`."""

    kind: Literal["audience"] = "audience"


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of the deliveries to some people."""

    name: IssueName
    state: DeliveryState
    people: tuple[str, ...]
    kind: Literal["settled"] = "settled"


@dataclass(frozen=True, slots=True)
class Moved:
    """An issue came into another state."""

    name: IssueName
    state: IssueState
    kind: Literal["moved"] = "moved"


@dataclass(frozen=True, slots=True)
class Consented:
    """A person's subscription to a briefing came into another state."""

    person: str
    briefing: str
    state: SubscriptionState
    at: datetime
    kind: Literal["consented"] = "consented"


@dataclass(frozen=True, slots=True)
class Suppressed:
    """An address came on the do-not-mail record: a complaint, a permanent bounce, the operator."""

    address_hash: str
    """In full: the record is kept by it."""

    at: datetime
    reason: str
    evidence: str
    kind: Literal["suppressed"] = "suppressed"


@dataclass(frozen=True, slots=True)
class Lifted:
    """An address came off the do-not-mail record."""

    address_hash: str
    kind: Literal["lifted"] = "lifted"


Fact: TypeAlias = Begun | Audience | Settled | Moved | Consented | Suppressed | Lifted


_TO_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def short_hash(address_hash: str) -> str:
    """Return the 20 characters by which facts know the person with that *address_hash*.

    120 bits: among a million people no two are alike but once in 10^24 publications.
    """
    digest = hashlib.sha256(address_hash.encode()).digest()
    return binascii.b2a_base64(digest[:15], newline=False).translate(_TO_URL_SAFE).decode("ascii")
