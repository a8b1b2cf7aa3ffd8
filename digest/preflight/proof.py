"""What preflight is given, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad a finding is."""

    ERROR = "error"  #: The issue is held.
    WARNING = "warning"  #: Somebody should know; the issue goes out.
    NOTE = "note"  #: Something could not be looked at.


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a rule found."""

    rule: str
    """The rule's key in ``[preflight]``."""

    text: str
    """What is wrong and what to do, one sentence."""

    level: Level = Level.WARNING

    where: str = ""
    """The variant or the slug of the article; empty: all of the issue."""

    def __str__(self) -> str:
        """Return the finding as one line: ``where: rule: text``."""
        return ": ".join(part for part in (self.where, self.rule, self.text) if part)


@dataclass(frozen=True, slots=True)
class Piece:
    """An article as preflight looks at it."""

    slug: str
    title: str
    url: str
    text: str = ""
    """Plain text of all of it, or the summary."""

    language: str = ""
    """BCP 47; empty when it is not known."""

    source: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """One variant of an issue, as its readers would get it."""

    subject: str
    html: str
    """Empty for a variant of plain text."""

    text: str
    message: bytes
    """The mail to a made-up reader, with values in all slots."""

    language: str
    """BCP 47, of all but the articles."""

    languages: tuple[str, ...] = ()
    """What else articles may be in."""

    pieces: tuple[Piece, ...] = ()
    """The articles, in reading order."""

    postal_address: str = ""
    """As the settings have it; lines are parted by line ends. Empty: there is none."""

    unsubscribe_token: str = ""
    """What stands in the slot of the made-up reader's token."""

    token_works: bool = True
    """Whether that token is taken for one that unsubscribes."""

    variant: str = ""
    """What tells it from the issue's other variants; empty when it is the only one."""
