"""By what articles are known: their names, and which of their revisions counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, select

from digest.store.engine import Transaction
from digest.store.schema import aliases, articles, revisions


@dataclass(frozen=True, slots=True)
class Known:
    """What the store knows of an article's identity and newest revision."""

    sequence: int
    uid: str
    source: str
    path: str
    slug: str
    revision: int
    digest: str
    published_at: datetime
    updated_at: datetime
    withdrawn_at: datetime | None
    withdrawn_reason: str
    aliases: frozenset[str]


@dataclass(frozen=True, slots=True)
class Names:
    """What files may make their articles be called."""

    keys: set[str] = field(default_factory=set)
    slugs: set[str] = field(default_factory=set)
    uids: set[str] = field(default_factory=set)


def known(tx: Transaction, source: str | None = None) -> list[Known]:
    """Return the identity of every article (of *source*), by first sight."""
    query = _identities()
    if source is not None:
        query = query.where(articles.c.source == source)
    return _known(tx, query, select(aliases.c.key, aliases.c.article_id))


def related(tx: Transaction, source: str, paths: Iterable[str], names: Names) -> list[Known]:
    """Return the identity of every article that files at *paths* of *source* may have to do with.

    Those that are at one of the paths, or have one of *names*: what deciding about these files
    needs to know, however many other articles there are.
    """
    here = and_(articles.c.source == source, articles.c.path.in_(sorted(paths)))
    called = (articles.c.slug.in_(sorted(names.slugs)), articles.c.uid.in_(sorted(names.uids)))
    wanted: set[int] = set()
    for condition in (here, *called):
        wanted.update(tx.execute(select(articles.c.id).where(condition)).scalars())
    by_key = select(aliases.c.article_id).where(aliases.c.key.in_(sorted(names.keys)))
    wanted.update(tx.execute(by_key).scalars())
    return _known(
        tx,
        _identities().where(articles.c.id.in_(sorted(wanted))),
        select(aliases.c.key, aliases.c.article_id).where(aliases.c.article_id.in_(sorted(wanted))),
    )


def _identities() -> Select[Any]:
    return (
        select(articles, revisions.c.digest, revisions.c.published_at, revisions.c.updated_at)
        .join(
            revisions,
            and_(
                revisions.c.article_id == articles.c.id,
                revisions.c.revision == articles.c.revision,
            ),
        )
        .order_by(articles.c.id)
    )


def _known(tx: Transaction, query: Select[Any], of_aliases: Select[Any]) -> list[Known]:
    keys: dict[int, set[str]] = {}
    for key, sequence in tx.execute(of_aliases):
        keys.setdefault(sequence, set()).add(key)
    return [
        Known(
            sequence=row.id,
            uid=row.uid,
            source=row.source,
            path=row.path,
            slug=row.slug or "",
            revision=row.revision,
            digest=row.digest,
            published_at=row.published_at,
            updated_at=row.updated_at,
            withdrawn_at=row.withdrawn_at,
            withdrawn_reason=row.withdrawn_reason,
            aliases=frozenset(keys.get(row.id, ())),
        )
        for row in tx.execute(query)
    ]
