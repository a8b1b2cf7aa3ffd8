"""Keys: the secrets that sign links, in their file; a new one in front, an old one taken out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from digest import files, keyfile
from digest.errors import ConfigError, DigestError, NotFoundError, Problem
from digest.keyfile import KeyFile
from digest.model import IssueState
from digest.store import issues
from digest.store.engine import Store

_OPEN = frozenset(set(IssueState) - {IssueState.FINISHED, IssueState.CANCELLED})


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """One key, as it may be shown: no secret."""

    id: str
    since: datetime | None
    """``None``: not known."""

    signs: bool
    """Whether it signs what is made now; the others only verify."""

    issues: int = 0
    """How many issues that are not finished were frozen with it."""


def list_keys(store: Store, path: Path) -> tuple[KeyInfo, ...]:
    """Return the keys in the file at *path*, newest first.

    Raises:
        ConfigError: if the file cannot be used.
    """
    found = _parsed(path, _read(path))
    used = _open_issues(store, found)
    return tuple(
        KeyInfo(key.id, key.since, place == 0, used.count(key.id))
        for place, key in enumerate(found.keys)
    )


def rotate(path: Path, secret: bytes, now: datetime) -> KeyInfo:
    """Put *secret* in front in the key file at *path*, whole or not at all; the others stay.

    No copy of the file is made: nothing is taken out of it, and a copy is one more to guard.

    Raises:
        ConfigError: if the file cannot be used.
        DigestError: if it cannot be written.
    """
    _parsed(path, _read(path))
    with files.exclusive(_lock(path)):
        text = _read(path)
        _write(path, keyfile.with_key(text, secret, now))
    return KeyInfo(keyfile.Key(secret, now).id, now, signs=True)


def remove(store: Store, path: Path, key_id: str) -> KeyInfo:
    """Take an old key out of the file at *path*. Links that it signed are dead from then on.

    What the do-not-mail record knows addresses by stays.

    Raises:
        NotFoundError: if there is no such key.
        DigestError: if it is the one that signs, or an issue that was frozen with it is not
            finished: its messages could not be the same at a retry.
    """
    removable(store, path, key_id)
    with files.exclusive(_lock(path)):
        found = removable(store, path, key_id)
        _write(path, keyfile.without_key(_read(path), key_id))
    return found


def removable(store: Store, path: Path, key_id: str) -> KeyInfo:
    """Return the key, if :func:`remove` may take it out.

    Raises:
        NotFoundError: as :func:`remove`.
        DigestError: as :func:`remove`.
    """
    keys = list_keys(store, path)
    wanted = next((key for key in keys if key.id == key_id), None)
    if wanted is None:
        raise NotFoundError("key", key_id, [key.id for key in keys])
    if wanted.signs:
        raise DigestError(f"{key_id} is the key that signs: run digest keys rotate first")
    if wanted.issues:
        raise DigestError(
            f"{wanted.issues} issues that are not finished were frozen with {key_id}: wait until "
            "they are sent, or cancel them (digest issues list)"
        )
    return wanted


def _open_issues(store: Store, found: KeyFile) -> list[str]:
    """Return the key's id of each issue that is not finished."""
    with store.read() as tx:
        unfinished = issues.in_states(tx, _OPEN)
    return [issue.key_id or found.keys[-1].id for issue in unfinished]


def _lock(path: Path) -> Path:
    return path.with_name(f"{path.name}.lock")


def _read(path: Path) -> str:
    return files.read_private(path).decode("ascii", "replace")


def _parsed(path: Path, text: str) -> KeyFile:
    try:
        return keyfile.parse(text)
    except ValueError as error:
        raise ConfigError([Problem(str(path), str(error))]) from None


def _write(path: Path, text: str) -> None:
    try:
        files.write_file(path, text.encode("ascii", "replace"), mode=0o600)
    except OSError as error:
        raise DigestError(f"{path} cannot be written: {error.strerror}") from error
