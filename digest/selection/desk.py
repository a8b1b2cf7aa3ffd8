"""The desk: all that selecting for an issue takes into account beside articles and settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What an editor wants of the next issue. Sequence numbers throughout."""

    lead: int | None = None
    """The article that leads; ``None``: as the settings say."""

    first: tuple[int, ...] = ()
    """Articles that are in before all others, in this order."""

    held: frozenset[int] = frozenset()
    """Articles that wait for the issue after the next one."""

    dropped: frozenset[int] = frozenset()
    """Articles that are never in this briefing."""

    introduction: str = ""
    """Plain text above the issue; paragraphs are parted by empty lines."""

    subject: str = ""
    """What the issue is called; empty: as the settings say."""

    @property
    def placed(self) -> tuple[int, ...]:
        """Articles that are in whatever the settings say, the lead before the others."""
        lead = () if self.lead is None else (self.lead,)
        return (*lead, *(item for item in self.first if item != self.lead))

    @property
    def is_empty(self) -> bool:
        """Whether the next issue is left to the settings."""
        return self == Arrangement(dropped=self.dropped)


@dataclass(frozen=True, slots=True)
class Desk:
    """What is known when an issue is made."""

    arrangement: Arrangement = field(default_factory=Arrangement)
    waits: Mapping[int, int] = field(default_factory=dict)
    """Sequence number → for how many issues the article has waited for room."""

    stories: tuple[tuple[int, ...], ...] = ()
    """Articles that tell the same story; see :func:`digest.similarity.same_stories`."""

    wanted: frozenset[str] | None = None
    """Case-folded topics that any reader chose; ``None``: somebody wants all."""
