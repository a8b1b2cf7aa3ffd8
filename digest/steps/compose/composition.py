"""Composition: an issue made ready, and what became of one that was due."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from digest.config import Config
from digest.mail.skeleton import Skeleton
from digest.model import Cadence, IssueContent
from digest.planning.variants import Sorting
from digest.rendering import RenderedMail, Renderer
from digest.rendering.fit import Fitting
from digest.selection import IssuePlan
from digest.store.issues import Placed
from digest.tokens import Keyring


@dataclass(frozen=True, slots=True)
class Press:
    """What issues are made with."""

    config: Config
    renderer: Renderer
    keyring: Keyring
    looks_at_links: bool = False
    """Whether somebody looks at an issue's links before it goes out."""


@dataclass(frozen=True, slots=True)
class Rendition:
    """An issue as some of its readers get it: one variant, not written yet."""

    name: str
    """What tells it from the issue's others."""

    subject: str
    plan: IssuePlan
    content: IssueContent
    mail: RenderedMail
    skeleton: Skeleton
    fitting: Fitting = field(default_factory=Fitting)
    """What it has not room for."""


@dataclass(frozen=True, slots=True)
class Composition:
    """An issue made ready, but not written."""

    briefing: str
    number: int
    key: str
    """Names the issue in Message-IDs and placeholders; never two issues have the same."""

    slot: str
    """What stands in the mail where each reader's own token comes."""

    plan: IssuePlan
    """Of the whole issue."""

    renditions: tuple[Rendition, ...]
    """One for each kind of :attr:`sorting`, in that order. The first is the whole issue: what the
    site shows."""

    placed: tuple[Placed, ...]
    """Where each article of the whole issue stands."""

    sorting: Sorting
    """Which reader gets which rendition."""

    targets: Mapping[int, str] = field(default_factory=dict)
    """Where the links lead that are counted, by sequence number; none: they are not."""

    cadence: Cadence = Cadence.EACH
    served: tuple[int, ...] = ()
    """Subscriptions that, with this issue, have all that they missed while they changed."""

    @property
    def main(self) -> Rendition:
        """The whole issue, as the site shows it."""
        return self.renditions[0]

    @property
    def subject(self) -> str:
        """The subject of the whole issue."""
        return self.main.subject

    @property
    def content(self) -> IssueContent:
        """The content of the whole issue."""
        return self.main.content

    @property
    def mail(self) -> RenderedMail:
        """The mail of the whole issue."""
        return self.main.mail

    @property
    def skeleton(self) -> Skeleton:
        """The message of the whole issue."""
        return self.main.skeleton


@dataclass(frozen=True, slots=True)
class ComposeResult:
    """What became of one due time."""

    briefing: str
    period: str
    issue_id: int | None
    """``None`` when nothing was composed."""

    number: int | None
    candidates: int
    """Deliveries that were frozen."""

    reason: str = ""
    """Why nothing was composed; empty when something was."""

    held: str = ""
    """Why the issue is held; empty when it is not."""
