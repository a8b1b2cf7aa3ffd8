"""What an upstream feed says: its own hints, and articles as it states them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import timedelta

    from digest.model.articles import Draft


@dataclass(frozen=True, slots=True)
class Arrival:
    """An article as an upstream feed, a page, or a mail states it, before it has an identity."""

    draft: Draft
    """Sanitised; all its addresses are absolute. Its ``url`` is where the article lives."""

    guid: str = ""
    """What upstream calls it; empty when it calls it nothing."""

    is_summary: bool = False
    """Whether the content is only a summary of what stands at the address."""

    origin: str = ""
    """Who published it first, where upstream passes on what others wrote; empty otherwise."""

    origin_url: str = ""


@dataclass(frozen=True, slots=True)
class UpstreamFeed:
    """A feed of somebody else, read."""

    kind: str
    """Like ``RSS 2.0``, ``Atom 1.0``, ``RDF``, ``JSON Feed``."""

    title: str = ""
    site_url: str = ""
    """Where its pages are; empty when it does not say."""

    self_url: str = ""
    """Where it says it lives itself."""

    language: str = ""
    """BCP 47; empty when it does not say, or not right."""

    arrivals: tuple[Arrival, ...] = ()
    """In the order of the document; the first of several with one guid only."""

    deleted: frozenset[str] = frozenset()
    """Guids that it takes back (RFC 6721)."""

    hubs: tuple[str, ...] = ()
    """WebSub hubs, surest first."""

    ttl: timedelta | None = None
    """How long it says that it need not be asked again (``ttl``, ``sy:updatePeriod``)."""

    skip_hours: frozenset[int] = frozenset()
    """Hours of the day (UTC) in which it does not want to be asked."""

    skip_days: frozenset[int] = frozenset()
    """Days of the week in which it does not want to be asked; Monday is 0."""

    problems: tuple[str, ...] = field(default=())
    """What was wrong with it, though it could be read."""
