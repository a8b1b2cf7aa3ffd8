# ruff: noqa: RUF001 - the letters of other scripts are what this is about
"""The same story in several sources."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.similarity import Story, same_stories, tokens

MORNING = datetime(2026, 11, 24, 6, tzinfo=UTC)

AGENCY = """
The harbour of Port Halden stays closed until Friday after a crane fell across two berths on Monday
night. Nobody was hurt. The port authority said that the crane, built in 1978, had been inspected in
the spring, and that three ships now wait outside the breakwater. Fish for the town's market is
landed at Ostvik, forty kilometres to the north, and brought in by road.
"""

OWN_WORDS = """
Three ships are waiting off Port Halden, and the fish comes by lorry: a crane that was built in 1978
toppled over on Monday night and blocks two berths. The port authority does not expect to open the
harbour before Friday. It had the crane inspected in the spring.
"""

ANOTHER = """
The town council voted on Tuesday for a new library beside the old ferry terminal. Building is to
begin next year and to cost eleven million, of which the region pays one half. The reading room will
look out over the water, and the children's books get a floor of their own.
"""

UKRAINIAN = """
Порт залишатиметься зачиненим до п'ятниці після падіння крана в понеділок увечері. Ніхто не
постраждав. Три кораблі чекають на рейді, а рибу до міста привозять вантажівками з півночі.
"""

JAPANESE = (
    "月曜日の夜にクレーンが倒れ、港は金曜日まで閉鎖される。"
    "けが人はいなかった。三隻の船が沖で待っている。"
)


def story(
    sequence: int,
    source: str,
    title: str,
    text: str = ANOTHER,
    *,
    hours: float = 0,
    language: str = "",
) -> Story:
    return Story(sequence, source, title, text, MORNING + timedelta(hours=hours), language)


def test_an_agencys_text_under_two_headlines_is_one_story() -> None:
    found = same_stories(
        [
            story(1, "gazette", "Harbour closed until Friday", AGENCY),
            story(2, "courier", "Crane collapse shuts Port Halden", f"{AGENCY} By our reporter."),
            story(3, "courier", "Council votes for a library", ANOTHER),
        ]
    )
    assert found == ((1, 2),)


def test_one_event_in_two_papers_words_is_one_story_by_headline_and_facts() -> None:
    found = same_stories(
        [
            story(1, "gazette", "Crane falls in Port Halden harbour", AGENCY),
            story(2, "courier", "Crane falls in harbour of Port Halden", OWN_WORDS),
            story(3, "courier", "Council votes for a library", ANOTHER),
        ]
    )
    assert found == ((1, 2),)


def test_the_same_headline_over_another_story_is_another_story() -> None:
    """Every paper has a "Letters to the editor"."""
    found = same_stories(
        [story(1, "gazette", "The week in review", AGENCY), story(2, "b", "The week in review")]
    )
    assert found == ()


def test_a_text_too_short_to_compare_is_judged_by_its_headline() -> None:
    found = same_stories(
        [
            story(1, "gazette", "Crane falls in Port Halden harbour", "More soon."),
            story(2, "courier", "Crane falls in Port Halden harbour", AGENCY),
            story(3, "herald", "Ferry to Ostvik late", "More soon."),
        ]
    )
    assert found == ((1, 2),)


def test_articles_of_one_source_are_never_taken_for_each_other() -> None:
    weather = "Morning weather"
    assert same_stories([story(1, "a", weather, AGENCY), story(2, "a", weather, AGENCY)]) == ()


@pytest.mark.parametrize(("hours", "is_same"), [(72, True), (-72, True), (72.1, False)])
def test_articles_of_different_days_are_different_stories(hours: float, is_same: bool) -> None:  # noqa: FBT001 - an expected value
    found = same_stories([story(1, "a", "x", AGENCY), story(2, "b", "x", AGENCY, hours=hours)])
    assert bool(found) == is_same


@pytest.mark.parametrize(
    ("one", "other", "is_same"), [("en", "en-GB", True), ("en", "de", False), ("", "de", True)]
)
def test_articles_in_two_languages_are_both_kept(one: str, other: str, is_same: bool) -> None:  # noqa: FBT001 - an expected value
    found = same_stories(
        [story(1, "a", "x", AGENCY, language=one), story(2, "b", "x", AGENCY, language=other)]
    )
    assert bool(found) == is_same


@pytest.mark.parametrize("text", [UKRAINIAN, JAPANESE])
def test_other_scripts_are_compared_as_well(text: str) -> None:
    assert same_stories([story(1, "a", "1", text), story(2, "b", "2", text)]) == ((1, 2),)
    assert same_stories([story(1, "a", "1", text), story(2, "b", "2", AGENCY)]) == ()


def test_a_third_source_joins_the_story_that_it_is_most_like() -> None:
    found = same_stories(
        [
            story(1, "a", "Harbour closed", AGENCY),
            story(2, "b", "Library decided", ANOTHER),
            story(3, "c", "Crane", f"{AGENCY} {ANOTHER[:150]}"),
            story(4, "d", "A library", ANOTHER),
        ]
    )
    assert found == ((1, 3), (2, 4))


def test_words_are_folded_and_characters_of_scripts_without_spaces_stand_alone() -> None:
    assert tokens("Straße, ＡＢＣ 港は") == ["strasse", "abc", "港", "は"]


_STORIES = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c"]),
        st.sampled_from(["Crane falls", "Crane falls in harbour", "Library", ""]),
        st.sampled_from([AGENCY, OWN_WORDS, ANOTHER, UKRAINIAN, ""]),
        st.integers(0, 200),
    ),
    max_size=12,
).map(
    lambda rows: [
        story(number, source, title, text, hours=hours)
        for number, (source, title, text, hours) in enumerate(rows, start=1)
    ]
)


@given(_STORIES, st.randoms(use_true_random=False))
def test_groups_do_not_depend_on_the_order_and_each_article_is_in_one(
    stories: list[Story], random: Random
) -> None:
    found = same_stories(stories)
    shuffled = list(stories)
    random.shuffle(shuffled)
    assert same_stories(shuffled) == found
    members = [number for group in found for number in group]
    assert len(members) == len(set(members))
    sources = {item.sequence: item.source for item in stories}
    for leader, *others in found:
        assert all(sources[leader] != sources[other] for other in others)
        assert [leader, *others] == sorted([leader, *others])
