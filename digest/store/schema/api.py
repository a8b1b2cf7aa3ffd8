"""The API: who may use it, and what it answered to requests that may be repeated."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Integer, String, Text

from digest.store.schema.base import ID, Utc, table

api_tokens = table(
    "api_tokens",
    Column("id", ID, primary_key=True),
    Column("name", String(40), nullable=False, unique=True),
    # sha256 of the token, which is random and kept nowhere.
    Column("digest", String(64), nullable=False, unique=True),
    # What it may do: a list of words.
    Column("scopes", JSON, nullable=False),
    # The source that its articles are of; empty where it may do nothing with articles.
    Column("source", String(100), nullable=False),
    Column("created_at", Utc, nullable=False),
    # Null: it does not expire; it was not revoked.
    Column("expires_at", Utc),
    Column("revoked_at", Utc),
    # In UTC, "2026-11-24"; empty: it was never used. Not finer: nobody's hours are recorded.
    Column("last_used_on", String(10), nullable=False),
)

api_answers = table(
    "api_answers",
    # One row a request with an Idempotency-Key, for a day.
    Column("token_id", ID, ForeignKey("api_tokens.id"), primary_key=True),
    # sha256 of the key.
    Column("key", String(64), primary_key=True),
    Column("at", Utc, nullable=False, index=True),
    # sha256 of the request: the same key with another one is a mistake.
    Column("fingerprint", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    # The answer's body, JSON. Of articles only, which are published: nothing of any reader.
    Column("body", Text, nullable=False),
)
