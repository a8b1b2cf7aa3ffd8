"""Files that switch together: readers find all of the old or all of the new, after a kill too.

Several renames cannot do that: a process that is killed between two of them leaves files of two
states side by side. So the files of one state stand in a folder of their own, and a symbolic link
says which folder counts; to replace the link is one step::

    rss.xml    -> .now/rss.xml          what servers and people name
    .now       -> .now-3f9a…            the one link that moves
    .now-3f9a…/   rss.xml atom.xml …    one state, named by its key, never changed

All links are relative: the whole can be copied to another place as it is.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from digest import files

_UNFINISHED = ".new-"
_FEW = 8
_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Switch:
    """Files that are to take the place of those that stand at a link."""

    at: Path
    """The link."""

    key: str
    """Names the state: the same key, the same bytes."""

    contents: Mapping[str, bytes]
    """By file name."""

    named_beside: bool = False
    """Whether each file is named beside the link too, as ``rss.xml`` above."""


def holds(at: Path, key: str, names: Iterable[str], *, named_beside: bool = False) -> bool:
    """Tell whether the state *key* stands at the link *at*, with all files called *names*."""
    try:
        if os.readlink(at) != _folder_name(at, key):  # noqa: PTH115 - Path's is ten times as slow
            return False
        beside = (os.readlink(at.parent / name) for name in names)  # noqa: PTH115 - as above
        if named_beside and list(beside) != [f"{at.name}/{name}" for name in names]:
            return False
    except OSError:
        return False
    return all(os.path.isfile(f"{at}/{name}") for name in names)  # noqa: PTH113 - as above


def switch(switches: Sequence[Switch]) -> list[Path]:
    """Put the files of *switches* in place. Return those that are new or have other bytes.

    All are safe on disk before the first link moves. A file with the same bytes as before keeps its
    times and its number.

    Raises:
        OSError: if anything cannot be written; then nothing that can be read has changed.
    """
    for item in switches:
        _refuse_obstacles(item)
    with ExitStack() as undo:
        states = [_prepare(item, undo) for item in switches]
        _sync_all([path for state in states for path in state.fresh])
        for state in states:
            if state.unfinished is not None:
                state.unfinished.rename(state.folder)
                undo.callback(shutil.rmtree, state.folder, ignore_errors=True)
        undo.pop_all()
    for item in switches:
        if item.named_beside:
            _name_beside(item)
        _link(item.at, _folder_name(item.at, item.key))
    for parent in {item.at.parent for item in switches}:
        _sync(parent)
    _sweep(switches)
    return [path for state in states for path in state.changed]


def _folder_name(at: Path, key: str) -> str:
    return f".{at.name.lstrip('.')}-{key}"


def _refuse_obstacles(item: Switch) -> None:
    places = [item.at]
    if item.named_beside:
        places += [item.at.parent / name for name in item.contents]
    for place in places:
        if place.is_dir() and not place.is_symlink():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(place))


@dataclass(frozen=True, slots=True)
class _State:
    """A folder with the files of one state, made ready."""

    folder: Path
    unfinished: Path | None
    """Where it is until it is safe on disk; ``None`` when it was there already."""

    fresh: Sequence[Path]
    """Files that are not safe on disk yet."""

    changed: Sequence[Path]
    """Where files with other bytes than before will be read."""


def _prepare(item: Switch, undo: ExitStack) -> _State:
    """Write the folder of the new state; *undo* takes it away again."""
    parent = item.at.parent
    parent.mkdir(parents=True, exist_ok=True)
    folder = parent / _folder_name(item.at, item.key)
    changed = [name for name, data in item.contents.items() if not _has(item.at / name, data)]
    shown = [(parent if item.named_beside else item.at) / name for name in changed]
    if folder.is_dir():
        # Of a run that was killed, or somebody took files away.
        files.write_set(folder, item.contents)
        return _State(folder, None, (), shown)
    unfinished = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=parent))
    undo.callback(shutil.rmtree, unfinished, ignore_errors=True)
    unfinished.chmod(0o755)
    fresh = []
    for name, data in item.contents.items():
        if name not in changed and _linked(item.at / name, unfinished / name):
            continue
        (unfinished / name).write_bytes(data)
        fresh.append(unfinished / name)
    return _State(folder, unfinished, (*fresh, unfinished), shown)


def _sync_all(paths: Sequence[Path]) -> None:
    """Have the disk keep *paths*, files and folders; together they take little longer than one."""
    if len(paths) <= _FEW:
        for path in paths:
            _sync(path)
        return
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(_sync, paths))


def _linked(existing: Path, name: Path) -> bool:
    """Give *existing* another name, so that an unchanged file stays the same file."""
    try:
        name.hardlink_to(existing)
    except OSError:  # A file system without such links.
        return False
    return True


def _name_beside(item: Switch) -> None:
    """Make the links beside; they lead nowhere until the one that moves is there."""
    parent = item.at.parent
    plain = [name for name in item.contents if _is_plain(parent / name)]
    if plain and not item.at.is_symlink():
        # Written before there were links: their bytes stay readable while the names change.
        before = parent / _folder_name(item.at, "before")
        before.mkdir(exist_ok=True)
        for name in plain:
            with suppress(FileExistsError):
                (before / name).hardlink_to(parent / name)
        _link(item.at, before.name)
    for name in item.contents:
        _link(parent / name, f"{item.at.name}/{name}")


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _link(at: Path, target: str) -> None:
    with suppress(OSError):
        if os.readlink(at) == target:  # noqa: PTH115 - Path's is ten times as slow
            return
    # A name of its own while it is made: a link cannot be replaced but by a rename.
    fresh = at.with_name(f"{_UNFINISHED}{at.name.lstrip('.')}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(at)


def _sweep(switches: Sequence[Switch]) -> None:
    """Remove states that count no more: what was taken back must not be found in them."""
    kept: dict[Path, dict[str, str]] = {}
    for item in switches:
        name = item.at.name.lstrip(".")
        kept.setdefault(item.at.parent, {})[name] = _folder_name(item.at, item.key)
    for parent, states in kept.items():
        with os.scandir(parent) as entries:
            for entry in entries:
                name = entry.name.removeprefix(".").rpartition("-")[0]
                is_state = entry.name.startswith(".") and name in states
                if entry.name.startswith(_UNFINISHED) or (is_state and entry.name != states[name]):
                    _remove(entry)


def tidy(folder: Path) -> None:
    """Remove what killed runs left in *folder*: half-made states, and states that count no more.

    Nobody else may be switching there meanwhile. A folder that is not there is tidy.
    """
    try:
        entries = list(os.scandir(folder))
    except FileNotFoundError:
        return
    links = {
        entry.name.lstrip("."): os.readlink(entry.path)  # noqa: PTH115 - a path as text
        for entry in entries
        if entry.is_symlink()
    }
    for entry in entries:
        link = links.get(entry.name.removeprefix(".").rpartition("-")[0])
        is_old = entry.name.startswith(".") and link is not None and link != entry.name
        if entry.name.startswith(_UNFINISHED) or (is_old and not entry.is_symlink()):
            _remove(entry)


def _remove(entry: os.DirEntry[str]) -> None:
    if entry.is_dir(follow_symlinks=False):
        shutil.rmtree(entry.path, ignore_errors=True)
    else:
        with suppress(OSError):
            os.unlink(entry.path)  # noqa: PTH108 - a path as text


def _has(path: Path, data: bytes) -> bool:
    try:
        return path.stat().st_size == len(data) and path.read_bytes() == data
    except OSError:
        return False


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
