"""Overview: what an operator looks at, as values of one moment. Reads only."""

from digest.steps.overview.growth import Growth, GrowthDay, growth_of
from digest.steps.overview.issues import (
    FAILED,
    IssueLine,
    Issues,
    IssueView,
    Ledgers,
    find_issue,
    fittings_of,
    issues_page,
    view_issue,
)

__all__ = [
    "FAILED",
    "Growth",
    "GrowthDay",
    "IssueLine",
    "IssueView",
    "Issues",
    "Ledgers",
    "find_issue",
    "fittings_of",
    "growth_of",
    "issues_page",
    "view_issue",
]
