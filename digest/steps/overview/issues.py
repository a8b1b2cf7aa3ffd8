"""Issues as operators look at them: a page of many, or one with all that became of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from digest.errors import NotFoundError
from digest.model import DeliveryState, Issue, IssueState, Occurrence, OccurrenceState
from digest.rendering.fit import Fitting
from digest.store import (
    browsing,
    clicks,
    deliveries,
    feedback,
    issues,
    occurrences,
    pacing,
    rates,
    releases,
    tallies,
)
from digest.store.browsing import FIRST, Mark, Page
from digest.store.deliveries import DeliveryRow, Ledger
from digest.store.engine import Store, Transaction
from digest.store.feedback import StoredReport
from digest.store.issues import ArticleInIssue
from digest.store.pacing import Pause
from digest.store.rates import Rate
from digest.store.releases import Noted, Release
from digest.store.tallies import CameBack, DomainTally

FAILED = tuple(
    state
    for state in DeliveryState
    if state not in {DeliveryState.ACCEPTED, DeliveryState.QUEUED, DeliveryState.CLAIMED}
)
"""What operators want to see one by one: all that was not simply taken, or waits its first turn."""

_ENDS = frozenset({IssueState.FINISHED, IssueState.CANCELLED})
_MOST_ENDED = 10_000
_SKIPPED = 5


class Ledgers:
    """Ledgers of issues. Those of issues that are over are counted once and remembered."""

    def __init__(self) -> None:
        """Remember nothing yet."""
        self._ended: dict[int, tuple[Issue, Ledger]] = {}

    def of(self, tx: Transaction, wanted: Collection[Issue]) -> dict[int, Ledger]:
        """Return where the deliveries of each of the *wanted* issues stand, by the issue's id."""
        known = {issue.id: self._ended.get(issue.id) for issue in wanted}
        # The whole issue is compared: a restored database may count a number twice.
        found = {key: ended[1] for key, ended in known.items() if ended and ended[0] in wanted}
        fresh = [issue for issue in wanted if issue.id not in found]
        counted = tallies.ledgers(tx, fresh)
        if len(self._ended) + len(counted) > _MOST_ENDED:
            self._ended.clear()
        for issue in fresh:
            if issue.state in _ENDS and not counted[issue.id].open:
                self._ended[issue.id] = issue, counted[issue.id]
        return found | counted


@dataclass(frozen=True, slots=True)
class IssueLine:
    """An issue in a list."""

    issue: Issue
    ledger: Ledger
    came_back: CameBack


@dataclass(frozen=True, slots=True)
class Issues:
    """A page of issues."""

    page: Page[IssueLine]
    skipped: tuple[Occurrence, ...]
    """Of late, due times that came to nothing, with the reason; the last ones first. On the first
    page of a list that is not narrowed to states."""


@dataclass(frozen=True, slots=True)
class IssueView:
    """One issue, with all that became of it."""

    issue: Issue
    articles: tuple[ArticleInIssue, ...]
    """In order, without those that are only named beside others."""

    ledger: Ledger
    reasons: tuple[tuple[DeliveryState, str, int], ...]
    """Why deliveries are not accepted, and how many, the most frequent first."""

    failed: Page[DeliveryRow]
    """Those in :data:`FAILED` states, or in the one that was asked for."""

    reported: Rate
    reports: tuple[StoredReport, ...]
    """What came back, newest first; replies while it was sent included."""

    pauses: tuple[Pause, ...]
    """Why it paused itself, the first time first."""

    clicks: Mapping[int, int] | None
    """How often each article was opened, by its sequence number; ``None``: not counted."""

    absences: Mapping[str, int]
    """For how many readers it was not frozen, by reason."""

    fittings: Mapping[str, Fitting]
    """What was left out of each variant, by its name."""

    release: Release | None
    findings: tuple[Noted, ...]
    """What preflight found."""

    domains: tuple[DomainTally, ...] = ()
    """The domains with the most mails; only where they are asked for."""


def issues_page(
    store: Store,
    ledgers: Ledgers,
    briefings: Collection[str],
    *,
    states: Collection[IssueState] = (),
    mark: Mark = FIRST,
    limit: int = 25,
) -> Issues:
    """Return a page of the issues of *briefings*: one of them, or all that the settings have.

    Issues of briefings that the settings have no more are in the list of all.
    """
    only = next(iter(briefings)) if len(briefings) == 1 else ""
    with store.read() as tx:
        page = browsing.page_of_issues(tx, only, states, mark=mark, limit=limit)
        counted = ledgers.of(tx, page.items)
        back = tallies.came_back(tx, [issue.id for issue in page.items])
        skipped = [
            item
            for name in (briefings if mark == FIRST and not states else ())
            for item in occurrences.recent(tx, name, limit)
            if item.state is OccurrenceState.SKIPPED
        ]
    lines = tuple(IssueLine(item, counted[item.id], back[item.id]) for item in page.items)
    skipped.sort(key=lambda item: item.due_at, reverse=True)
    return Issues(Page(lines, page.before, page.after), tuple(skipped[:_SKIPPED]))


def view_issue(
    tx: Transaction,
    issue: Issue,
    *,
    states: Collection[DeliveryState] = FAILED,
    mark: Mark = FIRST,
    limit: int = browsing.PAGE,
    with_domains: bool = False,
) -> IssueView:
    """Return all that became of *issue*.

    Args:
        tx: An open transaction.
        issue: Which one.
        states: Of which deliveries a page is wanted.
        mark: Which page.
        limit: How many of them, and of what came back.
        with_domains: Whether mails are counted by domain, which reads all of them.
    """
    return IssueView(
        issue=issue,
        articles=tuple(issues.articles_of(tx, issue.id)),
        ledger=deliveries.ledger(tx, issue.id),
        reasons=tuple(deliveries.reasons(tx, issue.id)),
        failed=browsing.page_of_deliveries(tx, issue.id, states, mark=mark, limit=limit),
        reported=rates.of_issue(tx, issue.id, f"{issue.briefing}/{issue.number}"),
        reports=tuple(feedback.list_reports(tx, issue_id=issue.id, limit=limit)),
        pauses=tuple(pacing.pauses_of(tx, issue.id)),
        clicks=clicks.counts_of(tx, issue.id),
        absences=issues.absences(tx, issue.id),
        fittings=fittings_of(tx, issue.id),
        release=releases.of(tx, issue.id),
        findings=tuple(releases.findings_of(tx, issue.id)),
        domains=tuple(tallies.by_domain(tx, issue.id)) if with_domains else (),
    )


def fittings_of(tx: Transaction, issue_id: int) -> dict[str, Fitting]:
    """Return what was left out of the issue's variants, by their names."""
    found = issues.fittings_of(tx, issue_id)
    return {name: Fitting.from_text(text) for name, text in found.items()}


def find_issue(tx: Transaction, reference: str) -> Issue:
    """Return the issue called *reference*, ``briefing/number``.

    Raises:
        NotFoundError: if there is none; it names the newest ones.
    """
    briefing, _, number = reference.rpartition("/")
    is_number = number.isascii() and number.isdecimal() and len(number) < 10  # noqa: PLR2004 - an INTEGER
    found = issues.find(tx, briefing, int(number)) if briefing and is_number else None
    if found is None:
        newest = issues.list_issues(tx, limit=5)
        raise NotFoundError("issue", reference, [f"{i.briefing}/{i.number}" for i in newest])
    return found
