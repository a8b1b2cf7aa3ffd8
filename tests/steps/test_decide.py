"""What files mean for the articles known so far: values in, values out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.model import Draft, Enclosure, Image
from digest.steps.ingest.decide import (
    MASS_REMOVAL,
    MAX_UID_CHARACTERS,
    Decided,
    Decision,
    Place,
    ReadFile,
    decide,
)
from digest.steps.ingest.slugs import Wish, allot
from digest.store.articles import Known
from digest.syndication.assets import Asset

NOW = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=3)

PLACE = Place(
    source="articles",
    topics=(),
    language="en",
    publication_id="tag:gazette.example,2026",
    article_base="https://gazette.example/articles/",
    media_base="https://gazette.example/feeds/media/",
)


def file(path: str, /, **changes: Any) -> ReadFile:  # noqa: ANN401 - any field of Draft
    """A file with a text of its own, unless it is given one."""
    name = path.rpartition("/")[2].partition(".")[0]
    facts: dict[str, Any] = {
        "title": name,
        "content_html": f"<p>Of {name}.</p>",
        "content_text": f"Of {name}.",
        "slug": name,
        # Given here is stated there: what a file's name or title gave stays once it is out.
        "slug_is_explicit": "slug" in changes,
    }
    found = changes.pop("found", {})
    return ReadFile(path, "", Draft(**facts | changes), found)


def text(content: str) -> dict[str, str]:
    return {"content_html": f"<p>{content}</p>", "content_text": content}


def as_known(decided: Decided, start: int = 1) -> list[Known]:
    """What the store would know after writing *decided* into an empty one."""
    return [
        Known(
            sequence=number,
            uid=item.article.uid,
            source=item.article.source,
            path=item.file.path,
            slug=item.article.slug,
            revision=1,
            digest=item.digest,
            published_at=item.article.published_at,
            updated_at=item.article.updated_at,
            withdrawn_at=item.article.withdrawn_at,
            withdrawn_reason=item.article.withdrawn_reason,
            aliases=item.aliases,
        )
        for number, item in enumerate(decided.decisions, start=start)
    ]


def first(*files: ReadFile, place: Place = PLACE) -> list[Known]:
    """What is known once *files* were read for the first time."""
    decided = decide(files, [], place, now=NOW, present=[item.path for item in files])
    return as_known(decided)


def again(
    known: Sequence[Known],
    *files: ReadFile,
    present: Sequence[str] = (),
    place: Place = PLACE,
    accept_removals: bool = False,
) -> Decided:
    """Decide on changed *files*, three hours later; files in *present* are there, unchanged."""
    there = [*present, *(item.path for item in files)]
    return decide(files, known, place, now=LATER, present=there, accept_removals=accept_removals)


def only(decided: Decided) -> Decision:
    assert decided.problems == []
    (decision,) = decided.decisions
    return decision


# Identity.


def test_an_article_gets_its_uid_and_date_at_first_sight() -> None:
    """feeds.md R3: a tag URI."""
    decision = only(decide([file("2026/a.md")], [], PLACE, now=NOW, present=["2026/a.md"]))
    article = decision.article
    assert article.uid == "tag:gazette.example,2026:articles/2026/a"
    assert article.url == "https://gazette.example/articles/a"
    assert (article.published_at, article.updated_at) == (NOW, NOW)
    assert decision.known is None
    assert decision.is_new_revision


@pytest.mark.parametrize(
    "changed",
    [
        {"title": "Another"},
        text("Another"),
        {"slug": "another"},
        {"url": "https://gazette.example/elsewhere"},
        {"title": "Another", "slug": "another", **text("Another")},
    ],
)
def test_whatever_changes_the_uid_stays(changed: dict[str, str]) -> None:
    known = first(file("a.md"))
    decision = only(again(known, file("a.md", **changed)))
    assert decision.known == known[0]
    assert decision.article.uid == known[0].uid
    assert decision.is_new_revision


@pytest.mark.parametrize(
    ("path", "changed"),
    [
        ("b/a.md", {}),
        ("b.md", {"title": "a", **text("Of a.")}),
        ("a.html", text("Rewritten")),
        ("b.md", {"slug": "mine", "slug_is_explicit": True, **text("Rewritten")}),
        ("b.md", {"uid": "tag:gazette.example,2020:mine", **text("Rewritten")}),
    ],
)
def test_a_moved_file_is_the_same_article(path: str, changed: dict[str, Any]) -> None:
    """Recognised by its text, its name, its slug, or its uid."""
    fixed = {"slug": "mine", "slug_is_explicit": True, "uid": "tag:gazette.example,2020:mine"}
    known = first(file("a.md", **fixed))
    decided = again(known, file(path, **changed))
    decision = only(decided)
    assert decision.known == known[0]
    assert decision.article.uid == "tag:gazette.example,2020:mine"
    assert decided.gone == []


def test_a_moved_file_is_found_by_its_text_alone() -> None:
    known = first(file("a.md"), file("b.md"))
    moved = file("2027/new.md", title="a", **text("Of a."))
    decision = only(again(known, moved, present=["b.md"]))
    assert decision.known == known[0]
    assert decision.article.slug == "a", "an address that is out stays"


def test_a_copy_is_another_article() -> None:
    """The file it resembles is still there."""
    known = first(file("a.md"))
    copy = file("b.md", title="a", **text("Of a."))
    decided = again(known, copy, present=["a.md"])
    decision = only(decided)
    assert decision.known is None
    assert decision.article.uid != known[0].uid
    assert not any(key.startswith("content:") for key in decision.aliases)


def test_of_two_copies_of_a_lost_file_one_is_the_article() -> None:
    known = first(file("a.md"))
    copies = [file(f"{name}.md", title="a", **text("Of a.")) for name in "bc"]
    decided = again(known, *copies)
    assert [item.known for item in decided.decisions] == [known[0], None]


def test_the_path_says_more_than_the_text() -> None:
    """A file that is there is its article, even if another lost one said the same."""
    known = first(file("a.md"), file("b.md"))
    decided = again(known, file("a.md", title="b", **text("Of b.")))
    (decision,) = decided.decisions
    assert decision.known == known[0]
    assert decided.gone == [known[1]]


def test_a_name_that_was_used_before_gives_another_uid() -> None:
    known = [replace(first(file("a.md"))[0], path="moved.md", slug="moved")]
    decision = only(again(known, file("a.md", **text("New")), present=["moved.md"]))
    assert decision.article.uid == f"{known[0].uid}-2"
    known += [replace(known[0], sequence=2, uid=f"{known[0].uid}-2", path="x.md", slug="x")]
    decision = only(again(known, file("a.md"), present=["moved.md", "x.md"]))
    assert decision.article.uid == f"{known[0].uid}-3"


def test_a_uid_of_the_front_matter_is_taken() -> None:
    decision = only(again([], file("a.md", uid="urn:isbn:1")))
    assert decision.article.uid == "urn:isbn:1"
    assert "uid:urn:isbn:1" in decision.aliases


def test_a_uid_that_is_taken_is_not_taken_twice() -> None:
    decided = again([], file("a.md", uid="urn:isbn:1"), file("b.md", uid="urn:isbn:1"))
    assert [item.article.uid for item in decided.decisions] == ["urn:isbn:1", "urn:isbn:1-2"]
    (problem,) = decided.problems
    assert (problem.where, problem.severity) == ("b.md", "warning")
    assert "urn:isbn:1 belongs to another article" in problem.reason


def test_a_uid_cannot_be_changed() -> None:
    """feeds.md R3: it never changes, and the editor is told."""
    known = first(file("a.md"))
    decided = again(known, file("a.md", uid="urn:isbn:1"))
    assert decided.decisions[0].article.uid == known[0].uid
    (problem,) = decided.problems
    assert f"uid stays {known[0].uid}" in problem.reason
    assert again(known, file("a.md", uid=known[0].uid)).problems == []


@pytest.mark.parametrize("changed", [{}, {"uid": "urn:" + "x" * 700}])
def test_a_very_long_name_gets_a_uid_of_bounded_length(changed: dict[str, str]) -> None:
    path = "/".join(["ж" * 80] * 3) + ".md"
    decided = again([], file(path, slug="a", **changed), file(path[1:], slug="b", **changed))
    uids = [item.article.uid for item in decided.decisions]
    assert len(set(uids)) == 2
    assert max(map(len, uids)) <= MAX_UID_CHARACTERS
    assert len(decided.problems) == (2 if changed else 0)
    assert all("is too long" in problem.reason for problem in decided.problems)


# Revisions: T4 of feeds.md.


def test_the_same_again_is_no_revision() -> None:
    facts = {"published_at": NOW, "image": Image("a.png", caption="Cap")}
    known = first(file("a.md", **facts))
    decision = only(again(known, file("a.md", **facts)))
    assert not decision.is_new_revision
    assert decision.article.updated_at == known[0].updated_at
    assert decision.aliases == frozenset()


@pytest.mark.parametrize(
    "changed",
    [
        {"title": "Another"},
        text("Another"),
        {"summary": "Another"},
        {"correction": "A name was wrong."},
        {"topics": ("Local",)},
        {"image": Image("https://x.example/a.png")},
        {"enclosures": (Enclosure("https://x.example/a.mp3", "audio/mpeg", 1),)},
        {"found": {"a.png": Asset("x-a.png", "a.png", "1" * 64, 9, "image/png")}},
    ],
)
def test_a_real_change_moves_updated_and_never_published(changed: dict[str, Any]) -> None:
    """feeds.md T4."""
    known = first(file("a.md"))
    decision = only(again(known, file("a.md", **changed)))
    assert decision.is_new_revision
    assert decision.article.updated_at == LATER
    assert decision.article.published_at == NOW


def test_another_layout_of_the_same_html_is_no_change() -> None:
    known = first(file("a.md", content_html="<p>One</p><p>Two</p>"))
    decision = only(again(known, file("a.md", content_html="<p>One</p>\n\n<p>Two</p>\n")))
    assert not decision.is_new_revision
    assert decision.article.updated_at == NOW


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"pinned": True}, PLACE),
        ({"slug": "another"}, PLACE),
        ({}, replace(PLACE, topics=("World",))),
        ({}, replace(PLACE, language="de")),
        ({}, replace(PLACE, article_base="https://new.example/")),
        ({"content_text": "Read better."}, PLACE),
    ],
)
def test_what_is_no_news_makes_a_revision_and_leaves_updated(
    changed: dict[str, Any], place: Place
) -> None:
    """feeds.md T4: a move to another domain does not put all articles on top again."""
    known = first(file("a.md"))
    decision = only(again(known, file("a.md", **changed), place=place))
    assert decision.is_new_revision
    assert decision.article.updated_at == known[0].updated_at


def test_media_that_moved_to_another_address_are_no_news() -> None:
    facts = {
        "image": Image("a.png"),
        "found": {"a.png": Asset("x-a.png", "a.png", "1" * 64, 9, "image/png")},
    }
    known = first(file("a.md", **facts))
    moved = replace(PLACE, media_base="https://cdn.example/")
    decision = only(again(known, file("a.md", **facts), place=moved))
    assert decision.article.image is not None
    assert decision.article.image.url == "https://cdn.example/x-a.png"
    assert decision.is_new_revision
    assert decision.article.updated_at == NOW


def test_updated_can_be_stated() -> None:
    stated = NOW + timedelta(hours=1)
    known = first(file("a.md", updated_at=stated))
    assert known[0].updated_at == stated
    decision = only(again(known, file("a.md", updated_at=stated)))
    assert not decision.is_new_revision
    decision = only(again(known, file("a.md", updated_at=stated, **text("Another"))))
    assert decision.article.updated_at == stated


def test_updated_is_never_before_published() -> None:
    earlier = NOW - timedelta(days=1)
    known = first(file("a.md", published_at=NOW, updated_at=earlier))
    assert known[0].updated_at == NOW


# Publication dates.


def test_published_never_moves_once_an_article_is_out() -> None:
    """feeds.md T4: and the editor is told what to do instead."""
    known = first(file("a.md", published_at=NOW))
    decided = again(known, file("a.md", published_at=LATER))
    (decision,), (problem,) = decided.decisions, decided.problems
    assert decision.article.published_at == NOW
    assert not decision.is_new_revision
    assert problem.severity == "warning"
    assert "published stays 2026-11-24 06:00 UTC" in problem.reason


def test_a_date_that_is_taken_away_stays() -> None:
    known = first(file("a.md", published_at=NOW - timedelta(days=3)))
    decision = only(again(known, file("a.md")))
    assert decision.article.published_at == NOW - timedelta(days=3)
    assert not decision.is_new_revision


def test_an_embargo_can_be_moved_while_it_lasts() -> None:
    tomorrow, today = NOW + timedelta(days=1), NOW + timedelta(hours=1)
    known = first(file("a.md", published_at=tomorrow))
    decision = only(again(known, file("a.md", published_at=today)))
    assert decision.article.published_at == today
    assert decision.is_new_revision


def test_an_edit_before_the_embargo_ends_is_no_update() -> None:
    tomorrow = NOW + timedelta(days=1)
    known = first(file("a.md", published_at=tomorrow))
    decision = only(again(known, file("a.md", published_at=tomorrow, **text("Another"))))
    assert decision.article.updated_at == tomorrow


# Slugs.


def test_two_new_files_with_one_slug_name_each_other() -> None:
    decided = again([], file("a.md", slug="same"), file("b/c.md", slug="same"))
    assert [item.file.path for item in decided.decisions] == ["a.md"]
    (problem,) = decided.problems
    assert (problem.where, problem.severity) == ("b/c.md", "error")
    assert problem.reason == (
        "the slug 'same' is taken by a.md; give one of the two another `slug:` in its front matter"
    )
    assert decided.refused == {"b/c.md": None}


def test_who_has_a_slug_keeps_it_whatever_the_order() -> None:
    """Also when everything is read again, as after a change of settings."""
    known = first(file("z.md", slug="same"))
    decided = again(known, file("a.md", slug="same"), file("z.md", slug="same"))
    assert [item.file.path for item in decided.decisions] == ["z.md"]
    assert list(decided.refused) == ["a.md"]


def test_a_slug_of_another_source_is_taken_too() -> None:
    wire = replace(PLACE, source="wire")
    known = first(file("a.md"), place=wire)
    decided = again(known, file("a.md"))
    assert "taken by a.md of wire" in decided.problems[0].reason


def test_two_articles_can_swap_their_slugs() -> None:
    known = first(file("a.md"), file("b.md"))
    decided = again(known, file("a.md", slug="b"), file("b.md", slug="a"))
    assert decided.problems == []
    assert [item.article.slug for item in decided.decisions] == ["b", "a"]
    assert [item.known for item in decided.decisions] == known


def test_who_is_refused_keeps_the_slug_it_has() -> None:
    """A wants c's; b, who wants a's, must not get it: a still stands under it."""
    known = first(file("a.md"), file("b.md"), file("c.md"))
    changed = [file("a.md", slug="c"), file("b.md", slug="a")]
    decided = again(known, *changed, present=["c.md"])
    assert decided.decisions == []
    assert decided.refused == {"a.md": known[0], "b.md": known[1]}
    assert "taken by c.md" in decided.problems[0].reason
    assert "taken by a.md" in decided.problems[1].reason
    assert decided.gone == []


def test_the_slug_of_a_withdrawn_article_is_free() -> None:
    known = [replace(first(file("a.md"))[0], withdrawn_at=NOW)]
    decided = again(known, file("b.md", slug="a", **text("Another")))
    assert only(decided).article.slug == "a"
    assert decided.freed == known


def test_a_file_that_takes_the_place_of_a_lost_one_gets_its_slug_at_once() -> None:
    known = first(file("a.md"), file("b.md"))
    decided = again(known, file("new.md", slug="a", **text("Another")), present=["b.md"])
    assert only(decided).known is None
    assert decided.gone == [known[0]]
    assert decided.freed == [known[0]]


def test_a_file_that_takes_the_place_of_a_withdrawn_one_gets_its_slug_at_once() -> None:
    known = first(file("a.md"))
    withdrawn = file("a.md", withdrawn="Replaced by a better one")
    decided = again(known, withdrawn, file("new.md", slug="a", **text("Another")))
    assert decided.problems == []
    by_path = {item.file.path: item.article for item in decided.decisions}
    assert by_path["new.md"].slug == "a"
    assert by_path["a.md"].slug == ""
    assert by_path["a.md"].withdrawn_reason == "Replaced by a better one"


def test_a_new_file_that_is_withdrawn_already_is_refused_where_its_slug_is_taken() -> None:
    known = first(file("a.md"))
    decided = again(known, file("b.md", slug="a", withdrawn="x"), present=["a.md"])
    assert list(decided.refused) == ["b.md"]


slugs = st.sampled_from(["a", "b", "c", "d"])


@given(
    st.lists(st.tuples(slugs, st.booleans(), st.booleans()), max_size=4, unique_by=lambda t: t[0]),
    st.lists(st.tuples(slugs, st.integers(0, 3), st.booleans()), max_size=6),
)
def test_no_slug_is_ever_held_by_two(
    held: list[tuple[str, bool, bool]], wanted: list[tuple[str, int, bool]]
) -> None:
    """Whatever is wanted, after it is written every slug has one article, as the store demands."""
    template = first(file("x.md"))[0]
    known = [
        replace(
            template,
            sequence=number,
            path=f"{number}.md",
            slug=slug,
            withdrawn_at=NOW if withdrawn else None,
        )
        for number, (slug, withdrawn, _) in enumerate(held)
    ]
    wishes, claimed = [], set()
    for number, (slug, which, withdrawn) in enumerate(wanted):
        item = known[which] if which < len(known) and which not in claimed else None
        claimed.add(which)
        wishes.append(Wish(f"w{number}.md", slug, item, withdrawn))
    matched = {wish.known.sequence for wish in wishes if wish.known}
    gone = {
        item.sequence
        for item, (_, _, is_gone) in zip(known, held, strict=True)
        if is_gone and item.sequence not in matched
    }
    result = allot("articles", wishes, known, gone)
    assert sorted([*result.slugs, *result.refused]) == sorted(wish.path for wish in wishes)
    freed = {item.sequence for item in result.freed}
    assert all(item.withdrawn_at or item.sequence in gone for item in result.freed)
    standing = [item.slug for item in known if item.sequence not in matched | freed]
    refused = [wish.known.slug for wish in wishes if wish.path in result.refused and wish.known]
    given_out = [slug for slug in result.slugs.values() if slug]
    everything = standing + refused + given_out
    assert len(everything) == len(set(everything))


# Withdrawal and removal.


def test_an_article_can_be_withdrawn_and_come_back() -> None:
    known = first(file("a.md"))
    decision = only(again(known, file("a.md", withdrawn="Wrong")))
    assert decision.is_newly_withdrawn
    assert decision.article.withdrawn_at == LATER
    assert not decision.is_new_revision
    withdrawn = [replace(known[0], withdrawn_at=NOW, withdrawn_reason="Wrong")]
    decision = only(again(withdrawn, file("a.md", withdrawn="Quite wrong")))
    assert (decision.is_newly_withdrawn, decision.is_back) == (False, False)
    assert decision.article.withdrawn_at == NOW
    decision = only(again(withdrawn, file("a.md")))
    assert decision.is_back
    assert decision.article.withdrawn_at is None
    assert decision.article.updated_at == NOW


def test_a_removed_file_withdraws_its_article() -> None:
    known = first(file("a.md"), file("b.md"))
    assert again(known, present=["b.md"]).gone == [known[0]]
    withdrawn = [replace(known[0], withdrawn_at=NOW), known[1]]
    assert again(withdrawn, present=["b.md"]).gone == []


def test_other_sources_articles_are_no_business_of_this_one() -> None:
    known = [replace(first(file("a.md"))[0], source="wire")]
    assert again(known, present=["b.md"]).gone == []


@pytest.mark.parametrize(
    ("gone", "kept", "is_accident"),
    [
        (MASS_REMOVAL, 1, False),
        (MASS_REMOVAL + 1, 1, True),
        (MASS_REMOVAL + 1, MASS_REMOVAL + 1, False),
        (MASS_REMOVAL + 1, MASS_REMOVAL, True),
        (1, 0, True),
    ],
)
def test_a_mass_removal_is_taken_for_an_accident(gone: int, kept: int, is_accident: bool) -> None:  # noqa: FBT001 - a column of the table
    """More than ten and more than half at once, or all: they stay published unless accepted."""
    known = first(*(file(f"{number:02}.md") for number in range(gone + kept)))
    present = [f"{number:02}.md" for number in range(gone, gone + kept)]
    decided = again(known, present=present)
    assert len(decided.gone) == (0 if is_accident else gone)
    assert [problem.where for problem in decided.problems] == ["articles"] * is_accident
    if is_accident:
        assert f"{gone} of {gone + kept} articles are gone" in decided.problems[0].reason
    accepted = again(known, present=present, accept_removals=True)
    assert len(accepted.gone) == gone
    assert accepted.problems == []


def test_a_slug_stays_taken_while_a_mass_removal_is_not_accepted() -> None:
    known = first(*(file(f"{number:02}.md") for number in range(12)))
    newcomer = file("new.md", slug="03", **text("Another"))
    decided = again(known, newcomer)
    assert list(decided.refused) == ["new.md"]
    decided = again(known, newcomer, accept_removals=True)
    assert decided.refused == {}


# What an article takes over.


def test_a_file_says_more_than_the_settings() -> None:
    place = replace(PLACE, topics=("World", "Local"), language="de")
    article = only(again([], file("a.md", topics=("world", "Sea")), place=place)).article
    assert article.topics == ("world", "Sea", "Local")
    assert article.language == "de"
    article = only(
        again([], file("a.md", language="fr", url="https://x.example/y"), place=place)
    ).article
    assert article.language == "fr"
    assert article.url == "https://x.example/y"


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (Image("gone.png", caption="Cap <1>", credit="Me"), "Cap &lt;1&gt; Me"),
        (Image("", caption="Cap"), "Cap"),
        (Image("", credit="Me"), "Me"),
    ],
)
def test_words_of_a_missing_picture_lead_the_text(image: Image, words: str) -> None:
    """Nothing of what the editor wrote is lost."""
    article = only(again([], file("a.md", image=image))).article
    assert article.image is None
    assert article.content_html == (
        f"<figure><figcaption>{words}</figcaption></figure>\n<p>Of a.</p>"
    )
