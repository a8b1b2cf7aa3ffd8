"""A copy of the database, to try things on that must not happen in earnest."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from digest.errors import StoreError
from digest.store.engine import Store, open_store


def copy_to(store: Store, path: Path) -> Store:
    """Copy the database to a new file at *path*, as of one moment, and open that.

    The copy has no journal: nothing that happens to it is written anywhere else.

    Raises:
        StoreError: if it is not an SQLite database, or cannot be copied.
    """
    if not store.is_sqlite or store.path is None:
        raise StoreError("a PostgreSQL database cannot be copied yet: this works with SQLite only")
    try:
        source = sqlite3.connect(f"{store.path.absolute().as_uri()}?mode=ro", uri=True)
        with closing(source), closing(sqlite3.connect(path)) as target:
            source.backup(target)
    except sqlite3.Error as error:
        raise StoreError(f"the database cannot be copied to {path}: {error}") from error
    return open_store(f"sqlite:///{path}")
