"""A few keys and values."""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis import HealthCheck, example, given
from hypothesis import settings as runs
from store_samples import at_once

from digest.store import settings
from digest.store.engine import Store

_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


def test_a_key_that_was_never_set_has_no_value(store: Store) -> None:
    with store.read() as tx:
        assert settings.get(tx, "colour") is None


@runs(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=_TEXT)
@example("")
@example("\U0001f600 é ﷽ \t\r\n '\"%s:name\\")
def test_what_is_put_is_got(store: Store, value: str) -> None:
    with store.write() as tx:
        settings.put(tx, "colour", value)
        settings.put(tx, "other", "kept")
    with store.read() as tx:
        assert settings.get(tx, "colour") == value
        assert settings.get(tx, "other") == "kept"


def test_numbers_count_up_from_one(store: Store) -> None:
    with store.write() as tx:
        assert [settings.count_up(tx, "issues") for _ in range(3)] == [1, 2, 3]
        assert settings.count_up(tx, "mails") == 1


def test_two_that_set_a_new_key_at_once_both_succeed(store: Store) -> None:
    def put(place: int) -> None:
        with store.write() as tx:
            settings.put(tx, "colour", str(place))

    at_once(4, put)
    with store.read() as tx:
        assert settings.get(tx, "colour") in {"0", "1", "2", "3"}
