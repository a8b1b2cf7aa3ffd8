"""The journal beside the database: what happened, kept where no restored backup takes it back.

A folder of files that only grow. Each line is one group of facts, written and on disk before the
transaction that they come from commits: so the journal may know more than the database, never less.
A line ends with a checksum and its *position*, a number that the database keeps too and that tells
which of the two is older::

    {"facts": [{"kind": "settled", …}, …]} 1c291ca3 4711

The database of its writer stood at the position before. Where it stood further back, since it
lacked what a crash left in the journal alone, the line says so: ``4711:4709``.

What a crash left of a half-written line is passed over: its transaction did not commit. Whoever
writes holds the lock of the database's row for this journal (``store/generation.py``), so there is
one writer at a time, whatever the process.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import zip_longest
from pathlib import Path

from digest.journal.lines import Group, Place, decode, encode, place_of
from digest.model.facts import Fact

SEGMENT_BYTES = 64 << 20
"""A file that has grown so large is followed by a new one, so that old ones can be removed."""

RESERVE_BYTES = 1 << 18
"""So many zeros are written ahead: what does not make a file longer is on disk in a third of the
time."""

KEEP = timedelta(days=30)
"""For so long; a backup that is older cannot be brought up to date."""

_SUFFIX = ".journal"
_ID_FILE = "id"
_CHUNK_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Damage:
    """A line that cannot be read, though it is not what a crash leaves at the end."""

    place: str
    """File and line."""


class _Open:
    """A file that stays open for as long as anybody has this object."""

    def __init__(self, path: Path, flags: int = 0) -> None:
        self.path = path
        self.descriptor = os.open(path, os.O_RDWR | flags, 0o600)
        found = os.fstat(self.descriptor)
        self.identity = found.st_ino, found.st_dev
        self.size = found.st_size
        """At least so large."""

    def __del__(self, close: Callable[[int], None] = os.close) -> None:
        if hasattr(self, "descriptor"):
            close(self.descriptor)

    @property
    def is_in_place(self) -> bool:
        """Whether its path still leads to it."""
        try:
            found = os.stat(self.path)  # noqa: PTH116 - at each commit
        except FileNotFoundError:
            return False
        return (found.st_ino, found.st_dev) == self.identity


@dataclass(frozen=True, slots=True)
class _End:
    """Where what was written to a file ends."""

    file: _Open
    offset: int
    place: Place
    """Of the last line."""

    is_whole: bool = True
    """Whether no piece of a line stands before it."""

    @property
    def is_still_the_end(self) -> bool:
        """Whether nothing was written since, nor another file put in this one's place."""
        # What follows is zeros, or nothing, until somebody writes. A new file is only begun when
        # this one is full; that is for those to find out who want to write more.
        following = os.pread(self.file.descriptor, 1, self.offset)
        return following in {b"", b"\0"} and self.file.is_in_place


_sync_data = getattr(os, "fdatasync", os.fsync)  # Not every system has it.


class Journal:
    """The journal in one folder, which is made by the first write."""

    def __init__(self, folder: Path, keep: timedelta = KEEP) -> None:
        """Look at nothing yet; files are kept for *keep* after the last write to them."""
        self.folder = folder
        self._keep = keep
        self._id = ""
        self._end: _End | None = None
        self._is_checked = False

    @property
    def exists(self) -> bool:
        """Whether there is one."""
        return (self.folder / _ID_FILE).exists()

    @property
    def id(self) -> str:
        """Its name for ever, by which the database knows it; a new journal is begun if need be.

        Raises:
            OSError: if it can be neither read nor begun.
        """
        if not self._id:
            try:
                self._id = self._read_id()
            except FileNotFoundError:
                self._begin()
                self._id = self._read_id()
        return self._id

    @property
    def begins_at(self) -> int:
        """The position of the oldest group that is kept; 0 when there is none."""
        for item in self.groups():
            if isinstance(item, Group):
                return item.position
        return 0

    def tail(self) -> int:
        """Return the position of the last whole line; 0 when there is none.

        Reads only the end: the checksum is for those who read all. Who holds the lock may
        :meth:`append` after this without another look.

        Raises:
            OSError: if it cannot be read.
        """
        end = self._known_end()
        if end is not None:
            self._is_checked = True
            return end.place.position
        return self._last().position

    @property
    def base(self) -> int:
        """Where the database stood when the last line was written; 0 when there is none.

        Raises:
            OSError: if it cannot be read.
        """
        return self._last().base

    def append(self, position: int, facts: Sequence[Fact], *, base: int | None = None) -> None:
        """Write *facts* as the group at *position*; return when it is safe on disk.

        Args:
            position: Beyond that of the last line.
            facts: What is to be remembered.
            base: Where the database stands; by default at the position before.

        Raises:
            OSError: if it cannot be written.
        """
        group = Group(position, tuple(facts), None if base == position - 1 else base)
        line, place = encode(group), Place(position, position - 1 if base is None else base)
        known = self._end if self._is_checked else self._known_end()
        self._is_checked = False
        end = known or self._find_end()
        if end is not None:
            self._write(end, line, place)
            return
        path = self.folder / f"{position:020}{_SUFFIX}"
        self._write(_End(_Open(path, os.O_CREAT), 0, Place()), line, place)
        _sync_folder(self.folder)

    def _write(self, end: _End, line: bytes, place: Place) -> None:
        self._end = None
        file = end.file
        # What a crash left of a line must not become the beginning of this one.
        if not end.is_whole:
            line = b"\n" + line
        needed = end.offset + len(line)
        if needed > file.size:
            _write_all(file.descriptor, bytes(needed + RESERVE_BYTES - file.size), file.size)
            os.fsync(file.descriptor)
            file.size = needed + RESERVE_BYTES
        _write_all(file.descriptor, line, end.offset)
        _sync_data(file.descriptor)
        self._end = _End(file, needed, place)

    def _known_end(self) -> _End | None:
        """Return where this object's last line ends, if there is room and nobody wrote since."""
        end = self._end
        if end is None or end.offset >= SEGMENT_BYTES or not end.is_still_the_end:
            return None
        return end

    def _find_end(self) -> _End | None:
        """Return the end of the newest file; ``None`` if there is none with room."""
        for path in self._segments()[-1:]:
            file = _Open(path)
            offset, place = _look_for_end(file.descriptor)
            if offset < SEGMENT_BYTES:
                is_whole = not offset or os.pread(file.descriptor, 1, offset - 1) == b"\n"
                return _End(file, offset, place, is_whole=is_whole)
        return None

    def _last(self) -> Place:
        """Return the place of the last whole line."""
        for path in reversed(self._segments()):
            with path.open("rb") as file:
                _, place = _look_for_end(file.fileno())
            if place.position:
                return place
        return Place()

    def groups(self, after: int = 0) -> Iterator[Group | Damage]:
        """Yield the groups with positions beyond *after*, in the order of writing.

        Raises:
            OSError: if they cannot be read.
        """
        segments = self._segments()
        for path, following in zip_longest(segments, segments[1:]):
            # A file holds nothing beyond the first position of the next.
            if following is not None and int(following.name.split(".")[0]) <= after:
                continue
            with path.open("rb") as file:
                for number, line in enumerate(file, start=1):
                    item = _read_line(line, f"{path}:{number}")
                    if isinstance(item, Damage) or (item and item.position > after):
                        yield item

    def facts(self, after: int = 0) -> Iterator[Fact]:
        """Yield the facts beyond *after*, in the order of writing.

        Raises:
            OSError: if they cannot be read.
        """
        for item in self.groups(after):
            if isinstance(item, Group):
                yield from item.facts

    def damage(self) -> tuple[str, ...]:
        """Return the places of lines that cannot be read, whatever their positions.

        Raises:
            OSError: if the files cannot be read.
        """
        return tuple(item.place for item in self.groups() if isinstance(item, Damage))

    def prune(self, now: datetime) -> int:
        """Remove files that are older than they are kept for, but never the newest.

        Return how many.

        Raises:
            OSError: if one cannot be removed.
        """
        before = (now - self._keep).timestamp()
        old = [path for path in self._segments()[:-1] if path.stat().st_mtime < before]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def _segments(self) -> list[Path]:
        try:
            names = sorted(name for name in os.listdir(self.folder) if name.endswith(_SUFFIX))  # noqa: PTH208 - names only, at each commit
        except FileNotFoundError:
            return []
        return [self.folder / name for name in names]

    def _read_id(self) -> str:
        return (self.folder / _ID_FILE).read_text(encoding="ascii").strip()

    def _begin(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        temporary = self.folder / f".{secrets.token_hex(8)}"
        try:
            with temporary.open("xb") as file:
                file.write(secrets.token_hex(8).encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
            # Of two processes that begin it at once, one is first.
            with suppress(FileExistsError):
                (self.folder / _ID_FILE).hardlink_to(temporary)
        finally:
            temporary.unlink(missing_ok=True)
        _sync_folder(self.folder)
        _sync_folder(self.folder.parent)


def _read_line(line: bytes, place: str) -> Group | Damage | None:
    try:
        return decode(line)
    except ValueError:
        # Without a position at its end it is what a crash left, and nobody counted on it.
        return Damage(place) if place_of(line).position else None


def _look_for_end(descriptor: int) -> tuple[int, Place]:
    """Return the end of what was written to a file, and the place of its last whole line.

    Behind that end are zeros, or nothing. The position is 0 if no line has one.
    """
    end = os.fstat(descriptor).st_size
    text_end = 0
    rest = b""
    while end:
        start = max(0, end - _CHUNK_BYTES)
        chunk = os.pread(descriptor, end - start, start)
        if not text_end:
            chunk = chunk.rstrip(b"\0")
            text_end = start + len(chunk) if chunk else 0
        lines = (chunk + rest).split(b"\n")
        end = start
        # The last is what comes after the last line end; the first may have begun earlier.
        for line in reversed(lines[:-1]):
            place = place_of(line + b"\n")
            if place.position:
                return text_end, place
        # The first line may have been cut where its position stands; what never ended is torn.
        rest = lines[0][:_CHUNK_BYTES] + b"\n" if len(lines) > 1 else b""
    return text_end, Place()


def _write_all(descriptor: int, data: bytes, offset: int) -> None:
    rest = memoryview(data)
    while rest:
        written = os.pwrite(descriptor, rest, offset)
        rest, offset = rest[written:], offset + written


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
