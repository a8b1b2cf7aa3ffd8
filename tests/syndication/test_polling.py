"""When sources are asked again: by their rhythm, within the operator's bounds, as they want it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.syndication.polling import (
    MAX_BACKOFF,
    MAX_RETRY_AFTER,
    Bounds,
    Hints,
    backoff,
    fresh_for,
    interval,
    is_failing,
    next_poll,
    retry_after,
)

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)  # a Monday
BOUNDS = Bounds(timedelta(minutes=10), timedelta(hours=12))
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

moments = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the bounds are naive by their contract
spans = st.timedeltas(timedelta(), timedelta(days=400))
hints = st.builds(
    Hints,
    st.none() | spans,
    st.none() | spans,
    st.frozensets(st.integers(0, 23)),
    st.frozensets(st.integers(0, 6)),
)


def every(gap: timedelta, count: int = 20, last: timedelta = timedelta()) -> list[datetime]:
    return [NOW - last - gap * n for n in range(count)]


@pytest.mark.parametrize(
    ("news", "expected"),
    [
        ([], HOUR),
        (every(HOUR), 30 * MINUTE),
        (every(MINUTE), 10 * MINUTE),
        (every(HOUR, last=10 * DAY), 12 * HOUR),
        (every(4 * HOUR, last=30 * HOUR), 3 * HOUR),
        ([NOW - 5 * HOUR], 2.5 * HOUR),
        (every(DAY), 12 * HOUR),
        ([NOW + DAY], HOUR),
        (every(HOUR, 5) + every(100 * DAY, 5), 30 * MINUTE),
    ],
)
def test_a_source_is_asked_as_often_as_it_has_news(
    news: list[datetime], expected: timedelta
) -> None:
    assert interval(news, NOW, Hints(), BOUNDS) == expected


def test_what_a_source_says_makes_the_wait_longer_never_shorter() -> None:
    news = every(HOUR)
    assert interval(news, NOW, Hints(ttl=2 * HOUR), BOUNDS) == 2 * HOUR
    assert interval(news, NOW, Hints(fresh_for=3 * HOUR, ttl=HOUR), BOUNDS) == 3 * HOUR
    assert interval(news, NOW, Hints(ttl=MINUTE, fresh_for=MINUTE), BOUNDS) == 30 * MINUTE
    assert interval(news, NOW, Hints(ttl=90 * DAY), BOUNDS) == 12 * HOUR


@given(st.lists(moments, max_size=40), moments, hints, spans, spans)
def test_the_operators_bounds_hold_whatever_a_source_says(
    news: list[datetime], now: datetime, said: Hints, one: timedelta, other: timedelta
) -> None:
    bounds = Bounds(min(one, other), max(one, other))
    assert bounds.shortest <= interval(news, now, said, bounds) <= bounds.longest


@given(st.text(max_size=20), moments, st.timedeltas(MINUTE, timedelta(days=7)), hints)
@example("a", NOW, HOUR, Hints(skip_hours=frozenset(range(24))))
@example("a", NOW, HOUR, Hints(skip_days=frozenset(range(7))))
def test_the_next_time_is_late_by_a_tenth_and_by_rests_only(
    name: str, now: datetime, wait: timedelta, said: Hints
) -> None:
    due = next_poll(name, now, wait, said)
    assert now + wait <= due <= now + wait * 1.1 + timedelta(days=9)
    if not (said.skip_hours or said.skip_days):
        assert due <= now + wait * 1.1
    if len(said.skip_hours) == 24 or len(said.skip_days) == 7:
        assert due <= now + wait * 1.1
    else:
        assert due.hour not in said.skip_hours
        assert due.weekday() not in said.skip_days
    assert next_poll(name, now, wait, said) == due


def test_a_thousand_sources_do_not_ask_in_one_second() -> None:
    due = [next_poll(f"source-{n}", NOW, HOUR, Hints()) for n in range(1000)]
    minutes = {int((moment - NOW).total_seconds() // 60) for moment in due}
    assert minutes == set(range(60, 66))


def test_a_source_that_names_a_time_is_not_asked_before() -> None:
    later = NOW + 5 * HOUR
    assert next_poll("a", NOW, HOUR, Hints(), not_before=later) == later
    assert next_poll("a", NOW, HOUR, Hints(), not_before=NOW) < later


def test_failures_are_waited_for_twice_as_long_each_time_up_to_a_day() -> None:
    waits = [backoff(n, BOUNDS) for n in range(1, 12)]
    assert waits[:4] == [10 * MINUTE, 20 * MINUTE, 40 * MINUTE, 80 * MINUTE]
    assert waits[-1] == backoff(10**6, BOUNDS) == MAX_BACKOFF
    assert backoff(10**6, Bounds(HOUR, 7 * DAY)) == 7 * DAY


def test_a_source_is_failing_after_so_many_failures_and_so_long() -> None:
    assert not is_failing(4, NOW - 5 * DAY, NOW)
    assert not is_failing(50, NOW - HOUR, NOW)
    assert not is_failing(5, None, NOW)
    assert is_failing(5, NOW - 12 * HOUR, NOW)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"cache-control": "max-age=600"}, 600),
        ({"cache-control": "public, MAX-AGE=600", "age": "100"}, 500),
        ({"cache-control": "max-age=600", "age": "900"}, 0),
        ({"cache-control": "max-age=600", "age": "young"}, 600),
        ({"cache-control": 'max-age="60"'}, 60),
        ({"cache-control": "no-cache, max-age=600"}, None),
        ({"cache-control": "no-store"}, None),
        ({"cache-control": "s-maxage=600"}, None),
        ({"cache-control": "max-age=600", "expires": "0"}, 600),
        ({"expires": format_datetime(NOW + HOUR, usegmt=True)}, 3600),
        ({"expires": format_datetime(NOW - HOUR, usegmt=True)}, 0),
        ({"expires": "0"}, None),
        ({"expires": "Mon, 23 Nov 2026 19:00:00"}, 3600),
    ],
)
def test_how_long_an_answer_stays_fresh(headers: dict[str, str], expected: int | None) -> None:
    """RFC 9111, section 4.2.1."""
    wanted = None if expected is None else timedelta(seconds=expected)
    assert fresh_for(headers, NOW) == wanted


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("120", 2 * MINUTE),
        ("0", timedelta()),
        (" 60 ", MINUTE),
        ("999999999", MAX_RETRY_AFTER),
        ("Mon, 23 Nov 2026 19:00:00 GMT", HOUR),
        ("Mon, 23 Nov 2020 19:00:00 GMT", timedelta()),
        ("Mon, 23 Nov 2126 19:00:00 GMT", MAX_RETRY_AFTER),
        ("soon", None),
        ("", None),
        ("-5", None),
        ("1e3", None),
    ],
)
def test_when_a_server_wants_to_be_asked_again(said: str, expected: timedelta | None) -> None:
    """RFC 9110, section 10.2.3."""
    found = retry_after({"retry-after": said} if said else {}, NOW)
    assert found == (None if expected is None else NOW + expected)


@given(
    st.dictionaries(st.sampled_from(["cache-control", "age", "expires", "retry-after"]), st.text())
)
def test_headers_of_any_kind_break_nothing(headers: dict[str, str]) -> None:
    fresh, again = fresh_for(headers, NOW), retry_after(headers, NOW)
    assert fresh is None or fresh >= timedelta()
    assert again is None or NOW <= again <= NOW + MAX_RETRY_AFTER
