"""The file of secret keys as text: read, with a key put in front, with one taken out.

Pure. A secret is a line of 64 or more hexadecimal digits; the first one signs, all verify. A line
``# since <time>`` before it says from when. A line ``address <digits>`` is what the do-not-mail
record knows addresses by, once the secret that it was derived from is taken out. Other lines that
begin with ``#``, and blank ones, do not count, and stay where they are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime

from digest.tokens import Keyring, key_id

_DIGITS = re.compile(r"([0-9A-Fa-f]{2}){32,}", re.ASCII)
_ADDRESSES = "address "
_SINCE = "# since "


@dataclass(frozen=True, slots=True)
class Key:
    """One secret of the file."""

    secret: bytes = field(repr=False)
    since: datetime | None
    """``None``: the file does not say."""

    @property
    def id(self) -> str:
        """What names it; see :func:`digest.tokens.key_id`."""
        return key_id(self.secret)


@dataclass(frozen=True, slots=True)
class KeyFile:
    """What a key file says."""

    keys: tuple[Key, ...]
    """Newest first; never empty."""

    addresses: bytes = field(default=b"", repr=False)
    """Empty unless the file says it."""

    @property
    def keyring(self) -> Keyring:
        """The keyring of these secrets."""
        return Keyring(tuple(key.secret for key in self.keys), self.addresses)


def parse(text: str) -> KeyFile:
    """Return what the key file *text* says.

    Raises:
        ValueError: if a line is no secret, or there is none; the message never shows one.
    """
    keys: list[Key] = []
    addresses = b""
    since: datetime | None = None
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if line.startswith(_SINCE):
            since = _moment(line.removeprefix(_SINCE))
            continue
        if not line or line.startswith("#"):
            continue
        digits = line.removeprefix(_ADDRESSES).strip()
        if not _DIGITS.fullmatch(digits):
            raise ValueError(f"line {number} of the key must be 64 or more hexadecimal digits")
        if digits == line:
            keys.append(Key(bytes.fromhex(digits), since))
            since = None
        else:
            addresses = bytes.fromhex(digits)
    if not keys:
        raise ValueError("there is no key in it: it needs a line of 64 hexadecimal digits")
    return KeyFile(tuple(keys), addresses)


def with_key(text: str, secret: bytes, since: datetime) -> str:
    """Return the key file *text* (empty: a new one) with *secret* in front: it signs from now on.

    Inverse of :func:`without_key`.
    """
    return f"{_SINCE}{since.isoformat(timespec='seconds')}\n{secret.hex()}\n{text}"


def without_key(text: str, wanted: str) -> str:
    """Return the key file *text* without the key whose id is *wanted*.

    When that is the last one, what the do-not-mail record needs of it stays.

    Raises:
        KeyError: if there is no such key in it.
        ValueError: if it is the only one, or *text* cannot be read.
    """
    before = parse(text)
    if all(key.id != wanted for key in before.keys):
        raise KeyError(wanted)
    if all(key.id == wanted for key in before.keys):
        raise ValueError("it is the only key")
    kept: list[str] = []
    for line in text.splitlines():
        digits = line.strip()
        if _DIGITS.fullmatch(digits) and key_id(bytes.fromhex(digits)) == wanted:
            if kept and kept[-1].strip().startswith(_SINCE):
                kept.pop()
            continue
        kept.append(line)
    if not before.addresses and before.keys[-1].id == wanted:
        kept.append(f"{_ADDRESSES}{before.keyring.addresses.hex()}")
    return "".join(f"{line}\n" for line in kept)


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return found if found.tzinfo else None
