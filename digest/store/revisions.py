"""Writing articles down: those seen for the first time, and new revisions of known ones."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update

from digest.model import Article
from digest.store.engine import Transaction
from digest.store.schema import aliases, article_changes, articles, revisions

_BATCH = 500
"""Articles written at once: each of their texts is in memory twice meanwhile."""


@dataclass(frozen=True, slots=True)
class New:
    """An article seen for the first time."""

    article: Article
    path: str
    digest: str
    aliases: Collection[str] = ()
    """Keys by which it is known from now on; nothing is known by them yet."""


@dataclass(frozen=True, slots=True)
class Revision:
    """What an article said at one time, in short."""

    number: int
    seen_at: datetime
    title: str
    correction: str
    length: int
    """Characters of its text."""


def history(tx: Transaction, sequence: int) -> list[Revision]:
    """Return the article's revisions, the newest first."""
    query = (
        select(
            revisions.c.revision,
            revisions.c.seen_at,
            revisions.c.title,
            revisions.c.correction,
            func.length(revisions.c.content_text).label("length"),
        )
        .where(revisions.c.article_id == sequence)
        .order_by(revisions.c.revision.desc())
    )
    return [
        Revision(row.revision, row.seen_at, row.title, row.correction, row.length)
        for row in tx.execute(query)
    ]


def add(tx: Transaction, article: Article, *, path: str, digest: str, seen_at: datetime) -> int:
    """Write an article seen for the first time. Return its sequence number."""
    return add_all(tx, [New(article, path, digest)], seen_at=seen_at)[0]


def add_all(tx: Transaction, items: Sequence[New], *, seen_at: datetime) -> list[int]:
    """Write articles seen for the first time. Return their sequence numbers, rising."""
    sequences: list[int] = []
    for start in range(0, len(items), _BATCH):
        batch = items[start : start + _BATCH]
        added = tx.execute(
            insert(articles).returning(articles.c.id, sort_by_parameter_order=True),
            [
                {
                    "uid": item.article.uid,
                    "source": item.article.source,
                    "path": item.path,
                    "slug": item.article.slug,
                    "revision": 1,
                    "first_seen_at": seen_at,
                    "withdrawn_at": item.article.withdrawn_at,
                    "withdrawn_reason": item.article.withdrawn_reason,
                    "is_backfill": item.article.is_backfill,
                }
                for item in batch
            ],
        )
        numbers = list(added.scalars())
        pairs = list(zip(numbers, batch, strict=True))
        rows = [_revision(number, 1, new.article, new.digest, seen_at) for number, new in pairs]
        tx.execute(insert(revisions), rows)
        tx.execute(insert(article_changes), [{"article_id": number} for number in numbers])
        _add_aliases(tx, [(key, number) for number, new in pairs for key in sorted(new.aliases)])
        sequences += numbers
    return sequences


def revise(
    tx: Transaction, sequence: int, article: Article, *, digest: str, seen_at: datetime
) -> int:
    """Write a new revision of the article. Return the revision's number."""
    revision: int = tx.execute(
        update(articles)
        .where(articles.c.id == sequence)
        .values(revision=articles.c.revision + 1)
        .returning(articles.c.revision)
    ).scalar_one()
    tx.execute(insert(revisions), _revision(sequence, revision, article, digest, seen_at))
    note_change(tx, sequence)
    return revision


def add_aliases(tx: Transaction, sequence: int, keys: Iterable[str]) -> None:
    """Remember that the article is also known by *keys*, none of which is known yet."""
    _add_aliases(tx, [(key, sequence) for key in sorted(keys)])


def _add_aliases(tx: Transaction, pairs: Sequence[tuple[str, int]]) -> None:
    if pairs:
        tx.execute(insert(aliases), [{"key": key, "article_id": number} for key, number in pairs])


def note_change(tx: Transaction, sequence: int) -> None:
    """Have publishing look at the article; see :mod:`digest.store.feeds`."""
    tx.execute(insert(article_changes), {"article_id": sequence})


def _revision(
    sequence: int, revision: int, article: Article, digest: str, seen_at: datetime
) -> dict[str, Any]:
    return {
        "article_id": sequence,
        "revision": revision,
        "digest": digest,
        "seen_at": seen_at,
        "published_at": article.published_at,
        "updated_at": article.updated_at,
        "title": article.title,
        "url": article.url,
        "summary": article.summary,
        "content_html": article.content_html,
        "origin": article.origin,
        "content_text": article.content_text,
        "language": article.language,
        "pinned": article.pinned,
        "correction": article.correction,
        "topics": list(article.topics),
        "authors": [asdict(author) for author in article.authors],
        "enclosures": [asdict(enclosure) for enclosure in article.enclosures],
        "image": asdict(article.image) if article.image else None,
        "episode": asdict(article.episode) if article.episode else None,
    }
