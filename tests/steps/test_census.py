"""Counting readers of feeds without knowing them, on both engines."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
from fakes import NOW
from sqlalchemy import select

from digest.steps.census import MAX_PROGRAMS, CensusResult, Poll, ProgramCount, census, record
from digest.store.engine import Store
from digest.store.schema import feed_polls, settings

TODAY = f"{NOW:%Y-%m-%d}"
FEEDLY = "Feedly/1.0 (+http://feedly.com/fetcher.html; {} subscribers)"


def poll(agent: str, address: str = "192.0.2.1", document: str = "rss.xml") -> Poll:
    return Poll(document, address, agent)


def note(store: Store, polls: Iterable[Poll], now: datetime = NOW, keep_days: int = 90) -> None:
    record(store, dict.fromkeys(polls, 1), keep_days=keep_days, now=now)


def count(store: Store, days: int = 7, now: datetime = NOW) -> CensusResult:
    return census(store, days=days, now=now)


def rows(store: Store) -> list[str]:
    """Return everything that is stored, as text."""
    with store.read() as tx:
        return [
            " ".join(map(str, row))
            for table in (feed_polls, settings)
            for row in tx.execute(select(table))
        ]


def test_aggregators_count_as_many_as_they_say_and_readers_one(store: Store) -> None:
    note(store, [poll(FEEDLY.format(214)), poll("newsboat/2.3"), poll("newsboat/2.3", "192.0.2.2")])
    note(store, [poll(FEEDLY.format(216), "192.0.2.7"), poll("newsboat/2.3")])
    result = count(store)
    assert result.programs == (
        ProgramCount("rss.xml", "Feedly", 216, 2),
        ProgramCount("rss.xml", "newsboat", 2, 3),
    )
    assert result.readers == 218


def test_an_aggregator_that_knows_several_addresses_has_readers_at_each(store: Store) -> None:
    agents = [f"Feedbin feed-id:{number} - {number}0 subscribers" for number in (1, 2)]
    note(store, map(poll, agents))
    assert count(store).programs == (ProgramCount("rss.xml", "Feedbin", 30, 2),)


def test_the_day_with_the_most_counts(store: Store) -> None:
    for day, number in enumerate((5, 9, 7)):
        note(store, [poll(FEEDLY.format(number))], NOW + timedelta(days=day))
    later = NOW + timedelta(days=2)
    assert count(store, now=later).programs == (ProgramCount("rss.xml", "Feedly", 9, 3),)
    assert count(store, days=1, now=later).programs == (ProgramCount("rss.xml", "Feedly", 7, 1),)


def test_a_machine_of_ipv6_is_one_reader_whatever_address_it_takes(store: Store) -> None:
    addresses = ("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1", "garbage")
    note(store, [poll("Reader/1", address) for address in addresses])
    assert count(store).programs[0].readers == 3


def test_privacy_no_address_is_stored_and_no_mark_outlives_its_day(store: Store) -> None:
    addresses = [f"192.0.2.{number}" for number in range(20)]
    note(store, [poll("Reader/1", address) for address in addresses])
    assert not any("192.0.2" in row for row in rows(store))
    assert len(rows(store)) >= 21
    key = [row for row in rows(store) if row.startswith("census.key")]
    note(store, [poll("Reader/1")], NOW + timedelta(days=1))
    after = rows(store)
    assert not set(key) & set(after), "the key of a day that is over is gone"
    assert [row for row in after if row.startswith(TODAY)] == [f"{TODAY} rss.xml Reader  20 20"]


def test_what_comes_late_from_another_process_joins_its_day(store: Store) -> None:
    note(store, [poll("Reader/1")])
    note(store, [poll("Reader/1")], NOW + timedelta(days=1))
    note(store, [poll("Reader/1", "192.0.2.9")], NOW)
    note(store, [], NOW + timedelta(days=1))
    assert [row for row in rows(store) if row.startswith(TODAY)] == [f"{TODAY} rss.xml Reader  2 2"]


def test_what_is_older_than_it_shall_be_kept_is_gone(store: Store) -> None:
    note(store, [poll("Reader/1")])
    note(store, [], NOW + timedelta(days=5), keep_days=4)
    assert count(store, days=100, now=NOW + timedelta(days=5)).programs == ()


def test_security_invented_names_fill_no_table(store: Store) -> None:
    names = [
        "Rss" + "abcdefghij"[number % 10] + chr(97 + number // 10 % 26) for number in range(260)
    ]
    agents = [f"{name}{more}" for name in names for more in ("x", "y", "z")]
    note(store, map(poll, agents))
    programs = {item.program for item in count(store).programs}
    assert len(programs) == MAX_PROGRAMS + 1


@pytest.mark.parametrize("days", [1, 30])
def test_nobody_has_come_yet(store: Store, days: int) -> None:
    assert count(store, days=days) == CensusResult(days, 0, ())
