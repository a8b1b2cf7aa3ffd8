"""Jobs of procrastinate: written with what they announce, made anew when gone, and never needed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from patience import PATIENCE_SECONDS
from store_samples import NOW, add_issue, add_people, freeze_issue

from digest.config import load
from digest.dispatch.procrastinate import (
    CHUNK,
    MOST_JOBS,
    Jobs,
    ProcrastinateDispatch,
    jobs_for,
)
from digest.errors import ConfigError
from digest.store import chunks, deliveries, settings
from digest.store.engine import Store, open_store
from digest.store.queue import announce, driver_of
from digest.waking import VERSION, call_up, dispatch_of, jobs_of

SETTINGS = """
[publication]
title = "Gazette"
url = "https://gazette.example/"
id = "tag:gazette.example,2026"
timezone = "UTC"
postal_address = "1 Quay Street"

[delivery]
dispatch = "{dispatch}"
"""


def config_of(dispatch: str) -> Any:  # noqa: ANN401 - as it is loaded
    return load(SETTINGS.format(dispatch=dispatch), where="config.toml", environment={})


@dataclass
class Desk:
    """A database with procrastinate's tables."""

    store: Store
    url: str

    def jobs(self) -> dict[int, int]:
        """Return how many jobs there are, by issue."""
        rows = self.ask(
            "SELECT (args->>'issue')::bigint, count(*) FROM procrastinate_jobs GROUP BY 1"
        )
        return {int(issue): int(number) for issue, number in rows}

    def ask(self, statement: str) -> list[Any]:
        """Run a statement on a connection of its own."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            done = connection.execute(statement.encode())
            return done.fetchall() if done.description else []


@pytest.fixture(scope="module")
def template(postgres_server: Any) -> str:  # noqa: ANN401 - conftest.py is no module
    """The name of a database with all tables, to be copied."""
    name: str = postgres_server.create()
    store = open_store(postgres_server.url_of(name))
    jobs_of(config_of("procrastinate"), store)
    store.close()
    return name


@pytest.fixture
def desk(postgres_server: Any, template: str) -> Iterator[Desk]:  # noqa: ANN401 - as above
    name = postgres_server.create(template)
    url = postgres_server.url_of(name)
    store = open_store(url)
    store.queue = jobs_of(config_of("procrastinate"), store)
    yield Desk(store, url)
    store.close()
    postgres_server.drop(name)


@pytest.mark.parametrize(
    ("number", "wanted"),
    [(0, 0), (1, 1), (CHUNK, 1), (CHUNK + 1, 2), (10**9, MOST_JOBS)],
)
def test_there_is_a_job_for_every_few_hundred_deliveries(number: int, wanted: int) -> None:
    assert jobs_for(number) == wanted


def test_freezing_writes_its_jobs_in_its_own_transaction(desk: Desk) -> None:
    """reliability.md R1."""
    with desk.store.write() as tx:
        add_people(tx, 3)
        issue_id = freeze_issue(tx)
        assert desk.jobs() == {}
    assert desk.jobs() == {issue_id: 1}


def test_what_is_rolled_back_has_no_jobs(desk: Desk) -> None:
    def fail() -> None:
        with desk.store.write() as tx:
            add_people(tx, 3)
            freeze_issue(tx)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert desk.jobs() == {}


def test_a_large_audience_has_many_jobs(desk: Desk) -> None:
    with desk.store.write() as tx:
        announce(tx, 7, 1200)
        announce(tx, 7, 100)
        announce(tx, 8, 1)
    assert desk.jobs() == {7: 3, 8: 1}


def test_freezing_works_without_the_tables_of_jobs(desk: Desk) -> None:
    desk.ask("DROP TABLE procrastinate_jobs CASCADE")
    with desk.store.write() as tx:
        add_people(tx, 3)
        issue_id = freeze_issue(tx)
    with desk.store.read() as tx:
        assert deliveries.ledger(tx, issue_id).candidates == 3
    assert call_up(desk.store, NOW) == 0


def test_jobs_that_are_gone_are_written_anew_and_no_more_than_are_missing(desk: Desk) -> None:
    with desk.store.write() as tx:
        add_people(tx, 3)
        issue_id = freeze_issue(tx)
    assert call_up(desk.store, NOW) == 0
    desk.ask("TRUNCATE procrastinate_jobs CASCADE")
    assert call_up(desk.store, NOW) == 1
    assert call_up(desk.store, NOW) == 0
    assert desk.jobs() == {issue_id: 1}


def test_nothing_is_called_up_for_what_is_not_due(desk: Desk) -> None:
    with desk.store.write() as tx:
        add_people(tx, 3)
        issue_id = freeze_issue(tx)
        deliveries.claim(tx, issue_id, 3, NOW, NOW + timedelta(seconds=60))
    desk.ask("TRUNCATE procrastinate_jobs CASCADE")
    assert call_up(desk.store, NOW) == 0
    # The sender is gone: its claims have lapsed.
    assert call_up(desk.store, NOW + timedelta(seconds=61)) == 1
    with desk.store.write() as tx:
        deliveries.recover(tx, None)
        deliveries.cancel(tx, issue_id, NOW)
        add_issue(tx, number=2)
    desk.ask("TRUNCATE procrastinate_jobs CASCADE")
    assert call_up(desk.store, NOW + timedelta(hours=1)) == 0


def test_jobs_whose_sender_is_gone_are_written_anew(desk: Desk) -> None:
    with desk.store.write() as tx:
        add_people(tx, 3)
        freeze_issue(tx)
    desk.ask(
        "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour');"
        "UPDATE procrastinate_jobs SET status = 'doing', "
        "worker_id = (SELECT max(id) FROM procrastinate_workers)"
    )
    (before,) = desk.ask("SELECT id FROM procrastinate_jobs")
    assert call_up(desk.store, NOW) == 1
    (after,) = desk.ask("SELECT id FROM procrastinate_jobs WHERE status = 'todo'")
    assert after != before


def test_two_who_call_up_at_once_write_jobs_once(desk: Desk) -> None:
    with desk.store.write() as tx:
        add_people(tx, 3)
        freeze_issue(tx)
    desk.ask("TRUNCATE procrastinate_jobs CASCADE")
    with desk.store.write() as tx:
        assert Jobs().refill(driver_of(tx), chunks.due(tx, NOW, 1000)) == 1
        assert call_up(desk.store, NOW) == 0


def test_due_deliveries_are_counted_up_to_a_limit(store: Store) -> None:
    with store.write() as tx:
        people = add_people(tx, 5)
        issue_id = freeze_issue(tx)
        assert chunks.due(tx, NOW, 3) == {issue_id: 3}
        assert chunks.due(tx, NOW, 100) == {issue_id: len(people)}


def test_tables_are_brought_up_to_date_by_procrastinates_own_migrations(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    newest = Jobs.version()
    with desk.store.write() as tx:
        assert settings.get(tx, VERSION) == newest
        settings.put(tx, VERSION, "03.04.00_01_pre_add_retry_failed_job_procedure")
    # What the migration after it makes.
    desk.ask("DROP TRIGGER procrastinate_trigger_status_events_update_v1 ON procrastinate_jobs")
    ran: list[str] = []
    run = Jobs._run  # noqa: SLF001 - to see what is run

    def note(connection: Any, script: str) -> None:  # noqa: ANN401 - handed on
        ran.append(script)
        run(connection, script)

    monkeypatch.setattr(Jobs, "_run", staticmethod(note))
    jobs_of(config_of("auto"), desk.store)
    assert len(ran) == 1
    with desk.store.read() as tx:
        assert settings.get(tx, VERSION) == newest
    desk.ask("DROP TRIGGER procrastinate_trigger_status_events_update_v1 ON procrastinate_jobs")
    jobs_of(config_of("auto"), desk.store)
    assert len(ran) == 1


def test_tables_that_were_dropped_are_made_again(desk: Desk) -> None:
    desk.ask("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    desk.store.migrate()
    assert jobs_of(config_of("procrastinate"), desk.store) is not None
    assert desk.jobs() == {}


def test_who_may_not_make_tables_looks_by_itself(desk: Desk, postgres_server: Any) -> None:  # noqa: ANN401 - as above
    name = postgres_server.create()
    url = postgres_server.url_of(name)
    open_store(url).close()
    role = f"poor_{name}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN".encode())
        connection.execute(
            f"GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO {role}".encode()
        )
    poor = open_store(url.replace("//postgres:", f"//{role}:"))
    assert jobs_of(config_of("auto"), poor) is None
    with pytest.raises(ConfigError, match="tables cannot be made: permission denied"):
        jobs_of(config_of("procrastinate"), poor)
    poor.close()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"DROP OWNED BY {role}; DROP ROLE {role}".encode())
    postgres_server.drop(name)
    assert desk.jobs() == {}


def test_sqlite_has_nobody_to_wake(sqlite_store: Store) -> None:
    assert jobs_of(config_of("auto"), sqlite_store) is None
    assert call_up(sqlite_store, NOW) == 0
    assert not isinstance(dispatch_of(sqlite_store), ProcrastinateDispatch)
    with pytest.raises(ConfigError, match="needs PostgreSQL"):
        jobs_of(config_of("procrastinate"), sqlite_store)


def test_polling_is_as_good(desk: Desk) -> None:
    assert jobs_of(config_of("polling"), desk.store) is None


def test_without_the_package_senders_look_by_themselves(
    postgresql_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.waking.find_spec", lambda _: None)
    assert jobs_of(config_of("auto"), postgresql_store) is None
    with pytest.raises(ConfigError, match=r'pip install "digest\[postgres\]"'):
        jobs_of(config_of("procrastinate"), postgresql_store)


async def _until(desk: Desk, jobs: dict[int, int]) -> None:
    """Return when these are the jobs there are."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await asyncio.to_thread(desk.jobs) != jobs:  # noqa: ASYNC110 - in a database
            await asyncio.sleep(0.01)


def test_a_job_wakes_and_is_gone_when_nothing_is_due(desk: Desk) -> None:
    async def work() -> list[bool]:
        dispatch = dispatch_of(desk.store)
        async with dispatch.listening():
            woken = [await dispatch.wait(0)]
            await asyncio.to_thread(_announce, desk.store, 100)
            woken.append(await dispatch.wait(PATIENCE_SECONDS))
            assert await asyncio.to_thread(desk.jobs) == {7: 1}
            woken.append(await dispatch.wait(0))  # All there was to do is done.
            await _until(desk, {})
        return woken

    assert asyncio.run(work()) == [False, True, False]


def test_a_job_is_done_once_so_many_deliveries_are(desk: Desk) -> None:
    async def work() -> None:
        dispatch = dispatch_of(desk.store)
        async with dispatch.listening():
            await dispatch.wait(0)
            await asyncio.to_thread(_announce, desk.store, 2 * CHUNK)
            assert await dispatch.wait(PATIENCE_SECONDS)
            dispatch.sent(CHUNK)
            await _until(desk, {7: 1})
            assert await dispatch.wait(PATIENCE_SECONDS)
            dispatch.sent(CHUNK)
            await _until(desk, {})

    asyncio.run(work())


def test_listening_goes_on_after_the_database_broke_it_off(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.dispatch.procrastinate.RETRY_SECONDS", 0.01)

    async def work() -> None:
        dispatch = dispatch_of(desk.store)
        async with dispatch.listening():
            await dispatch.wait(0)
            await asyncio.to_thread(
                desk.ask, "ALTER TABLE procrastinate_jobs RENAME TO procrastinate_other"
            )
            await asyncio.sleep(0.05)
            await asyncio.to_thread(
                desk.ask, "ALTER TABLE procrastinate_other RENAME TO procrastinate_jobs"
            )
            await asyncio.to_thread(_announce, desk.store, 1)
            assert await dispatch.wait(PATIENCE_SECONDS)
            await dispatch.wait(0)
            await _until(desk, {})

    asyncio.run(work())


def _announce(store: Store, number: int) -> None:
    with store.write() as tx:
        announce(tx, 7, number)
