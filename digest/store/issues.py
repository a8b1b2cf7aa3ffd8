"""Issues: frozen in one transaction, then only their state moves."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, String, cast, delete, func, insert, select, union, update

from digest.model import Cadence, Issue, IssueState
from digest.store import facts
from digest.store.engine import Transaction
from digest.store.schema import (
    articles,
    issue_absences,
    issue_articles,
    issues,
    mailed_articles,
    occurrences,
    revisions,
    variants,
)

ALSO = "also"
"""The role of an article that is named beside another one, which tells the same story."""


@dataclass(frozen=True, slots=True)
class NewIssue:
    """An issue about to be frozen."""

    briefing: str
    period: str
    subject: str
    composed_at: datetime
    expires_at: datetime
    relay: str
    key_id: str = ""
    cadence: Cadence = Cadence.EACH


@dataclass(frozen=True, slots=True)
class Placed:
    """An article in an issue, with its revision and role."""

    sequence: int
    revision: int
    position: int
    role: str


@dataclass(frozen=True, slots=True)
class Variant:
    """One finished message for all its readers."""

    name: str
    skeleton: bytes
    html: str
    text: str
    fitting: str = ""
    """What was left out so that mail programs show all of it; empty: nothing."""


@dataclass(frozen=True, slots=True)
class ArticleInIssue:
    """Where an article was mailed."""

    issue_id: int
    briefing: str
    number: int
    period: str
    role: str
    revision: int
    title: str
    sequence: int
    cadence: Cadence = Cadence.EACH
    """For whom the issue was."""


def next_number(tx: Transaction, briefing: str) -> int:
    """Return the number that the next issue of *briefing* gets."""
    query = select(func.coalesce(func.max(issues.c.number), 0)).where(issues.c.briefing == briefing)
    return int(tx.execute(query).scalar_one()) + 1


def add(tx: Transaction, new: NewIssue, number: int) -> int:
    """Write the issue's row. Return its id."""
    issue_id: int = tx.execute(
        insert(issues)
        .values(
            briefing=new.briefing,
            number=number,
            period=new.period,
            subject=new.subject,
            state=IssueState.COMPOSED,
            composed_at=new.composed_at,
            expires_at=new.expires_at,
            relay=new.relay,
            candidates=0,
            key_id=new.key_id,
            cadence=new.cadence,
        )
        .returning(issues.c.id)
    ).scalar_one()
    return issue_id


def add_articles(
    tx: Transaction,
    issue_id: int,
    briefing: str,
    placed: Iterable[Placed],
    cadence: Cadence = Cadence.EACH,
) -> None:
    """Write which revision of which article stands where in the issue.

    Raises:
        IntegrityError: if one of them was in an issue of the briefing and cadence before.
    """
    rows = [
        {
            "issue_id": issue_id,
            "briefing": briefing,
            "cadence": cadence,
            "article_id": item.sequence,
            "revision": item.revision,
            "position": item.position,
            "role": item.role,
        }
        for item in placed
    ]
    if rows:
        tx.execute(insert(issue_articles), rows)


def add_variant(tx: Transaction, issue_id: int, variant: Variant) -> int:
    """Write a finished message. Return its id."""
    variant_id: int = tx.execute(
        insert(variants)
        .values(
            issue_id=issue_id,
            name=variant.name,
            skeleton=variant.skeleton,
            html=variant.html,
            text=variant.text,
            fitting=variant.fitting,
        )
        .returning(variants.c.id)
    ).scalar_one()
    return variant_id


def add_absences(tx: Transaction, issue_id: int, absences: Mapping[str, int]) -> None:
    """Write for how many readers the issue was not frozen, by reason."""
    rows = [
        {"issue_id": issue_id, "reason": reason, "readers": readers}
        for reason, readers in absences.items()
    ]
    if rows:
        tx.execute(insert(issue_absences), rows)


def absences(tx: Transaction, issue_id: int) -> dict[str, int]:
    """Return for how many readers the issue was not frozen, by reason, the most first."""
    query = (
        select(issue_absences.c.reason, issue_absences.c.readers)
        .where(issue_absences.c.issue_id == issue_id)
        .order_by(issue_absences.c.readers.desc(), issue_absences.c.reason)
    )
    return {row.reason: row.readers for row in tx.execute(query)}


def set_candidates(tx: Transaction, issue_id: int, number: int) -> None:
    """Record how many deliveries were frozen."""
    tx.execute(update(issues).where(issues.c.id == issue_id).values(candidates=number))


def used_articles(
    tx: Transaction,
    briefing: str,
    cadence: Cadence = Cadence.EACH,
    until: datetime | None = None,
) -> set[int]:
    """Return the sequence numbers of all articles that issues of *briefing* and *cadence* have had.

    Also of issues that only the journal knows, since an older database was restored; and what the
    issues of the other cadence had up to the last time that nobody wanted one of this.

    Args:
        tx: An open transaction.
        briefing: Its name.
        cadence: For whom the issues were.
        until: Only of issues composed by then; ``None``: of all.
    """
    elsewhere = (
        select(articles.c.id)
        .join(mailed_articles, mailed_articles.c.uid == articles.c.uid)
        .where(mailed_articles.c.briefing == briefing, mailed_articles.c.cadence == cadence)
    )
    parts = [_in_issues(briefing, cadence, until), elsewhere]
    passed_at = _passed_at(tx, briefing, cadence, until)
    if passed_at is not None:
        (other,) = set(Cadence) - {cadence}
        parts.append(_in_issues(briefing, other, passed_at))
    return set(tx.execute(union(*parts)).scalars())


def _passed_at(
    tx: Transaction, briefing: str, cadence: Cadence, until: datetime | None
) -> datetime | None:
    query = select(func.max(occurrences.c.passed_at)).where(
        occurrences.c.briefing == briefing, occurrences.c.cadence == cadence
    )
    if until is not None:
        query = query.where(occurrences.c.passed_at <= until)
    found: datetime | None = tx.execute(query).scalar_one()
    return found


def _in_issues(briefing: str, cadence: Cadence, until: datetime | None) -> Select[Any]:
    query = select(issue_articles.c.article_id).where(
        issue_articles.c.briefing == briefing, issue_articles.c.cadence == cadence
    )
    if until is None:
        return query
    return query.join(issues, issues.c.id == issue_articles.c.issue_id).where(
        issues.c.composed_at <= until
    )


def moments(tx: Transaction, briefing: str) -> list[datetime]:
    """Return when :func:`used_articles` of *briefing* may have become another, oldest first."""
    composed = select(issues.c.composed_at).where(issues.c.briefing == briefing)
    passed = select(occurrences.c.passed_at).where(
        occurrences.c.briefing == briefing, occurrences.c.passed_at.is_not(None)
    )
    return sorted({*tx.execute(composed).scalars(), *tx.execute(passed).scalars()})


def articles_of(tx: Transaction, issue_id: int) -> list[ArticleInIssue]:
    """Return the issue's articles, in order, without those that :func:`also_in` returns."""
    query = _placements().where(
        issue_articles.c.issue_id == issue_id, issue_articles.c.role != ALSO
    )
    return [_placement(row) for row in tx.execute(query.order_by(issue_articles.c.position))]


def also_in(tx: Transaction, issue_id: int) -> list[ArticleInIssue]:
    """Return the articles that the issue only names beside others that tell the same story."""
    query = _placements().where(
        issue_articles.c.issue_id == issue_id, issue_articles.c.role == ALSO
    )
    order = (issue_articles.c.position, issue_articles.c.article_id)
    return [_placement(row) for row in tx.execute(query.order_by(*order))]


def issues_with(tx: Transaction, sequence: int) -> list[ArticleInIssue]:
    """Return where the article with that sequence number was mailed, oldest first."""
    query = _placements().where(issue_articles.c.article_id == sequence)
    return [_placement(row) for row in tx.execute(query.order_by(issues.c.id))]


def get(tx: Transaction, issue_id: int) -> Issue | None:
    """Return the issue with that id; ``None`` when there is none."""
    row = tx.execute(select(issues).where(issues.c.id == issue_id)).one_or_none()
    return issue_of(row) if row else None


def find(tx: Transaction, briefing: str, number: int) -> Issue | None:
    """Return number *number* of *briefing*; ``None`` when there is none."""
    query = select(issues).where(issues.c.briefing == briefing, issues.c.number == number)
    row = tx.execute(query).one_or_none()
    return issue_of(row) if row else None


def list_issues(tx: Transaction, briefing: str | None = None, limit: int = 50) -> list[Issue]:
    """Return the newest issues (of *briefing*), newest first."""
    query = select(issues).order_by(issues.c.id.desc()).limit(limit)
    if briefing is not None:
        query = query.where(issues.c.briefing == briefing)
    return [issue_of(row) for row in tx.execute(query)]


def in_states(tx: Transaction, states: Collection[IssueState]) -> list[Issue]:
    """Return the issues in one of *states*, oldest first."""
    query = select(issues).where(issues.c.state.in_([str(state) for state in states]))
    return [issue_of(row) for row in tx.execute(query.order_by(issues.c.id))]


def periods_of(tx: Transaction, briefing: str, prefix: str) -> set[str]:
    """Return the periods of *briefing*'s issues that begin with *prefix*."""
    query = select(issues.c.period).where(
        issues.c.briefing == briefing, issues.c.period.startswith(prefix, autoescape=True)
    )
    return set(tx.execute(query).scalars())


def variants_of(tx: Transaction, issue_id: int) -> dict[int, Variant]:
    """Return the issue's finished messages by their ids."""
    query = select(variants).where(variants.c.issue_id == issue_id).order_by(variants.c.id)
    return {
        row.id: Variant(row.name, row.skeleton, row.html, row.text, row.fitting)
        for row in tx.execute(query)
    }


def fittings_of(tx: Transaction, issue_id: int) -> dict[str, str]:
    """Return what was left out of each of the issue's finished messages, by their names.

    As :attr:`Variant.fitting` has it; the whole issue first.
    """
    query = select(variants.c.name, variants.c.fitting).where(variants.c.issue_id == issue_id)
    return {row.name: row.fitting for row in tx.execute(query.order_by(variants.c.id))}


def move(
    tx: Transaction,
    issue_id: int,
    to: IssueState,
    *,
    if_in: Collection[IssueState],
    finished_at: datetime | None = None,
) -> bool:
    """Put the issue into the state *to* if it is in one of *if_in*. Return whether it was."""
    done = tx.execute(
        update(issues)
        .where(issues.c.id == issue_id, issues.c.state.in_([str(state) for state in if_in]))
        .values(state=to, finished_at=finished_at)
    )
    if done.rowcount:
        facts.note_moved(tx, issue_id, to)
    return bool(done.rowcount)


def retire(tx: Transaction, issue_id: int) -> None:
    """Let another issue have the articles and the period of this one, which is never sent."""
    tx.execute(delete(issue_articles).where(issue_articles.c.issue_id == issue_id))
    tx.execute(update(occurrences).where(occurrences.c.issue_id == issue_id).values(issue_id=None))
    mark = "~" + cast(issues.c.number, String)
    tx.execute(update(issues).where(issues.c.id == issue_id).values(period=issues.c.period + mark))


def _placements() -> Any:  # noqa: ANN401 - an SQL expression
    return (
        select(
            issue_articles,
            issues.c.number,
            issues.c.period,
            revisions.c.title,
        )
        .join(issues, issues.c.id == issue_articles.c.issue_id)
        .join(articles, articles.c.id == issue_articles.c.article_id)
        .join(
            revisions,
            (revisions.c.article_id == issue_articles.c.article_id)
            & (revisions.c.revision == issue_articles.c.revision),
        )
    )


def _placement(row: Row[Any]) -> ArticleInIssue:
    return ArticleInIssue(
        issue_id=row.issue_id,
        briefing=row.briefing,
        number=row.number,
        period=row.period,
        role=row.role,
        revision=row.revision,
        title=row.title,
        sequence=row.article_id,
        cadence=Cadence(row.cadence),
    )


def issue_of(row: Row[Any]) -> Issue:
    """Return what a row of the table says."""
    return Issue(
        id=row.id,
        briefing=row.briefing,
        number=row.number,
        period=row.period,
        subject=row.subject,
        state=IssueState(row.state),
        composed_at=row.composed_at,
        expires_at=row.expires_at,
        finished_at=row.finished_at,
        relay=row.relay,
        candidates=row.candidates,
        key_id=row.key_id,
        cadence=Cadence(row.cadence),
    )
