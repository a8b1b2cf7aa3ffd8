"""The feeds' documents in memory, ready to send: the current ones always, archived ones when asked.

Documents of one state stand in one folder behind a link (see :mod:`digest.switching`), so a look at
the links tells what has changed, and what is read belongs together. Whatever publishes, this
process or another, the shelf notices within a second.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from threading import Lock

from digest.config import OPML
from digest.steps.publish import FORMATS, MEDIA_FOLDER
from digest.steps.publish.documents import ARCHIVE_FOLDER, LINK
from digest.syndication.codings import SUFFIXES, CodingError, decode, encode
from digest.syndication.delta import fingerprints
from digest.syndication.served import MEDIA_TYPES
from digest.web.negotiation import IDENTITY

_KEPT_EDITIONS = 32
"""How many former states of a document are known, to send what is new since (RFC 3229)."""

_ARCHIVE_BYTES = 16_000_000
"""How much of the archive is kept in memory."""

_TAG_DIGITS = 24
_DEPTH = 2
"""Feeds' folders are at most so deep below the published one: ``topics/<topic>/``."""


@dataclass(frozen=True, slots=True, eq=False)
class Edition:
    """A document in one state. Each is itself only, so that answers can be kept by it."""

    media_type: str
    tag: str
    """Of its content; the tag of a coded body ends in the coding."""

    modified_at: datetime
    bodies: Mapping[str, bytes]
    """By coding."""

    marks: frozenset[bytes] = frozenset()
    """Of its entries; see :func:`digest.syndication.delta.fingerprints`."""

    is_archived: bool = False

    def tag_of(self, coding: str) -> str:
        """Return the entity tag of the body in *coding*, without quotes."""
        return f"{self.tag}-{coding}" if coding else self.tag

    @property
    def tags(self) -> list[str]:
        """The tags of all its bodies."""
        return [self.tag_of(coding) for coding in self.bodies]


@dataclass(slots=True)
class _Place:
    """A document that is followed: what it is now, and what it was."""

    stamp: object = None
    edition: Edition | None = None
    former: OrderedDict[str, frozenset[bytes]] = field(default_factory=OrderedDict)
    """Tag → marks."""


class Shelf:
    """Documents below one folder, by path like ``world/rss.xml``."""

    def __init__(self, folder: Path) -> None:
        """Follow what is published in *folder*; it need not exist yet. Reads it once."""
        self._folder = folder
        self._places: dict[str, _Place] = {}
        self._archive: OrderedDict[str, tuple[object, Edition]] = OrderedDict()
        self._lock = Lock()
        self.version = 0
        """Moves whenever a current document has changed, and after it has."""
        self.refresh()

    def get(self, path: str) -> Edition | None:
        """Return the current document at *path*, from memory; ``None`` when there is none."""
        place = self._places.get(path)
        return place.edition if place else None

    def former(self, path: str, tag: str) -> frozenset[bytes] | None:
        """Return the marks that the document at *path* had when its tag was *tag*, if known."""
        place = self._places.get(path)
        return place.former.get(tag) if place else None

    @property
    def paths(self) -> list[str]:
        """Where current documents are."""
        return [path for path, place in self._places.items() if place.edition]

    def refresh(self) -> list[str]:
        """Read what has changed. Return the paths of changed documents. May block."""
        with self._lock:
            found = dict(self._stamps())
            changed = []
            for path, stamp in found.items():
                place = self._places.get(path) or _Place()
                if place.stamp == stamp:
                    continue
                edition = _read(self._folder / path, is_archived=False)
                if edition is not None:
                    _put(place, stamp, edition)
                    self._places[path] = place
                    changed.append(path)
            for path in self._places.keys() - found.keys():
                del self._places[path]
                changed.append(path)
            self.version += bool(changed)
            return changed

    def archived(self, path: str) -> Edition | None:
        """Return the archive document at *path*; ``None`` when there is none. May block."""
        parts = path.split("/")
        if len(parts) < 3 or parts[-3] != ARCHIVE_FOLDER or parts[-1] not in FORMATS:  # noqa: PLR2004 - archive, number, name
            return None
        if not parts[-2].isdecimal() or any(part.startswith(".") for part in parts):
            return None
        link = self._folder.joinpath(*parts[:-1])
        try:
            stamp = os.readlink(link)  # noqa: PTH115 - ten times as fast
        except (OSError, ValueError):  # A path may hold a NUL.
            return None
        with self._lock:
            kept = self._archive.get(path)
            if kept is not None and kept[0] == stamp:
                self._archive.move_to_end(path)
                return kept[1]
        edition = _read(self._folder / path, is_archived=True)
        return self._kept(path, stamp, edition) if edition else None

    def _kept(self, path: str, stamp: object, edition: Edition) -> Edition:
        with self._lock:
            self._archive[path] = (stamp, edition)
            self._archive.move_to_end(path)
            total = sum(_size(kept) for _, kept in self._archive.values())
            while total > _ARCHIVE_BYTES and len(self._archive) > 1:
                _, (_, dropped) = self._archive.popitem(last=False)
                total -= _size(dropped)
        return edition

    def _stamps(self) -> Iterable[tuple[str, object]]:
        """Yield path and state of every current document."""
        for prefix in self._feed_folders("", _DEPTH):
            try:
                link = os.readlink(self._folder / prefix / LINK)  # noqa: PTH115 - ten times as fast
            except OSError:
                continue
            for name in FORMATS:
                yield f"{prefix}{name}", link
        try:
            status = os.stat(self._folder / OPML)  # noqa: PTH116 - ten times as fast
        except OSError:
            return
        yield OPML, (status.st_mtime_ns, status.st_size, status.st_ino)

    def _feed_folders(self, prefix: str, depth: int) -> Iterable[str]:
        yield prefix
        if not depth:
            return
        try:
            with os.scandir(self._folder / prefix) as entries:
                names = sorted(
                    entry.name
                    for entry in entries
                    if entry.name[0] != "."
                    and entry.name not in {ARCHIVE_FOLDER, MEDIA_FOLDER}
                    and entry.is_dir()
                )
        except OSError:
            return
        for name in names:
            yield from self._feed_folders(f"{prefix}{name}/", depth - 1)


def _put(place: _Place, stamp: object, edition: Edition) -> None:
    if place.edition is not None:
        place.former[place.edition.tag] = place.edition.marks
        place.former.move_to_end(place.edition.tag)
        while len(place.former) > _KEPT_EDITIONS:
            place.former.popitem(last=False)
    place.stamp, place.edition = stamp, edition


def _read(path: Path, *, is_archived: bool) -> Edition | None:
    """Return the document at *path* with all its codings; ``None`` when it is gone."""
    media_type = MEDIA_TYPES[path.name]
    try:
        # All of one state, even if the link moves meanwhile.
        folder = path.parent if is_archived or path.name == OPML else path.parent / LINK
        settled = folder.resolve()
        body = (settled / path.name).read_bytes()
        modified = (settled / path.name).stat().st_mtime
    except OSError:
        return None
    bodies = {coding: _coded(settled, path.name, body, coding) for coding in SUFFIXES}
    return Edition(
        media_type=media_type,
        tag=sha256(body).hexdigest()[:_TAG_DIGITS],
        modified_at=datetime.fromtimestamp(modified, UTC),
        bodies={**bodies, IDENTITY: body},
        marks=frozenset() if is_archived else fingerprints(body, media_type),
        is_archived=is_archived,
    )


def _coded(folder: Path, name: str, body: bytes, coding: str) -> bytes:
    """Return *body* in *coding*, as it was published, or made now where it was not."""
    with suppress(OSError, CodingError):
        published = (folder / f"{name}{SUFFIXES[coding]}").read_bytes()
        if decode(published, coding) == body:
            return published
    return encode(body, coding)


def _size(edition: Edition) -> int:
    return sum(len(body) for body in edition.bodies.values())
