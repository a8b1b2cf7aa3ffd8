"""What the list of peers is made of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Peer:
    """A sender that can be measured."""

    name: str
    command: tuple[str, ...]
    messages: int
    """How many mails are enough to measure it."""

    has_header: bool = True
    """Whether its mails have List-Unsubscribe, with a token of each reader's own."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A sender that cannot."""

    name: str
    reason: str
