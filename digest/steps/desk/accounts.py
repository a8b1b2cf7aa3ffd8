"""Accounts of the desk: made, changed, and removed by commands only."""

from __future__ import annotations

import re
from datetime import datetime

from digest import passwords
from digest.errors import DigestError, NotFoundError
from digest.model import Role
from digest.steps.desk.entering import account_key
from digest.store import desk
from digest.store.desk import Account, Action
from digest.store.engine import Store

COMMAND = "command line"
"""Who did what was done by a command."""

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,38}[a-z0-9])?")


def set_password(
    store: Store, name: str, password: str, role: Role | None, *, now: datetime
) -> Account:
    """Give the account called *name* that password; make it if there is none.

    Whoever is signed in to it is signed out everywhere, and may try again at once.

    Args:
        store: The database.
        name: In any case.
        password: In clear; only its hash is kept.
        role: ``None``: as it is; a new account is an operator's.
        now: The time.

    Raises:
        DigestError: if the name or the password will not do; nothing is changed.
    """
    name = name.strip().lower()
    if not _NAME.fullmatch(name):
        raise DigestError(
            f"{name!r} is no name for an account: use up to 40 letters a-z, digits, and . _ -"
        )
    if reason := passwords.why_weak(password, name):
        raise DigestError(reason)
    kept = passwords.hashed(password)
    with store.write() as tx:
        known = desk.find(tx, name)
        wanted = role or (known.role if known else Role.OPERATOR)
        account = desk.put(tx, name, wanted, kept, now)
        desk.forgive(tx, [account_key(name)])
        did = "change account" if known else "make account"
        desk.note(tx, Action(0, now, COMMAND, did, name, f"role {wanted}"))
        return account


def list_accounts(store: Store) -> list[Account]:
    """Return all accounts, by name."""
    with store.read() as tx:
        return desk.accounts(tx)


def remove_account(store: Store, name: str, *, now: datetime) -> None:
    """Remove the account; whoever is signed in to it is signed out. What it did stays in the log.

    Raises:
        NotFoundError: if there is none.
    """
    name = name.strip().lower()
    with store.write() as tx:
        if not desk.remove(tx, name):
            raise NotFoundError("account", name, [each.name for each in desk.accounts(tx)])
        desk.note(tx, Action(0, now, COMMAND, "remove account", name, ""))
