# ruff: noqa: RUF001 - the words of many languages
"""Captions, credits, dates, and bylines above an article."""

from __future__ import annotations

import pytest

from digest.model import Author
from digest.syndication.pagehead import (
    Caption,
    is_date_line,
    read_byline,
    read_caption,
    read_credit,
)


@pytest.mark.parametrize(
    "text",
    [
        "Chief engineer Ida Noll meets with Per Aas in Ostra, Lund, on May 4, 2025.",
        "Mayor Jo Lee shakes hands with visitors at the town hall, 3.5.2024",
        "Bürgermeisterin Ida Noll begrüßt Gäste in Lund am 4. Mai 2025.",
        "La ministre Ida Noll rencontre Per Aas à Genève, le 4 mai 2025.",
        "Міністерка Іда Нолль зустрічається з Пером Осом у Женеві 4 травня 2025 року.",
        "A heron (left) waits for the tide.",
        "From left: Ida Noll, Per Aas, and a goat.",
        "The new bridge is seen at dawn.",
        "Ida Noll poses for a photo with her team.",
        "Children in this photo were not told about the ferry.",
        "Photo: the harbour at dawn, with the old ferry in front.",
        "Bild: Der Hafen am Morgen, vorn die alte Fähre.",
        "写真：朝の港と古い渡し船。",
        "Légende : le port au matin.",
        "The ferry at the pier. REUTERS",
        "Ida Noll at the opening/AFP",
    ],
)
def test_a_caption_says_what_can_be_seen(text: str) -> None:
    assert read_caption(text, apart=False) == Caption(text, "")


@pytest.mark.parametrize(
    "text",
    [
        "After two years of repairs the ferry is back, but hopes that it will run on time are low.",
        "President Anna Berg visits Lund this week to hear why so few young people want to farm.",
        "Inside the race to save the last northern orchard.",
        "The two ministers meet in Geneva on Friday, but a breakthrough would be a surprise.",
        "Three villages share one well. For a century that went well.",
        "What the river wants, nobody asks.",
        "A short guide to the new timetable",
        "Why does Ida Noll count ships in Lund in 2025?",
        "When Anna Berg and Per Aas met in Lund in 2022, the mood was low. Nobody would talk.",
        "水车又转起来了。",
        "x" * 401,
        "",
    ],
)
@pytest.mark.parametrize("apart", [False, True])
def test_a_standfirst_says_what_will_be_told(text: str, *, apart: bool) -> None:
    assert read_caption(text, apart=apart) is None


def test_furniture_below_it_tips_the_scales_for_a_caption_without_a_verb() -> None:
    text = "Sula's councillors at their September session, on the slope above the landing."
    assert read_caption(text, apart=True) == Caption(text, "")
    assert read_caption(text, apart=False) is None


def test_further_down_only_what_is_sure_counts() -> None:
    weak = "Chief engineer Ida Noll meets with Per Aas in Ostra, Lund, on May 4, 2025."
    assert read_caption(weak, apart=True, sure=True) is None
    assert read_caption("Photo: a heron in the reeds.", apart=True, sure=True) is not None


@pytest.mark.parametrize(
    ("text", "caption", "credit"),
    [
        (
            "A heron (left) waits. Photo: Lis Dahl/Coast News",
            "A heron (left) waits.",
            "Lis Dahl/Coast News",
        ),
        ("A heron (left) waits (Foto: Lis Dahl)", "A heron (left) waits", "Lis Dahl"),
        ("A heron waits. © Lis Dahl", "A heron waits.", "Lis Dahl"),
        ("A heron (left) waits. Photograph by Lis Dahl.", "A heron (left) waits.", "Lis Dahl"),
        ("Photo: Lis Dahl", "", "Lis Dahl"),
        ("© 2025 Coast News", "", "2025 Coast News"),
    ],
)
def test_whose_picture_it_is_stands_apart(text: str, caption: str, credit: str) -> None:
    assert read_caption(text, apart=False) == Caption(caption, credit)


@pytest.mark.parametrize(
    ("text", "credit"),
    [
        ("Photo: Lis Dahl/Coast News", "Lis Dahl/Coast News"),
        ("(c) Lis Dahl", "Lis Dahl"),
        ("Фото: Леся Дон", "Леся Дон"),
        ("[Image: Lis Dahl via Coast News]", "Lis Dahl via Coast News"),
        ("Photo: the harbour at dawn", ""),
        ("Photo: It was Lis Dahl.", ""),
        ("Photo: 12", ""),
        ("Photos lie", ""),
        ("© " + "Lis Dahl " * 10, ""),
    ],
)
def test_a_credit_is_a_name(text: str, credit: str) -> None:
    assert read_credit(text) == credit


@pytest.mark.parametrize(
    "text",
    [
        "January 21, 2022",
        "21.01.2022 14:30",
        "Published: 21 January 2022 at 10:30 am",
        "Freitag, 21. Januar 2022, 10:30 Uhr",
        "21 janvier 2022 à 10h30",
        "21 de enero de 2022",
        "21 січня 2022 року",
        "п’ятниця, 21 січня 2022",
        "2022-01-21T10:30Z",
        "2022年1月21日 10:30",
    ],
)
def test_a_date_alone_belongs_to_the_page(text: str) -> None:
    assert is_date_line(text)


@pytest.mark.parametrize(
    "text",
    [
        "2022",
        "In 2022",
        "May 2022",
        "It was on 21 January 2022",
        "21 January",
        "1 2 3",
        "",
        "1 " * 40,
    ],
)
def test_a_sentence_or_heading_with_a_date_does_not(text: str) -> None:
    assert not is_date_line(text)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("By Jane Doe", ["Jane Doe"]),
        ("BY JANE DOE AND JOHN ROE", ["JANE DOE", "JOHN ROE"]),
        ("By Jane Doe and John van der Roe", ["Jane Doe", "John van der Roe"]),
        ("Von Ida Noll, Per Aas und Lis Dahl", ["Ida Noll", "Per Aas", "Lis Dahl"]),
        ("Par Zoé O’Neil-Blanc", ["Zoé O’Neil-Blanc"]),
        ("Автор: Леся Дон", ["Леся Дон"]),
        ("Von Haus aus", []),
        ("By the river", []),
        ("By Jane Doe.", []),
        ("By Jane", []),
        ("By " + "Jane " * 30, []),
        ("Standing by Jane Doe", []),
    ],
)
def test_a_byline_names_the_authors(text: str, names: list[str]) -> None:
    assert read_byline(text) == tuple(map(Author, names))
