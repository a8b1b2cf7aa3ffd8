"""Folders and files: reading what editors wrote, and writing what must never be half-written."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import stat
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO

from digest.errors import BusyError, ConfigError, DigestError, NotFoundError, Problem

_CHUNK_BYTES = 1 << 20
_HEAD_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class FileStat:
    """What changes when a file does, as far as times are exact enough."""

    length_bytes: int
    modified_ns: int
    changed_ns: int
    """Of the file's name and rights too; no program can set it back."""

    number: int

    @property
    def latest(self) -> datetime:
        """The later of its times."""
        nanoseconds = max(self.modified_ns, self.changed_ns)
        return datetime.fromtimestamp(nanoseconds / 1e9, UTC)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of a source's folder."""

    path: PurePosixPath
    """Relative to the folder."""

    data: bytes
    """Its content; empty when there is a problem."""

    problem: str = ""
    """Why it cannot be read; empty when it can."""

    is_folder: bool = False
    """Whether it is a folder that cannot be listed: what is in it is not known."""

    stat: FileStat | None = None
    """``None`` when it cannot even be looked at."""

    is_unread: bool = False
    """Whether it was taken to be as it was, and not opened."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A file that an article names: a picture, an enclosure."""

    path: PurePosixPath
    """Relative to the source's folder."""

    sha256: str
    length_bytes: int
    head: bytes
    """Its first 64 KiB, where pictures say their size."""


def scan(
    folder: Path,
    suffixes: Collection[str],
    max_bytes: int,
    is_same: Callable[[str, FileStat], bool] | None = None,
) -> Iterator[SourceFile]:
    """Yield the files below *folder* whose names end in one of *suffixes*, sorted by path.

    Of a file for which *is_same* is true, given its path and what the system says of it, nothing
    is read.

    Hidden files and folders (``.``, ``_`` at the start) are passed over, and symbolic links are not
    followed. A file over *max_bytes* or without read permission comes with its problem.

    Raises:
        NotFoundError: if the folder does not exist.
        OSError: if it, or a folder below it, cannot be listed: to go on would look as if the files
            in there were gone.
    """
    if not folder.is_dir():
        raise NotFoundError("folder", str(folder))
    for found in _walk(folder, PurePosixPath(), suffixes):
        if isinstance(found, SourceFile):
            yield found
        else:
            yield _look_at(folder, found, max_bytes, is_same)


def scan_some(
    folder: Path, paths: Iterable[str], suffixes: Collection[str], max_bytes: int
) -> list[SourceFile] | None:
    """Return the files at *paths* below *folder* as :func:`scan` would yield them.

    ``None`` when that would not tell all there is to know: one of them is gone, is a folder, or is
    something that articles may name, like a picture. What is passed over anyway does not count.
    """
    found = []
    for path in sorted(set(paths)):
        place = PurePosixPath(path)
        if any(part.startswith((".", "_")) for part in place.parts):
            continue
        whole = folder / place
        suffix = place.suffix.lower()
        if suffix not in suffixes or whole.is_symlink() or not whole.is_file():
            return None
        found.append(_look_at(folder, place, max_bytes, None))
    return found


def _look_at(
    folder: Path,
    path: PurePosixPath,
    max_bytes: int,
    is_same: Callable[[str, FileStat], bool] | None,
) -> SourceFile:
    # Looked at before it is read: what changes in between is seen the next time.
    stat = _stat_of(folder, path)
    if is_same is not None and stat is not None and is_same(str(path), stat):
        return SourceFile(path, b"", stat=stat, is_unread=True)
    return replace(_read_source_file(folder, path, max_bytes), stat=stat)


def _stat_of(folder: Path, path: PurePosixPath) -> FileStat | None:
    try:
        found = os.stat(f"{folder}/{path}")  # noqa: PTH116 - Path's is three times as slow
    except (OSError, ValueError):
        return None
    return FileStat(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


def _walk(
    folder: Path, below: PurePosixPath, suffixes: Collection[str]
) -> Iterator[PurePosixPath | SourceFile]:
    try:
        with os.scandir(folder / below) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError as error:
        if below == PurePosixPath():
            raise DigestError(f"the folder {folder} cannot be listed: {error.strerror}") from error
        reason = f"cannot be listed: {error.strerror}; articles in it stay as they were"
        yield SourceFile(below, b"", reason, is_folder=True)
        return
    for entry in entries:
        if entry.name.startswith((".", "_")) or entry.is_symlink():
            continue
        path = below / entry.name
        if entry.is_dir():
            yield from _walk(folder, path, suffixes)
        elif PurePosixPath(entry.name).suffix.lower() in suffixes and entry.is_file():
            yield path


def _read_source_file(folder: Path, path: PurePosixPath, max_bytes: int) -> SourceFile:
    try:
        with (folder / path).open("rb") as file:
            data = file.read(max_bytes + 1)
    except OSError as error:
        return SourceFile(path, b"", f"cannot be read: {error.strerror}")
    if len(data) > max_bytes:
        return SourceFile(
            path, b"", f"is larger than {max_bytes:,} bytes; articles that large are left out"
        )
    return SourceFile(path, data)


def inside(folder: Path, path: PurePosixPath) -> Path | None:
    """Return the file at *path* below *folder*; ``None`` when that leads out of the folder."""
    if path.is_absolute():
        return None
    try:
        top = folder.resolve()
        found = (top / path).resolve()
    except (OSError, ValueError, RuntimeError):
        # A NUL, a lone surrogate, a loop of links: there is no such file anywhere.
        return None
    return found if found.is_relative_to(top) else None


def inside_file(folder: Path, path: PurePosixPath) -> bool:
    """Return whether there is a file at *path* below *folder*."""
    place = inside(folder, path)
    return place is not None and os.path.isfile(place)  # noqa: PTH113 - Path's raises for long names


def read_asset(folder: Path, path: PurePosixPath) -> Asset | None:
    """Return what is to know of the file at *path* below *folder*.

    ``None`` when there is none, or it cannot be read.
    """
    place = inside(folder, path)
    if place is None or not inside_file(folder, path):
        return None
    digest = hashlib.sha256()
    length, head = 0, b""
    try:
        with place.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                head = head or chunk[:_HEAD_BYTES]
                length += len(chunk)
                digest.update(chunk)
    except OSError:
        return None
    return Asset(path, digest.hexdigest(), length, head)


def stamp(folder: Path, path: str) -> str:
    """Return what changes when the file at *path* does: size and time; empty when there is none."""
    place = inside(folder, PurePosixPath(path))
    if place is None:
        return ""
    try:
        found = place.stat()
    except OSError:
        return ""
    return f"{found.st_size}:{found.st_mtime_ns}"


def write_file(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Replace the file at *path* so that a reader, and a power cut, sees the old or the new one."""
    write_set(path.parent, {path.name: data}, mode=mode)


def write_new_file(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write *data* to *path*, all of it or nothing; what is there stays as it is.

    Raises:
        FileExistsError: if there is anything of that name.
        OSError: if it cannot be written.
    """
    with _temporary_for(path, mode) as temporary:
        temporary.write_bytes(data)
        os.link(temporary, path, follow_symlinks=False)


def write_set(folder: Path, contents: Mapping[str, bytes], *, mode: int = 0o644) -> tuple[str, ...]:
    """Replace files below *folder* so that each is whole at any moment. Return those that changed.

    All new content is safe on disk before the first file is replaced, so the files switch together
    as nearly as a file system allows. Files that have that content already are not touched.

    Raises:
        OSError: if anything cannot be written; then no file was replaced.
    """
    changed = [name for name, data in contents.items() if not _holds(folder / name, data)]
    targets = [folder / name for name in changed]
    with ExitStack() as stack:
        ready = []
        for name, target in zip(changed, targets, strict=True):
            if target.is_dir():
                # Found out only when it is replaced, it would be too late for those before it.
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary = stack.enter_context(_temporary_for(target, mode))
            with temporary.open("wb") as file:
                file.write(contents[name])
                _sync(file)
            ready.append(temporary)
        for temporary, target in zip(ready, targets, strict=True):
            temporary.replace(target)
    for parent in {target.parent for target in targets}:
        _sync_folder(parent)
    return tuple(changed)


def copy_checked(source: Path, target: Path, sha256: str) -> bool:
    """Copy *source* to *target*, whole or not at all, if its content has that hash.

    Return whether it has; if not, nothing is written.

    Raises:
        OSError: if one cannot be read or the other cannot be written.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with _temporary_for(target, 0o644) as temporary:
        with source.open("rb") as original, temporary.open("wb") as copy:
            while chunk := original.read(_CHUNK_BYTES):
                digest.update(chunk)
                copy.write(chunk)
            _sync(copy)
        if digest.hexdigest() != sha256:
            return False
        temporary.replace(target)
    _sync_folder(target.parent)
    return True


def write_private(path: Path, data: bytes) -> None:
    """Write a secret to a new file that only its owner can read. It appears whole or not at all.

    Raises:
        FileExistsError: if there is such a file: a secret is never overwritten.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _temporary_for(path, 0o600) as temporary:
        with temporary.open("wb") as file:
            file.write(data)
            _sync(file)
        path.hardlink_to(temporary)
    _sync_folder(path.parent)


def read_private(path: Path) -> bytes:
    """Return a secret, unless others can read its file too.

    Raises:
        ConfigError: if it cannot be read, or anybody but its owner can read it.
    """
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if stat.S_IMODE(mode) & 0o077:
                reason = f"can be read by others than its owner: run chmod 600 {path}"
                raise ConfigError([Problem(str(path), reason)])
            return file.read()
    except OSError as error:
        reason = f"the secret cannot be read: {error.strerror}"
        raise ConfigError([Problem(str(path), reason)]) from error


@contextmanager
def owned(path: Path, what: str) -> Iterator[None]:
    """Hold the lock file at *path* meanwhile; the system gives it back even after a kill.

    Args:
        path: The lock file; made when missing, and left there.
        what: What it guards, for the error's sentence.

    Raises:
        BusyError: if another process holds it; the error tells its number.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 20).decode("ascii", "replace").strip() or "unknown"
            raise BusyError(
                f"another Digest (process {holder}) already {what}. Stop that one first; with "
                "SQLite there can be only one, with PostgreSQL as many as you like"
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the lock file at *path* meanwhile; wait for whoever else does.

    Raises:
        OSError: if it cannot be made.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _holds(path: Path, data: bytes) -> bool:
    try:
        return path.stat().st_size == len(data) and path.read_bytes() == data
    except OSError:
        return False


@contextmanager
def _temporary_for(target: Path, mode: int) -> Iterator[Path]:
    """Give an empty file in the folder of *target*, to become it; if it does not, it goes."""
    descriptor, name = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=target.parent)
    try:
        os.fchmod(descriptor, mode)
        os.close(descriptor)
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def _sync(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
