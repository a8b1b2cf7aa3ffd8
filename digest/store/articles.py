"""Articles in the database: identity, revisions, the files they come from, and their media."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, delete, func, insert, select, tuple_, update

from digest.model import Article, Author, Enclosure, Episode, Image, Listed, Transcript
from digest.store.engine import Transaction
from digest.store.identities import Known, Names, known, related
from digest.store.revisions import New, add, add_aliases, add_all, note_change, revise
from digest.store.schema import articles, files, media, revisions

__all__ = [
    "FileRecord",
    "Known",
    "Media",
    "Names",
    "New",
    "add",
    "add_aliases",
    "add_all",
    "all_media",
    "count_published",
    "files_of",
    "forget_files",
    "known",
    "list_all",
    "list_some",
    "load",
    "load_frozen",
    "media_names",
    "place",
    "put_files",
    "put_media",
    "related",
    "revise",
    "sequences_of",
    "withdraw",
    "withdrawn_uids",
]

_BATCH = 500
"""Values in one ``IN``; both engines take more."""


@dataclass(frozen=True, slots=True)
class FileRecord:
    """What became of one file when it was last read."""

    path: str
    fingerprint: str
    sequence: int | None
    """The article it became; ``None`` when it could not become one."""

    problem: str = ""
    problem_line: int | None = None
    assets: tuple[str, ...] = ()
    """Paths of the files it names, found or not."""

    stamp: str = ""
    """By which it is known not to have changed, unopened; empty where that is not safe."""


@dataclass(frozen=True, slots=True)
class Media:
    """A picture or an enclosure that comes with an article."""

    name: str
    """Its file name in the published ``media/`` folder."""

    source: str
    path: str
    sha256: str
    length_bytes: int
    media_type: str
    width: int | None = None
    height: int | None = None


def place(tx: Transaction, sequence: int, *, path: str, slug: str | None) -> None:
    """Record where the article's file is now and what its slug is.

    ``None`` gives the slug of a withdrawn article free for another one.
    """
    tx.execute(update(articles).where(articles.c.id == sequence).values(path=path, slug=slug))


def withdraw(tx: Transaction, sequence: int, at: datetime | None, reason: str) -> None:
    """Mark the article withdrawn, or published again when *at* is ``None``."""
    tx.execute(
        update(articles)
        .where(articles.c.id == sequence)
        .values(withdrawn_at=at, withdrawn_reason=reason)
    )
    note_change(tx, sequence)


def list_all(tx: Transaction) -> list[Listed]:
    """Return every article without its content, by first sight."""
    return [_listed(row) for row in tx.execute(_listing().order_by(articles.c.id))]


def list_some(tx: Transaction, wanted: Sequence[int]) -> list[Listed]:
    """Return the articles with the numbers *wanted* without their content, by first sight."""
    found = []
    for start in range(0, len(wanted), _BATCH):
        query = _listing().where(articles.c.id.in_(wanted[start : start + _BATCH]))
        found += [_listed(row) for row in tx.execute(query)]
    return sorted(found, key=lambda article: article.sequence)


def count_published(tx: Transaction) -> int:
    """Return how many articles are not withdrawn, those under embargo included."""
    query = select(func.count()).select_from(articles).where(articles.c.withdrawn_at.is_(None))
    return int(tx.execute(query).scalar_one())


def withdrawn_uids(tx: Transaction) -> frozenset[str]:
    """Return the uids of the articles that are withdrawn."""
    query = select(articles.c.uid).where(articles.c.withdrawn_at.is_not(None))
    return frozenset(tx.execute(query).scalars())


def _listing() -> Any:  # noqa: ANN401 - an SQL expression
    return select(
        articles.c.id,
        articles.c.revision,
        articles.c.slug,
        articles.c.source,
        articles.c.first_seen_at,
        articles.c.withdrawn_at,
        articles.c.is_backfill,
        revisions.c.title,
        revisions.c.language,
        revisions.c.topics,
        revisions.c.authors,
        revisions.c.pinned,
        revisions.c.published_at,
        revisions.c.updated_at,
        revisions.c.correction,
    ).join(revisions, _current())


def _listed(row: Row[Any]) -> Listed:
    return Listed(
        sequence=row.id,
        revision=row.revision,
        slug=row.slug or "",
        source=row.source,
        title=row.title,
        language=row.language,
        topics=tuple(row.topics),
        pinned=row.pinned,
        published_at=row.published_at,
        updated_at=row.updated_at,
        first_seen_at=row.first_seen_at,
        withdrawn_at=row.withdrawn_at,
        correction=row.correction,
        authors=tuple(author["name"] for author in row.authors),
        is_backfill=row.is_backfill,
    )


def load(tx: Transaction, wanted: Sequence[int]) -> list[Article]:
    """Return the newest revisions of the articles with the numbers *wanted*, in that order."""
    found: dict[int, Article] = {}
    for start in range(0, len(wanted), _BATCH):
        query = _whole(_current()).where(articles.c.id.in_(wanted[start : start + _BATCH]))
        found.update((row.article_id, _article(row)) for row in tx.execute(query))
    return [found[sequence] for sequence in wanted if sequence in found]


def load_frozen(tx: Transaction, wanted: Sequence[tuple[int, int]]) -> list[Article]:
    """Return articles as they were: number and revision of each, in the order *wanted*."""
    found: dict[tuple[int, int], Article] = {}
    for start in range(0, len(wanted), _BATCH):
        keys = tuple_(revisions.c.article_id, revisions.c.revision)
        batch = wanted[start : start + _BATCH]
        # By pairs alone, SQLite reads every revision that there is.
        own = revisions.c.article_id.in_(sorted({sequence for sequence, _ in batch}))
        query = _whole(revisions.c.article_id == articles.c.id)
        for row in tx.execute(query.where(own, keys.in_(batch))):
            found[row.article_id, row.revision] = _article(row)
    return [found[key] for key in wanted if key in found]


def _whole(joined_by: Any) -> Any:  # noqa: ANN401 - SQL expressions
    return select(
        articles.c.uid,
        articles.c.source,
        articles.c.slug,
        articles.c.first_seen_at,
        articles.c.withdrawn_at,
        articles.c.withdrawn_reason,
        articles.c.is_backfill,
        revisions,
    ).join(revisions, joined_by)


def sequences_of(tx: Transaction, source: str, paths: Sequence[str]) -> dict[str, int]:
    """Return the numbers of the articles whose files are at *paths* of *source*, by path."""
    found: dict[str, int] = {}
    for start in range(0, len(paths), _BATCH):
        query = select(articles.c.path, articles.c.id).where(
            articles.c.source == source, articles.c.path.in_(paths[start : start + _BATCH])
        )
        found.update((row.path, row.id) for row in tx.execute(query))
    return found


def files_of(
    tx: Transaction, source: str, paths: Sequence[str] | None = None
) -> dict[str, FileRecord]:
    """Return what is known of each file of *source* (at one of *paths*, of which few), by path."""
    query = select(files).where(files.c.source == source)
    if paths is not None:
        query = query.where(files.c.path.in_(paths))
    return {
        row.path: FileRecord(
            row.path,
            row.fingerprint,
            row.article_id,
            row.problem,
            row.problem_line,
            tuple(row.assets),
            row.stamp,
        )
        for row in tx.execute(query)
    }


def put_files(tx: Transaction, source: str, records: Iterable[FileRecord]) -> None:
    """Record what became of files of *source*, in place of what was known of them."""
    rows = [
        {
            "source": source,
            "path": record.path,
            "fingerprint": record.fingerprint,
            "article_id": record.sequence,
            "problem": record.problem,
            "problem_line": record.problem_line,
            "assets": list(record.assets),
            "stamp": record.stamp,
        }
        for record in records
    ]
    forget_files(tx, source, [str(row["path"]) for row in rows])
    if rows:
        tx.execute(insert(files), rows)


def forget_files(tx: Transaction, source: str, paths: Sequence[str]) -> None:
    """Drop what is known of files that are gone."""
    for start in range(0, len(paths), _BATCH):
        tx.execute(
            delete(files).where(
                files.c.source == source, files.c.path.in_(paths[start : start + _BATCH])
            )
        )


def put_media(tx: Transaction, items: Mapping[str, Media]) -> None:
    """Remember media by name; what is known already stays."""
    names = sorted(items)
    have: set[str] = set()
    for start in range(0, len(names), _BATCH):
        have.update(
            tx.execute(
                select(media.c.name).where(media.c.name.in_(names[start : start + _BATCH]))
            ).scalars()
        )
    rows = [asdict(items[name]) for name in names if name not in have]
    if rows:
        tx.execute(insert(media), rows)


def media_names(tx: Transaction) -> set[str]:
    """Return the names of all media that articles brought along."""
    return set(tx.execute(select(media.c.name)).scalars())


def all_media(tx: Transaction) -> list[Media]:
    """Return all media that articles brought along."""
    return [Media(**row._mapping) for row in tx.execute(select(media).order_by(media.c.name))]  # noqa: SLF001 - SQLAlchemy's public name for a row as a mapping


def _current() -> Any:  # noqa: ANN401 - an SQL expression
    return and_(
        revisions.c.article_id == articles.c.id, revisions.c.revision == articles.c.revision
    )


def _article(row: Row[Any]) -> Article:
    return Article(
        uid=row.uid,
        slug=row.slug or "",
        title=row.title,
        url=row.url,
        summary=row.summary,
        content_html=row.content_html,
        content_text=row.content_text,
        published_at=row.published_at,
        updated_at=row.updated_at,
        source=row.source,
        origin=row.origin,
        language=row.language,
        authors=tuple(Author(**author) for author in row.authors),
        topics=tuple(row.topics),
        image=Image(**row.image) if row.image else None,
        enclosures=tuple(Enclosure(**enclosure) for enclosure in row.enclosures),
        episode=_episode(row.episode),
        pinned=row.pinned,
        correction=row.correction,
        withdrawn_at=row.withdrawn_at,
        withdrawn_reason=row.withdrawn_reason,
        sequence=row.article_id,
        revision=row.revision,
        first_seen_at=row.first_seen_at,
        is_backfill=row.is_backfill,
    )


def _episode(stored: dict[str, Any] | None) -> Episode | None:
    if stored is None:
        return None
    transcripts = tuple(Transcript(**transcript) for transcript in stored["transcripts"])
    return Episode(**{**stored, "transcripts": transcripts})
