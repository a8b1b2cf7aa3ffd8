"""Tokens in links: who may do what, signed, opaque, and without any address in them.

A token is 40 base64url characters for 30 bytes::

    key id (1) | tag (16) | purpose (1), subject (5), scope (3), expiry (4), encrypted (13)

The tag is HMAC-SHA256 over the last 13 bytes in clear, and also the nonce they are encrypted with
(a synthetic IV, as in RFC 5297): the same claim always gives the same token, so retried mails have
the same bytes, and nothing can be read or changed without the key. The key id is derived from the
key; it says which key to try after a rotation.

Whoever holds a token may do what it says, so nothing dangerous is left without an expiry: see
:data:`LASTING`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from functools import lru_cache

KEY_BYTES = 32
TOKEN_LENGTH = 40

MAX_SUBJECT = 2**40 - 1
MAX_SCOPE = 2**24 - 1

_TAG_BYTES = 16
_BLOCK_BYTES = 64
_CLAIM_BYTES = 13
_TOKEN = re.compile(r"[A-Za-z0-9_-]{40}", re.ASCII)
_NEVER = 0
_MAX_EXPIRY = 2**32 - 1


class Purpose(Enum):
    """What a token allows, and nothing else. The numbers are in mails: never reuse one."""

    UNSUBSCRIBE = 1
    CONFIRM = 2
    PREFERENCES = 3
    EXPORT = 4
    ERASE = 5
    CHANGE_ADDRESS = 6
    VIEW = 7
    UNDO = 8
    FEED = 9
    APPROVE = 10


LASTING = frozenset({Purpose.UNSUBSCRIBE, Purpose.VIEW, Purpose.FEED})
"""Purposes whose links are kept: those that stand in every mail, and that of a reader's own feed,
which is revoked instead. Unsubscribing must work for ever (RFC 8058), so such a token cannot
expire; the others may. All other purposes must expire: their links are mailed when asked for.
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a token says that :func:`check` found to be genuine and not expired."""

    purpose: Purpose
    subject: int
    """Whose: the id of a subscriber, subscription, or delivery, as the purpose has it."""

    scope: int = 0
    """Within what: the id of an issue or anything else; 0 when the purpose needs none."""

    expires_at: datetime | None = None
    """``None``: never."""


@dataclass(frozen=True, slots=True)
class _Keys:
    """What is derived from one secret: its id, and one key each for tag and encryption."""

    id: int
    tag: bytes
    encryption: bytes


@dataclass(frozen=True, slots=True)
class Keyring:
    """The secrets that sign and verify: the first signs, all verify.

    To rotate, put a new one in front and keep the old ones for as long as their links shall work.
    """

    secrets: tuple[bytes, ...] = field(repr=False)
    addresses: bytes = field(default=b"", repr=False)
    """Key of :meth:`address_hash`, which no rotation may change: the do-not-mail record knows
    addresses by their hashes only. By default it is derived from the last, the oldest, secret."""

    _keys: tuple[_Keys, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Derive the keys.

        Raises:
            ValueError: if there is no secret, or one is shorter than 32 bytes.
        """
        if not self.secrets:
            raise ValueError("a keyring needs at least one secret")
        if any(len(secret) < KEY_BYTES for secret in self.secrets):
            raise ValueError(f"every secret must have at least {KEY_BYTES} bytes")
        if not self.addresses:
            object.__setattr__(self, "addresses", derive(self.secrets[-1], "address"))
        keys = tuple(
            _Keys(
                id=derive(secret, "token id")[0],
                tag=derive(secret, "token tag"),
                encryption=derive(secret, "token encryption"),
            )
            for secret in self.secrets
        )
        object.__setattr__(self, "_keys", keys)

    @property
    def first(self) -> bytes:
        """The secret that signs, for :func:`derive`."""
        return self.secrets[0]

    @property
    def first_id(self) -> str:
        """The :func:`key_id` of the secret that signs."""
        return key_id(self.first)

    @property
    def addresses_id(self) -> str:
        """What names :attr:`addresses` and tells nothing of it."""
        return key_id(self.addresses)

    def led_by(self, wanted: str) -> Keyring | None:
        """Return this keyring with the secret whose id is *wanted* in front; ``None`` without it.

        What an issue was frozen with goes on signing it, so that a retry after a rotation has the
        same bytes (reliability.md R6). Empty stands for the oldest secret: issues from before there
        was any rotation.
        """
        if not wanted:
            wanted = key_id(self.secrets[-1])
        found = [secret for secret in self.secrets if key_id(secret) == wanted]
        if not found:
            return None
        rest = (secret for secret in self.secrets if secret != found[0])
        return Keyring((found[0], *rest), self.addresses)

    def address_hash(self, email_key: str) -> str:
        """Return by what the do-not-mail record knows the address with that canonical key.

        64 hexadecimal digits. Without the key file nobody can tell whose it is, or try addresses.
        """
        return mac(self.addresses, email_key.encode()).hex()


def key_id(secret: bytes) -> str:
    """Return what names *secret* and tells nothing of it: 8 hexadecimal digits."""
    return derive(secret, "key id")[:4].hex()


def derive(secret: bytes, label: str) -> bytes:
    """Return a key of 32 bytes for the use that *label* names (HKDF-Expand, RFC 5869, 2.3).

    Keys of different labels tell nothing of each other or of *secret*, which must be uniformly
    random, 32 bytes or more. For message ids, VERP, and all else that needs a key of its own.
    """
    return mac(secret, b"digest 1 " + label.encode() + b"\x01")


def make(
    keyring: Keyring,
    purpose: Purpose,
    subject: int,
    *,
    scope: int = 0,
    expires_at: datetime | None = None,
) -> str:
    """Return the token for this claim: 40 characters of ``A-Za-z0-9_-``, always the same.

    *expires_at* is cut to whole seconds. Inverse of :func:`check`.

    Raises:
        ValueError: if a number is out of range, or *purpose* must (or must not) expire.
    """
    if not 0 <= subject <= MAX_SUBJECT or not 0 <= scope <= MAX_SCOPE:
        raise ValueError(f"subject {subject} or scope {scope} is out of range")
    if expires_at is None and purpose not in LASTING:
        raise ValueError(f"a token to {purpose.name.lower()} must expire")
    if expires_at is not None and purpose is Purpose.UNSUBSCRIBE:
        raise ValueError("a token to unsubscribe must work for ever")
    expiry = _NEVER if expires_at is None else int(expires_at.timestamp())
    if expires_at is not None and not _NEVER < expiry <= _MAX_EXPIRY:
        raise ValueError(f"expiry {expires_at} is out of range")
    numbers = purpose.value << 96 | subject << 56 | scope << 32 | expiry
    claim = numbers.to_bytes(_CLAIM_BYTES, "big")
    keys = keyring._keys[0]  # noqa: SLF001 - derived here, for this module only
    tag = mac(keys.tag, claim)[:_TAG_BYTES]
    sealed = bytes([keys.id]) + tag + _encrypted(keys, tag, claim)
    return base64.urlsafe_b64encode(sealed).decode()


def check(keyring: Keyring, purpose: Purpose, token: str, now: datetime) -> Claim | None:
    """Return what *token* says if it is genuine, for *purpose*, and not expired at *now*.

    ``None`` for every other text, whatever is wrong with it; never raises. The time taken tells
    nothing of how nearly right a token was. Inverse of :func:`make`.
    """
    if not _TOKEN.fullmatch(token):
        return None
    sealed = base64.urlsafe_b64decode(token)
    key_id, tag, hidden = sealed[0], sealed[1 : 1 + _TAG_BYTES], sealed[1 + _TAG_BYTES :]
    genuine = None
    for keys in keyring._keys:  # noqa: SLF001 - as above
        clear = _encrypted(keys, tag, hidden)
        is_genuine = hmac.compare_digest(mac(keys.tag, clear)[:_TAG_BYTES], tag)
        if is_genuine and keys.id == key_id:
            genuine = clear
    if genuine is None or genuine[0] != purpose.value:
        return None
    expiry = int.from_bytes(genuine[9:], "big")
    expires_at = None if expiry == _NEVER else datetime.fromtimestamp(expiry, UTC)
    if expires_at is not None and now >= expires_at:
        return None
    return Claim(
        purpose=purpose,
        subject=int.from_bytes(genuine[1:6], "big"),
        scope=int.from_bytes(genuine[6:9], "big"),
        expires_at=expires_at,
    )


def _encrypted(keys: _Keys, tag: bytes, data: bytes) -> bytes:
    """Return *data* under the keystream that *tag* selects; the same again gives it back."""
    stream = mac(keys.encryption, tag)[:_CLAIM_BYTES]
    mixed = int.from_bytes(data, "big") ^ int.from_bytes(stream, "big")
    return mixed.to_bytes(_CLAIM_BYTES, "big")


def mac(key: bytes, data: bytes) -> bytes:
    """Return the HMAC-SHA256 of *data* (RFC 2104), as ``hmac.digest`` does.

    That one lets other threads run for every call, and while messages are sent by the thousand each
    time costs more than the sum itself. Here what a *key* begins with is kept as well.
    """
    inner, outer = _pads(key)
    inner, outer = inner.copy(), outer.copy()
    inner.update(data)
    outer.update(inner.digest())
    return outer.digest()


@lru_cache(maxsize=64)
def _pads(key: bytes) -> tuple[hashlib._Hash, hashlib._Hash]:
    block = (hashlib.sha256(key).digest() if len(key) > _BLOCK_BYTES else key).ljust(
        _BLOCK_BYTES, b"\0"
    )
    inner, outer = (bytes(octet ^ pad for octet in block) for pad in (0x36, 0x5C))
    return hashlib.sha256(inner), hashlib.sha256(outer)
