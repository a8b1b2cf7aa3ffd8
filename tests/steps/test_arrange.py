"""An editor says what the next issue has."""

from __future__ import annotations

from typing import Any

import pytest
from compose_samples import Newsroom

from digest.errors import NotFoundError
from digest.model import Placement
from digest.steps.arrange import Arranged, Wishes, arrange
from digest.steps.report import BriefingStanding, explain, upcoming
from digest.store.engine import Store


@pytest.fixture
def room(sqlite_store: Store) -> Newsroom:
    newsroom = Newsroom(sqlite_store, daily="max_articles = 3\nheadlines = 0")
    for number in range(1, 6):
        newsroom.write(number)
    return newsroom


def wish(room: Newsroom, **wanted: Any) -> Arranged:  # noqa: ANN401 - any field
    return arrange(room.store, room.config, "daily", Wishes(**wanted), now=room.now)


def slugs(found: Arranged) -> list[str]:
    return [item.slug for item in found.plan.articles]


def placed(found: Arranged) -> list[tuple[Placement, str]]:
    return [(how, item.slug) for how, item in found.placed]


def test_without_a_wish_it_only_shows(room: Newsroom) -> None:
    found = wish(room)
    assert slugs(found) == ["a3", "a2", "a1"]
    assert placed(found) == []


def test_wishes_add_up(room: Newsroom) -> None:
    found = wish(room, lead="a5", first=("4.md",), introduction=" Good morning \n")
    assert slugs(found) == ["a5", "a4", "a1"]
    found = wish(room, lead="a1", hold=("a2",), drop=("a3",))
    assert found.introduction == "Good morning"
    assert placed(found) == [
        (Placement.LEAD, "a1"),
        (Placement.HOLD, "a2"),
        (Placement.DROP, "a3"),
        (Placement.FIRST, "a5"),
        (Placement.FIRST, "a4"),
    ]
    found = wish(room, release=("a5",), introduction="")
    assert (found.introduction, len(found.placed)) == ("", 4)
    assert placed(wish(room, clear=True)) == [(Placement.DROP, "a3")]


def test_a_wrong_name_changes_nothing_and_names_close_ones(room: Newsroom) -> None:
    with pytest.raises(NotFoundError, match=r"no article 'A'\. There is: a1, a2"):
        wish(room, lead="a1", hold=("A",))
    assert placed(wish(room)) == []
    with pytest.raises(NotFoundError):
        arrange(room.store, room.config, "hourly", Wishes(), now=room.now)


def test_explain_knows_of_editors_readers_and_stories(room: Newsroom) -> None:
    room.join("ada")
    room.join("ben", topics=["Nothing"])
    wish(room, first=("a4",), hold=("a1",))
    assert standing(room, "a4") == BriefingStanding(
        "daily", None, "lead", "placed by an editor", None, 1, 1
    )
    assert standing(room, "a1").reason == "held for a later issue by an editor"
    room.by_hand()
    for number in (6, 9, 10):
        room.write(number, pinned=True)
    assert standing(room, "a5").reason == "held over: there is no more room, as in 1 issues before"
    text = " ".join(f"word{number}" for number in range(60))
    room.write(7, source="wire", content_text=text, title="Seven")
    room.write(8, source="agency", content_text=text)
    wish(room, first=("a7",))
    assert standing(room, "a8").next_role == "also"
    assert standing(room, "a8").reason == "named with “Seven”, which tells the same story"


def standing(room: Newsroom, slug: str) -> BriefingStanding:
    (found,) = explain(room.store, room.config, slug, now=room.now).briefings
    return found


def test_next_knows_of_weekly_issues_local_times_and_why_there_is_none(
    sqlite_store: Store,
) -> None:
    room = Newsroom(sqlite_store, daily='weekly_on = "sun"\nsend_in = "subscriber"')
    (first, *_, weekly, last) = upcoming(room.store, room.config, now=room.now, days=7)
    assert first.reason == "no confirmed subscribers"
    room.join("ada", timezone="Pacific/Auckland")
    room.join("ben", timezone="America/New_York")
    found = upcoming(room.store, room.config, now=room.now, days=7)
    assert [item.period for item in found if item.cadence == "weekly"] == ["2026-11-29"]
    assert found[0].reason == "no new articles"
    assert found[0].period == "2026-11-25"
    assert found[0].due_at.isoformat() == "2026-11-24T18:00:00+00:00"
    assert found[0].until is not None
    assert found[0].until.isoformat() == "2026-11-25T12:00:00+00:00"
    assert (weekly.until, last.until) == (None, None)
    room.config = Newsroom(sqlite_store, daily="min_articles = 2").config
    room.write(1)
    (first, *_) = upcoming(room.store, room.config, now=room.now, days=1)
    assert first.reason == "1 new articles, fewer than min_articles = 2"
    room.write(2)
    (first, *_) = upcoming(room.store, room.config, now=room.now, days=1)
    assert (first.reason, len(first.waiting)) == ("", 2)
