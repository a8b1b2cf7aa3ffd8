"""Which kind of an issue each reader gets."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from test_selection import briefing, listed

from digest.model import Listed, MailFormat
from digest.planning.variants import (
    ALL_HAD,
    OTHER_TOPICS,
    PAUSED,
    Kind,
    Sorter,
    Special,
    name_of,
    wanted_topics,
)
from digest.selection import plan_issue
from digest.store.audience import Choice, Group

NOW = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
ARTICLES = [
    listed(1, topics=("World",)),
    listed(2, topics=("Science", "World")),
    listed(3, topics=("Arts",), language="de-CH"),
]
SPOKEN = ("en", "de")


def sorter(
    earlier: dict[int, Listed] | None = None,
    **settings: Any,  # noqa: ANN401 - any key
) -> Sorter:
    chosen = briefing(language="en-GB", **settings)
    return Sorter(plan_issue(ARTICLES, chosen, (), NOW), chosen, SPOKEN, earlier or {})


def choice(*topics: str, language: str = "", kind: MailFormat = MailFormat.HTML) -> Choice:
    return Choice(json.dumps(list(topics)), language, kind)


def test_without_any_choice_there_is_one_kind() -> None:
    found = sorter().sort([Group(choice(), 5)], [])
    assert found.kinds == (Kind(frozenset({1, 2, 3}), "en-GB"),)
    assert found.takes_all
    assert found.has_readers
    assert (found.absences, found.merged, found.wanted_kinds) == ({}, 0, 1)


def test_the_whole_issue_is_made_even_if_nobody_gets_it() -> None:
    """The site shows it."""
    found = sorter().sort([Group(choice("Arts"), 1), Group(choice(), 2, is_paused=True)], [])
    assert [sorted(kind.keep) for kind in found.kinds] == [[1, 2, 3], [3]]
    assert found.absences == {PAUSED: 2}
    assert list(found.by_choice) == [choice("Arts")]


def test_choices_that_come_to_the_same_are_one_kind() -> None:
    groups = [Group(choice("World"), 3), Group(choice("WORLD", "Sport"), 2)]
    found = sorter().sort(groups, [])
    assert len(found.kinds) == 2
    assert found.wanted_kinds == 2


def test_a_language_that_we_do_not_speak_is_the_briefings() -> None:
    of = sorter().kind_of
    assert of(choice(language="de-AT")).language == "de-AT"
    assert of(choice(language="fr")).language == "en-GB"
    assert of(choice(language="en")).language == "en-GB"
    assert of(choice(language="en-US")).language == "en-US"


def test_articles_in_other_languages_are_left_out_where_that_is_wanted() -> None:
    assert sorter().kind_of(choice(language="de")).keep == {1, 2, 3}
    assert sorter(match_language=True).kind_of(choice(language="de-AT")).keep == {3}
    assert sorter(match_language=True).kind_of(choice()).keep == {1, 2, 3}


def test_a_reader_of_their_own_gets_no_story_again_and_what_they_missed() -> None:
    missed = listed(9, topics=("World",))
    own = [
        Special(1, choice(), frozenset({1}), frozenset({9, 8})),
        Special(2, choice("Arts"), frozenset({3})),
        Special(3, choice("Sport"), frozenset(), frozenset({9})),
        Special(4, choice("World"), frozenset({3})),
        Special(5, choice("Sport", "World"), frozenset({1, 2}), frozenset({9})),
    ]
    groups = [Group(item.choice, 1) for item in own]
    found = sorter({9: missed}).sort(groups, own)
    one, five = found.own[1], found.own[5]
    assert one is not None
    assert five is not None
    assert (sorted(one.keep), sorted(one.added)) == ([2, 3], [9])
    assert (sorted(five.keep), sorted(five.added)) == ([], [9])
    assert found.own[2] is None
    assert 3 not in found.own
    assert 4 not in found.own
    assert found.absences == {ALL_HAD: 1, OTHER_TOPICS: 1}


def test_who_only_gets_what_they_missed_is_not_absent() -> None:
    missed = listed(9, topics=("Sport",))
    own = [Special(1, choice("Sport"), frozenset(), frozenset({9}))]
    found = sorter({9: missed}).sort([Group(choice("Sport"), 1)], own)
    assert (found.absences, found.has_readers, found.by_choice) == ({}, True, {})
    assert found.own[1] == Kind(frozenset(), "en-GB", added=frozenset({9}))


def test_too_many_readers_of_their_own_are_told_apart_by_what_they_had_only() -> None:
    own = [
        Special(1, choice("World"), frozenset({1})),
        Special(2, choice("Science"), frozenset({1})),
    ]
    own += [Special(3, choice("World", language="de"), frozenset({1}))]
    found = sorter(max_variants=1).sort([Group(item.choice, 1) for item in own], own)
    assert {kind.keep for kind in found.own.values() if kind} == {frozenset({2, 3})}
    assert found.merged == 3


def test_names_tell_kinds_apart() -> None:
    """A variant's name is at most 100 characters, and no two of an issue are the same."""
    at = sorter()
    whole = Kind(frozenset({1, 2, 3}), "en-GB")
    part = Kind(frozenset({1}), "de", MailFormat.TEXT, frozenset({9}))
    assert name_of(whole, at.plan, [], whole) == "all"
    first = name_of(part, at.plan, [], whole)
    assert first == "1 of 3: World · 1 missed before · de · text"
    assert name_of(part, at.plan, [first], whole) == f"{first} (2)"
    assert name_of(part, at.plan, [first, f"{first} (2)"], whole) == f"{first} (3)"


@given(
    st.lists(
        st.builds(
            Group,
            st.builds(
                lambda topics, language, kind: choice(*topics, language=language, kind=kind),
                st.lists(st.sampled_from(["World", "Arts", "Science", "Sport"]), max_size=3),
                st.sampled_from(["", "de", "fr"]),
                st.sampled_from(MailFormat),
            ),
            st.integers(1, 50),
        ),
        unique_by=lambda group: group.choice,
        max_size=12,
    ),
    st.integers(1, 6),
)
def test_the_bound_holds_and_nobody_is_lost(groups: list[Group], most: int) -> None:
    found = sorter(max_variants=most).sort(groups, [])
    assert len(found.kinds) <= most
    reached = {group.choice for group in groups} & set(found.by_choice)
    absent = sum(group.readers for group in groups if group.choice not in reached)
    assert absent == found.absences.get(OTHER_TOPICS, 0)
    for each in reached:
        wanted = sorter().kind_of(each).keep
        assert wanted <= found.by_choice[each].keep


def test_wanted_topics_are_all_unless_every_reader_chose() -> None:
    assert wanted_topics([]) is None
    assert wanted_topics([Group(choice("A"), 1), Group(choice(), 1)]) is None
    resting = Group(choice(), 1, is_paused=True)
    assert wanted_topics([Group(choice("A"), 1), Group(choice("b"), 1), resting]) == frozenset(
        {"a", "b"}
    )
