"""Whether this database is up to date with its journal, and bringing it there after a crash."""

from __future__ import annotations

from datetime import datetime, timedelta

from digest.errors import RestoredError, StoreError
from digest.store import generation
from digest.store.engine import Store
from digest.store.generation import FactLog, Standing
from digest.store.replay import replay


def why_held(store: Store) -> str:
    """Return why nothing may be composed or sent from *store*; empty when all is well."""
    log = store.fact_log
    if log is None or store.is_current:
        return ""
    return standing_of(store, log).why_held


def standing_of(store: Store, log: FactLog) -> Standing:
    """Return how the database and *log* stand to each other, though others write meanwhile.

    Raises:
        StoreError: if the journal cannot be read.
    """
    with store.read() as tx:
        found = generation.standing(tx, log)
    if not found.is_restored:
        return found
    # Another process may have sent between the two looks, so look again while nobody can.
    try:
        with store.write() as tx:
            return generation.lock(tx, log)
    except OSError as error:
        raise _unreadable(error) from error


def require_current(store: Store) -> None:
    """Return if mails may be composed and sent.

    Raises:
        RestoredError: if not: the database is older than what was done already.
    """
    reason = why_held(store)
    if reason:
        raise RestoredError(reason)


def catch_up(store: Store, now: datetime, uncertain_after: timedelta | None) -> None:
    """Write what a crash, or a commit that failed, left in the journal alone; remove old parts.

    A database that was current once in this process stays so, however far it falls behind: nobody
    exchanges it under an open connection.

    Args:
        store: The database and its journal.
        now: The time.
        uncertain_after: How long to leave alone what is uncertain; ``None``: for good.

    Raises:
        RestoredError: if the database was restored: only the operator can say how to go on.
    """
    log = store.fact_log
    if log is None:
        return
    require_current(store)
    with store.read() as tx:
        ahead = generation.standing(tx, log).ahead
    try:
        if ahead:
            with store.write() as tx:
                found = generation.lock(tx, log)
                until = None if uncertain_after is None else now + uncertain_after
                replay(tx, lambda: log.facts(found.position), now, until)
                generation.put(tx, log.id, found.tail)
        log.prune(now)
    except OSError as error:
        raise _unreadable(error) from error
    store.is_current = True


def _unreadable(error: OSError) -> StoreError:
    return StoreError(f"the journal beside the database cannot be read: {error}")
