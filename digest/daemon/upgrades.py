"""Making room for a newer Digest: when it has changed the tables, those of before end politely."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from digest.errors import SchemaError, StoreError
from digest.store.engine import SCHEMA_REVISION, Store

LOOK_SECONDS = 2.0


async def watch_schema(store: Store, stopping: asyncio.Event, stop: Callable[[], None]) -> None:
    """Return when *stopping* is set; call *stop* when the tables are those of a newer Digest.

    Raises:
        SchemaError: after *stop*, to be told once what is on the wire is finished.
    """
    while not stopping.is_set() and not store.is_sqlite:
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await stopping.wait()
        with suppress(StoreError):  # Who delivers says so.
            found = await asyncio.to_thread(store.revision)
            if found is not None and found > SCHEMA_REVISION:
                stop()
                break
    else:
        return
    raise SchemaError(
        f"the database has schema {found} now, newer than this Digest's {SCHEMA_REVISION}: what "
        "was on the wire is finished, the rest is left to others; start the newer Digest here too"
    )
