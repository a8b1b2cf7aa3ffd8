"""Access: who may use the API, and for what.

A token is 256 random bits, shown once and kept as a hash. Whoever looks it up compares hashes: what
takes longer or shorter thereby tells nothing of any token.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from digest.config import Config
from digest.config.values import check_name
from digest.errors import DigestError, NotFoundError
from digest.store import api
from digest.store.api import Token
from digest.store.engine import Store

PREFIX = "digest_"
"""By which people, and programs that look for secrets in the wrong places, know a token."""

TOKEN_BYTES = 32
_TOKEN = re.compile(r"digest_[0-9a-f]{64}", re.ASCII)


class Scope(StrEnum):
    """What a token may do."""

    ARTICLES = "articles"  #: Write, read, and withdraw articles of its source.
    SUBSCRIBERS = "subscribers"  #: Ask people to confirm, look one up, unsubscribe one.
    CONSENT = "consent"  #: Subscribe people whose consent the caller has on record.
    ISSUES = "issues"  #: Look at issues; hold, resume, and approve them.
    STATS = "stats"  #: Read counts.


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token just made."""

    token: str
    """The only time that it can be seen."""

    name: str
    scopes: tuple[Scope, ...]
    source: str
    expires_at: datetime | None


def make_token(  # noqa: PLR0913 - for whom, for what, until when
    store: Store,
    config: Config,
    name: str,
    scopes: Iterable[Scope],
    *,
    source: str = "",
    expires_at: datetime | None = None,
    secret: bytes,
    now: datetime,
) -> NewToken:
    """Make a token and return it; nobody can see it again.

    Args:
        store: Where its hash is kept.
        config: The settings.
        name: What it is called, for people.
        scopes: What it may do.
        source: Of its articles; empty: the only source of kind "push" there is.
        expires_at: Until when; ``None``: for good.
        secret: 32 random bytes.
        now: The time.

    Raises:
        NotFoundError: if there is no such source.
        DigestError: if the name is taken or none, or nothing would be allowed.
    """
    wanted = frozenset(scopes)
    try:
        check_name(name)
    except ValueError as error:
        raise DigestError(f"the name {name!r} {error}") from None
    if not wanted:
        raise DigestError(f"name what the token may do: --scope {','.join(Scope)}")
    if expires_at is not None and expires_at <= now:
        raise DigestError("it would have expired already: give a later day")
    if len(secret) != TOKEN_BYTES:
        raise ValueError(f"a token needs {TOKEN_BYTES} random bytes")
    if Scope.ARTICLES in wanted:
        source = source_of(config, source)
    elif source:
        raise DigestError('only a token with the scope "articles" has a source')
    token = PREFIX + secret.hex()
    with store.write() as tx:
        names = frozenset(str(scope) for scope in wanted)
        if not api.add(tx, name, hash_of(token), names, source, now, expires_at):
            raise DigestError(
                f"there was a token called {name!r} already: names are not used twice, so that "
                "what is on record stays clear"
            )
    return NewToken(
        token, name, tuple(scope for scope in Scope if scope in wanted), source, expires_at
    )


def source_of(config: Config, source: str) -> str:
    """Return the source that a token with articles is for.

    Raises:
        NotFoundError: if it is none that articles can be pushed to.
        DigestError: if there are several, and none was named.
    """
    known = [name for name, item in config.sources.items() if item.kind == "push"]
    if source:
        if source not in known:
            raise NotFoundError('source of kind "push"', source, known)
        return source
    if not known:
        raise DigestError(
            "there is no source that articles can be pushed to: add [sources.NAME] with "
            'kind = "push" to the settings'
        )
    if len(known) > 1:
        raise DigestError(f"say which source the articles are of: --source {' or '.join(known)}")
    return known[0]


def hash_of(token: str) -> str:
    """Return what *token* is known by."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def is_open(store: Store) -> bool:
    """Return whether there is an API at all: whether any token was made that was not revoked."""
    with store.read() as tx:
        return api.exist(tx)


def check_token(store: Store, token: str, *, now: datetime) -> Token | None:
    """Return what *token* may do; ``None`` if it is none, or no more. Its use is remembered by day.

    Raises:
        StoreError: if the database cannot be used.
    """
    if not _TOKEN.fullmatch(token):
        return None
    digest = hash_of(token)
    with store.read() as tx:
        found = api.find(tx, digest)
    if found is None or not hmac.compare_digest(found.digest, digest) or not found.is_good(now):
        return None
    if found.last_used_on != now.date():
        with store.write() as tx:
            api.note_use(tx, found.id, now.date())
    return found


def list_tokens(store: Store) -> list[Token]:
    """Return all tokens, by name, those revoked too."""
    with store.read() as tx:
        return api.tokens(tx)


def revoke_token(store: Store, name: str, *, now: datetime) -> bool:
    """End the token called *name*. Return whether it was good until then.

    Raises:
        NotFoundError: if there is none of that name.
    """
    with store.write() as tx:
        known = [item.name for item in api.tokens(tx)]
        if name not in known:
            raise NotFoundError("token", name, known)
        return api.revoke(tx, name, now)
