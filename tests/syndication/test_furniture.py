# ruff: noqa: RUF001 - the words of many languages
"""Which lines belong to the page; and, as important, which do not."""

from __future__ import annotations

import pytest

from digest.syndication.furniture import Furniture
from digest.syndication.furniture_phrases import PHRASES

LANGUAGES = {"en", "es", "fr", "de", "it", "pt", "uk", "ru", "pl", "nl", "ar", "he", "zh", "ja"}
SAMPLES = {"#": "1,234", "*": "something else", "@": "Facebook"}


def test_every_kind_of_furniture_is_known_in_every_language() -> None:
    for rule, languages in PHRASES.items():
        assert languages.keys() == LANGUAGES, rule


def test_every_phrase_is_found_under_its_rule() -> None:
    furniture = Furniture()
    for rule, languages in PHRASES.items():
        for phrase in "|".join(languages.values()).split("|"):
            line = phrase
            for gap, filling in SAMPLES.items():
                line = line.replace(gap, filling)
            found = furniture.rule(line)
            # Languages share words, and so, here and there, do rules.
            assert found, f"{phrase} ({rule})"


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("Must read", "related articles (en)"),
        ("  MORE ARTICLES: ", "related articles (en)"),
        ("Read also: Why ropes sing", "related article (en)"),
        ("[Advertisement]", "advertisement (en)"),
        ("— Advertisement —", "advertisement (en)"),
        ("(Werbung)", "advertisement (de)"),
        ("Share on Facebook »", "share line (en)"),
        ("Share on Facebook, X and LinkedIn", "share line (en)"),
        ("Udostępnij na Facebooku", "share line (pl)"),
        ("Поділитися у Фейсбуці", "share line (uk)"),
        ("Facebookでシェア", "share line (ja)"),
        ("S’abonner", "newsletter sign-up (fr)"),
        ("Subscribe to the Sunday newsletter", "newsletter sign-up (en)"),
        ("We use cookies to remember you.", "cookie or legal notice (en)"),
        ("© 2026 A Paper. All rights reserved.", "cookie or legal notice (en)"),
        ("1.2K views", "reading time (en)"),
        ("5 min read", "reading time (en)"),
        ("Lesezeit: 3 Minuten", "reading time (de)"),
        ("12 comments", "comments (en)"),
        ("Comments (12)", "comments (en)"),
        ("3件のコメント", "comments (ja)"),
        ("延伸阅读：钟", "related article (zh)"),
    ],
)
def test_lines_are_matched_whatever_surrounds_them(line: str, rule: str) -> None:
    assert Furniture().rule(line) == rule


@pytest.mark.parametrize(
    "line",
    [
        "",
        "***",
        "?",
        "Share prices fall on Monday",
        "Share on equal terms",
        "Related work",
        "More articles of faith",
        "Comments from the saddle",
        "The latest news from the mill is that it turns.",
        "He said: subscribe",
        "Advertisement for courtesy",
        "Must read less",
        "Five minutes to read",
        "- Search",
        "• Home",
        "Reading time has a price",
        "12 comments that changed the town",
        "Home is where the mill is",
        "Cookies for everyone",
        "Read more: " + "a long sentence that goes on and on, " * 4,
    ],
)
def test_sentences_headings_and_lists_with_such_words_stay(line: str) -> None:
    assert Furniture().rule(line) == ""


def test_the_operator_can_add_phrases_with_gaps() -> None:
    furniture = Furniture(
        extra=("Our shop: *", "* is hiring", "issue #", "see @", "", "Ünser Laden")
    )
    for line in (
        "Our shop: bells",
        "The mill is hiring!",
        "Issue 12",
        "See Bluesky",
        "ÜNSER LADEN",
    ):
        assert furniture.rule(line) == "configured phrase"
    assert furniture.rule("Our shop") == ""


def test_the_operator_can_keep_phrases() -> None:
    furniture = Furniture(extra=("bells",), keep=("home", "bells", "share on *"))
    for line in ("Home", "Bells", "Share on Facebook"):
        assert furniture.rule(line) == ""
    assert furniture.rule("Menu") == "page navigation (en)"
