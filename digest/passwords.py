"""Passwords of people at the desk: kept as argon2id hashes only (RFC 9106).

The only place that knows of argon2. A hash takes about 64 MiB and some hundredths of a second, so
only so many are worked out at once, however many guess.
"""

from __future__ import annotations

from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

MIN_CHARACTERS = 12
MAX_CHARACTERS = 200
"""What is longer is not hashed at all."""

_AT_ONCE = 2
_FEW_CHARACTERS = 4

_turns = BoundedSemaphore(_AT_ONCE)
_hasher = PasswordHasher()  # RFC 9106, the second recommended option


def why_weak(password: str, name: str) -> str:
    """Return why *password* is no good for the account called *name*; empty if it will do.

    Length counts, and nothing about kinds of characters (NIST SP 800-63B-4, 3.1.1.2).
    """
    if len(password) < MIN_CHARACTERS:
        return f"a password has at least {MIN_CHARACTERS} characters: several words are best"
    if len(password) > MAX_CHARACTERS:
        return f"a password has at most {MAX_CHARACTERS} characters"
    if len(set(password)) <= _FEW_CHARACTERS:
        return "this password repeats a few characters; anybody guesses that"
    rest = password.casefold().replace(name.casefold(), "").replace("digest", "")
    if len(rest) < MIN_CHARACTERS // 2:
        return "this password is little more than a name; anybody guesses that"
    return ""


def hashed(password: str) -> str:
    """Return what is kept of *password*: its argon2id hash, with its own random salt."""
    with _turns:
        return _hasher.hash(password)


def fits(kept: str | None, password: str) -> bool:
    """Return whether *password* is the one that *kept* is the hash of.

    ``None``, for an account that there is not, takes as long as any other wrong password.
    """
    if len(password) > MAX_CHARACTERS:
        password = ""
    with _turns:
        try:
            _hasher.verify(_nobodys() if kept is None else kept, password)
        except (Argon2Error, InvalidHashError):
            return False
    return kept is not None


@cache
def _nobodys() -> str:
    return _hasher.hash("nobody has this one")
