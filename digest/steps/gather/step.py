"""Taking over what a document of a source names: read what is known, have it decided, write."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from digest.config import Config
from digest.errors import NotFoundError
from digest.model.upstream import Arrival
from digest.steps.gather.decide import TAKEN_BACK, Decided, Place, Verdict, decide, keys_of
from digest.steps.gather.drafts import from_json, keys_in, to_json
from digest.steps.gather.rules import Rules
from digest.store import articles as stored
from digest.store import revisions, sources
from digest.store.articles import Known
from digest.store.engine import Store, Transaction
from digest.store.identities import Names
from digest.store.sources import Fate, Record
from digest.syndication import identity


@dataclass(frozen=True, slots=True)
class GatherResult:
    """What taking over one document did."""

    source: str
    added: tuple[str, ...] = ()
    """Slugs of articles seen for the first time."""

    updated: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()
    unchanged: int = 0
    left_out: int = 0
    """By the rules, or because another source has them."""

    waiting: int = 0
    """For somebody to let them in, those of before not counted."""

    backfilled: int = 0
    """Of those added, how many were old already and are not mailed."""

    @property
    def is_news(self) -> bool:
        """Whether anything that is published has changed."""
        return bool(self.added or self.updated or self.withdrawn)


def place_of(config: Config, source: str, *, title: str = "", is_first: bool = False) -> Place:
    """Return what deciding needs of the settings of *source*.

    Args:
        config: The settings.
        source: Its name in them.
        title: What it calls itself, for want of one in the settings.
        is_first: Whether nothing was read of it before.
    """
    settings = config.sources[source]
    return Place(
        source=source,
        title=settings.title or title or source,
        language=settings.language or config.publication.language,
        topics=settings.topics,
        publication_id=config.publication.id,
        rules=Rules.of(settings),
        max_articles=settings.max_articles,
        review=settings.review,
        backfill=settings.backfill,
        is_first=is_first,
        is_ours=settings.kind == "push",
        article_base=f"{config.web.url}articles/" if settings.kind == "push" else "",
    )


def gather(
    store: Store,
    place: Place,
    arrivals: Sequence[Arrival],
    *,
    now: datetime,
    deleted: Collection[str] = (),
    admitted: Collection[str] = (),
) -> GatherResult:
    """Take over what a document names, in one transaction.

    Args:
        store: Where articles are kept.
        place: The source and its settings.
        arrivals: What the document names.
        now: The time of first sight of what is new.
        deleted: Guids that it takes back.
        admitted: Keys of articles that somebody lets in now.

    Raises:
        StoreError: if the store cannot be written; nothing is changed.
    """
    keys = keys_of(place.source, arrivals, is_ours=place.is_ours)
    with store.write() as tx:
        decided = decided_in(tx, place, arrivals, keys, now, deleted, admitted)
        return write_in(tx, place, decided, now)


def admit(
    store: Store, config: Config, source: str, keys: Collection[str], now: datetime
) -> GatherResult:
    """Let in the articles of *source* that wait under *keys*; they are news from now on.

    Raises:
        NotFoundError: if one of them does not wait; nothing is changed.
    """
    with store.write() as tx:
        state = sources.state(tx, source)
        records = _waiting(tx, source, keys)
        drafts = [record.draft or {} for record in records]
        arrivals, own = [from_json(draft) for draft in drafts], [keys_in(d) for d in drafts]
        place = place_of(config, source, title=state.title if state else "")
        decided = decided_in(
            tx, place, arrivals, own, now, (), [key for item in own for key in item]
        )
        # Whoever lets an article in wants it mailed, however long it has waited.
        decided.verdicts = [_as_news(verdict) for verdict in decided.verdicts]
        result = write_in(tx, place, decided, now)
        stale = {record.key for record in records} - {item.key for item in decided.verdicts}
        sources.put_records(
            tx,
            [
                replace(record, fate=Fate.USED, draft=None)
                for record in records
                if record.key in stale
            ],
        )
        return result


def refuse(store: Store, source: str, keys: Collection[str], reason: str, now: datetime) -> int:
    """Keep out the articles of *source* that wait under *keys*. Return how many.

    Raises:
        NotFoundError: if one of them does not wait; nothing is changed.
    """
    with store.write() as tx:
        records = _waiting(tx, source, keys)
        changed = [
            replace(record, fate=Fate.REFUSED, reason=reason, draft=None, seen_at=now)
            for record in records
        ]
        sources.put_records(tx, changed)
        return len(changed)


def _waiting(tx: Transaction, source: str, keys: Collection[str]) -> list[Record]:
    found = {record.key: record for record in sources.waiting(tx, source)}
    for key in keys:
        if key not in found:
            raise NotFoundError(f"article of {source} that waits as", key)
    return [found[key] for key in dict.fromkeys(keys)]


def _as_news(verdict: Verdict) -> Verdict:
    if verdict.article is None or not verdict.article.is_backfill:
        return verdict
    return replace(verdict, article=replace(verdict.article, is_backfill=False))


def decided_in(
    tx: Transaction,
    place: Place,
    arrivals: Sequence[Arrival],
    keys: Sequence[tuple[str, ...]],
    now: datetime,
    deleted: Collection[str],
    admitted: Collection[str],
) -> Decided:
    """Return what is to be written for *arrivals*, by what *tx* sees."""
    found, by_key = known_articles(tx, place.source, arrivals, keys, deleted)
    return decide(
        arrivals,
        keys,
        by_key,
        recorded(tx, place.source, keys),
        {item.slug for item in found if item.slug},
        place,
        now=now,
        deleted=deleted,
        admitted=admitted,
    )


def recorded(tx: Transaction, source: str, keys: Sequence[tuple[str, ...]]) -> dict[str, Record]:
    """Return what became before of what has one of *keys*, by key.

    What waits is found by its address and title too, should its feed call it otherwise meanwhile.
    """
    found = {
        key: record
        for record in sources.waiting(tx, source)
        for key in keys_in(record.draft or {})
        if key.startswith("named:")
    }
    return found | sources.records(tx, source, [key for own in keys for key in own])


def known_articles(
    tx: Transaction,
    source: str,
    arrivals: Sequence[Arrival],
    keys: Sequence[tuple[str, ...]],
    deleted: Collection[str],
) -> tuple[list[Known], dict[str, Known]]:
    """Return all articles that deciding about *arrivals* has to know, and those known by a key.

    Args:
        tx: The transaction.
        source: Whose arrivals they are.
        arrivals: What it names.
        keys: Of each of them.
        deleted: Guids that it takes back.
    """
    every_key = {key for own in keys for key in own}
    every_key |= {identity.guid_key(source, guid) for guid in deleted}
    wishes = {arrival.draft.slug for arrival in arrivals}
    found = stored.related(tx, source, [], Names(keys=every_key, slugs=wishes))
    return found, {key: item for item in found for key in item.aliases if key in every_key}


def write_in(tx: Transaction, place: Place, decided: Decided, now: datetime) -> GatherResult:
    """Write what was decided within the same transaction. Return what that did."""
    verdicts = decided.verdicts
    names = _Names(set(decided.known_keys))
    new = [(item, item.article) for item in verdicts if item.article and item.known is None]
    items = [
        revisions.New(article, article.uid.rpartition("/")[2], item.digest, names.new(item.keys))
        for item, article in new
    ]
    numbers = {
        item.key: number
        for (item, _), number in zip(new, revisions.add_all(tx, items, seen_at=now), strict=True)
    }
    for item in verdicts:
        if item.known is not None and item.known.source == place.source:
            _write_known(tx, item, item.known, names, now)
    for known in decided.taken_back:
        stored.withdraw(tx, known.sequence, now, TAKEN_BACK)
    records = [_record(place, item, numbers.get(item.key), now) for item in verdicts]
    news = [r for r, item in zip(records, verdicts, strict=True) if r != item.record]
    sources.put_records(tx, news)
    return _result(place, decided)


@dataclass(slots=True)
class _Names:
    """The keys that articles are known by: each belongs to one of them."""

    taken: set[str]

    def new(self, keys: Iterable[str]) -> list[str]:
        """Return those of *keys* that nothing is known by yet; they are taken from now on."""
        found = [key for key in keys if key not in self.taken]
        self.taken.update(found)
        return found


def _write_known(
    tx: Transaction, item: Verdict, known: Known, names: _Names, now: datetime
) -> None:
    if item.article is not None and item.digest != known.digest:
        revisions.revise(tx, known.sequence, item.article, digest=item.digest, seen_at=now)
    if item.is_back:
        stored.withdraw(tx, known.sequence, None, "")
    revisions.add_aliases(tx, known.sequence, names.new(item.keys))


def _record(place: Place, item: Verdict, number: int | None, now: datetime) -> Record:
    sequence = item.known.sequence if item.known else number
    before = item.record
    return Record(
        source=place.source,
        key=item.key,
        seen_at=before.seen_at if before else now,
        fate=item.fate,
        reason=item.reason,
        title=item.arrival.draft.title,
        url=item.arrival.draft.url,
        sequence=sequence,
        draft=to_json(item.arrival, item.keys) if item.fate is Fate.WAITING else None,
    )


def _result(place: Place, decided: Decided) -> GatherResult:
    verdicts = decided.verdicts
    new = [item.article for item in verdicts if item.article and item.known is None]
    updated = [item.article for item in verdicts if item.article and item.known]
    fates = [item.fate for item in verdicts]
    waits = [
        item.fate is Fate.WAITING
        and not (item.record is not None and item.record.fate is Fate.WAITING)
        for item in verdicts
    ]
    left_out = (Fate.LEFT_OUT, Fate.ELSEWHERE, Fate.REFUSED)
    return GatherResult(
        source=place.source,
        added=tuple(article.slug for article in new),
        updated=tuple(article.slug for article in updated),
        withdrawn=tuple(known.slug for known in decided.taken_back),
        unchanged=fates.count(Fate.USED) - len(new) - len(updated),
        left_out=sum(fates.count(fate) for fate in left_out),
        waiting=sum(waits),
        backfilled=sum(article.is_backfill for article in new),
    )
