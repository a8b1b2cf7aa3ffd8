"""What editors, budgets, readers, and other sources do to an issue's plan."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from test_selection import NOW, briefing, listed, numbers

from digest.model import Listed
from digest.selection import Arrangement, Desk, IssuePlan, briefing_reason, narrowed, plan_issue


def arranged(**wanted: Any) -> Desk:  # noqa: ANN401 - any field
    return Desk(arrangement=Arrangement(**wanted))


def test_what_an_editor_places_is_in_before_all_others_whatever_the_settings() -> None:
    """Old, of another topic, without room: but never what was mailed or may not be seen."""
    old = listed(40 * 24, topics=("Sport",))
    hidden = listed(3, withdrawn_at=NOW)
    articles = [listed(1), listed(2), hidden, old]
    desk = arranged(lead=old.sequence, first=(3, 2))
    plan = plan_issue(
        articles, briefing(topics=["World"], max_articles=2, headlines=0), (), NOW, desk
    )
    assert plan.lead == old
    assert numbers(plan.articles) == [old.sequence, 2]
    assert numbers(plan.waiting) == [1]
    assert plan.left_out == {3: "withdrawn"}
    used = plan_issue(articles, briefing(), {old.sequence}, NOW, desk)
    assert used.left_out[old.sequence] == "was in an earlier issue"


def test_those_placed_first_stand_in_their_order_in_each_section() -> None:
    plan = plan_issue(
        [listed(n) for n in range(1, 6)], briefing(lead="none"), (), NOW, arranged(first=(4, 5))
    )
    assert numbers(plan.articles) == [4, 5, 1, 2, 3]


def test_held_and_dropped_articles_say_who_did_it() -> None:
    desk = arranged(held=frozenset({1}), dropped=frozenset({2}))
    plan = plan_issue([listed(1), listed(2), listed(3)], briefing(), (), NOW, desk)
    assert plan.left_out == {
        1: "held for a later issue by an editor",
        2: "dropped from this briefing by an editor",
    }
    assert not desk.arrangement.is_empty
    assert Arrangement(dropped=frozenset({2})).is_empty


def test_languages_choose() -> None:
    german = briefing(languages=["de"])
    assert briefing_reason(listed(1, language="de-CH"), german, (), NOW) == ""
    assert briefing_reason(listed(1), german, (), NOW) == "is in en, not in de"


def test_no_reader_no_room() -> None:
    desk = Desk(wanted=frozenset({"arts"}))
    plan = plan_issue([listed(1), listed(2, topics=("Arts",))], briefing(), (), NOW, desk)
    assert plan.left_out == {1: "no reader chose any of its topics"}


def test_after_so_many_issues_without_room_it_is_over() -> None:
    chosen = briefing(max_held_over=2)
    desk = Desk(waits={1: 1, 2: 2})
    assert briefing_reason(listed(1), chosen, (), NOW, desk) == ""
    assert "held over by 2 issues" in briefing_reason(listed(2), chosen, (), NOW, desk)
    assert briefing_reason(listed(2), briefing(), (), NOW, desk) == ""


def test_a_topic_and_a_source_have_their_share() -> None:
    """What is over it waits; what is pinned or placed is bound by nothing, and counts."""
    articles = [
        listed(1),
        listed(2),
        listed(3, topics=("Arts",)),
        listed(4, topics=("Arts",), source="wire"),
        listed(5, topics=(), source="wire", pinned=True),
        listed(6, topics=("Sport",), source="wire"),
    ]
    plan = plan_issue(articles, briefing(max_per_topic=1), (), NOW)
    assert sorted(numbers(plan.articles)) == [1, 3, 5, 6]
    plan = plan_issue(articles, briefing(max_per_source=2, max_articles=2), (), NOW)
    assert sorted(numbers(plan.articles)) == [1, 2, 4, 5]
    assert numbers(plan.more) == [2, 4]
    assert numbers(plan.waiting) == [3, 6]


STORY = [listed(1), listed(2, source="wire"), listed(3, source="agency")]


def test_a_story_is_told_by_who_was_first_and_the_others_stand_beside() -> None:
    desk = Desk(stories=((1, 2, 3),))
    plan = plan_issue([*STORY, listed(4)], briefing(), (), NOW, desk)
    assert sorted(numbers(plan.articles)) == [1, 4]
    assert plan.beside == {1: (STORY[1], STORY[2])}
    assert sorted(plan.mailed) == [1, 2, 3, 4]


def test_an_editor_says_who_tells_a_story() -> None:
    desk = Desk(arrangement=Arrangement(lead=2), stories=((1, 2, 3),))
    plan = plan_issue(STORY, briefing(), (), NOW, desk)
    assert (plan.lead, plan.beside) == (STORY[1], {2: (STORY[0], STORY[2])})
    both = Desk(arrangement=Arrangement(first=(1, 2, 3)), stories=((1, 2, 3),))
    plan = plan_issue(STORY, briefing(lead="none"), (), NOW, both)
    assert (numbers(plan.articles), plan.beside) == ([1, 2, 3], {})


def test_a_story_that_was_mailed_is_not_told_again() -> None:
    desk = Desk(stories=((1, 2),))
    plan = plan_issue(STORY, briefing(), {1}, NOW, desk)
    assert plan.left_out[2] == (
        "tells the same story as “Article 1”, which was in an earlier issue"
    )
    assert numbers(plan.articles) == [3]
    again = Desk(arrangement=Arrangement(first=(2,)), stories=((1, 2),))
    assert 2 in numbers(plan_issue(STORY, briefing(), {1}, NOW, again).articles)


def test_a_story_without_room_waits_whole() -> None:
    articles = [listed(1, pinned=True), listed(2), listed(3, source="wire")]
    one = briefing(max_articles=1, headlines=0)
    plan = plan_issue(articles, one, (), NOW, Desk(stories=((2, 3),)))
    assert (numbers(plan.articles), plan.beside, numbers(plan.waiting)) == ([1], {}, [2, 3])


def part(plan: IssuePlan, *keep: int, added: tuple[Listed, ...] = (), **settings: int) -> IssuePlan:
    return narrowed(plan, briefing(**settings), Arrangement(), keep, added)


def test_a_part_keeps_the_lead_if_it_has_it_and_else_takes_the_newest() -> None:
    articles = [listed(1), listed(2, pinned=True), listed(3)]
    plan = plan_issue(articles, briefing(), (), NOW)
    assert part(plan, 2, 3).lead == articles[1]
    assert part(plan, 1, 3).lead == articles[0]
    assert part(plan).lead is None


def test_in_a_part_headlines_move_up_and_what_was_missed_comes_last() -> None:
    articles = [listed(n) for n in range(1, 7)]
    plan = plan_issue(articles, briefing(max_articles=2), (), NOW)
    smaller = part(plan, 2, 5, 6, max_articles=2, added=(listed(9),))
    assert (numbers(smaller.articles), numbers(smaller.more)) == ([2, 5, 6, 9], [6, 9])


def test_in_a_part_a_story_is_told_by_who_is_left() -> None:
    plan = plan_issue(STORY, briefing(), (), NOW, Desk(stories=((1, 2, 3),)))
    assert part(plan, 2, 3).beside == {2: (STORY[2],)}
    assert numbers(part(plan, 3).articles) == [3]


@given(
    st.lists(st.integers(1, 30), unique=True, max_size=20),
    st.sets(st.integers(1, 30)),
    st.integers(1, 5),
    st.integers(0, 5),
    st.integers(0, 3),
)
def test_every_article_is_told_held_or_explained(
    sequences: list[int], used: set[int], room: int, headlines: int, share: int
) -> None:
    """Nothing vanishes: in it, beside, waiting, or left out with a reason; each exactly once."""
    articles = [listed(n, source=f"s{n % 3}") for n in sorted(sequences)]
    stories = tuple(tuple(group) for group in (sequences[:3], sequences[3:5]) if len(group) > 1)
    desk = Desk(stories=tuple(tuple(sorted(group)) for group in stories))
    chosen = briefing(max_articles=room, headlines=headlines, max_per_source=share)
    plan = plan_issue(articles, chosen, used, NOW, desk)
    told = [*plan.mailed, *numbers(plan.waiting), *plan.left_out]
    assert len(told) == len(set(told))
    assert set(sequences) == set(told)
    assert not set(plan.mailed) & used
    everything = narrowed(plan, chosen, Arrangement(), plan.mailed)
    assert sorted(everything.mailed) == sorted(plan.mailed)
