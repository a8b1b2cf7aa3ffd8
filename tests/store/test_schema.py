"""The migrations and the schema agree, on both engines; constraints hold what must never break."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, MetaData, Table, create_engine, inspect, text
from sqlalchemy.engine.interfaces import ReflectedIndex
from sqlalchemy.exc import DBAPIError, IntegrityError
from store_samples import NOW, add_people, freeze_issue

from digest.model import DeliveryState, IssueState, OccurrenceState, SubscriptionState
from digest.store.engine import Store, Transaction
from digest.store.schema import fence_numbers, metadata


@pytest.fixture
def declared(store: Store) -> Iterator[Transaction]:
    """A transaction in which the tables were made from the schema, without migrations."""
    if store.is_sqlite:
        engine = create_engine("sqlite://")
        with engine.begin() as connection:
            metadata.create_all(connection)
            yield connection
        engine.dispose()
        return
    with store.write() as tx:
        tx.execute(text("CREATE SCHEMA declared"))
        tx.execute(text("SET LOCAL search_path TO declared"))
        metadata.create_all(tx)
        yield tx
        tx.rollback()


def checks_of(tx: Transaction, schema: str | None) -> dict[str, dict[str, str]]:
    """Return the CHECK constraints of each table, by name."""
    inspector = inspect(tx)
    return {
        table: {
            str(item["name"]): item["sqltext"]
            for item in inspector.get_check_constraints(table, schema=schema)
        }
        for table in metadata.tables
    }


def indexes_of(tx: Transaction, schema: str | None) -> dict[str, list[Any]]:
    """Return each table's indexes with their conditions."""

    def described(index: ReflectedIndex) -> tuple[Any, ...]:
        options = index.get("dialect_options", {})
        where = options.get("sqlite_where", options.get("postgresql_where"))
        return (index["name"], index["column_names"], bool(index["unique"]), str(where))

    inspector = inspect(tx)
    return {
        table: sorted(described(item) for item in inspector.get_indexes(table, schema=schema))
        for table in metadata.tables
    }


def test_the_migrations_make_what_the_schema_says(store: Store) -> None:
    with store.read() as tx:
        context = MigrationContext.configure(tx, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_a_difference_would_be_seen(store: Store) -> None:
    """The comparison above is not blind."""
    other = MetaData(naming_convention=metadata.naming_convention)
    for table in metadata.tables.values():
        copy = table.to_metadata(other)
        if table.name == "alerts":
            copy._columns.remove(copy.c.text)  # noqa: SLF001 - no public way to take a column off
    with store.read() as tx:
        found = compare_metadata(MigrationContext.configure(tx), other)
    assert [change[0] for change in found] == ["remove_column"]


def test_checks_and_partial_indexes_are_the_same_by_migration_and_by_schema(
    store: Store, declared: Transaction
) -> None:
    """What Alembic does not compare."""
    if store.is_sqlite:
        with store.read() as tx:
            assert checks_of(tx, None) == checks_of(declared, None)
            assert indexes_of(tx, None) == indexes_of(declared, None)
    else:
        assert checks_of(declared, "public") == checks_of(declared, "declared")
        assert indexes_of(declared, "public") == indexes_of(declared, "declared")


def test_every_check_of_the_schema_is_in_the_database(store: Store) -> None:
    with store.read() as tx:
        found = {name for checks in checks_of(tx, None).values() for name in checks}
    wanted = {
        str(item.name)
        for table in metadata.tables.values()
        for item in table.constraints
        if isinstance(item, CheckConstraint)
    }
    assert found == wanted
    assert len(wanted) == 17


@pytest.mark.parametrize(
    ("table", "states"),
    [
        ("subscriptions", SubscriptionState),
        ("consents", SubscriptionState),
        ("issues", IssueState),
        ("occurrences", OccurrenceState),
        ("deliveries", DeliveryState),
    ],
)
def test_states_in_the_database_are_those_of_the_model(
    sqlite_store: Store, table: str, states: type[StrEnum]
) -> None:
    with sqlite_store.read() as tx:
        check = checks_of(tx, None)[table][f"ck_{table}_state"]
    assert re.findall(r"'(\w+)'", check) == [str(state) for state in states]


def test_only_postgresql_has_the_sequence_of_fences(store: Store) -> None:
    with store.read() as tx:
        if store.is_sqlite:
            assert not tx.dialect.supports_sequences
        else:
            assert inspect(tx).has_sequence(str(fence_numbers.name))


@pytest.mark.parametrize(
    "change",
    [
        "state = 'sent'",
        "state = 'deferred'",
        "state = 'uncertain'",
        "state = 'accepted', next_attempt_at = settled_at",
        "state = 'cancelled', next_attempt_at = settled_at",
        "state = 'claimed'",
        "lease_until = settled_at",
    ],
)
def test_a_delivery_cannot_be_in_an_impossible_state(store: Store, change: str) -> None:
    with store.write() as tx:
        add_people(tx, 1)
        freeze_issue(tx)
        tx.execute(text("UPDATE deliveries SET settled_at = :now"), {"now": str(NOW)})
    with pytest.raises(IntegrityError, match=r"(?i)check"), store.write() as tx:
        tx.execute(text(f"UPDATE deliveries SET {change}"))  # noqa: S608 - from the table above


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=lambda table: table.name)
def test_every_column_is_null_only_where_the_schema_allows(
    sqlite_store: Store, table: Table
) -> None:
    with sqlite_store.read() as tx:
        found = {item["name"]: item["nullable"] for item in inspect(tx).get_columns(table.name)}
    assert found == {item.name: bool(item.nullable) for item in table.columns}


def test_a_delivery_is_unique_for_an_issue_and_a_subscriber(store: Store) -> None:
    with store.write() as tx:
        add_people(tx, 1)
        freeze_issue(tx)
    names = "issue_id, variant_id, subscriber_id, subscription_id, email, state, attempts, fence"
    twice = f"INSERT INTO deliveries ({names}, detail) SELECT {names}, '' FROM deliveries"  # noqa: S608 - no input
    with pytest.raises(DBAPIError, match=r"(?i)unique"), store.write() as tx:
        tx.execute(text(twice))
