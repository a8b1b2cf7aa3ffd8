# ruff: noqa: RUF001 - quotation marks are what this is about
"""Which paragraphs are quotations, and who speaks."""

from __future__ import annotations

import pytest

from digest.syndication.quotations import Quotation, opens, read_quotation, read_speaker


@pytest.mark.parametrize(
    "text",
    [
        "“We came by boat.”",
        "„Wir kamen mit dem Boot.“",
        "«Nous sommes venus en bateau.»",
        "« Nous sommes venus. »",
        "»Wir kamen mit dem Boot.«",
        "「船で来ました。」",
        '"We came by boat."',
        "“We came by ‘boat’, as it were”.",
    ],
)
def test_a_paragraph_that_is_all_quoted_is_a_quotation(text: str) -> None:
    assert read_quotation(text) == Quotation(text)


@pytest.mark.parametrize(
    ("text", "quoted", "attribution", "speaker"),
    [
        ("A rule is a rule,” says Ida Noll\xa0", "A rule is a rule,”", "says Ida Noll", "Ida Noll"),
        ("“A rule is a rule,” said Ida Noll", "“A rule is a rule,”", "said Ida Noll", "Ida Noll"),
        (
            "“A rule is a rule” — Ida Noll, mayor",
            "“A rule is a rule”",
            "— Ida Noll, mayor",
            "Ida Noll, mayor",
        ),
        ("“A rule is a rule,” Ida Noll says", "“A rule is a rule,”", "Ida Noll says", "Ida Noll"),
        (
            "„Regel ist eben Regel“, sagt Ida Noll",
            "„Regel ist eben Regel“,",
            "sagt Ida Noll",
            "Ida Noll",
        ),
        (
            "«Une règle est une règle», dit Ida Noll",
            "«Une règle est une règle»,",
            "dit Ida Noll",
            "Ida Noll",
        ),
        ("“规则就是规则”——某某", "“规则就是规则”", "——某某", "某某"),
    ],
)
def test_a_pull_quote_has_its_speaker(
    text: str, quoted: str, attribution: str, speaker: str
) -> None:
    assert read_quotation(text) == Quotation(quoted, attribution, speaker)


@pytest.mark.parametrize(
    "text",
    [
        "“We came by boat,” said Ida Noll. “It was late.”",
        "“We came by boat,” said Ida Noll.",
        "“We came by boat,” said Ida Noll after the meeting, which had lasted until late at night",
        "She said: “We came by boat.”",
        "The “boat” is a raft,” says Ida Noll",
        "“One.” “Two.”",
        "“Yes,” says Ida Noll",
        "It measured 5” across the bow",
        "A rule is a rule,” he thought",
        "A rule is a rule,” says 12 people",
        "”",
        "“”",
        "“We came by boat",
        "",
    ],
)
def test_where_narration_mixes_in_there_is_no_quotation(text: str) -> None:
    assert read_quotation(text) is None


@pytest.mark.parametrize(
    ("text", "speaker"),
    [("— Ida Noll", "Ida Noll"), ("-- Ida Noll, mayor", "Ida Noll, mayor"), ("– Ida", "Ida")],
)
def test_a_speaker_may_follow_in_a_line_of_its_own(text: str, speaker: str) -> None:
    assert read_speaker(text) == Quotation("", text, speaker)


@pytest.mark.parametrize(
    "text",
    ["Ida Noll", "— We came by boat.", "—", "— 12", "-Ida", "— " + "x " * 11, "— " + "x" * 101],
)
def test_a_dash_alone_makes_no_speaker(text: str) -> None:
    assert read_speaker(text) is None


def test_a_quotation_may_go_on_in_the_next_paragraph() -> None:
    assert opens("“We came by boat.")
    assert not opens("“We came by boat.”")
    assert not opens("We came by boat.")
    assert not opens("")
