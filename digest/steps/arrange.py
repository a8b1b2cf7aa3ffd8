"""Arrange: an editor says what the next issue of a briefing is to have, and what not."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from digest.config import Config
from digest.model import Listed, Placement
from digest.planning import article_called, read
from digest.selection import IssuePlan
from digest.store import articles as stored
from digest.store import editing
from digest.store.engine import Store, Transaction


@dataclass(frozen=True, slots=True)
class Wishes:
    """What an editor wants. Articles are named by slug, uid, or the path of their file."""

    lead: str = ""
    """Empty: as it is."""

    first: tuple[str, ...] = ()
    """In this order, before those that were placed earlier."""

    hold: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    release: tuple[str, ...] = ()
    """As if nobody had said anything of them."""

    introduction: str | None = None
    """Plain text; empty takes it away; ``None``: as it is."""

    subject: str | None = None
    """One line; empty leaves it to the settings; ``None``: as it is."""

    clear: bool = False
    """Forget first what was wanted of the next issue; what was dropped stays so."""

    @property
    def is_change(self) -> bool:
        """Whether anything is wanted."""
        return self != Wishes()


@dataclass(frozen=True, slots=True)
class Arranged:
    """The next issue as it stands with what an editor wants."""

    briefing: str
    plan: IssuePlan
    placed: tuple[tuple[Placement, Listed], ...]
    """What is wanted of single articles, in order."""

    introduction: str
    subject: str = ""
    """What an editor called it; empty: as the settings say."""


def arrange(store: Store, config: Config, name: str, wishes: Wishes, *, now: datetime) -> Arranged:
    """Do what an editor wants of the briefing's next issue, and return how it stands then.

    Raises:
        NotFoundError: if there is no such briefing or article; then nothing is changed.
    """
    config.briefing(name)
    if wishes.is_change:
        with store.write() as tx:
            _write(tx, config, name, wishes, now)
    with store.read() as tx:
        material = read(tx, config, name, now)
        listed = {item.sequence: item for item in material.listed}
        placed = tuple(
            (how, listed[number]) for number, how in editing.placements(tx, name).items()
        )
        return Arranged(
            name, material.plan, placed, editing.introduction(tx, name), editing.subject(tx, name)
        )


def _write(tx: Transaction, config: Config, name: str, wishes: Wishes, now: datetime) -> None:
    if wishes.clear:
        editing.clear(tx, name)
    placed = editing.placements(tx, name)
    wanted: list[tuple[Placement, Sequence[str]]] = [
        (Placement.LEAD, [wishes.lead] if wishes.lead else []),
        (Placement.FIRST, wishes.first),
        (Placement.HOLD, wishes.hold),
        (Placement.DROP, wishes.drop),
    ]
    new = {number: how for how, references in wanted for number in _numbers(tx, config, references)}
    gone = set(_numbers(tx, config, wishes.release))
    if wishes.lead:
        # There is one lead; the one before stays among the first.
        placed = {
            number: Placement.FIRST if how is Placement.LEAD else how
            for number, how in placed.items()
        }
    kept = {
        number: how for number, how in placed.items() if number not in new and number not in gone
    }
    editing.arrange(tx, name, {**new, **kept}, now)
    if wishes.introduction is not None:
        editing.introduce(tx, name, wishes.introduction.strip(), now)
    if wishes.subject is not None:
        editing.entitle(tx, name, " ".join(wishes.subject.split()), now)


def _numbers(tx: Transaction, config: Config, references: Collection[str]) -> list[int]:
    """Return the sequence numbers of the articles named; an error names close ones."""
    known = stored.known(tx) if references else []
    return [article_called(reference, known, config).sequence for reference in references]
