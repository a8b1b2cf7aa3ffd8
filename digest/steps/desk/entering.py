"""Entering: signing in and out, and who it is that asks.

Secrets (of a session, of a browser) are random, live in cookies only, and are known here by their
hashes. A session's secret is always a new one, made when somebody signs in.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest import passwords
from digest.model import Role
from digest.steps.desk.patience import ACCOUNT, DEVICE, FORGOTTEN_AFTER, NETWORK, wait_of
from digest.store import desk
from digest.store.desk import Action
from digest.store.engine import Store, Transaction

SECRET_BYTES = 32

_DEVICE_DAYS = timedelta(days=180)
_SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Guest:
    """Who is signed in."""

    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Entry:
    """What came of a try to sign in."""

    guest: Guest | None
    """``None``: not in. Why is not said: no such name, or another password."""

    wait: timedelta = timedelta()
    """How long nothing is tried for, if that is the reason; zero else."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a session lasts."""

    idle: timedelta
    total: timedelta


def account_key(name: str) -> str:
    """Return under which key wrong passwords for *name* are counted, whether it exists or not."""
    return f"{ACCOUNT}:{_digest(name)[:40]}"


def enter(
    store: Store,
    name: str,
    password: str,
    *,
    network: str,
    device: str,
    secrets: tuple[str, str],
    now: datetime,
) -> Entry:
    """Sign somebody in.

    The try is counted before the password is looked at: however many are made at the same time, no
    more are looked at than may be.

    Args:
        store: The database.
        name: As typed.
        password: As typed.
        network: Where it comes from.
        device: The secret of the browser from an earlier time; empty: none.
        secrets: New random ones, for the session and for the browser.
        now: The time.
    """
    name = name.strip().lower()[:40]
    with store.write() as tx:
        # Before it is known who it is: names that there are not cost the same.
        is_known = desk.is_known(tx, _digest(device), name)
        kinds = {f"{NETWORK}:{network}": NETWORK, account_key(name): ACCOUNT}
        if is_known:
            kinds = {f"{DEVICE}:{_digest(device)[:40]}": DEVICE}
        for key, kind in kinds.items():
            counted = desk.failures(tx, key, now)
            if wait := wait_of(kind, counted, now):
                return Entry(None, wait)
            if counted.last_at is not None and now - counted.last_at >= FORGOTTEN_AFTER:
                desk.forgive(tx, [key])
        desk.count_failure(tx, list(kinds), now)
        account = desk.find(tx, name)
    if not passwords.fits(account.password if account else None, password) or account is None:
        return Entry(None)
    with store.write() as tx:
        again = desk.find(tx, name)
        if again is None or again.password != account.password:
            return Entry(None)  # It was changed meanwhile.
        desk.forgive(tx, [key for key, kind in kinds.items() if kind != NETWORK])
        desk.take_back(tx, [key for key, kind in kinds.items() if kind == NETWORK])
        session, browser = secrets
        desk.begin(tx, _digest(session), account.id, now)
        desk.know_device(tx, _digest(browser), account.id, now)
        desk.note(tx, Action(0, now, account.name, "sign in", "", f"from {network or 'unknown'}"))
    return Entry(Guest(account.name, account.role))


def look(store: Store, secret: str, limits: Limits, *, now: datetime) -> Guest | None:
    """Return who is signed in with the session's *secret*; ``None``: nobody, or no more."""
    if not secret:
        return None
    digest = _digest(secret)
    with store.read() as tx:
        session = desk.session(tx, digest)
    if session is None:
        return None
    if now - session.created_at >= limits.total or now - session.seen_at >= limits.idle:
        return None
    if now - session.seen_at >= _SEEN_EVERY:
        with store.write() as tx:
            desk.see(tx, digest, now)
            desk.clean(
                tx,
                attempts=now - FORGOTTEN_AFTER,
                sessions=now - limits.total,
                idle=now - limits.idle,
                devices=now - _DEVICE_DAYS,
            )
    return Guest(session.account.name, session.account.role)


def leave(store: Store, secret: str, guest: Guest, *, everywhere: bool, now: datetime) -> None:
    """Sign *guest* out: of this session, or of all of theirs *everywhere*."""
    with store.write() as tx:
        account = desk.find(tx, guest.name)
        if everywhere and account:
            desk.end_all(tx, account.id)
        desk.end(tx, _digest(secret))
        did = "sign out everywhere" if everywhere else "sign out"
        desk.note(tx, Action(0, now, guest.name, did, "", ""))


def record(
    store: Store, who: str, did: str, about: str, detail: str = "", *, now: datetime
) -> None:
    """Write down what was done at the desk."""
    with store.write() as tx:
        desk.note(tx, Action(0, now, who, did, about, detail))


def what_was_done(
    tx: Transaction, *, before: int = 0, who: str = "", about: str = "", limit: int = 50
) -> list[Action]:
    """Return the log, newest first: before the action with the id *before* (0: from the newest).

    *who* and *about*, where not empty, narrow it to one account, or to one thing.
    """
    return desk.actions(tx, before=before, who=who, about=about, limit=limit)


def done_by(tx: Transaction, name: str, limit: int = 10) -> list[Action]:
    """Return what the account did last."""
    return desk.actions(tx, who=name, limit=limit)


def anybody(store: Store) -> bool:
    """Return whether the desk has an account."""
    with store.read() as tx:
        return desk.count_accounts(tx) > 0


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
