"""What clients and documents agree on (feeds.md H2, H4, H11; RFC 9110, RFC 3229)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.web.negotiation import (
    IDENTITY,
    choose_coding,
    http_date,
    is_not_modified,
    manipulations,
    parse_date,
    tags,
)

CODINGS = ("br", "zstd", "gzip")
CHANGED = datetime(2026, 11, 24, 7, 0, 0, 123_456, tzinfo=UTC)
CHANGED_TEXT = "Tue, 24 Nov 2026 07:00:00 GMT"


@pytest.mark.parametrize(
    ("accept", "coding"),
    [
        (None, IDENTITY),
        ("", IDENTITY),
        ("gzip", "gzip"),
        ("x-gzip", "gzip"),
        ("GZIP", "gzip"),
        ("gzip, br, zstd", "br"),
        ("gzip, zstd", "zstd"),
        ("br;q=0.5, gzip;q=0.8", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("gzip;q=0", IDENTITY),
        ("gzip;q=none", IDENTITY),
        ("deflate", IDENTITY),
        ("*", "br"),
        ("*;q=0.1, gzip", "gzip"),
        ("br;q=0, *", "zstd"),
        ("identity;q=1, gzip;q=0.5", IDENTITY),
        ("identity, gzip", "gzip"),
        ("gzip ; q=1.0 , ,", "gzip"),
        ("br;foo=1;Q=0.4, gzip;q=0.5", "gzip"),
        ("gzip, " * 1000, IDENTITY),
    ],
)
def test_h4_the_best_coding_that_the_client_takes(accept: str | None, coding: str) -> None:
    assert choose_coding(accept, CODINGS) == coding


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, ()),
        ("*", ("*",)),
        ('"a"', ("a",)),
        ('W/"a", "b-gzip"', ("a", "b-gzip")),
        ("a", ()),
        ('"a' + "x" * 5000 + '"', ()),
    ],
)
def test_entity_tags_are_read_weak_or_strong(value: str | None, expected: tuple[str, ...]) -> None:
    assert tags(value) == expected


@pytest.mark.parametrize(
    ("none_match", "since", "is_fresh"),
    [
        ('"t-gzip"', None, True),
        ('"x", "t"', None, True),
        ("*", None, True),
        ('"x"', None, False),
        (None, CHANGED_TEXT, True),
        (None, "Tue, 24 Nov 2026 06:59:59 GMT", False),
        (None, "Wed, 25 Nov 2026 00:00:00 GMT", True),
        (None, "yesterday", False),
        (None, None, False),
        # If-None-Match wins, whatever the other one says.
        ('"x"', CHANGED_TEXT, False),
        ('"t"', "Tue, 24 Nov 2020 06:59:59 GMT", True),
    ],
)
def test_h2_a_copy_is_good_by_its_tag_or_else_by_its_date(
    none_match: str | None,
    since: str | None,
    is_fresh: bool,  # noqa: FBT001 - an expected value
) -> None:
    assert is_not_modified(none_match, since, ["t", "t-gzip"], CHANGED) == is_fresh


@pytest.mark.parametrize(
    "value",
    ["Tue, 24 Nov 2026 07:00:00 GMT", "Tue, 24 Nov 2026 08:00:00 +0100", "24 Nov 2026 07:00 -0000"],
)
def test_dates_are_read_in_any_zone(value: str) -> None:
    assert parse_date(value) == datetime(2026, 11, 24, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize("value", [None, "", "soon", "x" * 200, "Tue, 99 Nov 2026 07:00:00 GMT"])
def test_what_is_no_date_is_none(value: str | None) -> None:
    assert parse_date(value) is None


@given(st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1)))  # noqa: DTZ001 - made aware below
def test_dates_are_written_as_they_are_read(moment: datetime) -> None:
    aware = moment.replace(tzinfo=UTC)
    assert parse_date(http_date(aware)) == aware.replace(microsecond=0)


def test_dates_are_written_in_gmt() -> None:
    assert http_date(CHANGED) == CHANGED_TEXT


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, set()), ("feed", {"feed"}), ("Feed, gzip;q=0", {"feed"}), ("x" * 5000, set())],
)
def test_h11_manipulations_are_read(value: str | None, expected: set[str]) -> None:
    assert manipulations(value) == expected


@given(st.text(), st.text(), st.integers(0, 1000))
@example(";;,q=", "W/", 0)
def test_any_text_is_answered(value: str, other: str, seconds: int) -> None:
    assert choose_coding(value, CODINGS) in {*CODINGS, IDENTITY}
    assert all('"' not in tag for tag in tags(value))
    assert all("," not in name for name in manipulations(other))
    is_not_modified(value, other, ["t"], CHANGED + timedelta(seconds=seconds))
