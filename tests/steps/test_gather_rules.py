"""What an operator's rules make of articles, and which rules are none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from fakes import make_config

from digest.config.source_rules import mapped, parse_rewrite, parse_topic, parse_wanted
from digest.errors import ConfigError
from digest.model import Author, Draft
from digest.model.upstream import Arrival
from digest.steps.gather.rules import Rules, newest

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
ARRIVAL = Arrival(
    Draft(
        title="Live blog: the Ferry",
        content_html="<p>Late  by an hour.</p>",
        content_text="Late by an hour.",
        summary="In short",
        slug="live-blog",
        authors=(Author("Ines Lund", url="https://ines.example/"),),
        topics=("Boats", "Weather"),
        url="https://harbour.example/sport/1",
    )
)


def rules(**lines: tuple[str, ...]) -> Rules:
    return Rules(
        tuple(parse_wanted(line) for line in lines.get("include", ())),
        tuple(parse_wanted(line) for line in lines.get("exclude", ())),
        dict(parse_topic(line) for line in lines.get("topic_map", ())),
        tuple(parse_rewrite(line) for line in lines.get("rewrite", ())),
    )


@pytest.mark.parametrize(
    ("line", "has"),
    [
        ("ferry", True),
        ("FERRY", True),
        ("ferr", False),
        ("late by", True),
        ("title: live  blog", True),
        ("title: hour", False),
        ("text: hour", True),
        ("text: in short", True),
        ("author: lund", True),
        ("topic: boats", True),
        ("topic: boat", False),
        ("url: /sport/", True),
        ("url: /culture/", False),
        ("note: ferry", False),
    ],
)
def test_a_word_is_found_where_it_stands(line: str, *, has: bool) -> None:
    assert bool(rules(exclude=(line,)).reason_against(ARRIVAL)) is has
    assert bool(rules(include=(line,)).reason_against(ARRIVAL)) is not has


def test_the_reason_names_the_rule() -> None:
    assert rules(exclude=("title: live blog",)).reason_against(ARRIVAL) == (
        "has title: live blog (exclude)"
    )
    assert rules(include=("fog", "topic: ice")).reason_against(ARRIVAL) == (
        "has none of 'fog', topic: ice (include)"
    )


@pytest.mark.parametrize(
    ("line", "field", "expected"),
    [
        (r"title: ^Live blog:\s* =>", "title", "the Ferry"),
        ("title: .* =>", "title", "Live blog: the Ferry"),
        ("summary: short => brief", "summary", "In brief"),
        ("content: <p> => <p><script>x</script>", "content_html", "<p>Late  by an hour.</p>"),
        ("content: an hour => a day", "content_text", "Late by a day."),
        (r"url: /sport/(\d) => /s/\1", "url", "https://harbour.example/s/1"),
        ("url: https => javascript", "url", "https://harbour.example/sport/1"),
        ("author: Ines => I.", "authors", (Author("I. Lund", url="https://ines.example/"),)),
        ("author: .* =>", "authors", ()),
    ],
)
def test_a_rewrite_changes_one_field(line: str, field: str, expected: object) -> None:
    changed = rules(rewrite=(line,)).changed(ARRIVAL)
    assert getattr(changed.draft, field) == expected


def test_topics_are_mapped_in_order_each_once() -> None:
    table = {"boats": "Harbour", "ships": "harbour", "weather": ""}
    assert mapped(("Boats", "Ships", "Weather", "Art"), table) == ("Harbour", "Art")
    assert mapped(("Boats", "Art"), {**table, "*": ""}) == ("Harbour",)
    assert rules(topic_map=("boats = Harbour", "* =")).changed(ARRIVAL).draft.topics == ("Harbour",)
    assert rules().changed(ARRIVAL) is ARRIVAL


def test_the_newest_are_kept_in_their_order_and_those_without_a_date_count_as_new() -> None:
    items = [
        Arrival(
            Draft(
                title=name, published_at=at, content_html="", content_text="", summary="", slug=name
            )
        )
        for name, at in (("old", NOW - timedelta(9)), ("none", None), ("new", NOW))
    ]
    assert [item.draft.title for item in newest(items, 2)] == ["none", "new"]
    assert newest(items, 0) == newest(items, 3) == items


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('include = ["title: "]', "names no word"),
        ('topic_map = ["boats"]', "must be 'their topic = ours'"),
        ('topic_map = ["= Harbour"]', "must be 'their topic = ours'"),
        ('rewrite = ["title: x"]', "must be 'field: pattern => replacement'"),
        ('rewrite = ["colour: x => y"]', "must be 'field: pattern => replacement'"),
        ('rewrite = ["title: => y"]', "needs a pattern"),
        ('rewrite = ["title: ( => y"]', "see Python's re"),
        ("rewrite = ['title: x => \\9']", "see Python's re"),
        ("min_interval_seconds = 5000\nmax_interval_seconds = 4000", "below its min"),
        ('path = "x"', "has path"),
        ('url = ""', "needs a url"),
    ],
)
def test_a_rule_that_is_none_is_named(line: str, reason: str) -> None:
    url = "" if line.startswith("url") else 'url = "https://harbour.example/feed"\n'
    with pytest.raises(ConfigError, match=r"sources\.notes") as raised:
        make_config(more=f'[sources.notes]\nkind = "feed"\n{url}{line}\n')
    assert reason in str(raised.value)
