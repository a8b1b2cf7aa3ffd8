"""The step itself: reads the folder and the store, has it decided, writes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from digest.config import Config
from digest.errors import Problem
from digest.model import FILE_REMOVED, Removal
from digest.steps.ingest.decide import Decided, Decision, Place, decide
from digest.steps.ingest.reading import (
    Progress,
    Reading,
    place_of,
    read_all,
    read_some,
    related_to,
)
from digest.store import articles as stored
from digest.store.articles import FileRecord, Known, Media, New
from digest.store.engine import Store, Transaction


@dataclass(frozen=True, slots=True)
class RemovedText:
    """Text that was left out of an article, so that nothing is lost in silence."""

    path: str
    removal: Removal


@dataclass(frozen=True, slots=True)
class IngestResult:
    """What ingesting one source did."""

    source: str
    added: tuple[str, ...] = ()
    """Slugs of articles seen for the first time."""

    updated: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()
    unchanged: int = 0
    """Files with the same content as last time."""

    problems: tuple[Problem, ...] = ()
    """Errors of all files, changed or not; warnings of those that were new or changed."""

    removals: tuple[RemovedText, ...] = ()
    """Of the files that were new or changed."""


def ingest(  # noqa: PLR0913 - where from, where to, and how much of it are its whole matter
    store: Store,
    config: Config,
    source: str,
    folder: Path,
    *,
    now: datetime,
    progress: Progress | None = None,
    accept_removals: bool = False,
    paths: Collection[str] | None = None,
) -> IngestResult:
    """Bring the store up to date with the files in *folder*.

    Files whose size, times, and number are as they were are not opened, unless they changed so
    lately that the next change could have the same time.

    Args:
        store: Where articles are kept.
        config: The settings.
        source: Name of the source in them.
        folder: The source's folder.
        now: The time of first sight of what is new.
        progress: Told of each file.
        accept_removals: Withdraw articles whose files are gone even if they are most of them.
        paths: Files of *folder* that are new or may have changed, where somebody watches it: the
            others are not looked at, unless these are not all there is to know (one is gone, or is
            a picture). ``None`` means that any may have.

    Raises:
        NotFoundError: if the folder does not exist; nothing is changed.
        StoreError: if the store cannot be written; nothing is changed.
    """
    place = place_of(config, source)
    reading = read_some(store, config, source, folder, paths, now) if paths is not None else None
    if reading is None:
        with store.read() as tx:
            records = stored.files_of(tx, source)
        reading = read_all(config, source, folder, records, now, progress)
    if not (reading.files or reading.unreadable or reading.stale):
        if reading.is_partial:
            return _result(source, reading, Decided())
        # As a rule nothing is gone either, and nobody has to wait for a look.
        with store.read() as tx:
            decided = _decided(tx, reading, place, now, accept_removals=accept_removals)
        if not decided.gone:
            _restamp(store, source, reading)
            return _result(source, reading, decided)
    with store.write() as tx:
        # Decided in here: another ingest (a daemon's, a command's) may have come in between.
        decided = _decided(tx, reading, place, now, accept_removals=accept_removals)
        _write(tx, source, decided, now)
        _write_records(tx, source, reading, decided)
    return _result(source, reading, decided)


def check_folder(config: Config, source: str, folder: Path, *, now: datetime) -> IngestResult:
    """Return what ingesting *folder* into an empty store would do; write nothing.

    Raises:
        NotFoundError: if the folder does not exist.
    """
    reading = read_all(config, source, folder, {}, now, None)
    decided = decide(reading.files, [], place_of(config, source), now=now, present=reading.present)
    return _result(source, reading, decided)


def _decided(
    tx: Transaction, reading: Reading, place: Place, now: datetime, *, accept_removals: bool
) -> Decided:
    known = related_to(tx, reading, place) if reading.is_partial else stored.known(tx)
    return decide(
        reading.files,
        known,
        place,
        now=now,
        present=reading.present,
        accept_removals=accept_removals,
    )


def _restamp(store: Store, source: str, reading: Reading) -> None:
    """Remember by what files that were read and had not changed are known from now on."""
    if reading.restamped:
        with store.write() as tx:
            stored.put_files(tx, source, reading.restamped)


def _write(tx: Transaction, source: str, decided: Decided, now: datetime) -> None:
    for known in decided.freed:
        stored.place(tx, known.sequence, path=known.path, slug=None)
    for decision in decided.decisions:
        # Free all slugs first: two articles may have swapped theirs.
        if decision.known is not None and decision.known.slug != decision.article.slug:
            stored.place(tx, decision.known.sequence, path=decision.known.path, slug=None)
    fresh = []
    for decision in decided.decisions:
        if decision.known is None:
            path, digest = decision.file.path, decision.digest
            fresh.append(New(decision.article, path, digest, decision.aliases))
        else:
            _write_one(tx, decision, decision.known, now)
    stored.add_all(tx, fresh, seen_at=now)
    for known in decided.gone:
        stored.withdraw(tx, known.sequence, now, FILE_REMOVED)
    media = {
        asset.name: Media(source=source, **asdict(asset))
        for decision in decided.decisions
        for asset in decision.file.found.values()
    }
    stored.put_media(tx, media)


def _write_one(tx: Transaction, decision: Decision, known: Known, now: datetime) -> None:
    article, path, sequence = decision.article, decision.file.path, known.sequence
    if (known.path, known.slug) != (path, article.slug):
        stored.place(tx, sequence, path=path, slug=article.slug or None)
    if decision.is_new_revision:
        stored.revise(tx, sequence, article, digest=decision.digest, seen_at=now)
    if (known.withdrawn_at, known.withdrawn_reason) != (
        article.withdrawn_at,
        article.withdrawn_reason,
    ):
        stored.withdraw(tx, sequence, article.withdrawn_at, article.withdrawn_reason)
    stored.add_aliases(tx, sequence, decision.aliases)


def _write_records(tx: Transaction, source: str, reading: Reading, decided: Decided) -> None:
    sequences = stored.sequences_of(tx, source, [file.path for file in reading.files])
    refusals = {problem.where: problem for problem in decided.problems}
    records = [*reading.unreadable, *reading.restamped]
    for file in reading.files:
        refusal = refusals.get(file.path) if file.path in decided.refused else None
        records.append(
            FileRecord(
                file.path,
                # A refused file is read again each time: what it clashes with may be gone.
                file.fingerprint if refusal is None else "",
                sequences.get(file.path),
                refusal.reason if refusal else "",
                refusal.line if refusal else None,
                file.named,
                file.stamp if refusal is None else "",
            )
        )
    stored.put_files(tx, source, records)
    stored.forget_files(tx, source, reading.stale)


def _result(source: str, reading: Reading, decided: Decided) -> IngestResult:
    decisions = decided.decisions
    return IngestResult(
        source=source,
        added=tuple(item.article.slug for item in decisions if item.known is None),
        updated=tuple(
            item.article.slug
            for item in decisions
            if item.known and (item.is_new_revision or item.is_back) and not item.is_newly_withdrawn
        ),
        withdrawn=(
            *(
                item.known.slug or item.article.slug
                for item in decisions
                if item.known and item.is_newly_withdrawn
            ),
            *(item.slug for item in decided.gone),
        ),
        unchanged=reading.unchanged,
        problems=(*reading.problems, *decided.problems),
        removals=tuple(
            RemovedText(file.path, removal)
            for file in reading.files
            for removal in file.draft.removals
        ),
    )
