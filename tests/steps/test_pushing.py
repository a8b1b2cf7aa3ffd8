"""Pushes and tokens in the database, on both engines."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from digest.config import load
from digest.steps.access import Scope, check_token, is_open, make_token, revoke_token
from digest.steps.gather import Once, PushError, State, Why, look_at, push, withdraw
from digest.store.engine import Store
from digest.syndication.parse.pushed import Markup, Pushed

CONFIG = load(
    """
[publication]
title = "Gazette"
url = "https://gazette.example/"
id = "tag:gazette.example,2026"

[sources.desk]
kind = "push"
"""
)
NOW = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)


def pushed(name: str = "one", title: str = "Title") -> Pushed:
    return Pushed(name, title, "Some text.", Markup.TEXT)


def test_an_article_goes_through_its_life(store: Store) -> None:
    assert look_at(store, "desk", "one", now=NOW) is None
    assert push(store, CONFIG, "desk", pushed(), now=NOW).is_new
    assert not push(store, CONFIG, "desk", pushed(title="New"), now=NOW).is_new
    gone = withdraw(store, "desk", "one", "wrong", now=NOW)
    assert gone is not None
    assert gone.state is State.WITHDRAWN
    back = push(store, CONFIG, "desk", pushed(title="New"), now=NOW).standing
    assert (back.state, back.title) == (State.PUBLISHED, "New")


def test_the_same_article_pushed_by_many_at_once_is_one(store: Store) -> None:
    with ThreadPoolExecutor(4) as pool:
        done = list(
            pool.map(
                lambda number: push(store, CONFIG, "desk", pushed(title=f"T{number}"), now=NOW),
                range(4),
            )
        )
    assert sorted(item.is_new for item in done) == [False, False, False, True]
    assert len({item.standing.article.uid for item in done if item.standing.article}) == 1


def test_a_request_repeated_by_many_at_once_is_carried_out_once(store: Store) -> None:
    """Whoever comes second gets the answer of the first, and no article of its own."""
    made = make_token(
        store, CONFIG, "caller", [Scope.ARTICLES], secret=b"x" * 32, now=NOW, source="desk"
    )
    token = check_token(store, made.token, now=NOW)
    assert token is not None
    once = Once(token.id, "0" * 64, "1" * 64)

    def create(number: int) -> bool:
        done = push(store, CONFIG, "desk", pushed(f"n{number}"), now=NOW, once=once)
        return done.repeated is None

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(create, range(4))) == [False, False, False, True]
    with pytest.raises(PushError) as caught:
        push(store, CONFIG, "desk", pushed(), now=NOW, once=Once(token.id, "0" * 64, "2" * 64))
    assert caught.value.why is Why.REUSED
    later = NOW + timedelta(hours=25)
    assert push(store, CONFIG, "desk", pushed("other"), now=later, once=once).repeated is None


def test_what_a_push_is_refused_for_changes_nothing(store: Store) -> None:
    with pytest.raises(PushError) as caught:
        push(store, CONFIG, "desk", Pushed("one", "Title", "<script>x</script>"), now=NOW)
    assert caught.value.why is Why.EMPTY
    assert look_at(store, "desk", "one", now=NOW) is None
    assert withdraw(store, "desk", "one", "", now=NOW) is None


def test_a_token_lives_until_it_expires_or_is_revoked(store: Store) -> None:
    """security.md 3."""
    assert not is_open(store)
    day = timedelta(days=1)
    made = make_token(
        store, CONFIG, "a", [Scope.STATS], secret=b"a" * 32, now=NOW, expires_at=NOW + day
    )
    assert is_open(store)
    assert check_token(store, made.token, now=NOW) is not None
    assert check_token(store, made.token, now=NOW + day) is None
    assert revoke_token(store, "a", now=NOW)
    assert not revoke_token(store, "a", now=NOW)
    assert check_token(store, made.token, now=NOW) is None
    assert not is_open(store)


def test_a_token_is_as_long_as_it_must_be(store: Store) -> None:
    with pytest.raises(ValueError, match="32 random bytes"):
        make_token(store, CONFIG, "a", [Scope.STATS], secret=b"short", now=NOW)
