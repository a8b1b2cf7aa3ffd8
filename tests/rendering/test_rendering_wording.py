"""The words of a mail in the briefing's language (email.md C4, C6)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from samples import sample_article

from digest.model import Author
from digest.rendering.wording import Wording, direction, reading_minutes

DAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "Tuesday, November 24, 2026"),
        ("en-GB", "Tuesday, 24 November 2026"),
        ("de", "Dienstag, 24. November 2026"),
        ("es", "martes, 24 de noviembre de 2026"),
        ("fr", "mardi 24 novembre 2026"),
        ("uk", "вівторок, 24 листопада 2026\u202fр."),  # noqa: RUF001 - Ukrainian
        ("ar", "الثلاثاء، 24 نوفمبر 2026"),
        ("xx-none", "Tuesday, November 24, 2026"),
        ("not a tag", "Tuesday, November 24, 2026"),
    ],
)
def test_dates_stand_in_the_briefings_language(language: str, expected: str) -> None:
    assert Wording(language, "UTC").full_date(DAY) == expected


@pytest.mark.parametrize(
    ("at", "zone", "expected"),
    [
        (datetime(2026, 11, 24, 5, 30, tzinfo=UTC), "Europe/Zurich", "6:30\u00a0AM"),
        (datetime(2026, 11, 23, 23, 30, tzinfo=UTC), "Europe/Zurich", "12:30\u00a0AM"),
        (datetime(2026, 11, 23, 23, 30, tzinfo=UTC), "UTC", "November 23"),
        (datetime(2025, 12, 31, 23, 30, tzinfo=UTC), "UTC", "December 31, 2025"),
        (datetime(2025, 12, 31, 23, 30, tzinfo=UTC), "Asia/Tokyo", "January 1"),
    ],
)
def test_an_article_tells_the_time_of_today_and_the_date_of_other_days(
    at: datetime, zone: str, expected: str
) -> None:
    assert Wording("en", zone).when(sample_article(published_at=at), DAY) == expected


@pytest.mark.parametrize(
    ("language", "names", "expected"),
    [
        ("en", ["A"], "By A"),
        ("en", ["A", "B", "C"], "By A, B, and C"),
        ("de", ["A", "B"], "Von A und B"),
        ("ar", ["A", "B"], "بقلم A وB"),
        ("xx", ["A"], "By A"),
        ("en", ["", "B"], "By B"),
        ("en", [], ""),
    ],
)
def test_a_byline_joins_names_as_the_language_does(
    language: str, names: list[str], expected: str
) -> None:
    article = sample_article(authors=tuple(Author(name) for name in names))
    assert Wording(language, "UTC").byline(article) == expected


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("", 1),
        ("word " * 230, 1),
        ("word " * 920, 4),
        ("海" * 1500, 3),
        ("word " * 460 + "海" * 500, 3),
    ],
)
def test_reading_time_counts_words_or_characters_of_scripts_without_spaces(
    text: str, minutes: int
) -> None:
    assert reading_minutes(text) == minutes
    article = sample_article(content_text=text)
    assert Wording("en", "UTC").reading_time(article) == f"{minutes} min read"


@pytest.mark.parametrize(
    ("language", "expected"),
    [("en", "ltr"), ("ar", "rtl"), ("he-IL", "rtl"), ("fa", "rtl"), ("uk", "ltr"), ("??", "ltr")],
)
def test_direction_follows_the_language(language: str, expected: str) -> None:
    assert direction(language) == expected
    assert Wording(language, "UTC").direction == expected


def test_an_unknown_phrase_is_refused_with_those_there_are() -> None:
    with pytest.raises(
        ValueError, match=r"there is no phrase 'unsuscribe'; there is .*unsubscribe"
    ):
        Wording("en", "UTC").phrase("unsuscribe")


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("Ada",), "By Ada \N{MIDDLE DOT} Harbour Gazette"),
        ((), "Harbour Gazette"),
        (("harbour gazette",), "Harbour Gazette"),
    ],
)
def test_a_byline_ends_with_where_an_article_is_from(names: tuple[str, ...], expected: str) -> None:
    authors = tuple(Author(name) for name in names)
    article = sample_article(authors=authors, origin="Harbour Gazette")
    assert Wording("en", "UTC").byline(article) == expected
