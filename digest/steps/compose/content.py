"""Content: what was chosen becomes what templates and tables are given. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from digest.model import Article, IssueContent, Section
from digest.selection import IssuePlan
from digest.store.issues import Placed


def content_of(plan: IssuePlan, loaded: Sequence[Article]) -> IssueContent:
    """Return the articles of *plan*, all of which are among those *loaded*, in their roles."""
    by_number = {article.sequence: article for article in loaded}
    return IssueContent(
        lead=by_number[plan.lead.sequence] if plan.lead else None,
        sections=tuple(
            Section(title, tuple(by_number[item.sequence] for item in items))
            for title, items in plan.sections
        ),
        more=tuple(by_number[item.sequence] for item in plan.more),
        corrections=tuple(article for article in loaded if article.correction),
    )


def placed_of(plan: IssuePlan, loaded: Sequence[Article]) -> list[Placed]:
    """Return where each article of *plan* stands, in the revision that was loaded."""
    roles: Mapping[int, str] = {
        **{item.sequence: "more" for item in plan.more},
        **({plan.lead.sequence: "lead"} if plan.lead else {}),
    }
    return [
        Placed(article.sequence, article.revision, position, roles.get(article.sequence, "section"))
        for position, article in enumerate(loaded, start=1)
    ]
