"""Keys: the secrets that sign links, in their file; a new one in front, an old one taken out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from digest import files, keyfile
from digest.errors import ConfigError, DigestError, NotFoundError, Problem
from digest.keyfile import KeyFile
from digest.model import IssueState
from digest.store import enrolment, issues, settings, subscribers
from digest.store.engine import Store
from digest.tokens import Keyring

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


ADDRESSES = "addresses"
"""Under which the database keeps by which key its do-not-mail record knows addresses."""


def check_addresses(store: Store, keyring: Keyring) -> None:
    """Make sure that the do-not-mail record of *store* was made with *keyring*.

    With another one every address on it would count as free to mail.

    Raises:
        DigestError: if it was not.
    """
    with store.read() as tx:
        theirs = settings.get(tx, ADDRESSES)
        is_used = subscribers.exist(tx)
    if theirs == keyring.addresses_id:
        return
    if theirs is not None and is_used:
        raise DigestError(
            "this database knows addresses by another secret key: its do-not-mail record would be "
            "without effect. Put the old key back, as the last line of the key file; if it is lost "
            "for good: digest keys adopt"
        )
    with store.write() as tx:
        settings.put(tx, ADDRESSES, keyring.addresses_id)


def adopt(store: Store, keyring: Keyring) -> tuple[int, int]:
    """Let the do-not-mail record go on with *keyring*, its own key being lost.

    Suppressions of people who are there are taken along. Those of others, like people who had
    everything erased, are without effect from then on: nobody can tell whose they are.

    Returns:
        How many suppressions were taken along, and how many are lost.
    """
    with store.write() as tx:
        taken, lost = enrolment.rehash(tx, keyring.address_hash)
        settings.put(tx, ADDRESSES, keyring.addresses_id)
    return taken, lost


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
