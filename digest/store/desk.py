"""Who may use the desk, their sessions, and what they did there.

Sessions and devices are known by hashes only: whoever reads the database can use none of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update

from digest.model.desk import Role
from digest.store.dialects import insert_into, insert_new
from digest.store.engine import Transaction
from digest.store.schema import (
    desk_accounts,
    desk_actions,
    desk_attempts,
    desk_devices,
    desk_sessions,
)

_MAX_ABOUT, _MAX_DETAIL = 300, 2000


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may use the desk."""

    id: int
    name: str
    role: Role
    password: str
    """The argon2id hash."""

    created_at: datetime
    password_at: datetime
    """When the password was set."""


@dataclass(frozen=True, slots=True)
class Session:
    """A browser in which somebody is signed in."""

    account: Account
    created_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Failures:
    """Wrong passwords, counted under one key."""

    count: int = 0
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """Something that was done at the desk."""

    id: int
    at: datetime
    who: str
    did: str
    about: str
    detail: str


def put(tx: Transaction, name: str, role: Role, password: str, now: datetime) -> Account:
    """Write the account called *name*, new or not; its sessions and devices are gone."""
    values = {"role": role, "password": password, "password_at": now}
    statement = insert_into(tx, desk_accounts).values(name=name, created_at=now, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))
    account = find(tx, name)
    if account is None:
        raise AssertionError(name)
    end_all(tx, account.id)
    return account


def find(tx: Transaction, name: str) -> Account | None:
    """Return the account called *name*."""
    row = tx.execute(select(desk_accounts).where(desk_accounts.c.name == name)).one_or_none()
    return _account(row) if row is not None else None


def accounts(tx: Transaction) -> list[Account]:
    """Return all accounts, by name."""
    return [_account(row) for row in tx.execute(select(desk_accounts).order_by("name"))]


def remove(tx: Transaction, name: str) -> bool:
    """Remove the account called *name*. Return whether there was one."""
    account = find(tx, name)
    if account is None:
        return False
    end_all(tx, account.id)
    tx.execute(delete(desk_accounts).where(desk_accounts.c.id == account.id))
    return True


def begin(tx: Transaction, digest: str, account_id: int, now: datetime) -> None:
    """Write a session."""
    tx.execute(
        insert(desk_sessions).values(
            digest=digest, account_id=account_id, created_at=now, seen_at=now
        )
    )


def session(tx: Transaction, digest: str) -> Session | None:
    """Return the session known by *digest*, timed out or not."""
    query = (
        select(desk_accounts, desk_sessions.c.created_at.label("began_at"), desk_sessions.c.seen_at)
        .join(desk_accounts, desk_accounts.c.id == desk_sessions.c.account_id)
        .where(desk_sessions.c.digest == digest)
    )
    row = tx.execute(query).one_or_none()
    return Session(_account(row), row.began_at, row.seen_at) if row is not None else None


def see(tx: Transaction, digest: str, now: datetime) -> None:
    """Note that the session was used."""
    tx.execute(update(desk_sessions).where(desk_sessions.c.digest == digest).values(seen_at=now))


def end(tx: Transaction, digest: str) -> None:
    """End one session."""
    tx.execute(delete(desk_sessions).where(desk_sessions.c.digest == digest))


def end_all(tx: Transaction, account_id: int) -> None:
    """End all sessions of an account, and forget the browsers it was used in."""
    for table in (desk_sessions, desk_devices):
        tx.execute(delete(table).where(table.c.account_id == account_id))


def know_device(tx: Transaction, digest: str, account_id: int, now: datetime) -> None:
    """Remember a browser in which the account was signed in."""
    statement = insert_into(tx, desk_devices).values(
        digest=digest, account_id=account_id, seen_at=now
    )
    again = {"account_id": account_id, "seen_at": now}
    tx.execute(statement.on_conflict_do_update(index_elements=["digest"], set_=again))


def is_known(tx: Transaction, digest: str, name: str) -> bool:
    """Return whether the account called *name* was signed in in that browser before."""
    query = (
        select(desk_devices.c.digest)
        .join(desk_accounts, desk_accounts.c.id == desk_devices.c.account_id)
        .where(desk_devices.c.digest == digest, desk_accounts.c.name == name)
    )
    return tx.execute(query).first() is not None


def failures(tx: Transaction, key: str, now: datetime) -> Failures:
    """Return what was counted under *key*, and keep others from it until the transaction ends."""
    # What is not there yet cannot be kept from others.
    insert_new(tx, desk_attempts, {"key": key, "failures": 0, "last_at": now})
    query = select(desk_attempts).where(desk_attempts.c.key == key).with_for_update()
    row = tx.execute(query).one()
    return Failures(row.failures, row.last_at)


def count_failure(tx: Transaction, keys: Sequence[str], now: datetime) -> None:
    """Count one more wrong password under each of *keys*."""
    for key in keys:
        statement = insert_into(tx, desk_attempts).values(key=key, failures=1, last_at=now)
        again = {"failures": desk_attempts.c.failures + 1, "last_at": now}
        tx.execute(statement.on_conflict_do_update(index_elements=["key"], set_=again))


def forgive(tx: Transaction, keys: Sequence[str]) -> None:
    """Forget what was counted under *keys*."""
    tx.execute(delete(desk_attempts).where(desk_attempts.c.key.in_(keys)))


def take_back(tx: Transaction, keys: Sequence[str]) -> None:
    """Count one wrong password less under *keys*: it was right."""
    tx.execute(
        update(desk_attempts)
        .where(desk_attempts.c.key.in_(keys), desk_attempts.c.failures > 0)
        .values(failures=desk_attempts.c.failures - 1)
    )


def clean(
    tx: Transaction, *, attempts: datetime, sessions: datetime, idle: datetime, devices: datetime
) -> None:
    """Remove what is older than that: counts, sessions begun or idle since before, and browsers."""
    tx.execute(delete(desk_attempts).where(desk_attempts.c.last_at < attempts))
    tx.execute(
        delete(desk_sessions).where(
            (desk_sessions.c.created_at < sessions) | (desk_sessions.c.seen_at < idle)
        )
    )
    tx.execute(delete(desk_devices).where(desk_devices.c.seen_at < devices))


def note(tx: Transaction, action: Action) -> None:
    """Add what was done to the log; the action's id is not looked at."""
    tx.execute(
        insert(desk_actions).values(
            at=action.at,
            who=action.who,
            did=action.did,
            about=action.about[:_MAX_ABOUT],
            detail=action.detail[:_MAX_DETAIL],
        )
    )


def actions(
    tx: Transaction, *, before: int = 0, who: str = "", about: str = "", limit: int = 50
) -> list[Action]:
    """Return what was done, newest first.

    Args:
        tx: An open transaction.
        before: The id before which the list begins; 0: at the newest.
        who: Only what this account did; empty: what anybody did.
        about: Only what was done to this; empty: to anything.
        limit: How many at most.
    """
    query = select(desk_actions).order_by(desk_actions.c.id.desc()).limit(limit)
    if before:
        query = query.where(desk_actions.c.id < before)
    if who:
        query = query.where(desk_actions.c.who == who)
    if about:
        query = query.where(desk_actions.c.about == about)
    return [
        Action(row.id, row.at, row.who, row.did, row.about, row.detail) for row in tx.execute(query)
    ]


def count_accounts(tx: Transaction) -> int:
    """Return how many accounts there are."""
    return int(tx.execute(select(func.count()).select_from(desk_accounts)).scalar_one())


def _account(row: Row[Any]) -> Account:
    return Account(row.id, row.name, Role(row.role), row.password, row.created_at, row.password_at)
