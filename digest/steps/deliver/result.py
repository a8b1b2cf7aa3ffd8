"""What a run of the step came to, issue by issue. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from digest.model import DeliveryState, Issue
from digest.store.deliveries import Ledger


@dataclass(frozen=True, slots=True)
class DeliverResult:
    """What one run did for one issue."""

    issue: Issue
    """As it stands now."""

    counts: Mapping[DeliveryState, int]
    """Results of this run."""

    ledger: Ledger
    """Where all of the issue's deliveries stand now."""

    next_attempt_at: datetime | None
    """When the earliest waiting delivery is due; ``None``: at once, or none is waiting."""

    trouble: str = ""
    """Why deliveries that are due were not attempted; empty when there is no such reason."""


def by_issue(results: Iterable[DeliverResult]) -> tuple[DeliverResult, ...]:
    """Return one result for each issue, of all its turns in a run: the oldest issue first."""
    found: dict[int, DeliverResult] = {}
    for result in results:
        before = found.get(result.issue.id)
        counts = Counter(result.counts) + Counter(before.counts if before else {})
        found[result.issue.id] = replace(result, counts=counts)
    return tuple(found[issue_id] for issue_id in sorted(found))
