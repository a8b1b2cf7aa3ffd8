"""Tokens of the API, known by their hashes, and answers that may be asked for again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from digest.store.dialects import insert_new
from digest.store.engine import Transaction
from digest.store.schema import api_answers, api_tokens

_LOCK = 0x70757368
"""Key of the PostgreSQL lock under which articles are pushed; any number of our own."""


@dataclass(frozen=True, slots=True)
class Token:
    """Who may use the API, for what."""

    id: int
    name: str
    digest: str
    """By what it is known; the token itself is kept nowhere."""

    scopes: frozenset[str]
    source: str
    """Of its articles; empty when it may do nothing with articles."""

    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_on: date | None = None
    """In UTC; ``None``: never."""

    def is_good(self, now: datetime) -> bool:
        """Return whether it may be used at *now*."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True)
class Given:
    """What was answered to a request with an Idempotency-Key."""

    fingerprint: str
    status: int
    body: str


def add(
    tx: Transaction,
    name: str,
    digest: str,
    scopes: frozenset[str],
    source: str,
    now: datetime,
    expires_at: datetime | None,
) -> bool:
    """Write a token. Return whether the name was free."""
    row = {
        "name": name,
        "digest": digest,
        "scopes": sorted(scopes),
        "source": source,
        "created_at": now,
        "expires_at": expires_at,
        "revoked_at": None,
        "last_used_on": "",
    }
    return insert_new(tx, api_tokens, row)


def exist(tx: Transaction) -> bool:
    """Return whether any token was ever made and not revoked."""
    query = select(api_tokens.c.id).where(api_tokens.c.revoked_at.is_(None)).limit(1)
    return tx.execute(query).first() is not None


def find(tx: Transaction, digest: str) -> Token | None:
    """Return the token known by *digest*, good or not; ``None`` if there is none."""
    row = tx.execute(select(api_tokens).where(api_tokens.c.digest == digest)).one_or_none()
    return _token(row) if row is not None else None


def tokens(tx: Transaction) -> list[Token]:
    """Return all tokens, by name, those revoked too."""
    return [_token(row) for row in tx.execute(select(api_tokens).order_by(api_tokens.c.name))]


def revoke(tx: Transaction, name: str, now: datetime) -> bool:
    """End the token called *name*. Return whether it was good until then."""
    done = tx.execute(
        update(api_tokens)
        .where(api_tokens.c.name == name, api_tokens.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    return bool(done.rowcount)


def note_use(tx: Transaction, token_id: int, day: date) -> None:
    """Remember the day on which the token was last used."""
    tx.execute(
        update(api_tokens).where(api_tokens.c.id == token_id).values(last_used_on=day.isoformat())
    )


def lock(tx: Transaction) -> None:
    """Keep other writers of articles out until the transaction ends. SQLite does so anyway."""
    if tx.dialect.name == "postgresql":
        tx.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")


def given(tx: Transaction, token_id: int, key: str) -> Given | None:
    """Return what was answered under *key* (a hash); ``None``: nothing that is kept."""
    query = select(api_answers).where(api_answers.c.token_id == token_id, api_answers.c.key == key)
    row = tx.execute(query).one_or_none()
    return Given(row.fingerprint, row.status, row.body) if row is not None else None


def keep(tx: Transaction, token_id: int, key: str, answer: Given, now: datetime) -> None:
    """Remember *answer*; nothing is kept under *key* yet."""
    tx.execute(
        insert(api_answers).values(
            token_id=token_id,
            key=key,
            at=now,
            fingerprint=answer.fingerprint,
            status=answer.status,
            body=answer.body,
        )
    )


def forget(tx: Transaction, before: datetime) -> None:
    """Drop answers from *before* that."""
    tx.execute(delete(api_answers).where(api_answers.c.at < before))


def _token(row: Row[Any]) -> Token:
    return Token(
        id=row.id,
        name=row.name,
        digest=row.digest,
        scopes=frozenset(row.scopes),
        source=row.source,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        last_used_on=date.fromisoformat(row.last_used_on) if row.last_used_on else None,
    )
