"""Folders and files: reading what editors wrote, and writing what must never be half-written."""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from digest.errors import BusyError, ConfigError, NotFoundError, Problem

_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of a source's folder."""

    path: PurePosixPath
    """Relative to the folder."""

    data: bytes
    """Its content; empty when there is a problem."""

    problem: str = ""
    """Why it cannot be read; empty when it can."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A file that an article names: a picture, an enclosure."""

    path: PurePosixPath
    """Relative to the source's folder."""

    sha256: str
    length_bytes: int
    head: bytes
    """Its first 64 KiB, where pictures say their size."""


def scan(folder: Path, suffixes: Collection[str], max_bytes: int) -> Iterator[SourceFile]:
    """Yield the files below *folder* whose names end in one of *suffixes*, sorted by path.

    Hidden files and folders (``.``, ``_`` at the start) are passed over, and symbolic links are not
    followed. A file over *max_bytes* or without read permission comes with its problem.

    Raises:
        NotFoundError: if the folder does not exist.
    """
    if not folder.is_dir():
        raise NotFoundError("folder", str(folder))
    for path in _walk(folder, PurePosixPath(), suffixes):
        yield _read_source_file(folder, path, max_bytes)


def _walk(folder: Path, below: PurePosixPath, suffixes: Collection[str]) -> Iterator[PurePosixPath]:
    with os.scandir(folder / below) as found:
        entries = sorted(found, key=lambda entry: entry.name)
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
    if path.is_absolute() or "\0" in str(path):
        return None
    top = folder.resolve()
    found = (top / path).resolve()
    return found if found.is_relative_to(top) else None


def inside_file(folder: Path, path: PurePosixPath) -> bool:
    """Return whether there is a file at *path* below *folder*."""
    place = inside(folder, path)
    return place is not None and place.is_file()


def read_asset(folder: Path, path: PurePosixPath) -> Asset | None:
    """Return what is to know of the file at *path* below *folder*; ``None`` when there is none."""
    place = inside(folder, path)
    if place is None or not place.is_file():
        return None
    digest = hashlib.sha256()
    length, head = 0, b""
    with place.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            head = head or chunk[: 1 << 16]
            length += len(chunk)
            digest.update(chunk)
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


def write_set(folder: Path, contents: Mapping[str, bytes], *, mode: int = 0o644) -> tuple[str, ...]:
    """Replace files below *folder* so that each is whole at any moment. Return those that changed.

    All new content is safe on disk before the first file is replaced, so the files switch together
    as nearly as a file system allows. Files that have that content already are not touched.

    Raises:
        OSError: if anything cannot be written; then no file was replaced.
    """
    changed = [name for name, data in contents.items() if not _holds(folder / name, data)]
    prepared: list[tuple[Path, Path]] = []
    try:
        for name in changed:
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            prepared.append((_write_beside(target, contents[name], mode), target))
        for temporary, target in prepared:
            temporary.replace(target)
    finally:
        for temporary, _ in prepared:
            temporary.unlink(missing_ok=True)
    for parent in {target.parent for _, target in prepared}:
        _sync_folder(parent)
    return tuple(changed)


def copy_new(source: Path, target: Path) -> bool:
    """Copy *source* to *target*, whole or not at all, unless *target* exists. Return if it did."""
    if target.exists():
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    write_file(target, source.read_bytes())
    return True


def write_private(path: Path, data: bytes) -> None:
    """Write a secret to a new file that only its owner can read.

    Raises:
        FileExistsError: if there is such a file: a secret is never overwritten.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
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


def _holds(path: Path, data: bytes) -> bool:
    try:
        return path.stat().st_size == len(data) and path.read_bytes() == data
    except OSError:
        return False


def _write_beside(target: Path, data: bytes, mode: int) -> Path:
    descriptor, name = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
