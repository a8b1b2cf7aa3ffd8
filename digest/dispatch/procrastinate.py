"""Waking senders on any host, by jobs of procrastinate in the publication's own PostgreSQL.

A job stands for about :data:`CHUNK` deliveries of an issue. It says that something is due, and
nothing else: who takes it claims deliveries like anybody else, and has done with it once as many
were settled, or nothing is due. So the number of jobs tells how much is left, and each sender takes
as many as it has hands for.

Nothing depends on these jobs. They are written where deliveries are frozen, in the same
transaction; :meth:`Jobs.refill` writes those that are missing, however they came to be. They have
no locks, are not retried, and are deleted once they are done.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from math import ceil
from pathlib import Path

import psycopg
import structlog
from procrastinate import App, PsycopgConnector, SyncPsycopgConnector, sql
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import DeleteJobCondition, Job
from procrastinate.schema import SchemaManager

from digest.dispatch.local import LocalDispatch
from digest.errors import StoreError

CHUNK = 500
"""For so many deliveries there is a job."""

MOST_JOBS = 2_000
"""There is no more than that many for an issue: a million readers."""

QUEUE = "digest"
TASK = "digest.deliver"

GONE_SECONDS = 60.0
"""A sender that has not been heard of for so long is gone, and its jobs are written anew."""

RETRY_SECONDS = 2.0
"""How soon to listen again after the database was away."""

_LOCK = 0x6469676A
"""Key of the PostgreSQL lock under which jobs are counted and written anew."""

log = structlog.get_logger("digest")


class Jobs:
    """Writes jobs, in transactions that others have opened."""

    def __init__(self) -> None:
        """Prepare; nothing is opened."""
        self._connector = SyncPsycopgConnector()
        self._manager = App(connector=self._connector).job_manager

    def defer(self, connection: psycopg.Connection, due: Mapping[int, int]) -> None:
        """Write the jobs for deliveries that were just frozen; see :class:`.store.queue.Queue`."""
        try:
            with connection.transaction():  # Within the other: what fails is undone alone.
                self._write(connection, {issue: jobs_for(number) for issue, number in due.items()})
        except (psycopg.Error, ConnectorException) as error:
            log.warning("no jobs", reason=str(error.__cause__ or error))

    def refill(self, connection: psycopg.Connection, due: Mapping[int, int]) -> int:
        """Write the jobs that are missing for what is due. Return how many were.

        Those whose sender is gone are deleted first. Of several who do this at once one does.

        Args:
            connection: In a transaction.
            due: How many deliveries of each issue could be claimed now.
        """
        try:
            with connection.transaction():
                held = connection.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
                if held.fetchone() != (True,):
                    return 0
                self._delete_gone(connection)
                waiting = self._count(connection)
                missing = {
                    issue: max(jobs_for(number) - waiting.get(issue, 0), 0)
                    for issue, number in due.items()
                }
                return self._write(connection, missing)
        except (psycopg.Error, ConnectorException) as error:
            log.warning("no jobs", reason=str(error.__cause__ or error))
            return 0

    def prepare(self, connection: psycopg.Connection, known: str | None) -> str:
        """Bring procrastinate's own tables up to date; return the version that they have then.

        Args:
            connection: In a transaction, alone with this.
            known: The version that they have had since the last time; ``None``: there are none, or
                somebody else made them, who sees to them.

        Raises:
            StoreError: if this user may not make tables.
        """
        try:
            if not self.are_there(connection):
                self._run(connection, SchemaManager.get_schema())
                return self.version()
            if known is not None:
                for script in sorted(item for item in _scripts() if item.stem > known):
                    self._run(connection, script.read_text(encoding="utf-8"))
        except psycopg.Error as error:
            raise StoreError(str(error)) from error
        return max(self.version(), known or "")

    @staticmethod
    def are_there(connection: psycopg.Connection) -> bool:
        """Return whether procrastinate's tables are there."""
        found = connection.execute("SELECT to_regclass('procrastinate_jobs') IS NOT NULL")
        return found.fetchone() == (True,)

    @staticmethod
    def version() -> str:
        """Return what :meth:`prepare` brings the tables to."""
        return max(script.stem for script in _scripts())

    @staticmethod
    def _run(connection: psycopg.Connection, script: str) -> None:
        connection.execute(script.encode())  # Without parameters, so that % is only that.

    def _write(self, connection: psycopg.Connection, wanted: Mapping[int, int]) -> int:
        jobs = [
            Job(
                id=None,
                queue=QUEUE,
                lock=None,
                queueing_lock=None,
                task_name=TASK,
                task_kwargs={"issue": issue},
            )
            for issue, number in wanted.items()
            for _ in range(number)
        ]
        if jobs:
            self._manager.batch_defer_jobs(jobs, connection)
        return len(jobs)

    def _delete_gone(self, connection: psycopg.Connection) -> None:
        gone = self._connector.execute_query_all_with_connection(
            connection,
            query=sql.queries["select_stalled_jobs_by_heartbeat"],
            seconds_since_heartbeat=GONE_SECONDS,
            queue=QUEUE,
            task_name=None,
        )
        for row in gone:
            self._connector.execute_query_all_with_connection(
                connection,
                query=sql.queries["finish_job"],
                job_id=row["id"],
                status="aborted",
                delete_job=True,
            )

    @staticmethod
    def _count(connection: psycopg.Connection) -> dict[int, int]:
        rows = connection.execute(
            "SELECT (args->>'issue')::bigint, count(*) FROM procrastinate_jobs "
            "WHERE queue_name = %s AND status IN ('todo', 'doing') GROUP BY 1",
            [QUEUE],
        )
        return dict(rows.fetchall())


def _scripts() -> Iterator[Path]:
    """Yield procrastinate's own migrations, whose names are in their order."""
    return Path(SchemaManager.get_migrations_path()).glob("*.sql")


def jobs_for(number: int) -> int:
    """Return how many jobs there are for so many deliveries."""
    return min(ceil(number / CHUNK), MOST_JOBS)


class ProcrastinateDispatch(LocalDispatch):
    """Wakes a sender when there is a job for it; as one of many, on any host."""

    def __init__(self, address: str) -> None:
        """Prepare; *address* is the database's URL."""
        super().__init__()
        self._address = address
        self._sent = 0
        self._rounds = 0
        self._is_busy = True
        self._is_stopping = False
        self._changed = asyncio.Event()

    def sent(self, number: int) -> None:
        """Take note that so many deliveries were settled."""
        self._sent += number
        self._tell()

    async def wait(self, seconds: float) -> bool:
        """As in :class:`LocalDispatch`; and what was woken up for is done by now."""
        if self._is_busy:
            self._is_busy = False
            self._rounds += 1
            self._tell()
        is_woken = await super().wait(seconds)
        self._is_busy = is_woken
        return is_woken

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Take jobs meanwhile."""
        self._is_stopping = False
        task = asyncio.create_task(self._keep_listening())
        try:
            yield
        finally:
            self._is_stopping = True
            self._tell()
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _keep_listening(self) -> None:
        while not self._is_stopping:
            try:
                await self._listen()
            except (psycopg.Error, ConnectorException, OSError) as error:
                # What is due is looked for all the same, a few times a minute.
                log.warning("not listening for jobs", reason=str(error.__cause__ or error))
            if not self._is_stopping:
                await asyncio.sleep(RETRY_SECONDS)

    async def _listen(self) -> None:
        connector = PsycopgConnector(
            conninfo=self._address, min_size=1, max_size=2, timeout=10, reconnect_timeout=10
        )
        app = App(connector=connector)
        app.task(name=TASK, queue=QUEUE, retry=False)(self._take)
        async with app.open_async():
            await app.run_worker_async(
                queues=[QUEUE],
                concurrency=1,
                delete_jobs=DeleteJobCondition.ALWAYS.value,
                install_signal_handlers=False,
            )

    async def _take(self, issue: int) -> None:  # noqa: ARG002 - for people who look at the jobs
        """Wake the sender; return when a chunk is done, or nothing is due any more."""
        enough = self._sent + CHUNK
        # A round that has begun already may have looked before there was anything.
        over = self._rounds + 1 + self._is_busy
        self.wake()
        while self._sent < enough and self._rounds < over and not self._is_stopping:
            await self._changed.wait()

    def _tell(self) -> None:
        self._changed.set()
        self._changed.clear()
