"""Reads a folder, or the files in it that are said to have changed; decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path, PurePosixPath
from urllib.parse import quote
from zoneinfo import ZoneInfo

from digest import files
from digest.config import Config
from digest.errors import ArticleError, Problem
from digest.files import FileStat, SourceFile
from digest.model import MAX_SOURCE_BYTES, Draft
from digest.steps.ingest.decide import Place, ReadFile, uid_bases
from digest.store import articles as stored
from digest.store.articles import FileRecord, Known
from digest.store.engine import Store, Transaction
from digest.store.identities import Names
from digest.syndication import articles, assets, identity
from digest.syndication.assets import Asset
from digest.syndication.furniture import Furniture

PARSER_VERSION = "1"
"""Raised when the same files would become other articles: then all are read again."""

MAX_PATH_CHARACTERS = 500
"""Of an article's file, below its source's folder."""

Progress = Callable[[int, int], None]
"""Called with how many files are done and how many there are."""

_RACY = timedelta(seconds=3)
"""Longer than the coarsest tick of a file system's clock (2 s with FAT)."""

_MANY = 50
"""More changed files than this, and reading the folder is as quick."""


@dataclass(slots=True)
class Reading:
    """What a folder holds, before anything is decided."""

    files: list[ReadFile] = field(default_factory=list)
    unreadable: list[FileRecord] = field(default_factory=list)
    present: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)
    unchanged: int = 0
    restamped: list[FileRecord] = field(default_factory=list)
    """Files that had to be read to see that they are as they were."""

    stale: list[str] = field(default_factory=list)
    """Paths of files that were there once."""

    is_partial: bool = False
    """Whether only some files were looked at, as somebody who watches told."""


def place_of(config: Config, source: str) -> Place:
    """Return where the articles of *source* come from and go to."""
    settings = config.sources[source]
    return Place(
        source=source,
        topics=tuple(settings.topics),
        language=settings.language,
        publication_id=config.publication.id,
        article_base=f"{config.web.url}articles/",
        media_base=f"{config.publish.url}media/",
    )


def read_all(
    config: Config,
    source: str,
    folder: Path,
    records: Mapping[str, FileRecord],
    now: datetime,
    progress: Progress | None,
) -> Reading:
    """Return what *folder* holds that is not as it is known by *records*.

    Raises:
        NotFoundError: if the folder does not exist.
    """
    reader = _Reader(config, source, folder, records, now)

    def is_same(path: str, stat: FileStat) -> bool:
        record = records.get(path)
        return bool(record and record.stamp and record.stamp == reader.stamp(stat, record.assets))

    scanned = list(files.scan(folder, articles.SUFFIXES, MAX_SOURCE_BYTES, is_same))
    for number, file in enumerate(scanned, start=1):
        reader.take(file)
        if progress is not None:
            progress(number, len(scanned))
    reading = reader.reading
    reading.stale = [path for path in records if path not in reading.present]
    return reading


def read_some(
    store: Store, config: Config, source: str, folder: Path, paths: Collection[str], now: datetime
) -> Reading | None:
    """Return what the files at *paths* hold; ``None`` when all of *folder* has to be read."""
    if len(paths) > _MANY:
        return None
    found = files.scan_some(folder, paths, articles.SUFFIXES, MAX_SOURCE_BYTES)
    if found is None:
        return None
    names = [str(file.path) for file in found if not _unusable_name(str(file.path))]
    with store.read() as tx:
        reader = _Reader(config, source, folder, stored.files_of(tx, source, names), now)
        for file in found:
            reader.take(file)
        reading = reader.reading
        reading.is_partial = True
        near = related_to(tx, reading, place_of(config, source))
    own = [item for item in near if item.source == source and item.withdrawn_at is None]
    reading.present.update(item.path for item in own if (folder / item.path).is_file())
    # A file that is gone may be one of these under its old name.
    return reading if all(item.path in reading.present for item in own) else None


def related_to(tx: Transaction, reading: Reading, place: Place) -> list[Known]:
    """Return what deciding about these files has to know of the articles there are."""
    names = Names()
    for file in reading.files:
        names.keys.update(identity.alias_keys(place.source, file.path, file.draft))
        names.slugs.add(file.draft.slug)
        for base in uid_bases(file, place):
            names.uids.update((base, *(f"{base}-{number}" for number in range(2, _MANY))))
    paths = [file.path for file in reading.files]
    known = stored.related(tx, place.source, paths, names)
    # An article keeps the slug it is out under; somebody else may want that one.
    missing = {item.slug for item in known if item.slug} - names.slugs
    if missing:
        names.slugs.update(missing)
        known = stored.related(tx, place.source, paths, names)
    return known


class _Reader:
    """Reads files one by one, and remembers what to make of them."""

    def __init__(
        self,
        config: Config,
        source: str,
        folder: Path,
        records: Mapping[str, FileRecord],
        now: datetime,
    ) -> None:
        settings = config.sources[source]
        self._folder = folder
        self._records = records
        self._furniture = Furniture(extra=tuple(settings.furniture), keep=tuple(settings.keep))
        self._zone = ZoneInfo(config.publication.timezone)
        seed = (PARSER_VERSION, place_of(config, source), self._furniture, self._zone.key)
        self._seed = repr(seed).encode()
        self._settled_until = now - _RACY
        self.reading = Reading()

    def take(self, file: SourceFile) -> None:
        """Read *file*, unless it is as it was."""
        reading, path = self.reading, str(file.path)
        reason = _unusable_name(path)
        if reason:
            shown = path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
            reading.problems.append(Problem(shown, reason))
            return
        reading.present.add(path)
        if file.is_folder:
            # What was in it is neither read nor gone.
            reading.present.update(item for item in self._records if item.startswith(f"{path}/"))
        record = self._records.get(path)
        if record and (file.is_unread or self._is_as_it_was(file, record)):
            reading.unchanged += 1
            if record.problem:
                reading.problems.append(Problem(path, record.problem, record.problem_line))
            stamp = record.stamp if file.is_unread else self._stamp_of(file, record.assets)
            if stamp and stamp != record.stamp:
                reading.restamped.append(replace(record, stamp=stamp))
        else:
            self._read(file)

    def stamp(self, stat: FileStat, named: Sequence[str]) -> str:
        """Return what stays the same as long as nothing that decides about the file changes."""
        digest = sha256(self._seed)
        digest.update(repr(stat).encode())
        for path in named:
            digest.update(f"\0{path}\0{files.stamp(self._folder, path)}".encode())
        return digest.hexdigest()

    def _stamp_of(self, file: SourceFile, named: Sequence[str]) -> str:
        """Return the stamp to remember; empty while the file could change and keep its times.

        A change within the same tick of the file system's clock as the last one leaves no trace.
        """
        if file.stat is None or file.problem or file.stat.latest > self._settled_until:
            return ""
        return self.stamp(file.stat, named)

    def _is_as_it_was(self, file: SourceFile, record: FileRecord) -> bool:
        return record.fingerprint == self._fingerprint(file, record.assets)

    def _read(self, file: SourceFile) -> None:
        path = str(file.path)
        draft = _parse(file, self._furniture, self._zone)
        if isinstance(draft, Problem):
            self.reading.problems.append(draft)
            fingerprint, stamp = self._fingerprint(file, ()), self._stamp_of(file, ())
            self.reading.unreadable.append(
                FileRecord(path, fingerprint, None, draft.reason, draft.line, stamp=stamp)
            )
            return
        draft, found, named = _find_assets(draft, file.path, self._folder, self.reading.problems)
        self.reading.files.append(
            ReadFile(
                path,
                self._fingerprint(file, named),
                draft,
                found,
                named,
                self._stamp_of(file, named),
            )
        )

    def _fingerprint(self, file: SourceFile, named: Sequence[str]) -> str:
        """Return what changes when the file, one that it names, or a setting does."""
        digest = sha256(self._seed)
        digest.update(file.problem.encode())
        digest.update(sha256(file.data).digest())
        for path in named:
            digest.update(f"\0{path}\0{files.stamp(self._folder, path)}".encode())
        return digest.hexdigest()


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
