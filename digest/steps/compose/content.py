"""Content: what was chosen becomes what templates and tables are given. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from digest.model import Article, IssueContent, Section
from digest.selection import IssuePlan
from digest.store.issues import ALSO, Placed


def content_of(plan: IssuePlan, loaded: Mapping[int, Article]) -> IssueContent:
    """Return the articles of *plan* in their roles; *loaded* has them all, by sequence number."""
    own = [loaded[item.sequence] for item in plan.articles]
    return IssueContent(
        lead=loaded[plan.lead.sequence] if plan.lead else None,
        sections=tuple(
            Section(title, tuple(loaded[item.sequence] for item in items))
            for title, items in plan.sections
        ),
        more=tuple(loaded[item.sequence] for item in plan.more),
        corrections=tuple(article for article in own if article.correction),
        also={
            loaded[number].uid: tuple(loaded[item.sequence] for item in others)
            for number, others in plan.beside.items()
        },
    )


def placed_of(plan: IssuePlan, loaded: Mapping[int, Article]) -> list[Placed]:
    """Return where each article of *plan* stands, in the revision that was loaded.

    Those that stand beside another one have its position.
    """
    roles: Mapping[int, str] = {
        **{item.sequence: "more" for item in plan.more},
        **({plan.lead.sequence: "lead"} if plan.lead else {}),
    }
    placed = []
    for position, item in enumerate(plan.articles, start=1):
        role = roles.get(item.sequence, "section")
        placed.append(Placed(item.sequence, loaded[item.sequence].revision, position, role))
        for other in plan.beside.get(item.sequence, ()):
            revision = loaded[other.sequence].revision
            placed.append(Placed(other.sequence, revision, position, ALSO))
    return placed
