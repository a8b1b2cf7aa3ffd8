"""The step itself: reads the folder and the store, has it decided, writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path, PurePosixPath
from urllib.parse import quote
from zoneinfo import ZoneInfo

from digest import files
from digest.config import Config
from digest.errors import ArticleError, Problem
from digest.files import SourceFile
from digest.model import MAX_SOURCE_BYTES, Draft, Removal
from digest.steps.ingest.decide import Decided, Decision, Place, ReadFile, decide
from digest.store import articles as stored
from digest.store.articles import FileRecord, Media
from digest.store.engine import Store, Transaction
from digest.syndication import articles, assets
from digest.syndication.assets import Asset
from digest.syndication.furniture import Furniture

PARSER_VERSION = "1"
"""Raised when the same files would become other articles: then all are read again."""

MAX_PATH_CHARACTERS = 500
"""Of an article's file, below its source's folder."""

_GONE = "its file was removed"

Progress = Callable[[int, int], None]
"""Called with how many files are done and how many there are."""


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


@dataclass(slots=True)
class _Reading:
    """What a folder holds, before anything is decided."""

    files: list[ReadFile] = field(default_factory=list)
    unreadable: list[FileRecord] = field(default_factory=list)
    present: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)
    unchanged: int = 0


def ingest(
    store: Store,
    config: Config,
    source: str,
    folder: Path,
    *,
    now: datetime,
    progress: Progress | None = None,
    accept_removals: bool = False,
) -> IngestResult:
    """Bring the store up to date with the files in *folder*.

    Args:
        store: Where articles are kept.
        config: The settings.
        source: Name of the source in them.
        folder: The source's folder.
        now: The time of first sight of what is new.
        progress: Told of each file.
        accept_removals: Withdraw articles whose files are gone even if they are most of them.

    Raises:
        NotFoundError: if the folder does not exist; nothing is changed.
        StoreError: if the store cannot be written; nothing is changed.
    """
    place = _place(config, source)
    with store.read() as tx:
        records = stored.files_of(tx, source)
    reading = _read(config, source, folder, records, progress)

    def decided_on(tx: Transaction) -> Decided:
        return decide(
            reading.files,
            stored.known(tx),
            place,
            now=now,
            present=reading.present,
            accept_removals=accept_removals,
        )

    stale = [path for path in records if path not in reading.present]
    if not (reading.files or reading.unreadable or stale):
        # As a rule nothing is gone either, and nobody has to wait for a look.
        with store.read() as tx:
            decided = decided_on(tx)
        if not decided.gone:
            return _result(source, reading, decided)
    with store.write() as tx:
        # Decided in here: another ingest (a daemon's, a command's) may have come in between.
        decided = decided_on(tx)
        _write(tx, source, decided, now)
        _write_records(tx, source, reading, decided, stale)
    return _result(source, reading, decided)


def check_folder(config: Config, source: str, folder: Path, *, now: datetime) -> IngestResult:
    """Return what ingesting *folder* into an empty store would do; write nothing.

    Raises:
        NotFoundError: if the folder does not exist.
    """
    reading = _read(config, source, folder, {}, None)
    decided = decide(reading.files, [], _place(config, source), now=now, present=reading.present)
    return _result(source, reading, decided)


def _place(config: Config, source: str) -> Place:
    settings = config.sources[source]
    return Place(
        source=source,
        topics=tuple(settings.topics),
        language=settings.language,
        publication_id=config.publication.id,
        article_base=f"{config.web.url}articles/",
        media_base=f"{config.publish.url}media/",
    )


def _read(
    config: Config,
    source: str,
    folder: Path,
    records: Mapping[str, FileRecord],
    progress: Progress | None,
) -> _Reading:
    settings = config.sources[source]
    furniture = Furniture(extra=tuple(settings.furniture), keep=tuple(settings.keep))
    zone = ZoneInfo(config.publication.timezone)
    seed = repr((PARSER_VERSION, _place(config, source), furniture, zone.key)).encode()
    reading = _Reading()
    scanned = list(files.scan(folder, articles.SUFFIXES, MAX_SOURCE_BYTES))
    for number, file in enumerate(scanned, start=1):
        path = str(file.path)
        reason = _unusable_name(path)
        if reason:
            shown = path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
            reading.problems.append(Problem(shown, reason))
            continue
        reading.present.add(path)
        if file.is_folder:
            # What was in it is neither read nor gone.
            reading.present.update(item for item in records if item.startswith(f"{path}/"))
        record = records.get(path)
        if record and record.fingerprint == _fingerprint(file, seed, folder, record.assets):
            reading.unchanged += 1
            if record.problem:
                reading.problems.append(Problem(path, record.problem, record.problem_line))
        else:
            _read_one(file, seed, folder, furniture, zone, reading)
        if progress is not None:
            progress(number, len(scanned))
    return reading


def _unusable_name(path: str) -> str:
    """Return why a file with that path cannot be recorded; empty when it can."""
    if not path.isascii() and not _is_unicode(path):
        return "its name is not UTF-8; give it another one"
    if len(path) > MAX_PATH_CHARACTERS:
        return f"its path has more than {MAX_PATH_CHARACTERS} characters; shorten it"
    return ""


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _read_one(
    file: SourceFile,
    seed: bytes,
    folder: Path,
    furniture: Furniture,
    zone: ZoneInfo,
    reading: _Reading,
) -> None:
    path = str(file.path)
    draft = _parse(file, furniture, zone)
    if isinstance(draft, Problem):
        reading.problems.append(draft)
        fingerprint = _fingerprint(file, seed, folder, ())
        reading.unreadable.append(FileRecord(path, fingerprint, None, draft.reason, draft.line))
        return
    draft, found, named = _find_assets(draft, file.path, folder, reading.problems)
    fingerprint = _fingerprint(file, seed, folder, named)
    reading.files.append(ReadFile(path, fingerprint, draft, found, named))


def _parse(file: SourceFile, furniture: Furniture, zone: ZoneInfo) -> Draft | Problem:
    if file.problem:
        return Problem(str(file.path), file.problem)
    try:
        return articles.parse_article(file.path, file.data, furniture=furniture, timezone=zone)
    except ArticleError as error:
        return error.problem
    except Exception as error:  # noqa: BLE001 - one article never stops the others
        reason = f"cannot be read because of a defect of Digest ({error!r}); please report it"
        return Problem(str(file.path), reason)


def _find_assets(
    draft: Draft, path: PurePosixPath, folder: Path, problems: list[Problem]
) -> tuple[Draft, dict[str, Asset], tuple[str, ...]]:
    """Return the draft, the files it names that exist, and the paths of all that it names."""
    named: list[str] = []
    if draft.image is not None and not draft.image.url:
        # A caption without a picture: one of the same name beside the text belongs to it.
        beside = [path.with_suffix(suffix).name for suffix in assets.PICTURES]
        named += [str(path.with_name(name)) for name in beside]
        existing = [name for name in beside if files.inside_file(folder, path.with_name(name))]
        if existing:
            draft = replace(draft, image=replace(draft.image, url=quote(existing[0])))
    found: dict[str, Asset] = {}
    for written, where in assets.references(draft, path).items():
        asset = files.read_asset(folder, PurePosixPath(where)) if where else None
        described = asset and assets.describe(
            asset.path, asset.sha256, asset.length_bytes, asset.head
        )
        if described:
            found[written] = described
        else:
            problems.append(_asset_problem(path, written, where, exists=asset is not None))
        if where:
            named.append(where)
    return draft, found, tuple(dict.fromkeys(named))


def _asset_problem(path: PurePosixPath, written: str, where: str, *, exists: bool) -> Problem:
    if not where:
        reason = f"{written!r} leads out of the folder, so it is left out"
    elif exists:
        kinds = " ".join(sorted(suffix.lstrip(".") for suffix in assets.MEDIA_TYPES))
        reason = f"{written!r} is of a kind that is not published (these are: {kinds})"
    else:
        reason = f"there is no file {where!r} that can be read; the article goes out without it"
    return Problem(str(path), reason, severity="warning")


def _fingerprint(file: SourceFile, seed: bytes, folder: Path, named: Sequence[str]) -> str:
    """Return what changes when the file, one that it names, or a setting does."""
    digest = sha256(seed)
    digest.update(file.problem.encode())
    digest.update(sha256(file.data).digest())
    for path in named:
        digest.update(f"\0{path}\0{files.stamp(folder, path)}".encode())
    return digest.hexdigest()


def _write(tx: Transaction, source: str, decided: Decided, now: datetime) -> None:
    for known in decided.freed:
        stored.place(tx, known.sequence, path=known.path, slug=None)
    for decision in decided.decisions:
        # Free all slugs first: two articles may have swapped theirs.
        if decision.known is not None and decision.known.slug != decision.article.slug:
            stored.place(tx, decision.known.sequence, path=decision.known.path, slug=None)
    for decision in decided.decisions:
        _write_one(tx, decision, now)
    for known in decided.gone:
        stored.withdraw(tx, known.sequence, now, _GONE)
    media = {
        asset.name: Media(source=source, **asdict(asset))
        for decision in decided.decisions
        for asset in decision.file.found.values()
    }
    stored.put_media(tx, media)


def _write_one(tx: Transaction, decision: Decision, now: datetime) -> None:
    article, known = decision.article, decision.known
    path = decision.file.path
    if known is None:
        sequence = stored.add(tx, article, path=path, digest=decision.digest, seen_at=now)
    else:
        sequence = known.sequence
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


def _write_records(
    tx: Transaction, source: str, reading: _Reading, decided: Decided, stale: Sequence[str]
) -> None:
    sequences = {item.path: item.sequence for item in stored.known(tx, source)}
    refusals = {problem.where: problem for problem in decided.problems}
    records = list(reading.unreadable)
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
            )
        )
    stored.put_files(tx, source, records)
    stored.forget_files(tx, source, stale)


def _result(source: str, reading: _Reading, decided: Decided) -> IngestResult:
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
