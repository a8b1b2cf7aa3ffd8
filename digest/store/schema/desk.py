"""The operator's desk: who may use it, from where they came, and what they did."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, String, Text

from digest.model.desk import Role
from digest.store.schema.base import ID, Utc, one_of, table

desk_accounts = table(
    "desk_accounts",
    Column("id", ID, primary_key=True),
    # In lower case.
    Column("name", String(40), nullable=False, unique=True),
    Column("role", String(10), nullable=False),
    # The argon2id hash, in its own notation.
    Column("password", String(200), nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("password_at", Utc, nullable=False),
    one_of("role", Role),
)

desk_sessions = table(
    "desk_sessions",
    # sha256 of what the browser has in its cookie, which is random and kept nowhere.
    Column("digest", String(64), primary_key=True),
    Column("account_id", ID, ForeignKey("desk_accounts.id"), nullable=False, index=True),
    Column("created_at", Utc, nullable=False),
    # Of its last request, give or take a minute.
    Column("seen_at", Utc, nullable=False, index=True),
)

desk_devices = table(
    "desk_devices",
    # Browsers in which somebody signed in before: they go on when strangers guess at the account.
    # sha256 of what the browser has in its cookie.
    Column("digest", String(64), primary_key=True),
    Column("account_id", ID, ForeignKey("desk_accounts.id"), nullable=False, index=True),
    Column("seen_at", Utc, nullable=False, index=True),
)

desk_attempts = table(
    "desk_attempts",
    # Wrong passwords, counted: "network:192.0.2.0/24", "account:" or "device:" and a hash.
    Column("key", String(80), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", Utc, nullable=False, index=True),
)

desk_actions = table(
    "desk_actions",
    # What was done at the desk. Rows are added, never changed or removed.
    Column("id", ID, primary_key=True),
    Column("at", Utc, nullable=False),
    # The account's name, not its id: accounts go, what they did stays.
    Column("who", String(40), nullable=False),
    # A word or two: "approve", "withdraw", "sign in".
    Column("did", String(40), nullable=False),
    # To what: an issue "daily/12", an article's uid, a source's name. Of people, their number.
    Column("about", String(300), nullable=False),
    # More, for people; empty when there is nothing to add.
    Column("detail", Text, nullable=False),
)
